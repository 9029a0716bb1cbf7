package store

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	// reserveBase is the room for the pages of the database that a session changes,
	// in its log, beside the tokens themselves.
	reserveBase = 128 << 10
	// fullPatience is how long a result that may not be lost waits for room.
	fullPatience = 5 * time.Second
	fullPause    = 100 * time.Millisecond
)

// reservePath names the file that takes the room for the result of an exchange.
func (s *Store) reservePath(accountID string) string {
	return filepath.Join(s.dir, locksName, strings.TrimSuffix(lockName(accountID), ".lock")+".reserve")
}

// reserve takes the room that the result of an exchange may need, before the exchange
// spends the tokens. It is a file, because a page that is free in the database still
// needs room in its log. The release of the account's lock frees it.
func (s *Store) reserve(ctx context.Context, accountID string) error {
	var tokens int64
	err := s.row(ctx, []any{&tokens}, `SELECT ifnull(sum(length(box)), 0) FROM sealed WHERE account_id = ?`, accountID)
	if err != nil {
		return s.explain(err)
	}
	s.giveUpReserve(accountID) // of a process that was killed
	f, err := os.OpenFile(s.reservePath(accountID), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return explainFile(s.dir, err)
	}
	// Random bytes: a file system may compress others to nothing.
	_, err = io.CopyN(f, rand.Reader, reserveBase+4*tokens)
	if err = errors.Join(err, f.Close()); err != nil {
		s.giveUpReserve(accountID)
		return explainFile(s.dir, err)
	}
	return nil
}

// giveUpReserve frees the room of reserve, and reports whether there was some.
func (s *Store) giveUpReserve(accountID string) bool {
	return os.Remove(s.reservePath(accountID)) == nil
}

// insist runs the write of a result. If the disk is full and the result is that of an
// exchange, it gives the reserve up for it, and then waits for room.
func (s *Store) insist(ctx context.Context, accountID string, write func() error) error {
	err := write()
	if !errors.Is(err, ErrFull) || !s.giveUpReserve(accountID) {
		return err
	}
	for tries := fullPatience / fullPause; errors.Is(err, ErrFull) && tries > 0 && ctx.Err() == nil; tries-- {
		if err = write(); err != nil {
			time.Sleep(fullPause)
		}
	}
	return err
}
