package store

import (
	"context"
	"database/sql"

	"tokenring/session"
)

// Approval returns the sealed approval of a project file, or nil.
func (s *Store) Approval(ctx context.Context, file string) (box []byte, err error) {
	err = s.row(ctx, []any{&box}, `SELECT box FROM approvals WHERE file = ?`, file)
	return box, session.IgnoreNotFound(err)
}

// PutApproval inserts or replaces the sealed approval of a project file.
func (s *Store) PutApproval(ctx context.Context, file string, box []byte) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		_, err := tx.Exec(`INSERT INTO approvals (file, box) VALUES (?, ?)
			ON CONFLICT (file) DO UPDATE SET box = excluded.box`, file, box)
		return err
	})
}
