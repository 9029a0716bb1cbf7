// Package glance keeps what a shell's prompt shows of each account where it
// can be had at once: one small file per account, named by a hash of the
// account's name, beside the database. A prompt is drawn before every command
// line, so reading it takes no key, no network, no database and no lock.
//
// The store writes a file after the commit that changed its account. The files
// are a copy and are never trusted for more than being shown; one that is lost
// or old is mended from the database. They hold no secret.
package glance

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tokenring/session"
)

// Entry is what is kept of an account.
type Entry struct {
	Name        string
	Environment string
	session.Outlook
}

const (
	folder = "glance"
	behind = ".behind" // stands while the database may be ahead of the files
	beside = ".new-"   // begins the names of files that are being written

	// maxEntry bounds a file: a name and an environment of 64 characters each,
	// escaped, and times.
	maxEntry = 4 << 10

	// abandoned is the age of a file whose writer surely is gone.
	abandoned = time.Hour
)

// Cache is the entries of one store. It is not safe for concurrent use within
// a process; several processes may have it open.
type Cache struct {
	dir   string
	noted bool // this writer noted that the database is ahead
}

// Open opens the cache in the folder of a store and makes it when it is
// missing. Stale reports that it is new, or that a writer died between the
// database and the files: Mend it.
func Open(store string) (c *Cache, stale bool, err error) {
	c = &Cache{dir: filepath.Join(store, folder)}
	err = os.Mkdir(c.dir, 0o700)
	if err == nil {
		return c, true, nil
	}
	if !errors.Is(err, fs.ErrExist) {
		return nil, false, err
	}
	_, err = os.Lstat(filepath.Join(c.dir, behind))
	return c, err == nil, nil
}

// Begin notes that the database is about to change. An entry that cannot be
// written is no reason to refuse a change, so it does not fail.
func (c *Cache) Begin() {
	f, err := os.OpenFile(filepath.Join(c.dir, behind), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if c.noted = err == nil; c.noted {
		_ = f.Close()
	}
}

// End notes that the files are as the database again. What somebody else noted
// stays for Mend: it may be of a writer that died.
func (c *Cache) End() {
	if c.noted {
		_ = os.Remove(filepath.Join(c.dir, behind))
	}
}

// Put writes the entry of an account, if the file says something else. A prompt
// that reads at this moment sees the old one or the new one.
func (c *Cache) Put(e Entry) error {
	path := c.path(e.Name)
	if was, err := read(path); err == nil && was == e.rounded() {
		return nil
	}
	text, err := json.Marshal(kept(e))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(c.dir, beside) // 0600
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Remove removes the entry of a name that no account has any more.
func (c *Cache) Remove(name string) error {
	if err := os.Remove(c.path(name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Mend makes the files what entries say and removes all others.
func (c *Cache) Mend(entries []Entry, now time.Time) error {
	var errs []error
	known := make(map[string]bool, len(entries))
	for _, e := range entries {
		known[fileName(e.Name)] = true
		errs = append(errs, c.Put(e))
	}
	files, err := os.ReadDir(c.dir)
	for _, f := range files {
		if !known[f.Name()] && f.Name() != behind && !inHand(f, now) {
			errs = append(errs, os.Remove(filepath.Join(c.dir, f.Name())))
		}
	}
	if err = errors.Join(append(errs, err)...); err == nil {
		_ = os.Remove(filepath.Join(c.dir, behind))
	}
	return err
}

// inHand reports whether another process is writing the file just now.
func inHand(f fs.DirEntry, now time.Time) bool {
	if !strings.HasPrefix(f.Name(), beside) {
		return false
	}
	info, err := f.Info()
	return err == nil && now.Sub(info.ModTime()) < abandoned
}

func (c *Cache) path(name string) string { return filepath.Join(c.dir, fileName(name)) }

// fileName is a hash, because a name is any text and file names are not.
func fileName(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:16])
}

// Read reads the entry of the account of that name in the folder of a store.
// fs.ErrNotExist.
func Read(store, name string) (Entry, error) {
	e, err := read(filepath.Join(store, folder, fileName(name)))
	if err == nil && e.Name != name {
		err = fs.ErrNotExist
	}
	return e, err
}

func read(path string) (Entry, error) {
	f, err := os.Open(path)
	if err != nil {
		return Entry{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxEntry))
	if err != nil {
		return Entry{}, err
	}
	var k entry
	if err := json.Unmarshal(text, &k); err != nil {
		return Entry{}, err
	}
	return k.entry(), nil
}

// entry is an Entry as a file keeps it, with times in seconds since 1970.
type entry struct {
	Name        string `json:"name"`
	Environment string `json:"environment,omitempty"`
	Session     bool   `json:"session,omitempty"`
	Final       bool   `json:"final,omitempty"`
	End         int64  `json:"end,omitempty"`
	AtLeast     bool   `json:"at_least,omitempty"`
	Soon        int64  `json:"soon,omitempty"`
	Saved       bool   `json:"saved,omitempty"`
	SavedUntil  int64  `json:"saved_until,omitempty"`
}

func kept(e Entry) entry {
	return entry{
		Name: e.Name, Environment: e.Environment, Session: e.Session, Final: e.Final, AtLeast: e.AtLeast, Saved: e.Saved,
		End: seconds(e.End), Soon: seconds(e.Soon), SavedUntil: seconds(e.SavedUntil),
	}
}

func (k *entry) entry() Entry {
	return Entry{Name: k.Name, Environment: k.Environment, Outlook: session.Outlook{
		Session: k.Session, Final: k.Final, AtLeast: k.AtLeast, Saved: k.Saved,
		End: moment(k.End), Soon: moment(k.Soon), SavedUntil: moment(k.SavedUntil),
	}}
}

// rounded is e as it comes back from a file.
func (e Entry) rounded() Entry {
	k := kept(e)
	return k.entry()
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0)
}
