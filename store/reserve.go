package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// reserveBase is the space in the log for the pages that a session changes, in addition
	// to the tokens.
	reserveBase = 128 << 10
	// longestReserve is longer than any login or refresh.
	longestReserve = time.Hour
	// patience bounds the retries of a write that must not be lost.
	patience      = 5 * time.Second
	patiencePause = 100 * time.Millisecond
)

// reservePath returns the file that reserves space for this process: a login may run during
// the refresh of another process.
func (s *Store) reservePath(accountID string) string {
	return s.reserveStem(accountID) + "." + strconv.Itoa(os.Getpid()) + ".reserve"
}

func (s *Store) reserveStem(accountID string) string {
	return filepath.Join(s.dir, locksName, strings.TrimSuffix(lockName(accountID), ".lock"))
}

// removeStaleReserves removes the files of killed processes.
func (s *Store) removeStaleReserves(accountID string) {
	s.releaseReserve(accountID) // of a process that had our number
	all, _ := filepath.Glob(s.reserveStem(accountID) + "*.reserve")
	for _, path := range all {
		if info, err := os.Lstat(path); err == nil && s.now().Sub(info.ModTime()) > longestReserve {
			_ = os.Remove(path)
		}
	}
}

// Reserve reserves the disk space that the result of a login or refresh may need, before it
// spends tokens or starts a session; release frees it. After [ErrFull] or [ErrReadOnly] the
// flow must not start. The reserve is a file, because even a free page of the database needs
// space in its log. An account has one reserve per process: a second replaces the first.
func (s *Store) Reserve(ctx context.Context, accountID string) (release func(), err error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	var tokens int64
	err = s.row(ctx, []any{&tokens}, `SELECT ifnull(sum(length(box)), 0) FROM sealed WHERE account_id = ?`, accountID)
	if err != nil {
		return nil, err
	}
	s.removeStaleReserves(accountID)
	f, err := os.OpenFile(s.reservePath(accountID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, explainFile(s.dir, err)
	}
	// Random bytes, because a file system may compress others.
	_, err = io.CopyN(f, rand.Reader, reserveBase+4*tokens)
	if err = errors.Join(err, f.Close()); err != nil {
		s.releaseReserve(accountID)
		return nil, explainFile(s.dir, err)
	}
	return func() { s.releaseReserve(accountID) }, nil
}

// releaseReserve frees the space of Reserve.
func (s *Store) releaseReserve(accountID string) { _ = os.Remove(s.reservePath(accountID)) }

// Insist is Atomically for the result of a flow. If the disk fails, it frees the account's
// reserve and runs do again, for the time of patience.
func (s *Store) Insist(ctx context.Context, accountID string, do func(ctx context.Context) error) error {
	return s.insistOn(ctx, accountID, func() error { return s.Atomically(ctx, do) })
}

// insist is Insist for a single update.
func (s *Store) insist(ctx context.Context, accountID string, f func(tx *sql.Tx) error) error {
	return s.insistOn(ctx, accountID, func() error { return s.update(ctx, f) })
}

func (s *Store) insistOn(ctx context.Context, accountID string, write func() error) error {
	err := write()
	if s.readOnly != nil || s.joined(ctx) != nil || !isTemporary(err) {
		return err
	}
	s.releaseReserve(accountID)
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if err = write(); !isTemporary(err) {
			return err
		}
		select {
		case <-limited.Done():
			return err
		case <-time.After(patiencePause):
		}
	}
}

// isTemporary reports whether a write failed because of the disk or another process, so that a
// later attempt may succeed.
func isTemporary(err error) bool {
	var from *sqlite.Error
	return errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrBusy) ||
		errors.As(err, &from) && from.Code()&0xff == sqlite3.SQLITE_IOERR
}
