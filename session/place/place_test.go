package place

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatCanBeRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("12345"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		path string
		most int64
		want error
	}{
		{file, 5, nil}, {file, 4, ErrSize}, {dir, 5, ErrKind}, {os.DevNull, 5, ErrKind}, {file + "x", 5, fs.ErrNotExist},
	} {
		data, err := Read(tt.path, tt.most)
		if !errors.Is(err, tt.want) || (err == nil) != (string(data) == "12345") || err != nil && strings.Contains(err.Error(), dir) {
			t.Errorf("%s, %d: %q, %v", tt.path, tt.most, data, err)
		}
	}
}

func TestAPathBelowTheHomeFolder(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for path, want := range map[string]string{"~/a": filepath.Join(home, "a"), "/a": "/a", "~me/a": "~me/a", "a": "a"} {
		if is, err := Whole(path); is != want || err != nil {
			t.Errorf("%s is %s, %v", path, is, err)
		}
	}
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	if _, err := Whole("~/a"); err == nil {
		t.Error("without a home folder there is one")
	}
}
