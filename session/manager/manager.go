// Package manager has every use case that the screen and the command line
// share.
package manager

import (
	"context"
	"fmt"
	"net/url"
	"sync"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/reference"
	"tokenring/session/transport"
)

// Config is what a Manager needs of the world.
type Config struct {
	Store   session.Store
	Vault   session.Vault
	Catalog *definition.Catalog
	Client  *transport.Client
	Now     func() time.Time // wall clock without a monotonic part

	References *reference.Reader // nil: an account's references cannot be read
}

// Manager is every use case of tokenring; the screen and the command line
// share it. Its methods are safe for concurrent use, and the context given to
// each cancels it.
type Manager struct {
	store   session.Store
	vault   session.Vault
	catalog *definition.Catalog
	runner  *flow.Runner
	refs    *reference.Reader
	now     func() time.Time

	mu       sync.Mutex
	gates    map[string]chan struct{} // one flow at a time per account, in this process
	work     map[string]*session.Work
	failures map[string]failure
	watchers map[chan struct{}]struct{}
	begun    int           // flows whose end must still be written
	quiet    chan struct{} // closed when begun falls to 0
}

type failure struct {
	flow *session.Failure
	at   time.Time
}

// New makes a Manager. Nothing is read until it is asked.
func New(c Config) *Manager {
	return &Manager{
		store:    c.Store,
		vault:    c.Vault,
		catalog:  c.Catalog,
		runner:   flow.New(c.Client, c.Now),
		refs:     c.References,
		now:      c.Now,
		gates:    map[string]chan struct{}{},
		work:     map[string]*session.Work{},
		failures: map[string]failure{},
		watchers: map[chan struct{}]struct{}{},
	}
}

// Now is the Manager's clock, for everybody who shows times.
func (m *Manager) Now() time.Time { return m.now() }

// Vault is where the secrets are sealed, for choosing and unlocking.
func (m *Manager) Vault() session.Vault { return m.vault }

// Definitions lists the backends that can be used, by title.
func (m *Manager) Definitions() []*definition.Definition { return m.catalog.List() }

// Definition finds a backend by name; the error says why it cannot be used.
func (m *Manager) Definition(name string) (*definition.Definition, error) {
	return m.catalog.Get(name)
}

// Problems lists what is wrong with definition files of the person's own.
func (m *Manager) Problems() []error { return m.catalog.Problems() }

// Wait returns when every flow that was begun has been written, or ctx ends.
// Called before the process leaves, so that no fresh token is lost. A login
// that waits for the person counts: end its context first.
func (m *Manager) Wait(ctx context.Context) error {
	for {
		m.mu.Lock()
		begun, quiet := m.begun, m.quiet
		m.mu.Unlock()
		if begun == 0 {
			return nil
		}
		select {
		case <-quiet:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// begin makes Wait wait until end is called.
func (m *Manager) begin() (end func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun == 0 {
		m.quiet = make(chan struct{})
	}
	m.begun++
	return func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		if m.begun--; m.begun == 0 {
			close(m.quiet)
		}
	}
}

// Accounts lists every account as it stands. It needs no key.
func (m *Manager) Accounts(ctx context.Context) ([]session.Snapshot, error) {
	records, err := m.store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	snapshots := make([]session.Snapshot, len(records))
	for i := range records {
		snapshots[i] = m.snapshot(&records[i])
	}
	return snapshots, nil
}

// Account is one account as it stands. ErrNotFound.
func (m *Manager) Account(ctx context.Context, id string) (session.Snapshot, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return session.Snapshot{}, err
	}
	return m.snapshot(&rec), nil
}

// Find is Account by name. ErrNotFound.
func (m *Manager) Find(ctx context.Context, name string) (session.Snapshot, error) {
	rec, err := m.store.Named(ctx, name)
	if err != nil {
		return session.Snapshot{}, fmt.Errorf("account %q: %w", name, err)
	}
	return m.snapshot(&rec), nil
}

func (m *Manager) snapshot(rec *session.Record) session.Snapshot {
	a := &rec.Account
	s := session.Snapshot{Account: *a, Session: rec.Session, Title: a.Definition, Host: hostOf(a.Origin)}
	m.mu.Lock()
	if w := m.work[a.ID]; w != nil {
		running := *w
		s.Work = &running
	}
	if f, ok := m.failures[a.ID]; ok {
		s.Failure, s.FailedAt = f.flow, f.at
	}
	m.mu.Unlock()

	def, err := m.catalog.Get(a.Definition)
	if err != nil {
		s.Broken = err.Error()
		return s
	}
	s.Title = def.Title
	abilities(&s, def, m.now())
	return s
}

// abilities says what the definition can do for the account now.
func abilities(s *session.Snapshot, def *definition.Definition, now time.Time) {
	scope := plainScope(&s.Account, s.Session, def)
	s.CanCheck = def.Check != nil && holds(def.Check.When, scope)
	s.CanLogout = def.Logout != nil && holds(def.Logout.When, scope)
	final := s.Session != nil && s.Session.Final != ""
	s.CanRelogin = s.Account.Relogin && !final && unattended(&s.Account, def, scope)
	if s.Session == nil || final || def.Refresh == nil || !holds(def.Refresh.When, scope) {
		return
	}
	if needs := def.Refresh.Needs; needs != "" {
		t := s.Session.Token(needs)
		left, known := s.TokenLeft(t, now)
		s.CanRefresh = t != nil && (!known || left > 0)
		return
	}
	s.CanRefresh = true
}

func hostOf(origin string) string {
	u, err := url.Parse(origin)
	if err != nil {
		return origin
	}
	return u.Host
}
