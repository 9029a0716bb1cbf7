package store

import (
	"context"
	"database/sql"
	"errors"
)

// Meta returns a named value of the whole store, or nil.
func (s *Store) Meta(ctx context.Context, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var value []byte
	query, err := s.metaQuery()
	if err == nil {
		err = query.QueryRowContext(context.WithoutCancel(ctx), name).Scan(&value)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, s.explain(err)
}

// metaQuery returns the query for a named value. It is prepared once, because the vault reads
// its record before sealing each value.
func (s *Store) metaQuery() (*sql.Stmt, error) {
	s.metaMu.Lock()
	defer s.metaMu.Unlock()
	var err error
	if s.meta == nil {
		s.meta, err = s.db.PrepareContext(context.Background(), `SELECT value FROM meta WHERE name = ?`)
	}
	return s.meta, err
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
