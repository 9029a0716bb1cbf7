// Package store stores accounts, sealed values, sessions, requests, runs and events in one
// SQLite database, which several processes may open at the same time. It implements
// engine.Store and handles no keys: secrets arrive and leave sealed, and the vault seals and
// opens the words of servers for it.
package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"modernc.org/sqlite"
	"modernc.org/sqlite/vfs"

	"tokenring/session"
	"tokenring/session/private"
)

const (
	fileName  = "tokenring.db"
	locksName = "locks"
)

// Options configures a Store.
type Options struct {
	Dir string           // the folder of the database; created if missing
	Now func() time.Time // the wall clock
}

// Store is an engine.Store in a database file. Its methods are safe for
// concurrent use, also by several processes.
type Store struct {
	dir   string // with symbolic links resolved
	path  string
	now   func() time.Time
	db    *sql.DB
	reads *statements
	id    string
	words session.Vault // seals the words of servers; nil: none are stored
	write chan struct{} // holds one element while a write runs
	close sync.Once

	readOnly error   // why the store is read-only; nil: it is not
	copied   *vfs.FS // the copy in memory of a read-only store
}

// Open opens the store in o.Dir, or creates it. If the disk is full or read-only, it opens a
// read-only copy of the current state, if that has the schema of this version: see
// [Store.ReadOnly]. Errors have the next step: see [ErrPermissions], [ErrNewer], [ErrDamaged],
// [ErrGone], [ErrReadOnly] and [ErrFull].
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
	if err = s.writable(); err == nil {
		err = s.connect(ctx, sql.OpenDB(connector(dsn(s.path))))
	}
	if errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) {
		s.readOnly = err
		if copyErr := s.connectCopy(ctx); errors.Is(copyErr, ErrBusy) {
			return nil, copyErr
		} else if copyErr != nil {
			return nil, err
		}
		return s, nil
	}
	if err != nil {
		return nil, err
	}
	return s, nil
}

// writable returns an error if a file of the database or its file system is read-only. SQLite
// would open it and make the other files read-only too.
func (s *Store) writable() error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if info, err := os.Stat(s.path + suffix); err == nil && info.Mode()&0o200 == 0 {
			return fmt.Errorf("the file %s %w; make it writable for you", s.path+suffix, ErrReadOnly)
		}
	}
	log, err := os.OpenFile(s.path+"-wal", os.O_RDWR, 0) // closing one of the others would drop SQLite's locks on it
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return explainFile(s.dir, err)
	}
	return log.Close()
}

// connector opens connections to the database with this data source name. The last connection
// keeps the empty log and its index when it closes, because creating them takes longer than
// most commands read.
type connector string

func (connector) Driver() driver.Driver { return &sqlite.Driver{} }

func (c connector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(string(c))
	if err != nil {
		return nil, err
	}
	if _, err := conn.(sqlite.FileControl).FileControlPersistWAL("main", 1); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return conn, nil
}

// connect uses db and prepares its schema. Connections are not bounded: opening a sealed text reads
// the vault's record on another connection, so readers could wait for each other.
func (s *Store) connect(ctx context.Context, db *sql.DB) (err error) {
	s.db, s.reads = db, &statements{db: db}
	if err = s.prepareSchema(ctx, newestSchema(), migrations); err != nil {
		_ = s.db.Close()
	}
	return err
}

// ReadOnly returns why the store is read-only, [ErrFull] or [ErrReadOnly], or nil. Open decides
// that.
func (s *Store) ReadOnly() error { return s.readOnly }

// dsn returns the data source name of the database at path, with the options of every
// connection. Transactions are immediate: a deferred one fails with SQLITE_BUSY at once if it
// writes after another process has.
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

// ID returns the random id that the store got when it was created.
func (s *Store) ID() string { return s.id }

// Close closes the database. It releases no locks.
func (s *Store) Close() error {
	var err error
	s.close.Do(func() {
		err = s.db.Close()
		if s.copied != nil {
			err = errors.Join(err, s.copied.Close())
		}
	})
	return err
}

// update is transact for a function that may return errUnchanged.
func (s *Store) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	if err := s.transact(ctx, f); !errors.Is(err, errUnchanged) {
		return err
	}
	return nil
}

// transact runs f in one immediate, durable transaction. ctx can cancel it only while it waits
// for its turn, so that an error always means that nothing was written.
func (s *Store) transact(ctx context.Context, f func(tx *sql.Tx) error) error {
	if s.readOnly != nil {
		return s.readOnly
	}
	if j := s.joined(ctx); j != nil {
		return s.explain(j.update(f))
	}
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

// collect returns the rows of a query; columns returns the destinations of a row.
func collect[T any](ctx context.Context, s *Store, columns func(*T) []any, query string, args ...any) ([]T, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	list, err := all(s.reader(ctx), columns, query, args...)
	return list, s.explain(err)
}

// all is collect for a transaction.
func all[T any](q queryer, columns func(*T) []any, query string, args ...any) (list []T, err error) {
	var one, zero T
	err = each(q, columns(&one), func() {
		list = append(list, one)
		one = zero
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return list, nil
}

// each scans each row of a query into the columns and calls do.
func (s *Store) each(ctx context.Context, columns []any, do func(), query string, args ...any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.explain(each(s.reader(ctx), columns, do, query, args...))
}

// row scans the only row of a query, or returns session.ErrNotFound.
func (s *Store) row(ctx context.Context, columns []any, query string, args ...any) error {
	found := false
	err := s.each(ctx, columns, func() { found = true }, query, args...)
	if err == nil && !found {
		err = session.ErrNotFound
	}
	return err
}

// queryer is a transaction, or statements.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each cannot be interrupted: reading never waits, and supporting interruption costs more than
// most queries.
func each(q queryer, columns []any, do func(), query string, args ...any) error {
	rows, err := q.QueryContext(context.Background(), query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(columns...); err != nil {
			return err
		}
		do()
	}
	return rows.Err()
}

// statements prepares each query once, because that takes longer than reading a row.
type statements struct {
	db    *sql.DB
	known sync.Map // *sql.Stmt by query
}

func (s *statements) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	stmt, ok := s.known.Load(query)
	if !ok {
		made, err := s.db.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		if stmt, ok = s.known.LoadOrStore(query, made); ok {
			_ = made.Close()
		}
	}
	return stmt.(*sql.Stmt).QueryContext(ctx, args...)
}

// prepareFile checks the files of the database, or creates an empty one that only its owner can
// read. SQLite creates its other files with the same mode.
func (s *Store) prepareFile(ctx context.Context) error {
	for _, name := range []string{s.path, s.path + "-wal", s.path + "-shm"} {
		if err := private.File(name, private.Nothing); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	blank, err := isBlank(s.path)
	if blank && err == nil {
		err = s.makeFile(ctx)
	}
	return err
}

// makeFile creates the database file if it does not exist. It holds the lock of the schema,
// because closing the file would drop SQLite's locks on it for the whole process.
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

// isBlank reports whether path does not exist or is empty. It returns an error for a database
// that vanished or lost its content: SQLite would treat it as new and delete its log, and the
// ring would look empty. If it seems blank, it checks the log and the locks and then looks again,
// because another process may be creating the database.
func isBlank(path string) (bool, error) {
	if db, err := os.Stat(path); err == nil && db.Size() > 0 {
		return false, nil
	}
	wal, noLog := os.Stat(path + "-wal")
	locked := hadAccounts(filepath.Join(filepath.Dir(path), locksName))
	db, missing := os.Stat(path)
	blank := missing != nil || db.Size() == 0
	switch {
	case blank && noLog == nil && wal.Size() > 0:
		return true, damagedError(path, "it is missing, but its -wal file exists")
	case !blank || !locked:
	case missing == nil:
		return true, damagedError(path, "it is empty, but it had accounts")
	default:
		return true, goneError(path)
	}
	return blank, nil
}

// hadAccounts reports whether the folder holds locks of accounts besides that of the schema. It
// reads only two of them: there may be thousands.
func hadAccounts(locks string) bool {
	dir, err := os.Open(locks)
	if err != nil {
		return false
	}
	defer dir.Close()
	names, _ := dir.Readdirnames(2)
	return len(names) == 2
}
