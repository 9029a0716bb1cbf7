package account

import (
	"context"
	"errors"
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/oauth"
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
	view    *claimsview.View
	masks   map[string]string // by token name
	problem string            // why the token could not be read
}

func (c *claims) drop() {
	c.desk.Drop()
	c.name, c.problem, c.masks = "", "", nil
	c.view.Show("", nil)
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
		return p.verifyAlways()
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
	life, e, now, rec := p.ctx.Life, p.engine, p.ctx.Now().In(p.ctx.Zone()), p.snap.Record
	failed := func(err error) func() tea.Cmd {
		return func() tea.Cmd {
			c.problem = secret.CleanLine(err.Error())
			if errors.Is(err, session.ErrVaultLocked) {
				c.problem = p.ctx.Keys.Sentence(c.problem, keymap.Vault, "unlocks it")
			}
			return nil
		}
	}
	return c.desk.Run(life, func() func() tea.Cmd {
		var read *claimsview.Reading
		masks := make(map[string]string, len(names))
		for _, n := range names {
			value, err := e.Credentials.Token(life, rec, n)
			if err != nil {
				return failed(err)
			}
			masks[n] = secret.Mask(value.Reveal())
			if n == name {
				read = claimsview.Read(value, e.labels(rec.Account.Definition), now)
			}
		}
		return func() tea.Cmd {
			c.masks = masks
			c.view.Show(rec.Account.ID, read)
			return p.verifyAlways()
		}
	})
}

// verify verifies the selected token with the keys that its issuer publishes.
func (p *Pane) verify() tea.Cmd {
	t := p.selected()
	if t == nil {
		return nil
	}
	e, rec, name := p.engine, p.snap.Record, t.Name
	return p.claims.view.Verify(p.ctx.Life, func(ctx context.Context) (oauth.Verified, error) {
		raw, err := e.Credentials.Token(ctx, rec, name)
		if err != nil {
			return oauth.Verified{}, err
		}
		way, err := e.Credentials.Keys(ctx, rec)
		if err != nil {
			return oauth.Verified{}, err
		}
		return e.Keys.Issuer(ctx, raw.Reveal(), way)
	})
}

// verifyAlways verifies the token whose claims are shown, once, if its account is to be
// verified by itself and the ring is not only viewed.
func (p *Pane) verifyAlways() tea.Cmd {
	read := p.claims.view.Reading()
	if p.ctx.Keys.Refusal(keymap.ClaimVerify) != "" || p.tab != tabClaims || !p.snap.Account.Verify || read == nil || read.Token.Kind != token.JWS || p.claims.view.Verified() {
		return nil
	}
	return p.verify()
}

// compare compares the claims of the selected token.
func (p *Pane) compare() tea.Cmd {
	t, read := p.selected(), p.claims.view.Reading()
	if t == nil || read == nil {
		return screen.Refuse("no token to read")
	}
	a := &p.snap.Account
	return screen.CompareClaims(screen.CompareClaimsMsg{Title: session.TokenName(t.Name) + " of " + a.Name, Token: read.Token, Account: a.ID, Name: t.Name})
}

// selectToken moves by tokens along the session.
func (p *Pane) selectToken(by int) tea.Cmd {
	n := len(p.tokens())
	if n < 2 {
		return nil
	}
	p.claims.at = (p.claims.at + by + n) % n
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

// claimsPage draws the token in w by h cells, and sets bar to its scroll position.
func (p *Pane) claimsPage(w, h int, bar *widget.Scroll) []string {
	th := p.ctx.Theme
	t := p.selected()
	if t == nil || p.snap.Session.Over() {
		return []string{" " + p.ctx.Offer("no token to read", keymap.Login, "logs in")}
	}
	c := &p.claims
	out := []string{" " + p.tokenTitle(t, w-2)}
	switch read := c.view.Reading(); {
	case c.problem != "":
		return append(out, widget.Indent(strings.Join(widget.Noted(th.Bad, theme.SignFailed, c.problem, w-2), "\n"), 1))
	case read == nil:
		return append(out, " "+th.Muted.Render("reading"+theme.SignMore))
	}
	above := p.revealed(w - 2)
	if c.view.Reading().Token.Unreadable() != "" {
		above = append(above, p.unreadable(t, w-2)...)
	}
	c.view.Ours = p.ours
	c.view.Reveal(!p.reveal.value.IsZero())
	out = append(out, c.view.View(above, w, h-1, p.focus, bar)...)
	p.ticks = p.ticks || c.view.Ticks()
	return out
}

// tokenTitle shows the token's name and kind, and the keys that switch tokens.
func (p *Pane) tokenTitle(t *session.TokenInfo, w int) string {
	th := p.ctx.Theme
	dot := th.Faint.Render(theme.SignDot)
	s := th.Strong.Render(p.ctx.Line(t.Name))
	if read := p.claims.view.Reading(); read != nil {
		c := read.Token
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
func (p *Pane) unreadable(t *session.TokenInfo, w int) []string {
	th := p.ctx.Theme
	s := &sheet{p: p, w: w, label: 10}
	s.add("looks like", th.Text.Render(p.mask(p.claims.masks[t.Name])))
	s.add("length", th.Text.Render(prose.Count(p.claims.view.Reading().Token.Size, "byte")))
	s.add("received", p.moment(p.ours(t.Received), p.ctx.Now()))
	s.add("life", th.Text.Render(p.life(t, p.ctx.Now())))
	return s.lines
}

// labels returns the claim labels of a definition.
func (e Engine) labels(name string) token.Labels {
	def, err := e.Catalog.Get(name)
	if err != nil {
		return nil
	}
	return def.Claims
}
