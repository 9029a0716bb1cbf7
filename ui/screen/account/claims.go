package account

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/claimsview"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// claims holds the decoded token of the Claims tab.
type claims struct {
	desk    screen.Desk
	at      int    // index into the session's tokens
	name    string // of the token read or being read; "" if none is
	token   *token.Token
	masks   map[string]string // by token name
	header  []token.Line
	lines   []token.Line
	finds   []token.Finding
	problem string // why the token could not be read
}

func (c *claims) drop() {
	c.desk.Drop()
	c.name, c.problem = "", ""
	c.token, c.masks, c.header, c.lines, c.finds = nil, nil, nil, nil, nil
}

// load reads the selected token when an open tab shows it.
func (p *Pane) load() tea.Cmd {
	tokens := p.tokens()
	if p.tab != tabClaims && p.tab != tabSession || len(tokens) == 0 || p.snap.Session.Over() {
		return nil
	}
	p.claims.at = min(p.claims.at, len(tokens)-1)
	name := tokens[p.claims.at].Name
	if p.claims.name == name {
		return nil
	}
	p.claims.drop()
	p.claims.name = name
	names := make([]string, len(tokens))
	for i := range tokens {
		names[i] = tokens[i].Name
	}
	return p.decode(names, name)
}

// decode decodes the named token and masks all of them.
func (p *Pane) decode(names []string, name string) tea.Cmd {
	c := &p.claims
	life, e, now, id, backend := p.ctx.Life, p.engine, p.ctx.Now, p.snap.Account.ID, p.snap.Account.Definition
	failed := func(err error) func() tea.Cmd {
		return func() tea.Cmd {
			c.problem = secret.CleanLine(err.Error())
			return nil
		}
	}
	return c.desk.Run(func() func() tea.Cmd {
		rec, err := e.Accounts.Record(life, id)
		if err != nil {
			return failed(err)
		}
		var t *token.Token
		masks := make(map[string]string, len(names))
		for _, n := range names {
			value, err := e.Credentials.Token(life, rec, n)
			if err != nil {
				return failed(err)
			}
			raw := value.Reveal()
			masks[n] = secret.Mask(raw)
			if n == name {
				t = token.Parse(raw)
			}
		}
		labels, finds := e.labels(backend), token.Audit(t, now())
		return func() tea.Cmd {
			c.token, c.masks, c.finds = t, masks, finds
			c.header, c.lines = token.Lines(t.Header, labels), t.Lines(labels)
			return nil
		}
	})
}

// selectToken moves by tokens along the session.
func (p *Pane) selectToken(by int) tea.Cmd {
	n := len(p.tokens())
	if n < 2 {
		return nil
	}
	p.claims.at = (p.claims.at + by + n) % n
	p.scroll[tabClaims] = widget.Scroll{}
	p.reveal.end()
	return p.load()
}

// selected returns the token whose claims are shown, or nil.
func (p *Pane) selected() *session.TokenInfo {
	tokens := p.tokens()
	if len(tokens) == 0 {
		return nil
	}
	return &tokens[min(p.claims.at, len(tokens)-1)]
}

func (p *Pane) claimsPage(w int) []string {
	th := p.ctx.Theme
	t := p.selected()
	if t == nil || p.snap.Session.Over() {
		return []string{th.Muted.Render("no token to read; ") + th.Key.Render(p.ctx.Keys.Key(keymap.Login)) +
			th.Muted.Render(" logs in")}
	}
	c := &p.claims
	out := []string{p.tokenTitle(t, w)}
	out = append(out, p.revealed(w)...)
	switch {
	case c.problem != "":
		return append(out, widget.Noted(th.Bad, theme.SignFailed, c.problem, w)...)
	case c.token == nil:
		return append(out, th.Muted.Render("reading"+theme.SignMore))
	}
	for _, f := range c.finds {
		out = append(out, claimsview.Finding(p.ctx, f, w)...)
	}
	if why := c.token.Unreadable(); why != "" {
		out = append(out, p.unreadable(t, why, w)...)
	}
	page := claimsview.Page{Ctx: p.ctx, Ours: p.ours, Clear: !p.reveal.value.IsZero()}
	out = append(out, page.Claims(c.lines, c.header, w)...)
	p.ticks = p.ticks || page.Ticks
	return out
}

// tokenTitle shows the token's name and kind, and the keys that switch tokens.
func (p *Pane) tokenTitle(t *session.TokenInfo, w int) string {
	th := p.ctx.Theme
	dot := th.Faint.Render(theme.SignDot)
	s := th.Strong.Render(p.ctx.Line(t.Name))
	if c := p.claims.token; c != nil {
		s += dot + th.Muted.Render(c.Name())
		if alg := c.Alg(); alg != "" {
			s += dot + th.Muted.Render(p.ctx.Line(alg))
		}
		s += dot + th.Muted.Render(prose.Count(c.Size, "byte"))
	}
	right := ""
	if n := len(p.tokens()); n > 1 {
		right = th.Key.Render(p.ctx.Keys.Key(keymap.TokenPrev)) +
			th.Muted.Render(fmt.Sprintf(" %d of %d ", p.claims.at+1, n)) +
			th.Key.Render(p.ctx.Keys.Key(keymap.TokenNext))
	}
	return widget.Spread(s, right, w)
}

// unreadable describes a token that only its server can read.
func (p *Pane) unreadable(t *session.TokenInfo, why string, w int) []string {
	th := p.ctx.Theme
	out := widget.Noted(th.Muted, theme.SignUnknown, why, w)
	s := &sheet{p: p, w: w, label: 10}
	s.gap()
	s.add("looks like", th.Text.Render(p.mask(p.claims.masks[t.Name])))
	s.add("length", th.Text.Render(prose.Count(p.claims.token.Size, "byte")))
	s.add("received", p.moment(p.ours(t.Received), p.ctx.Now()))
	s.add("life", th.Text.Render(p.life(t, p.ctx.Now())))
	return append(out, s.lines...)
}

// labels returns the claim labels of a definition.
func (e Engine) labels(name string) token.Labels {
	def, err := e.Catalog.Get(name)
	if err != nil {
		return nil
	}
	return def.Labels()
}
