package session

import (
	"errors"
	"maps"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Record is an account and its session, as last read from the store. The engine takes it as
// the handle of an account.
type Record struct {
	Account Account
	Session *Session  // nil: never logged in, or logged out
	Used    time.Time // the last login, request, copy or reveal, our clock; zero: never
	Failed  FailedLogin
	Notes   []string // notes on the login that just ended, sanitised; not stored
	Changed bool     // something other than tokenring changed it, as last compared; false in a record from the store, and while the vault is locked
	Listed  bool     // of a Follower, which has compared it and keeps no Seal: it is read again to compare it
}

// Label identifies an account in a list of names.
type Label struct{ Name, Environment, Definition string }

// FailedLogin is the last login of an account if it failed and the account has not changed
// since. The zero value means none.
type FailedLogin struct {
	At   time.Time // our clock
	Text string    // the reason in one sanitised line, or SealedText
}

// LoginFailed reports whether a login failed since the session began.
func (r *Record) LoginFailed() bool {
	return r.Failed.Text != "" && (r.Session == nil || !r.Session.Started.After(r.Failed.At))
}

// ReasonSealed reports whether a text about the account's state was read without the key.
func (r *Record) ReasonSealed() bool {
	return r.Failed.Text == SealedText || r.Session != nil && r.Session.EndedReason == SealedText
}

// Dead reports whether no token can be used.
func (r *Record) Dead() bool { return r.Session.Primary() == nil || r.Session.Over() }

// StoredUnproven describes a login that made no call.
const StoredUnproven = "stored, not proven yet"

// Unproven reports whether no server has accepted the primary token so far.
func (r *Record) Unproven() bool {
	t := r.Session.Primary()
	return t != nil && !r.Dead() && t.Accepted.IsZero() && r.Session.Proven.IsZero()
}

// Lives reports whether the primary token is valid for more than minTTL and not yet due for
// renewal.
func (r *Record) Lives(now time.Time, minTTL time.Duration) bool {
	left, known := r.Left(now)
	_, early := r.NotBefore(r.Session.Primary(), now)
	return !r.Dead() && !early && (!known || left > max(minTTL, r.Session.Primary().Margin()))
}

// Fraction returns the remaining part of the token's life, from 0 to 1.
func (r *Record) Fraction(t *TokenInfo, now time.Time) (float64, bool) {
	left, ok := r.TokenLeft(t, now)
	if !ok {
		return 0, false
	}
	life := t.life()
	if life <= 0 {
		return 0, true
	}
	return min(1, max(0, float64(left)/float64(life))), true
}

// Notice returns a warning about a session that still works, or "": the server rejected its
// token, or nothing can renew it.
func (r *Record) Notice(now time.Time, zone *time.Location) string {
	if left, known := r.Left(now); r.Dead() || known && left <= 0 {
		return ""
	}
	rejected, until := r.Session.Rejection.Text(now, zone), r.worksUntil(now, zone)
	if rejected == "" || until == "" {
		return rejected + until
	}
	return rejected + "; " + until
}

// worksUntil returns when a session becomes valid, or until when it is valid if nothing can
// renew it.
func (r *Record) worksUntil(now time.Time, zone *time.Location) string {
	from, early := r.NotBefore(r.Session.Primary(), now)
	end, known := r.End(r.Session.Primary(), now)
	switch {
	case early:
		return "not valid before " + prose.Moment(from, now, zone)
	case !r.Session.Final():
		return ""
	case !known:
		return "cannot be renewed: log in when the server refuses the token"
	}
	until := prose.Moment(end, now, zone)
	if r.Session.Primary().AtLeast() {
		until = "at least " + until
	}
	return "valid until " + until + ", cannot be renewed: log in by then"
}

// NeedsLogin returns the *NeedsLoginError of an account that only the user can log in.
func (r *Record) NeedsLogin() error {
	reason := "nothing can renew this session"
	switch {
	case r.Session == nil:
		reason = "it has no session"
	case r.Session.Final():
		reason = strings.TrimSuffix(r.Session.EndedReason, ".")
	}
	return &NeedsLoginError{Account: r.Account.Name, Reason: reason}
}

// NotRenewable returns the *NeedsLoginError of a session that nothing can renew. If its
// token is still valid, the error tells how long.
func (r *Record) NotRenewable(now time.Time) error {
	e := r.NeedsLogin().(*NeedsLoginError) //nolint:errorlint // made there
	left, known := r.Left(now)
	switch end, _ := r.End(r.Session.Primary(), now); {
	case r.Dead() || known && left <= 0:
		return e
	case !known:
		e.Valid = "until the server refuses it"
	case r.Session.Primary().AtLeast():
		e.Valid = "at least until " + prose.Moment(end, now, time.Local)
	default:
		e.Valid = "until " + prose.Moment(end, now, time.Local)
	}
	if !r.Session.Final() {
		e.Reason = ""
	}
	return e
}

// NotYetValid returns a *NotYetValidError if the token is not valid yet.
func (r *Record) NotYetValid(t *TokenInfo, now time.Time) error {
	if from, early := r.NotBefore(t, now); early {
		return &NotYetValidError{Account: r.Account.Name, Token: t.Name, From: from, now: now}
	}
	return nil
}

// SameIdentity reports whether a session of the account old still belongs to a.
func (a *Account) SameIdentity(old *Account) bool {
	return a.Origin == old.Origin && a.Definition == old.Definition && a.Login == old.Login && maps.Equal(a.Values, old.Values)
}

// ErrNeedsLogin reports that the user must log in.
var ErrNeedsLogin = errors.New("needs login")

// NeedsLoginError is ErrNeedsLogin with the account and the reason.
type NeedsLoginError struct {
	Account, Reason string
	Valid           string // how long the token is still valid: "until 15:04"; "": it is not
}

func (e *NeedsLoginError) Error() string {
	text := e.Account + " needs a login"
	if e.Valid != "" {
		text = e.Account + " cannot be renewed"
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Valid != "" {
		text += "; its token is valid " + e.Valid
	}
	return text
}

// Is makes the error an ErrNeedsLogin.
func (e *NeedsLoginError) Is(target error) bool { return target == ErrNeedsLogin }

// ErrUnwritable reports that nothing can be stored: the disk is full or read-only.
var ErrUnwritable = errors.New("nothing can be stored")

// UnrenewedError reports that a session was not renewed, or not used, because new tokens could
// not be stored. It wraps [ErrUnwritable]. Nothing was sent.
type UnrenewedError struct {
	Account string
	Call    bool // every answer may bring new tokens
	Reason  error
}

func (e *UnrenewedError) Error() string {
	if e.Call {
		return e.Account + " may get new tokens with every answer, which could not be stored: " + e.Reason.Error()
	}
	return e.Account + " must be renewed first, but its new tokens could not be stored: " + e.Reason.Error()
}

func (e *UnrenewedError) Unwrap() error { return e.Reason }

// NotYetValidError reports a token before its nbf (RFC 7519, section 4.1.5).
type NotYetValidError struct {
	Account, Token string
	From           time.Time // our clock
	now            time.Time
}

func (e *NotYetValidError) Error() string {
	return e.Account + ": its " + TokenName(e.Token) + " is not valid before " + prose.Moment(e.From, e.now, time.Local)
}
