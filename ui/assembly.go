package ui

import (
	"context"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/engine"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/ui/screen/account"
	"tokenring/ui/screen/claimsdiff"
	"tokenring/ui/screen/copymenu"
	"tokenring/ui/screen/editor"
	"tokenring/ui/screen/form"
	"tokenring/ui/screen/help"
	"tokenring/ui/screen/login"
	"tokenring/ui/screen/matrix"
	"tokenring/ui/screen/welcome"
)

// parts holds the parts of the engine that the root calls or passes to screens.
type parts struct {
	Credentials interface {
		Token(ctx context.Context, rec *session.Record, name string) (secret.String, error)
	}
	Drafts interface {
		Delete(ctx context.Context, id string) error
		Deleted(ctx context.Context) ([]session.Deleted, error)
		Undelete(ctx context.Context, id string) (account string, err error)
		Purge(ctx context.Context, id string) error
	}
	Feed     *session.Feed
	Sessions *lifecycle.Sessions
	Vault    session.Vault

	account  account.Engine
	claims   claimsdiff.Engine
	copymenu copymenu.Engine
	editor   editor.Engine
	form     form.Engine
	login    login.Engine
	matrix   matrix.Engine
	requests *attempt.Client
	help     help.Facts
	welcome  welcome.Facts
}

// divide splits the engine. No screen sees all of it.
func divide(e *engine.Engine) parts {
	return parts{
		Credentials: e.Credentials, Drafts: e.Drafts, Feed: e.Feed, Sessions: e.Sessions, Vault: e.Vault,
		account:  account.Engine{Accounts: e.Accounts, Credentials: e.Credentials, Catalog: e.Catalog, Feed: e.Feed, Keys: e.Keys},
		claims:   claimsdiff.Engine{Accounts: e.Accounts, Credentials: e.Credentials, Catalog: e.Catalog},
		copymenu: copymenu.Engine{Accounts: e.Accounts, Credentials: e.Credentials, Sessions: e.Sessions, Requests: e.Requests},
		editor:   editor.Engine{Catalog: e.Catalog, Requests: e.Requests},
		form:     form.Engine{Accounts: e.Accounts, Catalog: e.Catalog, Drafts: e.Drafts},
		login:    login.Engine{Accounts: e.Accounts, Credentials: e.Credentials, Sessions: e.Sessions, Drafts: e.Drafts},
		matrix:   matrix.Engine{Accounts: e.Accounts, Requests: e.Requests},
		requests: e.Requests,
		help: func(ctx context.Context) (session.VaultStatus, []error) {
			return e.Vault.Status(ctx), e.Catalog.Problems()
		},
		welcome: func(ctx context.Context) (session.VaultStatus, []string, int) {
			return e.Vault.Status(ctx), e.Catalog.Titles(), len(e.Catalog.Problems())
		},
	}
}
