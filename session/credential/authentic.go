package credential

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"tokenring/session"
	"tokenring/session/definition"
)

// Authentic returns a *session.ChangedError unless the account is as it was sealed:
// write access to the database alone must not suffice to send a secret elsewhere, run
// a program or lower a guard.
func (o *Opener) Authentic(a *session.Account) error {
	sealed, err := o.AsSealed(a)
	if err != nil || sealed == a {
		return err
	}
	if changes := a.ChangesSince(sealed); len(changes) > 0 {
		return &session.ChangedError{Account: a.Name, Changes: changes}
	}
	return nil
}

// Compared reads an account and compares it with its seal; see Authentic. The record is nil only
// if it cannot be read.
func (o *Opener) Compared(ctx context.Context, id string) (*session.Record, error) {
	rec, err := o.Store.Account(ctx, id)
	if err == nil {
		err = o.Authentic(&rec.Account)
	}
	return rec, err
}

// compared is Authentic for an account that may be of a list: it is read again then.
func (o *Opener) compared(ctx context.Context, rec *session.Record) (*session.Record, error) {
	if rec.Listed {
		return o.Compared(ctx, rec.Account.ID)
	}
	return rec, o.Authentic(&rec.Account)
}

// agreed returns a *session.ChangedError if the definition names another connection than
// the person agreed to: whoever writes the definition could read what passes there.
func agreed(a *session.Account, def *definition.Definition) error {
	if def.Connection.Equal(a.DefinitionConnection) {
		return nil
	}
	now := *a
	now.DefinitionConnection = def.Connection
	if changes := now.ChangesSince(a); len(changes) > 0 {
		return &session.ChangedError{Account: a.Name, Changes: changes}
	}
	return nil
}

// Agreed is Authentic, and also compares what the definition says of the connection.
// Changes of both are in one *session.ChangedError, those of the definition last.
func (o *Opener) Agreed(a *session.Account) error {
	err := o.Authentic(a)
	var row, def *session.ChangedError
	if err != nil && !errors.As(err, &row) || row != nil && len(row.Changes) == 0 {
		return err
	}
	d, missing := o.Catalog.Get(a.Definition)
	if missing != nil { // reported when it is used
		return err
	}
	switch differs := agreed(a, d); {
	case !errors.As(differs, &def):
		return err
	case row != nil:
		row.Changes = append(row.Changes, def.Changes...)
		return row
	}
	return def
}

// AsSealed returns the account as it was sealed, with its present name and environment; a
// itself if it is unchanged. The error is a *session.ChangedError if it has no seal of its own.
func (o *Opener) AsSealed(a *session.Account) (*session.Account, error) {
	b := a.SealBinding()
	plain, err := o.Vault.Open(b, session.Sealed{Name: b.Name, Box: a.Seal})
	if now, nowErr := a.SealText(); err == nil && nowErr == nil && bytes.Equal(plain, now) {
		return a, nil // earlier versions wrote other texts, which are read below
	}
	sealed := &session.Account{Name: a.Name, Environment: a.Environment, Seal: a.Seal}
	if err == nil && json.Unmarshal(plain, sealed) != nil || errors.Is(err, session.ErrSealDamaged) {
		err = &session.ChangedError{Account: a.Name}
	}
	return sealed, err
}

// SealAccount seals the account as it is now.
func (o *Opener) SealAccount(a *session.Account) error {
	plain, err := a.SealText()
	if err != nil {
		return err
	}
	sealed, err := o.Vault.Seal(a.SealBinding(), plain)
	a.Seal = sealed.Box
	return err
}
