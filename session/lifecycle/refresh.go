package lifecycle

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/transport"
)

// exchangeLimit bounds an exchange, which continues when its caller has left.
const exchangeLimit = 3 * time.Minute

// Refresh renews the session now, whatever its remaining life. It adopts the
// result of a refresh that runs at this moment, in this or another process.
func (s *Sessions) Refresh(ctx context.Context, rec *session.Record, p session.Progress) (*session.Record, error) {
	return s.renew(ctx, rec, p, renewal{})
}

// Ensure returns a session whose primary token lives for at least minTTL more,
// and renews it first if needed. It accepts a fresh token with a shorter life, and
// returns a *session.NotYetValidError for one that is valid only later. It does not
// read the account again when its token suffices.
func (s *Sessions) Ensure(ctx context.Context, rec *session.Record, minTTL time.Duration) (*session.Record, error) {
	if rec.Lives(s.Now(), minTTL) {
		// Whatever the definition says, nothing is renewed: it need not be parsed.
		if _, _, err := s.Catalog.Text(rec.Account.Definition); err == nil {
			return rec, nil
		}
	}
	snap := s.snapshot(rec)
	if snap.Broken != "" {
		_, err := s.Opener.Compared(ctx, rec.Account.ID)
		return rec, cmp.Or(err, errors.New(snap.Broken)) // it may have been changed outside tokenring
	}
	renewed, err := rec, error(nil)
	if !s.suffices(&snap, minTTL) {
		renewed, err = s.renew(ctx, rec, nil, renewal{wanted: func(now *session.Snapshot) bool { return !s.suffices(now, minTTL) }})
	}
	left, known := renewed.Left(s.Now())
	switch {
	case err == nil && renewed.Session.Primary() == nil: // logged out at this moment
		return renewed, renewed.NeedsLogin()
	case err == nil, minTTL <= 0 && ctx.Err() == nil && !renewed.Dead() && known && left > 0:
		// A renewal that failed or was refused ends no token: the old one still works.
		return renewed, renewed.NotYetValid(renewed.Session.Primary(), s.Now())
	}
	return renewed, err
}

// suffices reports whether the session needs no renewal.
func (s *Sessions) suffices(snap *session.Snapshot, minTTL time.Duration) bool {
	if snap.Dead() {
		return false
	}
	left, known := snap.Left(s.Now())
	switch {
	case !known:
		return true
	case minTTL <= 0 && snap.CanRefresh:
		return left > snap.Session.Primary().Margin() || left > 0 && !snap.Session.RetryAt(s.Now()).IsZero()
	}
	return left > minTTL
}

// renewal is the cause of a renewal.
type renewal struct {
	wanted   func(*session.Snapshot) bool // whether it is still needed, under the lock; nil: it is
	rejected bool                         // the server rejected the token
}

// renew exchanges the tokens or adopts newer ones. The error is errTooSoon if a
// rejection caused a renewal and the last such one was moments ago.
func (s *Sessions) renew(ctx context.Context, seen *session.Record, p session.Progress, cause renewal) (*session.Record, error) {
	id := seen.Account.ID
	var was int64
	if seen.Session != nil {
		was = seen.Session.Generation
	}
	unlock, err := s.Lock(ctx, id)
	if errors.Is(err, session.ErrUnwritable) {
		return seen, unrenewed(&seen.Account, false, err)
	}
	if err != nil {
		return seen, fmt.Errorf("%s: %w", seen.Account.Name, err)
	}
	rec, err := s.Opener.Compared(ctx, id)
	if err != nil {
		unlock()
		return seen, err
	}
	now := s.snapshot(rec)
	if cause.rejected {
		now.CanRefresh = now.CanRefresh && !now.RefreshSpends
	}
	newer := rec.Session != nil && rec.Session.Generation != was && !rec.Session.Over()
	loggedOut := seen.Session != nil && rec.Session == nil
	switch {
	case newer, !loggedOut && cause.wanted != nil && !cause.wanted(&now):
		unlock()
		if newer {
			s.Feed.SetFailure(id, nil)
		}
		return s.Store.Account(ctx, id)
	case loggedOut, !now.CanRefresh && !now.CanRelogin:
		unlock()
		return rec, rec.NotRenewable(s.Now())
	}
	if cause.rejected {
		if err := s.spaceRenewals(ctx, rec); err != nil {
			unlock()
			return rec, err
		}
	}
	return s.exchangeDetached(ctx, &now, p, unlock)
}

// exchangeDetached runs the exchange to its end even if ctx ends, since a rotated
// token that is not written is lost. It releases the lock.
func (s *Sessions) exchangeDetached(ctx context.Context, now *session.Snapshot, p session.Progress, unlock func()) (*session.Record, error) {
	id := now.Account.ID
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeLimit)
	result := make(chan error, 1)
	progress, done := s.Feed.Start(id, p)
	release := s.Feed.Hold()
	before := *now.Record
	go func() {
		defer release()
		defer cancel()
		err := s.exchange(kept, now, progress)
		done()
		unlock()
		result <- err
	}()
	select {
	case err := <-result:
		after, readErr := s.Store.Account(ctx, id)
		if readErr != nil {
			return &before, errors.Join(err, readErr)
		}
		return after, err
	case <-ctx.Done():
		return &before, ctx.Err()
	}
}

// exchange refreshes. If that is refused or impossible, it logs in again, if the
// account allows it.
func (s *Sessions) exchange(ctx context.Context, now *session.Snapshot, p session.Progress) error {
	rec, id := now.Record, now.Account.ID
	giveUp, err := s.Store.Reserve(ctx, id)
	if err != nil {
		return unrenewed(&rec.Account, false, err)
	}
	defer giveUp()
	var refused error // by the server
	if now.CanRefresh {
		notes, err := s.refresh(ctx, rec, p)
		refused = s.ended(ctx, id, session.EventRefresh, withNotes("refreshed", notes), err)
		if !final(refused) {
			return refused
		}
	}
	if !now.CanRelogin {
		return s.giveUp(ctx, rec, refused)
	}
	_, err = s.login(ctx, rec, LoginOptions{Progress: p}, true)
	if s.ended(ctx, id, session.EventLogin, "logged in again with the stored credentials", err); final(err) {
		return s.giveUp(ctx, rec, err)
	}
	return err
}

// refresh runs the definition's refresh. It marks the session as pending first and
// stores the new tokens before returning. It returns notes for the person.
func (s *Sessions) refresh(ctx context.Context, rec *session.Record, p session.Progress) (notes []string, err error) {
	sub, err := s.open(ctx, rec)
	if err != nil {
		return nil, err
	}
	was := rec.Session
	if err := s.Store.MarkPending(ctx, rec.Account.ID, was.Generation, s.Now()); err != nil {
		return nil, unrenewed(&rec.Account, false, err)
	}
	res, err := s.Runner.Refresh(ctx, sub, p)
	if err == nil {
		err = RefuseExpired(session.FlowRefresh, was, sub, res)
	}
	if err != nil {
		kept, keepErr := s.keepPartial(ctx, rec, sub, res)
		if keepErr == nil && !kept && unspent(err) {
			// Not spent. Otherwise that is unknown, and the mark stays.
			keepErr = s.Store.MarkPending(ctx, was.AccountID, was.Generation, was.Pending)
		} else if keepErr == nil && !kept {
			warnSpent(err)
		}
		return nil, errors.Join(err, keepErr)
	}
	next := successor(was, sub, res)
	next.Refreshed, next.Refreshes, next.Retry = s.Now(), was.Refreshes+1, time.Time{}
	if sent := next.Token(sub.Definition.Refresh.Needs); sent != nil && !slices.Contains(res.Changed, sent.Name) {
		sent.Accepted = res.Received.Add(res.Offset)
	}
	return res.Notes, s.persist(ctx, &rec.Account, sub, next, was.Generation, res)
}

// unrenewed explains an error of the store from before an exchange, or before a call whose
// answer may bring new tokens.
func unrenewed(a *session.Account, call bool, err error) error {
	if errors.Is(err, session.ErrUnwritable) {
		return &session.UnrenewedError{Account: a.Name, Call: call, Reason: err}
	}
	return err
}

// successor returns the next generation of a session, with the result of a flow.
func successor(was *session.Session, sub *flow.Subject, res *flow.Result) *session.Session {
	next := *was
	next.Generation++
	next.SetClock(res.Received, res.Offset, res.HasOffset)
	next.Pending = time.Time{}
	next.Rejection.Accepted()
	apply(&next, sub, res)
	return &next
}

// keepPartial stores the captures of a failed flow as the next generation of
// rec's session.
func (s *Sessions) keepPartial(ctx context.Context, rec *session.Record, sub *flow.Subject, res *flow.Result) (kept bool, err error) {
	if res == nil || len(res.Changed) == 0 {
		return false, nil
	}
	next := successor(rec.Session, sub, res)
	if err := s.persist(ctx, &rec.Account, sub, next, rec.Session.Generation, res); err != nil {
		return false, err
	}
	rec.Session = next
	return true, nil
}

// warnSpent adds the consequences of a lost answer to a failure.
func warnSpent(err error) {
	f, ok := errors.AsType[*session.Failure](err)
	if !ok {
		return
	}
	if f.Detail != "" {
		f.Detail += "; "
	}
	f.Detail += "the refresh token may be spent, since the server may still have renewed the session"
	f.Next = "try again, and log in if the server then refuses the session"
}

// LostAnswer notes that the answer to a call of rec's account was lost after it was
// sent, where every answer may bring a new token, and reports whether that is so: the
// token may have been exchanged.
func (s *Sessions) LostAnswer(ctx context.Context, rec *session.Record, sub *flow.Subject, err error) bool {
	if !sub.Definition.Rotates() || rec.Session == nil || unspent(err) {
		return false
	}
	_ = s.Store.MarkPending(ctx, rec.Account.ID, rec.Session.Generation, s.Now())
	s.Feed.Notify()
	return true
}

// unspent reports whether a failed refresh certainly spent no token: the server
// refused it at once, or was not reached.
func unspent(err error) bool {
	f, ok := errors.AsType[*session.Failure](err)
	if !ok || f.Step > 1 {
		return false
	}
	if f.Status != 0 {
		return f.Status >= 300 && f.Status < 500 || f.Status == http.StatusServiceUnavailable
	}
	broken, ok := errors.AsType[*transport.Error](err)
	if !ok {
		return f.Kind != session.NoAnswer
	}
	switch broken.Kind {
	case transport.KindDNS, transport.KindRefused, transport.KindUnreachable, transport.KindProxy, transport.KindTLS,
		transport.KindPlainHTTP, transport.KindOrigin, transport.KindInvalid, transport.KindConnection:
		return true
	}
	return false
}

// interruptedRenewal is added to the reason of a session that ended after a renewal whose
// result was never stored.
const interruptedRenewal = "; an earlier renewal did not complete and may have spent the refresh token"

// giveUp ends the renewal of a session, unless it was replaced meanwhile, and
// returns the reason. A refusal speaks of the token that was sent (RFC 6749, section
// 5.2): the session ends only where that was the one its requests carry. The reason
// is stored even without a session, so that refused credentials are not tried again,
// which might lock the account.
func (s *Sessions) giveUp(ctx context.Context, rec *session.Record, cause error) error {
	id, reason := rec.Account.ID, "the session cannot be renewed"
	f, ok := errors.AsType[*session.Failure](cause)
	if ok {
		reason = f.Error()
	}
	if rec.Session != nil && !rec.Session.Pending.IsZero() {
		reason += interruptedRenewal
	}
	carried := s.snapshot(rec).RefreshSpends
	var err error
	switch {
	case rec.Session == nil:
		dead := &session.Session{AccountID: id, Generation: s.nextGeneration(0), Started: s.Now(), Ended: s.Now(), EndedReason: reason}
		err = s.Store.PutSession(ctx, dead, 0, nil)
	case carried && f != nil && f.Flow == session.FlowRefresh && (f.Kind == session.TokenRejected || f.Status == http.StatusUnauthorized):
		err = s.Store.EndSession(ctx, id, rec.Session.Generation, reason)
	default:
		err = s.Store.EndRenewal(ctx, id, rec.Session.Generation, s.Now(), reason, s.refreshToken(rec))
	}
	s.Feed.Notify()
	if session.IgnoreStale(err) != nil {
		return err
	}
	if now, err := s.Store.Account(ctx, id); err == nil && now.Session.Final() {
		return now.NotRenewable(s.Now())
	}
	return &session.NeedsLoginError{Account: rec.Account.Name, Reason: reason}
}

// refreshToken returns the token that only a refresh sends, "" for none.
func (s *Sessions) refreshToken(rec *session.Record) string {
	def, err := s.Catalog.Get(rec.Account.Definition)
	if err != nil || def.Refresh == nil || slices.Contains(def.AttachedNames(), def.Refresh.Needs) {
		return ""
	}
	return def.Refresh.Needs
}

// final reports whether a retry is pointless: the server refused the credentials.
func final(err error) bool {
	if errors.Is(err, session.ErrNeedsLogin) {
		return true
	}
	f, ok := errors.AsType[*session.Failure](err)
	if !ok {
		return false
	}
	switch f.Kind {
	case session.TokenRejected, session.BadCredentials, session.Disabled, session.Unconfirmed,
		session.Forbidden, session.NeedsPerson, session.WrongToken:
		return true
	case session.Unexpected:
		return f.Status == 400 || f.Status == 401 || f.Status == 403
	}
	return false
}
