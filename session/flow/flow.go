// Package flow runs the flows of a definition: login, refresh, check and logout. It asks the
// user through a Prompter, captures tokens from answers, and returns a Failure with the meaning
// of a refusal, the server's words and the next step.
//
// The end of a token is on the server's clock; the time to try again is on ours. The Date header
// of each answer yields the difference.
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
	Name       string // of the account, for display; may be ""
	Definition *definition.Definition
	Login      string                   // variant; "" is the definition's first usable
	Attach     string                   // mode; "" is the definition's first usable
	Fields     map[string]any           // string, bool, int, int64, or secret.String
	Sources    map[string]Source        // fields that are read when needed, and only for this run
	Answers    map[string]secret.String // to prompts, given in advance
	Tokens     map[string]secret.String // the values of the session, by capture name
	Lives      map[string]Life
	Changes    map[string]string // plain fields that the login changes in the account, by name
	Former     Person            // of an earlier login; zero: unknown
	Shared     bool              // another account of the ring logs in there too
	Origins    session.Origins   // further origins the user agreed to
	AllowHTTP  bool
	Offset     time.Duration // server clock minus ours, as last measured
	Connection Connection    // the account's own way to its servers

	entered   bool // its secret fields were cleaned and checked
	redactors redactors
}

// Enter sets a field, or the answer to a prompt, for this run only.
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

// Connection is the connection of a subject with its secrets, which templates cannot read.
type Connection struct {
	session.Connection
	Secrets map[string]secret.String // by name, such as session.ConnectionKey
	Sources map[string]Source        // of secrets that are stored elsewhere
	KeyFile string                   // the path of the key if it is a file
}

// Life describes when a token ends. Times are on the server's clock.
type Life struct {
	ExpiresAt time.Time // zero: unknown
	Source    string    // the expression, or "exp", "expires_in", "Max-Age" or "Expires"
	Idle      time.Duration
	Token     bool               // described as a token, attached, or spent by a refresh or logout
	Cookie    answer.CookieScope // of the cookie whose value it is; zero: none
}

// Result is the result of a flow that succeeded.
type Result struct {
	Values      map[string]secret.String // every capture at the end, by name
	Lives       map[string]Life          // for each of Values
	Person      Person                   // of the login or refresh; zero: unknown
	API         string                   // login, refresh: the address of the API, where the definition has it from a login
	Notes       []string                 // notes for the user, sanitised
	Changed     []string                 // names whose values or ends are new, sorted
	Received    time.Time                // our clock, of the last answer
	Offset      time.Duration            // server clock minus ours; the subject's if none was measured
	HasOffset   bool                     // an answer of this flow gave Offset
	Alive       bool                     // check: the session was proven; logout: always false
	AlreadyDead bool                     // logout: the session was dead before
	Ended       []string                 // logout: captures that its requests sent and the server took
	Refused     []string                 // logout: captures that the server reported as dead
	Status      int                      // of the last answer; 0: no call was made
}

// Answer is a request's answer with its meaning.
type Answer struct {
	Sent     *transport.Request       // including credentials
	Call     string                   // see session.CallText
	Response *transport.Response      // unmasked; apply Redact before showing or storing it
	Redact   *secret.Redactor         // knows the account's credentials, including new ones
	Scope    jq.Scope                 // of the unmasked answer
	Account  jq.Scope                 // what else expectations read, besides .vars: plain fields, and captures that are not tokens; not to be changed
	Kind     session.OutcomeKind      // ""; no outcome matched, and it is not a failed check
	Carried  bool                     // the request carried the attached token, also after redirects
	Checked  bool                     // the request is the check's own call, so the answer is the check's result
	Accepted bool                     // the answer proves that the server accepted the token
	Message  string                   // of a refusal: the server's words, sanitised
	Retry    time.Time                // of a refusal: when to try again, our clock; zero: unknown
	Values   map[string]secret.String // captured by each_answer; nil: none
	Lives    map[string]Life
	Changed  []string
	Unkept   error // why a value of each_answer was not captured: it cannot be sent; or nil
}
