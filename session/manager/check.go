package manager

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Check asks the server whether the session is alive. An answered "no" is no
// error: a session the server disowns is ended here too, unless a refresh may
// still save it.
func (m *Manager) Check(ctx context.Context, id string) (session.Snapshot, bool, error) {
	defer m.begin()()
	rec, release, err := m.turn(ctx, id)
	if err != nil {
		return session.Snapshot{}, false, err
	}
	defer release()
	before := m.snapshot(&rec)
	switch {
	case before.Dead():
		return before, false, needsLogin(&before)
	case !before.CanCheck:
		return before, false, fmt.Errorf("%s has no way to ask whether a session is alive", before.Title)
	}
	sub, err := m.subject(ctx, &rec, nil)
	if err != nil {
		return before, false, m.failed(ctx, id, session.EventCheck, err)
	}
	done := m.working(id)
	res, err := m.runner.Check(ctx, sub)
	done()
	kept := context.WithoutCancel(ctx)
	if err != nil {
		if _, keepErr := m.keepBrought(kept, &rec, sub, res); keepErr != nil {
			err = errors.Join(err, keepErr)
		}
		return before, false, m.failed(ctx, id, session.EventCheck, err)
	}
	if err := m.afterCheck(kept, &rec, &before, sub, res); err != nil {
		return before, false, err
	}
	after, err := m.Account(kept, id)
	return after, res.Alive, err
}

func (m *Manager) afterCheck(ctx context.Context, rec *session.Record, before *session.Snapshot, sub *flow.Subject, res *flow.Result) error {
	id := rec.Account.ID
	if !res.Alive {
		m.record(ctx, id, session.EventCheck, false, "the server does not accept this session")
		if before.CanRefresh || before.CanRelogin {
			m.changed()
			return nil
		}
		err := m.store.EndSession(ctx, id, rec.Session.Generation, "the server does not accept this session any more")
		m.changed()
		return ignoreStale(err)
	}
	s := *rec.Session
	s.Proven = res.Received.Add(res.Offset)
	s.Offset, s.HasOffset = res.Offset, res.HasOffset || s.HasOffset
	accepted := s.Proven
	if sub.Definition.Check.Request.Attach == definition.AttachNone {
		accepted = time.Time{} // asked about, not used: an idle life goes on
	}
	if err := m.accepted(ctx, rec, &s, sub, res, accepted); err != nil {
		return err
	}
	m.succeeded(ctx, id, session.EventCheck, "alive")
	return nil
}

// accepted writes what an answer says of the session: that it accepted the
// token at a moment of the server's clock, if at is not zero, and the tokens it
// brought, if any.
func (m *Manager) accepted(ctx context.Context, rec *session.Record, s *session.Session, sub *flow.Subject, res *flow.Result, at time.Time) error {
	s.Tokens = slices.Clone(s.Tokens)
	was := s.Generation
	if len(res.Changed) > 0 {
		s.Generation++
		take(s, sub, res)
	}
	if primary := s.Primary(); primary != nil && at.After(primary.Accepted) {
		primary.Accepted = at
	}
	if len(res.Changed) > 0 {
		return ignoreStale(m.persist(ctx, &rec.Account, s, was, res))
	}
	return ignoreStale(m.store.TouchSession(ctx, s))
}

// turn reads an account for a call with its token. Where every answer may
// bring a new one, calls run one at a time, and what is read is what the call
// before has left.
func (m *Manager) turn(ctx context.Context, id string) (rec session.Record, release func(), err error) {
	if rec, err = m.store.Account(ctx, id); err != nil {
		return rec, nil, err
	}
	def, err := m.catalog.Get(rec.Account.Definition)
	if err != nil {
		return rec, nil, err
	}
	if len(def.EachAnswer) == 0 {
		return rec, func() {}, nil
	}
	if release, err = m.lock(ctx, id); err != nil {
		return rec, nil, err
	}
	if rec, err = m.store.Account(ctx, id); err != nil {
		release()
	}
	return rec, release, err
}

// Ending is how a logout ended.
type Ending string

// The endings.
const (
	Revoked    Ending = "revoked"     // the server answered that the token is dead
	StillAlive Ending = "still alive" // nobody can revoke it before it ends
	Unproven   Ending = "unproven"    // nothing was answered either way
	NotTold    Ending = "failed"      // the server could not be told
)

// LogoutResult is how a logout ended. Whatever it is, nothing is left here.
type LogoutResult struct {
	Ending Ending
	Until  time.Time // StillAlive: when the token dies, our clock; zero: unknown
	Reason string    // NotTold and Unproven: why
}

// Text is the result in one sentence.
func (r LogoutResult) Text() string {
	switch r.Ending {
	case Revoked:
		return "logged out; the server confirmed that the token is dead"
	case StillAlive:
		if r.Until.IsZero() {
			return "forgotten here; the server goes on accepting the token"
		}
		return "forgotten here; the server goes on accepting the token until " + r.Until.Local().Format(time.DateTime)
	case NotTold:
		return "forgotten here, but the server could not be told: " + r.Reason
	}
	return "forgotten here; whether the token still works is unproven: " + r.Reason
}

// Logout tells the server when the definition can, forgets the tokens
// whatever it answered, and keeps them in memory just long enough to prove it.
func (m *Manager) Logout(ctx context.Context, id string) (LogoutResult, error) {
	defer m.begin()()
	unlock, err := m.lock(ctx, id)
	if err != nil {
		return LogoutResult{}, err
	}
	defer unlock()
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return LogoutResult{}, err
	}
	if rec.Session == nil {
		return LogoutResult{}, needsLogin(&session.Snapshot{Account: rec.Account})
	}
	snap := m.snapshot(&rec)
	sub, openErr := m.ready(ctx, &rec, nil)
	if openErr == nil {
		// The server is told even if an account that lends its token cannot.
		_ = m.lendTokens(ctx, &rec.Account, sub)
	}
	done := m.working(id)
	defer done()
	var told error
	if openErr == nil && snap.CanLogout && !snap.Dead() {
		_, told = m.runner.Logout(ctx, sub, m.progress(id, nil))
	}
	kept := context.WithoutCancel(ctx)
	if err := ignoreStale(m.store.EndSession(kept, id, rec.Session.Generation, "")); err != nil {
		return LogoutResult{}, err
	}
	result := m.proof(ctx, &snap, sub, openErr, told)
	m.setFailure(id, nil)
	m.record(kept, id, session.EventLogout, result.Ending != NotTold, result.Text())
	m.changed()
	return result, nil
}

// proof asks with the token that was just forgotten whether it still works.
func (m *Manager) proof(ctx context.Context, snap *session.Snapshot, sub *flow.Subject, openErr, told error) LogoutResult {
	switch {
	case snap.Dead():
		return LogoutResult{Ending: Unproven, Reason: "nothing was left of the session"}
	case openErr != nil:
		return LogoutResult{Ending: Unproven, Reason: secret.CleanLine(openErr.Error())}
	case !snap.CanCheck:
		return unproven(told, "there is no way to ask the server")
	}
	res, err := m.runner.Check(ctx, sub)
	switch {
	case err != nil:
		return unproven(told, err.Error())
	case !res.Alive:
		return LogoutResult{Ending: Revoked}
	case told != nil:
		return LogoutResult{Ending: NotTold, Reason: told.Error()}
	}
	result := LogoutResult{Ending: StillAlive}
	if end := snap.Session.Primary().End(); !end.IsZero() {
		result.Until = end.Add(-snap.Session.Offset)
	}
	return result
}

func unproven(told error, why string) LogoutResult {
	if told != nil {
		return LogoutResult{Ending: NotTold, Reason: told.Error()}
	}
	return LogoutResult{Ending: Unproven, Reason: why}
}
