package cli

import (
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
)

// TestEveryOverlayIsWired makes each of them for an account of a ring.
func TestEveryOverlayIsWired(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	w := &World{Getenv: func(string) string { return "" }, Now: func() time.Time { return noon }}
	dir := t.TempDir()
	r, err := w.openRing(t.Context(), ringOptions{dir: filepath.Join(dir, "ring"), backends: filepath.Join(dir, "backends")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.close() })
	overlays := w.overlays(r)
	for _, wired := range []any{overlays, *w.firing(r)} {
		for i, v := 0, reflect.ValueOf(wired); i < v.NumField(); i++ {
			if v.Field(i).IsNil() {
				t.Errorf("%s is not wired", v.Type().Field(i).Name)
			}
		}
	}

	c := &screen.Context{
		Life: t.Context(), Manager: r.manager, Theme: theme.New(theme.Options{}), Keys: keymap.Default(),
		Now: w.Now, Settings: screen.DefaultSettings(),
	}
	s := &session.Snapshot{Account: session.Account{ID: "id", Name: "admin@edge", Definition: "knack"}}
	for title, o := range map[string]screen.Overlay{
		"Add an account":        overlays.Add(c),
		"Edit the account":      overlays.Edit(c, s),
		"Log in admin@edge":     overlays.Login(c, s),
		"Copy from admin@edge":  overlays.CopyMenu(c, s),
		"Sure?":                 overlays.Confirm(c, screen.Question{Title: "Sure?"}),
		"Where the key is kept": overlays.Vault(c, session.VaultStatus{State: session.VaultUnset}),
		"Read a token":          overlays.Decode(c),
		"Commands and accounts": overlays.Palette(c, nil, nil),
		"Help":                  overlays.Help(c, nil),
	} {
		if o.Title() != title {
			t.Errorf("%q is called %q", title, o.Title())
		}
		o.Close()
	}
	if p := r.places(); p.Config != filepath.Join(dir, "config.yaml") || p.Store != filepath.Join(dir, "ring") {
		t.Errorf("things lie at %+v", p)
	}
}
