package session

import (
	"strconv"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Flow is a flow of a definition, or FlowRequest for any other call.
type Flow string

// The flows.
const (
	FlowLogin   Flow = "login"
	FlowRefresh Flow = "refresh"
	FlowCheck   Flow = "check"
	FlowLogout  Flow = "logout"
	FlowRequest Flow = "request"
)

// OutcomeKind is the meaning of an answer or of a failure.
type OutcomeKind string

// The kinds of outcomes that a definition can declare.
const (
	BadCredentials OutcomeKind = "bad_credentials"
	Locked         OutcomeKind = "locked"
	Disabled       OutcomeKind = "disabled"
	Unconfirmed    OutcomeKind = "unconfirmed"
	RateLimited    OutcomeKind = "rate_limited"
	TokenRejected  OutcomeKind = "token_rejected"
	Forbidden      OutcomeKind = "forbidden"
	BadConfig      OutcomeKind = "bad_config"
	AuthDisabled   OutcomeKind = "auth_disabled"
	Challenge      OutcomeKind = "challenge"
	Unavailable    OutcomeKind = "unavailable"
)

// The kinds that only the engine reports. A failed call has NoAnswer and wraps the
// *transport.Error.
const (
	NeedsPerson   OutcomeKind = "needs_person"   // a prompt without a person to answer it
	Declined      OutcomeKind = "declined"       // the person said no
	Incomplete    OutcomeKind = "incomplete"     // a required capture was not in the answer
	Unexpected    OutcomeKind = "unexpected"     // no outcome explains the status
	NotJSON       OutcomeKind = "not_json"       // a capture needed JSON and got something else
	TooLarge      OutcomeKind = "too_large"      // the answer was cut
	WrongToken    OutcomeKind = "wrong_token"    // a token's expect did not hold
	ExpiredToken  OutcomeKind = "expired_token"  // the token of a login or refresh had already expired
	BadDefinition OutcomeKind = "bad_definition" // an expression or template failed
	Unsupported   OutcomeKind = "unsupported"    // the definition has no such flow
	Unreadable    OutcomeKind = "unreadable"     // a secret could not be read from its source
	NoAnswer      OutcomeKind = "transport"
)

// Failure is the error of a flow. Its text is one sanitised sentence without secrets.
type Failure struct {
	Flow    Flow
	Kind    OutcomeKind
	Step    int
	Of      int
	Call    string    // "POST https://host/path", with nothing secret filled in
	Status  int       // 0: no answer
	Message string    // the server's words, sanitised and redacted
	Detail  string    // missing captures, and what the server sent instead
	Meaning string    // one sentence
	Next    string    // what to do next, one sentence
	At      time.Time // of the answer, our clock; zero: none
	Retry   time.Time // when to try again, our clock; zero: unknown
	Expr    string    // the jq of the definition that failed or found nothing; or ""
	Field   string    // the field or part of the connection at fault; or ""
	Err     error     // the cause, for errors.Is and errors.As
}

// Error returns the flow, the meaning and the server's words in one sentence.
func (f *Failure) Error() string {
	var b strings.Builder
	b.WriteString(string(f.Flow))
	b.WriteString(" failed: ")
	b.WriteString(f.Meaning)
	if f.Status != 0 {
		b.WriteString(" (status " + strconv.Itoa(f.Status) + ")")
	}
	if f.Message != "" {
		b.WriteString(": " + f.Message)
	}
	if f.Detail != "" {
		b.WriteString("; " + f.Detail)
	}
	return Clip(b.String())
}

// AsksForToken reports whether a login failed because the token that the user entered has
// expired or was rejected.
func (f *Failure) AsksForToken() bool { return f.Kind == ExpiredToken || f.Kind == TokenRejected }

// Remedy returns what to do next in one sentence: when to try again if the server says so,
// or Next.
func (f *Failure) Remedy(zone *time.Location) string {
	if again := TryAgain(f.Retry, f.At, zone); again != "" {
		return again
	}
	return f.Next
}

// TryAgain returns a sentence with the time when to try again, or "" if it is not after at.
func TryAgain(when, at time.Time, zone *time.Location) string {
	if !when.After(at) {
		return ""
	}
	return "try again at " + prose.Second(when, at, zone)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// MaxMessage bounds a text from a server, in runes.
const MaxMessage = 300

// Clip cuts a text to MaxMessage.
func Clip(s string) string { return prose.Clip(s, MaxMessage) }
