package draft

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"tokenring/session"
)

// Review returns an account as Accept would seal it, and how it was changed outside
// tokenring; nil: it was not. session.ErrVaultLocked.
func (e *Editor) Review(ctx context.Context, id string) (*session.Account, *session.ChangedError, error) {
	rec, err := e.Store.Account(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var changed *session.ChangedError
	if err = e.Opener.Agreed(&rec.Account); errors.As(err, &changed) {
		err = nil
	}
	e.agree(&rec.Account)
	return &rec.Account, changed, err
}

// agree takes over what the definition of an account says of the connection.
func (e *Editor) agree(a *session.Account) {
	if def, err := e.Catalog.Get(a.Definition); err == nil {
		a.DefinitionConnection = def.Connection
	}
}

// Accept seals an account as Review returned it. It fails if the account, or what its
// definition says of the connection, was changed since then.
func (e *Editor) Accept(ctx context.Context, seen *session.Account) error {
	return e.settle(ctx, seen.ID, "a change from outside was accepted", func(a *session.Account) error {
		e.agree(a)
		if len(a.ChangesSince(seen)) > 0 {
			return errors.New(a.Name + " was changed once more; review it again")
		}
		return e.Opener.SealAccount(a)
	})
}

// Restore writes an account back as it was sealed. The error is a
// *session.ChangedError if it has no seal, or if its definition still says what the
// person did not agree to.
func (e *Editor) Restore(ctx context.Context, id string) error {
	var left error
	err := e.settle(ctx, id, "a change from outside was undone", func(a *session.Account) error {
		sealed, err := e.Opener.AsSealed(a)
		if err != nil {
			return err
		}
		same := len(a.ChangesSince(sealed)) == 0
		*a = *sealed
		if left = e.Opener.Agreed(a); left != nil {
			left = fmt.Errorf("%w; it is the definition that changed: edit it, or accept the change", left)
		}
		if same {
			return left // nothing is put back
		}
		return nil
	})
	return cmp.Or(err, left)
}

// settle ends a review.
func (e *Editor) settle(ctx context.Context, id, text string, review func(*session.Account) error) error {
	unlock, err := e.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := e.Store.Account(ctx, id)
	if err != nil {
		return err
	}
	c := &change{a: rec.Account, old: rec}
	if sealed, err := e.Opener.AsSealed(&c.a); err == nil { // whose session it is
		rec.Account = *sealed
	}
	if err := review(&c.a); err != nil {
		return err
	}
	return e.write(ctx, c, &Form{}, nil, text)
}
