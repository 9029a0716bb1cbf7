package ui_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

func TestGolden(t *testing.T) {
	t.Parallel()
	scenes := map[string]func(*ring){
		"list":     func(*ring) {},
		"session":  func(r *ring) { r.Press("j", "j", "j", "enter") },
		"claims":   func(r *ring) { r.Press("j", "j", "j", "enter", "2") },
		"activity": func(r *ring) { r.Press("j", "j", "j", "y"); r.Advance(time.Minute); r.Press("enter", "4") },
		"filter":   func(r *ring) { r.Press("/"); r.Type("edge stag") },
		"grouped":  func(r *ring) { r.Press("b", "b", "space") },
		"nothing":  func(r *ring) { r.Press("/"); r.Type("zzz") },
	}
	for name, act := range scenes {
		for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				r := newRing(t).street().show(size[0], size[1])
				act(r)
				r.Fits()
				r.Golden()
			})
		}
	}
}

func TestPlainTerminals(t *testing.T) {
	t.Parallel()
	t.Run("ASCII", func(t *testing.T) {
		t.Parallel()
		r := newRing(t).street()
		r.config.Theme = theme.Options{ASCII: true, Profile: colorprofile.ASCII}
		r.show(120, 36).Press("j", "j", "j", "enter", "2")
		for i, c := range r.Frame() {
			if c > '~' {
				t.Fatalf("%q at %d is no ASCII:\n%s", c, i, r.Frame())
			}
		}
		r.Golden()
	})
	t.Run("without colours", func(t *testing.T) {
		t.Parallel()
		r := newRing(t).street()
		r.config.Theme = theme.Options{Profile: colorprofile.ASCII}
		r.show(100, 20)
		for _, colour := range []string{"\x1b[38;", "\x1b[48;", ";38;", ";48;"} {
			if strings.Contains(r.Styled(), colour) {
				t.Errorf("the frame has a colour: %q", colour)
			}
		}
		r.Sees("▌○ me@market", "● 3 valid", "typed confirm")
	})
}

// Whatever the size of the terminal, the frame fills it to the cell, and the
// way out works.
func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	r.show(100, 30)
	acts := []func(){
		func() {}, func() { r.Press("j", "j", "j", "enter", "2") }, func() { r.Press("v") }, func() { r.Press("4") },
		func() { r.Press("esc", "/"); r.Type("e") }, func() { r.Press("enter", "space", "b") },
		func() { r.Send(screen.NotedMsg{Level: screen.Failure, Text: strings.Repeat("all is lost ", 40)}) },
		func() { r.Press("?") },
	}
	var widths []int
	for w := 20; w <= 200; w += 9 {
		widths = append(widths, w)
	}
	for _, act := range acts {
		r.Resize(100, 30)
		act()
		for i, w := range widths { // each height beside every third width
			for h := 5 + 5*(i%3); h <= 60; h += 15 {
				r.Resize(w, h)
				r.Fits()
			}
		}
	}
	r.Resize(20, 5)
	r.Sees("60×15")
	r.Press("q")
	if !r.Quit() {
		t.Error("q does not quit a small screen")
	}
	for _, key := range []string{"q", "ctrl+c"} {
		r := newRing(t).street().show(120, 36)
		r.Press("e")
		r.Type("-two")
		r.Resize(40, 8)
		r.Press(key)
		r.Sees("ctrl+c quits and loses it")
		r.Resize(120, 36)
		r.Press("n")
		r.Sees("-two")
		r.Resize(40, 8)
		r.Press(key, key)
		if !r.Quit() {
			t.Errorf("%s twice does not quit a small screen", key)
		}
	}
}

func TestNarrowScreensShowOnePaneAtATime(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(80, 24)
	r.Sees("Accounts", "editor@shop")
	r.Press("j", "enter")
	r.Sees("editor@shop", "[Session]")
	r.SeesNot("Accounts")
	r.Press("esc")
	r.Sees("Accounts")
	r.Press("esc", "esc")
	if r.Quit() {
		t.Error("esc must never quit")
	}
}

func TestAPaneIsZoomed(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("z")
	r.Sees("Accounts")
	r.SeesNot("[Session]")
	r.Fits()
	r.Press("enter")
	r.Sees("[Session]")
	r.SeesNot("Accounts")
	r.Press("z")
	r.Sees("Accounts", "[Session]")
	r.Resize(80, 24)
	r.Press("z")
	r.Sees("only one pane fits")
}

func TestTheTokensBesideTheListAreTurned(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("j", "j", "j", "2")
	r.Sees("▌● admin@edge", "access · JWT", "[ 1 of 2 ]")
	r.Press("]")
	r.Sees("refresh · JWT", "[ 2 of 2 ]")
	r.Press("[", "1")
	if n := strings.Count(r.Frame(), "JWT · eyJ"); n != 2 {
		t.Errorf("%d of 2 tokens are shown by head and tail:\n%s", n, r.Frame())
	}
}

func TestWordsOfTheHeaderGiveWayOneByOne(t *testing.T) {
	t.Parallel()
	r := newRing(t).street()
	r.config.Clipboard = &board{}
	r.show(120, 24)
	r.Sees("● 3 valid  ◐ 1 expiring  ○ 1 needs login  · 1 no session")
	for w, sees := range map[int]string{80: "● 3 valid  ◐ 1 expiring  ○ 1 needs login  ", 72: "● 3  ◐ 1 expiring  ○ 1 needs login", 60: "● 3  ◐ 1  ○ 1 needs"} {
		r.Resize(w, 24)
		r.Sees(sees)
	}
	r.Resize(60, 24)
	r.Press("j", "y")
	r.Sees(" ◐ 1  ○ 1 ", "clipboard clears in 45s · memory only")
	r.SeesNot("tokenring", "● 3")
}

func TestTheCursorFollowsItsAccount(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("j", "j") // viewer@edge
	r.Sees("▌● viewer@edge")
	r.Advance(9 * time.Minute) // it died, and moved up
	r.Sees("▌○ viewer@edge", "1 valid")
	r.Press("j")
	r.Press("-")
	r.Sees("▌○ viewer@edge")
}

func TestNothingMovesUnderAFilterOrMarks(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	order := func() (names []string) {
		for _, l := range strings.Split(r.Frame(), "\n") {
			for _, n := range []string{"me@market", "editor@shop", "viewer@edge", "admin@edge", "ops@crm"} {
				if at := strings.Index(l, n); at >= 0 && at < 12 {
					names = append(names, n)
				}
			}
		}
		return names
	}
	r.Press("space")
	before := fmt.Sprint(order())
	r.Advance(9 * time.Minute)
	if after := fmt.Sprint(order()); after != before {
		t.Errorf("marked accounts moved from %s to %s", before, after)
	}
	r.Press("esc")
	if after := fmt.Sprint(order()); after == before {
		t.Error("without marks the list should be in order again")
	}
}

func TestTheFilterFindsByAnything(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	for text, want := range map[string]string{
		"edge": "2 of 6", "knack": "2 of 6", "prod": "1 of 6", "needs": "1 of 6", "backendless.com": "1 of 6",
		"edge valid": "2 of 6", "ae": "1 similar of 6", "vwr": "1 similar of 6", "state:needs": "1 of 6", "env:prod": "1 of 6", "zzz": "0 of 6",
	} {
		r.Press("/")
		r.Type(text)
		if !strings.Contains(r.Frame(), want) {
			t.Errorf("%q should show %s:\n%s", text, want, r.Frame())
		}
		r.Press("esc")
	}
	r.Sees("─ 6 ─")
}

func TestAKeyThatCannotWorkSaysWhy(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("r") // me@market: the session is final
	r.Sees("▲ the session is over; log in again", "esc closes")
	r.Press("j")
	r.Sees("the session is over")
	r.Press("esc")
	r.SeesNot("the session is over")
	r.Press("k", "r")
	r.Sees("▲ the session is over")
	r.Send(screen.NotedMsg{Level: screen.Failure, Text: "all is lost"})
	r.Advance(time.Minute)
	r.Sees("✕ all is lost")
	r.SeesNot("+1 more")
	r.Press("esc", "r")
	r.Advance(time.Minute)
	r.SeesNot("the session is over; log in again", "all is lost")
}

func TestRevealEndsByItself(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	seen := func() bool { return strings.Contains(strings.ReplaceAll(r.Frame(), "\n", ""), "AnArYcAnArY") }
	r.Press("j", "v")
	r.Sees("shown in full for 30s")
	if !seen() {
		t.Fatalf("the token is not shown:\n%s", r.Frame())
	}
	r.Advance(29 * time.Second)
	r.Sees("shown in full for 1s")
	r.Advance(time.Second)
	if seen() {
		t.Error("the token is still shown after 30 seconds")
	}
	for name, leave := range map[string]func(){
		"another account": func() { r.Press("k", "j") },
		"the same key":    func() { r.Press("v") },
		"esc":             func() { r.Press("esc") },
		"screen sharing":  func() { r.Press("S"); r.Press("S") },
	} {
		r.Press("v")
		if !seen() {
			t.Fatalf("before %s: the token is not shown", name)
		}
		leave()
		if seen() {
			t.Errorf("%s leaves the token on the screen", name)
		}
	}
	events, err := r.manager.Accounts.Events(t.Context(), "id-editor", 10)
	if must(t, err); len(events) == 0 || events[0].Kind != session.EventReveal {
		t.Errorf("the reveal is not written down: %v", events)
	}
}

func TestSharingTheScreenHidesWhoSomebodyIs(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.Press("j", "j", "j", "enter", "2")
	r.Sees("ada@example.org")
	r.Press("S")
	r.Sees("sharing", "datarhei-core")
	r.SeesNot("ada@example.org", "eyJhbG")
	r.Press("v")
	r.Sees("others are watching")
}

func TestNoFrameShowsATokenUnasked(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	for range 6 {
		for _, k := range []string{"enter", "1", "2", "3", "4", "esc", "j"} {
			r.Press(k)
			if strings.Contains(r.Styled(), canary[:12]) {
				t.Fatalf("a token is seen after %s:\n%s", k, r.Frame())
			}
		}
	}
}

// ticks counts the messages that an idle screen takes in a while.
func ticks(r *ring, d time.Duration) int {
	before := r.Updates()
	r.Advance(d)
	return r.Updates() - before
}

func TestIdleMeansIdle(t *testing.T) {
	t.Parallel()
	r := newRing(t)
	a := session.Account{ID: "id-1", Name: "slow@shop", Definition: "knack", Origin: "https://api.knack.com:443"}
	r.put(a, &session.Session{Started: noon.Add(-24 * time.Hour), Tokens: []session.TokenInfo{
		primary(opaque("token", 96*time.Hour, 48*time.Hour)),
	}})
	r.show(120, 36)
	r.Press("4")
	if n := ticks(r, 10*time.Minute); n > 10 {
		t.Errorf("%d messages in ten minutes in which nothing changes by the second", n)
	}
	r.Advance(47*time.Hour - 9*time.Minute) // below an hour, the countdown has seconds
	if n := ticks(r, time.Minute); n < 55 || n > 65 {
		t.Errorf("%d messages in a minute of seconds", n)
	}
}

func TestAFrameIsComposedOnlyWhenSomethingChanged(t *testing.T) {
	r := newRing(t).street().show(120, 36)
	before := r.Styled()
	if allocs := testing.AllocsPerRun(10, func() { r.View() }); allocs > 2 {
		t.Errorf("an unchanged view makes %.0f allocations", allocs)
	}
	r.Send(tea.FocusMsg{})
	if r.Styled() != before {
		t.Error("the frame changed by itself")
	}
}

func TestASessionAboutToBeLostRings(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	if r.Raw() != "" {
		t.Fatalf("rang at the start: %q", r.Raw())
	}
	r.Advance(8 * time.Minute) // viewer@edge is not kept alive and falls below its margin
	if !strings.Contains(r.Raw(), "\a") || !strings.Contains(r.Raw(), "viewer@edge is about to expire") {
		t.Errorf("no bell: %q", r.Raw())
	}
	if n := strings.Count(r.Raw(), "\x1b]9;"); n != 1 {
		t.Errorf("%d notifications for one account", n)
	}
	quiet := newRing(t).street()
	quiet.config.Settings.Warn = false
	quiet.show(120, 36).Advance(8 * time.Minute)
	if quiet.Raw() != "" {
		t.Errorf("rang although it is off: %q", quiet.Raw())
	}
}

func TestTheMouse(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	r.ClickOn("admin@edge")
	r.Sees("▌● admin@edge")
	r.ClickOn("Claims")
	r.Sees("[Claims]", "datarhei-core")
	r.Wheel(5, 5, tea.MouseWheelDown)
	r.Sees("▌· guest@shop")
	if r.View().MouseMode != tea.MouseModeCellMotion {
		t.Error("the mouse is not asked for")
	}
	r.config.Settings.Mouse = false
	if r.show(120, 36); r.View().MouseMode != tea.MouseModeNone {
		t.Error("the mouse is asked for although it is off")
	}
}

func TestAnActionForAnotherAccountGoesThere(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(80, 24)
	r.Send(screen.AskedMsg{Action: keymap.TabClaims, Account: "id-admin"})
	r.Sees("╭ admin@edge", "[Claims]", "datarhei-core")
	r.Press("esc")
	r.Sees("▌● admin@edge")
	r.Send(screen.AskedMsg{Action: keymap.FilterList})
	r.Type("crm")
	r.Sees("1 of 6", "/ crm")
}

func TestManyChangesInARowAreReadOnceMore(t *testing.T) {
	t.Parallel()
	r := newRing(t).street().show(120, 36)
	must(t, r.manager.Drafts.Delete(t.Context(), "id-new"))
	r.Hurry(0)
	for range 50 {
		r.Send(screen.ChangedMsg{})
	}
	r.Wait("the list to be read", func() bool { return strings.Contains(r.Frame(), "─ 5 ─") })
}

// TestAProjectsAccountsComeFirst opens the screen in the folder of a project.
func TestAProjectsAccountsComeFirst(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {60, 18}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			p, err := project.Parse("tokenring.yaml", []byte("accounts: [ops@crm, viewer@edge]"), nil)
			must(t, err)
			p.File = "/work/shop/tokenring.yaml"
			r := newRing(t).street()
			r.config.Folder.Project = func() (*project.Project, error) { return p, nil }
			r.show(size[0], size[1])
			r.Fits()
			r.Golden()
			r.Press("b") // and back to the next to expire
			if strings.Contains(r.Frame(), "by project") {
				t.Errorf("it is still grouped by project:\n%s", r.Frame())
			}
			r.Press("b", "b", "b")
			if !strings.Contains(r.Frame(), "by project") {
				t.Errorf("it cannot be grouped by project again:\n%s", r.Frame())
			}
		})
	}
}

// TestSentencesNameTheBoundKey rebinds keys and reads the sentences.
func TestSentencesNameTheBoundKey(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(map[string][]string{"accounts.add": {"n"}, "app.share": {}})
	must(t, err)
	ctx := &screen.Context{Keys: keys, Share: true}
	if got := ctx.NoAccount(); got != "there is no account; n adds one" {
		t.Errorf("got %q", got)
	}
	if got := ctx.Hidden("bodies are hidden"); got != "bodies are hidden" {
		t.Errorf("got %q", got)
	}
}
