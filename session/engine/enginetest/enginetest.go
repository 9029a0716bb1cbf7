// Package enginetest is the fixture of the engine's tests: an engine on a store of its
// own, a clock that only the test moves, and accounts at emulators.
package enginetest

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/engine"
	"tokenring/session/lifecycle"
	"tokenring/session/reference"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
)

// Clock is a wall clock that only the test moves.
type Clock struct {
	mu sync.Mutex
	at time.Time
}

func NewClock() *Clock { return &Clock{at: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// Fixture is an engine on a store of its own.
type Fixture struct {
	*engine.Engine
	T     testing.TB
	Ctx   context.Context
	Clock *Clock
	Now   func() time.Time // of the engine: the Clock, unless Options has another
	Store *store.Store
	Vault *vault.Vault
	Dir   string
}

type Options struct {
	Dir        string // of the store; "": a new one
	Now        func() time.Time
	Transport  http.RoundTripper
	Locked     bool // do not unlock the vault
	References *reference.Reader
	Between    *Between
}

// Between wraps the store of an engine. Its functions run just before a call, like
// another process, or instead of it.
type Between struct {
	engine.Store
	BeforeLock    func(id string)
	BeforeRelease func(id string)
	BeforePut     func(s *session.Session)
	FailKeep      func() error // of a session
	FailEnd       func() error
	FailAddRuns   func() error
}

func (f *Between) Lock(ctx context.Context, id string) (func(), error) {
	once(&f.BeforeLock, id)
	release, err := f.Store.Lock(ctx, id)
	return func() {
		once(&f.BeforeRelease, id)
		release()
	}, err
}

func (f *Between) PutSession(ctx context.Context, s *session.Session, was int64, sealed []session.Sealed) error {
	once(&f.BeforePut, s)
	if f.FailKeep != nil {
		return f.FailKeep()
	}
	return f.Store.PutSession(ctx, s, was, sealed)
}

func (f *Between) TouchSession(ctx context.Context, s *session.Session) error {
	if f.FailKeep != nil {
		return f.FailKeep()
	}
	return f.Store.TouchSession(ctx, s)
}

func (f *Between) EndSession(ctx context.Context, id string, generation int64, final string) error {
	if f.FailEnd != nil {
		return f.FailEnd()
	}
	return f.Store.EndSession(ctx, id, generation, final)
}

func (f *Between) EndRenewal(ctx context.Context, id string, generation int64, at time.Time, reason, token string) error {
	if f.FailEnd != nil {
		return f.FailEnd()
	}
	return f.Store.EndRenewal(ctx, id, generation, at, reason, token)
}

func (f *Between) AddRuns(ctx context.Context, runs ...*session.RunRecord) error {
	if f.FailAddRuns != nil {
		return f.FailAddRuns()
	}
	return f.Store.AddRuns(ctx, runs...)
}

// once calls *f unless it is nil, and sets it to nil.
func once[T any](f *func(T), arg T) {
	if do := *f; do != nil {
		*f = nil
		do(arg)
	}
}

func New(t *testing.T) *Fixture { return NewWith(t, Options{}) }

func NewWith(t testing.TB, o Options) *Fixture {
	t.Helper()
	f := &Fixture{T: t, Ctx: t.Context(), Clock: NewClock(), Dir: o.Dir}
	if f.Dir == "" {
		f.Dir = filepath.Join(t.TempDir(), "ring")
	}
	now := o.Now
	if now == nil {
		now = f.Clock.Now
	}
	f.Now = now
	backends := filepath.Join(filepath.Dir(f.Dir), "backends")
	Check(t, os.MkdirAll(backends, 0o700))
	file := filepath.Join(backends, "market.yaml")
	if _, err := os.Stat(file); err != nil { // another process may be reading it
		Check(t, os.WriteFile(file, emulator.RotatingDefinition, 0o600))
	}

	var err error
	f.Store, err = store.Open(f.Ctx, store.Options{Dir: f.Dir, Now: now})
	Check(t, err)
	t.Cleanup(func() { f.Store.Close() })
	f.Vault, err = vault.Open(f.Ctx, vault.Options{Meta: f.Store, Getenv: keyVariable})
	Check(t, err)
	if f.Vault.Status(f.Ctx).State == session.VaultUnset {
		Check(t, f.Vault.Choose(f.Ctx, session.WayVariable, secret.String{}))
	} else if !o.Locked {
		Check(t, f.Vault.Unlock(f.Ctx, secret.String{}))
	}
	var kept engine.Store = f.Store
	if o.Between != nil {
		o.Between.Store = f.Store
		kept = o.Between
	}
	f.Engine = engine.New(engine.Config{
		Store: kept, Vault: f.Vault, Now: now,
		Catalog: definition.NewCatalog(backends), References: o.References,
		Client: transport.New(transport.Options{Now: now, Transport: o.Transport}),
	})
	return f
}

func keyVariable(name string) string {
	if name == "TOKENRING_KEY" {
		return "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	}
	return ""
}

// Serve starts an emulator for the test.
func Serve(t testing.TB, h http.Handler) string {
	t.Helper()
	l, err := emulator.Start(h)
	Check(t, err)
	t.Cleanup(func() { l.Close() })
	return l.URL
}

// Market returns a draft of an account at a Rotating backend.
func Market(url, name string) *draft.Form {
	return &draft.Form{
		Account: session.Account{
			Name: name, Definition: "market", Login: "password", Relogin: true,
			Values: map[string]string{"address": url, "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	}
}

// Add saves a draft and returns the account's id.
func (f *Fixture) Add(d *draft.Form) string {
	f.T.Helper()
	rec, err := f.Drafts.Save(f.Ctx, d)
	Check(f.T, err)
	return rec.Account.ID
}

// LogIn logs in with the stored credentials.
func (f *Fixture) LogIn(id string) session.Snapshot {
	f.T.Helper()
	snap, err := f.Login(f.Ctx, id, lifecycle.LoginOptions{})
	Check(f.T, err)
	return snap
}

func (f *Fixture) State(id string) session.State {
	f.T.Helper()
	snap, err := f.Accounts.Get(f.Ctx, id)
	Check(f.T, err)
	return snap.StateAt(f.Now())
}

func (f *Fixture) WantState(id string, want session.State) {
	f.T.Helper()
	if got := f.State(id); got != want {
		f.T.Fatalf("state is %q, want %q", got, want)
	}
}

func Check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Spec returns one of the account's requests by name.
func (f *Fixture) Spec(id, name string) *request.Spec {
	f.T.Helper()
	specs, err := f.Requests.Specs(f.Ctx, f.Record(id))
	Check(f.T, err)
	for i := range specs {
		if specs[i].Name == name {
			return &specs[i]
		}
	}
	f.T.Fatalf("no request %q", name)
	return nil
}

// Define adds a definition to the catalog.
func (f *Fixture) Define(name, yaml string) {
	f.T.Helper()
	file := filepath.Join(filepath.Dir(f.Dir), "backends", name+".yaml")
	Check(f.T, os.WriteFile(file, []byte("name: "+name+"\ntitle: Test\nfields: [{name: address, label: Address, type: url}]\n"+yaml), 0o600))
}

// Changing adds an account whose token changes with every answer.
func Changing(t *testing.T, f *Fixture, server http.Handler) string {
	t.Helper()
	return f.Add(&draft.Form{
		Account: session.Account{
			Name: "changing", Definition: "devise-token-auth", Login: "password",
			Values: map[string]string{"address": Serve(t, server), "email": "admin@example.com"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
}

// Status is a handler that changes the status of answers.
type Status struct {
	http.ResponseWriter
	Code int
}

func (s *Status) WriteHeader(int) { s.ResponseWriter.WriteHeader(s.Code) }

// Elsewhere is the source of references in these tests: one variable and one program,
// which counts its runs.
type Elsewhere struct {
	Password string
	Runs     int
	Argv     []string
}

func (e *Elsewhere) Reader() *reference.Reader {
	return &reference.Reader{
		Getenv: func(name string) string {
			if name == "MARKET_PASSWORD" {
				return e.Password
			}
			return ""
		},
		Run: func(_ context.Context, argv []string) ([]byte, error) {
			e.Runs++
			e.Argv = argv
			if e.Password == "" {
				return nil, errors.New("pass failed with exit status 1")
			}
			return []byte(e.Password + "\n"), nil
		},
	}
}

// Wide is the definition of the market with a further origin from a field.
const Wide = `
base_url: ${.address}
origins: [{url: "${.extra}"}]
logins:
  - name: password
    fields:
      - {name: username, label: User name}
      - {name: extra, label: Extra, type: url}
      - {name: password, label: Password, secret: true}
    steps:
      - request: {method: POST, path: /auth/login, json: {username: "${.username}", password: "${.password}"}}
        capture: &tokens {access: .body.access_token, refresh: .body.refresh_token}
refresh:
  steps:
    - {request: {method: POST, path: /auth/refresh, json: {refresh_token: "${.refresh}"}}, capture: *tokens}
tokens: {access: {}, refresh: {}}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
  - {name: renewing, headers: {Authorization: "Bearer ${.refresh}"}}
`

func WideForm(url, extra string) *draft.Form {
	d := Market(url, "me@wide")
	d.Definition, d.Relogin = "wide", false
	d.Values["extra"], d.Origins = extra, session.Origins{{Origin: extra, For: session.ForCredentials}}
	return d
}

// Record reads an account.
func (f *Fixture) Record(id string) *session.Record {
	f.T.Helper()
	snap, err := f.Accounts.Get(f.Ctx, id)
	Check(f.T, err)
	return snap.Record
}

// Account reads an account with its abilities.
func (f *Fixture) Account(ctx context.Context, id string) (session.Snapshot, error) {
	return f.Accounts.Get(ctx, id)
}

// snapshot returns the result of a flow with its abilities.
func (f *Fixture) snapshot(rec *session.Record, err error) (session.Snapshot, error) {
	if rec == nil {
		return session.Snapshot{Record: &session.Record{}}, err
	}
	return f.Accounts.Snapshot(rec), err
}

// Login logs in.
func (f *Fixture) Login(ctx context.Context, id string, o lifecycle.LoginOptions) (session.Snapshot, error) {
	return f.snapshot(f.Sessions.Login(ctx, f.Record(id), o))
}

// Refresh reads an account and refreshes it.
func (f *Fixture) Refresh(ctx context.Context, id string, p session.Progress) (session.Snapshot, error) {
	return f.snapshot(f.Sessions.Refresh(ctx, f.Record(id), p))
}

// Ensure reads an account and ensures its session.
func (f *Fixture) Ensure(ctx context.Context, id string, minTTL time.Duration) (session.Snapshot, error) {
	return f.snapshot(f.Sessions.Ensure(ctx, f.Record(id), minTTL))
}

// Check checks a session.
func (f *Fixture) Check(ctx context.Context, id string) (session.Snapshot, bool, error) {
	rec, alive, err := f.Sessions.Check(ctx, f.Record(id))
	snap, err := f.snapshot(rec, err)
	return snap, alive, err
}

// Logout logs out.
func (f *Fixture) Logout(ctx context.Context, id string) (lifecycle.LogoutResult, error) {
	return f.Sessions.Logout(ctx, f.Record(id))
}

// Token reads an account and opens one of its tokens.
func (f *Fixture) Token(ctx context.Context, id, name string) (secret.String, error) {
	return f.Credentials.Token(ctx, f.Record(id), name)
}

// Save stores a form.
func (f *Fixture) Save(ctx context.Context, d *draft.Form) (session.Snapshot, error) {
	return f.snapshot(f.Drafts.Save(ctx, d))
}

// Fire sends a request as an account.
func (f *Fixture) Fire(ctx context.Context, id string, spec *request.Spec, o attempt.Options) (*request.Run, error) {
	return f.Requests.Fire(ctx, suite.IdentityOf(&f.Record(id).Account), spec, o)
}

// Form reads an account into a form.
func (f *Fixture) Form(id string) *draft.Form { return draft.FormOf(&f.Record(id).Account) }
