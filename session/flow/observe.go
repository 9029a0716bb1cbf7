package flow

import (
	"context"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Observer is told of each step of a flow once it has run, in order. It is for
// people who write a definition.
type Observer func(*Observation)

// Observation is what one step did. What it holds is raw: what is shown of it
// goes through Redact.
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

// Observed gives a Runner that tells by of every step.
func (r *Runner) Observed(by Observer) *Runner {
	seen := *r
	seen.observer = by
	return &seen
}

// observe tells of the step where the run stands.
func (x *run) observe(ctx context.Context, text string, err error) {
	if x.r.observer == nil {
		return
	}
	o := &Observation{
		Flow: x.flow, Index: x.step, Of: x.of, Text: x.clean(text), Sent: x.went, Captured: x.looked, Redact: x.everything(), Err: err,
	}
	if x.here != nil {
		o.Response, o.Outcome = x.here.Response, x.outcome(context.WithoutCancel(ctx))
	}
	x.looked, x.went = nil, nil
	x.r.observer(o)
}

// skipped tells of a step whose condition did not hold.
func (x *run) skipped(ctx context.Context, st *definition.Step) {
	if x.r.observer != nil {
		x.r.observer(&Observation{Flow: x.flow, Index: x.step, Of: x.of, Text: x.clean(x.about(ctx, st)), Skipped: true})
	}
}

// about is what a step is about, be it one without a request.
func (x *run) about(ctx context.Context, st *definition.Step) string {
	switch {
	case x.r.observer == nil:
		return ""
	case st.Request != nil:
		return x.doing(ctx, st)
	case st.Name != "":
		return st.Name
	case st.Prompt != nil:
		return "prompt for " + st.Prompt.Name
	case st.Show != nil:
		return "show"
	}
	return "capture"
}

// look notes what came of looking for a capture.
func (x *run) look(c *definition.Capture, met bool, err error) {
	if x.r.observer == nil {
		return
	}
	one := Captured{Name: c.Name, Optional: c.Optional, Query: c.Query, Err: err}
	if met {
		one.Value = x.values[c.Name]
	}
	x.looked = append(x.looked, one)
}
