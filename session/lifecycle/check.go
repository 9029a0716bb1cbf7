package lifecycle

import (
	"context"
	"errors"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
)

// Check asks the server whether the session is alive. "No" is not an error: Check
// then ends the session here too, unless a refresh may still renew it.
func (s *Sessions) Check(ctx context.Context, rec *session.Record) (after *session.Record, alive bool, err error) {
	defer s.Feed.Hold()()
	id := rec.Account.ID
	rec, release, err := s.Acquire(ctx, id)
	if err != nil {
		return nil, false, err
	}
	defer release()
	before := s.snapshot(rec)
	switch {
	case rec.Dead():
		return rec, false, rec.NeedsLogin()
	case !before.CanCheck:
		return rec, false, &session.Failure{
			Flow: session.FlowCheck, Kind: session.BadConfig, Meaning: before.Title + " has no session check",
			Next: "send a request to see whether the session is alive, or add a check to the definition " + rec.Account.Definition,
		}
	}
	sub, err := s.open(ctx, rec)
	if err != nil {
		return rec, false, s.ended(ctx, id, session.EventCheck, "", err)
	}
	_, done := s.Feed.Start(id, nil)
	res, err := s.Runner.Check(ctx, sub)
	done()
	kept := context.WithoutCancel(ctx)
	if err != nil {
		changed := false
		unlock, keepErr := s.lockToKeep(kept, rec, sub)
		if keepErr == nil {
			changed, keepErr = s.keepPartial(kept, rec, sub, res)
			unlock()
		}
		keepErr = session.IgnoreStale(keepErr)
		if !changed {
			s.LostAnswer(kept, rec, sub, err)
		}
		return before.Record, false, s.ended(ctx, id, session.EventCheck, "", errors.Join(err, keepErr))
	}
	if err := s.afterCheck(kept, &before, sub, res); err != nil {
		return rec, false, err
	}
	after, err = s.Store.Account(kept, id)
	return after, res.Alive, err
}

func (s *Sessions) afterCheck(ctx context.Context, before *session.Snapshot, sub *flow.Subject, res *flow.Result) error {
	id := before.Account.ID
	if !res.Alive {
		s.Feed.Record(ctx, id, session.EventCheck, false, "the server does not accept this session")
		if before.CanRecover() {
			return nil
		}
		err := s.Store.EndSession(ctx, id, before.Session.Generation, reasonNotAlive(before))
		s.Feed.Notify()
		return session.IgnoreStale(err)
	}
	next := *before.Session
	next.SetClock(res.Received, res.Offset, res.HasOffset)
	next.Proven = res.Received.Add(next.Offset)
	next.Rejection.Accepted()
	accepted := next.Proven
	if sub.Definition.Check.Request.Attach == definition.AttachNone {
		accepted = time.Time{} // not a use: an idle life is not extended
	}
	if err := s.keepAnswer(ctx, before.Record, &next, sub, res, accepted); err != nil {
		return err
	}
	return s.ended(ctx, id, session.EventCheck, withNotes("alive", res.Notes), nil)
}

// reasonNotAlive says why a session is over that the server does not accept. It keeps
// what was known before: why nothing can renew it, or that a renewal was interrupted.
func reasonNotAlive(before *session.Snapshot) string {
	const reason = "the server does not accept this session any more"
	known := before.Session.EndedReason
	switch {
	case before.Session.Over() && known != "":
		return known
	case known != "":
		return reason + "; " + known
	case before.Interrupted():
		return reason + interruptedRenewal
	}
	return reason
}

// keepAnswer writes the effects of an answer on the session: new tokens, if any,
// and the server's time at which it accepted the token, unless zero.
func (s *Sessions) keepAnswer(ctx context.Context, rec *session.Record, next *session.Session, sub *flow.Subject, res *flow.Result, at time.Time) error {
	if slices.Contains(res.Changed, sub.Primary()) {
		_ = RefuseExpired(session.FlowRequest, next, sub, res) // the older token stays
	}
	if len(res.Changed) > 0 {
		unlock, err := s.lockToKeep(ctx, rec, sub)
		if err != nil {
			return session.IgnoreStale(err)
		}
		defer unlock()
		next = successor(next, sub, res)
		accept(next, at)
		return session.IgnoreStale(s.persist(ctx, &rec.Account, sub, next, rec.Session.Generation, res))
	}
	next.Tokens = slices.Clone(next.Tokens)
	accept(next, at)
	err := s.Store.TouchSession(ctx, next)
	if errors.Is(err, session.ErrUnwritable) {
		return nil // no loss: the next answer says it again
	}
	if err == nil && sub.Definition.Rotates() && !at.IsZero() && !next.Pending.IsZero() { // see LostAnswer
		err = s.Store.MarkPending(ctx, next.AccountID, next.Generation, time.Time{})
	}
	return session.IgnoreStale(err)
}

// lockToKeep locks an account of which an answer brought new values. Where these may be
// tokens, the call has the lock already (see Acquire). Otherwise a flow that is under way
// brings more than this answer, and would find the session replaced: the error is then
// session.ErrStale, and the next answer brings the values again.
func (s *Sessions) lockToKeep(ctx context.Context, rec *session.Record, sub *flow.Subject) (unlock func(), err error) {
	if sub.Definition.Rotates() {
		return func() {}, nil
	}
	unlock, err = s.lockWithRoom(ctx, rec.Account.ID, 0, 0)
	if errors.As(err, new(*session.BusyError)) || errors.Is(err, session.ErrUnwritable) {
		err = session.ErrStale
	}
	return unlock, err
}

// Keep writes the effects of a request's answer on the session: the acceptance of
// its token, the server's clock, and tokens that come with every answer. The error may be
// about one that cannot be sent.
func (s *Sessions) Keep(ctx context.Context, rec *session.Record, sub *flow.Subject, answer *flow.Answer) error {
	if rec.Session == nil || !answer.Carried && len(answer.Changed) == 0 && answer.Unkept == nil {
		return nil
	}
	next := *rec.Session
	at := noteAnswer(&next, answer)
	err := s.keepAnswer(ctx, rec, &next, sub, &flow.Result{
		Values: answer.Values, Lives: answer.Lives, Changed: answer.Changed,
		Received: answer.Response.Received, Offset: next.Offset, HasOffset: answer.Response.HasOffset,
		Status: answer.Response.Status,
	}, at)
	if answer.Unkept != nil {
		s.LostAnswer(ctx, rec, sub, answer.Unkept)
	}
	return errors.Join(err, answer.Unkept)
}

// noteAnswer copies the server's clock and returns the time at which the answer
// accepted the token; zero when it did not.
func noteAnswer(next *session.Session, answer *flow.Answer) (at time.Time) {
	r := answer.Response
	next.SetClock(r.Received, r.Offset, r.HasOffset)
	if answer.Accepted {
		at = r.Received.Add(next.Offset)
	}
	return at
}

// Note applies to rec what Keep would write, for a caller that writes it later
// with Touch. It reports whether rec changed.
func (s *Sessions) Note(rec *session.Record, answer *flow.Answer) bool {
	if rec.Session == nil || !answer.Carried {
		return false
	}
	accept(rec.Session, noteAnswer(rec.Session, answer))
	return true
}

// accept records the time at which an answer accepted the primary token, unless
// zero.
func accept(s *session.Session, at time.Time) {
	primary := s.Primary()
	if primary == nil || at.IsZero() {
		return
	}
	s.Rejection.Accepted()
	if at.After(primary.Accepted) {
		primary.Accepted = at
	}
}

// Touch writes what Note applied.
func (s *Sessions) Touch(ctx context.Context, rec *session.Record) error {
	return session.IgnoreStale(s.Store.TouchSession(ctx, rec.Session))
}
