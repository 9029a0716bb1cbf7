// Package store keeps accounts, sealed values, sessions, requests, runs and
// events in one SQLite database, which several processes may have open at the
// same time. It implements engine.Store and knows nothing of keys: what is
// secret comes and goes sealed.
package store

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

const (
	fileName  = "tokenring.db"
	locksName = "locks"

	// One connection is kept for Version; the others serve reads beside the one
	// write that may run at a time.
	maxConns = 4
)

// Options says where a store lies and what time it is.
type Options struct {
	Dir string           // the folder of the database; made when it is missing
	Now func() time.Time // the wall clock, by which old runs and events go
}

// Store is an engine.Store in a database file. Its methods are safe for
// concurrent use, by several processes too.
type Store struct {
	dir   string // with symbolic links resolved
	path  string
	now   func() time.Time
	db    *sql.DB
	id    string
	write chan struct{} // holds one element while a write runs
	close sync.Once

	versionMu   sync.Mutex
	version     *sql.Conn // never writes, so that its data_version sees every write
	versionStmt *sql.Stmt
}

// Open opens the store in o.Dir, and makes it when there is none. Errors say
// what to do: see [ErrPermissions], [ErrNewer], [ErrDamaged], [ErrReadOnly]
// and [ErrFull].
func Open(ctx context.Context, o Options) (*Store, error) {
	dir, err := prepareDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Store{
		dir:   dir,
		path:  filepath.Join(dir, fileName),
		now:   o.Now,
		write: make(chan struct{}, 1),
	}
	if err := s.prepareFile(ctx); err != nil {
		return nil, err
	}
	if s.db, err = sql.Open("sqlite", dsn(s.path)); err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path, err)
	}
	s.db.SetMaxOpenConns(maxConns)
	s.db.SetMaxIdleConns(maxConns)
	if err := s.prepareSchema(ctx, migrations()); err != nil {
		_ = s.db.Close()
		return nil, err
	}
	_ = os.RemoveAll(filepath.Join(dir, "glance")) // a cache of earlier versions
	return s, nil
}

// dsn names the database at path and how every connection to it behaves. A
// deferred BEGIN would fail with SQLITE_BUSY, not waiting, when it turns into
// a write after another process wrote.
func dsn(path string) string {
	path = filepath.ToSlash(path)
	if path[0] != '/' {
		path = "/" + path // a drive letter
	}
	u := url.URL{Scheme: "file", Path: path, RawQuery: "_txlock=immediate" +
		"&_pragma=busy_timeout(5000)" +
		"&_pragma=synchronous(FULL)" +
		"&_pragma=foreign_keys(ON)" +
		"&_pragma=secure_delete(FAST)" +
		"&_pragma=journal_size_limit(8388608)"}
	return u.String()
}

// Dir returns the folder of the store, with symbolic links resolved.
func (s *Store) Dir() string { return s.dir }

// ID returns the random name that this store was given when it was made.
func (s *Store) ID() string { return s.id }

// Close closes the database. Locks that are held stay held until they are
// released.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		s.versionMu.Lock()
		defer s.versionMu.Unlock()
		if s.version != nil {
			_ = s.version.Close()
		}
		err = s.db.Close()
	})
	return err
}

// update runs f in one immediate, durable transaction. It may be cancelled
// while it waits for its turn and not later, so that an error always means
// that nothing was written.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	select {
	case s.write <- struct{}{}:
		defer func() { <-s.write }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	tx, err := s.db.BeginTx(context.WithoutCancel(ctx), nil)
	if err != nil {
		return s.explain(err)
	}
	if err := f(tx); err != nil {
		_ = tx.Rollback()
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

// collect returns the rows of a query, whose columns go where columns says. The
// query is not begun when ctx has ended, and not broken off when it ends: reading
// never waits, and to be ready to break it off takes longer than most reading.
func collect[T any](ctx context.Context, s *Store, columns func(*T) []any, query string, args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	rows, err := s.db.QueryContext(context.WithoutCancel(ctx), query, args...)
	if err != nil {
		return nil, s.explain(err)
	}
	defer rows.Close()
	var all []T
	var one, zero T
	for rows.Next() {
		one = zero
		if err := rows.Scan(columns(&one)...); err != nil {
			return nil, s.explain(err)
		}
		all = append(all, one)
	}
	if err := rows.Err(); err != nil {
		return nil, s.explain(err)
	}
	return all, nil
}

// row is collect for a query with one row; sql.ErrNoRows. Errors are not
// explained.
func (s *Store) row(ctx context.Context, columns []any, query string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.QueryRowContext(context.WithoutCancel(ctx), query, args...).Scan(columns...)
}

// prepareFile makes an empty database file that only its owner can read, or
// checks the one that is there. SQLite gives its other files the same mode.
func (s *Store) prepareFile(ctx context.Context) error {
	blank, err := isBlank(s.path)
	if err != nil {
		return err
	}
	if blank {
		if err := s.makeFile(ctx); err != nil {
			return err
		}
	}
	for _, name := range []string{s.path, s.path + "-wal", s.path + "-shm"} {
		if err := checkFile(name); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

// makeFile makes the database file where there is none. It is alone in this:
// closing the file would take SQLite's locks on it away from others in this
// process.
func (s *Store) makeFile(ctx context.Context) error {
	release, err := s.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer release()
	f, err := os.OpenFile(s.path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if os.IsExist(err) {
		return nil
	}
	if err != nil {
		return explainFile(s.dir, err)
	}
	return f.Close()
}

// isBlank reports whether there is no database at path, or an empty one. One
// that lost its content is refused: SQLite would take it for new and delete the
// log beside it. What tells is looked at before the database, because another
// process may be making one at this moment.
func isBlank(path string) (bool, error) {
	wal, noLog := os.Stat(path + "-wal")
	locks, _ := os.ReadDir(filepath.Join(filepath.Dir(path), locksName))
	db, missing := os.Stat(path)
	blank := missing != nil || db.Size() == 0
	switch {
	case blank && noLog == nil && wal.Size() > 0:
		return true, damagedError(path, "its -wal file is there and it is not")
	case missing == nil && blank && len(locks) > 1: // the schema's is the first
		return true, damagedError(path, "it is empty, and accounts were in it")
	}
	return blank, nil
}
