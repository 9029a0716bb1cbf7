package glance

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session"
)

var noon = time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, dir string) *Cache {
	t.Helper()
	c, _, err := Open(dir)
	check(t, err)
	return c
}

func entryOf(name string) Entry {
	return Entry{Name: name, Environment: "staging", Outlook: session.Outlook{
		Session: true, Saved: true, AtLeast: true,
		End: noon.Add(time.Hour).Local(), Soon: noon.Local(), SavedUntil: noon.Add(24 * time.Hour).Local(),
	}}
}

func TestWhatIsPutIsRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	e := entryOf("admin@edge/../../\x00 'ä'")
	check(t, c.Put(e))
	got, err := Read(dir, e.Name)
	if err != nil || got != e {
		t.Errorf("read %+v, %v, want %+v", got, err, e)
	}
	info, err := os.Stat(c.path(e.Name))
	check(t, err)
	if info.Mode().Perm() != 0o600 || filepath.Dir(c.path(e.Name)) != c.dir {
		t.Errorf("it lies in %s with the mode %v", c.path(e.Name), info.Mode())
	}
	if _, err := Read(dir, "nobody"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("nobody: %v", err)
	}
	check(t, c.Remove(e.Name))
	check(t, c.Remove(e.Name))
	if _, err := Read(dir, e.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("removed: %v", err)
	}
}

func TestAnEntryThatAnotherWriterReplacedIsPutAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	mine, theirs := open(t, dir), open(t, dir)
	e := entryOf("admin")
	moved := e
	moved.Environment = "prod"
	check(t, mine.Put(e))
	check(t, theirs.Put(moved))
	check(t, mine.Put(e))
	if got, err := Read(dir, e.Name); err != nil || got != e {
		t.Errorf("read %+v, %v", got, err)
	}
}

func TestTheLongestEntryIsReadWhole(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	e := entryOf(strings.Repeat("\u2028", session.MaxName)) // as six characters each
	e.Environment = e.Name
	check(t, open(t, dir).Put(e))
	if got, err := Read(dir, e.Name); err != nil || got != e {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestDamageIsAnError(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	for name, text := range map[string]string{"broken": "{", "empty": "", "another": `{"name":"me"}`} {
		check(t, os.WriteFile(c.path(name), []byte(text), 0o600))
		if e, err := Read(dir, name); err == nil {
			t.Errorf("%s: read %+v", name, e)
		}
	}
}

func TestMending(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := open(t, dir)
	kept, old := entryOf("kept"), entryOf("old")
	check(t, c.Put(kept))
	check(t, c.Put(old))
	check(t, c.Put(entryOf("gone")))
	check(t, os.WriteFile(c.path("broken"), []byte("{"), 0o600))
	beingWritten, abandoned := filepath.Join(c.dir, beside+"1"), filepath.Join(c.dir, beside+"2")
	for _, path := range []string{beingWritten, abandoned} {
		check(t, os.WriteFile(path, nil, 0o600))
		check(t, os.Chtimes(path, noon, noon))
	}
	check(t, os.Chtimes(abandoned, noon, noon.Add(-2*time.Hour)))
	old.Environment = "prod"
	check(t, open(t, dir).Mend([]Entry{kept, old, entryOf("broken")}, noon))
	for _, want := range []Entry{kept, old, entryOf("broken")} {
		if got, err := Read(dir, want.Name); err != nil || got != want {
			t.Errorf("%s: %+v, %v", want.Name, got, err)
		}
	}
	for path, want := range map[string]bool{c.path("gone"): false, abandoned: false, beingWritten: true} {
		if _, err := os.Stat(path); err == nil != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAWriterThatDiedIsSeen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	stale := func() bool {
		t.Helper()
		_, stale, err := Open(dir)
		check(t, err)
		return stale
	}
	if !stale() || stale() {
		t.Fatal("a new cache is stale once")
	}
	good, dead := open(t, dir), open(t, dir)
	good.Begin()
	if !stale() {
		t.Error("a change under way is not seen")
	}
	good.End()
	if stale() {
		t.Error("a change that ended is seen")
	}
	dead.Begin()
	good.Begin()
	good.End()
	if !stale() {
		t.Error("another writer forgot the one that died")
	}
	check(t, good.Mend(nil, noon))
	if stale() {
		t.Error("it is stale after it was mended")
	}
}
