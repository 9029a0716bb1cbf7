package private

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWhatOthersMayDo(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("mode bits mean nothing on Windows")
	}
	for _, c := range []struct {
		mode             os.FileMode
		nothing, reading bool // whether it is accepted
	}{
		{0o700, true, true}, {0o755, false, true}, {0o710, false, true}, {0o777, false, false}, {0o702, false, false},
	} {
		for _, folder := range []bool{true, false} {
			path, check, mode := filepath.Join(t.TempDir(), "it's ours"), Folder, c.mode
			if folder {
				must(t, os.Mkdir(path, 0o700))
			} else {
				mode &^= 0o111
				check = File
				must(t, os.WriteFile(path, nil, 0o600))
			}
			must(t, os.Chmod(path, mode))
			for access, accepted := range map[Access]bool{Nothing: c.nothing || c.mode == 0o710 && !folder, Reading: c.reading} {
				err := check(path, access)
				if (err == nil) != accepted {
					t.Errorf("mode %o, folder %v, access %d: %v", mode, folder, access, err)
				}
				if err == nil {
					continue
				}
				_, command, _ := strings.Cut(err.Error(), "run: ")
				if out, err := exec.Command("sh", "-c", command).CombinedOutput(); err != nil || !errors.Is(check(path, access), nil) {
					t.Errorf("%s: %v %s, then %v", command, err, out, check(path, access))
				}
				must(t, os.Chmod(path, mode))
			}
		}
	}
}

func TestLinksAndKinds(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	file, link, linked := filepath.Join(dir, "file"), filepath.Join(dir, "link"), filepath.Join(dir, "linked")
	must(t, os.WriteFile(file, nil, 0o600))
	if err := os.Symlink(file, link); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	must(t, os.Symlink(dir, linked))
	for _, c := range []struct {
		err  error
		says string // "" where it is accepted
	}{
		{Folder(dir, Nothing), ""}, {File(file, Nothing), ""}, {File(link, Reading), ""}, {Folder(linked, Reading), ""},
		{File(link, Nothing), "symbolic link"}, {Folder(linked, Nothing), "symbolic link"},
		{Folder(file, Nothing), "TOKENRING_HOME"}, {Folder(file, Reading), "XDG_CONFIG_HOME"},
		{File(dir, Nothing), "not a plain file"}, {File(dir, Reading), "not a plain file"},
	} {
		if (c.err == nil) != (c.says == "") || c.err != nil && !strings.Contains(c.err.Error(), c.says) {
			t.Errorf("%v, want %q", c.err, c.says)
		}
	}
	if err := File(filepath.Join(dir, "none"), Nothing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestOwners(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, nil, 0o600))
	if os.Chown(path, 4711, 4711) != nil {
		t.Skip("this user cannot give files away")
	}
	for _, access := range []Access{Nothing, Reading} {
		if err := File(path, access); !errors.Is(err, ErrPermissions) || !strings.Contains(err.Error(), "another user") {
			t.Errorf("access %d: %v", access, err)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
