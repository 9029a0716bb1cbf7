package session

import (
	"strconv"
	"strings"
	"time"

	"tokenring/session/prose"
)

// Flow names the flows of a definition, and FlowRequest for everything else.
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

// The kinds of outcomes that a definition may name.
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

// The kinds that only the engine names. A failed exchange has NoAnswer and
// wraps the *transport.Error.
const (
	NeedsPerson   OutcomeKind = "needs_person"   // a prompt without a person to answer it
	Declined      OutcomeKind = "declined"       // the person said no
	Incomplete    OutcomeKind = "incomplete"     // a required capture was not in the answer
	Unexpected    OutcomeKind = "unexpected"     // a status no outcome explains
	NotJSON       OutcomeKind = "not_json"       // a capture needed JSON and got something else
	TooLarge      OutcomeKind = "too_large"      // the answer was cut
	WrongToken    OutcomeKind = "wrong_token"    // a token's expect did not hold
	ExpiredToken  OutcomeKind = "expired_token"  // the token that a login or refresh brought has already expired
	BadDefinition OutcomeKind = "bad_definition" // an expression or template failed
	Unsupported   OutcomeKind = "unsupported"    // the definition has no such flow
	Unreadable    OutcomeKind = "unreadable"     // a secret could not be read from its source
	NoAnswer      OutcomeKind = "transport"
)

// Failure is a flow that did not succeed. Its text is one sanitised sentence
// without secrets.
type Failure struct {
	Flow    Flow
	Kind    OutcomeKind
	Step    int
	Of      int
	Call    string    // "POST https://host/path", with nothing secret filled in
	Status  int       // 0: no answer
	Message string    // the server's words, sanitised and redacted
	Detail  string    // what was found instead: captures missing, what the server did send
	Meaning string    // what it means, one sentence
	Next    string    // what to do next, one sentence
	At      time.Time // of the answer, our clock; zero: there was none
	Retry   time.Time // when to come back, our clock; zero: unknown
	Expr    string    // the jq of the definition that failed or found nothing; "" when none did
	Err     error     // the cause, for errors.Is and errors.As
}

// Error names the flow, its meaning, and what the server said or sent, in one
// sentence.
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

// AsksForToken reports a login that failed because of the token that a person entered:
// it has expired, or the server does not accept it.
func (f *Failure) AsksForToken() bool { return f.Kind == ExpiredToken || f.Kind == TokenRejected }

// Remedy says what to do next, in one sentence: when to come back where the server
// says so, or else Next.
func (f *Failure) Remedy(zone *time.Location) string {
	if again := TryAgain(f.Retry, f.At, zone); again != "" {
		return again
	}
	return f.Next
}

// TryAgain says when to come back; "" where that is not known or not after at.
func TryAgain(when, at time.Time, zone *time.Location) string {
	if !when.After(at) {
		return ""
	}
	return "try again at " + prose.Second(when, at, zone)
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// MaxMessage is the longest text of a server that is passed on, in runes.
const MaxMessage = 300

// Clip cuts a text to MaxMessage.
func Clip(s string) string { return prose.Clip(s, MaxMessage) }
