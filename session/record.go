package session

import (
	"errors"
	"maps"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Record is an account and its session as the store held them when it was read.
// It is the handle by which the engine is asked to act.
type Record struct {
	Account Account
	Session *Session  // nil: never logged in, or logged out
	Used    time.Time // the last login, request, copy or reveal, our clock; zero: never
	Failed  FailedLogin
	Notes   []string // what is worth knowing of the login that just ended, sanitised; not stored
}

// Label is what tells an account apart in a list of names.
type Label struct{ Name, Environment, Definition string }

// FailedLogin is the last login of an account if it failed and nothing was changed
// since. The zero value means that there is none.
type FailedLogin struct {
	At   time.Time // our clock
	Text string    // why, one sanitised line, or SealedText
}

// LoginFailed reports whether a login failed since the session began, if there is one.
func (r *Record) LoginFailed() bool {
	return r.Failed.Text != "" && (r.Session == nil || !r.Session.Started.After(r.Failed.At))
}

// ReasonSealed reports whether a text about the account's state was read without the key.
func (r *Record) ReasonSealed() bool {
	return r.Failed.Text == SealedText || r.Session != nil && r.Session.EndedReason == SealedText
}

// Dead reports whether there is no token to make a call with.
func (r *Record) Dead() bool { return r.Session.Primary() == nil || r.Session.Over() }

// StoredUnproven is what a login did that asked no server.
const StoredUnproven = "stored, not proven yet"

// Unproven reports whether no server has accepted the primary token so far.
func (r *Record) Unproven() bool {
	t := r.Session.Primary()
	return t != nil && !r.Dead() && t.Accepted.IsZero() && r.Session.Proven.IsZero()
}

// Lives reports whether the primary token lives for more than minTTL and is not
// due to be renewed, whatever can be done for the session.
func (r *Record) Lives(now time.Time, minTTL time.Duration) bool {
	left, known := r.Left(now)
	_, early := r.NotBefore(r.Session.Primary(), now)
	return !r.Dead() && !early && (!known || left > max(minTTL, r.Session.Primary().Margin()))
}

// Fraction is the part of the token's life that is left, from 0 to 1.
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

// Notice returns what to know about a session that still works: that the server
// rejected its token, and until when it works, where nothing can renew it any more;
// "" when there is nothing to say.
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

// worksUntil returns from when a session works that does not yet, or until when one
// does that nothing can renew any more.
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

// NeedsLogin returns the *NeedsLoginError of an account that only the person
// can log in.
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

// NotRenewable returns the *NeedsLoginError of a session that nothing can renew. A token
// that lives is valid to its end all the same.
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

// NotYetValid returns a *NotYetValidError if the token is valid only from a later time.
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

// ErrNeedsLogin: only the person can go on, by logging in.
var ErrNeedsLogin = errors.New("needs login")

// NeedsLoginError is ErrNeedsLogin with the account and the reason.
type NeedsLoginError struct {
	Account, Reason string
	Valid           string // how long the token is still valid, though nothing renews it: "until 15:04"; "": it is not
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

// ErrUnwritable: nothing can be stored, because the disk is full or read-only.
var ErrUnwritable = errors.New("nothing can be stored")

// UnrenewedError reports a session that was not renewed, because the result could not
// be stored: it is [ErrUnwritable]. Nothing was sent.
type UnrenewedError struct {
	Account string
	Reason  error
}

func (e *UnrenewedError) Error() string {
	return e.Account + " has to be renewed first, and was not, since its new tokens could not be stored: " + e.Reason.Error()
}

func (e *UnrenewedError) Unwrap() error { return e.Reason }

// NotYetValidError reports a token that the server accepts only from a later time, its
// nbf (RFC 7519, section 4.1.5).
type NotYetValidError struct {
	Account, Token string
	From           time.Time // our clock
	now            time.Time
}

func (e *NotYetValidError) Error() string {
	return e.Account + ": its " + TokenName(e.Token) + " is not valid before " + prose.Moment(e.From, e.now, time.Local)
}
