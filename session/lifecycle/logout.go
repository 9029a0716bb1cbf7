package lifecycle

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// Logout ends the session on the server, if the definition supports it, deletes
// the local tokens whatever the server answers, and then sends the deleted tokens
// once more to prove the result.
func (s *Sessions) Logout(ctx context.Context, rec *session.Record) (LogoutResult, error) {
	defer s.Feed.Hold()()
	id := rec.Account.ID
	unlock, err := s.Lock(ctx, id)
	if err != nil {
		return LogoutResult{}, err
	}
	defer unlock()
	giveUp, err := s.Store.Reserve(ctx, id) // else the ring would show a session that has ended
	if err != nil {
		return LogoutResult{}, err
	}
	defer giveUp()
	var changed *session.ChangedError // the person decides before anything is deleted
	if rec, err = s.Opener.Compared(ctx, id); rec == nil || errors.As(err, &changed) {
		return LogoutResult{}, err
	}
	if rec.Session == nil {
		return LogoutResult{}, rec.NeedsLogin()
	}
	snap := s.snapshot(rec)
	sub, openErr := s.Opener.Open(ctx, rec, credential.Options{})
	if openErr == nil {
		// Log out even if a borrowed token is missing.
		_ = s.Opener.Borrow(ctx, &rec.Account, sub, s)
	}
	progress, done := s.Feed.Start(id, nil)
	defer done()
	out := logout{snap: &snap, sub: sub, openErr: openErr}
	if openErr == nil && snap.CanLogout && !snap.Dead() {
		out.answer, out.err = s.Runner.Logout(ctx, sub, progress)
	}
	kept := context.WithoutCancel(ctx)
	if err := session.IgnoreStale(s.Store.EndSession(kept, id, rec.Session.Generation, "")); err != nil {
		return LogoutResult{}, err
	}
	result := s.proof(ctx, &out)
	if out.answer != nil {
		result.Notes = out.answer.Notes
	}
	s.Feed.SetFailure(id, nil)
	s.Feed.Record(kept, id, session.EventLogout, result.Ending != LogoutFailed, result.dated())
	return result, nil
}

// logout holds what is known before the proof.
type logout struct {
	snap    *session.Snapshot
	sub     *flow.Subject
	openErr error        // the tokens could not be opened
	answer  *flow.Result // of the logout flow; nil: it did not run or failed
	err     error        // why it failed

	checked bool  // the server was asked with the deleted tokens
	alive   bool  // and accepts them
	checkup error // why it could not be asked
}

// proof finds out what the server still accepts of a deleted session.
func (s *Sessions) proof(ctx context.Context, out *logout) LogoutResult {
	result := LogoutResult{NoFlow: !out.snap.CanLogout, Tokens: []TokenFate{}}
	switch {
	case out.snap.Dead():
		result.Ending, result.Reason = Unproven, "nothing was left of the session"
		return result
	case out.openErr != nil:
		out.checkup = errors.New(secret.CleanLine(out.openErr.Error()))
	case !out.snap.CanCheck:
		out.checkup = errors.New("there is no way to ask the server")
	default:
		res, err := s.Runner.Check(ctx, out.sub)
		out.checked, out.checkup = err == nil, err
		out.alive = err == nil && res.Alive
	}
	for i := range out.snap.Session.Tokens {
		if t := &out.snap.Session.Tokens[i]; t.Token && !(out.sub != nil && slices.Contains(out.sub.Definition.IdentityTokens(), t.Name)) {
			result.Tokens = append(result.Tokens, s.fate(out, t))
		}
	}
	result.conclude(out.err)
	return result
}

// fate judges one deleted token. Only an answer proves: that the server rejects a token
// which would live otherwise. A check speaks of what it carried. What a refresh sends is
// not tried, since that would start a new session: it has ended where a step of the
// logout sent it and the server agreed.
func (s *Sessions) fate(out *logout, t *session.TokenInfo) TokenFate {
	now := s.Now()
	f := TokenFate{Name: t.Name}
	until, known := out.snap.End(t, now)
	expired := known && !until.After(now)
	if known && !expired {
		f.Until = until.UTC()
	}
	var def *definition.Definition
	if out.sub != nil {
		def = out.sub.Definition
	}
	attached := t.Primary || def != nil && slices.Contains(def.AttachedNames(), t.Name)
	f.Renews = !attached && def != nil && def.Refresh != nil && (def.Refresh.Needs == t.Name || slices.Contains(def.Refresh.Sends(), t.Name))
	carried := out.checked && out.sub.Carries(def.Check.Request, t.Name)
	answer := out.answer
	if answer == nil {
		answer = &flow.Result{}
	}
	switch {
	case carried && out.alive:
		f.Fate = Accepted
	case expired:
		f.Fate = Expired
	case carried, slices.Contains(answer.Refused, t.Name):
		f.Fate = Rejected
	case slices.Contains(answer.Ended, t.Name):
		f.Fate = Agreed
	case f.Renews && out.answer == nil:
		f.Fate = Lives
	case f.Renews && answer.AlreadyDead:
		f.Fate, f.Reason = Unknown, "the server refused the logout"
	case f.Renews:
		f.Fate, f.Reason = Unknown, "no step of the logout sent it"
	case attached && out.checkup != nil:
		f.Fate, f.Reason = Unknown, out.checkup.Error()
	case attached:
		f.Fate, f.Reason = Unknown, "the check does not send it"
	default:
		f.Fate, f.Reason = Unknown, "nothing asks about it"
	}
	return f
}

// refused reports whether a failed logout was refused because of the token it sent.
func refused(err error) bool {
	var f *session.Failure
	return errors.As(err, &f) && (f.Kind == session.TokenRejected || f.Status == http.StatusUnauthorized)
}
