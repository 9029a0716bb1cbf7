package store

import (
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/store/glance"
)

// openSeen opens a store that keeps entries for prompts: of each the end of its
// primary token.
func openSeen(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Now: atNoon, Outlook: func(r *session.Record) session.Outlook {
		if r.Session == nil {
			return session.Outlook{}
		}
		return session.Outlook{Session: true, Final: r.Session.Final != "", End: r.Session.Primary().End()}
	}})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func wantSeen(t *testing.T, s *Store, name, environment string, end time.Time, final bool) {
	t.Helper()
	e, err := glance.Read(s.Dir(), name)
	if err != nil || e.Environment != environment || e.End.Unix() != end.Unix() && !(end.IsZero() && e.End.IsZero()) || e.Final != final {
		t.Errorf("%s: %+v, %v; want %s, %v, %v", name, e, err, environment, end, final)
	}
}

func wantUnseen(t *testing.T, s *Store, name string) {
	t.Helper()
	if e, err := glance.Read(s.Dir(), name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s: %+v, %v", name, e, err)
	}
}

func TestPromptsFollowTheDatabase(t *testing.T) {
	t.Parallel()
	s := openSeen(t, filepath.Join(t.TempDir(), "ring"))
	ctx := t.Context()
	a := withAccount(t, s, "a1")
	wantSeen(t, s, a.Name, "prod", time.Time{}, false)

	n := newSession("a1", 1)
	check(t, s.PutSession(ctx, n, 0, nil))
	wantSeen(t, s, a.Name, "prod", n.Primary().End(), false)

	n.Tokens[0].ExpiresAt = time.Time{}
	n.Generation = 2
	check(t, s.PutSession(ctx, n, 1, nil))
	touched := *n
	touched.Tokens = append([]session.TokenInfo{}, n.Tokens...)
	touched.Tokens[0].Accepted = noon.Add(time.Minute)
	check(t, s.TouchSession(ctx, &touched))
	wantSeen(t, s, a.Name, "prod", noon.Add(time.Minute+time.Hour), false)

	was := a.Name
	a.Name, a.Environment = "another name", "dev"
	check(t, s.PutAccount(ctx, a, nil))
	wantUnseen(t, s, was)
	wantSeen(t, s, a.Name, "dev", noon.Add(time.Minute+time.Hour), false)

	n.Generation = 9
	wantErr(t, s.PutSession(ctx, n, 8, nil), session.ErrStale)
	check(t, s.EndSession(ctx, "a1", 2, "refused"))
	wantSeen(t, s, a.Name, "dev", noon.Add(time.Minute+time.Hour), true)

	check(t, s.DeleteAccount(ctx, "a1"))
	wantUnseen(t, s, a.Name)
	if _, stale, err := glance.Open(s.Dir()); stale || err != nil {
		t.Errorf("something was left undone: %v", err)
	}
}

func TestANameThatMovesToAnotherAccountIsSeen(t *testing.T) {
	t.Parallel()
	s := openSeen(t, filepath.Join(t.TempDir(), "ring"))
	a, b := withAccount(t, s, "a1"), withAccount(t, s, "a2")
	was := a.Name
	a.Name = "aside"
	check(t, s.PutAccount(t.Context(), a, nil))
	b.Name, b.Environment = was, "dev"
	check(t, s.PutAccount(t.Context(), b, nil))
	wantSeen(t, s, was, "dev", time.Time{}, false)
	wantSeen(t, s, "aside", "prod", time.Time{}, false)
}

func TestOpeningMendsWhatACrashLeft(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ring")
	before := openStore(t, dir) // keeps nothing for prompts
	a := withAccount(t, before, "a1")
	wantUnseen(t, before, a.Name)

	s := openSeen(t, dir)
	wantSeen(t, s, a.Name, "prod", time.Time{}, false)

	// The process dies between the commit and the file.
	s.seen.cache.Begin()
	check(t, before.commit(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.Exec(`UPDATE accounts SET environment = 'dev', name = 'renamed'`)
		return err
	}))
	wantSeen(t, s, a.Name, "prod", time.Time{}, false)
	next := openSeen(t, dir)
	wantUnseen(t, next, a.Name)
	wantSeen(t, next, "renamed", "dev", time.Time{}, false)
}

func TestAPromptIsNoReasonToFail(t *testing.T) {
	t.Parallel()
	s := openSeen(t, filepath.Join(t.TempDir(), "ring"))
	check(t, os.RemoveAll(filepath.Join(s.Dir(), "glance")))
	a := withAccount(t, s, "a1")
	if _, err := s.Account(t.Context(), "a1"); err != nil {
		t.Error(err)
	}
	wantUnseen(t, s, a.Name)
	wantSeen(t, openSeen(t, s.Dir()), a.Name, "prod", time.Time{}, false)
}
