// Package harness runs the whole screen in tests, on a store and a server of its
// own.
package harness

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui"
	"tokenring/ui/clipboard"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

// Address is the address of the server of a Harness. Nothing listens there: the calls
// go through a pipe.
const Address = "http://localhost:8080"

// Harness is the whole program on a store of its own, with a server, a clock that only
// the test moves, and a clipboard that the test reads.
type Harness struct {
	*uitest.Driver
	Clock  *uitest.Clock
	Store  *store.Store
	Vault  *vault.Vault
	Engine *engine.Engine
	Config ui.Config    // may be changed before Show
	Server http.Handler // answers the calls to Address
	Board  *Board

	t      testing.TB
	timers *uitest.Timers
}

// Board is a clipboard.
type Board struct {
	Away bool // copies do not reach it
	mu   sync.Mutex
	text string
}

// Available implements ui.Clipboard.
func (b *Board) Available() bool { return !b.Away }

// Copy implements ui.Clipboard.
func (b *Board) Copy(_ context.Context, v secret.String) error {
	if b.Away {
		return clipboard.ErrNone
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = v.Reveal()
	return nil
}

// Clear implements ui.Clipboard.
func (b *Board) Clear(_ context.Context, v secret.String) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := b.text == v.Reveal()
	if held {
		b.text = ""
	}
	return held, nil
}

// Text returns the content of the clipboard.
func (b *Board) Text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text
}

// New makes the program without accounts. It has the definition of the emulator's
// Rotating backend as "market".
func New(t testing.TB) *Harness {
	t.Helper()
	dir := t.TempDir()
	w := &Harness{t: t, Clock: uitest.NewClock(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)), Board: &Board{}}
	w.timers = uitest.NewTimers(w.Clock)
	backends := filepath.Join(dir, "backends")
	w.must(os.Mkdir(backends, 0o700))
	w.must(os.WriteFile(filepath.Join(backends, "market.yaml"), emulator.RotatingDefinition, 0o600))
	var err error
	w.Store, err = store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "ring"), Now: w.Clock.Now})
	w.must(err)
	t.Cleanup(func() { w.Store.Close() })
	w.Vault, err = vault.Open(t.Context(), vault.Options{Meta: w.Store, Memory: true})
	w.must(err)
	l := emulatortest.StartPipe(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { w.Server.ServeHTTP(rw, r) }))
	t.Cleanup(func() { l.Close() })
	w.Engine = engine.New(engine.Config{
		Store: w.Store, Vault: w.Vault, Now: w.Clock.Now, Catalog: definition.NewCatalog(backends),
		Client: transport.New(transport.Options{Now: w.Clock.Now, Transport: &http.Transport{DialContext: l.DialContext}}),
	})
	settings := screen.DefaultSettings()
	settings.WatchEvery, settings.UTC = 0, true
	w.Config = ui.Config{
		Life: t.Context(), Engine: w.Engine, Keys: uitest.Keys(), Settings: settings, Clipboard: w.Board,
		Theme: theme.Options{Dark: true, Profile: colorprofile.TrueColor}, Now: w.Clock.Now, After: w.timers.After,
	}
	return w
}

// Context returns the context for a screen that a test opens itself.
func (w *Harness) Context() *screen.Context {
	return &screen.Context{
		Life: w.t.Context(), Theme: theme.New(w.Config.Theme), Keys: w.Config.Keys,
		Now: w.Clock.Now, After: w.timers.After, Settings: w.Config.Settings, Environ: w.Config.Environ,
	}
}

func (w *Harness) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// Show opens the screen.
func (w *Harness) Show(width, height int) *Harness {
	w.t.Helper()
	w.Driver = uitest.Start(w.t, ui.New(w.Config), w.Clock, w.timers, width, height)
	return w
}

// Put writes an account with a session of the given tokens, without a server. The
// first token is the primary one.
func (w *Harness) Put(a session.Account, tokens []session.TokenInfo, values ...string) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.Engine.Credentials.SealAccount(&a))
	w.must(w.Store.PutAccount(ctx, &a, nil))
	if len(tokens) == 0 {
		return
	}
	tokens[0].Primary = true
	s := &session.Session{AccountID: a.ID, Generation: 1, Started: w.Clock.Now(), Tokens: tokens}
	var sealed []session.Sealed
	for i := range tokens {
		binding := a.Binding(session.TokenPrefix + tokens[i].Name)
		box, err := w.Vault.Seal(binding, []byte(values[i]))
		w.must(err)
		sealed = append(sealed, box)
	}
	w.must(w.Store.PutSession(ctx, s, 0, sealed))
}

// Login saves an account at w.Server, which must be a Rotating backend, logs it in,
// and returns its id.
func (w *Harness) Login(name string) string {
	w.t.Helper()
	snap, err := w.Engine.Drafts.Save(w.t.Context(), &draft.Form{
		Account: session.Account{
			Name: name, Definition: "market", Login: "password",
			Values: map[string]string{"address": Address, "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	w.must(err)
	_, err = w.Engine.Sessions.Login(w.t.Context(), snap, lifecycle.LoginOptions{})
	w.must(err)
	return snap.Account.ID
}
