// Package vault seals and opens secrets. It implements session.Vault.
//
// Every value is sealed with XChaCha20-Poly1305 under one random data key and
// bound to its account, its name and its origins. The store holds the data key
// wrapped: by a key in the operating system's keyring, by a passphrase through
// Argon2id (RFC 9106), or by the key in TOKENRING_KEY. Changing the passphrase
// therefore rewrites one value.
//
// The way is chosen for a new store. Afterwards a missing key means a locked vault, never
// a new key, until a person moves the key or resets the vault.
package vault

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"runtime"
	"sync"
	"time"

	"tokenring/session"
)

var _ session.Vault = (*Vault)(nil)

// Errors of a vault.
var (
	ErrUnset      = errors.New("the vault is not set up; choose how to keep its key first")
	ErrChosen     = errors.New("the vault is already set up")
	ErrNoRecovery = errors.New("no recovery passphrase is set")
	ErrPassphrase = errors.New("the key already has a passphrase; to change the passphrase: tokenring vault passphrase")
	errMemoryOnly = errors.New("this run keeps its key in memory only")
	errNewer      = errors.New("the vault was made by a newer tokenring; update tokenring")
)

// KeyVariable names the environment variable of session.WayVariable. Its value
// is 32 random bytes in hex or base64. The vault refuses weaker texts, since
// nothing would slow down guessing them.
const KeyVariable = "TOKENRING_KEY"

// MetaStore keeps the wrapped key. It belongs to one store.
type MetaStore interface {
	// ID returns the store's permanent id.
	ID() string
	// Meta returns a named value, or nil.
	Meta(ctx context.Context, name string) ([]byte, error)
	// CreateMeta writes a named value unless it exists.
	CreateMeta(ctx context.Context, name string, value []byte) (created bool, err error)
	PutMeta(ctx context.Context, name string, value []byte) error
	// LockVault takes the lock that is held while a key is made or rewrapped.
	LockVault(ctx context.Context) (release func(), err error)
	// SealRing seals what earlier versions left in clear, with the new record of the
	// vault.
	SealRing(ctx context.Context, record []byte, decisive bool, s session.Sealer) error
	// CountBoxes returns the number of sealed values.
	CountBoxes(ctx context.Context) (int, error)
	// Reseal replaces every sealed value by what change returns for it, unless that is
	// nil, with the new record of the vault and the id of its data key.
	Reseal(ctx context.Context, record, keyID []byte, change func(session.Binding, session.Sealed) ([]byte, error)) error
	// Reset drops what is sealed, with the new record of the vault and the id of its data
	// key. Accounts stay, without their secrets.
	Reset(ctx context.Context, record, keyID []byte) error
	// Rewrite writes the whole file again.
	Rewrite(ctx context.Context) error
	// CleanCopies removes from the copies of the file what earlier versions left in
	// clear. s opens the secrets to look for.
	CleanCopies(ctx context.Context, s session.Sealer) error
}

// Argon is the cost of a passphrase. Each wrap records its own, so the default
// may be raised at any time.
type Argon struct {
	Time    uint32 `json:"time"`   // passes over the memory
	Memory  uint32 `json:"memory"` // KiB
	Threads uint8  `json:"threads"`
}

// DefaultArgon returns the second recommended option of RFC 9106, section 4,
// with at most one thread per processor.
func DefaultArgon() Argon {
	return Argon{Time: 3, Memory: 64 << 10, Threads: uint8(min(4, runtime.NumCPU()))}
}

// Patience is how long a keyring may take without a person who could answer its prompt.
const Patience = 3 * time.Second

// Options configure a Vault.
type Options struct {
	Meta    MetaStore
	Getenv  func(key string) string // nil: an empty environment
	Keyring Keyring                 // nil: the operating system's
	Wait    time.Duration           // for an answer of the keyring where no person waits for it; 0: Patience
	Argon   Argon                   // of new passphrases; zero: DefaultArgon
	Memory  bool                    // keep the key in this process only; the rest is not used
}

// Vault is a session.Vault. It is safe for concurrent use.
type Vault struct {
	meta    MetaStore
	getenv  func(string) string
	keyring *cancellableKeyring
	wait    time.Duration
	argon   Argon

	busy chan struct{} // holds one element while a key is fetched, made or rewrapped

	mu sync.RWMutex
	state
}

// state is what changes of a Vault.
type state struct {
	key       *[keySize]byte // the data key; nil while locked
	keyID     [idSize]byte   // names the data key in every box
	way       session.Way    // in which the key is kept
	recovered bool           // the recovery passphrase opened the vault
	lone      bool           // the key is in memory only
	reason    string         // why the vault is locked
	manual    bool           // the key was fetched once, or Lock was called: only Unlock fetches from now on
}

// Open returns the vault of o.Meta. It fetches no key: Unlock does, or the first
// Seal or Open if the way needs no passphrase.
func Open(_ context.Context, o Options) (*Vault, error) {
	if o.Getenv == nil {
		o.Getenv = func(string) string { return "" }
	}
	check := func() error { return nil }
	if o.Keyring == nil {
		o.Keyring, check = systemKeyring{}, func() error { return checkBus(o.Getenv) }
	}
	if o.Wait == 0 {
		o.Wait = Patience
	}
	if o.Argon == (Argon{}) {
		o.Argon = DefaultArgon()
	}
	if o.Memory {
		o.Meta = nil
	}
	v := &Vault{
		meta: o.Meta, getenv: o.Getenv,
		keyring: &cancellableKeyring{keyring: o.Keyring, check: check, waits: make(chan struct{})}, wait: o.Wait, argon: o.Argon,
		busy: make(chan struct{}, 1),
	}
	if o.Memory {
		v.holdNewKey()
		return v, nil
	}
	if o.Meta == nil {
		return nil, errors.New("a vault needs a store")
	}
	return v, nil
}

// Status returns the state of the vault. It waits for nothing but the store.
func (v *Vault) Status(ctx context.Context) session.VaultStatus {
	now := v.current()
	switch {
	case now.key != nil:
		return session.VaultStatus{State: session.VaultOpen, Way: now.way, Recovered: now.recovered}
	case now.lone:
		return session.VaultStatus{State: session.VaultLocked, Way: now.way, Reason: now.reason}
	}
	rec, err := v.record(ctx)
	switch {
	case errors.Is(err, ErrUnset):
		return session.VaultStatus{State: session.VaultUnset}
	case err != nil:
		return session.VaultStatus{State: session.VaultLocked, Reason: err.Error()}
	}
	return session.VaultStatus{State: session.VaultLocked, Way: rec.Way, Reason: cmp.Or(now.reason, firstReason(rec.Way))}
}

// current returns the state. Its key must not be used: another goroutine may wipe it.
func (v *Vault) current() state {
	v.mu.RLock()
	defer v.mu.RUnlock()
	return v.state
}

// IsOpen reports whether the vault holds its key.
func (v *Vault) IsOpen() bool { return v.current().key != nil }

// firstReason returns why the vault is locked before the first attempt.
func firstReason(way session.Way) string {
	switch way {
	case session.WayPassphrase:
		return "enter the passphrase to unlock it"
	case session.WayVariable:
		return "the key in " + KeyVariable + " has not been used yet; unlock the vault"
	}
	return "the keyring has not been asked yet; unlock the vault"
}

// Lock wipes the key. Sealed values do not change. A key in memory only is lost.
func (v *Vault) Lock() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		return
	}
	clear(v.key[:])
	v.key, v.manual = nil, true
	v.reason = "it was locked; unlock it to continue"
	if v.lone {
		v.reason = "its key was in memory only and is lost; enter again what was sealed with it"
	}
}

// hold opens the vault with a copy of the data key.
func (v *Vault) hold(k dataKey, way session.Way, recovered bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.key == nil {
		v.key = new([keySize]byte)
	}
	*v.key, v.keyID = *k.key, k.id
	v.way, v.recovered, v.lone = way, recovered, way == session.WayMemory
	v.manual, v.reason = true, ""
}

// holdNewKey opens the vault with a new key in memory only.
func (v *Vault) holdNewKey() {
	k := newDataKey()
	defer k.wipe()
	v.hold(k, session.WayMemory, false)
}

// setReason remembers why fetching the key failed, unless the caller gave up.
func (v *Vault) setReason(err error) {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.manual = true
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

// dataKey is a copy of the key that seals values.
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

// random fills b. rand.Read never returns an error.
func random(b []byte) { _, _ = rand.Read(b) }
