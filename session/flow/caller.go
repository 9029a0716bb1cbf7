package flow

import (
	"context"
	"maps"
	"slices"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Caller sends requests as an account. What all of them share, such as where they may go, it
// makes once, at the first: the subject must not change after that. It serves one request at a
// time.
type Caller struct {
	*Subject
	runner *Runner
	first  *facts   // that each request begins with; nil: not made
	plain  jq.Scope // see Answer.Account
	memory jq.Memory
}

// Caller returns the sender of a subject's requests.
func (r *Runner) Caller(sub *Subject) *Caller { return &Caller{Subject: sub, runner: r} }

// SendOptions configures one request.
type SendOptions struct {
	Vars    map[string]any  // the value of .vars for requests outside the definition; nil: none
	Hide    []secret.String // further secrets to mask for display
	Arrived Arrived         // see Arrived; may be nil
}

// Arrived receives an answer before it is judged, with only Sent, Call, Response and Redact. It
// is called when the header has arrived, and again for the whole answer. now returns the answer
// as received by the time of the call, also after Send has returned. It is not called if every
// answer may contain a new secret, which can be masked only after it was captured.
type Arrived func(now func() *Answer, whole bool)

// Send sends one request as the account, with its attach mode unless the request names another
// or none. An answer of any status is an Answer; the error is a *session.Failure. An Answer with
// an error has no Response and only describes what was sent. A call that is cancelled while its
// body arrives returns what has arrived.
func (c *Caller) Send(ctx context.Context, req *definition.Request, o SendOptions) (*Answer, error) {
	ctx = jq.WithMemory(ctx, &c.memory)
	x, err := c.run(ctx, req, o)
	if err != nil {
		return nil, err
	}
	x.keeps = true
	if !c.Definition.Rotates() {
		x.arrived = o.Arrived
	}
	st, err := x.single(ctx, req, func(st *stepResult) error { return x.send(ctx, st, req) })
	out := x.sent(ctx, st)
	if err != nil {
		return out, err
	}
	ctx = context.WithoutCancel(ctx) // the answer is judged even if the caller no longer waits
	out.Response, out.Scope = st.answer.Response, st.answer.scope
	out.Account = c.plain
	v := x.verdict(ctx, st, req)
	out.Kind, out.Checked, out.Accepted, out.Carried = v.kind, v.checked, v.accepted, carried(st.request, st.answer.Response)
	if out.Kind != "" || !isSuccess(st.answer.Status) {
		out.Message, out.Retry = x.message(ctx), x.retryAt(ctx, x.outcome(ctx))
	}
	if len(x.sources) > 0 {
		out.Values, out.Lives = x.captures, x.lives(ctx)
		out.Changed = x.changed(out.Lives)
	}
	out.Unkept = x.locate(st.unkept, st)
	return out, nil
}

// Build returns the request that Send would send.
func (c *Caller) Build(ctx context.Context, req *definition.Request) (*transport.Request, error) {
	x, err := c.run(ctx, req, SendOptions{})
	if err != nil {
		return nil, err
	}
	wire, err := x.builder().build(ctx, req)
	return wire, x.failed(err)
}

// run begins a request with what all of them share.
func (c *Caller) run(ctx context.Context, req *definition.Request, o SendOptions) (*run, error) {
	x := c.runner.run(c.Subject, session.FlowRequest)
	if c.first == nil || !slices.EqualFunc(c.first.hide, o.Hide, secret.String.Equal) {
		x.hide = o.Hide
		if err := x.open(ctx); err != nil {
			return nil, err
		}
		x.scope(ctx) // these two fill x.made, with which every request begins
		x.credentials()
		c.plain = c.plainScope(ctx)
		if err := ctx.Err(); err != nil { // expressions may have failed because of it
			return nil, x.failed(cancelled(err))
		}
		c.first = x.facts
		x = c.runner.run(c.Subject, session.FlowRequest)
	}
	f := x.facts
	f.hide, f.vars, f.to, f.made = c.first.hide, o.Vars, c.first.to, c.first.made
	for _, name := range answer.Names() { // of the request before
		delete(f.made.scope, name)
	}
	if f.made.scope["vars"] = o.Vars; o.Vars == nil {
		delete(f.made.scope, "vars")
	}
	f.given = jq.Scope{"now": int(c.runner.now().Unix())}
	if len(req.Vars) > 0 {
		maps.Copy(f.given, req.Vars)
		f.made.scope = maps.Clone(f.made.scope) // the next request has other values
	}
	maps.Copy(f.made.scope, f.given)
	return x, nil
}

// plainScope returns the plain fields of the account, and its captures that are not tokens.
func (s *Subject) plainScope(ctx context.Context) jq.Scope {
	f := newFacts(s, session.FlowLogin)
	for name, v := range s.Tokens {
		if !s.Lives[name].Token {
			f.captures[name] = v
		}
	}
	scope := f.scope(ctx) // its only reader
	maps.DeleteFunc(scope, func(name string, v any) bool {
		_, isSecret := v.(secret.String)
		_, isCapture := f.captures[name]
		return isSecret && !isCapture
	})
	return scope
}
