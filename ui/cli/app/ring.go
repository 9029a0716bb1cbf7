package app

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/engine"
	"tokenring/store"
	"tokenring/store/vault"
)

// Ring is an opened store with the engine on it.
type Ring struct {
	*engine.Engine
	Store   *store.Store
	Vault   *vault.Vault
	Options Options

	env *Env
}

// Options locate a ring.
type Options struct {
	Dir      string // of the store
	Backends string // the user's own definitions
	Memory   bool   // keep the vault's key in memory only
}

// Open opens the user's own ring, and creates it if there is none.
func (e *Env) Open(ctx context.Context) (*Ring, error) {
	dir, err := store.DefaultDir(e.Getenv)
	if err != nil {
		return nil, err
	}
	backends, err := e.BackendsDir()
	if err != nil {
		return nil, err
	}
	return e.OpenAt(ctx, Options{Dir: dir, Backends: backends})
}

// OpenAt opens the ring at the given location.
func (e *Env) OpenAt(ctx context.Context, o Options) (*Ring, error) {
	s, err := store.Open(ctx, store.Options{Dir: o.Dir, Now: e.Now})
	if err != nil {
		return nil, err
	}
	v, err := vault.Open(ctx, vault.Options{Meta: s, Getenv: e.Getenv, Memory: o.Memory})
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	_ = s.PurgeOld(ctx) // the next command tries again
	built := engine.New(engine.Config{
		Store: s, Vault: v, Now: e.Now, Catalog: definition.NewCatalog(o.Backends), References: e.References(), Client: e.Client(),
	})
	line := e.Progress()
	built.Sessions.LockWait, built.Sessions.Waiting = e.Wait, func(account string, holder session.Holder) {
		line.Clear()
		e.Notify("%s: waiting for %s", account, holder)
	}
	return &Ring{Engine: built, Store: s, Vault: v, Options: o, env: e}, nil
}

// Snapshot returns the snapshot of an account that a flow returned.
func (r *Ring) Snapshot(rec *session.Record, err error) (session.Snapshot, error) {
	if rec == nil {
		return session.Snapshot{Record: &session.Record{}}, err
	}
	return r.Accounts.Snapshot(rec), err
}

// On returns the environment with r in place of the user's own ring.
func (e *Env) On(r *Ring) *Env {
	on := *e
	on.ring = r
	return &on
}

// With runs do on the user's own ring. It needs no key: callers that seal or
// open secrets call Unlock first.
func (e *Env) With(ctx context.Context, do func(r *Ring) error) (err error) {
	if e.ring != nil {
		return do(e.ring)
	}
	r, err := e.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	return do(r)
}

// Close waits for calls to servers to end, so that no rotated token is
// lost, and closes the store.
func (r *Ring) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return errors.Join(r.Feed.Wait(ctx), r.Store.Close())
}
