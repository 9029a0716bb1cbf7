package place

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestAFullDiskKeepsNoPart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("this user cannot mount a file system:", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	path := filepath.Join(dir, "body.json")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, replace := range map[string]bool{"body.json": true, "new.json": false} {
		if err := Write(filepath.Join(dir, name), make([]byte, 1<<20), 0o600, replace); !errors.Is(err, syscall.ENOSPC) {
			t.Error(err)
		}
	}
	all, _ := os.ReadDir(dir)
	if data, _ := os.ReadFile(path); string(data) != "old" || len(all) != 1 {
		t.Errorf("%q in %v", data, all)
	}
}

// The umask is that of the process: this test is not parallel.
func TestTheUmaskIsForNewFiles(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o027))
	path := filepath.Join(t.TempDir(), "file")
	for _, want := range []os.FileMode{0o640, 0o664} { // new, then replaced one with more rights
		err := Write(path, nil, 0o664, true)
		info, statErr := os.Stat(path)
		if err != nil || statErr != nil || info.Mode() != want {
			t.Fatalf("%v, %v: %v, want %v", err, statErr, info, want)
		}
		if err := os.Chmod(path, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}
