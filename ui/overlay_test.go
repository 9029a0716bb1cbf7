package ui_test

import (
	"path/filepath"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/manager"
	"tokenring/store/vault"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// paper is the plainest overlay: it writes down the keys it hears.
type paper struct {
	ctx    *screen.Context
	heard  string
	clicks []tea.MouseClickMsg
	closed int
}

func (p *paper) Init() tea.Cmd { return nil }

func (p *paper) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if p.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Close {
			return screen.Close(p)
		}
		p.heard += msg.String()
	case tea.MouseClickMsg:
		p.clicks = append(p.clicks, msg)
	}
	return nil
}

func (p *paper) View(int, int) string        { return "first line\nheard " + p.heard }
func (p *paper) Cursor() *tea.Cursor         { return nil }
func (p *paper) Keys() []keymap.Hint         { return []keymap.Hint{{Action: keymap.Close}} }
func (p *paper) Title() string               { return "Paper" }
func (p *paper) Size(maxW, _ int) (int, int) { return min(30, maxW), 4 }
func (p *paper) Close()                      { p.closed++ }

// yes agrees to every question at once.
func yes(_ *screen.Context, q screen.Question) screen.Overlay { return &agreed{do: q.Do} }

type agreed struct {
	paper
	do func() tea.Cmd
}

func (a *agreed) Init() tea.Cmd          { return tea.Sequence(screen.Close(a), a.do()) }
func (a *agreed) Update(tea.Msg) tea.Cmd { return nil }

func papered(t *testing.T) (*ring, *paper) {
	r := newRing(t).street()
	p := &paper{}
	r.config.Overlays.Help = func(c *screen.Context, _ []keymap.Hint) screen.Overlay {
		p.ctx = c
		return p
	}
	return r.show(120, 36), p
}

func TestAnOverlayHearsEveryKey(t *testing.T) {
	t.Parallel()
	r, p := papered(t)
	r.Press("?")
	r.Fits()
	r.Sees("╭ Paper ─", " esc close")
	r.Press("q", "j", "tab")
	r.Sees("heard qjtab", "▌○ me@market")
	r.Golden()
	r.ClickOn("first line")
	if len(p.clicks) != 1 || p.clicks[0].X != 0 || p.clicks[0].Y != 0 {
		t.Errorf("the click came as %v", p.clicks)
	}
	r.Click(1, 1)
	if len(p.clicks) != 1 {
		t.Error("a click beside the overlay reached it")
	}
	r.Press("esc")
	r.SeesNot("Paper")
	if p.closed != 1 {
		t.Errorf("closed %d times", p.closed)
	}
	r.Press("?", "ctrl+c")
	if !r.Quit() || p.closed != 2 {
		t.Errorf("ctrl+c: quit %v, closed %d times", r.Quit(), p.closed)
	}
}

func TestAnOverlayNobodyAskedForIsDeafAtFirst(t *testing.T) {
	t.Parallel()
	r, p := papered(t)
	p.ctx = &screen.Context{Keys: keymap.Default()}
	r.Send(screen.OpenedMsg{Overlay: p, Unasked: true})
	r.Press("enter", "y")
	if p.heard != "" {
		t.Errorf("keys meant for something else were heard: %q", p.heard)
	}
	r.Advance(time.Second)
	r.Press("y")
	if p.heard != "y" {
		t.Errorf("heard %q", p.heard)
	}
}

// typing is an overlay in which a text is typed.
type typing struct{ paper }

func (p *typing) Cursor() *tea.Cursor { return tea.NewCursor(0, 0) }

func TestHelpAndSharingWorkUnderAnOverlay(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	var offered []keymap.Hint
	r.config.Overlays.Help = func(c *screen.Context, hints []keymap.Hint) screen.Overlay {
		offered = hints
		return &paper{ctx: c}
	}
	r.show(120, 36)
	ctx := &screen.Context{Keys: keymap.Default()}
	under := &paper{ctx: ctx}
	r.Send(screen.OpenedMsg{Overlay: under})
	r.Sees(" esc close  ? help")
	r.Press("?")
	if len(offered) == 0 || offered[0].Action != keymap.Close || screen.Disabled(offered, keymap.Login) != "" {
		t.Errorf("help was made of %v", offered)
	}
	for _, h := range offered {
		if h.Action == keymap.Login || h.Action == keymap.Quit {
			t.Errorf("%s does not work under an overlay", h.Action)
		}
	}
	r.SeesNot("? help")
	r.Press("?", "S")
	r.Sees("sharing", "heard ")
	if under.heard != "" {
		t.Errorf("the overlay heard %q", under.heard)
	}
	text := &typing{paper{ctx: ctx}}
	r.Send(screen.OpenedMsg{Overlay: text})
	r.SeesNot("? help")
	offered = nil
	r.Press("?", "S", "f1")
	if text.heard != "?S" || offered == nil {
		t.Errorf("a text that is typed heard %q, and help was made of %v", text.heard, offered)
	}
}

// many is an overlay that offers more than fits into a line.
type many struct{ paper }

func (p *many) Keys() []keymap.Hint {
	return []keymap.Hint{
		{Action: keymap.ResponseAgain}, {Action: keymap.ResponseTab}, {Action: keymap.ResponseSearch}, {Action: keymap.ResponseFilter},
		{Action: keymap.ResponseCopy}, {Action: keymap.ResponseCurl}, {Action: keymap.ResponseWrap}, {Action: keymap.Close},
	}
}

func TestTheWayOutIsAlwaysInTheFooter(t *testing.T) {
	t.Parallel()
	for _, w := range []int{60, 80, 120} {
		r := newRing(t).street().show(w, 24)
		r.Send(screen.OpenedMsg{Overlay: &many{paper{ctx: &screen.Context{Keys: keymap.Default()}}}})
		r.Sees("t fire again", "esc close  ? help")
		r.Fits()
	}
}

func TestOverlaysAreAStack(t *testing.T) {
	t.Parallel()
	r, first := papered(t)
	r.Press("?")
	second := &paper{ctx: first.ctx}
	r.Send(screen.OpenedMsg{Overlay: second})
	r.Press("x")
	if first.heard != "" || second.heard != "x" {
		t.Errorf("the first heard %q, the second %q", first.heard, second.heard)
	}
	r.Send(screen.ClosedMsg{Overlay: first})
	r.SeesNot("Paper")
	if first.closed != 1 || second.closed != 1 {
		t.Error("closing an overlay closes what was opened above it")
	}
	r.Send(screen.ClosedMsg{Overlay: first})
	if first.closed != 1 {
		t.Error("closed twice")
	}
}

func TestDestructiveKeysAsk(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	var asked []screen.Question
	r.config.Overlays.Confirm = func(c *screen.Context, q screen.Question) screen.Overlay {
		asked = append(asked, q)
		return &paper{ctx: c}
	}
	r.show(120, 36)
	r.Press("ctrl+d", "esc", "j", "x")
	if len(asked) != 2 || asked[0].Typed != "me@market" || !asked[1].Danger || asked[1].Yes != "log out" {
		t.Fatalf("asked %+v", asked)
	}
	before, err := r.manager.Accounts(t.Context())
	if must(t, err); len(before) != 6 {
		t.Fatal("something was done before the answer")
	}
	r.Press("esc")
	r.Run(asked[0].Do())
	after, err := r.manager.Accounts(t.Context())
	if must(t, err); len(after) != 5 {
		t.Errorf("%d accounts are left after yes", len(after))
	}
	r.SeesNot("me@market   prod")
	r.Sees("me@market is deleted")
}

func TestAGreetingStaysUntilItWasReadAndHidesNoKeys(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	r.config.Greeting = "Welcome, stranger."
	r.show(80, 24)
	r.Advance(time.Hour)
	r.Sees("• Welcome, stranger.", "esc closes", "? help")
	r.Fits()
	r.Press("esc")
	r.SeesNot("stranger")
	r.Sees("? help")
}

func TestTheCursorBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	snap, err := r.manager.Find(t.Context(), "ops@crm")
	must(t, err)
	r.config.First = snap.Account.ID
	r.show(120, 36)
	r.Sees("▌● ops@crm", "╮╭ ops@crm ")
}

func TestANewRingIsAskedForItsKeyWithTheFirstAccount(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	unset, err := vault.Open(t.Context(), vault.Options{Meta: r.store, LockFile: filepath.Join(r.store.Dir(), "vault.lock")})
	must(t, err)
	r.config.Manager = manager.New(manager.Config{Store: r.store, Vault: unset, Now: r.clock.Now, Catalog: definition.NewCatalog("")})
	r.config.Overlays.Add = func(c *screen.Context) screen.Overlay { return &paper{ctx: c} }
	r.config.Overlays.Vault = func(c *screen.Context, s session.VaultStatus) screen.Overlay {
		return &named{paper{ctx: c}, string(s.State)}
	}
	r.show(100, 30)
	r.Sees("no vault yet")
	r.SeesNot("╭ unset")
	r.Press("a")
	r.Sees("╭ Paper", "╭ unset")
	r.Press("esc")
	r.Sees("╭ Paper")
	r.SeesNot("╭ unset")
}

// named is an overlay with a title of its own.
type named struct {
	paper
	title string
}

func (n *named) Title() string { return n.title }

func (n *named) Update(msg tea.Msg) tea.Cmd {
	if _, key := msg.(tea.KeyPressMsg); key {
		return screen.Close(n)
	}
	return nil
}

func (n *named) Size(int, int) (int, int) { return 20, 2 }

func TestAVaultThatIsLockedIsAskedFor(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	var shown []session.VaultStatus
	r.config.Overlays.Vault = func(c *screen.Context, s session.VaultStatus) screen.Overlay {
		shown = append(shown, s)
		return &paper{ctx: c}
	}
	r.show(120, 36)
	r.SeesNot("Paper")
	r.vault.Lock()
	r.Send(screen.ChangedMsg{})
	r.Sees("Paper", "locked")
	r.Send(screen.ChangedMsg{})
	if len(shown) != 1 || shown[0].State != session.VaultLocked {
		t.Errorf("asked %v", shown)
	}
}
