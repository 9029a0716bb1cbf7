package vault

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"

	"tokenring/session"
	"tokenring/session/secret"
)

// lockedError is session.ErrVaultLocked with the reason.
type lockedError struct{ reason string }

func (e *lockedError) Error() string { return session.ErrVaultLocked.Error() + ": " + e.reason }

func (e *lockedError) Unwrap() error { return session.ErrVaultLocked }

// Unlock fetches the key again, and does nothing while the vault is open.
// Without a passphrase it asks where the key is kept; a passphrase is tried on
// every wrap that takes one, a recovery passphrase too. The errors are
// ErrUnset, session.ErrWrongPassphrase, and session.ErrVaultLocked with what
// to do.
func (v *Vault) Unlock(ctx context.Context, passphrase secret.String) error {
	done, err := v.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return v.unlock(ctx, passphrase)
}

// fetch unlocks a vault for which Unlock was not called yet.
func (v *Vault) fetch() {
	ctx := context.Background() // every wait in it is limited
	done, err := v.begin(ctx)
	if err != nil {
		return
	}
	defer done()
	v.mu.RLock()
	asked := v.asked
	v.mu.RUnlock()
	if !asked {
		_ = v.unlock(ctx, secret.String{}) // Status gives the reason
	}
}

// begin waits for its turn to fetch or make a key.
func (v *Vault) begin(ctx context.Context) (done func(), err error) {
	select {
	case v.busy <- struct{}{}:
		return func() { <-v.busy }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (v *Vault) unlock(ctx context.Context, passphrase secret.String) error {
	v.mu.RLock()
	open, lone, reason := v.key != nil, v.lone, v.reason
	v.mu.RUnlock()
	switch {
	case open:
		return nil
	case lone:
		return &lockedError{reason}
	}
	rec, err := v.record(ctx)
	if err == nil {
		return v.openWith(ctx, rec, passphrase)
	}
	if !errors.Is(err, ErrUnset) {
		v.failed(err)
	}
	return err
}

// openWith opens the vault with a record, or notes why that failed.
func (v *Vault) openWith(ctx context.Context, rec *record, passphrase secret.String) error {
	k, err := v.unwrap(ctx, rec, passphrase)
	if err != nil {
		v.failed(err)
		return err
	}
	defer k.wipe()
	v.hold(k, rec.Way)
	return nil
}

// unwrap gets the data key out of the record.
func (v *Vault) unwrap(ctx context.Context, rec *record, passphrase secret.String) (dataKey, error) {
	takes := rec.find(session.WayPassphrase) != nil || rec.find(recovery) != nil
	if takes && !passphrase.IsZero() {
		return v.openPassphrase(rec, passphrase)
	}
	w := rec.find(rec.Way)
	switch {
	case w == nil:
		return dataKey{}, &lockedError{"its key in the store is damaged; restore the store from a backup"}
	case rec.Way == session.WayKeyring:
		return v.unwrapKeyring(ctx, rec, w)
	case rec.Way == session.WayVariable:
		return v.unwrapVariable(rec, w)
	}
	return dataKey{}, &lockedError{untried(session.WayPassphrase)}
}

// anew says what to do when the key is lost.
const anew = "; if it is lost, begin anew in another folder, named by TOKENRING_HOME"

func (v *Vault) unwrapKeyring(ctx context.Context, rec *record, w *wrap) (dataKey, error) {
	hint, lost := "", anew
	if rec.find(recovery) != nil {
		hint = "; or unlock it with the recovery passphrase"
		lost = hint
	}
	text, err := v.keyring.get(ctx, w.Entry)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return dataKey{}, err
	case errors.Is(err, ErrNoEntry):
		return dataKey{}, &lockedError{"the keyring has no key for this store; it was removed, or the store comes from another user or computer: bring back the keyring's entry " +
			service + " " + w.Entry + lost}
	case err != nil:
		return dataKey{}, &lockedError{err.Error() + hint}
	}
	if kek, ok := parseKey(text); ok {
		defer clear(kek[:])
		if k, ok := w.open(v.meta.ID(), kek, rec.KeyID); ok {
			return k, nil
		}
	}
	return dataKey{}, &lockedError{"the key in the keyring is not the one of this store: bring back the keyring's entry " +
		service + " " + w.Entry + lost}
}

func (v *Vault) unwrapVariable(rec *record, w *wrap) (dataKey, error) {
	kek, err := v.variableKey()
	if err != nil {
		return dataKey{}, &lockedError{err.Error() + "; set it to the key that this store was made with"}
	}
	defer clear(kek[:])
	k, ok := w.open(v.meta.ID(), kek, rec.KeyID)
	if !ok {
		return dataKey{}, &lockedError{KeyVariable + " is another key than the one that this store was made with: set that one" + anew}
	}
	return k, nil
}

// between takes the lock between processes under which records are written.
func (v *Vault) between(ctx context.Context) (release func(), err error) {
	l := flock.New(v.lock)
	if _, err := l.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		if errors.Is(err, context.DeadlineExceeded) {
			err = fmt.Errorf("another tokenring process is setting up the vault: %w", err)
		}
		return nil, err
	}
	return func() { _ = l.Close() }, nil
}
