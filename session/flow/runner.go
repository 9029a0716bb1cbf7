package flow

import (
	"context"
	"net/http"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/transport"
)

// Runner runs flows. It keeps nothing between them and is safe for concurrent
// use.
type Runner struct {
	client   *transport.Client
	now      func() time.Time
	observer Observer // may be nil
}

// New returns a Runner that sends through client. now is our wall clock.
func New(client *transport.Client, now func() time.Time) *Runner {
	return &Runner{client: client, now: now}
}

// Login logs in from nothing: tokens that sub already has play no part. The
// error is a *Failure.
func (r *Runner) Login(ctx context.Context, sub *Subject, ask session.Prompter, tell session.Progress) (*Result, error) {
	x := newRun(r, sub, session.FlowLogin)
	x.ask, x.tell = ask, tell
	login := x.login(ctx)
	if login == nil {
		return nil, x.failure(session.Unsupported, "there is no login of this name")
	}
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	if err := x.runSteps(ctx, login.Steps); err != nil {
		return nil, err
	}
	return x.finish(ctx)
}

// Refresh renews the session of sub. Captures that the answer left out keep
// their values. The error is a *Failure; a Result that comes with it holds what
// the answers brought before: the server may have replaced what the session
// held, and a caller that does not keep it loses the session.
func (r *Runner) Refresh(ctx context.Context, sub *Subject, tell session.Progress) (*Result, error) {
	x := newRun(r, sub, session.FlowRefresh)
	x.tell = tell
	x.keepTokens()
	refresh := sub.Definition.Refresh
	if refresh == nil || !x.holds(ctx, refresh.When) {
		return nil, x.failure(session.Unsupported, "")
	}
	if needs := refresh.Needs; needs != "" && x.values[needs].IsZero() {
		return nil, x.failure(session.NeedsPerson, "the session holds no "+needs)
	}
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	if err := x.runSteps(ctx, refresh.Steps); err != nil {
		return x.partial(ctx), err
	}
	return x.finish(ctx)
}

// Check asks whether the session of sub is alive. Result.Alive is the server's
// answer; a *Failure means that there was none to rely on, and what came with
// it is kept as in Refresh.
func (r *Runner) Check(ctx context.Context, sub *Subject) (*Result, error) {
	x := newRun(r, sub, session.FlowCheck)
	x.keepTokens()
	check := sub.Definition.Check
	if check == nil || check.Request == nil || !x.holds(ctx, check.When) {
		return nil, x.failure(session.Unsupported, "")
	}
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	x.of, x.step = 1, 1
	alive, err := x.asks(ctx, check)
	x.observe(ctx, x.callText(ctx, check.Request), err)
	if err != nil {
		return x.partial(ctx), err
	}
	res, err := x.finish(ctx)
	if err != nil {
		return nil, err
	}
	res.Alive = alive
	return res, nil
}

// asks sends the check's request and reads the answer.
func (x *run) asks(ctx context.Context, check *definition.Check) (alive bool, err error) {
	if err := x.call(ctx, check.Request); err != nil {
		return false, err
	}
	return x.alive(ctx, check)
}

// alive reads the last answer. Only an answer that says so is a no: trouble on
// the way, or a page of somebody else, leaves the question open.
func (x *run) alive(ctx context.Context, check *definition.Check) (bool, error) {
	status := x.last.Status
	if o := x.outcome(ctx); o != nil && o.Is != session.Challenge {
		if o.Is == session.TokenRejected {
			return false, nil
		}
		return false, x.refused(ctx, o)
	}
	if check.Alive == nil {
		return x.aliveByStatus(ctx)
	}
	alive, err := check.Alive.Test(ctx, x.scope(ctx))
	switch {
	case alive:
		return true, nil
	case isSuccess(status) && !x.last.isJSON && len(x.last.Body) > 0 && reads(check.Alive, "body"):
		return false, x.failure(session.NotJSON, x.last.Describe(check.Alive))
	case err != nil && isSuccess(status):
		return false, x.broken(err)
	case isSuccess(status), isRefusal(status):
		return false, nil
	}
	return false, x.unexplained(ctx)
}

// aliveByStatus is for a check without a rule of its own. Where a redirect led,
// status 200 says nothing: it may be the page that asks for a login.
func (x *run) aliveByStatus(ctx context.Context) (bool, error) {
	res := x.last.Response
	switch {
	case isSuccess(res.Status) && len(res.Hops) > 0 && !x.last.isJSON:
		return false, x.failure(session.NotJSON, "a redirect led to it; "+x.last.Describe(nil))
	case isSuccess(res.Status) && res.CrossOrigin:
		return false, x.failure(session.Unexpected, "a redirect led to another host, where the token did not go")
	case isSuccess(res.Status):
		return true, nil
	case res.Status == http.StatusUnauthorized:
		return false, nil
	}
	return false, x.unexplained(ctx)
}

// isRefusal: statuses by which a server says no to this request, not to this
// moment.
func isRefusal(status int) bool {
	switch status {
	case http.StatusProxyAuthRequired, http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

// Logout tells the server that the session is over. A session that was dead
// already is no failure: Result.Gone says so.
func (r *Runner) Logout(ctx context.Context, sub *Subject, tell session.Progress) (*Result, error) {
	x := newRun(r, sub, session.FlowLogout)
	x.tell = tell
	x.keepTokens()
	logout := sub.Definition.Logout
	if logout == nil || !x.holds(ctx, logout.When) {
		return nil, x.failure(session.Unsupported, "")
	}
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	x.gone = logout.Gone
	if err := x.runSteps(ctx, logout.Steps); err != nil {
		return nil, err
	}
	return x.finish(ctx)
}

// Send sends one request as the account: with its attach mode, unless the
// request names another or none. flow decides what outcomes apply and, in
// FlowLogin and FlowRefresh, that nothing is attached by itself. An answer of
// any status is an Answer; the error is a *Failure.
//
// arrived, which may be nil, is told of the answer before it is read and
// judged, as nothing but Sent, Response and Redact. It is not told where every
// answer may bring a secret: that is masked only when it was found.
func (r *Runner) Send(ctx context.Context, sub *Subject, req *definition.Request, flow session.Flow, arrived func(*Answer)) (*Answer, error) {
	x := newRun(r, sub, flow)
	x.arrived = arrived
	x.keepTokens()
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	x.of, x.step = 1, 1
	err := x.exchange(ctx, req)
	x.observe(ctx, x.callText(ctx, req), err)
	if err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what is here is judged, whoever still waits for it
	out := &Answer{
		Sent: x.sent, Response: x.last.Response, Redact: x.credentials(), Scope: x.last.scope, Message: x.message(ctx),
	}
	if o := x.outcome(ctx); o != nil {
		out.Kind = o.Is
		out.Retry = x.retryAt(ctx, o)
	} else {
		out.Retry = x.retryAt(ctx, nil)
	}
	if len(x.brought) > 0 {
		out.Values, out.Lives = x.values, x.lives(ctx)
		out.Changed = x.changed(out.Lives)
	}
	return out, nil
}

// Build gives what Send would put on the wire.
func (r *Runner) Build(ctx context.Context, sub *Subject, req *definition.Request, flow session.Flow) (*transport.Request, error) {
	x := newRun(r, sub, flow)
	x.keepTokens()
	if err := x.resolve(ctx); err != nil {
		return nil, err
	}
	return x.build(ctx, req)
}
