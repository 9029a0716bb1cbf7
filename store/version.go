package store

import (
	"context"
	"database/sql/driver"
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
		s.version = conn
	}
	var v int64
	err := s.version.Raw(func(c any) (err error) { // a query through database/sql takes twice as long
		if s.versionStmt == nil {
			if s.versionStmt, err = c.(driver.Conn).Prepare(`PRAGMA data_version`); err != nil {
				return err
			}
		}
		rows, err := s.versionStmt.(driver.StmtQueryContext).QueryContext(ctx, nil)
		if err != nil {
			return err
		}
		var row [1]driver.Value
		err = rows.Next(row[:])
		v, _ = row[0].(int64)
		return errors.Join(err, rows.Close())
	})
	return v, s.explain(err)
}
