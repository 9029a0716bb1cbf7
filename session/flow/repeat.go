package flow

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/transport"
)

// slowDown is what a poll waits longer after each answer that asks for it (RFC 8628,
// section 3.5).
const slowDown = 5 * time.Second

// repeat asks again and again until the condition holds. While it does not,
// only an outcome that refuses ends the flow: RFC 8628 answers "not yet" with
// status 400, and "slow down" is no refusal either.
func (x *run) repeat(ctx context.Context, st *stepResult, step *definition.Step) error {
	end := time.NewTimer(step.Repeat.For)
	defer end.Stop()
	every := x.interval(ctx, step.Repeat)
	for {
		wait, err := every, x.ask(ctx, st, step.Sign, step.Request)
		switch {
		case err != nil && step.Repeat.Slower != nil && passing(ctx, err): // RFC 8628, section 3.5
			every = min(2*every, time.Minute)
		case err != nil:
			return err
		case step.Repeat.Until.Match(ctx, x.facts.scope(ctx)):
			return nil
		case step.Repeat.Slower != nil && step.Repeat.Slower.Match(ctx, x.facts.scope(ctx)):
			every += slowDown
			wait = every
		default:
			if wait, err = x.unready(ctx, every); err != nil {
				return err
			}
		}
		x.tell(st, x.about(ctx, st, step)+", waiting for the server")
		pause := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			pause.Stop()
			return cancelled(ctx.Err())
		case <-end.C:
			pause.Stop()
			return failure(session.Unexpected, "the server was not ready within "+step.Repeat.For.String())
		case <-pause.C:
		}
	}
}

// interval returns how far apart polls are at first.
func (x *run) interval(ctx context.Context, r *definition.Repeat) time.Duration {
	if r.Interval != nil {
		if v, err := r.Interval.Value(ctx, x.facts.scope(ctx)); err == nil {
			if every, ok := duration(v); ok && every > 0 {
				return every
			}
		}
	}
	return r.Every
}

// unready returns how long to wait after an answer that is not the one waited for. The
// error is that of one that refuses.
func (x *run) unready(ctx context.Context, every time.Duration) (time.Duration, error) {
	o := x.facts.outcome(ctx)
	if o == nil || o.Is == session.Challenge {
		return every, nil
	}
	at := x.facts.retryAt(ctx, o)
	if o.Is != session.RateLimited || at.IsZero() {
		return 0, x.facts.refused(ctx, o)
	}
	return max(every, at.Sub(x.runner.now())), nil
}

// passing reports a failure of the network that may be over at the next try.
func passing(ctx context.Context, err error) bool {
	var e *transport.Error
	return ctx.Err() == nil && errors.As(err, &e) &&
		(e.Kind == transport.KindTimeout || e.Kind == transport.KindUnreachable || e.Kind == transport.KindBroken || e.Kind == transport.KindDNS || e.Kind == transport.KindRefused)
}
