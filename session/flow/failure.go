package flow

import (
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// failure makes a Failure of the step where the run stands.
func (x *run) failure(kind session.OutcomeKind, detail string) *session.Failure {
	f := &session.Failure{
		Flow: x.flow, Kind: kind, Step: x.step, Of: x.of,
		Call: x.clean(x.said), Detail: x.clean(detail),
	}
	if x.here != nil {
		f.Status = x.here.Status
	}
	f.Meaning, f.Next = Explain(kind)
	return f
}

func (x *run) cancelled(err error) error {
	x.here = nil
	f := x.failure(session.NoAnswer, "")
	f.Meaning, f.Next, f.Err = "it was cancelled", "start it again when you want it", err
	if errors.Is(err, context.DeadlineExceeded) {
		f.Meaning, f.Next = "it took too long", "try again"
	}
	return f
}

// unanswered makes a Failure of an exchange without an answer.
func (x *run) unanswered(err error) error {
	f := x.failure(session.NoAnswer, "")
	f.Err = err
	var e *transport.Error
	if errors.As(err, &e) {
		f.Meaning, f.Next = x.clean(e.Text), e.Hint
	}
	return f
}

// broken makes a Failure of an expression or template that failed.
func (x *run) broken(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return x.cancelled(err)
	}
	detail := reason(err)
	var tree *jq.TreeError
	var eval *jq.EvalError
	switch {
	case errors.As(err, &tree):
		detail = tree.Error()
	case errors.As(err, &eval):
		detail = eval.Error()
	}
	f := x.failure(session.BadDefinition, detail)
	if f.Err = err; x.flow == session.FlowRequest {
		f.Meaning, f.Next = "an expression of the request failed", "mend the request, or check the values it reads"
	}
	if errors.As(err, &eval) {
		f.Expr = eval.Source
	}
	return f
}

// Explain says what a kind of outcome or failure means and what to do next,
// one sentence each.
func Explain(kind session.OutcomeKind) (meaning, next string) {
	e, ok := explanations[kind]
	if !ok {
		return string(kind), "read what the server said"
	}
	return e[0], e[1]
}

var explanations = map[session.OutcomeKind][2]string{
	session.BadCredentials: {"the server does not accept these credentials", "check them and log in again"},
	session.Locked:         {"the account is locked at the server", "wait until it opens again, or have it unlocked"},
	session.Disabled:       {"the account is switched off at the server", "have it switched on by who runs the server"},
	session.Unconfirmed:    {"the account is not confirmed yet", "follow the link in the confirmation mail, then log in"},
	session.RateLimited:    {"the server wants fewer requests", "wait a little and try again"},
	session.TokenRejected:  {"the server does not accept the token", "refresh the session or log in again"},
	session.Forbidden:      {"this identity may not do that", "use an account with the role it takes"},
	session.BadConfig:      {"the account's settings do not fit the server", "edit the account: its address, ids and keys"},
	session.AuthDisabled:   {"the server has authentication switched off", "send requests without a token, or have it switched on"},
	session.Challenge:      {"the server asks for one more step", "use a login of the definition that has this step"},
	session.Unavailable:    {"the server cannot answer now", "try again later"},

	session.NeedsPerson:   {"this takes a person", "log in by hand"},
	session.Declined:      {"the question was not answered", "start again and answer it"},
	session.Incomplete:    {"the answer lacks what makes a session", "check that the definition fits this version of the server"},
	session.Unexpected:    {"the definition does not know this answer", "check the address, then the definition's outcomes"},
	session.NotJSON:       {"the answer is not JSON", "check the address: something other than the API answers there"},
	session.TooLarge:      {"the answer did not come whole", "try again, or look at what the server sends"},
	session.WrongToken:    {"the server sent another kind of token than expected", "check what was entered, then the definition's expect"},
	session.BadDefinition: {"an expression of the definition failed", "mend the definition, or check the values it reads"},
	session.Unsupported:   {"the definition has no way to do this", "add it to the definition if the server can"},
	session.Unreadable:    {"a secret could not be read from where it is kept", "see that it can be read there, or edit the account and enter it"},
	session.NoAnswer:      {"there was no answer", "check the address and the network"},
}
