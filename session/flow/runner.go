package flow

import (
	"context"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// Runner runs flows. It holds no state and is safe for concurrent use.
type Runner struct {
	client   *transport.Client
	now      func() time.Time
	observer Observer // may be nil
}

// New returns a Runner that sends through client. now is our wall clock.
func New(client *transport.Client, now func() time.Time) *Runner {
	return &Runner{client: client, now: now}
}

// Login logs in and ignores the tokens of sub. The error is a *session.Failure.
func (r *Runner) Login(ctx context.Context, sub *Subject, prompter session.Prompter, progress session.Progress) (*Result, error) {
	x := r.run(sub, session.FlowLogin)
	x.prompter, x.progress = prompter, progress
	login := x.facts.login(ctx)
	if login == nil {
		return nil, x.failed(failure(session.Unsupported, "unknown login"))
	}
	return x.steps(ctx, login.Steps, nil)
}

// Refresh renews the session of sub. Captures that are not in the answer keep their values. The
// error is a *session.Failure. A Result with an error holds the captures before it, which the
// caller must store: the server may have replaced the tokens.
func (r *Runner) Refresh(ctx context.Context, sub *Subject, progress session.Progress) (*Result, error) {
	x := r.run(sub, session.FlowRefresh)
	x.progress = progress
	refresh := sub.Definition.Refresh
	if refresh == nil || !x.facts.holds(ctx, refresh.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	if needs := refresh.Needs; needs != "" && x.facts.captures[needs].IsZero() {
		return nil, x.failed(failure(session.NeedsPerson, "the session holds no "+session.TokenName(needs)))
	}
	return x.steps(ctx, refresh.Steps, nil)
}

// Check asks the server whether the session of sub is alive; see Result.Alive. A
// *session.Failure means that there was no reliable answer; a Result with it is like that of
// Refresh.
func (r *Runner) Check(ctx context.Context, sub *Subject) (*Result, error) {
	x := r.run(sub, session.FlowCheck)
	check := sub.Definition.Check
	if check == nil || check.Request == nil || !x.facts.holds(ctx, check.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	var alive bool
	st, err := x.single(ctx, check.Request, func(st *stepResult) (err error) {
		if err = x.ask(ctx, st, check.Sign, check.Request); err == nil {
			alive, err = x.facts.alive(ctx, check)
		}
		if alive {
			x.noteUnkept(x.captures.takeKnown(ctx, st, check.Capture))
		}
		return err
	})
	if err != nil {
		return x.partial(ctx), err
	}
	res, err := x.finish(ctx, st)
	if err == nil {
		res.Alive = alive
	}
	return res, err
}

// Logout ends the session on the server. A session that is already dead is not a failure; see
// Result.AlreadyDead.
func (r *Runner) Logout(ctx context.Context, sub *Subject, progress session.Progress) (*Result, error) {
	x := r.run(sub, session.FlowLogout)
	x.progress = progress
	logout := sub.Definition.Logout
	if logout == nil || !x.facts.holds(ctx, logout.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	return x.steps(ctx, logout.Steps, logout.Gone)
}

// Arrived receives an answer before it is judged, with only Sent, Call, Response and Redact. It
// is called when the header has arrived, and again for the whole answer. now returns the answer
// as received by the time of the call, also after Send has returned.
type Arrived func(now func() *Answer, whole bool)

// Send sends one request as the account, with its attach mode unless the request names another
// or none. flow selects the outcomes; FlowLogin and FlowRefresh attach nothing by default. An
// answer of any status is an Answer; the error is a *session.Failure. An Answer with an error
// has no Response and only describes what was sent.
//
// arrived may be nil. It is not called if every answer may contain a new secret, which can be
// masked only after it was captured. A call that is cancelled while its body arrives returns
// what has arrived.
func (r *Runner) Send(ctx context.Context, sub *Subject, req *definition.Request, flow session.Flow, arrived Arrived) (*Answer, error) {
	ctx = jq.WithMemory(ctx, &sub.memory) // a suite sends many requests with one subject
	x := r.run(sub, flow)
	x.keeps = true
	if !sub.Definition.Rotates() {
		x.arrived = arrived
	}
	st, err := x.single(ctx, req, func(st *stepResult) error { return x.send(ctx, st, req) })
	out := x.sent(ctx, st)
	if err != nil {
		return out, err
	}
	ctx = context.WithoutCancel(ctx) // the answer is judged even if the caller no longer waits
	out.Response, out.Scope, out.Message = st.answer.Response, st.answer.scope, x.facts.message(ctx)
	v := x.facts.verdict(ctx, st, req)
	out.Kind, out.Checked, out.Accepted, out.Carried = v.kind, v.checked, v.accepted, carried(st.request, st.answer.Response)
	if !isSuccess(st.answer.Status) {
		out.Retry = x.facts.retryAt(ctx, x.facts.outcome(ctx))
	}
	if len(x.facts.sources) > 0 {
		out.Values, out.Lives = x.facts.captures, x.lives(ctx)
		out.Changed = x.changed(out.Lives)
	}
	out.Unkept = x.facts.locate(st.unkept, st)
	return out, nil
}

// Build returns the request that Send would send.
func (r *Runner) Build(ctx context.Context, sub *Subject, req *definition.Request, flow session.Flow) (*transport.Request, error) {
	x := r.run(sub, flow)
	if err := x.open(ctx); err != nil {
		return nil, err
	}
	wire, err := builder{facts: x.facts, runner: r}.build(ctx, req)
	return wire, x.failed(err)
}
