package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"tokenring/session"
)

const sessionNames = `tokens, facts` // of an account

func sessionColumns(n *session.Session) []any {
	return []any{tokensColumn{&n.Tokens}, factsColumn{
		generationColumn{&n.Generation}, timeColumn{&n.Started}, timeColumn{&n.Refreshed}, countColumn(&n.Refreshes),
		timeColumn{&n.Proven}, numberColumn[time.Duration]{&n.Offset, -mostOffset, mostOffset}, &n.HasOffset, timeColumn{&n.Pending},
		timeColumn{&n.Ended}, timeColumn{&n.RenewalEnded}, timeColumn{&n.Measured}, timeColumn{&n.Retry},
		timeColumn{&n.Rejection.At}, &n.Rejection.By, timeColumn{&n.Rejection.Renewed}, timeColumn{&n.Rejection.Checked},
	}} // new facts go to the end
}

// readSession reads the session of an account, but not why it ended. Generation 0 means that
// there is none.
func readSession(tx *sql.Tx, accountID string) (n session.Session, err error) {
	err = tx.QueryRow(`SELECT `+sessionNames+` FROM accounts WHERE id = ?`, accountID).Scan(sessionColumns(&n)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	n.AccountID = accountID
	return n, err
}

// expectSession is readSession. It returns session.ErrStale unless the session has that generation.
func expectSession(tx *sql.Tx, accountID string, generation int64) (session.Session, error) {
	n, err := readSession(tx, accountID)
	if err == nil && n.Generation != generation {
		err = session.ErrStale
	}
	return n, err
}

// writeSession writes a session; why holds the columns final and box, or is nil to keep those of
// the stored session. It may return session.ErrNotFound.
func writeSession(tx *sql.Tx, n *session.Session, why []any) error {
	err := oneRow(tx.Exec(`UPDATE accounts SET (`+sessionNames+`) = (?2, ?3) WHERE id = ?1`, append([]any{n.AccountID}, sessionColumns(n)...)...))
	if err == nil && why != nil {
		_, err = tx.Exec(`DELETE FROM sessions WHERE account_id = ?`, n.AccountID)
		if err == nil {
			_, err = tx.Exec(`INSERT INTO sessions (account_id, final, box) SELECT ?1, ?2, ?3 WHERE ?2 <> ''`, n.AccountID, why[0], why[1])
		}
	}
	return err
}

// PutSession replaces the account's session and its sealed tokens and clears the pending mark,
// if the stored generation is still was (0: no session). It may return session.ErrStale or
// session.ErrNotFound.
func (s *Store) PutSession(ctx context.Context, n *session.Session, was int64, sealed []session.Sealed) error {
	if n.Generation <= was {
		return fmt.Errorf("the generation of a session must grow: %d after %d", n.Generation, was)
	}
	next := *n
	next.Pending = time.Time{}
	why := s.reasonColumns(&next.AccountID, &next.EndedReason)
	if err := sealWords(ctx, why); err != nil {
		return err
	}
	return s.insist(ctx, n.AccountID, func(tx *sql.Tx) error {
		stored, err := expectSession(tx, n.AccountID, was)
		if err != nil {
			return err
		}
		if nanos(stored.Started) == nanos(n.Started) && stored.Refreshes == n.Refreshes {
			// Only a login or a renewal ends these marks, which the caller may not have read.
			next.Retry, next.Rejection.Renewed, next.Rejection.Checked = stored.Retry, stored.Rejection.Renewed, stored.Rejection.Checked
		}
		if err := writeSession(tx, &next, why); err != nil {
			return err
		}
		if err := deleteTokens(tx, n.AccountID); err != nil {
			return err
		}
		return putSealed(tx, n.AccountID, sealed)
	})
}

func deleteTokens(tx *sql.Tx, accountID string) error {
	_, err := tx.Exec(`DELETE FROM sealed WHERE account_id = ?1 AND substr(name, 1, length(?2)) = ?2`,
		accountID, session.TokenPrefix)
	return err
}

// TouchSession updates the stored session from n: later times of acceptance and proof, which
// end an earlier rejection, and a newer measurement of the clock. It changes nothing if another
// generation or login is stored.
func (s *Store) TouchSession(ctx context.Context, n *session.Session) error {
	return session.IgnoreStale(s.changeSession(ctx, n.AccountID, n.Generation, func(was *session.Session) bool {
		// Generations may repeat after a logout; the login tells sessions apart.
		return nanos(was.Started) == nanos(n.Started) && mergeTouch(was, n, s.now())
	}))
}

// mergeTouch copies the later facts of n into was and reports whether was changed. Two
// processes may touch a session in any order. A measurement or rejection in the future comes
// from a clock that was wrong.
func mergeTouch(was, n *session.Session, now time.Time) (changed bool) {
	changed = was.SetClock(now, 0, false)
	if n.HasOffset && !n.Measured.Equal(was.Measured) && (n.Measured.After(was.Measured) || was.Measured.After(now)) {
		was.SetClock(n.Measured, n.Offset, true)
		changed = true
	}
	for i := range was.Tokens {
		t := n.Token(was.Tokens[i].Name)
		if t != nil && t.Accepted.After(was.Tokens[i].Accepted) {
			was.Tokens[i].Accepted = t.Accepted
			changed = true
		}
	}
	if n.Proven.After(was.Proven) {
		was.Proven = n.Proven
		changed = true
	}
	r := &was.Rejection
	if n.Rejection.At.IsZero() && !r.At.IsZero() && (!n.LastAccepted().Before(r.At) || r.At.After(now)) {
		r.Accepted()
		changed = true
	}
	return changed
}

// changeSession changes the stored session of this generation in one transaction, unless
// change reports that nothing changed, or there is no session (generation 0). It may return
// session.ErrStale.
func (s *Store) changeSession(ctx context.Context, accountID string, generation int64, change func(*session.Session) bool) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		n, err := expectSession(tx, accountID, generation)
		if err == nil && (generation == 0 || !change(&n)) {
			err = errUnchanged
		}
		if err != nil {
			return err
		}
		return writeSession(tx, &n, nil)
	})
}

// UpdateRejection changes the rejections of the session of this generation in one transaction.
// It may return session.ErrStale.
func (s *Store) UpdateRejection(ctx context.Context, accountID string, generation int64, change func(*session.Rejection)) error {
	return s.changeSession(ctx, accountID, generation, func(n *session.Session) bool {
		before := n.Rejection
		change(&n.Rejection)
		return n.Rejection != before
	})
}

// MarkPending records that a flow is about to spend the tokens of this generation. With
// generation 0, a login without a session, it records nothing, because no token is at risk. The
// caller holds the account's lock. It may return session.ErrStale.
func (s *Store) MarkPending(ctx context.Context, accountID string, generation int64, at time.Time) error {
	return s.changeSession(ctx, accountID, generation, func(n *session.Session) bool {
		n.Pending = at
		return true
	})
}

// MarkRetry records before which time the server wants no renewal of the account's session,
// if it has one.
func (s *Store) MarkRetry(ctx context.Context, accountID string, at time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		n, err := readSession(tx, accountID)
		if err != nil || n.Generation == 0 {
			return err
		}
		n.Retry = at
		return writeSession(tx, &n, nil)
	})
}

// EndSession deletes the session of that generation and its sealed tokens. With a final reason
// it keeps the session's record, with the reason and no longer pending. It may return
// session.ErrStale.
func (s *Store) EndSession(ctx context.Context, accountID string, generation int64, final string) error {
	return s.end(ctx, accountID, generation, final, func(tx *sql.Tx, n *session.Session, why []any) error {
		n.Ended = s.now()
		if final == "" {
			*n = session.Session{AccountID: accountID}
		}
		if err := writeSession(tx, n, why); err != nil {
			return err
		}
		return deleteTokens(tx, accountID)
	})
}

// EndRenewal records since when and why a session of that generation cannot be
// renewed, and deletes the token of that name, which the server refused; "" deletes
// none. The other tokens live on. A zero time lets the session be renewed again. It
// may return session.ErrStale.
func (s *Store) EndRenewal(ctx context.Context, accountID string, generation int64, at time.Time, reason, token string) error {
	return s.end(ctx, accountID, generation, reason, func(tx *sql.Tx, n *session.Session, why []any) error {
		n.RenewalEnded = at
		n.Tokens = slices.DeleteFunc(n.Tokens, func(t session.TokenInfo) bool { return t.Name == token })
		err := writeSession(tx, n, why)
		if err == nil && token != "" {
			_, err = tx.Exec(`DELETE FROM sealed WHERE account_id = ? AND name = ?`, accountID, session.TokenPrefix+token)
		}
		return err
	})
}

// end calls write with the session of that generation, which is no longer pending, and with the
// columns of a reason. With generation 0 there is nothing to end.
func (s *Store) end(ctx context.Context, accountID string, generation int64, reason string, write func(*sql.Tx, *session.Session, []any) error) error {
	why := s.reasonColumns(&accountID, &reason)
	if err := sealWords(ctx, why); err != nil {
		return err
	}
	return s.insist(ctx, accountID, func(tx *sql.Tx) error {
		n, err := expectSession(tx, accountID, generation)
		if err != nil || generation == 0 {
			return err
		}
		n.Pending = time.Time{}
		return write(tx, &n, why)
	})
}
