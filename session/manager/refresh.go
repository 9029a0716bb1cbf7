package manager

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/transport"
)

// exchangeLimit bounds an exchange, which goes on when its caller has left.
const exchangeLimit = 3 * time.Minute

// Refresh renews the session now, whatever is left of it. When somebody else
// does so at this moment, in this process or another, theirs is adopted.
func (m *Manager) Refresh(ctx context.Context, id string, p session.Progress) (session.Snapshot, error) {
	snap, err := m.Account(ctx, id)
	if err != nil {
		return session.Snapshot{}, err
	}
	return m.renew(ctx, &snap, p, nil)
}

// Ensure gives a session whose primary token lives for at least minTTL more,
// renewing it first when it does not. A fresh token that lives shorter than that
// is given as it is: nothing can make it better.
func (m *Manager) Ensure(ctx context.Context, id string, minTTL time.Duration) (session.Snapshot, error) {
	snap, err := m.Account(ctx, id)
	if err != nil {
		return session.Snapshot{}, err
	}
	return m.EnsureSeen(ctx, snap, minTTL)
}

// EnsureSeen is Ensure for an account that was read just now.
func (m *Manager) EnsureSeen(ctx context.Context, snap session.Snapshot, minTTL time.Duration) (session.Snapshot, error) {
	if snap.Broken != "" {
		return snap, errors.New(snap.Broken)
	}
	if m.enough(&snap, minTTL) {
		return snap, nil
	}
	still := func(s *session.Snapshot) bool { return !m.enough(s, minTTL) }
	renewed, err := m.renew(ctx, &snap, nil, still)
	if err == nil && renewed.Session.Primary() == nil { // logged out at this moment
		err = needsLogin(&renewed)
	}
	if err == nil {
		return renewed, nil
	}
	// A refresh that failed early is no reason to withhold a token that lives.
	if left, known := snap.Left(m.now()); minTTL <= 0 && known && left > 0 && !final(err) && ctx.Err() == nil {
		return snap, nil
	}
	return renewed, err
}

// enough reports whether the session may be used as it is.
func (m *Manager) enough(s *session.Snapshot, minTTL time.Duration) bool {
	primary := s.Session.Primary()
	if s.Dead() {
		return false
	}
	left, known := s.Left(m.now())
	if !known {
		return true
	}
	if minTTL <= 0 && s.CanRefresh {
		return left > primary.Margin()
	}
	return left > minTTL
}

// renew exchanges or adopts. still, when given, is asked again under the lock
// whether there is anything to do.
func (m *Manager) renew(ctx context.Context, seen *session.Snapshot, p session.Progress, still func(*session.Snapshot) bool) (session.Snapshot, error) {
	id := seen.Account.ID
	var was int64
	if seen.Session != nil {
		was = seen.Session.Generation
	}
	unlock, err := m.lock(ctx, id)
	if err != nil {
		return *seen, fmt.Errorf("%s: %w", seen.Account.Name, err)
	}
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		unlock()
		return *seen, err
	}
	now := m.snapshot(&rec)
	newer := rec.Session != nil && rec.Session.Generation != was && rec.Session.Final == ""
	loggedOut := seen.Session != nil && rec.Session == nil
	switch {
	case newer, !loggedOut && still != nil && !still(&now):
		unlock()
		m.setFailure(id, nil)
		return m.Account(ctx, id)
	case loggedOut, !now.CanRefresh && !now.CanRelogin:
		unlock()
		return now, needsLogin(&now)
	}
	return m.exchangeDetached(ctx, &rec, &now, p, unlock)
}

// exchangeDetached runs the exchange so that a caller who leaves does not
// break it: a rotated token that is not written is lost. It releases the lock.
func (m *Manager) exchangeDetached(ctx context.Context, rec *session.Record, now *session.Snapshot, p session.Progress, unlock func()) (session.Snapshot, error) {
	id := rec.Account.ID
	kept, cancel := context.WithTimeout(context.WithoutCancel(ctx), exchangeLimit)
	result := make(chan error, 1)
	done := m.working(id)
	end := m.begin()
	go func() {
		defer end()
		defer cancel()
		defer unlock()
		err := m.exchangeNow(kept, rec, now, m.progress(id, p))
		done()
		result <- err
	}()
	select {
	case err := <-result:
		if err != nil {
			return *now, err
		}
		return m.Account(ctx, id)
	case <-ctx.Done():
		return *now, ctx.Err()
	}
}

// exchangeNow refreshes, or logs in again where that is refused or impossible
// and the account allows it.
func (m *Manager) exchangeNow(ctx context.Context, rec *session.Record, now *session.Snapshot, p session.Progress) error {
	id := rec.Account.ID
	var refused error
	if now.CanRefresh {
		err := m.refresh(ctx, rec, p)
		if err == nil {
			m.succeeded(ctx, id, session.EventRefresh, "refreshed")
			return nil
		}
		m.failed(ctx, id, session.EventRefresh, err)
		if !final(err) {
			return err
		}
		refused = err
	}
	if !now.CanRelogin {
		return m.giveUp(ctx, rec, refused)
	}
	err := m.relogin(ctx, rec, p)
	if err == nil {
		m.succeeded(ctx, id, session.EventLogin, "logged in again with the stored credentials")
		return nil
	}
	m.failed(ctx, id, session.EventLogin, err)
	if final(err) {
		return m.giveUp(ctx, rec, err)
	}
	return err
}

// refresh runs the definition's refresh: the mark first, the exchange, and the
// new tokens durable before anybody sees them.
func (m *Manager) refresh(ctx context.Context, rec *session.Record, p session.Progress) error {
	sub, err := m.subject(ctx, rec, nil)
	if err != nil {
		return err
	}
	was := rec.Session
	if err := m.store.MarkPending(ctx, rec.Account.ID, was.Generation, m.now()); err != nil {
		return err
	}
	res, err := m.runner.Refresh(ctx, sub, p)
	if err != nil {
		brought, keepErr := m.keepBrought(ctx, rec, sub, res)
		switch {
		case keepErr != nil:
			return errors.Join(err, keepErr)
		case brought:
			return err
		}
		return m.unmark(ctx, was, err)
	}
	next := *was
	next.Generation++
	next.Refreshed, next.Refreshes = m.now(), was.Refreshes+1
	next.Offset, next.HasOffset = res.Offset, res.HasOffset || was.HasOffset
	next.Pending = time.Time{}
	take(&next, sub, res)
	return m.persist(ctx, &rec.Account, &next, was.Generation, res)
}

// keepBrought stores what the answers of a flow brought before it failed, as
// the next generation of rec's session.
func (m *Manager) keepBrought(ctx context.Context, rec *session.Record, sub *flow.Subject, res *flow.Result) (brought bool, err error) {
	if res == nil || len(res.Changed) == 0 {
		return false, nil
	}
	next := *rec.Session
	next.Generation++
	next.Offset, next.HasOffset = res.Offset, res.HasOffset || next.HasOffset
	next.Pending = time.Time{}
	take(&next, sub, res)
	if err := m.persist(ctx, &rec.Account, &next, rec.Session.Generation, res); err != nil {
		return false, err
	}
	rec.Session = &next
	return true, nil
}

// unmark takes the pending mark back when the exchange surely left the tokens
// as they were. Else nobody knows whether they are spent, and the mark stays.
func (m *Manager) unmark(ctx context.Context, was *session.Session, err error) error {
	if !unspent(err) {
		return err
	}
	if unmark := m.store.MarkPending(ctx, was.AccountID, was.Generation, was.Pending); unmark != nil {
		return errors.Join(err, unmark)
	}
	return err
}

// unspent reports whether a failed refresh surely spent no token: the server
// refused it at once, or was never reached.
func unspent(err error) bool {
	var f *session.Failure
	if !errors.As(err, &f) || f.Step > 1 {
		return false
	}
	if f.Status != 0 {
		return f.Status >= 300 && f.Status < 500 || f.Status == http.StatusServiceUnavailable
	}
	var broken *transport.Error
	if !errors.As(err, &broken) {
		return f.Kind != session.NoAnswer
	}
	switch broken.Kind {
	case transport.KindDNS, transport.KindRefused, transport.KindUnreachable, transport.KindTLS,
		transport.KindPlainHTTP, transport.KindOrigin, transport.KindInvalid:
		return true
	}
	return false
}

// giveUp ends a session that cannot be renewed any more, unless it was
// replaced meanwhile, and says why. Where there is none the reason is kept all
// the same: credentials that were refused are not tried again by themselves,
// which would lock the account at the server.
func (m *Manager) giveUp(ctx context.Context, rec *session.Record, cause error) error {
	id, reason := rec.Account.ID, "the session cannot be renewed"
	var f *session.Failure
	if errors.As(cause, &f) {
		reason = f.Error()
	}
	var err error
	if rec.Session == nil {
		dead := &session.Session{AccountID: id, Generation: m.nextGeneration(0), Started: m.now(), Final: reason}
		err = m.store.PutSession(ctx, dead, 0, nil)
	} else {
		if !rec.Session.Pending.IsZero() {
			reason += "; an earlier refresh was interrupted, which may have spent the token"
		}
		err = m.store.EndSession(ctx, id, rec.Session.Generation, reason)
	}
	m.changed()
	if ignoreStale(err) != nil {
		return err
	}
	return &session.NeedsLoginError{Account: rec.Account.Name, Reason: reason}
}

func needsLogin(s *session.Snapshot) error {
	reason := ""
	switch {
	case s.Session == nil:
		reason = "it has no session"
	case s.Session.Final != "":
		reason = strings.TrimSuffix(s.Session.Final, ".")
	default:
		reason = "nothing can renew this session"
	}
	return &session.NeedsLoginError{Account: s.Account.Name, Reason: reason}
}

// final reports whether trying the same again is pointless: the server
// answered and refused what was shown to it.
func final(err error) bool {
	if errors.Is(err, session.ErrNeedsLogin) {
		return true
	}
	var f *session.Failure
	if !errors.As(err, &f) {
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
