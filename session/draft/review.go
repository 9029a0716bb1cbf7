package draft

import (
	"context"
	"errors"
	"fmt"

	"tokenring/session"
)

// Review returns an account and how it was changed outside tokenring; nil: it was not.
// session.ErrVaultLocked.
func (e *Editor) Review(ctx context.Context, id string) (*session.Account, *session.ChangedError, error) {
	rec, err := e.Store.Account(ctx, id)
	if err != nil {
		return nil, nil, err
	}
	var changed *session.ChangedError
	if err = e.Opener.Agreed(&rec.Account); errors.As(err, &changed) {
		err = nil
	}
	return &rec.Account, changed, err
}

// Accept seals an account as Review returned it, with what its definition says of the
// connection. It fails if the account was changed since then.
func (e *Editor) Accept(ctx context.Context, seen *session.Account) error {
	return e.settle(ctx, seen.ID, "a change from outside was accepted", func(a *session.Account) error {
		if len(a.ChangesSince(seen)) > 0 {
			return errors.New(a.Name + " was changed once more; review it again")
		}
		if def, err := e.Catalog.Get(a.Definition); err == nil {
			a.DefinitionConnection = def.Connection
		}
		return e.Opener.SealAccount(a)
	})
}

// Restore writes an account back as it was sealed. The error is a
// *session.ChangedError if it has no seal.
func (e *Editor) Restore(ctx context.Context, id string) error {
	return e.settle(ctx, id, "a change from outside was undone", func(a *session.Account) error {
		sealed, err := e.Opener.AsSealed(a)
		if err != nil {
			return err
		}
		*a = *sealed
		if err := e.Opener.Agreed(a); err != nil {
			return fmt.Errorf("%w; it is the definition that changed: edit it, or accept the change", err)
		}
		return nil
	})
}

// settle ends a review.
func (e *Editor) settle(ctx context.Context, id, text string, change func(*session.Account) error) error {
	unlock, err := e.Lock(ctx, id)
	if err != nil {
		return err
	}
	defer unlock()
	rec, err := e.Store.Account(ctx, id)
	if err != nil {
		return err
	}
	if err := change(&rec.Account); err != nil {
		return err
	}
	if err := e.Store.PutAccount(ctx, &rec.Account, nil); err != nil {
		return err
	}
	e.Feed.SetFailure(id, nil)
	e.Feed.Record(ctx, id, session.EventAccount, true, text)
	return nil
}
