package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tokenring/session"
)

const accountNames = `id, name, definition, login, attach, environment, guard, fields, secrets, refs,
	keep_alive, relogin, allow_http, base_url, origin, origins, grants, connection, definition_connection, verify` // and the box

func accountColumns(a *session.Account) []any {
	return []any{&a.ID, &a.Name, &a.Definition, &a.Login, &a.Attach, &a.Environment, wordColumn[session.Guard]{&a.Guard, session.Guards(), session.StrictestGuard},
		fieldsColumn{&a.Values}, listColumn{&a.Secrets}, fieldsColumn{&a.References},
		flagColumn{&a.KeepAlive}, flagColumn{&a.Relogin}, flagColumn{&a.AllowHTTP}, &a.BaseURL, &a.Origin, originsColumn{&a.Origins}, listColumn{&a.Grants},
		connectionColumn{&a.Connection}, connectionColumn{&a.DefinitionConnection},
		flagColumn{&a.Verify}, boxColumn{&a.Seal}}
}

const selectRecord = `SELECT ` + accountNames + `, accounts.box, ` + sessionNames + `, final, sessions.box,
	(SELECT max(at) FROM events e WHERE e.account_id = accounts.id AND e.kind IN ('login', 'request', 'copy', 'reveal')),
	failed_at, failed_text, failed_box
	FROM accounts LEFT JOIN sessions ON account_id = id LEFT JOIN
		(SELECT id AS failed_id, at AS failed_at, text AS failed_text, box AS failed_box FROM events)
		ON failed_id = (SELECT max(e.id) FROM events e WHERE e.account_id = accounts.id AND e.kind = 'login' AND e.ok = 0)
		AND NOT EXISTS (SELECT 1 FROM events e WHERE e.account_id = accounts.id AND e.id > failed_id AND e.kind IN ('login', 'logout', 'refresh', 'account'))`

// recordRow is a row of selectRecord.
type recordRow struct {
	session.Record
	session session.Session
}

func (s *Store) recordColumns(r *recordRow) []any {
	all := append(accountColumns(&r.Account), sessionColumns(&r.session)...)
	all = append(all, s.reasonColumns(&r.Account.ID, &r.session.EndedReason)...)
	return append(append(all, timeColumn{&r.Used}, timeColumn{&r.Failed.At}), s.textColumns(&r.Account.ID, &r.Failed.Text)...)
}

// record returns the record of a row, which it is part of. Generation 0 means that there is no session.
func (r *recordRow) record() *session.Record {
	if r.Account.Values == nil {
		r.Account.Values = map[string]string{}
	}
	if r.session.Generation != 0 {
		r.session.AccountID = r.Account.ID
		r.Session = &r.session
	}
	return &r.Record
}

// clear empties the row and keeps the memory of its parts.
func (r *recordRow) clear() {
	values, seal, tokens := r.Account.Values, r.Account.Seal[:0], r.session.Tokens[:0]
	clear(values)
	*r = recordRow{}
	r.Account.Values, r.Account.Seal, r.session.Tokens = values, seal, tokens
}

// EachAccount calls do for every account with its session, in any order. The record holds
// another account after that. do may use the store, but must not wait: the log of the database
// cannot be emptied until all is read.
func (s *Store) EachAccount(ctx context.Context, do func(*session.Record)) error {
	return s.eachRecord(ctx, do, ` WHERE +deleted = 0`) // reads the table in its own order, without an index
}

func (s *Store) eachRecord(ctx context.Context, do func(*session.Record), clauses string) error {
	var row recordRow
	return s.each(ctx, s.recordColumns(&row), func() {
		do(row.record())
		row.clear()
	}, selectRecord+clauses)
}

// Accounts returns every account with its session, sorted by name.
func (s *Store) Accounts(ctx context.Context) (all []*session.Record, err error) {
	shared := interner{}
	err = s.eachRecord(ctx, func(rec *session.Record) {
		kept := *rec
		a := &kept.Account
		a.Values, a.Seal = maps.Clone(a.Values), slices.Clone(a.Seal)
		shared.intern(&a.Definition, &a.Login, &a.Attach, &a.Environment)
		if rec.Session != nil {
			held := *rec.Session
			held.Tokens = slices.Clone(held.Tokens)
			kept.Session = &held
			shared.intern(&held.Rejection.By)
			for i := range held.Tokens {
				t := &held.Tokens[i]
				shared.intern(&t.Name, &t.Source, &t.Kind, &t.Cookie.Name, &t.Cookie.Host, &t.Cookie.Domain, &t.Cookie.Path)
			}
		}
		all = append(all, &kept)
	}, ` WHERE deleted = 0 ORDER BY name COLLATE NOCASE, name`)
	return all, err
}

// interner holds one copy of each text that many accounts have in common.
type interner map[string]string

// intern replaces texts with their copies, so that the columns they are parts of are not kept.
func (in interner) intern(texts ...*string) {
	for _, text := range texts {
		one, ok := in[*text]
		if !ok {
			one = strings.Clone(*text)
			in[one] = one
		}
		*text = one
	}
}

const selectLabels = `SELECT name, environment, definition FROM accounts WHERE deleted = 0 ORDER BY name COLLATE NOCASE, name`

// Labels returns the label of every account, sorted by name. It reads one index only.
func (s *Store) Labels(ctx context.Context) ([]session.Label, error) {
	return collect(ctx, s, func(l *session.Label) []any { return []any{&l.Name, &l.Environment, &l.Definition} }, selectLabels)
}

// Account returns one account with its session.
func (s *Store) Account(ctx context.Context, id string) (*session.Record, error) {
	return s.account(ctx, ` WHERE id = ? AND deleted = 0`, id)
}

// Named returns the account of that name with its session.
func (s *Store) Named(ctx context.Context, name string) (*session.Record, error) {
	return s.account(ctx, ` WHERE name = ? AND deleted = 0`, name)
}

func (s *Store) account(ctx context.Context, where, value string) (*session.Record, error) {
	var r recordRow
	if err := s.row(ctx, s.recordColumns(&r), selectRecord+where, value); err != nil {
		return nil, err
	}
	return r.record(), nil
}

// Exists returns session.ErrNotFound unless there is an account of that id. It reads
// much less than Account.
func (s *Store) Exists(ctx context.Context, id string) error {
	return s.row(ctx, []any{&id}, `SELECT id FROM accounts WHERE id = ? AND deleted = 0`, id)
}

// IDOf returns the id of the account of that name. It reads much less than Named.
func (s *Store) IDOf(ctx context.Context, name string) (id string, err error) {
	err = s.row(ctx, []any{&id}, `SELECT id FROM accounts WHERE name = ? AND deleted = 0`, name)
	return id, err
}

// PutAccount inserts or updates the account and its sealed values; a value with a
// nil Box is deleted. It may return session.ErrNameTaken.
func (s *Store) PutAccount(ctx context.Context, a *session.Account, sealed []session.Sealed) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO accounts (`+accountNames+`, box)
			VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
			ON CONFLICT (id) DO UPDATE SET name = ?2, definition = ?3, login = ?4, attach = ?5, environment = ?6,
			guard = ?7, fields = ?8, secrets = ?9, refs = ?10, keep_alive = ?11, relogin = ?12, allow_http = ?13,
			base_url = ?14, origin = ?15, origins = ?16, grants = ?17, connection = ?18, definition_connection = ?19,
			verify = ?20, box = ?21, deleted = 0`,
			accountColumns(a)...)
		if isUnique(err) {
			return session.ErrNameTaken
		}
		if err != nil {
			return err
		}
		return putSealed(tx, a.ID, sealed)
	})
}

// isUnique reports whether err is the violation of a UNIQUE constraint.
func isUnique(err error) bool {
	var from *sqlite.Error
	return errors.As(err, &from) && from.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE
}

// oneRow returns session.ErrNotFound if a statement changed no row.
func oneRow(res sql.Result, err error) error {
	n, err := rowsChanged(res, err)
	if err == nil && n == 0 {
		err = session.ErrNotFound
	}
	return err
}

const sealedNames = `sealed_name, sealed_origin, sealed_origins, box` // after the columns of the owner

func sealedColumns(s *session.Sealed) []any {
	return []any{&s.Name, &s.Origin, listColumn{&s.Origins}, boxColumn{&s.Box}}
}

// Sealed returns the account's sealed values whose names begin with prefix, sorted
// by name.
func (s *Store) Sealed(ctx context.Context, accountID, prefix string) ([]session.Sealed, error) {
	return collect(ctx, s, sealedColumns, `SELECT name, origin, origins, box FROM sealed
		WHERE account_id = ?1 AND substr(name, 1, length(?2)) = ?2 ORDER BY name`, accountID, prefix)
}

func putSealed(tx *sql.Tx, accountID string, sealed []session.Sealed) error {
	for _, one := range sealed {
		var err error
		if one.Box == nil {
			_, err = tx.Exec(`DELETE FROM sealed WHERE account_id = ? AND name = ?`, accountID, one.Name)
		} else {
			_, err = tx.Exec(`INSERT INTO sealed (account_id, name, origin, origins, box) VALUES (?1, ?2, ?3, ?4, ?5)
				ON CONFLICT (account_id, name) DO UPDATE SET origin = ?3, origins = ?4, box = ?5`,
				append([]any{accountID}, sealedColumns(&one)...)...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
