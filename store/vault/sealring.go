package vault

import (
	"bytes"
	"context"
	"errors"
	"time"

	"tokenring/session"
)

// sealRing seals what earlier versions left unsealed, when a wrap of theirs is opened,
// and returns the record with a new wrap in its place. Only the wrap of the usual way
// vouches for accounts and approvals: it is replaced at the first unlock, and no row
// of the store can bring it back, whereas a recovery passphrase may be as old as the
// ring.
func (v *Vault) sealRing(ctx context.Context, rec *record, o opened) (*record, error) {
	unlock, err := v.lockOthers(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	now, err := v.record(ctx)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(now.KeyID, rec.KeyID) {
		return nil, errors.New("another tokenring process changed the key just now; try again")
	}
	if w := now.find(o.wrap.Kind); w != nil && w.Sealed {
		return now, nil // by another process
	}
	w := *o.wrap
	if err := w.seal(v.meta.ID(), o.kek, o.k); err != nil {
		return nil, err
	}
	next := now.with(&w)
	next.Rewrite = true
	return next, v.meta.SealRing(ctx, next.text(), w.Kind == now.Way, keySealer{v.storeID(), o.k})
}

// keySealer is a session.Sealer with a key that the vault does not hold yet.
type keySealer struct {
	store string
	k     dataKey
}

func (s keySealer) Seal(b session.Binding, plain []byte) (session.Sealed, error) {
	return s.k.seal(s.store, b, plain)
}

func (s keySealer) Open(b session.Binding, sealed session.Sealed) ([]byte, error) {
	return s.k.open(s.store, b, sealed)
}

// rewrite removes deleted text from the file of the store, and from its copies. If one
// fails, as while another process reads, the next unlock tries that again.
func (v *Vault) rewrite(ctx context.Context) {
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	unlock, err := v.lockOthers(soon)
	if err != nil {
		return // another process is at it
	}
	defer unlock()
	rec, err := v.record(ctx)
	if err != nil || !rec.Rewrite && !rec.Copies {
		return
	}
	k, ok := v.copyKey()
	if !ok {
		return
	}
	defer k.wipe()
	next := *rec
	next.Copies = v.meta.CleanCopies(ctx, keySealer{v.storeID(), k}) != nil
	next.Rewrite = rec.Rewrite && v.meta.Rewrite(ctx) != nil
	if next.Copies == rec.Copies && next.Rewrite == rec.Rewrite {
		return
	}
	_ = v.meta.PutMeta(ctx, recordName, next.text())
}
