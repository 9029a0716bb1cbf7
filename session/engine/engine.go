// Package engine builds the packages of the engine on one store.
package engine

import (
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/flow"
	"tokenring/session/lifecycle"
	"tokenring/session/oauth"
	"tokenring/session/overview"
	"tokenring/session/reference"
	"tokenring/session/transport"
)

// Store is what the packages of the engine need of a store. Every method is safe
// for concurrent use, by several processes too, and what it acknowledged survives
// a crash of the process.
type Store interface {
	session.FeedStore
	credential.Store
	lifecycle.Store
	attempt.Store
	draft.Store
	overview.Store
	SealWords(v session.Vault)
}

// Config holds the parts of an Engine.
type Config struct {
	Store   Store
	Vault   session.Vault
	Catalog *definition.Catalog
	Client  *transport.Client
	Now     func() time.Time // wall clock without a monotonic part

	References *reference.Reader // nil: an account's references cannot be read
}

// Engine holds the packages that New builds.
type Engine struct {
	Vault       session.Vault
	Catalog     *definition.Catalog
	Feed        *session.Feed
	Credentials *credential.Opener
	Sessions    *lifecycle.Sessions
	Requests    *attempt.Client
	Drafts      *draft.Editor
	Accounts    *overview.Accounts
	Keys        *oauth.Verifier
}

// New builds an Engine and reads nothing.
func New(c Config) *Engine {
	c.Store.SealWords(c.Vault)
	feed := session.NewFeed(c.Store, c.Now)
	runner := flow.New(c.Client, c.Now)
	opener := &credential.Opener{Store: c.Store, Vault: c.Vault, Catalog: c.Catalog, References: c.References, Now: c.Now}
	follower := &session.Follower{Store: c.Store}
	sessions := &lifecycle.Sessions{
		Store: c.Store, Follower: follower, Opener: opener, Catalog: c.Catalog, Runner: runner, Feed: feed, Now: c.Now,
	}
	accounts := &overview.Accounts{Store: c.Store, Follower: follower, Opener: opener, Vault: c.Vault, Feed: feed, Now: c.Now}
	follower.Compare = accounts.Compare
	return &Engine{
		Vault: c.Vault, Catalog: c.Catalog, Feed: feed, Credentials: opener, Sessions: sessions,
		Requests: &attempt.Client{
			Store: c.Store, Vault: c.Vault, Opener: opener, Sessions: sessions, Catalog: c.Catalog, Runner: runner, Feed: feed, Now: c.Now,
		},
		Drafts:   &draft.Editor{Store: c.Store, Opener: opener, Lock: sessions.Lock, Catalog: c.Catalog, Feed: feed, Now: c.Now},
		Accounts: accounts,
		Keys:     &oauth.Verifier{Client: c.Client, Now: c.Now},
	}
}
