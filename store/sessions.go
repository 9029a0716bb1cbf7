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

const sessionNames = `generation, tokens, started, refreshed, refreshes, proven, clock, has_clock, pending,
	ended, renewal_ended, measured, retry, rejected, rejected_by, rejection_renewed, rejection_asked`

func sessionColumns(n *session.Session) []any {
	return append([]any{generationColumn{&n.Generation}, tokensColumn{&n.Tokens}, timeColumn{&n.Started}, timeColumn{&n.Refreshed}, countColumn(&n.Refreshes),
		timeColumn{&n.Proven}, numberColumn[time.Duration]{&n.Offset, -mostOffset, mostOffset}, flagColumn{&n.HasOffset}, timeColumn{&n.Pending},
		timeColumn{&n.Ended}, timeColumn{&n.RenewalEnded}, timeColumn{&n.Measured}, timeColumn{&n.Retry}}, rejectionColumns(&n.Rejection)...)
}

func rejectionColumns(r *session.Rejection) []any {
	return []any{timeColumn{&r.At}, &r.By, timeColumn{&r.Renewed}, timeColumn{&r.Checked}}
}

// expectSession reads the session of an account, but not why it ended. It returns
// session.ErrStale unless it has that generation; 0 means no session.
func expectSession(tx *sql.Tx, accountID string, generation int64) (n session.Session, err error) {
	err = tx.QueryRow(`SELECT `+sessionNames+` FROM sessions WHERE account_id = ?`, accountID).Scan(sessionColumns(&n)...)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	if err == nil && n.Generation != generation {
		err = session.ErrStale
	}
	n.AccountID = accountID
	return n, err
}

// writeSession writes a session; why holds the columns final and box, or is nil to keep those of
// the stored session.
func writeSession(tx *sql.Tx, n *session.Session, why []any) error {
	row := append(append([]any{n.AccountID}, sessionColumns(n)...), why...)
	query := `INSERT OR REPLACE INTO sessions (account_id, ` + sessionNames + `, final, box)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	if why == nil {
		query = `UPDATE sessions SET (` + sessionNames + `) = (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
			WHERE account_id = ?1`
	}
	_, err := tx.Exec(query, row...)
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
	if err := sealWords(why); err != nil {
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
		_, err := tx.Exec(`UPDATE sessions SET retry = ? WHERE account_id = ?`, nanos(at), accountID)
		return err
	})
}

// EndSession deletes the session of that generation and its sealed tokens. With a final reason
// it keeps the session's record, with the reason and no longer pending. It may return
// session.ErrStale.
func (s *Store) EndSession(ctx context.Context, accountID string, generation int64, final string) error {
	return s.end(ctx, accountID, generation, final, func(tx *sql.Tx, n *session.Session, why []any) error {
		n.Ended = s.now()
		var err error
		if final == "" {
			_, err = tx.Exec(`DELETE FROM sessions WHERE account_id = ?`, accountID)
		} else {
			err = writeSession(tx, n, why)
		}
		if err != nil {
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
	if err := sealWords(why); err != nil {
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
