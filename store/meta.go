package store

import (
	"context"
	"database/sql"

	"tokenring/session"
)

// Meta returns a named value of the whole store, or nil.
func (s *Store) Meta(ctx context.Context, name string) (value []byte, err error) {
	err = s.row(ctx, []any{&value}, `SELECT value FROM meta WHERE name = ?`, name)
	return value, session.IgnoreNotFound(err)
}

// CreateMeta inserts a named value unless it exists, and reports whether it did.
func (s *Store) CreateMeta(ctx context.Context, name string, value []byte) (created bool, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		res, err := tx.Exec(`INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, value)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		created = n == 1
		return err
	})
	return created && err == nil, err
}

// PutMeta inserts or replaces a named value.
func (s *Store) PutMeta(ctx context.Context, name string, value []byte) error {
	return s.update(ctx, func(tx *sql.Tx) error { return putMeta(tx, name, value) })
}

func putMeta(tx *sql.Tx, name string, value []byte) error {
	_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
	return err
}
