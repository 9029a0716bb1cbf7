package manager_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/reference"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
)

// clock is a wall clock that stands until it is moved.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// bench is a Manager on a store of its own.
type bench struct {
	*manager.Manager
	t     testing.TB
	ctx   context.Context
	clock *clock
	store *store.Store
	vault *vault.Vault
	dir   string
}

type benchOptions struct {
	dir       string // of the store; "" is a new one
	now       func() time.Time
	transport http.RoundTripper
	locked    bool // nobody unlocks the vault
	refs      *reference.Reader
	between   *between
}

// between stands between a Manager and its store: what a test puts into it
// happens just before, as another process would do it, or instead.
type between struct {
	session.Store
	lock    func(id string)
	release func(id string)
	put     func(s *session.Session)
	keep    func() error // of a session
	end     func() error
	addRun  func() error
}

func (b *between) Lock(ctx context.Context, id string) (func(), error) {
	once(&b.lock, id)
	release, err := b.Store.Lock(ctx, id)
	return func() {
		once(&b.release, id)
		release()
	}, err
}

func (b *between) PutSession(ctx context.Context, s *session.Session, was int64, sealed []session.Sealed) error {
	once(&b.put, s)
	if b.keep != nil {
		return b.keep()
	}
	return b.Store.PutSession(ctx, s, was, sealed)
}

func (b *between) TouchSession(ctx context.Context, s *session.Session) error {
	if b.keep != nil {
		return b.keep()
	}
	return b.Store.TouchSession(ctx, s)
}

func (b *between) EndSession(ctx context.Context, id string, generation int64, final string) error {
	if b.end != nil {
		return b.end()
	}
	return b.Store.EndSession(ctx, id, generation, final)
}

func (b *between) AddRuns(ctx context.Context, runs ...*session.RunRecord) error {
	if b.addRun != nil {
		return b.addRun()
	}
	return b.Store.AddRuns(ctx, runs...)
}

// once calls *f, if there is one, and forgets it.
func once[T any](f *func(T), arg T) {
	if do := *f; do != nil {
		*f = nil
		do(arg)
	}
}

func newBench(t *testing.T) *bench { return newBenchWith(t, benchOptions{}) }

func newBenchWith(t testing.TB, o benchOptions) *bench {
	t.Helper()
	b := &bench{t: t, ctx: t.Context(), clock: newClock(), dir: o.dir}
	if b.dir == "" {
		b.dir = filepath.Join(t.TempDir(), "ring")
	}
	now := o.now
	if now == nil {
		now = b.clock.Now
	}
	backends := filepath.Join(filepath.Dir(b.dir), "backends")
	check(t, os.MkdirAll(backends, 0o700))
	file := filepath.Join(backends, "market.yaml")
	if _, err := os.Stat(file); err != nil { // another process may be reading it
		check(t, os.WriteFile(file, emulator.RotatingDefinition, 0o600))
	}

	var err error
	b.store, err = store.Open(b.ctx, store.Options{Dir: b.dir, Now: now})
	check(t, err)
	t.Cleanup(func() { b.store.Close() })
	b.vault, err = vault.Open(b.ctx, vault.Options{Meta: b.store, Getenv: keyVariable, LockFile: filepath.Join(b.dir, "vault.lock")})
	check(t, err)
	if b.vault.Status(b.ctx).State == session.VaultUnset {
		check(t, b.vault.Choose(b.ctx, session.WayVariable, secret.String{}))
	} else if !o.locked {
		check(t, b.vault.Unlock(b.ctx, secret.String{}))
	}
	var kept session.Store = b.store
	if o.between != nil {
		o.between.Store = b.store
		kept = o.between
	}
	b.Manager = manager.New(manager.Config{
		Store: kept, Vault: b.vault, Now: now,
		Catalog: definition.NewCatalog(backends), References: o.refs,
		Client: transport.New(transport.Options{Now: now, Transport: o.transport}),
	})
	return b
}

func keyVariable(name string) string {
	if name == "TOKENRING_KEY" {
		return "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
	}
	return ""
}

// serve starts an emulator for the test.
func serve(t testing.TB, h http.Handler) string {
	t.Helper()
	l, err := emulator.Start(h)
	check(t, err)
	t.Cleanup(func() { l.Close() })
	return l.URL
}

// market is a draft of an account at a Rotating backend.
func market(url, name string) *manager.Draft {
	return &manager.Draft{
		Name: name, Definition: "market", Login: "password", Relogin: true,
		Values:  map[string]string{"address": url, "username": "admin"},
		Secrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	}
}

// add saves a draft and gives the account's id.
func (b *bench) add(d *manager.Draft) string {
	b.t.Helper()
	snap, err := b.Save(b.ctx, d)
	check(b.t, err)
	return snap.Account.ID
}

// login logs in with what is stored.
func (b *bench) login(id string) session.Snapshot {
	b.t.Helper()
	snap, err := b.Login(b.ctx, id, manager.LoginOptions{})
	check(b.t, err)
	return snap
}

func (b *bench) state(id string) session.State {
	b.t.Helper()
	snap, err := b.Account(b.ctx, id)
	check(b.t, err)
	return snap.StateAt(b.Now())
}

func (b *bench) wantState(id string, want session.State) {
	b.t.Helper()
	if got := b.state(id); got != want {
		b.t.Fatalf("state is %q, want %q", got, want)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// request finds one of the account's requests by name.
func (b *bench) request(id, name string) *request.Spec {
	b.t.Helper()
	specs, err := b.Requests(b.ctx, id)
	check(b.t, err)
	for i := range specs {
		if specs[i].Name == name {
			return &specs[i]
		}
	}
	b.t.Fatalf("no request %q", name)
	return nil
}

// define adds a definition to those the account may have.
func (b *bench) define(name, yaml string) {
	b.t.Helper()
	file := filepath.Join(filepath.Dir(b.dir), "backends", name+".yaml")
	check(b.t, os.WriteFile(file, []byte("name: "+name+"\ntitle: Test\nfields: [{name: address, label: Address, type: url}]\n"+yaml), 0o600))
}

// calls counts the requests of a path that arrived at an emulator.
func calls(requests []emulator.Request, path string) int {
	n := 0
	for _, r := range requests {
		if r.Path == path {
			n++
		}
	}
	return n
}
