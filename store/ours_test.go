package store

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// ours lists the files and folders of a ring, each with what uses it. Whatever else
// lies in the folder of a ring fails TestEveryFileOfARingIsChecked.
var ours = map[string]func(t *testing.T, dir string) error{
	".":                       open,
	"tokenring.db":            open,
	"tokenring.db-wal":        open,
	"tokenring.db-shm":        open,
	"locks":                   open,
	"locks/schema.lock":       func(t *testing.T, dir string) error { return (&Store{dir: dir}).lockAndRelease(t) },
	"locks/" + lockName("a1"): func(t *testing.T, dir string) error { return lockAccount(t, dir) },
	"vault.lock":              func(t *testing.T, dir string) error { return lockVault(t, dir) },
	"tokenring.schema1.db":    func(t *testing.T, dir string) error { _, err := (&Store{dir: dir}).Copies(); return err },
}

func open(t *testing.T, dir string) error {
	s, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
	if err == nil {
		return s.Close()
	}
	return err
}

func (s *Store) lockAndRelease(t *testing.T) error {
	release, err := s.lockSchema(t.Context())
	if err == nil {
		release()
	}
	return err
}

func lockAccount(t *testing.T, dir string) error {
	release, err := (&Store{dir: dir}).Lock(t.Context(), "a1")
	if err == nil {
		release()
	}
	return err
}

func lockVault(t *testing.T, dir string) error {
	release, err := (&Store{dir: dir}).LockVault(t.Context())
	if err == nil {
		release()
	}
	return err
}

// fullRing makes a ring with every file that one can have. It stays open, so that
// the log exists.
func fullRing(t *testing.T) (dir string) {
	t.Helper()
	s := newStore(t)
	withAccount(t, s, "a1")
	check(t, lockAccount(t, s.Dir()))
	check(t, lockVault(t, s.Dir()))
	tx, err := s.db.Begin()
	check(t, err)
	defer tx.Rollback()
	check(t, s.keepCopy(t.Context(), 1))
	return s.Dir()
}

func TestEveryFileOfARingIsChecked(t *testing.T) {
	t.Parallel()
	dir := fullRing(t)
	check(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		name, _ := filepath.Rel(dir, path)
		if _, known := ours[filepath.ToSlash(name)]; !known {
			t.Errorf("%s is not listed", name)
		}
		return err
	}))
	for name, use := range ours {
		dir := fullRing(t)
		path := filepath.Join(dir, name)
		check(t, use(t, dir))
		aside := filepath.Join(t.TempDir(), "aside")
		check(t, os.Rename(path, aside))
		if err := os.Symlink(aside, path); err != nil {
			t.Skip("no symbolic links here:", err)
		}
		if err := use(t, dir); err == nil && name != "." { // a link to the whole folder is fine
			t.Errorf("%s was used although it is a link", name)
		}
		check(t, os.Remove(path))
		check(t, os.WriteFile(path, nil, 0o644))
		if name == "tokenring.db" {
			check(t, os.WriteFile(path, []byte("x"), 0o644)) // an empty one is refused for that
		}
		if name == "locks" || name == "." {
			check(t, os.Remove(path))
			check(t, os.Mkdir(path, 0o755))
		}
		if err := use(t, dir); err == nil || !strings.Contains(err.Error(), "chmod") {
			t.Errorf("%s was used although others may read it: %v", name, err)
		}
	}
}
