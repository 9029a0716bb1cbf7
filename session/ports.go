package session

import (
	"context"
	"errors"
	"time"

	"tokenring/session/address"
	"tokenring/session/secret"
)

// Names of sealed values begin with what they are.
const (
	FieldPrefix = "field:"
	TokenPrefix = "token:"

	// IdentityName is of who the account's last login was of. It outlives the session.
	IdentityName = "identity:person"
)

// Sealed is a secret as the store keeps it. Origin and Origins stand in
// clear and are authenticated with Box.
type Sealed struct {
	Name    string // "field:password", "token:access", IdentityName, "run:ID", "request:ID"
	Origin  string
	Origins []string // sorted
	Box     []byte
}

// Event is one line of an account's activity. It holds no secret.
type Event struct {
	ID        int64
	AccountID string
	At        time.Time
	Kind      EventKind
	OK        bool
	Text      string // one sanitised line, sealed in the store; "" if the vault was locked
}

// KeptClaims is what the tokens of one session said, without the tokens.
type KeptClaims struct {
	AccountID string
	At        time.Time // when the session began or was renewed, our clock
	Text      string    // of token.Keep, sealed in the store; SealedText or DamagedText if it does not open
}

// DamagedText is shown for a sealed text that the open vault cannot read.
const DamagedText = "damaged: it cannot be read any more"

// SealedText is shown for a text that the locked vault seals.
const SealedText = "sealed; unlock the vault to read it"

// EventKind says what happened.
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

// SavedRequest is a test request a person saved with an account. It is sealed as a
// whole; what is in clear holds no secret.
type SavedRequest struct {
	ID        string
	AccountID string
	Name      string
	Method    string
	Path      string // as typed, without its query and with its secrets masked
	Sealed    Sealed
	Updated   time.Time
}

// Deleted is an account or a request that was deleted and can be restored.
type Deleted struct {
	ID      string
	Account string // its name
	Request string // its name; "" for an account
	At      time.Time
}

// Label names it: "old@edge", or "admin@edge: list users" for a request.
func (d *Deleted) Label() string {
	if d.Request == "" {
		return d.Account
	}
	return d.Account + ": " + d.Request
}

// RunRecord is one firing of a request in the history. URL, headers and bodies
// are sealed.
type RunRecord struct {
	ID        string
	AccountID string
	As        string // who sent it in place of the account, such as anonymous; "": the account
	At        time.Time
	Name      string // of the request; "" for a typed one
	Method    string
	Path      string // template of the path, values not filled in and secrets masked
	Target    string // where it was sent, secrets masked; SealedText if the vault is locked, "" if unknown
	Status    int    // 0: no answer
	Duration  time.Duration
	Size      int64
	Verdict   string // "", "passed", "failed"
	Sealed    Sealed
}

// RunQuery narrows the history. Zero values do not narrow.
type RunQuery struct {
	AccountID string
	Begin     string // of the ID
	Own       bool   // only what the accounts sent themselves
	Method    string
	Text      string // part of the name or path template
	Status    int
	Failed    bool // only what was not as expected, or refused
	Since     time.Time
	Limit     int // 0: 100
}

// Errors of a Store.
var (
	// ErrNotFound: there is no such account, request or run.
	ErrNotFound = errors.New("not found")
	// ErrNameTaken: another account has this name.
	ErrNameTaken = errors.New("an account of this name exists")
	// ErrStale: the session changed since it was read; nothing was written.
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

// Way is where the vault's key comes from.
type Way string

// The ways.
const (
	WayKeyring    Way = "keyring"
	WayPassphrase Way = "passphrase"
	WayVariable   Way = "key variable"
	WayMemory     Way = "memory only"
)

// VaultState says whether secrets can be sealed and opened.
type VaultState string

// The states of a vault.
const (
	VaultUnset  VaultState = "unset"  // a new store: a way must be chosen
	VaultLocked VaultState = "locked" // the key is not at hand
	VaultOpen   VaultState = "open"
)

// VaultStatus is the state of a vault.
type VaultStatus struct {
	State  VaultState
	Way    Way    // in force; "" while unset
	Reason string // why it is locked and what to do, in one sentence

	Recovered bool // the recovery passphrase opened it, not its way
}

// OpenedBy says what opened the vault.
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
	Why    string // what it means, or why it cannot be used here
}

// Binding identifies the owner of a sealed value.
type Binding struct {
	AccountID string
	Name      string
	Origin    string
	Origins   []string
}

// ApprovalBinding returns the owner of the approval of a project file.
func ApprovalBinding(file string) Binding { return Binding{Name: "approval:" + file} }

// ErrVaultLocked: the key is not at hand. The vault's status says why.
var ErrVaultLocked = errors.New("the vault is locked")

// WrongRecoveryError is an ErrWrongPassphrase for the recovery passphrase.
type WrongRecoveryError struct{}

func (WrongRecoveryError) Error() string {
	return "wrong passphrase: it is not the recovery passphrase"
}

// Unwrap returns ErrWrongPassphrase.
func (WrongRecoveryError) Unwrap() error { return ErrWrongPassphrase }

// ErrWrongPassphrase: the passphrase does not open the vault.
var ErrWrongPassphrase = errors.New("wrong passphrase")

// ErrSealDamaged: the box was changed or belongs to something else.
var ErrSealDamaged = errors.New("a sealed value is damaged")

// OriginError says that a secret was sealed for other origins than the
// account has now. The data is intact: the person decides.
type OriginError struct {
	Was     string   // the origin it was sealed for
	Is      string   // the account's origin now
	Widened []string // further origins that were not agreed to
}

func (e *OriginError) Error() string {
	if e.Was != e.Is {
		return "this secret belongs to " + secret.CleanLine(address.Show(e.Was)) + " and the account now points to " +
			secret.CleanLine(address.Show(e.Is)) + "; enter it again"
	}
	return "the definition now also calls other hosts; agree to them first"
}

// Vault seals and opens secrets.
type Vault interface {
	Status(ctx context.Context) VaultStatus
	IsOpen() bool // as Status says, without a look into the store
	// Choices lists the ways to keep the key.
	Choices(ctx context.Context) []Choice
	// Choose makes the key. passphrase is used by WayPassphrase only.
	Choose(ctx context.Context, way Way, passphrase secret.String) error
	// Unlock gets the key again: from the keyring, or with the passphrase.
	Unlock(ctx context.Context, passphrase secret.String) error
	Lock()
	// Move keeps the key of an open vault in another way, or in the same way again.
	// ErrVaultLocked.
	Move(ctx context.Context, way Way, passphrase secret.String) error
	// Rewrap changes the passphrase. ErrWrongPassphrase.
	Rewrap(ctx context.Context, old, new secret.String) error
	// SetRecovery adds a second passphrase in the place of an earlier one.
	SetRecovery(ctx context.Context, passphrase secret.String) error
	HasRecovery(ctx context.Context) (bool, error)
	// Rekey seals everything with a new data key. It returns the number of values that
	// the old key did not open, which stay as they are. ErrVaultLocked,
	// ErrWrongPassphrase.
	Rekey(ctx context.Context, o RekeyOptions) (left int, err error)
	// SealAll is Seal for several values. The store is asked once whether the key is
	// still its own.
	SealAll(values ...Plain) ([]Sealed, error)
	Sealer
}

// Plain is a value to be sealed.
type Plain struct {
	Binding
	Text []byte
}

// RekeyOptions hold what a change of the data key needs beside the open vault.
type RekeyOptions struct {
	Passphrase     secret.String // of WayPassphrase
	Recovery       secret.String // the recovery passphrase, if there is one
	RemoveRecovery bool          // instead
	Progress       func(done, total int)
}

// Sealer seals and opens values.
type Sealer interface {
	// Seal seals plain for b. ErrVaultLocked.
	Seal(b Binding, plain []byte) (Sealed, error)
	// Open opens a value sealed for b. ErrVaultLocked, *OriginError when the
	// origins differ (a narrowed list opens), ErrSealDamaged.
	Open(b Binding, s Sealed) ([]byte, error)
}

// OpenVault gets the key where that needs no passphrase: from the keyring or the key
// variable. It returns the state of the vault after that. It waits for the keyring at most
// for a time; 0 is until ctx ends, for a person who answers its prompt.
func OpenVault(ctx context.Context, v Vault, most time.Duration) VaultStatus {
	status := v.Status(ctx)
	if status.State == VaultLocked && (status.Way == WayKeyring || status.Way == WayVariable) {
		wait := ctx
		if most > 0 {
			var cancel context.CancelFunc
			wait, cancel = context.WithTimeout(ctx, most)
			defer cancel()
		}
		_ = v.Unlock(wait, secret.String{}) // the status says why it could not
		status = v.Status(ctx)
	}
	return status
}
