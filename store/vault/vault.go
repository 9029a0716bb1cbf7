// Package vault seals and opens secrets. It implements session.Vault.
//
// Every value is sealed with XChaCha20-Poly1305 under one random data key and
// bound to its account, its name and its origins. The data key itself lies
// wrapped in the store: by a key that the operating system's keyring holds, by
// a passphrase through Argon2id (RFC 9106), or by the key in TOKENRING_KEY.
// Changing the passphrase therefore rewrites one value.
//
// The way is chosen once, for a new store. Afterwards a key that cannot be had
// means a locked vault, never a new key.
package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"sync"
	"time"

	"tokenring/session"
)

var _ session.Vault = (*Vault)(nil)

// ErrUnset: no way to keep the key was chosen yet.
var ErrUnset = errors.New("choose first how the key of this store is kept")

// ErrChosen: the key of this store is kept in another way already.
var ErrChosen = errors.New("how the key of this store is kept was chosen already")

// ErrNoRecovery: there is no recovery passphrase.
var ErrNoRecovery = errors.New("there is no recovery passphrase")

// KeyVariable names the environment variable of session.WayVariable. Its value
// is 32 random bytes in hex or base64. Weaker texts are refused: nothing
// between them and the data key would be slow to guess.
const KeyVariable = "TOKENRING_KEY"

// MetaStore keeps the wrapped key. It belongs to one store.
type MetaStore interface {
	// ID names the store; it never changes.
	ID() string
	// Meta reads a named value, nil when there is none.
	Meta(ctx context.Context, name string) ([]byte, error)
	// CreateMeta writes a named value if there is none of this name.
	CreateMeta(ctx context.Context, name string, value []byte) (created bool, err error)
	// PutMeta replaces a named value.
	PutMeta(ctx context.Context, name string, value []byte) error
}

// Argon is the cost of a passphrase. It is kept with what it made, so it may
// be raised at any time.
type Argon struct {
	Time    uint32 `json:"time"`   // passes over the memory
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// DefaultArgon returns the second recommended option of RFC 9106, section 4,
// with no more threads than there are processors.
func DefaultArgon() Argon {
	return Argon{Time: 3, Memory: 64 << 10, Threads: uint8(min(4, runtime.NumCPU()))}
}

// Options says where the key is kept.
type Options struct {
	Meta     MetaStore
	LockFile string                  // held while a key is made or wrapped anew
	Getenv   func(key string) string // the environment; nil is an empty one
	Keyring  Keyring                 // nil is the operating system's
	Wait     time.Duration           // for one answer of the keyring; 0: 3 s
	Argon    Argon                   // of new passphrases; zero: DefaultArgon
	Memory   bool                    // the key lives and dies with this process; the rest is not used
}

// Vault is a session.Vault. It is safe for concurrent use.
type Vault struct {
	meta    MetaStore
	lock    string
	getenv  func(string) string
	keyring *patient
	argon   Argon

	busy chan struct{} // holds one element while a key is fetched, made or wrapped anew

	mu     sync.RWMutex
	key    *[keySize]byte // the data key; nil while locked
	keyID  [idSize]byte   // names the data key in every box
	way    session.Way    // by which key was had
	lone   bool           // the key is in this memory only
	reason string         // why it is locked
	asked  bool           // the key was fetched once, or Lock was called: from now on only Unlock fetches
}

// Open makes a vault over o.Meta. It fetches no key: that is done by Unlock,
// or by the first Seal or Open when it takes no passphrase.
func Open(_ context.Context, o Options) (*Vault, error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	if o.Keyring == nil {
		o.Keyring = systemKeyring{getenv: o.Getenv}
	}
	if o.Wait == 0 {
		o.Wait = 3 * time.Second
	}
	if o.Argon == (Argon{}) {
		o.Argon = DefaultArgon()
	}
	if o.Memory {
		o.Meta = nil
	}
	v := &Vault{
		meta: o.Meta, lock: o.LockFile, getenv: o.Getenv,
		keyring: &patient{keyring: o.Keyring, wait: o.Wait}, argon: o.Argon,
		busy: make(chan struct{}, 1),
	}
	if o.Memory {
		v.holdNew()
		return v, nil
	}
	if o.Meta == nil || o.LockFile == "" {
		return nil, errors.New("a vault needs a store and a lock file")
	}
	return v, nil
}

// Status returns the state of the vault. It reads the store and waits for nothing
// else.
func (v *Vault) Status(ctx context.Context) session.VaultStatus {
	v.mu.RLock()
	open, way, lone, reason := v.key != nil, v.way, v.lone, v.reason
	v.mu.RUnlock()
	switch {
	case open:
		return session.VaultStatus{State: session.VaultOpen, Way: way}
	case lone:
		return session.VaultStatus{State: session.VaultLocked, Way: way, Reason: reason}
	}
	rec, err := v.record(ctx)
	switch {
	case errors.Is(err, ErrUnset):
		return session.VaultStatus{State: session.VaultUnset}
	case err != nil:
		return session.VaultStatus{State: session.VaultLocked, Reason: err.Error()}
	case reason == "":
		reason = untried(rec.Way)
	}
	return session.VaultStatus{State: session.VaultLocked, Way: rec.Way, Reason: reason}
}

// untried returns why the vault is locked before anything was tried.
func untried(way session.Way) string {
	switch way {
	case session.WayPassphrase:
		return "enter the passphrase to unlock it"
	case session.WayVariable:
		return "the key in " + KeyVariable + " was not used yet; unlock it"
	}
	return "the keyring was not asked yet; unlock it"
}

// Lock forgets the key. Sealed values stay as they are; a key that was kept in
// memory only is gone for good.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		return
	}
	clear(v.key[:])
	v.key, v.asked = nil, true
	v.reason = "it was locked; unlock it to go on"
	if v.lone {
		v.reason = "its key was in memory only and is gone; what was sealed with it must be entered again"
	}
}

// hold takes a copy of the data key: from now on the vault is open.
func (v *Vault) hold(k dataKey, way session.Way) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		v.key = new([keySize]byte)
	}
	*v.key, v.keyID = *k.key, k.id
	v.way, v.lone = way, way == session.WayMemory
	v.asked, v.reason = true, ""
}

// holdNew opens the vault with a new key that is kept in memory only.
func (v *Vault) holdNew() {
	k := newDataKey()
	defer k.wipe()
	v.hold(k, session.WayMemory)
}

// failed notes why the key could not be had; that somebody gave up waiting is
// no reason.
func (v *Vault) failed(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.asked = true
	var locked *lockedError
	switch {
	case v.key != nil:
	case errors.As(err, &locked):
		v.reason = locked.reason
	default:
		v.reason = err.Error()
	}
}

const (
	keySize = 32
	idSize  = 8
)

// dataKey is the key that seals values, on its way into or out of a wrap.
type dataKey struct {
	key *[keySize]byte
	id  [idSize]byte
}

func newDataKey() dataKey {
	k := dataKey{key: new([keySize]byte)}
	random(k.key[:])
	random(k.id[:])
	return k
}

func (k dataKey) wipe() { clear(k.key[:]) }

// random fills b. crypto/rand never fails: it ends the program first.
func random(b []byte) { _, _ = rand.Read(b) }
