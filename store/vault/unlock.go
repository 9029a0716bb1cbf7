package vault

import (
	"context"
	"errors"
	"fmt"

	"tokenring/session"
	"tokenring/session/secret"
)

// lockedError is session.ErrVaultLocked with a reason.
type lockedError struct{ reason string }

func (e *lockedError) Error() string { return session.ErrVaultLocked.Error() + ": " + e.reason }

func (e *lockedError) Unwrap() error { return session.ErrVaultLocked }

// Unlock fetches the key unless the vault is open. Without a passphrase it uses the chosen
// way, and waits for the prompt of a keyring until ctx ends, or until Unlock is called with a
// passphrase. That is tried on every wrap that takes one, also as the recovery passphrase.
// Errors are ErrUnset, session.ErrWrongPassphrase, and session.ErrVaultLocked with the next
// step.
func (v *Vault) Unlock(ctx context.Context, passphrase secret.String) error {
	var waits chan<- struct{} // nil: nothing is interrupted
	if !passphrase.IsZero() {
		waits = v.keyring.waits
	}
	done, err := v.acquire(ctx, waits)
	if err != nil {
		return err
	}
	defer done()
	return v.unlock(ctx, passphrase)
}

// fetch unlocks the vault without a passphrase, unless that was tried before.
func (v *Vault) fetch() {
	ctx, cancel := context.WithTimeout(context.Background(), v.wait)
	defer cancel()
	done, err := v.acquire(ctx, nil)
	if err != nil {
		return
	}
	defer done()
	if !v.current().manual {
		_ = v.unlock(ctx, secret.String{}) // Status returns the reason
	}
}

// acquire waits until no other goroutine fetches or makes a key. It interrupts those that
// receive from waits.
func (v *Vault) acquire(ctx context.Context, waits chan<- struct{}) (done func(), err error) {
	for {
		select {
		case v.busy <- struct{}{}:
			return func() { <-v.busy }, nil
		case waits <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (v *Vault) unlock(ctx context.Context, passphrase secret.String) error {
	switch now := v.current(); {
	case now.key != nil:
		return nil
	case now.lone:
		return &lockedError{now.reason}
	}
	rec, err := v.record(ctx)
	if errors.Is(err, ErrUnset) {
		return err
	}
	var o opened
	if err == nil {
		o, err = v.unwrap(ctx, rec, passphrase)
	}
	if err == nil {
		defer o.wipe()
		if !o.wrap.Sealed {
			rec, err = v.sealRing(ctx, rec, o)
		}
	}
	if err != nil {
		v.setReason(err)
		return err
	}
	v.hold(o.k, rec.Way, o.wrap.Kind == recovery)
	if rec.Rewrite || rec.Copies {
		v.rewrite(ctx)
	}
	return nil
}

// openWith opens the vault with a record, or remembers why that failed.
func (v *Vault) openWith(ctx context.Context, rec *record, passphrase secret.String) error {
	o, err := v.unwrap(ctx, rec, passphrase)
	if err != nil {
		v.setReason(err)
		return err
	}
	defer o.wipe()
	v.hold(o.k, rec.Way, o.wrap.Kind == recovery)
	return nil
}

// unwrap decrypts the data key of the record.
func (v *Vault) unwrap(ctx context.Context, rec *record, passphrase secret.String) (opened, error) {
	takes := rec.find(session.WayPassphrase) != nil || rec.find(recovery) != nil
	if takes && !passphrase.IsZero() {
		return v.openPassphrase(rec, passphrase)
	}
	w := rec.find(rec.Way)
	switch {
	case w == nil:
		return opened{}, &lockedError{damagedKey}
	case rec.Way == session.WayKeyring:
		return v.unwrapKeyring(ctx, rec, w)
	case rec.Way == session.WayVariable:
		return v.unwrapVariable(rec, w)
	}
	return opened{}, &lockedError{firstReason(session.WayPassphrase)}
}

// startOver is the next step when the key is lost.
const startOver = "; if it is lost, keep the accounts and enter their logins again: tokenring vault reset"

func (v *Vault) unwrapKeyring(ctx context.Context, rec *record, w *wrap) (opened, error) {
	hint, lost := "", startOver
	if rec.find(recovery) != nil {
		hint = "; or unlock it with the recovery passphrase"
		lost = hint
	}
	lost = "; restore the keyring's entry " + service + " " + w.Entry + lost
	text, err := v.keyring.get(ctx, w.Entry)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return opened{}, err
	case errors.Is(err, ErrNoEntry):
		return opened{}, &lockedError{"the keyring has no key for this store; it was removed, or the store comes from another user or computer" + lost}
	case err != nil:
		return opened{}, &lockedError{err.Error() + hint}
	}
	if kek, ok := parseKey(text); ok {
		if o, ok := v.openWrap(rec, w, kek); ok {
			return o, nil
		}
	}
	return opened{}, &lockedError{"the key in the keyring does not belong to this store" + lost}
}

func (v *Vault) unwrapVariable(rec *record, w *wrap) (opened, error) {
	kek, err := v.variableKey()
	if err != nil {
		return opened{}, &lockedError{err.Error() + "; set it to the key of this store"}
	}
	o, ok := v.openWrap(rec, w, kek)
	if !ok {
		return opened{}, &lockedError{KeyVariable + " is not the key of this store; set it to that key" + startOver}
	}
	return o, nil
}

// exclusive waits for the right to write the record, in this process and between
// processes.
func (v *Vault) exclusive(ctx context.Context) (release func(), err error) {
	done, err := v.acquire(ctx, nil)
	if err != nil || v.meta == nil {
		return done, err
	}
	unlock, err := v.lockOthers(ctx)
	if err != nil {
		done()
		return nil, err
	}
	return func() {
		unlock()
		done()
	}, nil
}

// lockOthers waits for the right to write the record between processes.
func (v *Vault) lockOthers(ctx context.Context) (unlock func(), err error) {
	unlock, err = v.meta.LockVault(ctx)
	if err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("another tokenring process is setting up the vault: %w", err)
		}
		return nil, err
	}
	return unlock, nil
}
