package store

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"tokenring/session"
)

// keepDeleted is the time in which a deletion can be undone.
const keepDeleted = 24 * time.Hour

// DeleteAccount hides the account with everything that belongs to it. Undelete restores it,
// Purge deletes it permanently. It may return session.ErrNotFound.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return s.hide(ctx, `UPDATE accounts SET deleted = ?, name = name || char(31) || id WHERE id = ? AND deleted = 0`, id)
}

// DeleteRequest hides a saved request, like DeleteAccount.
func (s *Store) DeleteRequest(ctx context.Context, id string) error {
	return s.hide(ctx, `UPDATE requests SET deleted = ? WHERE id = ? AND deleted = 0`, id)
}

func (s *Store) hide(ctx context.Context, update, id string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		return oneRow(tx.Exec(update, nanos(s.now()), id))
	})
}

// shownName is the name of an account without the suffix of a deleted one.
const shownName = `substr(name, 1, instr(name || char(31), char(31)) - 1)`

const selectDeleted = `SELECT id, ` + shownName + `, '', deleted FROM accounts WHERE deleted <> 0 AND deleted > ?1
	UNION ALL SELECT r.id, a.name, r.name, r.deleted FROM requests r JOIN accounts a ON a.id = r.account_id
		WHERE r.deleted <> 0 AND r.deleted > ?1 AND a.deleted = 0
	ORDER BY 4 DESC`

// Deleted lists what Undelete can restore, the last deleted first.
func (s *Store) Deleted(ctx context.Context) ([]session.Deleted, error) {
	return collect(ctx, s, func(d *session.Deleted) []any {
		return []any{&d.ID, &d.Account, &d.Request, timeColumn{&d.At}}
	}, selectDeleted, s.deletedAfter())
}

// deletedAfter returns the time after which a deletion can be undone.
func (s *Store) deletedAfter() int64 { return max(0, nanos(s.now().Add(-keepDeleted))) }

// Undelete restores an account or a request. It returns the name of the account, with a
// number appended if another account has taken the name. It needs no key. It may return
// session.ErrNotFound.
func (s *Store) Undelete(ctx context.Context, id string) (account string, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		err := tx.QueryRow(`UPDATE requests SET deleted = 0 WHERE id = ? AND deleted > ?
			RETURNING (SELECT name FROM accounts WHERE accounts.id = account_id)`, id, s.deletedAfter()).Scan(&account)
		if err != sql.ErrNoRows {
			return err
		}
		var name string
		err = tx.QueryRow(`SELECT `+shownName+` FROM accounts WHERE id = ? AND deleted > ?`, id, s.deletedAfter()).Scan(&name)
		if err == sql.ErrNoRows {
			return session.ErrNotFound
		}
		account = name
		for n := 2; err == nil; n++ {
			_, err = tx.Exec(`UPDATE accounts SET deleted = 0, name = ? WHERE id = ?`, account, id)
			if !isUnique(err) {
				return err
			}
			account, err = name+"-"+strconv.Itoa(n), nil
		}
		return err
	})
	return account, err
}

// Purge permanently deletes an account or a request and overwrites its content in the
// database. It may return session.ErrNotFound.
func (s *Store) Purge(ctx context.Context, id string) error {
	return s.purge(ctx, `id = ?`, id)
}

// selectOld reports whether there is anything to purge.
const selectOld = `SELECT EXISTS (SELECT 1 FROM accounts WHERE deleted <> 0 AND (deleted <= ?1 OR deleted > ?2))
	OR EXISTS (SELECT 1 FROM requests WHERE deleted <> 0 AND (deleted <= ?1 OR deleted > ?2))`

// PurgeOld purges what was deleted more than a day ago. For a deletion in the future or at an
// impossible time, because the clock was wrong, the day begins now.
func (s *Store) PurgeOld(ctx context.Context) error {
	var old bool
	now := nanos(s.now())
	err := s.row(ctx, []any{&old}, selectOld, s.deletedAfter(), now)
	if err != nil || !old {
		return err
	}
	err = s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE accounts SET deleted = ?1 WHERE deleted > ?1 OR deleted < 0`, now)
		if err == nil {
			_, err = tx.Exec(`UPDATE requests SET deleted = ?1 WHERE deleted > ?1 OR deleted < 0`, now)
		}
		return err
	})
	if err != nil {
		return err
	}
	return session.IgnoreNotFound(s.purge(ctx, `deleted > 0 AND deleted <= ?`, s.deletedAfter()))
}

func (s *Store) purge(ctx context.Context, where string, value any) error {
	err := s.update(ctx, func(tx *sql.Tx) error {
		// With the connection's setting, freed pages keep their content.
		if _, err := tx.Exec(`PRAGMA secure_delete = ON`); err != nil {
			return err
		}
		defer tx.Exec(`PRAGMA secure_delete = FAST`)
		if _, err := tx.Exec(`DELETE FROM events WHERE account_id IN (SELECT id FROM accounts WHERE `+where+`)`, value); err != nil {
			return err
		}
		accounts, err := rowsChanged(tx.Exec(`DELETE FROM accounts WHERE `+where, value))
		if err != nil {
			return err
		}
		requests, err := rowsChanged(tx.Exec(`DELETE FROM requests WHERE `+where, value))
		if err == nil && accounts+requests == 0 {
			err = session.ErrNotFound
		}
		return err
	})
	if err == nil && s.joined(ctx) == nil {
		// The log still holds the old pages. If another process is reading, they remain
		// until the log is overwritten.
		_, _ = s.db.ExecContext(context.WithoutCancel(ctx), `PRAGMA wal_checkpoint(TRUNCATE)`)
	}
	return err
}

func rowsChanged(res sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
