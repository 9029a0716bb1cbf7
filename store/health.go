package store

import (
	"context"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// Check reads the whole database and says whether it is sound. ErrDamaged.
func (s *Store) Check(ctx context.Context) error {
	var found string // the first of what is wrong, or ok
	err := s.db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&found)
	if err == nil && found != "ok" {
		return damagedError(s.path, "its pages do not fit together")
	}
	return s.explain(err)
}

// Size returns how many bytes the database and its log take on disk.
func (s *Store) Size() int64 {
	var n int64
	for _, path := range []string{s.path, s.path + "-wal"} {
		if info, err := os.Stat(path); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Held is an account's lock that a process holds.
type Held struct {
	AccountID string
	Process   int // 0: not known here
}

// Held lists the locks of the given accounts that are held at this moment, by
// this process too.
func (s *Store) Held(accountIDs []string) ([]Held, error) {
	var held []Held
	for _, id := range accountIDs {
		path := filepath.Join(s.dir, locksName, lockName(id))
		if _, err := os.Lstat(path); err != nil {
			continue // never locked
		}
		l := flock.New(path)
		free, err := l.TryRLock() // shared: who waits for it is not kept waiting for long
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
