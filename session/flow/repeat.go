package flow

import (
	"cmp"
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/transport"
)

// slowDown is added to the interval of a poll for each slow_down (RFC 8628, section 3.5).
const slowDown = 5 * time.Second

// repeat polls until the condition holds. Until then only a refusing outcome ends the flow: in
// RFC 8628, "not yet" and "slow down" have status 400 and are not refusals.
func (x *run) repeat(ctx context.Context, st *stepResult, step *definition.Step) error {
	end := time.NewTimer(step.Repeat.For)
	defer end.Stop()
	every := cmp.Or(seconds(ctx, step.Repeat.Interval, x.scope(ctx)), step.Repeat.Every)
	for {
		wait, err := every, x.ask(ctx, st, step.Sign, step.Request)
		switch {
		case err != nil && step.Repeat.Slower != nil && passing(ctx, err): // RFC 8628, section 3.5
			every = min(2*every, time.Minute)
		case err != nil:
			return err
		case step.Repeat.Until.Match(ctx, x.scope(ctx)):
			return nil
		case step.Repeat.Slower != nil && step.Repeat.Slower.Match(ctx, x.scope(ctx)):
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

// unready returns how long to wait after an answer for which the condition does not hold, or
// the error of a refusal.
func (x *run) unready(ctx context.Context, every time.Duration) (time.Duration, error) {
	o := x.outcome(ctx)
	if o == nil || o.Is == session.Challenge {
		return every, nil
	}
	at := x.retryAt(ctx, o)
	if o.Is != session.RateLimited || at.IsZero() {
		return 0, x.refused(ctx, o)
	}
	return max(every, at.Sub(x.runner.now())), nil
}

// passing reports whether err is a network failure that may not recur.
func passing(ctx context.Context, err error) bool {
	var e *transport.Error
	return ctx.Err() == nil && errors.As(err, &e) &&
		(e.Kind == transport.KindTimeout || e.Kind == transport.KindUnreachable || e.Kind == transport.KindBroken || e.Kind == transport.KindDNS || e.Kind == transport.KindRefused)
}
