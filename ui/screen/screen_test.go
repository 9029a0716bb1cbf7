package screen

import (
	"context"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
)

func TestWhatOthersMaySee(t *testing.T) {
	t.Parallel()
	alone, shared := &Context{}, &Context{Share: true}
	for _, c := range []struct{ raw, alone, shared string }{
		{"admin@edge", "admin@edge", "admin@edge"},
		{"ada@example.org logged in", "ada@example.org logged in", secret.Hidden + " logged in"},
		{"<Ада+x@почта.example>", "<Ада+x@почта.example>", "<" + secret.Hidden + ">"},
	} {
		if got := alone.Line(c.raw); got != c.alone {
			t.Errorf("alone: %q", got)
		}
		if got := shared.Line(c.raw); got != c.shared {
			t.Errorf("shared: %q", got)
		}
	}
	if got := alone.Line("a\x1b[31mb\nc\u202e"); strings.ContainsAny(got, "\x1b\n\u202e") {
		t.Errorf("a terminal would obey %q", got)
	}
	const url = "https://ada:pass@api.example.com/v1"
	if got := alone.URL(url); strings.Contains(got, "pass") || !strings.Contains(got, "ada") {
		t.Errorf("alone: %q", got)
	}
	if got := shared.URL(url); strings.Contains(got, "ada") {
		t.Errorf("shared: %q", got)
	}
}

func TestAResultContinuesItsScreenUnlessItIsStale(t *testing.T) {
	t.Parallel()
	var desk Desk
	life, end := context.WithCancel(t.Context())
	came := 0
	run := func() Result {
		return desk.Run(life, func() func() tea.Cmd {
			return func() tea.Cmd { came++; return nil }
		})().(Result)
	}
	first, last := run(), run()
	if _, waited := first.Continue(); waited || came != 0 {
		t.Error("a stale result came")
	}
	if _, waited := last.Continue(); !waited || came != 1 {
		t.Errorf("the last result came %d times, want once", came)
	}
	dropped := run()
	desk.Drop()
	if _, waited := dropped.Continue(); waited || came != 1 {
		t.Error("a dropped result came")
	}
	end()
	if _, waited := run().Continue(); waited || came != 1 {
		t.Error("a result came to a screen that has closed")
	}
	if _, waited := Run(t.Context(), func() func() tea.Cmd { return nil })().(Result).Continue(); !waited {
		t.Error("a command whose screen has nothing to do ended unseen")
	}
}

func TestHintsSayWhyNot(t *testing.T) {
	t.Parallel()
	keys, err := keymap.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	live := &session.Session{Tokens: []session.TokenInfo{{Name: "token", Primary: true}}}
	for name, c := range map[string]struct {
		snap   *session.Snapshot
		share  bool
		action keymap.Action
		says   string
	}{
		"no account":       {nil, false, keymap.Login, "there is no account"},
		"no session":       {&session.Snapshot{Record: &session.Record{}}, false, keymap.Copy, "log in first"},
		"login is open":    {&session.Snapshot{Record: &session.Record{}}, false, keymap.Login, ""},
		"nothing renews":   {&session.Snapshot{Record: &session.Record{Session: live}}, false, keymap.Refresh, "log in again"},
		"it can renew":     {&session.Snapshot{Record: &session.Record{Session: live}, Abilities: session.Abilities{CanRefresh: true}}, false, keymap.Refresh, ""},
		"no way to ask":    {&session.Snapshot{Record: &session.Record{Session: live}}, false, keymap.Check, "no way to ask"},
		"broken":           {&session.Snapshot{Record: &session.Record{}, Broken: "the definition is gone"}, false, keymap.Test, "the definition is gone"},
		"broken, edit":     {&session.Snapshot{Record: &session.Record{}, Broken: "the definition is gone"}, false, keymap.Edit, ""},
		"busy":             {&session.Snapshot{Record: &session.Record{Session: live}, Status: session.Status{Work: &session.Work{Step: session.Step{Flow: "refresh"}}}}, false, keymap.Login, "a refresh is running"},
		"others watch":     {&session.Snapshot{Record: &session.Record{Session: live}}, true, keymap.Reveal, "others are watching"},
		"nobody watches":   {&session.Snapshot{Record: &session.Record{Session: live}}, false, keymap.Reveal, ""},
		"log in by itself": {&session.Snapshot{Record: &session.Record{}, Abilities: session.Abilities{CanRelogin: true}}, false, keymap.Refresh, ""},
	} {
		got := Disabled(Hints(&Context{Keys: keys, Share: c.share}, c.snap), c.action)
		if c.says == "" && got != "" || !strings.Contains(got, c.says) {
			t.Errorf("%s: %s says %q, want %q", name, c.action, got, c.says)
		}
	}
}

// TestAStreamContinuesTheScreenWithEachReportInOrder: what is reported before the screen takes it comes at once.
func TestAStreamContinuesTheScreenWithEachReportInOrder(t *testing.T) {
	t.Parallel()
	var desk Desk
	var came []int
	step := func(n int) func() tea.Cmd {
		return func() tea.Cmd {
			came = append(came, n)
			return nil
		}
	}
	start := func(life context.Context) {
		cmds := desk.Stream(life, func(report func(func() tea.Cmd)) func() tea.Cmd {
			for n := range 100 {
				report(step(n))
			}
			return step(100)
		})().(tea.BatchMsg)
		cmds[0]()
		cmd, _ := cmds[1]().(Result).Continue()
		for cmd != nil {
			result, more := cmd().(Result)
			if !more {
				break
			}
			cmd, _ = result.Continue()
		}
	}
	start(t.Context())
	if len(came) != 101 || !slices.IsSorted(came) {
		t.Errorf("came %v", came)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	start(ended)
	if len(came) != 101 {
		t.Error("a screen that is closed goes on")
	}
}
