package flow

import (
	"cmp"
	"context"
	"errors"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// failure returns a Failure without a place; see facts.locate.
func failure(kind session.OutcomeKind, detail string) *session.Failure {
	return &session.Failure{Kind: kind, Detail: detail}
}

// explained is failure with a meaning and a next step of its own.
func explained(kind session.OutcomeKind, detail, meaning, next string) *session.Failure {
	return &session.Failure{Kind: kind, Detail: detail, Meaning: meaning, Next: next}
}

// locate sets the flow and the step of a Failure and cleans its texts.
func (f *facts) locate(err error, at *stepResult) error {
	e, ok := errors.AsType[*session.Failure](err)
	if !ok || e.Flow != "" {
		return err
	}
	e.Flow, e.Step, e.Of, e.Call = f.flow, at.index, at.total, f.clean(f.callAt(at))
	if at.answer != nil && e.Kind != session.NoAnswer {
		e.Status, e.At = at.answer.Status, at.answer.Received
	}
	if e.Kind == session.BadDefinition && f.flow == session.FlowRequest && e.Err != nil {
		e.Meaning, e.Next = "an expression of the request failed", "fix the request, or check the values it reads"
	}
	meaning, next := Explain(e.Kind)
	e.Detail, e.Meaning, e.Next = f.clean(e.Detail), cmp.Or(f.clean(e.Meaning), meaning), cmp.Or(e.Next, next)
	return e
}

func cancelled(err error) *session.Failure {
	f := &session.Failure{Kind: session.NoAnswer, Meaning: "it was cancelled", Next: "start it again", Err: err}
	if errors.Is(err, context.DeadlineExceeded) {
		f.Meaning, f.Next = "it took too long", "try again"
	}
	return f
}

// unanswered returns the Failure of a call without an answer.
func unanswered(err error) *session.Failure {
	f := &session.Failure{Kind: session.NoAnswer, Err: err}
	if e, ok := errors.AsType[*transport.Error](err); ok {
		f.Meaning, f.Next = e.Text, e.Hint
		if e.Kind == transport.KindConnection {
			f.Kind = session.BadConfig
		}
		if part, ok := errors.AsType[*transport.ConnectionError](err); ok {
			f.Field = part.Part
		}
	}
	return f
}

// broken returns the Failure of an expression or template that failed.
func broken(err error) *session.Failure {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return cancelled(err)
	}
	if open, ok := errors.AsType[*session.Failure](err); ok { // of a name; see builder.named
		return open
	}
	f := &session.Failure{Kind: session.BadDefinition, Detail: reason(err), Err: err}
	if eval, ok := errors.AsType[*jq.EvalError](err); ok {
		f.Detail, f.Expr = eval.Error(), eval.Source
	}
	if tree, ok := errors.AsType[*jq.TreeError](err); ok {
		f.Detail = tree.Error()
	}
	return f
}

// reason returns what went wrong in an expression.
func reason(err error) string {
	if eval, ok := errors.AsType[*jq.EvalError](err); ok {
		return eval.Kind
	}
	return "it failed"
}

// Explain returns the meaning of a kind of outcome or failure and what to do next, one sentence
// each.
func Explain(kind session.OutcomeKind) (meaning, next string) {
	e, ok := explanations[kind]
	if !ok {
		return string(kind), "read the server's answer"
	}
	return e[0], e[1]
}

var explanations = map[session.OutcomeKind][2]string{
	session.BadCredentials: {"the server does not accept these credentials", "check them and log in again"},
	session.Locked:         {"the account is locked at the server", "try again later, or have it unlocked"},
	session.Disabled:       {"the account is disabled at the server", "ask the operator of the server to enable it"},
	session.Unconfirmed:    {"the account is not confirmed yet", "follow the link in the confirmation mail, then log in"},
	session.RateLimited:    {"the server received too many requests", "wait a moment and try again"},
	session.TokenRejected:  {"the server does not accept the token", "refresh the session or log in again"},
	session.Forbidden:      {"this identity is not allowed to do that", "use an account with the required role"},
	session.BadConfig:      {"the account's settings do not match the server", "edit the account: its address, ids and keys"},
	session.AuthDisabled:   {"authentication is disabled at the server", "send requests without a token, or have it enabled"},
	session.Challenge:      {"the server asks for one more step", "use a login of the definition that has this step"},
	session.Unavailable:    {"the server is unavailable", "try again later"},

	session.NeedsPerson:   {"this needs a person", "log in by hand"},
	session.Declined:      {"the question was not answered", "start again and answer it"},
	session.Incomplete:    {"the answer lacks required values", "check that the definition fits this version of the server"},
	session.Unexpected:    {"the definition does not cover this answer", "check the address, then the definition's outcomes"},
	session.NotJSON:       {"the answer is not JSON", "check the address: something other than the API answers there"},
	session.TooLarge:      {"the answer is incomplete", "try again, or check what the server sends"},
	session.WrongToken:    {"the server sent a different kind of token than expected", "check what was entered, then the definition's expect"},
	session.BadDefinition: {"an expression of the definition failed", "fix the definition, or check the values it reads"},
	session.Unsupported:   {"the definition does not support this", "add it to the definition if the server can"},
	session.Unreadable:    {"a secret could not be read from its source", "make it readable there, or edit the account and enter it"},
	session.NoAnswer:      {"the server did not answer", "check the address and the network"},
}
