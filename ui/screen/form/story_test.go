package form_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session/emulator"
	"tokenring/session/secret"
	"tokenring/ui"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/form"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

// whole shows the whole program with the overlays of this story.
func (b *fixture) whole(w, h int) *uitest.Driver {
	b.t.Helper()
	timers := uitest.NewTimers(b.clock)
	settings := screen.DefaultSettings()
	settings.WatchEvery, settings.UTC = 0, true
	return uitest.Start(b.t, ui.New(ui.Config{
		Life: b.t.Context(), Engine: b.Engine, Keys: uitest.Keys(), Settings: settings,
		Theme: theme.Options{Dark: true, Profile: colorprofile.TrueColor}, Now: b.clock.Now, After: timers.After,
	}), b.clock, timers, w, h)
}

// TestTheFirstAccount goes the whole way: add, log in, edit, delete, at every
// size the screen is laid out for. What was typed as a password is never seen.
func TestTheFirstAccount(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{60, 18}, {80, 24}, {120, 36}} {
		t.Run(fmt.Sprintf("%dx%d", size[0], size[1]), func(t *testing.T) {
			t.Parallel()
			b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
			l, err := emulator.Start(emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now}))
			check(t, err)
			t.Cleanup(func() { l.Close() })
			d := b.whole(size[0], size[1])
			clean := func() {
				t.Helper()
				d.Fits()
				d.SeesNot(emulator.Password)
			}
			d.Press("a")
			clean()
			d.Type("market")
			d.Press("enter")
			clean()
			d.Press("tab", "tab")
			d.Paste(l.URL + "\n")
			d.Press("tab")
			d.Type("admin")
			d.Press("tab")
			d.Type(emulator.Password)
			clean()
			d.Press("ctrl+s")
			clean()
			d.Sees("Log in now?")
			d.Press("y")
			d.Wait("the login", func() bool { return strings.Contains(d.Frame(), "is logged in") })
			clean()

			d.Press("e")
			d.Sees("stored; type")
			d.Press("tab", "right", "right")
			clean()
			d.Press("ctrl+s")
			if env := b.find("admin@local").Account.Environment; env != "staging" {
				t.Fatalf("the environment is %q", env)
			}
			clean()
			d.Press("ctrl+d")
			d.Sees("Delete admin@local?")
			d.Press("enter")
			b.find("admin@local")
			d.Press("ctrl+d", "y")
			if all, _ := b.Accounts.List(t.Context()); len(all) != 0 {
				t.Fatal("the account is still there")
			}
			clean()
		})
	}
}

// TestAPastedTokenBecomesAnAccount decodes a token and goes on to the form.
func TestAPastedTokenBecomesAnAccount(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.whole(80, 24)
	d.Press("d")
	d.Paste(canary)
	d.Sees("opaque")
	d.Press("ctrl+s")
	d.Sees("Any API, with a token you have", "****")
	d.Press("tab", "tab", "tab")
	d.Type("https://api.example")
	d.Press("ctrl+s")
	d.Wait("the login", func() bool { return strings.Contains(d.Frame(), "is stored, not proven yet") })
	d.SeesNot(canary)
	got, err := b.Credentials.Token(t.Context(), b.find("token@example").Record, "")
	check(t, err)
	if !got.Equal(secret.New(canary)) {
		t.Error("another token is stored")
	}
}

// TestALockedVaultLosesNothing locks the vault under a form: saving asks for
// it to be unlocked, and what was typed is still there.
func TestALockedVaultLosesNothing(t *testing.T) {
	t.Parallel()
	b, d := market(t, 80, 24)
	d.Press("tab", "tab")
	d.Type("https://a.example")
	d.Press("tab")
	d.Type("admin")
	d.Press("tab")
	d.Type(canary)
	b.vault.Lock()
	d.Press("ctrl+s")
	d.Sees("the vault is not open. Open it", "****", "https://a.example")
	if do, _ := asked[screen.AskedMsg](b); do.Action != keymap.Vault {
		t.Errorf("asked for %q", do.Action)
	}
}

func TestAnAnswerChangesWhatIsAsked(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 84, 30)
	d.Type("backendless")
	d.Press("enter")
	d.Sees("Application id")
	for !strings.Contains(d.Frame(), "▌ Kind of address") {
		d.Press("tab")
	}
	d.Press("right", "right")
	d.Sees("▌ Kind of address", "API path")
	d.SeesNot("Application id")
	d.Press("tab")
	d.Type("https://shop.example")
	d.Press("shift+tab", "left")
	d.SeesNot("https://shop.example")
	d.Press("right")
	d.Sees("https://shop.example")
}
