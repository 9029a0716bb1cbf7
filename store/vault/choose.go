package vault

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"runtime"

	"tokenring/session"
	"tokenring/session/secret"
)

// Choices lists the ways for a store whose vault is unset, the best first: the key
// variable if it is set, since someone set it for this. It calls the keyring to find out
// whether it answers.
func (v *Vault) Choices(ctx context.Context) []session.Choice {
	memory := session.Choice{Way: session.WayMemory, Usable: true,
		Why: "for this run only: what is stored now cannot be opened later"}
	if v.meta == nil {
		return []session.Choice{memory}
	}
	variable := v.variableChoice()
	choices := []session.Choice{
		v.keyringChoice(ctx),
		{Way: session.WayPassphrase, Usable: true,
			Why: "you type a passphrase when tokenring starts; if you lose it, you must enter every login again"},
	}
	if v.getenv(KeyVariable) != "" {
		return append([]session.Choice{variable}, append(choices, memory)...)
	}
	return append(choices, variable, memory)
}

func (v *Vault) keyringChoice(ctx context.Context) session.Choice {
	ctx, cancel := context.WithTimeout(ctx, v.wait)
	defer cancel()
	c := session.Choice{Way: session.WayKeyring, Usable: true,
		Why: "the key is in " + keyringName() + ", which opens when you log in; there is nothing to type"}
	if _, err := v.keyring.get(ctx, v.meta.ID()); err != nil && !errors.Is(err, ErrNoEntry) {
		c.Usable, c.Why = false, err.Error()
	}
	return c
}

func keyringName() string {
	switch runtime.GOOS {
	case "darwin":
		return "your Keychain"
	case "windows":
		return "your Credential Manager"
	}
	return "the keyring of your desktop"
}

func (v *Vault) variableChoice() session.Choice {
	key, err := v.variableKey()
	if err != nil {
		return session.Choice{Way: session.WayVariable, Why: err.Error()}
	}
	clear(key[:])
	return session.Choice{Way: session.WayVariable, Usable: true,
		Why: "the key is in " + KeyVariable + ", which must have the same value in every run; made for CI"}
}

// Choose makes the key of a new store and leaves the vault open. If another
// process chose the same way first, Choose opens its key; if it chose another
// way, ErrChosen. A key that was in memory only so far becomes the key of the
// store, so that nothing sealed with it is lost.
func (v *Vault) Choose(ctx context.Context, way session.Way, passphrase secret.String) error {
	return v.locked(ctx, func(rec *record, err error) error {
		switch {
		case err == nil && rec.Way != way:
			return fmt.Errorf("%w: %s", ErrChosen, rec.Way)
		case errors.Is(err, ErrUnset) && way == session.WayMemory:
			if !v.IsOpen() {
				v.holdNewKey()
			}
			return nil
		case errors.Is(err, ErrUnset):
			return v.create(ctx, way, passphrase)
		case err == nil:
			err = v.openWith(ctx, rec, passphrase)
		}
		return err
	})
}

// locked calls do with the record, or why it cannot be read, under the lock.
func (v *Vault) locked(ctx context.Context, do func(*record, error) error) error {
	release, err := v.exclusive(ctx)
	if err != nil {
		return err
	}
	defer release()
	return do(v.record(ctx))
}

// create makes a data key, wraps it, commits the record and opens the vault. The caller
// holds the lock.
func (v *Vault) create(ctx context.Context, way session.Way, passphrase secret.String) error {
	if v.meta == nil {
		return errMemoryOnly
	}
	k, ok := v.copyKey()
	if !ok {
		k = newDataKey()
	}
	defer k.wipe()
	w, err := v.newWrap(ctx, way, passphrase, k)
	created := false
	if err == nil {
		created, err = v.meta.CreateMeta(ctx, recordName, newRecord(way, k, *w).text())
	}
	if err == nil && !created {
		err = ErrChosen // outside the lock
	}
	if err != nil {
		v.discard(ctx, w)
		return err
	}
	v.hold(k, way, false)
	return nil
}

func newRecord(way session.Way, k dataKey, wraps ...wrap) *record {
	return &record{Version: recordVersion, Way: way, KeyID: k.id[:], Wraps: wraps}
}

// discard deletes the keyring's entry of a wrap, or nil, that the store does not have.
func (v *Vault) discard(ctx context.Context, w *wrap) {
	if w == nil || w.Entry == "" {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), v.wait)
	defer cancel()
	_ = v.keyring.delete(ctx, w.Entry)
}

// copyKey returns a copy of the data key of an open vault.
func (v *Vault) copyKey() (k dataKey, ok bool) {
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.key == nil {
		return k, false
	}
	k = dataKey{key: new([keySize]byte), id: v.keyID}
	*k.key = *v.key
	return k, true
}

func (v *Vault) newWrap(ctx context.Context, way session.Way, passphrase secret.String, k dataKey) (*wrap, error) {
	switch way {
	case session.WayPassphrase:
		return v.choosePassphrase(way, passphrase, k)
	case session.WayVariable:
		kek, err := v.variableKey()
		if err != nil {
			return nil, err
		}
		defer clear(kek[:])
		w := &wrap{Kind: way}
		return w, w.seal(v.meta.ID(), kek, k)
	case session.WayKeyring:
		return v.newKeyringWrap(ctx, k)
	}
	return nil, fmt.Errorf("unknown way to keep a key: %q", way)
}

// newKeyringWrap puts a new key into the keyring and reads it back. Each call
// uses a new entry: a late answer to an abandoned call must not overwrite the
// key of the next. With an error, a wrap names an entry to delete.
func (v *Vault) newKeyringWrap(ctx context.Context, k dataKey) (*wrap, error) {
	var kek [keySize]byte
	random(kek[:])
	defer clear(kek[:])
	var attempt [4]byte
	random(attempt[:])
	w := &wrap{Kind: session.WayKeyring, Entry: v.meta.ID() + "-" + hex.EncodeToString(attempt[:])}
	text := base64.StdEncoding.EncodeToString(kek[:])
	if err := v.keyring.set(ctx, w.Entry, text); err != nil {
		return nil, err
	}
	back, err := v.keyring.get(ctx, w.Entry)
	if err == nil && back != text {
		err = errors.New("the keyring did not store the key")
	}
	if err == nil {
		err = w.seal(v.meta.ID(), &kek, k)
	}
	return w, err
}

// Move keeps the key of an open vault in another way, or in the same way again where its
// entry or variable is lost. It writes one value: what is sealed and the recovery
// passphrase do not change. Copies of the store still open in the old way.
// session.ErrVaultLocked.
func (v *Vault) Move(ctx context.Context, way session.Way, passphrase secret.String) error {
	var made *wrap
	err := v.change(ctx, func(rec *record) (*record, error) {
		k, err := v.ownKey(rec)
		if err != nil {
			return nil, err
		}
		defer k.wipe()
		if way == session.WayPassphrase && rec.Way == way {
			return nil, ErrPassphrase
		}
		if made, err = v.newWrap(ctx, way, passphrase, k); err != nil {
			return nil, err
		}
		next := rec.without(rec.Way).with(made)
		next.Way = way
		return next, nil
	})
	if err != nil {
		v.discard(ctx, made)
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.way, v.recovered = way, false
	return nil
}

// ownKey returns a copy of the data key, if the vault is open and it is that of the
// record.
func (v *Vault) ownKey(rec *record) (dataKey, error) {
	k, ok := v.copyKey()
	switch {
	case !ok:
		return k, session.ErrVaultLocked
	case !bytes.Equal(k.id[:], rec.KeyID):
		k.wipe()
		return k, fmt.Errorf("%w: %s", ErrChosen, rec.Way) // meanwhile, and ours is in memory only
	}
	return k, nil
}

// Reset makes a new key for a store whose key is lost, and drops what only the lost one
// opens: see MetaStore.Reset.
func (v *Vault) Reset(ctx context.Context, way session.Way, passphrase secret.String) error {
	err := v.locked(ctx, func(_ *record, err error) error {
		if errors.Is(err, ErrUnset) || errors.Is(err, errNewer) {
			return err // a damaged one is replaced
		}
		return v.reset(ctx, way, passphrase)
	})
	if err == nil {
		v.rewrite(ctx) // free pages and the log hold what was dropped
	}
	return err
}

func (v *Vault) reset(ctx context.Context, way session.Way, passphrase secret.String) error {
	k := newDataKey()
	defer k.wipe()
	w, err := v.newWrap(ctx, way, passphrase, k)
	if err == nil {
		rec := newRecord(way, k, *w)
		rec.Rewrite = true
		err = v.meta.Reset(ctx, rec.text(), k.id[:])
	}
	if err != nil {
		v.discard(ctx, w)
		return err
	}
	v.hold(k, way, false)
	return nil
}

// Rewrap changes the passphrase. old may be the recovery passphrase. Sealed
// values do not change. session.ErrWrongPassphrase.
func (v *Vault) Rewrap(ctx context.Context, old, new secret.String) error {
	return v.change(ctx, func(rec *record) (*record, error) {
		if rec.Way != session.WayPassphrase {
			return nil, fmt.Errorf("this store keeps its key with %s, not with a passphrase", rec.Way)
		}
		o, err := v.openPassphrase(rec, old)
		if err != nil {
			return nil, err
		}
		defer o.wipe()
		w, err := v.choosePassphrase(session.WayPassphrase, new, o.k)
		if err != nil {
			return nil, err
		}
		v.hold(o.k, rec.Way, false)
		return rec.with(w), nil
	})
}

// SetRecovery adds a second passphrase to an open vault, for the case that the
// usual way fails. It replaces an earlier one. session.ErrVaultLocked.
func (v *Vault) SetRecovery(ctx context.Context, passphrase secret.String) error {
	return v.change(ctx, func(rec *record) (*record, error) {
		k, err := v.ownKey(rec)
		if err != nil {
			return nil, err
		}
		defer k.wipe()
		w, err := v.choosePassphrase(recovery, passphrase, k)
		if err != nil {
			return nil, err
		}
		return rec.with(w), nil
	})
}

// RemoveRecovery removes the second passphrase. The vault must be open, so that
// the ring stays accessible. Backups of the store keep the passphrase. ErrNoRecovery, session.ErrVaultLocked.
func (v *Vault) RemoveRecovery(ctx context.Context) error {
	return v.change(ctx, func(rec *record) (*record, error) {
		switch {
		case !v.IsOpen():
			return nil, session.ErrVaultLocked
		case rec.find(recovery) == nil:
			return nil, ErrNoRecovery
		}
		return rec.without(recovery), nil
	})
}

// NewKey makes a value for KeyVariable.
func NewKey() secret.String {
	var key [keySize]byte
	random(key[:])
	defer clear(key[:])
	return secret.New(base64.StdEncoding.EncodeToString(key[:]))
}

// HasRecovery reports whether there is a recovery passphrase.
func (v *Vault) HasRecovery(ctx context.Context) (bool, error) {
	rec, err := v.record(ctx)
	if errors.Is(err, ErrUnset) {
		return false, nil
	}
	return err == nil && rec.find(recovery) != nil, err
}

// change replaces the record with the result of edit.
func (v *Vault) change(ctx context.Context, edit func(*record) (*record, error)) error {
	if v.meta == nil {
		return errMemoryOnly
	}
	return v.locked(ctx, func(rec *record, err error) error {
		if err != nil {
			return err
		}
		if rec, err = edit(rec); err != nil {
			return err
		}
		return v.meta.PutMeta(ctx, recordName, rec.text())
	})
}
