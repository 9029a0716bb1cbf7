// Package account shows one account: its session, the claims of its tokens, its
// test requests and its activity.
package account

import (
	"context"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/claimsview"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// tab is a page below the head.
type tab int

const (
	tabSession tab = iota
	tabClaims
	tabRequests
	tabActivity
	tabs
)

var tabNames = []string{"Session", "Claims", "Requests", "Activity"}

// Engine is the part of the engine that the pane calls.
type Engine struct {
	Accounts interface {
		Record(ctx context.Context, id string) (*session.Record, error)
		Events(ctx context.Context, id string, limit int) ([]session.Event, error)
	}
	Credentials interface {
		Token(ctx context.Context, rec *session.Record, name string) (secret.String, error)
		Keys(ctx context.Context, rec *session.Record) (oauth.Way, error)
	}
	Catalog interface {
		Get(name string) (*definition.Definition, error)
	}
	Feed interface {
		Record(ctx context.Context, id string, kind session.EventKind, ok bool, text string)
	}
	Keys interface {
		Issuer(ctx context.Context, raw string, way oauth.Way) (oauth.Verified, error)
	}
}

// Pane shows one account.
type Pane struct {
	ctx      *screen.Context
	engine   Engine
	requests screen.Pane // the page of test requests
	cancels  func(id string) bool
	snap     *session.Snapshot

	tab    tab
	scroll [tabs]widget.Scroll
	claims claims
	reveal reveal
	events events

	focus bool
	ticks bool // the last frame changes with the second
	spin  int
	tabsY int // the row of the tabs inside the frame, for the mouse
	under int // rows between the tabs and the page
}

// New returns a pane. requests fills the Requests tab; cancels reports whether
// the running work of an account can be cancelled from here.
func New(c *screen.Context, engine Engine, requests screen.Pane, cancels func(id string) bool) *Pane {
	return &Pane{ctx: c, engine: engine, requests: requests, cancels: cancels, claims: claims{view: claimsview.New(c)}}
}

// Init implements screen.Screen.
func (p *Pane) Init() tea.Cmd { return p.requests.Init() }

// Account returns the account shown, or nil.
func (p *Pane) Account() *session.Snapshot { return p.snap }

// SetAccount implements screen.Pane.
func (p *Pane) SetAccount(s *session.Snapshot) tea.Cmd {
	other := id(s) != id(p.snap)
	renewed := generation(s) != generation(p.snap)
	p.snap = s
	if other {
		p.scroll = [tabs]widget.Scroll{}
		p.events.drop()
	}
	read := p.load
	if other || renewed {
		read = p.Reread
	}
	return tea.Batch(p.requests.SetAccount(s), read(), p.loadEvents())
}

// Reread drops what was unsealed of the session's tokens, and reads them again.
func (p *Pane) Reread() tea.Cmd {
	p.claims.drop()
	p.reveal.end()
	return p.load()
}

func id(s *session.Snapshot) string {
	if s == nil {
		return ""
	}
	return s.Account.ID
}

func generation(s *session.Snapshot) int64 {
	if s == nil || s.Session == nil {
		return 0
	}
	return s.Session.Generation
}

// Show opens the tab of an action, and reports whether there is one.
func (p *Pane) Show(a keymap.Action) (tea.Cmd, bool) {
	to, ok := map[keymap.Action]tab{
		keymap.TabSession: tabSession, keymap.TabClaims: tabClaims,
		keymap.TabRequests: tabRequests, keymap.TabActivity: tabActivity,
		keymap.TabNext: (p.tab + 1) % tabs, keymap.TabPrev: (p.tab + tabs - 1) % tabs,
	}[a]
	if !ok {
		return nil, false
	}
	return p.open(to), true
}

func (p *Pane) open(to tab) tea.Cmd {
	p.tab = to
	return tea.Batch(p.Focus(p.focus), p.load(), p.loadEvents())
}

// Focus implements screen.Pane.
func (p *Pane) Focus(on bool) tea.Cmd {
	p.focus = on
	return p.requests.Focus(on && p.tab == tabRequests)
}

// Ticks implements screen.Ticking.
func (p *Pane) Ticks() bool { return p.ticks }

// Spin advances the spinner.
func (p *Pane) Spin() { p.spin++ }

// Scopes implements screen.Pane.
func (p *Pane) Scopes() []keymap.Scope {
	switch p.tab {
	case tabRequests:
		return append(p.requests.Scopes(), keymap.Tabs)
	case tabClaims:
		return []keymap.Scope{keymap.Claim, keymap.Claims, keymap.List, keymap.Tabs}
	case tabSession:
		return []keymap.Scope{keymap.Claims, keymap.List, keymap.Tabs}
	}
	return []keymap.Scope{keymap.List, keymap.Tabs}
}

// Cursor implements screen.Screen.
func (p *Pane) Cursor() *tea.Cursor {
	var c *tea.Cursor
	switch p.tab {
	case tabRequests:
		c = p.requests.Cursor()
	case tabClaims:
		if c = p.claims.view.Cursor(); c != nil {
			c.Y++ // below the title of the token
		}
	}
	if c != nil {
		c.X++
		c.Y += p.pageY()
	}
	return c
}

// Keys implements screen.Screen.
func (p *Pane) Keys() []keymap.Hint {
	hints := screen.Hints(p.ctx, p.snap)
	if p.snap == nil {
		return hints
	}
	switch p.tab {
	case tabRequests:
		if p.requests.Cursor() != nil {
			return p.requests.Keys() // the filter has the keyboard
		}
		return append(p.requests.Keys(), hints...)
	case tabClaims:
		if p.claims.view.Typing() {
			return p.claims.view.Keys()
		}
		hints = append(p.claims.view.Keys(), hints...)
		fallthrough
	case tabSession:
		if len(p.tokens()) > 1 {
			hints = append(hints, keymap.Hint{Action: keymap.TokenNext}, keymap.Hint{Action: keymap.TokenPrev})
		}
	}
	return hints
}

// Update implements screen.Screen.
func (p *Pane) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		switch {
		case p.tab == tabRequests && p.requests.Cursor() != nil:
			return p.requests.Update(msg)
		case p.tab == tabClaims && p.claims.view.Typing():
			return p.claims.view.Update(msg)
		}
		return p.Act(p.ctx.Keys.Match(msg, p.Scopes()...))
	case tea.PasteMsg:
		switch {
		case p.tab == tabRequests:
			return p.requests.Update(msg)
		case p.tab == tabClaims && p.claims.view.Typing():
			return p.claims.view.Update(msg)
		}
		return nil
	case tea.MouseClickMsg:
		return p.click(msg)
	case tea.MouseWheelMsg:
		switch p.tab {
		case tabRequests:
			return p.requests.Update(msg)
		case tabClaims:
			return p.claims.view.Update(msg)
		}
		p.scroll[p.tab].Slide(widget.WheelSteps(msg.Button))
		return nil
	case screen.SharedMsg:
		if p.ctx.Share {
			p.reveal.end()
		}
	}
	return p.requests.Update(msg)
}

// Act implements screen.Pane.
func (p *Pane) Act(a keymap.Action) tea.Cmd {
	if cmd, ok := p.Show(a); ok {
		return cmd
	}
	switch a {
	case keymap.TokenNext:
		return p.selectToken(1)
	case keymap.TokenPrev:
		return p.selectToken(-1)
	}
	switch p.tab {
	case tabRequests:
		return p.requests.Act(a)
	case tabClaims:
		switch a {
		case keymap.ClaimVerify:
			return p.verify()
		case keymap.ClaimDiff:
			return p.compare()
		}
		return p.claims.view.Act(a)
	}
	s := &p.scroll[p.tab]
	s.Slide(screen.Steps(a, s))
	return nil
}

func (p *Pane) click(msg tea.MouseClickMsg) tea.Cmd {
	if msg.Y-1 == p.tabsY {
		strip := widget.Tabs{Names: tabNames}
		if at := strip.At(msg.X - 2); at >= 0 {
			return p.open(tab(at))
		}
		return nil
	}
	if p.tab != tabRequests {
		return nil
	}
	msg.X, msg.Y = msg.X-1, msg.Y-p.pageY()
	if msg.Y < 0 {
		return nil
	}
	return p.requests.Update(msg)
}

// pageY returns the first row of the page, counted from the frame.
func (p *Pane) pageY() int { return p.tabsY + p.under + 2 }

// View implements screen.Screen.
func (p *Pane) View(w, h int) string {
	th := p.ctx.Theme
	p.ticks = false
	pane := widget.Pane{Theme: th, Frame: th.Frame(), Focus: p.focus}
	inner, rows := widget.Inner(w, h)
	if p.snap == nil {
		return pane.View("", w, h)
	}
	a := &p.snap.Account
	pane.Title, pane.Frame, pane.Right = p.ctx.Line(a.Name), th.Guard(a.Guard), p.badges(a)
	lines := p.head(inner-2, rows)
	p.tabsY = len(lines)
	strip := widget.Tabs{Names: tabNames, Open: int(p.tab)}
	out := make([]string, 0, rows)
	for _, l := range lines {
		out = append(out, " "+l)
	}
	out = append(out, " "+strip.View(th, inner-2))
	if p.under = 0; rows >= roomyFrom {
		p.under = 1
		out = append(out, th.Border.Render(strings.Repeat("─", inner)))
	}
	pane.Above = len(out)
	if room := rows - len(out); room > 0 {
		out = append(out, p.page(inner, room, &pane.Scroll)...)
	}
	return pane.View(strings.Join(out, "\n"), w, h)
}

// badges returns the guard and the environment for the frame.
func (p *Pane) badges(a *session.Account) string {
	th := p.ctx.Theme
	var words []string
	if a.AllowHTTP && strings.HasPrefix(a.Origin, "http://") {
		words = append(words, th.Badge.Render(" plain HTTP "))
	}
	if a.Guard != session.GuardNone {
		words = append(words, th.Warn.Render(string(a.Guard)))
	}
	if a.Environment != "" {
		words = append(words, th.Environment(a.Environment).Render(p.ctx.Line(a.Environment)))
	}
	return strings.Join(words, th.Faint.Render(theme.SignDot))
}

// page draws the open tab in w by h cells and sets bar to its scroll position.
func (p *Pane) page(w, h int, bar *widget.Scroll) []string {
	switch p.tab {
	case tabRequests:
		return widget.Lines(p.requests.View(w, h), w, h)
	case tabClaims:
		return p.claimsPage(w, h, bar)
	}
	var lines []string
	switch p.tab {
	case tabActivity:
		lines = p.activityPage(w - 2)
	default:
		lines = p.sessionPage(w - 2)
	}
	s := &p.scroll[p.tab]
	s.Len, s.Height = len(lines), h
	s.Slide(0)
	from, to := s.Window()
	out := make([]string, 0, h)
	for _, l := range lines[from:to] {
		out = append(out, " "+l)
	}
	*bar = widget.Scroll{Len: len(lines), Height: h, Offset: s.Offset}
	return out
}

// tokens returns the session's tokens, without its plain values.
func (p *Pane) tokens() []session.TokenInfo {
	if p.snap == nil || p.snap.Session == nil {
		return nil
	}
	var out []session.TokenInfo
	for _, t := range p.snap.Session.Tokens {
		if t.Token || t.Primary {
			out = append(out, t)
		}
	}
	return out
}

// mask hides a mask while the screen is shared.
func (p *Pane) mask(s string) string {
	if p.ctx.Share || s == "" {
		return secret.Hidden
	}
	return secret.CleanLine(s)
}
