package vault

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"tokenring/session"
	"tokenring/session/secret"
)

const (
	recordName    = "vault" // in the store
	recordVersion = 1
	saltSize      = 16

	// recovery is the kind of the second passphrase; the other kinds are ways.
	recovery session.Way = "recovery"

	// MinPassphrase is the minimum number of characters of a passphrase.
	MinPassphrase = 8
)

// record holds the wrapped data key in the store.
type record struct {
	Version int         `json:"version"`
	Way     session.Way `json:"way"`
	KeyID   []byte      `json:"key_id"`
	Wraps   []wrap      `json:"wraps"`
	Rewrite bool        `json:"rewrite,omitempty"` // the file may still hold text that was in clear before
	Copies  bool        `json:"copies,omitempty"`  // a copy may, which could not be read
}

// wrap is the data key, encrypted with another key.
type wrap struct {
	Kind   session.Way `json:"kind"`
	Sealed bool        `json:"sealed,omitempty"` // made when the accounts were sealed; without it this is a wrap of an earlier version
	Entry  string      `json:"entry,omitempty"`  // of the keyring
	Salt   []byte      `json:"salt,omitempty"`   // of a passphrase, as the cost
	Argon  *Argon      `json:"argon2id,omitempty"`
	Nonce  []byte      `json:"nonce"`
	Box    []byte      `json:"box"`
}

const damagedKey = "the vault's key in the store is damaged; restore the store from a backup"

// record reads the record from the store. ErrUnset.
func (v *Vault) record(ctx context.Context) (*record, error) {
	if v.meta == nil {
		return nil, ErrUnset
	}
	text, err := v.meta.Meta(ctx, recordName)
	if err != nil {
		return nil, err
	}
	if text == nil {
		return nil, ErrUnset
	}
	rec := &record{}
	if err := json.Unmarshal(text, rec); err != nil || rec.Version < 1 || len(rec.KeyID) != idSize || !slices.Contains(lastingWays, rec.Way) {
		return nil, errors.New(damagedKey)
	}
	if rec.Version > recordVersion {
		return nil, errNewer
	}
	return rec, nil
}

// text returns what the store keeps of the record.
func (r *record) text() []byte {
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // it holds only texts, numbers and bytes
	}
	return text
}

// lastingWays lists the ways that a record can name.
var lastingWays = []session.Way{session.WayKeyring, session.WayPassphrase, session.WayVariable}

// find returns the wrap of a kind, or nil.
func (r *record) find(kind session.Way) *wrap {
	for i := range r.Wraps {
		if r.Wraps[i].Kind == kind {
			return &r.Wraps[i]
		}
	}
	return nil
}

// with returns a copy of r with w in place of the wrap of its kind.
func (r *record) with(w *wrap) *record {
	next := r.without(w.Kind)
	next.Wraps = append(next.Wraps, *w)
	return next
}

// without returns a copy of r without the wrap of a kind.
func (r *record) without(kind session.Way) *record {
	next := *r
	next.Wraps = slices.DeleteFunc(slices.Clone(r.Wraps), func(old wrap) bool { return old.Kind == kind })
	return &next
}

// seal puts the data key into w, encrypted with kek, and reads it back.
func (w *wrap) seal(store string, kek *[keySize]byte, k dataKey) error {
	w.Sealed = true
	w.Nonce = make([]byte, nonceSize)
	random(w.Nonce)
	aead, short, err := xchacha(kek, w.Nonce)
	if err != nil {
		return err
	}
	w.Box = aead.Seal(nil, short, k.key[:], w.additionalData(store, k.id[:]))
	back, ok := w.open(store, kek, k.id[:])
	if !ok || subtle.ConstantTimeCompare(back.key[:], k.key[:]) != 1 {
		return errors.New("the new key could not be read back")
	}
	back.wipe()
	return nil
}

// open decrypts the data key in w. It fails for another kek, and for a wrap that
// was changed or belongs to another store.
func (w *wrap) open(store string, kek *[keySize]byte, id []byte) (k dataKey, ok bool) {
	if len(w.Nonce) != nonceSize {
		return k, false
	}
	aead, short, err := xchacha(kek, w.Nonce)
	if err != nil {
		return k, false
	}
	plain, err := aead.Open(nil, short, w.Box, w.additionalData(store, id))
	if err != nil || len(plain) != keySize {
		return k, false
	}
	k = dataKey{key: new([keySize]byte)}
	copy(k.key[:], plain)
	copy(k.id[:], id)
	clear(plain)
	return k, true
}

// additionalData returns what a wrap is authenticated with.
func (w *wrap) additionalData(store string, id []byte) []byte {
	var cost []byte
	if a := w.Argon; a != nil {
		cost = binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(cost, a.Time), a.Memory)
		cost = append(cost, a.Threads)
	}
	label := "tokenring wrapped key 1"
	if w.Sealed {
		label = "tokenring wrapped key 2"
	}
	return joinParts(label, store, string(id), string(w.Kind), w.Entry, string(w.Salt), string(cost))
}

// CheckPassphrase returns an error if a new passphrase is too short.
func CheckPassphrase(p secret.String) error {
	if utf8.RuneCountInString(composed(p).Reveal()) < MinPassphrase {
		return fmt.Errorf("a passphrase needs at least %d characters; a few words are easy to remember", MinPassphrase)
	}
	return nil
}

// composed returns a passphrase in the normal form NFC: keyboards and systems write the
// same letters in different code points.
func composed(p secret.String) secret.String { return secret.New(norm.NFC.String(p.Reveal())) }

// spellings returns the forms in which a passphrase may have been set. Earlier versions
// took it as it was typed.
func spellings(p secret.String) []secret.String {
	all := []secret.String{composed(p), p, secret.New(norm.NFD.String(p.Reveal()))}
	return slices.CompactFunc(all, secret.String.Equal)
}

// choosePassphrase is newPassphraseWrap with a passphrase that the person chooses now.
func (v *Vault) choosePassphrase(kind session.Way, p secret.String, k dataKey) (*wrap, error) {
	if err := CheckPassphrase(p); err != nil {
		return nil, err
	}
	return v.newPassphraseWrap(kind, p, k)
}

// newPassphraseWrap wraps the data key with a passphrase.
func (v *Vault) newPassphraseWrap(kind session.Way, p secret.String, k dataKey) (*wrap, error) {
	cost := v.argon
	w := &wrap{Kind: kind, Salt: make([]byte, saltSize), Argon: &cost}
	random(w.Salt)
	kek, err := w.deriveKey(composed(p))
	if err != nil {
		return nil, err
	}
	defer clear(kek[:])
	return w, w.seal(v.meta.ID(), kek, k)
}

// Limits of the cost that a store may ask for: room to raise the default, which is
// 3 passes over 64 MiB with 4 threads, and about 3 s on a small machine.
const (
	maxArgonTime    = 10
	maxArgonMemory  = 256 << 10 // KiB
	maxArgonThreads = 16
)

// deriveKey derives a key from a passphrase. It limits the cost, so that a changed
// store cannot exhaust the memory or the time.
func (w *wrap) deriveKey(p secret.String) (*[keySize]byte, error) {
	a := w.Argon
	if a == nil || a.Time < 1 || a.Threads < 1 {
		return nil, errors.New(damagedKey)
	}
	if a.Time > maxArgonTime || a.Memory > maxArgonMemory || a.Threads > maxArgonThreads {
		return nil, fmt.Errorf("the store demands more work for a passphrase than this program allows (%d passes over %d KiB with %d threads; at most %d, %d and %d); "+
			"restore the store from a backup", a.Time, a.Memory, a.Threads, maxArgonTime, maxArgonMemory, maxArgonThreads)
	}
	text := []byte(p.Reveal())
	defer clear(text)
	return (*[keySize]byte)(argon2.IDKey(text, w.Salt, a.Time, a.Memory, a.Threads, keySize)), nil
}

// openPassphrase tries a passphrase on each wrap that takes one.
// session.ErrWrongPassphrase.
func (v *Vault) openPassphrase(rec *record, p secret.String) (opened, error) {
	for _, kind := range []session.Way{session.WayPassphrase, recovery} {
		w := rec.find(kind)
		if w == nil {
			continue
		}
		o, err := v.tryPassphrase(rec, w, p)
		if !errors.Is(err, session.ErrWrongPassphrase) {
			return o, err
		}
	}
	return opened{}, session.ErrWrongPassphrase
}

// tryPassphrase opens w with a passphrase. session.ErrWrongPassphrase.
func (v *Vault) tryPassphrase(rec *record, w *wrap, p secret.String) (opened, error) {
	for _, spelling := range spellings(p) {
		kek, err := w.deriveKey(spelling)
		if err != nil {
			return opened{}, err
		}
		if o, ok := v.openWrap(rec, w, kek); ok {
			return o, nil
		}
	}
	return opened{}, session.ErrWrongPassphrase
}

// opened is a wrap that was opened, with its keys.
type opened struct {
	wrap *wrap
	kek  *[keySize]byte
	k    dataKey
}

// openWrap opens w with kek, or wipes kek.
func (v *Vault) openWrap(rec *record, w *wrap, kek *[keySize]byte) (o opened, ok bool) {
	k, ok := w.open(v.meta.ID(), kek, rec.KeyID)
	if !ok {
		clear(kek[:])
	}
	return opened{wrap: w, kek: kek, k: k}, ok
}

func (o opened) wipe() {
	clear(o.kek[:])
	o.k.wipe()
}

func (v *Vault) variableKey() (*[keySize]byte, error) {
	text := strings.TrimSpace(v.getenv(KeyVariable))
	if text == "" {
		return nil, errors.New(KeyVariable + " is not set")
	}
	key, ok := parseKey(text)
	if !ok {
		return nil, errors.New(KeyVariable + " is not a key: it needs 32 random bytes in hex or base64, for example from: openssl rand -base64 32")
	}
	return key, nil
}

// parseKey parses 32 bytes in hex or in either base64 alphabet, padded or not.
func parseKey(text string) (*[keySize]byte, bool) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != keySize {
		text = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(text, "="))
		b, err = base64.RawStdEncoding.DecodeString(text)
	}
	if err != nil || len(b) != keySize {
		return nil, false
	}
	return (*[keySize]byte)(b), true
}
