package requests_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
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
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// fixture is the whole program on a store of its own, with one account that is
// logged in at a server of the test.
type fixture struct {
	*uitest.Driver
	t       testing.TB
	clock   *uitest.Clock
	manager *engine.Engine
	market  *emulatortest.Rotating
	mux     *http.ServeMux
	board   *board
	dir     string // of a project
	id      string
	token   string
}

// project reads the project of the test's folder.
func (b *fixture) project() (*project.Project, error) {
	path, err := project.Find(b.dir, "")
	if path == "" || err != nil {
		return nil, err
	}
	return project.Open(path, nil)
}

// board is a clipboard for the test.
type board struct{ text string }

func (b *board) Copy(_ context.Context, v secret.String) error {
	b.text = v.Reveal()
	return nil
}

func (b *board) Available() bool { return true }

func (b *board) Clear(context.Context, secret.String) (bool, error) {
	b.text = ""
	return true, nil
}

// newFixture makes the account "me@market" with a guard and shows its requests.
func newFixture(t testing.TB, guard session.Guard, w, h int) *fixture {
	t.Helper()
	b := &fixture{t: t, clock: uitest.NewClock(noon), mux: http.NewServeMux(), board: &board{}}
	b.market = emulatortest.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: time.Hour})
	b.mux.Handle("/", b.market)
	b.mux.HandleFunc("/echo", echo)
	server := emulatortest.StartPipe(b.mux)
	t.Cleanup(func() { server.Close() })
	// A connection for each request: a frame says whether one was reused, and net/http reuses
	// none whose end it did not see within 50 ms.
	client := &http.Transport{DialContext: server.DialContext, DisableKeepAlives: true}

	dir := t.TempDir()
	b.dir = filepath.Join(dir, "shop")
	must(t, os.Mkdir(b.dir, 0o700))
	backends := filepath.Join(dir, "backends")
	must(t, os.MkdirAll(backends, 0o700))
	must(t, os.WriteFile(filepath.Join(backends, "market.yaml"), emulator.RotatingDefinition, 0o600))
	st, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "ring"), Now: b.clock.Now})
	must(t, err)
	t.Cleanup(func() { st.Close() })
	v, err := vault.Open(t.Context(), vault.Options{Meta: st, Memory: true})
	must(t, err)
	if v.Status(t.Context()).State != session.VaultOpen {
		must(t, v.Choose(t.Context(), session.WayMemory, secret.String{}))
	}
	b.manager = engine.New(engine.Config{
		Store: st, Vault: v, Now: b.clock.Now, Catalog: definition.NewCatalog(backends),
		Client: transport.New(transport.Options{Now: b.clock.Now, Transport: client}),
	})
	snap, err := b.manager.Drafts.Save(t.Context(), &draft.Form{
		Account: session.Account{
			Name: "me@market", Definition: "market", Login: "password", Environment: "staging", Guard: guard,
			Values: map[string]string{"address": server.URL, "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	must(t, err)
	b.id = snap.Account.ID
	rec, err := b.manager.Sessions.Login(t.Context(), snap, lifecycle.LoginOptions{})
	must(t, err)
	token, err := b.manager.Credentials.Token(t.Context(), rec, "")
	must(t, err)
	b.token = token.Reveal()
	b.Driver = b.show(w, h)
	b.Press("enter", "3")
	b.Sees("[Requests]", "new order")
	return b
}

// echo answers with what it was sent, credentials included.
func echo(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Seen", r.Header.Get("Authorization"))
	fmt.Fprintf(w, `{"method":%q,"authorization":%q,"accept":%q}`, r.Method, r.Header.Get("Authorization"), r.Header.Get("X-Accept"))
}

func (b *fixture) show(w, h int) *uitest.Driver {
	settings := screen.DefaultSettings()
	settings.WatchEvery, settings.UTC = 0, true
	timers := uitest.NewTimers(b.clock)
	return uitest.Start(b.t, ui.New(ui.Config{
		Life: b.t.Context(), Engine: b.manager, Keys: uitest.Keys(), Settings: settings, Clipboard: b.board,
		Theme: theme.Options{Dark: true, Profile: colorprofile.TrueColor}, Now: b.clock.Now, After: timers.After,
		Folder: ui.Folder{Project: b.project, Dir: func() (string, error) { return b.dir, nil }},
	}), b.clock, timers, w, h)
}

// save keeps a request with the account and shows it.
func (b *fixture) save(spec *request.Spec) {
	b.t.Helper()
	must(b.t, b.manager.Requests.SaveRequest(b.t.Context(), &session.Account{ID: b.id}, spec))
	b.Send(screen.ChangedMsg{})
	b.Sees(spec.Name)
}

// to puts the cursor on a request.
func (b *fixture) to(name string) {
	b.t.Helper()
	b.Press("home")
	for range 50 {
		for l := range strings.Lines(b.Frame()) {
			if strings.Contains(l, "▌") && strings.Contains(l, name) {
				return
			}
		}
		b.Press("j")
	}
	b.t.Fatalf("there is no request %q:\n%s", name, b.Frame())
}

// clean fails the test when a secret is on the screen.
func (b *fixture) clean() {
	b.t.Helper()
	signature := b.token[strings.LastIndexByte(b.token, '.')+1:]
	b.SeesNot(emulator.Password, signature, signature[:12])
}

func (b *fixture) runs() []session.RunRecord {
	b.t.Helper()
	all, err := b.manager.Requests.Runs(b.t.Context(), session.RunQuery{AccountID: b.id})
	must(b.t, err)
	return all
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
