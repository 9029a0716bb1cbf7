package ui_test

import (
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/definition"
	"tokenring/session/engine"
	"tokenring/store/vault"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/uitest"
)

// paper is the plainest overlay: it records the keys it receives.
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

// open lays a paper above everything.
func (r *ring) open() *paper {
	p := &paper{ctx: &screen.Context{Keys: uitest.Keys()}}
	r.Send(screen.OpenedMsg{Overlay: p})
	return p
}

func TestAnOverlayHearsEveryKey(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	p := r.open()
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
	p = r.open()
	r.Press("ctrl+c")
	if !r.Quit() || p.closed != 1 {
		t.Errorf("ctrl+c: quit %v, closed %d times", r.Quit(), p.closed)
	}
}

// typing is an overlay in which a text is typed.
type typing struct{ paper }

func (p *typing) Cursor() *tea.Cursor { return tea.NewCursor(0, 0) }

func TestHelpAndSharingWorkUnderAnOverlay(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	under := r.open()
	r.Sees(" esc close  ? help")
	r.Press("?")
	r.Sees("╭ Help", "• esc")
	r.SeesNot("• l ", "• q ") // they do not work under an overlay
	r.SeesNot("? help")
	r.Press("?", "S")
	r.Sees("sharing", "heard ")
	if under.heard != "" {
		t.Errorf("the overlay heard %q", under.heard)
	}
	text := &typing{paper{ctx: under.ctx}}
	r.Send(screen.OpenedMsg{Overlay: text})
	r.SeesNot("? help")
	r.Press("?", "S", "f1")
	if text.heard != "?S" {
		t.Errorf("a text that is typed heard %q", text.heard)
	}
	r.Sees("╭ Help")
}

// many is an overlay that offers more than fits into a line.
type many struct{ paper }

func (p *many) Keys() []keymap.Hint {
	return []keymap.Hint{
		{Action: keymap.ResponseAgain}, {Action: keymap.ResponseTab}, {Action: keymap.ResponseSearch}, {Action: keymap.ResponseFilter},
		{Action: keymap.ResponseCopy}, {Action: keymap.ResponseCurl}, {Action: keymap.ResponseWrap}, {Action: keymap.Close},
	}
}

// TestANoticeThatWasReadGivesWay: the failure before last is not shown again after one that came later.
func TestANoticeThatWasReadGivesWay(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 24)
	fail := func(text string) { r.Send(screen.NotedMsg{Level: screen.Failure, Text: text}) }
	fail("the first")
	fail("the second") // comes before anyone could read the first
	r.Sees("the second", "+1 more")
	r.Press("?")
	r.Send(screen.NotedMsg{Text: "it is well"})
	r.Sees("it is well")
	r.SeesNot("the second")
	r.Advance(time.Minute)
	r.Sees("the first")
	r.SeesNot("the second")
	r.Press("/") // in the help, where letters are typed
	r.Type("copy")
	fail("the third")
	r.Press("esc", "esc", "esc")
	r.Sees("the first")
}

func TestTheWayOutIsAlwaysInTheFooter(t *testing.T) {
	t.Parallel()
	for _, w := range []int{60, 80, 120} {
		r := newRing(t).street().show(w, 24)
		r.Send(screen.OpenedMsg{Overlay: &many{paper{ctx: &screen.Context{Keys: uitest.Keys()}}}})
		r.Sees("t send again", "esc close  ? help")
		r.Fits()
	}
}

func TestADraftSurvivesAnInterrupt(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(*ring){
		"a request":  func(r *ring) { r.Press("t", "n"); r.Type("/v3/process") },
		"an account": func(r *ring) { r.Press("e"); r.Type("-two") },
	} {
		r := newRing(t).street().show(120, 36)
		r.Press("j", "j", "j")
		open(r)
		r.Press("ctrl+c")
		r.Sees("Quit without saving?")
		r.Press("n")
		r.SeesNot("Quit without saving?")
		if r.Quit() || !strings.Contains(r.Frame(), "/v3/process") && !strings.Contains(r.Frame(), "-two") {
			t.Errorf("%s is lost:\n%s", name, r.Frame())
		}
		r.Press("ctrl+c", "ctrl+c")
		if !r.Quit() {
			t.Errorf("%s: the second interrupt does not quit", name)
		}
	}
	r := newRing(t).street().show(120, 36)
	r.Press("e", "ctrl+c")
	if !r.Quit() {
		t.Error("a form in which nothing was typed asks")
	}
}

func TestOverlaysAreAStack(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	first := r.open()
	second := r.open()
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
	r := newRing(t).street().show(120, 36)
	r.Press("j", "x")
	r.Sees("Log out editor@shop?", "log out")
	r.Press("esc", "k", "ctrl+d")
	r.Sees("Delete me@market?")
	before, err := r.manager.Accounts.List(t.Context())
	if must(t, err); len(before) != 6 {
		t.Fatal("something was done before the answer")
	}
	r.Type("me@market")
	r.Press("enter")
	after, err := r.manager.Accounts.List(t.Context())
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

func TestAKeyTakenFromAWiderScopeIsNamedAtTheStart(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	var err error
	if r.config.Keys, err = keymap.New(map[string][]string{"account.login": {"q"}}); err != nil {
		t.Fatal(err)
	}
	r.config.Greeting = "Welcome, stranger."
	r.show(80, 24)
	r.Sees("Welcome, stranger.", "+1 more")
	r.Press("esc")
	r.Sees("config.yaml: account.login takes q from app.quit", "? help")
	r.Fits()
}

func TestTheCursorBeginsWhereItIsTold(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	snap, err := r.manager.Accounts.Find(t.Context(), "ops@crm")
	must(t, err)
	r.config.First = snap.Account.ID
	r.show(120, 36)
	r.Sees("▌● ops@crm", "╮╭ ops@crm ")
}

func TestANewRingIsAskedForItsKeyWithTheFirstAccount(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	unset, err := vault.Open(t.Context(), vault.Options{Meta: r.store})
	must(t, err)
	r.config.Engine = engine.New(engine.Config{Store: r.store, Vault: unset, Now: r.clock.Now, Catalog: definition.NewCatalog("")})
	r.show(100, 30)
	r.Sees("no vault yet", "Welcome")
	r.Press("a")
	r.Sees("╭ Where the key is kept")
	r.Press("esc")
	r.Sees("╭ Add an account")
	r.SeesNot("╭ Where the key is kept")
}

// TestEveryOverlayOpens opens each of them by its key.
func TestEveryOverlayOpens(t *testing.T) {
	t.Parallel()
	for key, title := range map[string]string{
		"a": "Add an account", "e": "Edit me@market", "l": "Log in me@market", "d": "Read a token",
		":": "Commands and accounts", "?": "Help", "M": "Matrix", "x": "Log out me@market?",
	} {
		r := newRing(t).street().show(120, 36)
		r.Press(key)
		r.Sees("╭ " + title)
		r.Fits()
	}
}

// TestNoTwoFramesEndOnOneLine opens overlays of many heights over the panes and the welcome.
func TestNoTwoFramesEndOnOneLine(t *testing.T) {
	t.Parallel()
	for _, r := range []*ring{newRing(t), newRing(t).street()} {
		r.show(100, 36)
		for _, key := range []string{"a", "U", ":", "d"} {
			r.Press(key)
			for h := 15; h < 45; h++ {
				r.Resize(110, h)
				for line := range strings.SplitSeq(r.Frame(), "\n") {
					if first, more, _ := strings.Cut(line, "╰"); strings.ContainsAny(first, "╰╚") || strings.Contains(more, "╯ ") && strings.Count(more, "╰") > 1 || strings.Contains(more, "─╰") {
						t.Fatalf("%s at height %d:\n%s", key, h, r.Frame())
					}
				}
				r.Fits()
			}
			r.Press("esc")
		}
	}
}
