package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tokenring/session"
)

const selectRecord = `SELECT a.id, a.name, a.definition, a.login, a.attach, a.environment, a.guard,
	a.fields, a.secrets, a.refs, a.keep_alive, a.relogin, a.allow_http,
	a.base_url, a.origin, a.origins, a.grants, a.created, a.updated,
	s.generation, s.tokens, s.started, s.refreshed, s.refreshes, s.proven,
	s.clock, s.has_clock, s.final, s.pending
	FROM accounts a LEFT JOIN sessions s ON s.account_id = a.id`

// Accounts returns every account with its session, by name.
func (s *Store) Accounts(ctx context.Context) ([]session.Record, error) {
	var records []session.Record
	var row recordRow // filled anew by every Scan
	err := s.rows(ctx, func(rows *sql.Rows) error {
		r, err := row.scan(rows)
		records = append(records, r)
		return err
	}, selectRecord+` ORDER BY a.name COLLATE NOCASE, a.name`)
	if err != nil {
		return nil, err
	}
	return records, nil
}

// Account returns one account with its session.
func (s *Store) Account(ctx context.Context, id string) (session.Record, error) {
	return s.account(ctx, ` WHERE a.id = ?`, id)
}

// Named is Account by name.
func (s *Store) Named(ctx context.Context, name string) (session.Record, error) {
	return s.account(ctx, ` WHERE a.name = ?`, name)
}

func (s *Store) account(ctx context.Context, where, value string) (session.Record, error) {
	var row recordRow
	var r session.Record
	err := s.row(ctx, func(from *sql.Row) (err error) {
		r, err = row.scan(from)
		return err
	}, selectRecord+where, value)
	if errors.Is(err, sql.ErrNoRows) {
		return session.Record{}, session.ErrNotFound
	}
	return r, s.explain(err)
}

// recordRow is a row of selectRecord before its columns are understood.
type recordRow struct {
	a                             session.Account
	fields, secrets, refs         string
	origins, grants               string
	created, updated              int64
	generation                    sql.Null[int64] // NULL, as all that follow: no session
	tokens, final                 sql.Null[string]
	started, refreshed, refreshes sql.Null[int64]
	proven, clock, pending        sql.Null[int64]
	hasClock                      sql.Null[bool]
}

func (r *recordRow) scan(row interface{ Scan(...any) error }) (session.Record, error) {
	r.a = session.Account{}
	err := row.Scan(&r.a.ID, &r.a.Name, &r.a.Definition, &r.a.Login, &r.a.Attach, &r.a.Environment, &r.a.Guard,
		&r.fields, &r.secrets, &r.refs, &r.a.KeepAlive, &r.a.Relogin, &r.a.AllowHTTP,
		&r.a.BaseURL, &r.a.Origin, &r.origins, &r.grants, &r.created, &r.updated,
		&r.generation, &r.tokens, &r.started, &r.refreshed, &r.refreshes, &r.proven,
		&r.clock, &r.hasClock, &r.final, &r.pending)
	if err != nil {
		return session.Record{}, err
	}
	rec := session.Record{Account: r.a}
	a := &rec.Account
	a.Created, a.Updated = fromNanos(r.created), fromNanos(r.updated)
	var errs [6]error
	a.Values, errs[0] = fromFields(r.fields)
	a.Secrets, errs[1] = fromList(r.secrets)
	a.Origins, errs[2] = fromList(r.origins)
	a.Grants, errs[3] = fromList(r.grants)
	if r.refs != "" {
		a.References, errs[4] = fromFields(r.refs)
	}
	if r.generation.Valid {
		rec.Session, errs[5] = r.session(a.ID)
	}
	return rec, errors.Join(errs[:]...)
}

func (r *recordRow) session(accountID string) (*session.Session, error) {
	infos, err := fromTokens(r.tokens.V)
	return &session.Session{
		AccountID:   accountID,
		Generation:  r.generation.V,
		Tokens:      infos,
		Started:     fromNanos(r.started.V),
		Refreshed:   fromNanos(r.refreshed.V),
		Refreshes:   int(r.refreshes.V),
		Proven:      fromNanos(r.proven.V),
		Offset:      time.Duration(r.clock.V),
		HasOffset:   r.hasClock.V,
		EndedReason: r.final.V,
		Pending:     fromNanos(r.pending.V),
	}, err
}

// PutAccount writes the account, new or not, and the given sealed values, one
// with a nil Box by deleting it. session.ErrNameTaken.
func (s *Store) PutAccount(ctx context.Context, a *session.Account, sealed []session.Sealed) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO accounts (id, name, definition, login, attach, environment, guard,
			fields, secrets, keep_alive, relogin, allow_http, base_url, origin, origins, grants, created, updated, refs)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
			ON CONFLICT (id) DO UPDATE SET name = ?2, definition = ?3, login = ?4, attach = ?5, environment = ?6,
			guard = ?7, fields = ?8, secrets = ?9, keep_alive = ?10, relogin = ?11, allow_http = ?12,
			base_url = ?13, origin = ?14, origins = ?15, grants = ?16, created = ?17, updated = ?18, refs = ?19`,
			a.ID, a.Name, a.Definition, a.Login, a.Attach, a.Environment, a.Guard,
			fields(a.Values), list(a.Secrets), a.KeepAlive, a.Relogin, a.AllowHTTP,
			a.BaseURL, a.Origin, list(a.Origins), list(a.Grants), nanos(a.Created), nanos(a.Updated), fields(a.References))
		if isUnique(err) {
			return session.ErrNameTaken
		}
		if err != nil {
			return err
		}
		return putSealed(tx, a.ID, sealed)
	})
}

// isUnique reports whether a value that must be unique is there already.
func isUnique(err error) bool {
	var from *sqlite.Error
	return errors.As(err, &from) && from.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// DeleteAccount removes the account and all that belongs to it.
// session.ErrNotFound.
func (s *Store) DeleteAccount(ctx context.Context, id string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := oneRow(tx.Exec(`DELETE FROM accounts WHERE id = ?`, id)); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM events WHERE account_id = ?`, id)
		return err
	})
}

// oneRow makes session.ErrNotFound of a statement that changed nothing.
func oneRow(res sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); n != 0 || err != nil {
		return err
	}
	return session.ErrNotFound
}

// Sealed returns the account's sealed values whose names begin with prefix,
// by name; "" is all of them.
func (s *Store) Sealed(ctx context.Context, accountID, prefix string) ([]session.Sealed, error) {
	var all []session.Sealed
	err := s.rows(ctx, func(rows *sql.Rows) error {
		var one session.Sealed
		var origins string
		err := rows.Scan(&one.Name, &one.Origin, &origins, &one.Box)
		if err == nil {
			one.Origins, err = fromList(origins)
		}
		all = append(all, one)
		return err
	}, `SELECT name, origin, origins, box FROM sealed
		WHERE account_id = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name`, accountID, prefix)
	if err != nil {
		return nil, err
	}
	return all, nil
}

func putSealed(tx *sql.Tx, accountID string, sealed []session.Sealed) error {
	for _, one := range sealed {
		var err error
		if one.Box == nil {
			_, err = tx.Exec(`DELETE FROM sealed WHERE account_id = ? AND name = ?`, accountID, one.Name)
		} else {
			_, err = tx.Exec(`INSERT INTO sealed (account_id, name, origin, origins, box) VALUES (?1, ?2, ?3, ?4, ?5)
				ON CONFLICT (account_id, name) DO UPDATE SET origin = ?3, origins = ?4, box = ?5`,
				accountID, one.Name, one.Origin, list(one.Origins), one.Box)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
