package claimsview

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/oauth"
	"tokenring/session/token"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Verify has the signature of the token verified and shows the verdict with its reason.
func (v *View) Verify(life context.Context, do func(context.Context) (oauth.Verified, error)) tea.Cmd {
	if v.read == nil {
		return screen.Refuse("no token to read")
	}
	v.verdict = v.verdictItem(v.ctx.Theme.Muted, theme.SignMore, "verifying the signature"+theme.SignMore)
	v.at, v.follow, v.opened = 0, true, nil
	return v.desk.Run(life, func() func() tea.Cmd {
		done, err := do(life)
		return func() tea.Cmd {
			v.verdict = v.judged(&done, err)
			return nil
		}
	})
}

// Verified reports whether a verdict is shown.
func (v *View) Verified() bool { return v.verdict != nil }

// judged makes the line of a verdict.
func (v *View) judged(done *oauth.Verified, err error) *item {
	th := v.ctx.Theme
	if err != nil {
		return v.verdictItem(th.Muted, theme.SignUnknown, token.Unchecked.String()+": "+v.ctx.Line(err.Error()))
	}
	text, look, sign := v.ctx.Line(done.String()), th.Muted, theme.SignUnknown
	switch done.Verdict {
	case token.Valid:
		look, sign = th.Good, theme.SignOK
	case token.Unsafe:
		look, sign = th.Warn, theme.SignWarn
	case token.Invalid, token.NoMatchingKey:
		look, sign = th.Bad, theme.SignFailed
	}
	if done.Reason != "" {
		text += ": " + v.ctx.Line(done.Reason)
	}
	if done.From != "" {
		text += "; keys of " + v.ctx.Line(done.From) + ", read at " + widget.Date(done.Read, v.ctx.Zone())
	}
	return v.verdictItem(look, sign, text)
}

func (v *View) verdictItem(look theme.Style, sign, text string) *item {
	return &item{text: text, note: &note{look, sign}}
}
