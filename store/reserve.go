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
	// reserveBase is the room for the pages of the database that a session changes,
	// in its log, beside the tokens themselves.
	reserveBase = 128 << 10
	// longestReserve is longer than an exchange lasts.
	longestReserve = time.Hour
	// patience is how long a result that may not be lost waits until it can be written.
	patience      = 5 * time.Second
	patiencePause = 100 * time.Millisecond
)

// reservePath names the file that takes the room for the result of an exchange of this
// process: a login may run beside the refresh of another one.
func (s *Store) reservePath(accountID string) string {
	return s.reserveStem(accountID) + "." + strconv.Itoa(os.Getpid()) + ".reserve"
}

func (s *Store) reserveStem(accountID string) string {
	return filepath.Join(s.dir, locksName, strings.TrimSuffix(lockName(accountID), ".lock"))
}

// dropLeftReserves removes the files of processes that were killed.
func (s *Store) dropLeftReserves(accountID string) {
	s.giveUpReserve(accountID) // of one that had our number
	all, _ := filepath.Glob(s.reserveStem(accountID) + "*.reserve")
	for _, path := range all {
		if info, err := os.Lstat(path); err == nil && s.now().Sub(info.ModTime()) > longestReserve {
			_ = os.Remove(path)
		}
	}
}

// Reserve takes the room that the result of an exchange may need, before the exchange
// spends the tokens or starts a session; release frees it. It may return [ErrFull] or
// [ErrReadOnly]: then nothing may be exchanged. It is a file, because a page that is
// free in the database still needs room in its log. An account has one in a process: a
// second one takes the place of the first.
func (s *Store) Reserve(ctx context.Context, accountID string) (release func(), err error) {
	if s.readOnly != nil {
		return nil, s.readOnly
	}
	var tokens int64
	err = s.row(ctx, []any{&tokens}, `SELECT ifnull(sum(length(box)), 0) FROM sealed WHERE account_id = ?`, accountID)
	if err != nil {
		return nil, s.explain(err)
	}
	s.dropLeftReserves(accountID)
	f, err := os.OpenFile(s.reservePath(accountID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, explainFile(s.dir, err)
	}
	// Random bytes: a file system may compress others to nothing.
	_, err = io.CopyN(f, rand.Reader, reserveBase+4*tokens)
	if err = errors.Join(err, f.Close()); err != nil {
		s.giveUpReserve(accountID)
		return nil, explainFile(s.dir, err)
	}
	return func() { s.giveUpReserve(accountID) }, nil
}

// giveUpReserve frees the room of Reserve.
func (s *Store) giveUpReserve(accountID string) { _ = os.Remove(s.reservePath(accountID)) }

// Insist is Atomically for what a server has answered. While the disk does not take it,
// it gives the account's reserve up for it, and runs do again for the time of patience.
func (s *Store) Insist(ctx context.Context, accountID string, do func(ctx context.Context) error) error {
	return s.insistOn(ctx, accountID, func() error { return s.Atomically(ctx, do) })
}

// insist is Insist for a single update.
func (s *Store) insist(ctx context.Context, accountID string, f func(tx *sql.Tx) error) error {
	return s.insistOn(ctx, accountID, func() error { return s.update(ctx, f) })
}

func (s *Store) insistOn(ctx context.Context, accountID string, write func() error) error {
	err := write()
	if s.readOnly != nil || s.joined(ctx) != nil || !mayPass(err) {
		return err
	}
	s.giveUpReserve(accountID)
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		if err = write(); !mayPass(err) {
			return err
		}
		select {
		case <-limited.Done():
			return err
		case <-time.After(patiencePause):
		}
	}
}

// mayPass reports whether the disk or another process failed a write, which a later try
// may not find so.
func mayPass(err error) bool {
	var from *sqlite.Error
	return errors.Is(err, ErrFull) || errors.Is(err, ErrReadOnly) || errors.Is(err, ErrBusy) ||
		errors.As(err, &from) && from.Code()&0xff == sqlite3.SQLITE_IOERR
}
