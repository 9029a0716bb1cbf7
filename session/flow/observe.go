package flow

import (
	"context"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Observer receives each step of a flow after it has run, in order. It is for definition
// authors.
type Observer func(*Observation)

// Observation reports one step. Its values are unmasked; apply Redact before showing them.
type Observation struct {
	Flow     session.Flow
	Index    int // of the step, from 1
	Of       int
	Text     string              // what the step was about: its name, or "POST /login"
	Skipped  bool                // its condition did not hold; nothing below is set
	Sent     *transport.Request  // nil: no call was made
	Response *transport.Response // nil: no answer
	Outcome  *definition.Outcome // that matched the answer; nil: none
	Captured []Captured          // in the order of the definition
	Redact   *secret.Redactor    // knows the account's credentials, including new ones
	Err      error               // the *Failure that ended the flow here
}

// Captured is the evaluation of one capture.
type Captured struct {
	Name     string
	Optional bool
	Query    *jq.Query
	Value    secret.String // zero: none
	Err      error         // the expression failed
}

// Observed returns a Runner that calls by after every step.
func (r *Runner) Observed(by Observer) *Runner {
	observed := *r
	observed.observer = by
	return &observed
}

// observe reports a step to the observer; err is its error.
func (x *run) observe(ctx context.Context, st *stepResult, step *definition.Step, err error) {
	if x.runner.observer == nil {
		return
	}
	o := &Observation{
		Flow: x.flow, Index: st.index, Of: st.total, Text: x.clean(x.about(ctx, st, step)), Sent: st.request, Captured: st.captures,
		Redact: x.everything(), Err: err,
	}
	if st.answer != nil {
		o.Response, o.Outcome = st.answer.Response, x.outcome(context.WithoutCancel(ctx))
	}
	x.runner.observer(o)
}

// skip reports a step whose condition does not hold to the observer.
func (x *run) skip(ctx context.Context, st *stepResult, step *definition.Step) {
	if x.runner.observer != nil {
		x.runner.observer(&Observation{Flow: x.flow, Index: st.index, Of: st.total, Text: x.clean(x.about(ctx, st, step)), Skipped: true})
	}
}

// about describes a step, even one without a request.
func (x *run) about(ctx context.Context, st *stepResult, step *definition.Step) string {
	switch {
	case step.Name != "":
		return step.Name
	case step.Request != nil:
		st.call = step.Request
		return x.callText(ctx, st)
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
