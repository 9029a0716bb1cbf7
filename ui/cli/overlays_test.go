package cli

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/ui/cli/app"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// TestEveryOverlayIsWired makes each of them for an account of a ring.
func TestEveryOverlayIsWired(t *testing.T) {
	t.Parallel()
	env := &app.Env{Getenv: func(string) string { return "" }, Now: func() time.Time { return noon }}
	dir := t.TempDir()
	r, err := env.OpenAt(t.Context(), app.Options{Dir: filepath.Join(dir, "ring"), Backends: filepath.Join(dir, "backends")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	wiring := overlays(env, r)
	for _, wired := range []any{wiring, *firing(env, r)} {
		for i, v := 0, reflect.ValueOf(wired); i < v.NumField(); i++ {
			if v.Field(i).IsNil() {
				t.Errorf("%s is not wired", v.Type().Field(i).Name)
			}
		}
	}

	c := &screen.Context{
		Life: t.Context(), Manager: r.Manager, Theme: theme.New(theme.Options{}), Keys: keymap.Default(),
		Now: env.Now, Settings: screen.DefaultSettings(),
	}
	s := &session.Snapshot{Record: session.Record{Account: session.Account{ID: "id", Name: "admin@edge", Definition: "knack"}}}
	for title, o := range map[string]screen.Overlay{
		"Add an account":        wiring.Add(c),
		"Edit the account":      wiring.Edit(c, s),
		"Log in admin@edge":     wiring.Login(c, s),
		"Copy from admin@edge":  wiring.CopyMenu(c, s),
		"Sure?":                 wiring.Confirm(c, screen.Question{Title: "Sure?"}),
		"Where the key is kept": wiring.Vault(c, session.VaultStatus{State: session.VaultUnset}),
		"Read a token":          wiring.Decode(c),
		"Commands and accounts": wiring.Palette(c, nil, nil),
		"Help":                  wiring.Help(c, nil),
	} {
		if o.Title() != title {
			t.Errorf("%q is called %q", title, o.Title())
		}
		o.Close()
	}
	if p := places(r); p.Config != filepath.Join(dir, "config.yaml") || p.Store != filepath.Join(dir, "ring") {
		t.Errorf("things lie at %+v", p)
	}
}
