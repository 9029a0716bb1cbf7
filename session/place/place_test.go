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
		if is, err := ExpandHome(path); is != want || err != nil {
			t.Errorf("%s is %s, %v", path, is, err)
		}
	}
	t.Setenv("HOME", "")
	t.Setenv("USERPROFILE", "")
	if _, err := ExpandHome("~/a"); err == nil {
		t.Error("without a home folder there is one")
	}
}

func TestWrite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.WriteFile(at("old"), []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, link := range [][2]string{{at("old"), at("link")}, {at("gone"), at("dangling")}, {at("loop"), at("loop")}} {
		if err := os.Symlink(link[0], link[1]); err != nil {
			t.Skip("this user cannot make a link:", err)
		}
	}
	for _, tt := range []struct {
		name    string
		replace bool
		want    error
	}{
		{"new", false, nil}, {"new", false, fs.ErrExist}, {"new", true, nil}, {"old", false, fs.ErrExist}, {"dangling", false, fs.ErrExist},
		{"\x1b[31mred\u202e", false, nil}, {"link", true, nil}, {"none/new", false, fs.ErrNotExist}, {".", true, ErrKind}, {"../../../../../../dev/null", true, ErrKind},
	} {
		err := Write(at(tt.name), []byte("12345"), 0o600, tt.replace)
		if !errors.Is(err, tt.want) || err != nil && strings.Contains(err.Error(), dir) {
			t.Errorf("%q: %v", tt.name, err)
		}
		if data, _ := os.ReadFile(at(tt.name)); err == nil && string(data) != "12345" {
			t.Errorf("%q holds %q", tt.name, data)
		}
	}
	for _, name := range []string{"new", "old"} { // old by its link
		if info, err := os.Stat(at(name)); err != nil || info.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
	if err := CheckWrite(at("new")); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(at("new"), 0o400); err != nil {
		t.Fatal(err)
	}
	_, loop := os.Stat(at("loop")) // a link that the system does not follow
	for name, want := range map[string]error{"new": ErrReadOnly, ".": ErrKind, "none/new": fs.ErrNotExist, "loop": Cause(loop)} {
		for _, err := range []error{CheckWrite(at(name)), Write(at(name), nil, 0o600, true)} {
			if !errors.Is(err, want) {
				t.Errorf("%s: %v, want %v", name, err, want)
			}
		}
	}
	if left, _ := filepath.Glob(at(".tokenring-*")); left != nil {
		t.Errorf("%v was left behind", left)
	}
}
