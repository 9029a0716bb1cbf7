package account

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/screen"
)

// reveal holds a token shown in full for a short time.
type reveal struct {
	desk  screen.Desk
	token string // its name
	value secret.String
	until time.Time
}

func (r *reveal) end() {
	r.desk.Drop()
	r.value, r.token = secret.String{}, ""
}

// Reveal shows the selected token in full, or hides it again.
func (p *Pane) Reveal() tea.Cmd {
	t := p.selected()
	if t == nil || !p.reveal.value.IsZero() {
		p.reveal.end()
		return nil
	}
	if p.tab != tabClaims {
		p.tab = tabSession
	}
	p.scroll[p.tab] = p.scroll[p.tab].AtTop()
	life, e, rec, name, notes := p.ctx.Life, p.engine, p.snap.Record, t.Name, !p.ctx.Keys.IsViewOnly()
	return p.reveal.desk.Run(life, func() func() tea.Cmd {
		value, err := e.Credentials.Token(life, rec, name)
		if err == nil && notes {
			e.Feed.Record(life, rec.Account.ID, session.EventReveal, true, name+" shown on the screen")
		}
		return func() tea.Cmd { return p.reveal.take(p.ctx, name, value, err) }
	})
}

// Back closes an opened claim, ends a search in the claims or in the requests that have the focus, or hides a revealed
// token, and reports whether there was one.
func (p *Pane) Back() bool {
	if p.tab == tabClaims && p.claims.view.Back() || p.focus && p.tab == tabRequests && p.requests.Back() {
		return true
	}
	shown := !p.reveal.value.IsZero()
	if shown {
		p.reveal.end()
	}
	return shown
}

// take shows the token and starts its countdown.
func (r *reveal) take(c *screen.Context, name string, value secret.String, err error) tea.Cmd {
	switch {
	case c.Share:
		return nil
	case err != nil:
		return screen.NotifyError(err)
	}
	r.token, r.value, r.until = name, value, c.Now().Add(c.Settings.RevealFor)
	return r.desk.After(c.Life, c.After, c.Settings.RevealFor, func() tea.Cmd {
		r.end()
		return nil
	})
}
