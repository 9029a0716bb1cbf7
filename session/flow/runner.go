package flow

import (
	"context"
	"time"

	"tokenring/session"
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
	login := x.login(ctx)
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
	if refresh == nil || !x.holds(ctx, refresh.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	if needs := refresh.Needs; needs != "" && x.captures[needs].IsZero() {
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
	if check == nil || check.Request == nil || !x.holds(ctx, check.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	if err := x.open(ctx); err != nil {
		return nil, err
	}
	var alive bool
	st, err := x.single(ctx, check.Request, func(st *stepResult) (err error) {
		if err = x.ask(ctx, st, check.Sign, check.Request); err == nil {
			alive, err = x.alive(ctx, check)
		}
		if alive {
			x.noteUnkept(x.takeKnown(ctx, st, check.Capture))
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
	if logout == nil || !x.holds(ctx, logout.When) {
		return nil, x.failed(failure(session.Unsupported, ""))
	}
	return x.steps(ctx, logout.Steps, logout.Gone)
}
