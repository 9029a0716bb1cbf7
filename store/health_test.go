package store

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestASoundDatabase(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "a1")
	check(t, s.Check(t.Context()))
	if s.Size() == 0 {
		t.Error("it takes no room")
	}
}

func TestADatabaseWithBrokenPagesIsFound(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, id := range []string{"a1", "a2", "a3"} {
		withAccount(t, s, id)
	}
	_, err := s.db.Exec(`PRAGMA wal_checkpoint(TRUNCATE)`)
	check(t, err)
	var page int64
	check(t, s.db.QueryRow(`SELECT rootpage FROM sqlite_schema WHERE name = 'events'`).Scan(&page))
	check(t, s.Close())
	f, err := os.OpenFile(s.path, os.O_WRONLY, 0)
	check(t, err)
	_, err = f.WriteAt([]byte("this is no page at all"), (page-1)*4096)
	check(t, err)
	check(t, f.Close())
	wantErr(t, openStore(t, s.Dir()).Check(t.Context()), ErrDamaged)
}

func TestWhoHoldsALock(t *testing.T) {
	t.Parallel()
	s := openStore(t, filepath.Join(t.TempDir(), "ring"))
	ids := []string{"a1", "a2", "never"}
	release, err := s.Lock(t.Context(), "a1")
	check(t, err)
	other, err := s.Lock(t.Context(), "a2")
	check(t, err)
	other()
	held, err := s.Held(ids)
	check(t, err)
	if len(held) != 1 || held[0].AccountID != "a1" {
		t.Fatalf("held: %v", held)
	}
	if want := os.Getpid(); runtime.GOOS == "linux" && held[0].Process != want {
		t.Errorf("held by %d, want %d", held[0].Process, want)
	}
	release()
	if held, err := s.Held(ids); err != nil || len(held) != 0 {
		t.Errorf("after the release: %v, %v", held, err)
	}
	if left, _ := filepath.Glob(filepath.Join(s.Dir(), locksName, lockName("never"))); left != nil {
		t.Error("asking made a lock")
	}
}
