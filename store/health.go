package store

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"tokenring/session"
)

// Check reads the whole database and returns ErrDamaged if it is not intact.
func (s *Store) Check(ctx context.Context) error {
	var found string // the first fault, or "ok"
	err := s.db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	if err == nil && found != "ok" {
		return damagedError(s.path, "its pages are inconsistent")
	}
	return s.explain(err)
}

// Size returns the size of the database and its log on disk, in bytes.
func (s *Store) Size() int64 {
	var n int64
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Holder returns the process that holds the lock of an account, if one does.
func (s *Store) Holder(accountID string) (h session.Holder, held bool) {
	all, err := s.Held([]string{accountID})
	if err != nil || len(all) == 0 {
		return h, false
	}
	pid := all[0].Process
	return session.Holder{Process: pid, Doing: command(pid), Own: pid == os.Getpid()}, true
}

// Held is a held lock of an account.
type Held struct {
	AccountID string
	Process   int // 0: unknown
}

// Held lists the locks of the given accounts that any process holds, including this one.
func (s *Store) Held(accountIDs []string) ([]Held, error) {
	var held []Held
	for _, id := range accountIDs {
		path := filepath.Join(s.dir, locksName, lockName(id))
		if _, err := os.Lstat(path); err != nil {
			continue // never locked
		}
		l := flock.New(path)
		free, err := l.TryRLock() // shared, and released at once
		if err != nil {
			return held, explainFile(s.dir, err)
		}
		_ = l.Close()
		if !free {
			held = append(held, Held{AccountID: id, Process: holder(path)})
		}
	}
	return held, nil
}
