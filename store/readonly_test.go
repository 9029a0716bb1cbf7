package store

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
)

// openedCopy opens a copy of the database at path, as [Open] does where nothing can be
// written.
func openedCopy(t *testing.T, path string) *Store {
	t.Helper()
	s := &Store{dir: filepath.Dir(path), path: path, now: atNoon, write: make(chan struct{}, 1), readOnly: ErrReadOnly}
	check(t, s.connectCopy(t.Context()))
	t.Cleanup(func() { check(t, s.Close()) })
	return s
}

func TestACopyHoldsWhatTheLogHolds(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "a1")
	check(t, s.PutSession(t.Context(), newSession("a1", 1), 0, []session.Sealed{boxed("token:access", strings.Repeat("x", 50_000))}))
	path := filepath.Join(t.TempDir(), fileName)
	whole := map[string][]byte{}
	for _, suffix := range []string{"", "-wal"} { // as a process that was killed leaves them
		b, err := os.ReadFile(s.path + suffix)
		check(t, err)
		whole[suffix] = b
		check(t, os.WriteFile(path+suffix, b, 0o600))
	}
	if c := openedCopy(t, path); len(storedTokens(t, c, "a1")) != 1 || c.Check(t.Context()) != nil {
		t.Error("the copy lacks the log")
	}
	log := whole["-wal"]
	log[len(log)-1] ^= 1 // the last commit is torn
	check(t, os.WriteFile(path+"-wal", log, 0o600))
	if c := openedCopy(t, path); len(storedTokens(t, c, "a1")) != 0 || c.Check(t.Context()) != nil {
		t.Error("the copy has a commit that is not whole")
	}
	for _, junk := range []string{"", "x", strings.Repeat("\x00", 5000), string(log[:40])} {
		check(t, os.WriteFile(path, whole[""], 0o600))
		check(t, os.WriteFile(path+"-wal", []byte(junk), 0o600))
		db, log, err := (&Store{path: path}).readSnapshot(t.Context())
		check(t, err)
		withLog(db, log)
	}
}

// A copy that is taken while another process writes is one of its states.
func TestACopyIsTakenBetweenTwoWrites(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "a1")
	ctx, stop := context.WithCancel(t.Context())
	var writer sync.WaitGroup
	defer writer.Wait()
	defer stop()
	writer.Go(func() {
		for n := int64(1); ctx.Err() == nil; n++ {
			tokens := []session.Sealed{boxed("token:access", strings.Repeat("x", int(n%7)*9000))}
			if err := s.PutSession(t.Context(), newSession("a1", n), n-1, tokens); err != nil {
				t.Error(err)
				return
			}
			if n%5 == 0 {
				_, _ = s.db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
			}
			if n%4 == 0 {
				time.Sleep(3 * copyPause) // else it never holds still
			}
		}
	})
	for range 5 {
		c := &Store{dir: s.dir, path: s.path, now: atNoon, write: make(chan struct{}, 1), readOnly: ErrReadOnly}
		err := c.connectCopy(t.Context())
		if err != nil {
			wantErr(t, err, ErrBusy)
			continue
		}
		check(t, c.Check(t.Context()))
		check(t, c.Close())
	}
}
