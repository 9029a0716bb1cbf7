package requestui

import (
	"errors"
	"time"

	"tokenring/session"
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

// Remedy tells how to log in where a request needs that, or else returns next.
func Remedy(c *screen.Context, err error, next string) string {
	if !errors.Is(err, session.ErrNeedsLogin) {
		return next
	}
	return "close this with " + c.Keys.Key(keymap.Close) + ", log in with " + c.Keys.Key(keymap.Login) + ", and fire again"
}
