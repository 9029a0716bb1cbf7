package lifecycle

import (
	"context"
	"errors"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Ending is the outcome of a logout.
type Ending string

// The endings.
const (
	Revoked      Ending = "revoked"     // the server rejects the token
	StillAlive   Ending = "still alive" // the server still accepts the token
	Unproven     Ending = "unproven"    // the server did not answer
	LogoutFailed Ending = "failed"      // the logout call failed
)

// LogoutResult is the outcome of a logout. The local tokens are always deleted.
type LogoutResult struct {
	Ending Ending
	Until  time.Time // StillAlive: when the token expires, our clock; zero: unknown
	Reason string    // LogoutFailed and Unproven: why
}

// Text returns the result in one sentence.
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

// Logout ends the session on the server, if the definition supports it, deletes
// the local tokens whatever the server answers, and then sends the deleted token
// once more to prove the result.
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
	var changed *session.ChangedError
	if errors.As(openErr, &changed) { // the person decides before anything is deleted
		return LogoutResult{}, openErr
	}
	if openErr == nil {
		// Log out even if a borrowed token is missing.
		_ = s.Opener.Borrow(ctx, &rec.Account, sub, s)
	}
	progress, done := s.Feed.Start(id, nil)
	defer done()
	var logoutErr error
	if openErr == nil && snap.CanLogout && !snap.Dead() {
		_, logoutErr = s.Runner.Logout(ctx, sub, progress)
	}
	kept := context.WithoutCancel(ctx)
	if err := session.IgnoreStale(s.Store.EndSession(kept, id, rec.Session.Generation, "")); err != nil {
		return LogoutResult{}, err
	}
	result := s.proof(ctx, &snap, sub, openErr, logoutErr)
	s.Feed.SetFailure(id, nil)
	s.Feed.Record(kept, id, session.EventLogout, result.Ending != LogoutFailed, result.Text())
	return result, nil
}

// proof asks the server whether the deleted token still works.
func (s *Sessions) proof(ctx context.Context, snap *session.Snapshot, sub *flow.Subject, openErr, logoutErr error) LogoutResult {
	switch {
	case snap.Dead():
		return LogoutResult{Ending: Unproven, Reason: "nothing was left of the session"}
	case openErr != nil:
		return LogoutResult{Ending: Unproven, Reason: secret.CleanLine(openErr.Error())}
	case !snap.CanCheck:
		return unproven(logoutErr, "there is no way to ask the server")
	}
	res, err := s.Runner.Check(ctx, sub)
	switch {
	case err != nil:
		return unproven(logoutErr, err.Error())
	case !res.Alive:
		return LogoutResult{Ending: Revoked}
	case logoutErr != nil:
		return LogoutResult{Ending: LogoutFailed, Reason: logoutErr.Error()}
	}
	result := LogoutResult{Ending: StillAlive}
	result.Until, _ = snap.End(snap.Session.Primary(), s.Now())
	return result
}

func unproven(logoutErr error, why string) LogoutResult {
	if logoutErr != nil {
		return LogoutResult{Ending: LogoutFailed, Reason: logoutErr.Error()}
	}
	return LogoutResult{Ending: Unproven, Reason: why}
}
