package lifecycle

import (
	"context"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Ending is how a logout ended.
type Ending string

// The endings.
const (
	Revoked      Ending = "revoked"     // the server answered that the token is dead
	StillAlive   Ending = "still alive" // nobody can revoke it before it ends
	Unproven     Ending = "unproven"    // nothing was answered either way
	LogoutFailed Ending = "failed"      // the server could not be told
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
	case LogoutFailed:
		return "forgotten here, but the server could not be told: " + r.Reason
	}
	return "forgotten here; whether the token still works is unproven: " + r.Reason
}

// Logout tells the server when the definition can, forgets the tokens
// whatever it answered, and keeps them in memory just long enough to prove it.
func (s *Sessions) Logout(ctx context.Context, rec *session.Record) (LogoutResult, error) {
	defer s.Feed.Hold()()
	id := rec.Account.ID
	unlock, err := s.Lock(ctx, id)
	if err != nil {
		return LogoutResult{}, err
	}
	defer unlock()
	if rec, err = s.read(ctx, id); err != nil {
		return LogoutResult{}, err
	}
	if rec.Session == nil {
		return LogoutResult{}, rec.NeedsLogin()
	}
	snap := s.snapshot(rec)
	sub, openErr := s.Opener.Open(ctx, rec, credential.Options{})
	if openErr == nil {
		// The server is told even if an account that lends its token cannot.
		_ = s.Opener.Borrow(ctx, &rec.Account, sub, s)
	}
	progress, done := s.Feed.Start(id, nil)
	defer done()
	var told error
	if openErr == nil && snap.CanLogout && !snap.Dead() {
		_, told = s.Runner.Logout(ctx, sub, progress)
	}
	kept := context.WithoutCancel(ctx)
	if err := session.IgnoreStale(s.Store.EndSession(kept, id, rec.Session.Generation, "")); err != nil {
		return LogoutResult{}, err
	}
	result := s.proof(ctx, &snap, sub, openErr, told)
	s.Feed.SetFailure(id, nil)
	s.Feed.Record(kept, id, session.EventLogout, result.Ending != LogoutFailed, result.Text())
	return result, nil
}

// proof asks with the token that was just forgotten whether it still works.
func (s *Sessions) proof(ctx context.Context, snap *session.Snapshot, sub *flow.Subject, openErr, told error) LogoutResult {
	switch {
	case snap.Dead():
		return LogoutResult{Ending: Unproven, Reason: "nothing was left of the session"}
	case openErr != nil:
		return LogoutResult{Ending: Unproven, Reason: secret.CleanLine(openErr.Error())}
	case !snap.CanCheck:
		return unproven(told, "there is no way to ask the server")
	}
	res, err := s.Runner.Check(ctx, sub)
	switch {
	case err != nil:
		return unproven(told, err.Error())
	case !res.Alive:
		return LogoutResult{Ending: Revoked}
	case told != nil:
		return LogoutResult{Ending: LogoutFailed, Reason: told.Error()}
	}
	result := LogoutResult{Ending: StillAlive}
	if end := snap.Session.Primary().End(); !end.IsZero() {
		result.Until = end.Add(-snap.Session.Offset)
	}
	return result
}

func unproven(told error, why string) LogoutResult {
	if told != nil {
		return LogoutResult{Ending: LogoutFailed, Reason: told.Error()}
	}
	return LogoutResult{Ending: Unproven, Reason: why}
}
