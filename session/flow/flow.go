// Package flow runs a definition's flows: login, refresh, check and logout.
// It asks the person through a Prompter, captures tokens from answers, and
// says in one Failure what was refused, in whose words, and what to do next.
//
// Two clocks meet here. Whatever ends a token is the server's time; whatever
// tells the person when to come back is ours. The Date header of each answer
// gives the difference.
package flow

import (
	"context"
	"time"

	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Subject is the account a flow runs for. It serves one flow at a time.
type Subject struct {
	Definition *definition.Definition
	Login      string                   // variant; "" is the definition's first usable
	Attach     string                   // mode; "" is the definition's first usable
	Fields     map[string]any           // string, bool, int, int64, or secret.String
	Sources    map[string]Source        // fields that are read when something needs them, and kept for the run alone
	Tokens     map[string]secret.String // what the session holds now, by capture name
	Lives      map[string]Life
	Origins    []transport.Origin // further origins the person agreed to
	AllowHTTP  bool
	Offset     time.Duration   // server clock minus ours, as last measured
	Vars       map[string]any  // what .vars gives to requests that are not the definition's; nil: there is none
	Hide       []secret.String // further secrets that are masked in what is shown

	masks masks
}

// Life is what is known of one token's end. Times are the server's.
type Life struct {
	ExpiresAt time.Time // zero: unknown
	Source    string    // the expression, or "exp" or "expires_in"
	Idle      time.Duration
	Token     bool // described as a token, attached, or spent by a refresh or logout
}

// Question asks the person for one value.
type Question struct {
	Name, Label, Help string
	Secret            bool
}

// Notice puts something before the person while a flow goes on.
type Notice struct {
	Text, URL, Code string
}

// Prompter is the person. A nil Prompter means that nobody is there: a flow
// that needs one ends with a Failure of kind NeedsPerson.
type Prompter interface {
	// Ask returns the answer, or an error when the person declined.
	Ask(ctx context.Context, q Question) (secret.String, error)
	// Show returns at once; the notice stands until the flow ends.
	Show(ctx context.Context, n Notice) error
}

// Progress is told before each step, and while one waits.
type Progress func(Step)

// Step is where a flow stands.
type Step struct {
	Flow  definition.Flow
	Index int // from 1
	Of    int
	Text  string // what is being done: the step's name, or "POST /login"
}

// Result is a flow that went through.
type Result struct {
	Values    map[string]secret.String // every capture at the end, by name
	Lives     map[string]Life          // for each of Values
	Changed   []string                 // names whose values or ends are new, sorted
	Received  time.Time                // our clock, of the last answer
	Offset    time.Duration            // server clock minus ours; the subject's where none was measured
	HasOffset bool                     // an answer of this flow gave Offset
	Alive     bool                     // check: the session was proven; logout: always false
	Gone      bool                     // logout: the session was already dead
	Status    int                      // of the last answer; 0 when a flow made no call
	Message   string                   // the server's words, sanitised; may be empty
}

// Answer is a request's answer with its meaning.
type Answer struct {
	Sent     *transport.Request       // what went out, credentials in it
	Response *transport.Response      // raw; what is shown or kept goes through Redact
	Redact   *secret.Redactor         // knows the account's credentials, those just captured too
	Scope    jq.Scope                 // how jq sees the answer, as it came
	Kind     definition.Kind          // "" when no outcome matched
	Message  string                   // the server's words, sanitised
	Retry    time.Time                // when the server lets us come back; our clock
	Values   map[string]secret.String // captured on each answer; nil: none
	Lives    map[string]Life
	Changed  []string
}

// Kinds of failures beyond the outcomes a definition names. A failed exchange
// has KindTransport and wraps the *transport.Error.
const (
	NeedsPerson   definition.Kind = "needs_person"   // a prompt, and nobody there
	Declined      definition.Kind = "declined"       // the person said no
	Incomplete    definition.Kind = "incomplete"     // a required capture was not in the answer
	Unexpected    definition.Kind = "unexpected"     // a status no outcome explains
	NotJSON       definition.Kind = "not_json"       // a capture needed JSON and got something else
	TooLarge      definition.Kind = "too_large"      // the answer was cut
	WrongToken    definition.Kind = "wrong_token"    // a token's expect did not hold
	BadDefinition definition.Kind = "bad_definition" // an expression or template failed
	Unsupported   definition.Kind = "unsupported"    // the definition has no such flow
	Unreadable    definition.Kind = "unreadable"     // a secret could not be read from its Source
	KindTransport definition.Kind = "transport"
)

// Failure is a flow that did not go through. Its text is one sanitised
// sentence without secrets.
type Failure struct {
	Flow    definition.Flow
	Kind    definition.Kind
	Step    int
	Of      int
	Call    string    // "POST https://host/path", with nothing secret filled in
	Status  int       // 0: no answer
	Message string    // the server's words, sanitised and redacted
	Detail  string    // what was found instead: captures missing, what the server did send
	Meaning string    // what it means, one sentence
	Next    string    // what to do next, one sentence
	Retry   time.Time // when to come back; zero: unknown
	Expr    string    // the jq of the definition that failed or found nothing; "" when none did
	Err     error     // the cause, for errors.Is and errors.As

	// Brought is what the answers of a refresh or check brought before it
	// failed: the server may have replaced what the session held, and who does
	// not keep it has lost the session. Nil: nothing.
	Brought *Result
}
