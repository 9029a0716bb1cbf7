package lifecycle

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// checkEvery is the least time between two checks of an account that rejections
// caused.
const checkEvery = 30 * time.Second

// errTooSoon: the last renewal that a rejection caused is too recent for another.
var errTooSoon = errors.New("a rejection renewed this session moments ago")

// Rejected reports whether an answer rejected the token that the request carried.
func (s *Sessions) Rejected(answer *flow.Answer) bool {
	return answer.Kind == session.TokenRejected && answer.Carried
}

// Recover acts on the rejection of rec's token by a call such as "GET /me". It
// renews the session, or adopts a newer one; then refusal is nil and the request may
// be sent once more. Otherwise refusal says why not. Where nothing can renew the
// session, it asks the definition's check: one call that is rejected ends nothing by
// itself, because some servers answer so where a permission is missing. The check's own
// call is its answer.
func (s *Sessions) Recover(ctx context.Context, rec *session.Record, call session.RejectedCall) (after *session.Record, refusal *session.Refusal) {
	renewed, err := s.renew(ctx, rec, nil, renewal{rejected: true})
	switch {
	case err == nil && !renewed.Dead():
		return renewed, nil
	case err == nil || errors.Is(err, session.ErrNeedsLogin):
		after, refusal = s.checkRejected(context.WithoutCancel(ctx), rec, call)
		s.noteInterrupted(after, refusal)
		return after, refusal
	}
	refusal = &session.Refusal{Kind: session.RefusedUnrenewed, Why: secret.CleanLine(err.Error())}
	if errors.Is(err, errTooSoon) {
		refusal = &session.Refusal{Kind: session.RefusedTooSoon}
	}
	return s.noteRejection(context.WithoutCancel(ctx), rec, call, refusal)
}

// RejectedAgain notes that the server rejected the token of rec, which Recover
// renewed, for the same request.
func (s *Sessions) RejectedAgain(ctx context.Context, rec *session.Record, call session.RejectedCall) (after *session.Record, refusal *session.Refusal) {
	return s.noteRejection(context.WithoutCancel(ctx), rec, call, &session.Refusal{Kind: session.RefusedAgain})
}

// noteRejection keeps a rejection with the session, and completes the refusal with what
// the store says of the last renewal.
func (s *Sessions) noteRejection(ctx context.Context, rec *session.Record, call session.RejectedCall, refusal *session.Refusal) (*session.Record, *session.Refusal) {
	now, read := s.Store.Account(ctx, rec.Account.ID)
	if read != nil || now.Dead() {
		return rec, refusal
	}
	s.noteInterrupted(now, refusal)
	_ = s.updateRejection(ctx, now, func(r *session.Rejection) { r.At, r.By = s.Now(), call.Text })
	refusal.Renewed = now.Session.Refreshed
	if now.Session.Started.After(refusal.Renewed) {
		refusal.Renewed = now.Session.Started
	}
	if began := now.Session.Rejection.Renewed; refusal.Kind == session.RefusedTooSoon && began.After(refusal.Renewed) {
		refusal.Kind, refusal.Renewed = session.RefusedUnrenewed, began
	}
	return now, refusal
}

// noteInterrupted adds to a refusal that a refresh was interrupted.
func (s *Sessions) noteInterrupted(rec *session.Record, refusal *session.Refusal) {
	if rec.Dead() || rec.Session.Pending.IsZero() {
		return
	}
	if _, held := s.Store.Holder(rec.Account.ID); !held {
		refusal.Interrupted = rec.Session.Pending
	}
}

// updateRejection changes the rejections of rec, also in the store.
func (s *Sessions) updateRejection(ctx context.Context, rec *session.Record, change func(*session.Rejection)) error {
	defer s.Feed.Notify()
	return s.Store.UpdateRejection(ctx, rec.Account.ID, rec.Session.Generation, func(r *session.Rejection) {
		change(r)
		rec.Session.Rejection = *r
	})
}

// spaceRenewals keeps a distance between the renewals that rejections cause, and
// notes that one begins: also one that fails counts. The account is locked.
func (s *Sessions) spaceRenewals(ctx context.Context, rec *session.Record) error {
	now, soon := s.Now(), false
	err := s.updateRejection(ctx, rec, func(r *session.Rejection) {
		if soon = session.Within(r.Renewed, now, rec.Session.RejectionDistance()); !soon {
			r.Renewed = now
		}
	})
	if err == nil && soon {
		err = errTooSoon
	}
	return err
}

// checkRejected decides by the check about a session whose token a call rejected and that
// nothing can renew. A check within checkEvery counts for both.
func (s *Sessions) checkRejected(ctx context.Context, seen *session.Record, call session.RejectedCall) (*session.Record, *session.Refusal) {
	rec, err := s.Store.Account(ctx, seen.Account.ID)
	if err != nil {
		return seen, &session.Refusal{Kind: session.RefusedUnproven, Why: secret.CleanLine(err.Error())}
	}
	if rec.Dead() {
		return rec, dead(rec)
	}
	before := s.snapshot(rec)
	if call.Check && rec.Session.Generation == seen.Session.Generation { // no need to ask once more
		err = s.afterCheck(ctx, &before, nil, &flow.Result{})
		if after, readErr := s.Store.Account(ctx, seen.Account.ID); err == nil && readErr == nil && after.Dead() {
			return after, dead(after)
		}
	}
	canCheck, now := before.CanCheck, s.Now()
	checks, accepted, checked := false, false, time.Time{}
	err = s.updateRejection(ctx, rec, func(r *session.Rejection) {
		recent := session.Within(r.Checked, now, checkEvery)
		checks, accepted = canCheck && !recent, canCheck && recent && r.At.IsZero()
		if checked = r.Checked; accepted {
			return
		}
		if r.At, r.By = now, call.Text; checks {
			r.Checked = now
		}
	})
	switch {
	case err != nil:
		return rec, &session.Refusal{Kind: session.RefusedUnproven, Why: secret.CleanLine(err.Error())}
	case accepted:
		return rec, &session.Refusal{Kind: session.RefusedHere, Checked: checked}
	case !checks:
		return rec, &session.Refusal{Kind: session.RefusedUnproven}
	}
	after, alive, err := s.Check(ctx, rec)
	switch {
	case err != nil:
		return rec, &session.Refusal{Kind: session.RefusedUnproven, Why: "the check has no result: " + secret.CleanLine(err.Error())}
	case alive:
		return after, &session.Refusal{Kind: session.RefusedHere}
	}
	return after, dead(after)
}

func dead(rec *session.Record) *session.Refusal {
	refusal := &session.Refusal{Kind: session.RefusedDead}
	if rec.Session != nil {
		refusal.Why = rec.Session.EndedReason
	}
	return refusal
}
