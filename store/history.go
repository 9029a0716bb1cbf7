package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"tokenring/session"
)

// Limits of the history. Adding an entry deletes the oldest entries beyond them.
const (
	keepRuns     = 500       // of an account
	keepRunBytes = 128 << 20 // of an account's sealed runs; the newest run always stays
	keepEvents   = 1000      // of an account
	keepFor      = 90 * 24 * time.Hour
	agedBy       = 10 // entries that must be newer by keepFor before an entry is too old
	defaultLimit = 100
)

const runNames = `id, account_id, actor, at, name, method, path, status, duration, size, verdict`

// verdicts of a run; see request.Verdict.
var verdicts = []string{"", "passed", "failed", "interrupted"}

func runColumns(r *session.RunRecord) []any {
	return []any{&r.ID, &r.AccountID, &r.As, timeColumn{&r.At}, &r.Name, &r.Method, &r.Path,
		numberColumn[int]{&r.Status, 0, mostStatus}, numberColumn[time.Duration]{&r.Duration, 0, mostWait}, numberColumn[int64]{&r.Size, 0, mostBytes},
		wordColumn[string]{&r.Verdict, verdicts, ""}}
}

// AddRuns adds runs to the history and deletes the oldest runs of their accounts. It skips the
// runs of missing accounts and returns session.ErrNotFound with their ids.
func (s *Store) AddRuns(ctx context.Context, runs ...*session.RunRecord) error {
	calls, words := make([]*wordsColumn, len(runs)), make([]any, len(runs))
	for i, r := range runs {
		calls[i] = s.callColumn(r)
		words[i] = calls[i]
	}
	if err := sealWords(ctx, words); err != nil {
		return err
	}
	var missing []string
	err := s.transact(ctx, func(tx *sql.Tx) error {
		accounts, err := accountsOf(tx, runs)
		if err != nil {
			return err
		}
		oldest, err := s.oldest(tx, `runs`)
		if err != nil {
			return err
		}
		insert, err := tx.Prepare(`INSERT INTO runs (` + runNames + `, error, ` + sealedNames + `, box_size)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		defer insert.Close()
		insertCall, err := tx.Prepare(`INSERT INTO calls (seq, account_id, box) VALUES (last_insert_rowid(), ?, ?)`)
		if err != nil {
			return err
		}
		defer insertCall.Close()
		for i, r := range runs {
			if !accounts[r.AccountID] {
				continue
			}
			_, err := insert.Exec(append(append(runColumns(r), sealedColumns(&r.Sealed)...), len(r.Sealed.Box))...)
			if err != nil {
				return err
			}
			if calls[i].box != nil { // nil while the vault is locked
				if _, err := insertCall.Exec(r.AccountID, calls[i]); err != nil {
					return err
				}
			}
		}
		for id, exists := range accounts {
			if !exists {
				missing = append(missing, id)
			} else if err := trimRuns(tx, id); err != nil {
				return err
			}
		}
		_, err = tx.Exec(`DELETE FROM runs WHERE at < ?`, oldest)
		return err
	})
	if err == nil && missing != nil {
		slices.Sort(missing)
		err = fmt.Errorf("%s: %w", strings.Join(missing, ", "), session.ErrNotFound)
	}
	return err
}

// accountsOf reports for each account of runs whether it exists.
func accountsOf(tx *sql.Tx, runs []*session.RunRecord) (map[string]bool, error) {
	accounts := map[string]bool{}
	for _, r := range runs {
		if _, ok := accounts[r.AccountID]; ok {
			continue
		}
		var exists bool
		if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM accounts WHERE id = ? AND deleted = 0)`, r.AccountID).Scan(&exists); err != nil {
			return nil, err
		}
		accounts[r.AccountID] = exists
	}
	return accounts, nil
}

func (s *Store) callColumn(r *session.RunRecord) *wordsColumn {
	return &wordsColumn{words: s.words, id: &r.AccountID, name: callName, text: &r.Target}
}

// oldest returns the time before which entries of a table are too old. It also requires
// newer entries, because a clock that is wrong for a while must not empty the history.
func (s *Store) oldest(tx *sql.Tx, table string) (nanoseconds int64, err error) {
	var at int64
	err = tx.QueryRow(`SELECT at FROM `+table+` ORDER BY at DESC LIMIT 1 OFFSET ?`, agedBy-1).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return math.MinInt64, nil
	}
	return nanos(fromNanos(min(at, nanos(s.now()))).Add(-keepFor)), err
}

// trimRuns deletes the oldest runs of an account. It reads only an index.
func trimRuns(tx *sql.Tx, accountID string) error {
	_, err := tx.Exec(`DELETE FROM runs WHERE seq IN (SELECT seq FROM runs
		WHERE account_id = ? ORDER BY seq DESC LIMIT -1 OFFSET ?)`, accountID, keepRuns)
	if err != nil {
		return err
	}
	var bytes float64 // total adds up numbers of any size, where sum would fail
	err = tx.QueryRow(`SELECT total(box_size) FROM runs WHERE account_id = ?`, accountID).Scan(&bytes)
	if err != nil || bytes <= keepRunBytes {
		return err
	}
	_, err = tx.Exec(`DELETE FROM runs WHERE seq IN (SELECT seq FROM (
			SELECT seq, row_number() OVER newest AS n, total(box_size) OVER newest AS bytes FROM runs
			WHERE account_id = ? WINDOW newest AS (ORDER BY seq DESC ROWS UNBOUNDED PRECEDING))
		WHERE n > 1 AND bytes > ?)`, accountID, keepRunBytes)
	return err
}

// Runs returns the runs that match q, newest first, without their sealed parts.
func (s *Store) Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error) {
	where, args := runFilter(q)
	columns := func(r *session.RunRecord) []any { return append(runColumns(r), s.callColumn(r)) }
	return collect(ctx, s, columns,
		`SELECT `+runNames+`, ifnull((SELECT calls.box FROM calls WHERE calls.seq = runs.seq), x'') FROM runs`+where+` ORDER BY seq DESC LIMIT ?`, append(args, limited(q.Limit))...)
}

func limited(n int) int {
	if n <= 0 {
		return defaultLimit
	}
	return n
}

// runFilter returns the WHERE clause of a query and its arguments.
func runFilter(q session.RunQuery) (where string, args []any) {
	var terms []string
	add := func(term string, values ...any) {
		terms = append(terms, term)
		args = append(args, values...)
	}
	if q.AccountID != "" {
		add(`account_id = ?`, q.AccountID)
	} else {
		add(`account_id NOT IN (SELECT id FROM accounts WHERE deleted > 0)`)
	}
	if q.Begin != "" {
		add(`substr(id, 1, length(?)) = ?`, q.Begin, q.Begin)
	}
	if q.Own {
		add(`actor = ''`)
	}
	if q.Method != "" {
		add(`method = ? COLLATE NOCASE`, q.Method)
	}
	if q.Status != 0 {
		add(`status = ?`, q.Status)
	}
	if q.Failed {
		add(`(verdict = 'failed' OR verdict <> 'passed' AND (status <= 0 OR status >= 400))`)
	}
	if !q.Since.IsZero() {
		add(`at >= ?`, nanos(q.Since))
	}
	if q.Text != "" {
		pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(q.Text) + "%"
		add(`(name LIKE ? ESCAPE '\' OR path LIKE ? ESCAPE '\')`, pattern, pattern)
	}
	if terms == nil {
		return "", nil
	}
	return " WHERE " + strings.Join(terms, " AND "), args
}

// Run returns one run with its sealed part, or session.ErrNotFound.
func (s *Store) Run(ctx context.Context, id string) (session.RunRecord, error) {
	var r session.RunRecord
	err := s.row(ctx, append(runColumns(&r), sealedColumns(&r.Sealed)...),
		`SELECT `+runNames+`, `+sealedNames+` FROM runs WHERE id = ?`, id)
	return r, err
}

const eventNames = `account_id, at, kind, ok, text, box`

// AddEvent adds a line to an account's activity. It deletes the oldest lines of the account.
func (s *Store) AddEvent(ctx context.Context, e *session.Event) error {
	row := s.eventColumns(e)
	if err := sealWords(ctx, row); err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		oldest, err := s.oldest(tx, `events`)
		if err != nil {
			return err
		}
		if _, err = tx.Exec(`INSERT INTO events (`+eventNames+`) VALUES (?, ?, ?, ?, ?, ?)`, row...); err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM events WHERE id <= (SELECT id FROM events
			WHERE account_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2) AND account_id = ?1`, e.AccountID, keepEvents)
		if err != nil {
			return err
		}
		_, err = tx.Exec(`DELETE FROM events WHERE at < ?`, oldest)
		return err
	})
}

// Events returns the activity of an account, or of every account for "", newest first. A limit
// of 0 means 100 lines.
func (s *Store) Events(ctx context.Context, accountID string, limit int) ([]session.Event, error) {
	query, args := `SELECT `+eventNames+` FROM events`, []any{}
	if accountID != "" {
		query, args = query+` WHERE account_id = ?`, append(args, accountID)
	}
	return collect(ctx, s, s.eventColumns, query+` ORDER BY id DESC LIMIT ?`, append(args, limited(limit))...)
}
