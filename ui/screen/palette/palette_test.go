package palette_test

import (
	"fmt"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/screen/palette"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
	"tokenring/ui/uitest/harness"
)

func account(id, name, env string) session.Account {
	return session.Account{
		ID: id, Name: name, Environment: env, Definition: "market", BaseURL: harness.Address, Origin: harness.Address,
	}
}

// ring shows a few accounts, none of them logged in.
func ring(t testing.TB, w, h int) *harness.Harness {
	r := harness.New(t)
	for i, name := range []string{"admin@edge", "editor@shop", "viewer@edge"} {
		r.Put(account(fmt.Sprint("id-", i), name, []string{"dev", "staging", "prod"}[i]), nil)
	}
	return r.Show(w, h)
}

func TestGolden(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{120, 36}, {80, 24}, {60, 18}} {
		for name, act := range map[string]func(*harness.Harness){
			"open":    func(*harness.Harness) {},
			"typed":   func(r *harness.Harness) { r.Type("edge") },
			"off":     func(r *harness.Harness) { r.Type("copy") },
			"nothing": func(r *harness.Harness) { r.Type("zzz") },
		} {
			t.Run(fmt.Sprintf("%s-%dx%d", name, size[0], size[1]), func(t *testing.T) {
				t.Parallel()
				r := ring(t, size[0], size[1])
				r.Press(":")
				act(r)
				r.Fits()
				r.GoldenOverlay()
			})
		}
	}
}

func TestAnAccountIsGoneTo(t *testing.T) {
	t.Parallel()
	r := ring(t, 120, 36)
	r.Sees("▌· admin@edge")
	r.Press("ctrl+p")
	r.Type("go VIEW")
	r.Sees("1 of ")
	r.Press("enter")
	r.SeesNot("Commands and accounts")
	r.Sees("▌· viewer@edge")
}

func TestACommandIsDone(t *testing.T) {
	t.Parallel()
	r := ring(t, 120, 36)
	r.Press(":")
	r.Type("screen sh")
	r.Press("enter")
	r.SeesNot("Commands and accounts")
	r.Sees("sharing")
	r.Press(":")
	r.Type("group")
	r.Press("enter") // belongs to the list, not to the root
	r.Sees("by backend")
}

func TestWhatCannotBeDoneSaysWhyAndIsNotDone(t *testing.T) {
	t.Parallel()
	r := ring(t, 120, 36)
	r.Press(":")
	r.Type("reveal")
	r.Sees("▲ there is no session; log in first")
	r.Press("enter")
	r.Sees("Commands and accounts")
	r.Press("esc")
	r.SeesNot("Commands and accounts")
}

func TestMovingWhileTyping(t *testing.T) {
	t.Parallel()
	r := ring(t, 80, 24)
	r.Press(":")
	r.Type("go to")
	r.Press("ctrl+n", "down", "ctrl+p", "enter")
	r.Sees("▌· editor@shop")

	r.Press(":")
	r.Type("zz")
	r.Sees("nothing matches")
	r.Press("enter", "backspace", "backspace")
	r.Sees("add ")
	r.Press("pgdown", "pgdown", "pgdown", "pgdown")
	r.Sees("go to viewer@edge")
	r.ClickOn("go to editor@shop")
	r.ClickOn("go to editor@shop")
	r.SeesNot("Commands and accounts")
}

func TestTheBestMatchComesFirst(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"login":    "login",
		"log":      "login",
		"logout":   "log out",
		"copy":     "copy",
		"refresh":  "refresh",
		"edge":     "go to admin@edge",
		"go edge":  "go to admin@edge",
		"vedge":    "go to viewer@edge",
		"prod":     "go to viewer@edge",
		"shop stg": "go to editor@shop",
		"quit":     "quit",
	} {
		r := ring(t, 120, 36)
		r.Press(":")
		r.Type(typed)
		first := strings.Split(r.Frame(), "\n")[9]
		_, first, _ = strings.Cut(first, "▌")
		if first = strings.TrimLeft(first, "· "); !strings.HasPrefix(first, want+" ") {
			t.Errorf("%q finds first %q, not %q:\n%s", typed, first, want, r.Frame())
		}
	}
}

func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	r := ring(t, 100, 30)
	r.Press(":")
	r.Type("e")
	for h := 15; h <= 60; h += 5 {
		for w := 60; w <= 200; w += 7 {
			r.Resize(w, h)
			r.Fits()
			r.Sees("/ e")
		}
	}
}

func TestAddressesOfPeopleAreHiddenWhileOthersWatch(t *testing.T) {
	t.Parallel()
	r := ring(t, 120, 36)
	r.Put(account("id-9", "ada@example.org", "dev"), nil)
	r.Send(screen.ChangedMsg{})
	r.Press("S", ":")
	r.Type("go to")
	r.SeesNot("ada@example.org")
	r.Sees("go to ••••••")
}

// TestACommandWithoutAKeyIsDone unbinds an action of a pane: the palette
// performs it all the same.
func TestACommandWithoutAKeyIsDone(t *testing.T) {
	t.Parallel()
	r := harness.New(t)
	r.Put(account("id", "admin@edge", "dev"), nil)
	keys, err := keymap.New(map[string][]string{"accounts.group": {}, "accounts.add": {"n"}})
	if err != nil {
		t.Fatal(err)
	}
	r.Config.Keys = keys
	r.Show(120, 36)
	r.Press("b")
	r.SeesNot("by backend")
	r.Press(":")
	r.Type("group")
	r.Press("enter")
	r.Sees("by backend")
}

func many(n int) []session.Snapshot {
	all := make([]session.Snapshot, n)
	for i := range all {
		all[i] = session.Snapshot{
			Record: &session.Record{Account: account(fmt.Sprint(i), fmt.Sprintf("user-%05d@edge", i), "staging")}, Title: "datarhei Core", Host: "127.0.0.1:8080",
		}
	}
	return all
}

func BenchmarkTenThousandAccounts(b *testing.B) {
	r := ring(b, 120, 36)
	ctx := &screen.Context{Theme: theme.New(r.Config.Theme), Keys: r.Config.Keys, Now: r.Clock.Now}
	all := many(10_000)
	list := func() []session.Snapshot { return all }
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			dialog.NewChoice(ctx, palette.New(ctx, nil, list)).View(92, 22)
		}
	})
	b.Run("type", func(b *testing.B) {
		o := dialog.NewChoice(ctx, palette.New(ctx, nil, list))
		o.Init()
		for b.Loop() {
			for _, key := range []string{"e", "d", "g", "9", "backspace", "backspace", "backspace", "backspace"} {
				o.Update(uitest.Press(key))
				o.View(92, 22)
			}
		}
	})
}
