package account

import (
	"fmt"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
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
	if p.tab != tabClaims && p.tab != tabSession || len(tokens) == 0 || p.snap.Session.Final != "" {
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
	return decodeCmd(p.ctx, p.claims.desk.Take(), &p.snap.Account, names, name)
}

// decodeCmd reads the token under view, and of the others how they look.
func decodeCmd(c *screen.Context, ticket screen.Ticket, a *session.Account, names []string, name string) tea.Cmd {
	life, manager, now, id, definition := c.Life, c.Manager, c.Now, a.ID, a.Definition
	return func() tea.Msg {
		msg := decodedMsg{ticket: ticket, masks: make(map[string]string, len(names)), labels: manager.Labels(definition)}
		for _, n := range names {
			value, err := manager.Token(life, id, n)
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
	if t == nil || p.snap.Session.Final != "" {
		return []string{th.Muted.Render("there is no token to read; ") + th.Key.Render(p.ctx.Keys.Key(keymap.Login)) +
			th.Muted.Render(" logs in")}
	}
	c := &p.claims
	out := []string{p.tokenTitle(t, w)}
	out = append(out, p.revealed(w)...)
	switch {
	case c.problem != "":
		return append(out, p.note(th.Bad, theme.SignFailed, c.problem, w)...)
	case c.token == nil:
		return append(out, th.Muted.Render("reading"+theme.SignMore))
	}
	for _, f := range c.finds {
		out = append(out, p.finding(f, w)...)
	}
	if c.token.Kind != token.JWS {
		out = append(out, p.sealed(t, w)...)
	}
	name := nameWidth(w, c.lines, c.header)
	if len(c.lines) > 0 {
		out = append(out, p.table(c.lines, name, w)...)
	}
	if len(c.header) > 0 {
		out = append(out, "", th.Faint.Render("header"))
		out = append(out, p.table(c.header, name, w)...)
	}
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
		s += dot + th.Muted.Render(strconv.Itoa(c.Size)+" bytes")
	}
	right := ""
	if n := len(p.tokens()); n > 1 {
		right = th.Key.Render(p.ctx.Keys.Key(keymap.TokenPrev)) +
			th.Muted.Render(fmt.Sprintf(" %d of %d ", p.claims.at+1, n)) +
			th.Key.Render(p.ctx.Keys.Key(keymap.TokenNext))
	}
	return widget.Spread(s, right, w)
}

func (p *Pane) finding(f token.Finding, w int) []string {
	th := p.ctx.Theme
	text := f.Text
	if f.Claim != "" && !strings.Contains(text, strconv.Quote(f.Claim)) {
		text = p.ctx.Line(f.Claim) + ": " + text
	}
	switch f.Level {
	case token.Bad:
		return p.note(th.Bad, theme.SignFailed, text, w)
	case token.Warn:
		return p.note(th.Warn, theme.SignWarn, text, w)
	}
	return p.note(th.Muted, theme.SignInfo, text, w)
}

func (p *Pane) note(look theme.Style, sign, text string, w int) []string {
	var out []string
	for i, l := range widget.Wrap(text, w-2) {
		if i > 0 {
			sign = " "
		}
		out = append(out, look.Render(sign+" "+l))
	}
	return out
}

// sealed says what can be known of a token that nobody but its server reads.
func (p *Pane) sealed(t *session.TokenInfo, w int) []string {
	th := p.ctx.Theme
	text := "opaque: nothing can be read from it; only its server knows what it means"
	if p.claims.token.Kind == token.JWE {
		text = "encrypted: only its header can be read"
	}
	out := p.note(th.Muted, theme.SignUnknown, text, w)
	s := &sheet{p: p, w: w, label: 10}
	s.gap()
	s.add("looks like", th.Text.Render(p.mask(p.claims.masks[t.Name])))
	s.add("length", th.Text.Render(strconv.Itoa(p.claims.token.Size)+" bytes"))
	s.add("received", p.moment(p.ours(t.Received), p.ctx.Now()))
	s.add("life", th.Text.Render(p.life(t, p.ctx.Now())))
	return append(out, s.lines...)
}

// nameWidth is what the names of all parts of a token need.
func nameWidth(w int, parts ...[]token.Line) int {
	name := 6
	for _, lines := range parts {
		for i := range lines {
			name = max(name, min(w/3, widget.Width(lines[i].Name)+2*lines[i].Depth))
		}
	}
	return name
}

// table draws claims in two columns, the meaning behind the value.
func (p *Pane) table(lines []token.Line, name, w int) []string {
	th := p.ctx.Theme
	var out []string
	for _, l := range lines {
		if l.Masked && !p.reveal.value.IsZero() {
			l = l.Reveal()
		}
		pad := widget.Blank(2 * l.Depth)
		head := th.JSON.Key.Render(widget.Fit(pad+p.ctx.Line(l.Name), name)) + "  "
		value, meaning := p.value(&l)
		for i, row := range p.wrapValue(value, meaning, w-name-2) {
			if i > 0 {
				head = widget.Blank(name + 2)
			}
			out = append(out, head+row)
		}
	}
	return out
}

// value is how a claim is written: first as it stands, then what it means.
func (p *Pane) value(l *token.Line) (value, meaning string) {
	th := p.ctx.Theme
	var means []string
	text, look := p.ctx.Line(l.Value), th.JSON.Text
	switch l.Kind {
	case token.Time:
		look, text = th.JSON.Number, p.ctx.Line(unquote(l.Raw))
		if !l.At.IsZero() {
			at := p.ours(l.At)
			p.ticks = p.ticks || widget.Seconds(at.Sub(p.ctx.Now()).Abs())
			means = append(means, widget.Date(l.At, p.zone()), widget.Relative(at, p.ctx.Now()))
		}
	case token.Duration:
		look, text = th.JSON.Number, p.ctx.Line(unquote(l.Raw))
		means = append(means, p.ctx.Line(l.Value))
	case token.Number:
		look = th.JSON.Number
	case token.Bool:
		look = th.JSON.Word
	case token.Null:
		look = th.JSON.Null
	case token.List, token.Object:
		look = th.Text
	}
	if raw := unquote(l.Raw); !l.Masked && means == nil && l.Kind <= token.Number && raw != l.Value && l.Note == "" {
		text = p.ctx.Line(raw) // the value stands for a meaning the definition knows
		means = append(means, p.ctx.Line(l.Value))
	}
	if l.Masked {
		look = th.Faint
	}
	if p.ctx.Share && l.Personal {
		text, look = secret.Hidden, th.Faint
	}
	if l.Label != "" && l.Depth == 0 && l.Kind != token.Time {
		means = append(means, p.ctx.Line(l.Label))
	}
	if l.Note != "" {
		means = append(means, p.ctx.Line(l.Note))
	}
	return look.Render(text), th.Muted.Render(strings.Join(means, theme.SignDot))
}

// meaningAt is the column in which meanings begin where values are short.
const meaningAt = 10

// wrapValue puts value and meaning on one line where they fit, and never
// draws more than a few lines of one value.
func (p *Pane) wrapValue(value, meaning string, w int) []string {
	const most = 4
	line := value
	if meaning != "" {
		line += widget.Blank(max(0, meaningAt-widget.Width(value))) + "  " + meaning
	}
	if widget.Width(line) <= w {
		return []string{line}
	}
	rows := widget.Wrap(value, w)
	if len(rows) > most && p.reveal.value.IsZero() {
		rows = append(rows[:most-1], widget.Cut(rows[most-1], w-1)+p.ctx.Theme.Faint.Render(theme.SignMore))
	}
	if meaning != "" {
		rows = append(rows, widget.Wrap(meaning, w)...)
	}
	return rows
}

func unquote(raw string) string { return strings.Trim(raw, `"`) }
