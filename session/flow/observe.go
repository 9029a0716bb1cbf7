package flow

import (
	"context"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Observer receives each step of a flow once it has run, in order. It is for
// definition authors.
type Observer func(*Observation)

// Observation reports one step. Its values are raw: what is shown of them goes
// through Redact.
type Observation struct {
	Flow     session.Flow
	Index    int // of the step, from 1
	Of       int
	Text     string              // what the step was about: its name, or "POST /login"
	Skipped  bool                // its condition did not hold; nothing below is set
	Sent     *transport.Request  // nil: it asked no server
	Response *transport.Response // nil: there was no answer
	Outcome  *definition.Outcome // that explains the answer; nil: none does
	Captured []Captured          // in the order of the definition
	Redact   *secret.Redactor    // knows the account's credentials, those just captured too
	Err      error               // the *Failure that ended the flow here
}

// Captured is one look for a value in an answer.
type Captured struct {
	Name     string
	Optional bool
	Query    *jq.Query
	Value    secret.String // zero: there was none
	Err      error         // the expression failed
}

// Observed returns a Runner that calls by after every step.
func (r *Runner) Observed(by Observer) *Runner {
	observed := *r
	observed.observer = by
	return &observed
}

// observe tells the observer of a step; err is why it failed.
func (x *run) observe(ctx context.Context, st *stepResult, step *definition.Step, err error) {
	if x.runner.observer == nil {
		return
	}
	o := &Observation{
		Flow: x.facts.flow, Index: st.index, Of: st.total, Text: x.facts.clean(x.about(ctx, st, step)), Sent: st.request, Captured: st.captures,
		Redact: x.facts.everything(), Err: err,
	}
	if st.answer != nil {
		o.Response, o.Outcome = st.answer.Response, x.facts.outcome(context.WithoutCancel(ctx))
	}
	x.runner.observer(o)
}

// skip tells the observer of a step whose condition does not hold.
func (x *run) skip(ctx context.Context, st *stepResult, step *definition.Step) {
	if x.runner.observer != nil {
		x.runner.observer(&Observation{Flow: x.facts.flow, Index: st.index, Of: st.total, Text: x.facts.clean(x.about(ctx, st, step)), Skipped: true})
	}
}

// about says what a step does, also one without a request.
func (x *run) about(ctx context.Context, st *stepResult, step *definition.Step) string {
	switch {
	case step.Name != "":
		return step.Name
	case step.Request != nil:
		st.call = step.Request
		return x.facts.callText(ctx, st)
	case step.Sign != nil:
		return "sign " + step.Sign.Name
	case step.Discover != nil:
		return "discover"
	case step.Authorize != nil, step.Browser != nil:
		return "log in with a browser"
	case step.Identify != nil:
		return "check the ID token"
	case step.Prompt != nil:
		return "prompt for " + step.Prompt.Name
	case step.Show != nil:
		return "show"
	case step.Note != nil:
		return "note"
	case step.Fail != nil:
		return "fail as " + string(step.Fail.Is)
	}
	return "capture"
}
