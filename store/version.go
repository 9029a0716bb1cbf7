package store

import (
	"context"
	"errors"
)

// Version returns a number that changes whenever any process has written, including this one.
func (s *Store) Version(ctx context.Context) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// A cancellation would close the connection and lose its count.
	ctx = context.WithoutCancel(ctx)
	s.versionMu.Lock()
	defer s.versionMu.Unlock()
	if s.version == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return 0, s.explain(err)
		}
		stmt, err := conn.PrepareContext(ctx, `PRAGMA data_version`)
		if err != nil {
			return 0, s.explain(errors.Join(err, conn.Close()))
		}
		s.version, s.versionStmt = conn, stmt
	}
	var v int64
	err := s.versionStmt.QueryRowContext(ctx).Scan(&v)
	return v, s.explain(err)
}
