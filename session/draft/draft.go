// Package draft adds and edits accounts: a form that follows the definition's
// fields, what is wrong with it, where its credentials would go, and storing
// it. It also checks a definition against a live server.
package draft

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
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

// Form is an account before it is stored. Its ID is "" for a new account; its
// References are those entered now, each in the place of a stored secret.
type Form struct {
	session.Account `yaml:",inline"`

	Was session.Account `yaml:"-"` // as the form was opened; zero: a new account

	NewSecrets map[string]secret.String `yaml:"-"` // entered now; absent keeps the stored one
	Forget     []string                 `yaml:"-"` // stored secrets and references to delete
	Notes      []string                 `yaml:"-"` // out of what tokens were taken, filled by Validate
}

// MaxName is the longest name of an account, in runes.
const MaxName = 64

// FieldError is a problem with one field of a form. Field is a field of the
// definition, or one of name, definition, login, relogin, attach, environment, origins.
type FieldError struct {
	Field, Text string
	Secret      bool // the field holds a secret
}

func (e FieldError) Error() string { return e.Field + ": " + e.Text }

// FieldErrors are all problems of a form.
type FieldErrors []FieldError

func (e FieldErrors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "; ")
}

// For returns the text for one field, or "".
func (e FieldErrors) For(field string) string {
	for i := range e {
		if e[i].Field == field {
			return e[i].Text
		}
	}
	return ""
}

func (e *FieldErrors) add(field, format string, args ...any) {
	*e = append(*e, FieldError{Field: field, Text: fmt.Sprintf(format, args...)})
}

// SetDefaults sets how a new account behaves unless a person says otherwise: its
// session is refreshed in the background, and a login that takes no person runs
// again by itself.
func (d *Form) SetDefaults(def *definition.Definition) {
	login := def.Login(d.Login)
	d.KeepAlive, d.Relogin = true, login != nil && login.NeedsPerson() == ""
}

// FormOf returns a form that edits an account. Secrets stay in the vault.
func FormOf(a *session.Account) *Form {
	d := &Form{Account: *a, Was: *a, NewSecrets: map[string]secret.String{}}
	d.Values, d.References = map[string]string{}, map[string]string{}
	maps.Copy(d.Values, a.Values)
	d.Connection.Resolve = slices.Clone(a.Connection.Resolve)
	d.Origins, d.Grants = slices.Clone(a.Origins), slices.Clone(a.Grants)
	return d
}

// rebase takes over what a login stored with the account since the form was opened: origins that
// the person agreed to, and values. What the form changes itself stays.
func (d *Form) rebase(now *session.Account) {
	for _, o := range now.Origins {
		if o.For &^= d.Was.Origins.For(o.Origin); o.For != 0 {
			d.Origins = d.Origins.With(o)
		}
	}
	for name, value := range now.Values {
		if was := d.Was.Values[name]; value != was && d.Values[name] == was {
			d.Values[name] = value
		}
	}
}

// Preview returns the destination of the form's credentials. Texts that are still to be
// entered appear as their names in capitals. Its error is for the user: an address is missing
// or is not a URL.
func (e *Editor) Preview(d *Form) (credential.Destination, error) {
	def, err := e.Catalog.Get(d.Definition)
	if err != nil {
		return credential.Destination{}, err
	}
	trimAddress(d, def)
	sub, holds := d.subject(def), def.Conditions(&session.Record{Account: d.account()})
	for f := range def.EachField(d.Login) {
		if f.Type == definition.TypeString && !f.Optional && sub.Fields[f.Name] == nil && holds(f.When) {
			sub.Fields[f.Name] = strings.ToUpper(f.Name)
		}
	}
	return credential.DestinationOf(sub)
}

// subject returns the account of the form for flows, with a placeholder for
// every secret.
func (d *Form) subject(def *definition.Definition) *flow.Subject {
	a := d.account()
	sub := credential.PlainSubject(&a, def)
	for _, f := range def.FieldsFor(d.Login) {
		if f.Secret {
			sub.Fields[f.Name] = secret.Hidden
		}
	}
	return sub
}

// account returns a copy of the form's account, in the shape that is stored,
// without secrets and references.
func (d *Form) account() session.Account {
	a := d.Account
	a.Name, a.Environment = strings.TrimSpace(a.Name), strings.TrimSpace(a.Environment)
	a.Values = map[string]string{}
	maps.Copy(a.Values, d.Values)
	maps.DeleteFunc(a.Values, func(_, v string) bool { return v == "" })
	a.Secrets, a.References = nil, nil
	return a
}
