// Package flow runs a definition's flows: login, refresh, check and logout.
// It asks the person through a Prompter, captures tokens from answers, and
// says in one Failure what was refused, in whose words, and what to do next.
//
// Two clocks meet here. Whatever ends a token is the server's time; whatever
// tells the person when to come back is ours. The Date header of each answer
// yields the difference.
package flow

import (
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Subject is the account a flow runs for. It serves one flow at a time.
type Subject struct {
	Name       string // of the account, for a person; may be ""
	Definition *definition.Definition
	Login      string                   // variant; "" is the definition's first usable
	Attach     string                   // mode; "" is the definition's first usable
	Fields     map[string]any           // string, bool, int, int64, or secret.String
	Sources    map[string]Source        // fields that are read when something needs them, and kept for the run alone
	Answers    map[string]secret.String // to prompts, given beforehand
	Tokens     map[string]secret.String // what the session holds now, by capture name
	Lives      map[string]Life
	Changes    map[string]string // plain fields that the login changes in the account, by name
	Former     Person            // who an earlier login was of; zero: it is not known
	Shared     bool              // another account of the ring logs in there too
	Origins    session.Origins   // further origins the person agreed to
	AllowHTTP  bool
	Offset     time.Duration   // server clock minus ours, as last measured
	Connection Connection      // the account's own way to its servers
	Vars       map[string]any  // the value of .vars for requests outside the definition; nil: none
	Hide       []secret.String // further secrets that are masked in what is shown

	entered   bool // its secret fields were cleaned and checked
	redactors redactors
	memory    jq.Memory
}

// Enter takes a value for this run alone: of a field, or the answer to a prompt.
func (s *Subject) Enter(name string, value secret.String) {
	if slices.Contains(session.ConnectionSecrets(), name) {
		if s.Connection.Secrets == nil {
			s.Connection.Secrets = map[string]secret.String{}
		}
		s.Connection.Secrets[name] = value
		delete(s.Connection.Sources, name)
		return
	}
	login := s.Definition.Login(s.Login)
	if login == nil || login.Prompt(name) == nil {
		s.Fields[name] = value
		delete(s.Sources, name)
		return
	}
	if s.Answers == nil {
		s.Answers = map[string]secret.String{}
	}
	s.Answers[name] = value
}

// Connection is the way to the servers of a subject. Its secrets are no fields: no
// template reads them.
type Connection struct {
	session.Connection
	Secrets map[string]secret.String // by name, such as session.ConnectionKey
	Sources map[string]Source        // of those that lie elsewhere
	KeyFile string                   // path of the key, if it lies in a file
}

// Life describes when a token ends. Times are on the server's clock.
type Life struct {
	ExpiresAt time.Time // zero: unknown
	Source    string    // the expression, or "exp", "expires_in", "Max-Age" or "Expires"
	Idle      time.Duration
	Token     bool               // described as a token, attached, or spent by a refresh or logout
	Cookie    answer.CookieScope // of the cookie that it is the value of; zero: none
}

// Result is a flow that went through.
type Result struct {
	Values      map[string]secret.String // every capture at the end, by name
	Lives       map[string]Life          // for each of Values
	Person      Person                   // who the login or refresh was of; zero: it is not known
	API         string                   // login, refresh: the address of the API, where the definition has it from a login
	Notes       []string                 // login, logout: what is worth knowing of it, sanitised
	Changed     []string                 // names whose values or ends are new, sorted
	Received    time.Time                // our clock, of the last answer
	Offset      time.Duration            // server clock minus ours; the subject's where none was measured
	HasOffset   bool                     // an answer of this flow gave Offset
	Alive       bool                     // check: the session was proven; logout: always false
	AlreadyDead bool                     // logout: the session was dead before
	Ended       []string                 // logout: captures that its requests sent and the server took
	Refused     []string                 // logout: captures that the server knows as dead
	Status      int                      // of the last answer; 0 when a flow made no call
	Message     string                   // the server's words, sanitised; may be empty
}

// Answer is a request's answer with its meaning.
type Answer struct {
	Sent     *transport.Request       // what went out, credentials in it
	Call     string                   // Sent for a person; see session.CallText
	Response *transport.Response      // raw; what is shown or kept goes through Redact
	Redact   *secret.Redactor         // knows the account's credentials, those just captured too
	Scope    jq.Scope                 // how jq sees the answer, as it came
	Kind     session.OutcomeKind      // "" when no outcome matched and the check, if it is its call, does not say no
	Carried  bool                     // the request carried the attached token, to the end
	Checked  bool                     // the request is the check's own call, so that its answer is the check's result
	Accepted bool                     // it shows that the server accepted that token
	Message  string                   // the server's words, sanitised
	Retry    time.Time                // of a refusal: when the server lets us come back, our clock; zero: it does not say
	Values   map[string]secret.String // captured on each answer; nil: none
	Lives    map[string]Life
	Changed  []string
}
