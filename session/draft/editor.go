// Package draft adds and edits accounts: a form that follows the definition's
// fields, what is wrong with it, where its credentials would go, and storing
// it. It also checks a definition against a live server.
package draft

import (
	"context"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
)

// Store keeps accounts. See store.Store.
type Store interface {
	Account(ctx context.Context, id string) (*session.Record, error)
	IDOf(ctx context.Context, name string) (string, error)
	Atomically(ctx context.Context, do func(ctx context.Context) error) error
	PutAccount(ctx context.Context, a *session.Account, sealed []session.Sealed) error
	DeleteAccount(ctx context.Context, id string) error
	Deleted(ctx context.Context) ([]session.Deleted, error)
	Undelete(ctx context.Context, id string) (account string, err error)
	Purge(ctx context.Context, id string) error
	ForgetClaims(ctx context.Context, accountID string) error
	EndSession(ctx context.Context, accountID string, generation int64, final string) error
	EndRenewal(ctx context.Context, accountID string, generation int64, at time.Time, reason, token string) error
}

// Editor adds, edits and deletes accounts. Its methods are safe for concurrent
// use; its fields, all of them required, are not to be changed.
type Editor struct {
	Store   Store
	Opener  *credential.Opener
	Lock    func(ctx context.Context, id string) (unlock func(), err error) // held while an account is written
	Catalog *definition.Catalog
	Feed    *session.Feed
	Now     func() time.Time
}
