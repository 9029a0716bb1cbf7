// Package credential opens an account for use: its values, the secrets it stores or
// refers to, and its tokens, and reports what the account can do with them. It never
// calls a server: for the token of another account it asks a Lender.
package credential

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// Store reads sealed values. See store.Store.
type Store interface {
	Sealed(ctx context.Context, accountID, prefix string) ([]session.Sealed, error)
	Account(ctx context.Context, id string) (*session.Record, error)
	Accounts(ctx context.Context) ([]*session.Record, error)
	KeptClaims(ctx context.Context, accountID string) ([]session.KeptClaims, error)
}

// Vault seals and opens values. See session.Vault.
type Vault interface {
	Seal(b session.Binding, plain []byte) (session.Sealed, error)
	SealAll(ctx context.Context, values ...session.Plain) ([]session.Sealed, error)
	Open(b session.Binding, s session.Sealed) ([]byte, error)
}

// Lender returns an account with a live session, by its id, so that another account
// can use its token.
type Lender interface {
	Lend(ctx context.Context, id string) (*session.Record, error)
}

// Opener opens accounts. Its methods are safe for concurrent use; its fields must not
// change.
type Opener struct {
	Store      Store
	Vault      Vault
	Catalog    *definition.Catalog
	References *reference.Reader // nil: references cannot be read
	Now        func() time.Time
}

// Options configures Open.
type Options struct {
	Secrets map[string]secret.String // in place of stored ones, and answers to prompts
	Lender  Lender                   // nil: fields that hold another account's token stay empty
}

// Open returns the account ready for a flow: definition, values, secrets and
// tokens. The error is a *session.ChangedError if the account is not as it was sealed,
// and a *session.OriginError if its calls would go to an origin that its credentials
// are not meant for.
func (o *Opener) Open(ctx context.Context, rec *session.Record, with Options) (*flow.Subject, error) {
	rec, err := o.compared(ctx, rec)
	if err != nil {
		return nil, err
	}
	a := &rec.Account
	def, err := o.Catalog.Get(a.Definition)
	if err != nil {
		return nil, err
	}
	stored, err := o.Stored(ctx, a)
	if err != nil {
		return nil, err
	}
	if err := agreed(a, def); err != nil {
		return nil, err
	}
	sub := PlainSubject(a, def)
	for sealed, value := range stored {
		if name, ok := strings.CutPrefix(sealed, session.FieldPrefix); ok && slices.Contains(session.ConnectionSecrets(), name) {
			sub.Enter(name, value)
		} else if ok {
			sub.Fields[name] = value
		} else if sealed == session.IdentityName {
			if err := json.Unmarshal([]byte(value.Reveal()), &sub.Former); err != nil {
				return nil, fmt.Errorf("the identity of %s is damaged: %w", a.Name, err)
			}
		} else if name, ok := strings.CutPrefix(sealed, session.TokenPrefix); ok {
			sub.Tokens[name] = value
		}
	}
	if sub.Former == (flow.Person{}) { // the session is from before identities were kept
		sub.Former = flow.PersonOf(sub.Tokens["id"])
	}
	sub.Sources, sub.Connection.Sources = map[string]flow.Source{}, map[string]flow.Source{}
	for name, text := range a.References {
		if slices.Contains(session.ConnectionSecrets(), name) {
			sub.Connection.Sources[name] = o.source(text)
			if name == session.ConnectionKey {
				sub.Connection.KeyFile = reference.Path(text)
			}
		} else {
			sub.Sources[name] = o.source(text)
		}
	}
	for name, value := range with.Secrets {
		sub.Enter(name, value)
	}
	if rec.Session != nil {
		sub.Offset, _, _ = rec.Session.Measure(o.Now())
		sub.Lives = lives(rec.Session)
	}
	if err := sameOrigins(a, sub); err != nil {
		return nil, err
	}
	if with.Lender != nil {
		err = o.Borrow(ctx, a, sub, with.Lender)
	}
	return sub, err
}

// OpenAnonymous returns the account without its session. Captures other than tokens,
// such as the id of the user, stay.
func (o *Opener) OpenAnonymous(ctx context.Context, rec *session.Record) (*flow.Subject, error) {
	sub, err := o.Open(ctx, rec, Options{})
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(sub.Tokens, func(name string, _ secret.String) bool {
		life, known := sub.Lives[name]
		return !known || life.Token
	})
	sub.Lives = nil
	return sub, nil
}

// Borrow fills fields of type account with the other account's primary token, if the
// person agreed to that pair.
func (o *Opener) Borrow(ctx context.Context, a *session.Account, sub *flow.Subject, lender Lender) error {
	for _, f := range sub.Definition.FieldsFor(a.Login) {
		other := a.Values[f.Name]
		if f.Type != definition.TypeAccount || other == "" {
			continue
		}
		if !slices.Contains(a.Grants, other) {
			return fmt.Errorf("%s would send another account's token to %s; edit the account and agree to it first", a.Name, a.Origin)
		}
		rec, err := lender.Lend(ctx, other)
		if err != nil {
			return fmt.Errorf("the account whose token %s uses: %w", a.Name, err)
		}
		if sub.Fields[f.Name], err = o.Token(ctx, rec, ""); err != nil {
			return err
		}
	}
	return nil
}

// Borrows reports whether the account uses the token of another one.
func (o *Opener) Borrows(a *session.Account) bool {
	def, err := o.Catalog.Get(a.Definition)
	return err == nil && slices.ContainsFunc(def.FieldsFor(a.Login), func(f definition.Field) bool {
		return f.Type == definition.TypeAccount && a.Values[f.Name] != ""
	})
}

// Stored unseals the account's values in the store, by their sealed names, such as
// "field:password".
func (o *Opener) Stored(ctx context.Context, a *session.Account) (map[string]secret.String, error) {
	sealed, err := o.Store.Sealed(ctx, a.ID, "")
	if err != nil {
		return nil, err
	}
	values := make(map[string]secret.String, len(sealed))
	for _, one := range sealed {
		value, err := o.unseal(a, one)
		if err != nil {
			return nil, err
		}
		values[one.Name] = value
	}
	return values, nil
}

// Known returns the secrets and tokens of every account that opens, for what must
// not be written in clear: none while the vault is locked.
func (o *Opener) Known(ctx context.Context) ([]secret.String, error) {
	records, err := o.Store.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	var known []secret.String
	for _, rec := range records {
		own, err := o.KnownOf(ctx, rec)
		if errors.Is(err, session.ErrVaultLocked) {
			return known, nil
		}
		known = append(known, own...)
	}
	return known, nil
}

// KnownOf returns the secrets and tokens of an account, those that open.
func (o *Opener) KnownOf(ctx context.Context, rec *session.Record) (known []secret.String, err error) {
	values, err := o.Stored(ctx, &rec.Account)
	for name, value := range values {
		t := rec.Session.Token(strings.TrimPrefix(name, session.TokenPrefix))
		if strings.HasPrefix(name, session.FieldPrefix) || t != nil && t.Token {
			known = append(known, value)
		}
	}
	return known, err
}

// CanSeal returns an error unless the vault can seal values for the account now. It
// fetches the key if that needs no passphrase.
func (o *Opener) CanSeal(a *session.Account) error {
	_, err := o.Vault.Seal(a.Binding(session.TokenPrefix), nil)
	return err
}

// Seal seals values for the account, by their sealed names.
func (o *Opener) Seal(ctx context.Context, a *session.Account, values map[string]secret.String) ([]session.Sealed, error) {
	plain := make([]session.Plain, 0, len(values))
	for name, value := range values {
		plain = append(plain, session.Plain{Binding: a.Binding(name), Text: []byte(value.Reveal())})
	}
	return o.Vault.SealAll(ctx, plain...)
}

// Reseal changes an account and returns its values, sealed for the changed account. The error is
// a *session.ChangedError if the account is not as it was sealed.
func (o *Opener) Reseal(ctx context.Context, a *session.Account, change func(*session.Account)) ([]session.Sealed, error) {
	if err := o.Authentic(a); err != nil {
		return nil, err
	}
	values, err := o.Stored(ctx, a)
	if err != nil {
		return nil, err
	}
	change(a)
	sealed, err := o.Seal(ctx, a, values)
	if err != nil {
		return nil, err
	}
	return sealed, o.SealAccount(a)
}

// Token unseals one of the account's tokens, "" for the primary. The error is a
// *session.ChangedError if the account is not as it was sealed.
func (o *Opener) Token(ctx context.Context, rec *session.Record, name string) (secret.String, error) {
	primary := rec.Session.Primary()
	if rec.Session == nil || rec.Session.Over() || name == "" && primary == nil {
		return secret.String{}, rec.NeedsLogin()
	}
	if name == "" {
		name = primary.Name
	}
	rec, err := o.compared(ctx, rec)
	if err != nil {
		return secret.String{}, err
	}
	sealed, err := o.Store.Sealed(ctx, rec.Account.ID, session.TokenPrefix+name)
	if err != nil {
		return secret.String{}, err
	}
	for _, s := range sealed {
		if s.Name == session.TokenPrefix+name {
			return o.unseal(&rec.Account, s)
		}
	}
	return secret.String{}, fmt.Errorf("%s has no %s: %w", rec.Account.Name, session.TokenName(name), session.ErrNotFound)
}

// unseal opens a sealed value of the account. The error names both.
func (o *Opener) unseal(a *session.Account, sealed session.Sealed) (secret.String, error) {
	plain, err := o.Vault.Open(a.Binding(sealed.Name), sealed)
	if err == nil {
		return secret.New(string(plain)), nil
	}
	_, name, _ := strings.Cut(sealed.Name, ":")
	if strings.HasPrefix(sealed.Name, session.TokenPrefix) {
		name = session.TokenName(name)
	}
	return secret.String{}, fmt.Errorf("%s of %s: %w", name, a.Name, err)
}

// Decode unseals and parses one of the account's tokens, "" for the primary.
func (o *Opener) Decode(ctx context.Context, rec *session.Record, name string) (*token.Token, error) {
	raw, err := o.Token(ctx, rec, name)
	if err != nil {
		return nil, err
	}
	return token.Parse(raw.Reveal()), nil
}

func (o *Opener) source(text string) flow.Source {
	return func(ctx context.Context) (secret.String, error) {
		if o.References == nil {
			return secret.String{}, errors.New("cannot read references here")
		}
		ref, err := reference.Parse(text)
		if err != nil {
			return secret.String{}, err
		}
		return o.References.Read(ctx, ref)
	}
}
