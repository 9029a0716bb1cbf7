package vault

import (
	"bytes"
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/secret"
)

// Rekey makes a new data key, wraps it for each way in force, and seals every value
// with it. All of that is one transaction of the store: a process that is killed
// leaves the old key or the new one in force, never parts of both. Other processes
// find out when they use their key; see follow. Copies of the store that were made
// before keep the old key. Rekey returns the number of values that the old key did not
// open, which stay as they are.
//
// The vault must be open. Errors are session.ErrVaultLocked, session.ErrWrongPassphrase
// and ErrUnset.
func (v *Vault) Rekey(ctx context.Context, o session.RekeyOptions) (left int, err error) {
	if left, err = v.rekey(ctx, o); err == nil {
		v.rewrite(ctx) // free pages and the log hold values of the old key
	}
	return left, err
}

func (v *Vault) rekey(ctx context.Context, o session.RekeyOptions) (left int, err error) {
	if v.meta == nil {
		return 0, errMemoryOnly
	}
	v.follow(ctx)
	release, err := v.exclusive(ctx)
	if err != nil {
		return 0, err
	}
	defer release()
	rec, err := v.record(ctx)
	if err != nil {
		return 0, err
	}
	old, err := v.currentKey(rec)
	if err != nil {
		return 0, err
	}
	defer old.wipe()
	k := newDataKey()
	defer k.wipe()
	next, err := v.rewrap(ctx, rec, k, o)
	if err == nil {
		left, err = v.reseal(ctx, next, old, k, o.Progress)
	}
	if err != nil {
		v.discard(ctx, next.find(session.WayKeyring))
		return 0, err
	}
	v.hold(k, next.Way, false)
	return left, nil
}

// currentKey returns a copy of the vault's key, if it is that of the record and the
// accounts of the store were sealed before.
func (v *Vault) currentKey(rec *record) (dataKey, error) {
	k, ok := v.copyKey()
	if !ok {
		return k, session.ErrVaultLocked
	}
	if !bytes.Equal(k.id[:], rec.KeyID) {
		return k, errMemoryOnly
	}
	if w := rec.find(rec.Way); w == nil || !w.Sealed {
		return k, &lockedError{"unlock it in its usual way first, not with the recovery passphrase"}
	}
	return k, nil
}

// rewrap returns a record with new wraps of k. It tries the passphrases on the old
// ones. It returns a record, perhaps without wraps, with an error too.
func (v *Vault) rewrap(ctx context.Context, rec *record, k dataKey, o session.RekeyOptions) (*record, error) {
	next := newRecord(rec.Way, k)
	next.Rewrite = true
	if rec.Way == session.WayPassphrase {
		if err := v.checkPassphrase(rec, session.WayPassphrase, o.Passphrase); err != nil {
			return next, err
		}
	}
	if rec.find(recovery) != nil && !o.RemoveRecovery {
		if err := v.checkPassphrase(rec, recovery, o.Recovery); err != nil {
			return next, err
		}
		w, err := v.newPassphraseWrap(recovery, o.Recovery, k)
		if err != nil {
			return next, err
		}
		next.Wraps = append(next.Wraps, *w)
	}
	var w *wrap
	var err error
	if rec.Way == session.WayPassphrase { // the one in use: an earlier version may have counted its characters otherwise
		w, err = v.newPassphraseWrap(rec.Way, o.Passphrase, k)
	} else {
		w, err = v.newWrap(ctx, rec.Way, secret.String{}, k)
	}
	if w != nil {
		next.Wraps = append(next.Wraps, *w)
	}
	return next, err
}

// checkPassphrase returns session.ErrWrongPassphrase unless p opens the wrap of a kind.
func (v *Vault) checkPassphrase(rec *record, kind session.Way, p secret.String) error {
	w := rec.find(kind)
	if w == nil {
		return errors.New(damagedKey)
	}
	opened, err := v.tryPassphrase(rec, w, p)
	switch {
	case err == nil:
		opened.wipe()
	case errors.Is(err, session.ErrWrongPassphrase) && kind == recovery:
		err = session.ErrWrongRecovery
	}
	return err
}

// reseal seals every value of the store with k in place of old.
func (v *Vault) reseal(ctx context.Context, next *record, old, k dataKey, progress func(done, total int)) (left int, err error) {
	total, err := v.meta.CountBoxes(ctx)
	if err != nil {
		return 0, err
	}
	done := 0
	err = v.meta.Reseal(ctx, next.text(), k.id[:], func(b session.Binding, s session.Sealed) ([]byte, error) {
		if done++; progress != nil {
			progress(done, total)
		}
		plain, err := old.open(v.storeID(), b, s)
		if err != nil {
			left++
			return nil, nil
		}
		defer clear(plain)
		sealed, err := k.seal(v.storeID(), b, plain)
		return sealed.Box, err
	})
	return left, err
}

// follow fetches the data key again if another process has changed it, and reports
// whether it has. If that needs a passphrase, the vault is locked.
func (v *Vault) follow(ctx context.Context) bool {
	ctx = context.WithoutCancel(ctx)
	if v.isCurrent(ctx) {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, v.wait)
	defer cancel()
	done, err := v.acquire(ctx, nil)
	if err != nil {
		return false
	}
	defer done()
	if v.isCurrent(ctx) {
		return true // another goroutine was faster
	}
	v.Lock()
	v.setReason(&lockedError{"another tokenring process changed its data key; unlock it again"})
	if rec, err := v.record(ctx); err == nil && rec.Way != session.WayPassphrase {
		_ = v.openWith(ctx, rec, secret.String{}) // Status returns the reason
	}
	return true
}

// isCurrent reports whether the key is that of the store, or there is nothing to
// compare.
func (v *Vault) isCurrent(ctx context.Context) bool {
	now := v.current()
	if now.key == nil || now.lone {
		return true
	}
	rec, err := v.record(ctx)
	return err != nil || bytes.Equal(rec.KeyID, now.keyID[:])
}
