// Package overview lists accounts with their state: their records, the possible
// actions, and the running flow.
package overview

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
)

// Store reads accounts and the activity. See store.Store.
type Store interface {
	session.FollowStore
	EachAccount(ctx context.Context, do func(*session.Record)) error
	Named(ctx context.Context, name string) (*session.Record, error)
	Events(ctx context.Context, accountID string, limit int) ([]session.Event, error)
	Holder(accountID string) (h session.Holder, held bool)
}

// Accounts reads accounts without a key. All fields are required.
type Accounts struct {
	Store    Store
	Follower *session.Follower
	Opener   *credential.Opener
	Vault    session.Vault
	Feed     *session.Feed
	Now      func() time.Time
}

// List returns every account.
func (a *Accounts) List(ctx context.Context) ([]session.Snapshot, error) {
	records, err := a.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	a.Opener.Load(records)
	all := make([]session.Snapshot, len(records))
	for i, rec := range records {
		all[i] = a.Snapshot(rec)
	}
	return all, nil
}

// Each calls do for every account, in any order, and keeps none: the snapshot holds another
// account after that.
func (a *Accounts) Each(ctx context.Context, do func(*session.Snapshot)) error {
	var s session.Snapshot
	return a.Store.EachAccount(ctx, func(rec *session.Record) {
		s = a.Snapshot(rec)
		do(&s)
	})
}

// Get returns the account of an id. ErrNotFound.
func (a *Accounts) Get(ctx context.Context, id string) (session.Snapshot, error) {
	return a.snapshot(a.Store.Account(ctx, id))
}

// Find returns the account of a name. ErrNotFound.
func (a *Accounts) Find(ctx context.Context, name string) (session.Snapshot, error) {
	return a.snapshot(a.Read(ctx, name))
}

func (a *Accounts) snapshot(rec *session.Record, err error) (session.Snapshot, error) {
	if err != nil {
		return session.Snapshot{Record: &session.Record{}}, err
	}
	return a.Snapshot(rec), nil
}

// Record returns the stored record of the account of an id. ErrNotFound.
func (a *Accounts) Record(ctx context.Context, id string) (*session.Record, error) {
	return a.Store.Account(ctx, id)
}

// Read returns the stored record of the account of a name, without loading its
// definition. ErrNotFound.
func (a *Accounts) Read(ctx context.Context, name string) (*session.Record, error) {
	rec, err := a.Store.Named(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("account %q: %w", name, err)
	}
	return rec, nil
}

// Snapshot returns the state of an account.
func (a *Accounts) Snapshot(rec *session.Record) session.Snapshot {
	s := a.judge(rec)
	a.addRunning(&s)
	return s
}

// judge returns what an account says of itself.
func (a *Accounts) judge(rec *session.Record) session.Snapshot {
	if !rec.Listed {
		a.compare(rec)
	}
	s := a.Opener.Snapshot(rec, a.Now())
	s.Host = rec.Account.Host()
	return s
}

// Compare compares accounts with their seals and sets Changed.
func (a *Accounts) Compare(records []*session.Record) {
	a.Opener.Load(records)
	for _, rec := range records {
		a.compare(rec)
	}
}

func (a *Accounts) compare(rec *session.Record) {
	var changed *session.ChangedError
	rec.Changed = a.Vault.IsOpen() && errors.As(a.Opener.Agreed(&rec.Account), &changed)
}

// addRunning adds what runs for the account, and what the feed holds of it.
func (a *Accounts) addRunning(s *session.Snapshot) {
	rec := s.Record
	s.Status, s.Holder = a.Feed.Status(rec.Account.ID), nil
	if rec.Session != nil && !rec.Session.Pending.IsZero() {
		if holder, held := a.Store.Holder(rec.Account.ID); held {
			s.Holder = &holder
		}
	}
}

// Events lists an account's activity, newest first; "" is every account's.
func (a *Accounts) Events(ctx context.Context, id string, limit int) ([]session.Event, error) {
	return a.Store.Events(ctx, id, limit)
}
