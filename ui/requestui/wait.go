package requestui

import (
	"cmp"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Waiting draws in one line what is waited for and since when.
func Waiting(c *screen.Context, what string, since time.Time, more string, w int) string {
	th, d := c.Theme, c.Now().Sub(since)
	return widget.Cut(th.Accent.Render(theme.Spinner(int(d.Seconds())))+" "+th.Text.Render(what)+
		th.Muted.Render("  "+widget.Left(d)+more), w)
}

// Failed draws in place of a result what failed, why, and what to do next.
func Failed(c *screen.Context, what, why, next string, w int) []string {
	th := c.Theme
	out := []string{"", th.Bad.Render(theme.SignFailed) + " " + th.Strong.Render(what)}
	out = append(out, widget.Noted(th.Text, " ", c.Line(why), w)...)
	return append(out, widget.Noted(th.Accent, " ", c.Line(next), w)...)
}

// Refused lists why a request was refused, the likeliest reason first, and then what the
// person can do; empty where it was not.
func Refused(c *screen.Context, run *request.Run) []string {
	if !run.IsRefused() {
		return nil
	}
	next := c.Keys.Sentence("", keymap.ResponseAs, "sends it as another account, and compares")
	return append(run.Explain(c.Zone()), Remedy(c, nil, run, keymap.ResponseLogin, cmp.Or(run.Next, next)))
}

// Remedy tells how to log in, to refresh or to review the account where a request
// needs that, or else returns next. login is the action of the screen that logs in, if it
// has one.
func Remedy(c *screen.Context, err error, run *request.Run, login keymap.Action, next string) string {
	var flow session.Flow
	if errors.Is(err, session.ErrNeedsLogin) {
		flow = session.FlowLogin
	} else if run != nil {
		flow = run.RemedyFlow()
	}
	help := ""
	var changed *session.ChangedError
	switch {
	case errors.As(err, &changed):
		help = "edit the account to review that" // its key edits the request in its list
	case flow == session.FlowLogin && c.Keys.Key(login) != "":
		does := "logs in"
		if run != nil && run.Scope != "" {
			does += " with the scope " + c.Line(run.Scope)
		}
		return c.Keys.Sentence(c.Keys.Key(login)+" "+does, keymap.ResponseAgain, "sends again")
	case flow == session.FlowLogin:
		help = "log in with " + c.Keys.Key(keymap.Login)
	case flow == session.FlowRefresh:
		help = "refresh with " + c.Keys.Key(keymap.Refresh)
	default:
		return next
	}
	return "close this with " + c.Keys.Key(keymap.Close) + ", " + help + ", and send again"
}
