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

// claims is what the token under view says, once it was opened.
type claims struct {
	desk    screen.Desk
	at      int    // which of the session's tokens
	name    string // of the token read or being read; "" for none
	token   *token.Token
	masks   map[string]string // head and tail of every token, by name
	header  []token.Line
	lines   []token.Line
	finds   []token.Finding
	problem string // why it could not be opened
}

type decodedMsg struct {
	ticket screen.Ticket
	token  *token.Token
	masks  map[string]string
	labels token.Labels
	finds  []token.Finding
	err    error
}

func (c *claims) drop() {
	c.desk.Drop()
	c.name, c.problem = "", ""
	c.token, c.masks, c.header, c.lines, c.finds = nil, nil, nil, nil, nil
}

func (c *claims) take(msg decodedMsg) {
	if !c.desk.Fresh(msg.ticket) {
		return
	}
	if msg.err != nil {
		c.problem = secret.CleanLine(msg.err.Error())
		return
	}
	c.token, c.masks, c.finds = msg.token, msg.masks, msg.finds
	c.header = token.Lines(msg.token.Header, msg.labels)
	c.lines = token.Lines(msg.token.Claims, msg.labels)
}

// load reads the token under view when a page that tells of it is seen.
func (p *Pane) load() tea.Cmd {
	tokens := p.tokens()
	if p.tab != tabClaims && p.tab != tabSession || len(tokens) == 0 || p.snap.Session.EndedReason != "" {
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
	return p.decode(p.claims.desk.Take(), names, name)
}

// decode reads the token under view, and of the others how they look.
func (p *Pane) decode(ticket screen.Ticket, names []string, name string) tea.Cmd {
	life, e, now, id, backend := p.ctx.Life, p.engine, p.ctx.Now, p.snap.Account.ID, p.snap.Account.Definition
	return func() tea.Msg {
		msg := decodedMsg{ticket: ticket, masks: make(map[string]string, len(names)), labels: e.labels(backend)}
		rec, err := e.Accounts.Record(life, id)
		if err != nil {
			return decodedMsg{ticket: ticket, err: err}
		}
		for _, n := range names {
			value, err := e.Credentials.Token(life, rec, n)
			if err != nil {
				return decodedMsg{ticket: ticket, err: err}
			}
			raw := value.Reveal()
			msg.masks[n] = secret.Mask(raw)
			if n == name {
				msg.token = token.Parse(raw)
			}
		}
		msg.finds = token.Audit(msg.token, now())
		return msg
	}
}

// turn views the next token, or the one before.
func (p *Pane) turn(by int) tea.Cmd {
	n := len(p.tokens())
	if n < 2 {
		return nil
	}
	p.claims.at = (p.claims.at + by + n) % n
	p.scroll[tabClaims] = widget.Scroll{}
	p.reveal.end()
	return p.load()
}

// viewed is the token whose claims are seen, or nil.
func (p *Pane) viewed() *session.TokenInfo {
	tokens := p.tokens()
	if len(tokens) == 0 {
		return nil
	}
	return &tokens[min(p.claims.at, len(tokens)-1)]
}

func (p *Pane) claimsPage(w int) []string {
	th := p.ctx.Theme
	t := p.viewed()
	if t == nil || p.snap.Session.EndedReason != "" {
		return []string{th.Muted.Render("there is no token to read; ") + th.Key.Render(p.ctx.Keys.Key(keymap.Login)) +
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
	if c.token.Kind != token.JWS {
		out = append(out, p.sealed(t, w)...)
	}
	page := claimsview.Page{Ctx: p.ctx, Ours: p.ours, Clear: !p.reveal.value.IsZero()}
	out = append(out, page.Claims(c.lines, c.header, w)...)
	p.ticks = p.ticks || page.Ticks
	return out
}

// tokenTitle names the token, its kind and how to see the others.
func (p *Pane) tokenTitle(t *session.TokenInfo, w int) string {
	th := p.ctx.Theme
	dot := th.Faint.Render(theme.SignDot)
	s := th.Strong.Render(p.ctx.Line(t.Name))
	if c := p.claims.token; c != nil {
		s += dot + th.Muted.Render(c.Kind.String())
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

// sealed says what can be known of a token that nobody but its server reads.
func (p *Pane) sealed(t *session.TokenInfo, w int) []string {
	th := p.ctx.Theme
	text := "opaque: nothing can be read from it; only its server knows what it means"
	if p.claims.token.Kind == token.JWE {
		text = "encrypted: only its header can be read"
	}
	out := widget.Noted(th.Muted, theme.SignUnknown, text, w)
	s := &sheet{p: p, w: w, label: 10}
	s.gap()
	s.add("looks like", th.Text.Render(p.mask(p.claims.masks[t.Name])))
	s.add("length", th.Text.Render(prose.Count(p.claims.token.Size, "byte")))
	s.add("received", p.moment(p.ours(t.Received), p.ctx.Now()))
	s.add("life", th.Text.Render(p.life(t, p.ctx.Now())))
	return append(out, s.lines...)
}

// labels reads how a definition shows the claims of its tokens.
func (e Engine) labels(name string) token.Labels {
	def, err := e.Catalog.Get(name)
	if err != nil {
		return nil
	}
	return def.Labels()
}
