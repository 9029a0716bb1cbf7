package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"tokenring/session"
	"tokenring/session/private"
	"tokenring/session/shell"
)

// Errors of a store, for errors.Is. The text of the error names the file and the next step.
var (
	// ErrPermissions reports that users other than the owner can access the store.
	ErrPermissions = private.ErrPermissions
	// ErrNewer reports a database of a newer tokenring. Nothing was changed.
	ErrNewer = errors.New("made by a newer tokenring")
	// ErrDamaged reports a damaged file, or one that is not a database of tokenring.
	ErrDamaged = errors.New("not an intact tokenring database")
	// ErrGone reports that there are locks of accounts but no database.
	ErrGone = errors.New("the database of this ring is missing")
	// ErrFull reports that the disk is full. Nothing was written.
	ErrFull error = unwritable("the disk is full")
	// ErrReadOnly reports that the folder or a file in it is not writable.
	ErrReadOnly error = unwritable("cannot be written to")
	// ErrKeyChanged reports that another process replaced the data key with which a value
	// was sealed. Nothing was written.
	ErrKeyChanged = errors.New("the vault's data key was changed by another tokenring process; nothing was stored; try again")
	// ErrBusy reports that another process held the database or an account's lock for too
	// long.
	ErrBusy = errors.New("another tokenring process is using it")
)

// unwritable is the reason of a session.ErrUnwritable.
type unwritable string

func (e unwritable) Error() string { return string(e) }

// Is reports whether target is session.ErrUnwritable.
func (e unwritable) Is(target error) bool { return target == session.ErrUnwritable }

// explain converts an error of SQLite to one with the next step. It returns other errors
// unchanged.
func (s *Store) explain(err error) error {
	var from *sqlite.Error
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case strings.HasPrefix(err.Error(), "sql: Scan error"): // it has no type
		return damagedError(s.path, "it contains an unreadable value")
	case !errors.As(err, &from):
		return err
	}
	return s.explainCode(from.Code(), err)
}

// explainCode is explain for a result code of SQLite.
func (s *Store) explainCode(code int, err error) error {
	switch code {
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return session.ErrNotFound
	case sqlite3.SQLITE_CONSTRAINT_TRIGGER:
		return ErrKeyChanged
	case sqlite3.SQLITE_IOERR_SHMSIZE: // reading also needs a little space
		return fullError(s.dir)
	}
	switch code & 0xff {
	case sqlite3.SQLITE_FULL:
		return fullError(s.dir)
	case sqlite3.SQLITE_IOERR:
		return fmt.Errorf("%s: %w; check its disk and try again", s.path, err)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return readOnlyError(s.dir)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damagedError(s.path, "")
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%s: %w; try again", s.path, ErrBusy)
	}
	return fmt.Errorf("%s: %w", s.path, err)
}

// explainFile is explain for an error of the file system in dir.
func explainFile(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fullError(dir)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return readOnlyError(dir)
	case errors.Is(err, fs.ErrExist), errors.Is(err, syscall.ENOTDIR):
		return noFolderError(dir)
	}
	return err
}

func noFolderError(dir string) error {
	return fmt.Errorf("%s is not a folder; move it aside, or set TOKENRING_HOME to another folder", dir)
}

func fullError(dir string) error {
	return fmt.Errorf("%w, nothing was stored; free some space for %s", ErrFull, dir)
}

func readOnlyError(dir string) error {
	return fmt.Errorf("the folder %s %w; make it writable for you, or set TOKENRING_HOME to another folder", dir, ErrReadOnly)
}

func damagedError(path, why string) error {
	if why != "" {
		why = " (" + why + ")"
	}
	aside := shell.Quote(filepath.Join(filepath.Dir(path), "damaged"))
	return fmt.Errorf("%s is %w%s; nothing was changed. Restore it from a backup, or move it, its -wal and -shm files and the locks aside to start over: mkdir -m 700 %s && mv %s* %s %s",
		path, ErrDamaged, why, aside, shell.Quote(path), shell.Quote(filepath.Join(filepath.Dir(path), locksName)), aside)
}

func goneError(path string) error {
	return fmt.Errorf("%w: %s; restore it from a backup, or remove the locks of its accounts to start over: rm -r %s",
		ErrGone, path, shell.Quote(filepath.Join(filepath.Dir(path), locksName)))
}
