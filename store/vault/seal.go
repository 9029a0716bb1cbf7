package vault

import (
	"bytes"
	"crypto/cipher"
	"encoding/binary"
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
	aead, short, id, err := v.openCipher(nonce)
	if err != nil {
		return session.Sealed{}, err
	}
	copy(box[1:], id[:])
	s.Box = aead.Seal(box, short, plain, v.binding(b.AccountID, &s, id))
	return s, nil
}

// Open opens a value that was sealed for b. It returns *session.OriginError if
// the value was sealed for another origin, or for fewer further ones;
// session.ErrSealDamaged if it was changed, or sealed for another account or
// name; session.ErrVaultLocked.
func (v *Vault) Open(b session.Binding, s session.Sealed) ([]byte, error) {
	if len(s.Box) < boxLeast || s.Box[0] != boxVersion || s.Name != b.Name {
		return nil, session.ErrSealDamaged
	}
	nonce := s.Box[1+idSize : boxHead]
	aead, short, id, err := v.openCipher(nonce)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(s.Box[1:1+idSize], id[:]) {
		return nil, fmt.Errorf("%w: it was sealed with another key, perhaps by a run that kept its key in memory only; enter it again",
			session.ErrSealDamaged)
	}
	plain, err := aead.Open(nil, short, s.Box[boxHead:], v.binding(b.AccountID, &s, id))
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
func (v *Vault) binding(accountID string, s *session.Sealed, id [idSize]byte) []byte {
	store := ""
	if v.meta != nil {
		store = v.meta.ID()
	}
	return joinParts(append([]string{"tokenring sealed value 1", string(id[:]), store, accountID, s.Name, s.Origin}, s.Origins...)...)
}

// joinParts writes each part after its length, so that different lists of parts
// never yield the same bytes.
func joinParts(parts ...string) []byte {
	out := binary.AppendUvarint(nil, uint64(len(parts)))
	for _, p := range parts {
		out = binary.AppendUvarint(out, uint64(len(p)))
		out = append(out, p...)
	}
	return out
}

// openCipher returns the cipher of one nonce under the data key, which it
// fetches first if that was not tried yet and needs no passphrase.
func (v *Vault) openCipher(nonce []byte) (aead cipher.AEAD, short []byte, id [idSize]byte, err error) {
	v.mu.RLock()
	fetch := v.key == nil && !v.manual
	v.mu.RUnlock()
	if fetch {
		v.fetch()
	}
	v.mu.RLock()
	defer v.mu.RUnlock()
	if v.key == nil {
		return nil, nil, id, session.ErrVaultLocked
	}
	aead, short, err = xchacha(v.key, nonce)
	return aead, short, v.keyID, err
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
