// Package lifecycle keeps sessions alive: login, refresh, check, logout, and
// renewal in the background. An account has one flow at a time across processes.
package lifecycle

import (
	"context"
	"errors"
	"sync"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
)

// Store reads accounts and keeps their sessions. See store.Store.
type Store interface {
	session.FollowStore
	PutAccount(ctx context.Context, a *session.Account, sealed []session.Sealed) error
	PutSession(ctx context.Context, s *session.Session, was int64, tokens []session.Sealed) error
	KeepClaims(ctx context.Context, c *session.KeptClaims) error
	ForgetClaims(ctx context.Context, accountID string) error
	TouchSession(ctx context.Context, s *session.Session) error
	MarkPending(ctx context.Context, accountID string, generation int64, at time.Time) error
	MarkRetry(ctx context.Context, accountID string, at time.Time) error
	UpdateRejection(ctx context.Context, accountID string, generation int64, change func(*session.Rejection)) error
	EndSession(ctx context.Context, accountID string, generation int64, final string) error
	EndRenewal(ctx context.Context, accountID string, generation int64, at time.Time, reason, token string) error
	Lock(ctx context.Context, accountID string) (release func(), err error)
	Reserve(ctx context.Context, accountID string) (release func(), err error)
	Insist(ctx context.Context, accountID string, do func(ctx context.Context) error) error
	Holder(accountID string) (h session.Holder, held bool)
}

// Sessions starts, renews and ends the sessions of accounts. Its methods are safe
// for concurrent use; its fields must not change, and all but the last two are
// required. A method that takes a Record reads the account again if it has to.
type Sessions struct {
	Store    Store
	Follower *session.Follower // of the Store
	Opener   *credential.Opener
	Catalog  *definition.Catalog
	Runner   *flow.Runner
	Feed     *session.Feed
	Now      func() time.Time // wall clock without a monotonic part

	LockWait time.Duration                               // the longest wait for an account in use; 0: DefaultWait; or NoWait
	Waiting  func(account string, holder session.Holder) // called when a wait for another process takes longer

	slots sync.Map // by account id, a chan struct{} of one place: one flow at a time in this process
}

// open opens an account with the tokens it borrows.
func (s *Sessions) open(ctx context.Context, rec *session.Record) (*flow.Subject, error) {
	return s.Opener.Open(ctx, rec, credential.Options{Lender: s})
}

func (s *Sessions) snapshot(rec *session.Record) session.Snapshot {
	return s.Opener.Snapshot(rec, s.Now())
}

// Lend implements credential.Lender. An account that borrows cannot lend: two
// could wait for each other.
func (s *Sessions) Lend(ctx context.Context, id string) (*session.Record, error) {
	rec, err := s.Store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	if s.Opener.Borrows(&rec.Account) {
		return nil, &session.Failure{
			Flow: session.FlowLogin, Kind: session.BadConfig, Meaning: rec.Account.Name + " borrows a token itself and cannot lend one",
			Next: "edit the account that borrows from it, and choose an account with a login of its own",
		}
	}
	return s.Ensure(ctx, rec, 0)
}

// Acquire reads an account for a call with its token. If every answer may bring a
// new token, calls run one at a time, each with the result of the one before.
func (s *Sessions) Acquire(ctx context.Context, id string) (rec *session.Record, release func(), err error) {
	if rec, err = s.Opener.Compared(ctx, id); err != nil {
		return nil, nil, err
	}
	def, err := s.Catalog.Get(rec.Account.Definition)
	if err != nil {
		return nil, nil, err
	}
	if !def.Rotates() {
		return rec, func() {}, nil
	}
	here, others := s.waits()
	if release, err = s.lockWithRoom(ctx, id, here, others); err != nil {
		return nil, nil, unrenewed(&rec.Account, true, err)
	}
	if rec, err = s.Store.Account(ctx, id); err != nil {
		release()
	}
	return rec, release, err
}

// ended records in the activity that a flow succeeded, with text, or why it
// failed, and keeps the failure. What a person cancelled has no result. It returns err.
func (s *Sessions) ended(ctx context.Context, id string, kind session.EventKind, text string, err error) error {
	if errors.Is(err, context.Canceled) {
		return err
	}
	failure, ok := errors.AsType[*session.Failure](err)
	if ok {
		text = failure.Error()
	} else if err != nil {
		text = err.Error()
	}
	if err == nil || failure != nil {
		s.Feed.SetFailure(id, failure)
	}
	if now := s.Now(); failure != nil && failure.Retry.After(now) {
		retry := failure.Retry
		if latest := now.Add(session.LongestRetry); retry.After(latest) {
			retry = latest
		}
		_ = s.Store.MarkRetry(context.WithoutCancel(ctx), id, retry) // else it is asked too early
	}
	s.Feed.Record(ctx, id, kind, err == nil, text)
	return err
}
