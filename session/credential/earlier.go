package credential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenring/session"
	"tokenring/session/token"
)

// Earlier holds the claims that a token had in an earlier session.
type Earlier struct {
	At    time.Time    // when that session began or was renewed, by our clock
	Token *token.Token // with claims alone
}

// Earlier returns the claims that the named token, "" for the primary, had in the
// account's last sessions, newest first. Claims equal to those of the next session are
// left out. The error is a *session.ChangedError if the account is not as it was sealed.
func (o *Opener) Earlier(ctx context.Context, rec *session.Record, name string) ([]Earlier, error) {
	rec, err := o.compared(ctx, rec)
	if err != nil {
		return nil, err
	}
	if name == "" {
		if name, err = o.primary(rec); err != nil {
			return nil, err
		}
	}
	after, err := o.Decode(ctx, rec, name)
	switch {
	case errors.Is(err, session.ErrNeedsLogin), errors.Is(err, session.ErrNotFound):
		after = &token.Token{}
	case err != nil:
		return nil, err
	}
	kept, err := o.Store.KeptClaims(ctx, rec.Account.ID)
	if err != nil {
		return nil, err
	}
	var all []Earlier
	for _, one := range kept {
		switch one.Text {
		case session.SealedText:
			return nil, session.ErrVaultLocked
		case session.DamagedText:
			return nil, fmt.Errorf("the earlier claims of %s: %w", rec.Account.Name, session.ErrSealDamaged)
		}
		if t := token.Kept(one.Text, name); t != nil && len(token.Diff(t, after, nil)) > 0 {
			all, after = append(all, Earlier{one.At, t}), t
		}
	}
	return all, nil
}

// primary returns the name of the token that requests carry, also without a session.
func (o *Opener) primary(rec *session.Record) (string, error) {
	if t := rec.Session.Primary(); t != nil {
		return t.Name, nil
	}
	def, err := o.Catalog.Get(rec.Account.Definition)
	if err != nil {
		return "", err
	}
	return PlainSubject(&rec.Account, def).Primary(), nil
}
