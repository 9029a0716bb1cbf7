package vault

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"

	"tokenring/session"
)

// A box is its version, the id of the data key, a nonce, and the ciphertext
// with its tag.
const (
	boxVersion = 1
	nonceSize  = chacha20poly1305.NonceSizeX
	boxHead    = 1 + idSize + nonceSize
	boxLeast   = boxHead + chacha20poly1305.Overhead
)

// Seal seals plain for b. session.ErrVaultLocked.
func (v *Vault) Seal(b session.Binding, plain []byte) (session.Sealed, error) {
	origins := slices.Compact(slices.Sorted(slices.Values(b.Origins)))
	s := session.Sealed{Name: b.Name, Origin: b.Origin, Origins: origins}
	box := make([]byte, boxHead, boxLeast+len(plain))
	box[0] = boxVersion
	nonce := box[1+idSize:]
	random(nonce)
	sub, id, err := v.subkey(nonce)
	if err != nil {
		return session.Sealed{}, err
	}
	copy(box[1:], id[:])
	s.Box, err = sealX(box, sub, nonce, plain, v.binding(b.AccountID, &s, id))
	return s, err
}

// Open opens a value that was sealed for b. *session.OriginError tells that it
// was sealed for another origin, or for fewer further ones;
// session.ErrSealDamaged that it is not as it was sealed, or was not sealed
// for this account and name; session.ErrVaultLocked.
func (v *Vault) Open(b session.Binding, s session.Sealed) ([]byte, error) {
	if len(s.Box) < boxLeast || s.Box[0] != boxVersion || s.Name != b.Name {
		return nil, session.ErrSealDamaged
	}
	nonce := s.Box[1+idSize : boxHead]
	sub, id, err := v.subkey(nonce)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.Box[1:1+idSize], id[:]) {
		clear(sub)
		return nil, fmt.Errorf("%w: it was sealed with another key, perhaps in a run that kept its key in memory only; enter it again",
			session.ErrSealDamaged)
	}
	plain, err := openX(sub, nonce, s.Box[boxHead:], v.binding(b.AccountID, &s, id))
	if err != nil {
		return nil, session.ErrSealDamaged
	}
	// What the value says of its origins is true. Is it enough?
	widened := slices.DeleteFunc(slices.Clone(b.Origins), func(o string) bool {
		return o == s.Origin || slices.Contains(s.Origins, o)
	})
	if s.Origin != b.Origin || len(widened) > 0 {
		clear(plain)
		return nil, &session.OriginError{Was: s.Origin, Is: b.Origin, Widened: widened}
	}
	return plain, nil
}

// binding returns the data that a box is authenticated with.
func (v *Vault) binding(accountID string, s *session.Sealed, id [idSize]byte) []byte {
	store := ""
	if v.meta != nil {
		store = v.meta.ID()
	}
	return joined(append([]string{"tokenring sealed value 1", string(id[:]), store, accountID, s.Name, s.Origin}, s.Origins...)...)
}

// joined writes each part behind its length, so that no two lists of parts
// give the same bytes.
func joined(parts ...string) []byte {
	out := binary.AppendUvarint(nil, uint64(len(parts)))
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

// subkey derives the key of one nonce from the data key, which is fetched when
// that was not tried yet and takes no passphrase.
func (v *Vault) subkey(nonce []byte) (sub []byte, id [idSize]byte, err error) {
	v.mu.RLock()
	open, asked := v.key != nil, v.asked
	v.mu.RUnlock()
	if !open && !asked {
		v.fetch()
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.key == nil {
		return nil, id, session.ErrVaultLocked
	}
	sub, err = chacha20.HChaCha20(v.key[:], nonce[:16])
	return sub, v.keyID, err
}

// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) is ChaCha20-Poly1305 under the
// subkey of a nonce. It is put together here because chacha20poly1305.NewX
// copies the data key to where Lock cannot wipe it.

// sealX appends the sealed plain to out and wipes the subkey.
func sealX(out, sub, nonce, plain, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.New(sub)
	clear(sub)
	if err != nil {
		return nil, err
	}
	return aead.Seal(out, shortNonce(nonce), plain, bound), nil
}

// openX is the reverse of sealX.
func openX(sub, nonce, sealed, bound []byte) ([]byte, error) {
	aead, err := chacha20poly1305.New(sub)
	clear(sub)
	if err != nil {
		return nil, err
	}
	if len(sealed) < aead.Overhead() {
		return nil, errors.New("too short")
	}
	return aead.Open(nil, shortNonce(nonce), sealed, bound)
}

func shortNonce(nonce []byte) []byte {
	short := make([]byte, chacha20poly1305.NonceSize)
	copy(short[4:], nonce[16:nonceSize])
	return short
}
