package store

import "context"

// Version returns a number that changes whenever any process, this one
// included, has written.
func (s *Store) Version(ctx context.Context) (int64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	// An interrupted connection would be dropped, and its count with it.
	ctx = context.WithoutCancel(ctx)
	s.versionMu.Lock()
	defer s.versionMu.Unlock()
	if s.version == nil {
		conn, err := s.db.Conn(ctx)
		if err != nil {
			return 0, s.explain(err)
		}
		s.version = conn
	}
	var v int64
	err := s.version.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&v)
	return v, s.explain(err)
}
