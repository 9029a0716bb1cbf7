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

// PutSession replaces the account's session and its sealed tokens and clears the pending mark,
// if the stored generation is still was (0: no session). It may return session.ErrStale or
// session.ErrNotFound.
func (s *Store) PutSession(ctx context.Context, n *session.Session, was int64, sealed []session.Sealed) error {
	if n.Generation <= was {
		return fmt.Errorf("the generation of a session must grow: %d after %d", n.Generation, was)
	}
	next := *n
	next.Pending = time.Time{}
	n = &next
	why := s.reasonColumns(&n.AccountID, &n.EndedReason)
	if err := sealWords(why); err != nil {
		return err
	}
	return s.insist(ctx, n.AccountID, func(tx *sql.Tx) error {
		if err := expectGeneration(tx, n.AccountID, was); err != nil {
			return err
		}
		if err := keepMarks(tx, n); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT OR REPLACE INTO sessions (account_id, `+sessionNames+`, final, box)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			append(append([]any{n.AccountID}, sessionColumns(n)...), why...)...)
		if err != nil {
			return err
		}
		if err := deleteTokens(tx, n.AccountID); err != nil {
			return err
		}
		return putSealed(tx, n.AccountID, sealed)
	})
}

// keepMarks reads into n what may have been noted since its caller read the session, and which
// only a login or a renewal ends.
func keepMarks(tx *sql.Tx, n *session.Session) error {
	err := tx.QueryRow(`SELECT retry, rejection_renewed, rejection_asked FROM sessions
		WHERE account_id = ? AND started = ? AND refreshes = ?`, n.AccountID, nanos(n.Started), n.Refreshes).
		Scan(timeColumn{&n.Retry}, timeColumn{&n.Rejection.Renewed}, timeColumn{&n.Rejection.Checked})
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	return err
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
	return s.update(ctx, func(tx *sql.Tx) error {
		var was session.Session
		err := tx.QueryRow(`SELECT `+sessionNames+` FROM sessions WHERE account_id = ?`, n.AccountID).Scan(sessionColumns(&was)...)
		if errors.Is(err, sql.ErrNoRows) {
			return errUnchanged
		}
		if err != nil {
			return err
		}
		// Generations may repeat after a logout; the login tells sessions apart.
		if was.Generation != n.Generation || nanos(was.Started) != nanos(n.Started) {
			return errUnchanged
		}
		if !mergeTouch(&was, n, s.now()) {
			return errUnchanged
		}
		_, err = tx.Exec(`UPDATE sessions SET tokens = ?, proven = ?, clock = ?, has_clock = ?, rejected = ?, rejected_by = ?, measured = ?
			WHERE account_id = ?`, tokensColumn{&was.Tokens}, nanos(was.Proven), int64(was.Offset), was.HasOffset,
			nanos(was.Rejection.At), was.Rejection.By, nanos(was.Measured), n.AccountID)
		return err
	})
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

// UpdateRejection changes the rejections of the session of this generation in one transaction.
// It may return session.ErrStale.
func (s *Store) UpdateRejection(ctx context.Context, accountID string, generation int64, change func(*session.Rejection)) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := expectGeneration(tx, accountID, generation); err != nil {
			return err
		}
		var r session.Rejection
		columns := rejectionColumns(&r)
		err := tx.QueryRow(`SELECT rejected, rejected_by, rejection_renewed, rejection_asked FROM sessions
			WHERE account_id = ?`, accountID).Scan(columns...)
		if err != nil {
			return err
		}
		before := r
		if change(&r); r == before {
			return errUnchanged
		}
		_, err = tx.Exec(`UPDATE sessions SET rejected = ?, rejected_by = ?, rejection_renewed = ?, rejection_asked = ?
			WHERE account_id = ?`, append(columns, accountID)...)
		return err
	})
}

// MarkPending records that a flow is about to spend the tokens of this generation. With
// generation 0, a login without a session, it records nothing, because no token is at risk. The
// caller holds the account's lock. It may return session.ErrStale.
func (s *Store) MarkPending(ctx context.Context, accountID string, generation int64, at time.Time) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		err := expectGeneration(tx, accountID, generation)
		if err == nil && generation != 0 {
			_, err = tx.Exec(`UPDATE sessions SET pending = ? WHERE account_id = ?`, nanos(at), accountID)
		}
		return err
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
	why := s.reasonColumns(&accountID, &final)
	if err := sealWords(why); err != nil {
		return err
	}
	return s.insist(ctx, accountID, func(tx *sql.Tx) error {
		err := expectGeneration(tx, accountID, generation)
		switch {
		case err != nil:
		case final == "":
			_, err = tx.Exec(`DELETE FROM sessions WHERE account_id = ?`, accountID)
		default:
			_, err = tx.Exec(`UPDATE sessions SET final = ?, box = ?, ended = ?, pending = 0 WHERE account_id = ?`,
				append(why, nanos(s.now()), accountID)...)
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
	why := s.reasonColumns(&accountID, &reason)
	if err := sealWords(why); err != nil {
		return err
	}
	return s.insist(ctx, accountID, func(tx *sql.Tx) error {
		if err := expectGeneration(tx, accountID, generation); err != nil {
			return err
		}
		var tokens []session.TokenInfo
		column := tokensColumn{&tokens}
		if err := tx.QueryRow(`SELECT tokens FROM sessions WHERE account_id = ?`, accountID).Scan(column); err != nil {
			return err
		}
		tokens = slices.DeleteFunc(tokens, func(t session.TokenInfo) bool { return t.Name == token })
		_, err := tx.Exec(`UPDATE sessions SET final = ?, box = ?, tokens = ?, renewal_ended = ?, pending = 0 WHERE account_id = ?`,
			append(why, column, nanos(at), accountID)...)
		if err == nil && token != "" {
			_, err = tx.Exec(`DELETE FROM sealed WHERE account_id = ? AND name = ?`, accountID, session.TokenPrefix+token)
		}
		return err
	})
}

// expectGeneration returns session.ErrStale unless the stored generation is want; 0
// means no session.
func expectGeneration(tx *sql.Tx, accountID string, want int64) error {
	var stored int64
	err := tx.QueryRow(`SELECT generation FROM sessions WHERE account_id = ?`, accountID).Scan(generationColumn{&stored})
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if stored != want {
		return session.ErrStale
	}
	return nil
}
