package ui_test

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/uitest/harness"
)

// frames looks for secrets in every frame: in the forms in which a server repeats them,
// as they are and as the screen cleans them, or in parts of these that a line has room for.
type frames struct {
	*harness.Harness
	t     *testing.T
	echo  *emulatortest.Echo
	known map[string]string // windows of the forms; with the form
	seen  int               // lines
}

const window = 14

func (f *frames) learn() {
	f.known = map[string]string{}
	windows := func(echo *emulatortest.Echo, found func(window, form string)) {
		forms, _ := echo.Forms()
		for _, form := range forms {
			for _, form := range []string{form, secret.CleanText(form), secret.CleanLine(form)} {
				for i := 0; i+window <= len(form); i++ {
					found(form[i:i+window], form)
				}
			}
		}
	}
	windows(f.echo, func(window, form string) { f.known[window] = form })
	windows(&emulatortest.Echo{Password: "~"}, func(window, _ string) { delete(f.known, window) }) // they have these around a secret
}

func (f *frames) look(after string) {
	f.t.Helper()
	for line := range strings.SplitSeq(ansi.Strip(f.View().Content), "\n") {
		f.seen++
		for i := 0; i+window <= len(line); i++ {
			if form, bad := f.known[line[i:i+window]]; bad {
				f.t.Fatalf("after %s a line has %q of %.80q:\n%s", after, line[i:i+window], form, line)
			}
		}
	}
}

func (f *frames) press(keys ...string) {
	f.t.Helper()
	for _, key := range keys {
		f.Press(key)
		f.Advance(time.Second)
		f.look(key)
	}
}

func TestNoFrameHasASecretThatAServerRepeats(t *testing.T) {
	t.Parallel()
	const password = `p&ss=w%72d+"u" \n ${x} m'`
	w := harness.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{
		Now: w.Clock.Now, AccessLife: 24 * time.Hour, Users: []emulator.User{{Name: "ada", Password: password}},
	})
	f := &frames{Harness: w, t: t, echo: &emulatortest.Echo{Next: server, Password: password, Most: 25}}
	w.Server = f.echo
	snap, err := w.Engine.Drafts.Save(t.Context(), &draft.Form{
		Account: session.Account{
			Name: "ada@market", Definition: "market", Login: "password",
			Values: map[string]string{"address": harness.Address, "username": "ada"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(password)},
	})
	must(t, err)
	_, err = w.Engine.Sessions.Login(t.Context(), snap, lifecycle.LoginOptions{})
	must(t, err)
	f.learn()
	w.Show(120, 36)
	repeat := func(path, says string, keys ...string) {
		t.Helper()
		before := f.echo.Repeat(path)
		f.press(keys...)
		if f.echo.Repeat("") == before {
			t.Errorf("%q came to no answer that repeats:\n%s", keys, w.Frame())
		}
		w.Sees(says)
	}
	repeat("/me", "••••••", "t", "enter")
	forms, _ := f.echo.Forms()
	for range len(forms)/f.echo.Most + 1 {
		repeat("/me", `"lines"`, "t")
		w.Sees("••••••")
		f.press("r", "w", "pgdown", "pgdown", "pgdown", "home", "H", "H", "r", "w")
	}
	f.press("tab", "tab", "tab", "tab")
	f.press("f")
	w.Type(".lines[3:]")
	f.press("enter", "pgdown", "pgdown", "esc", "esc", "esc")
	f.press("h", "pgdown", "esc", "4", "pgdown", "1", "2", "3")
	for path, key := range map[string]string{"/auth/refresh": "r", "/me": "c", "/auth/login": "l"} {
		repeat(path, "", "1", key)
		f.press("4", "pgdown", "esc", "1", "esc")
		f.learn()
	}
	repeat("/auth/logout", "", "x", "y")
	f.press("4", "pgdown", ":", "esc", "?", "esc")
	if f.seen < 5000 {
		t.Errorf("%d lines were looked at", f.seen)
	}
}
