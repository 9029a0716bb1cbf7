package vault

import (
	"bytes"
	"context"
	"crypto/cipher"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"

	"tokenring/session"
)

// A box is its version, the id of the data key, a nonce, and the ciphertext
// with its tag. Boxes of version 1 come from a time when accounts were not sealed:
// one of version 2 proves that they have been since.
const (
	boxVersion = 2
	nonceSize  = chacha20poly1305.NonceSizeX
	boxHead    = 1 + idSize + nonceSize
	boxLeast   = boxHead + chacha20poly1305.Overhead
)

// Seal seals plain for b. session.ErrVaultLocked.
func (v *Vault) Seal(b session.Binding, plain []byte) (session.Sealed, error) {
	sealed, err := v.SealAll(context.Background(), session.Plain{Binding: b, Text: plain})
	if err != nil {
		return session.Sealed{}, err
	}
	return sealed[0], nil
}

// SealAll is Seal for several values. It asks the store once whether the key is still
// its own, in the transaction of ctx if there is one. No values need no key.
func (v *Vault) SealAll(ctx context.Context, values ...session.Plain) ([]session.Sealed, error) {
	if len(values) == 0 {
		return nil, nil
	}
	v.follow(ctx)
	k, done, err := v.useKey()
	if err != nil {
		return nil, err
	}
	defer done()
	sealed := make([]session.Sealed, len(values))
	for i, one := range values {
		if sealed[i], err = k.seal(v.storeID(), one.Binding, one.Text); err != nil {
			return nil, err
		}
	}
	return sealed, nil
}

// Open opens a value that was sealed for b. It returns *session.OriginError if
// the value was sealed for another origin, or for fewer further ones;
// session.ErrSealDamaged if it was changed, or sealed for another account or
// name; session.ErrVaultLocked.
func (v *Vault) Open(b session.Binding, s session.Sealed) ([]byte, error) {
	plain, err := v.openBox(b, s)
	if errors.Is(err, errOtherKey) && v.follow(context.Background()) {
		return v.openBox(b, s)
	}
	return plain, err
}

func (v *Vault) openBox(b session.Binding, s session.Sealed) ([]byte, error) {
	k, done, err := v.useKey()
	if err != nil {
		return nil, err
	}
	defer done()
	return k.open(v.storeID(), b, s)
}

// errOtherKey is session.ErrSealDamaged for a box of another data key.
var errOtherKey = fmt.Errorf("%w: it was sealed with another key, perhaps by a run that kept its key in memory only; enter it again",
	session.ErrSealDamaged)

// useKey returns the data key, which must not be used after done. It fetches the key
// first if that was not tried yet and needs no passphrase.
func (v *Vault) useKey() (k dataKey, done func(), err error) {
	if now := v.current(); now.key == nil && !now.manual {
		v.fetch()
	}
	v.mu.RLock()
	if v.key == nil {
		v.mu.RUnlock()
		return k, nil, session.ErrVaultLocked
	}
	return dataKey{key: v.key, id: v.keyID}, v.mu.RUnlock, nil
}

func (v *Vault) storeID() string {
	if v.meta == nil {
		return ""
	}
	return v.meta.ID()
}

func (k dataKey) seal(store string, b session.Binding, plain []byte) (session.Sealed, error) {
	origins := slices.Compact(slices.Sorted(slices.Values(b.Origins)))
	s := session.Sealed{Name: b.Name, Origin: b.Origin, Origins: origins}
	box := make([]byte, boxHead, boxLeast+len(plain))
	box[0] = boxVersion
	copy(box[1:], k.id[:])
	nonce := box[1+idSize:]
	random(nonce)
	aead, short, err := xchacha(k.key, nonce)
	if err != nil {
		return session.Sealed{}, err
	}
	s.Box = aead.Seal(box, short, plain, binding(boxVersion, store, b.AccountID, &s, k.id))
	return s, nil
}

func (k dataKey) open(store string, b session.Binding, s session.Sealed) ([]byte, error) {
	if len(s.Box) < boxLeast || s.Box[0] < 1 || s.Box[0] > boxVersion || s.Name != b.Name {
		return nil, session.ErrSealDamaged
	}
	if !bytes.Equal(s.Box[1:1+idSize], k.id[:]) {
		return nil, errOtherKey
	}
	aead, short, err := xchacha(k.key, s.Box[1+idSize:boxHead])
	if err != nil {
		return nil, err
	}
	plain, err := aead.Open(nil, short, s.Box[boxHead:], binding(s.Box[0], store, b.AccountID, &s, k.id))
	if err != nil {
		return nil, session.ErrSealDamaged
	}
	// The origins of the value are authentic. Do they cover those asked for?
	widened := slices.DeleteFunc(slices.Clone(b.Origins), func(o string) bool {
		return o == s.Origin || slices.Contains(s.Origins, o)
	})
	if s.Origin != b.Origin || len(widened) > 0 {
		clear(plain)
		return nil, &session.OriginError{Was: s.Origin, Is: b.Origin, Widened: widened}
	}
	return plain, nil
}

// binding returns the additional data of a box.
func binding(version byte, store, accountID string, s *session.Sealed, id [idSize]byte) []byte {
	label := "tokenring sealed value " + strconv.Itoa(int(version))
	parts := [...]string{label, string(id[:]), store, accountID, s.Name, s.Origin}
	out := binary.AppendUvarint(make([]byte, 0, 256), uint64(len(parts)+len(s.Origins)))
	return appendParts(appendParts(out, parts[:]), s.Origins)
}

// joinParts writes each part after its length, so that different lists of parts
// never yield the same bytes.
func joinParts(parts ...string) []byte {
	return appendParts(binary.AppendUvarint(nil, uint64(len(parts))), parts)
}

func appendParts(out []byte, parts []string) []byte {
	for _, p := range parts {
		out = append(binary.AppendUvarint(out, uint64(len(p))), p...)
	}
	return out
}

// xchacha returns XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) for one nonce:
// ChaCha20-Poly1305 under the subkey of the nonce, and the short nonce for it.
// chacha20poly1305.NewX would copy the data key to where Lock cannot wipe it.
func xchacha(key *[keySize]byte, nonce []byte) (aead cipher.AEAD, short []byte, err error) {
	sub, err := chacha20.HChaCha20(key[:], nonce[:16])
	if err != nil {
		return nil, nil, err
	}
	defer clear(sub)
	short = make([]byte, chacha20poly1305.NonceSize)
	copy(short[4:], nonce[16:nonceSize])
	aead, err = chacha20poly1305.New(sub)
	return aead, short, err
}
