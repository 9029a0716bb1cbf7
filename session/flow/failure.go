package flow

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// Error says in one sentence which flow failed, what it means, and what the
// server said or sent.
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
	return bounded(b.String())
}

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// failure makes a Failure of the step where the run stands.
func (x *run) failure(kind definition.Kind, detail string) *Failure {
	f := &Failure{
		Flow: x.flow, Kind: kind, Step: x.step, Of: x.of,
		Call: x.clean(x.said), Detail: x.clean(detail),
	}
	if x.here != nil {
		f.Status = x.here.res.Status
	}
	f.Meaning, f.Next = Explain(kind)
	return f
}

func (x *run) cancelled(err error) error {
	x.here = nil
	f := x.failure(KindTransport, "")
	f.Meaning, f.Next, f.Err = "it was cancelled", "start it again when you want it", err
	if errors.Is(err, context.DeadlineExceeded) {
		f.Meaning, f.Next = "it took too long", "try again"
	}
	return f
}

// unanswered makes a Failure of an exchange without an answer.
func (x *run) unanswered(err error) error {
	f := x.failure(KindTransport, "")
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
	f := x.failure(BadDefinition, detail)
	if f.Err = err; x.flow == definition.FlowRequest {
		f.Meaning, f.Next = "an expression of the request failed", "mend the request, or check the values it reads"
	}
	if errors.As(err, &eval) {
		f.Expr = eval.Source
	}
	return f
}

// Explain says what a kind of outcome or failure means and what to do next,
// one sentence each.
func Explain(kind definition.Kind) (meaning, next string) {
	e, ok := explanations[kind]
	if !ok {
		return string(kind), "read what the server said"
	}
	return e[0], e[1]
}

var explanations = map[definition.Kind][2]string{
	definition.BadCredentials: {"the server does not accept these credentials", "check them and log in again"},
	definition.Locked:         {"the account is locked at the server", "wait until it opens again, or have it unlocked"},
	definition.Disabled:       {"the account is switched off at the server", "have it switched on by who runs the server"},
	definition.Unconfirmed:    {"the account is not confirmed yet", "follow the link in the confirmation mail, then log in"},
	definition.RateLimited:    {"the server wants fewer requests", "wait a little and try again"},
	definition.TokenRejected:  {"the server does not accept the token", "refresh the session or log in again"},
	definition.Forbidden:      {"this identity may not do that", "use an account with the role it takes"},
	definition.BadConfig:      {"the account's settings do not fit the server", "edit the account: its address, ids and keys"},
	definition.AuthDisabled:   {"the server has authentication switched off", "send requests without a token, or have it switched on"},
	definition.Challenge:      {"the server asks for one more step", "use a login of the definition that has this step"},
	definition.Unavailable:    {"the server cannot answer now", "try again later"},

	NeedsPerson:   {"this takes a person", "log in by hand"},
	Declined:      {"the question was not answered", "start again and answer it"},
	Incomplete:    {"the answer lacks what makes a session", "check that the definition fits this version of the server"},
	Unexpected:    {"the definition does not know this answer", "check the address, then the definition's outcomes"},
	NotJSON:       {"the answer is not JSON", "check the address: something other than the API answers there"},
	TooLarge:      {"the answer did not come whole", "try again, or look at what the server sends"},
	WrongToken:    {"the server sent another kind of token than expected", "check what was entered, then the definition's expect"},
	BadDefinition: {"an expression of the definition failed", "mend the definition, or check the values it reads"},
	Unsupported:   {"the definition has no way to do this", "add it to the definition if the server can"},
	Unreadable:    {"a secret could not be read from where it is kept", "see that it can be read there, or edit the account and enter it"},
	KindTransport: {"there was no answer", "check the address and the network"},
}
