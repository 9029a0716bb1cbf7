package session

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tokenring/session/address"
	"tokenring/session/secret"
)

// The names of sealed values, or their prefixes.
const (
	FieldPrefix = "field:"
	TokenPrefix = "token:"

	// IdentityName names the person of the account's last login. It outlives the session.
	IdentityName = "identity:person"
)

// Sealed is a sealed value. Origin and Origins are in clear and authenticated with Box.
type Sealed struct {
	Name    string // "field:password", "token:access", IdentityName, "run:ID", "request:ID"
	Origin  string
	Origins []string // sorted
	Box     []byte
}

// Event is a line of an account's activity. It holds no secret.
type Event struct {
	AccountID string
	At        time.Time
	Kind      EventKind
	OK        bool
	Text      string // one sanitised line, sealed in the store; "" if the vault was locked
}

// KeptClaims holds the claims of the tokens of one session, without the tokens.
type KeptClaims struct {
	AccountID string
	At        time.Time // when the session began or was renewed, our clock
	Text      string    // of token.Keep, sealed in the store; SealedText or DamagedText if it cannot be opened
}

// DamagedText stands for a sealed text that the open vault cannot open.
const DamagedText = "damaged: it can no longer be read"

// SealedText stands for a sealed text while the vault is locked.
const SealedText = "sealed; unlock the vault to read it"

// EventKind is the kind of an event.
type EventKind string

// The kinds of events.
const (
	EventAccount EventKind = "account"
	EventLogin   EventKind = "login"
	EventRefresh EventKind = "refresh"
	EventCheck   EventKind = "check"
	EventLogout  EventKind = "logout"
	EventRequest EventKind = "request"
	EventCopy    EventKind = "copy"
	EventReveal  EventKind = "reveal"
)

// EventKinds lists every kind.
func EventKinds() []EventKind {
	return []EventKind{EventAccount, EventLogin, EventRefresh, EventCheck, EventLogout, EventRequest, EventCopy, EventReveal}
}

// SavedRequest is a test request that the user saved with an account. Sealed holds all of
// it; the fields in clear hold no secret.
type SavedRequest struct {
	ID        string
	AccountID string
	Name      string
	Method    string
	Path      string // as typed, without its query and with its secrets masked
	Sealed    Sealed
}

// Deleted is a deleted account or request that can be restored.
type Deleted struct {
	ID      string
	Account string // its name
	Request string // its name; "" for an account
	At      time.Time
}

// Label returns "old@edge", or "admin@edge: list users" for a request.
func (d *Deleted) Label() string {
	if d.Request == "" {
		return d.Account
	}
	return d.Account + ": " + d.Request
}

// RunRecord is a run of a request in the history. URL, headers and bodies are sealed.
type RunRecord struct {
	ID        string
	AccountID string
	As        string // the identity that sent it, such as anonymous; "": the account
	At        time.Time
	Name      string // of the request; "" for a typed one
	Method    string
	Path      string // the template of the path, secrets masked
	Target    string // where it was sent, secrets masked; SealedText if the vault is locked, "" if unknown
	Status    int    // 0: no answer
	Duration  time.Duration
	Size      int64
	Verdict   string // "", "passed", "failed", "interrupted"
	Sealed    Sealed
}

// RunQuery filters the history. A zero value does not filter.
type RunQuery struct {
	AccountID string
	Begin     string // the prefix of the ID
	Own       bool   // only runs that the accounts sent themselves
	Method    string
	Text      string // part of the name or path template
	Status    int
	Failed    bool // only runs that failed their expectation or were refused
	Since     time.Time
	Limit     int // 0: 100
}

// Errors of a Store.
var (
	// ErrNotFound reports that an account, request or run does not exist.
	ErrNotFound = errors.New("not found")
	// ErrNameTaken reports that another account has this name.
	ErrNameTaken = errors.New("an account with this name already exists")
	// ErrStale reports that the session changed since it was read; nothing was written.
	ErrStale = errors.New("the session was changed by another process")
)

// IgnoreNotFound returns nil for ErrNotFound, else err.
func IgnoreNotFound(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// IgnoreStale returns nil for ErrStale, else err.
func IgnoreStale(err error) error {
	if errors.Is(err, ErrStale) {
		return nil
	}
	return err
}

// Way is the source of the vault's key.
type Way string

// The ways.
const (
	WayKeyring    Way = "keyring"
	WayPassphrase Way = "passphrase"
	WayVariable   Way = "key variable"
	WayMemory     Way = "memory only"
)

// VaultState is the state of a vault.
type VaultState string

// The states of a vault.
const (
	VaultUnset  VaultState = "unset"  // a new store: a way must be chosen
	VaultLocked VaultState = "locked" // the key is not available
	VaultOpen   VaultState = "open"
)

// VaultStatus is the state of a vault with its way.
type VaultStatus struct {
	State  VaultState
	Way    Way    // "" while unset
	Reason string // why it is locked and what to do, in one sentence

	Recovered bool // opened by the recovery passphrase
}

// OpenedBy names what opened the vault.
func (s VaultStatus) OpenedBy() string {
	if s.Recovered {
		return "recovery passphrase"
	}
	return string(s.Way)
}

// Choice is a way offered for a new store.
type Choice struct {
	Way    Way
	Usable bool
	Why    string // its meaning, or why it cannot be used here
}

// Binding binds a sealed value to its owner, its name and its origins.
type Binding struct {
	AccountID string
	Name      string
	Origin    string
	Origins   []string
}

// ApprovalBinding returns the binding of the approval of a project file.
func ApprovalBinding(file string) Binding { return Binding{Name: "approval:" + file} }

// ErrVaultLocked reports that the key is not available. The vault's status has the reason.
var ErrVaultLocked = errors.New("the vault is locked")

// ErrWrongPassphrase reports that the passphrase does not open the vault.
var ErrWrongPassphrase = errors.New("wrong passphrase")

// ErrWrongRecovery is ErrWrongPassphrase for the recovery passphrase.
var ErrWrongRecovery = fmt.Errorf("%w: it is not the recovery passphrase", ErrWrongPassphrase)

// ErrSealDamaged reports that a box was changed or belongs to another binding.
var ErrSealDamaged = errors.New("a sealed value is damaged")

// OriginError reports that a secret was sealed for other origins than the account has now.
// The data is intact: the user decides.
type OriginError struct {
	Was     string   // the origin it was sealed for
	Is      string   // the account's origin now
	Widened []string // further origins that the user has not agreed to, or for less
}

func (e *OriginError) Error() string {
	if e.Was != e.Is {
		return "this secret belongs to " + secret.CleanLine(address.Show(e.Was)) + ", but the account now points to " +
			secret.CleanLine(address.Show(e.Is)) + "; enter it again"
	}
	return "the definition now sends more to other servers; edit the account and agree to it"
}

// Vault seals and opens secrets.
type Vault interface {
	Status(ctx context.Context) VaultStatus
	IsOpen() bool // like Status, without reading the store
	// Choices lists the ways to keep the key.
	Choices(ctx context.Context) []Choice
	// Choose makes the key. Only WayPassphrase uses the passphrase.
	Choose(ctx context.Context, way Way, passphrase secret.String) error
	// Unlock gets the key again, with the passphrase if the way is WayPassphrase.
	Unlock(ctx context.Context, passphrase secret.String) error
	Lock()
	// Move moves the key of an open vault to another way, or renews the same one.
	// ErrVaultLocked.
	Move(ctx context.Context, way Way, passphrase secret.String) error
	// Rewrap changes the passphrase. ErrWrongPassphrase.
	Rewrap(ctx context.Context, old, new secret.String) error
	// SetRecovery sets or replaces the recovery passphrase.
	SetRecovery(ctx context.Context, passphrase secret.String) error
	HasRecovery(ctx context.Context) (bool, error)
	// Rekey seals everything with a new data key. It returns the number of values that
	// the old key did not open, which stay unchanged. ErrVaultLocked, ErrWrongPassphrase.
	Rekey(ctx context.Context, o RekeyOptions) (left int, err error)
	// SealAll is Seal for several values. It checks only once that the key is still the
	// store's.
	SealAll(ctx context.Context, values ...Plain) ([]Sealed, error)
	Sealer
}

// Plain is a value to seal.
type Plain struct {
	Binding
	Text []byte
}

// RekeyOptions are the options of [Vault.Rekey].
type RekeyOptions struct {
	Passphrase     secret.String // of WayPassphrase
	Recovery       secret.String // the recovery passphrase, if there is one
	RemoveRecovery bool          // instead of Recovery
	Progress       func(done, total int)
}

// Sealer seals and opens values.
type Sealer interface {
	// Seal seals plain for b. ErrVaultLocked.
	Seal(b Binding, plain []byte) (Sealed, error)
	// Open opens a value sealed for b. ErrVaultLocked, ErrSealDamaged, or *OriginError if b
	// has origins that the value was not sealed for.
	Open(b Binding, s Sealed) ([]byte, error)
}

// OpenVault unlocks the vault if that needs no passphrase: from the keyring or the key
// variable. It returns the resulting status. It waits at most timeout for the keyring; 0
// means until ctx ends, for a user who answers the keyring's prompt.
func OpenVault(ctx context.Context, v Vault, timeout time.Duration) VaultStatus {
	status := v.Status(ctx)
	if status.State == VaultLocked && (status.Way == WayKeyring || status.Way == WayVariable) {
		wait := ctx
		if timeout > 0 {
			var cancel context.CancelFunc
			wait, cancel = context.WithTimeout(ctx, timeout)
			defer cancel()
		}
		_ = v.Unlock(wait, secret.String{}) // the status has the reason
		status = v.Status(ctx)
	}
	return status
}
