package store

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
)

// TestADeletedAccountComesBackWhole looks for it in every list, and restores it in a ring
// of an earlier schema.
func TestADeletedAccountComesBackWhole(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ring")
	const before = 15 // the schema without deleted accounts
	makeRing(t, dir, migrations()[:before])
	s := openStore(t, dir)
	stays, gone := withAccount(t, s, "stays"), newAccount("gone")
	check(t, s.PutAccount(ctx, gone, []session.Sealed{boxed("field:password", "x")}))
	check(t, s.PutSession(ctx, newSession("gone", 1), 0, []session.Sealed{boxed("token:access", "y")}))
	check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q1", AccountID: "gone"}))
	check(t, s.AddRuns(ctx, newRun("r1", "gone", noon), newRun("r2", "stays", noon)))
	record, err := s.Account(ctx, "gone")
	check(t, err)

	check(t, s.DeleteAccount(ctx, "gone"))
	wantErr(t, s.DeleteAccount(ctx, "gone"), session.ErrNotFound)
	_, err = s.Account(ctx, "gone")
	wantErr(t, err, session.ErrNotFound)
	_, err = s.Named(ctx, gone.Name)
	wantErr(t, err, session.ErrNotFound)
	if all, err := s.Accounts(ctx); err != nil || len(all) != 1 || all[0].Account.Name != stays.Name {
		t.Errorf("listed %+v, %v", all, err)
	}
	if all, err := s.Labels(ctx); err != nil || len(all) != 1 {
		t.Errorf("the labels are %+v, %v", all, err)
	}
	if runs := runIDs(t, s, session.RunQuery{}); !slices.Equal(runs, []string{"r2"}) {
		t.Errorf("the history has %q", runs)
	}
	want := []session.Deleted{{ID: "gone", Account: gone.Name, At: noon}}
	if all, err := s.Deleted(ctx); err != nil || !slices.Equal(all, want) {
		t.Errorf("deleted are %+v, %v", all, err)
	}

	name, err := s.Undelete(ctx, "gone")
	if check(t, err); name != gone.Name {
		t.Errorf("it came back as %q", name)
	}
	back, err := s.Account(ctx, "gone")
	check(t, err)
	sealed, err := s.Sealed(ctx, "gone", "")
	check(t, err)
	requests, err := s.Requests(ctx, "gone")
	check(t, err)
	if back.Account.Name != record.Account.Name || back.Session.Generation != 1 || len(sealed) != 2 || len(requests) != 1 {
		t.Errorf("restored %+v with %d sealed values and %d requests", back, len(sealed), len(requests))
	}
	_, err = s.Undelete(ctx, "gone")
	wantErr(t, err, session.ErrNotFound)
}

func TestANameThatWasTakenGetsANumber(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	check(t, s.DeleteAccount(ctx, "a1"))
	for i, id := range []string{"b1", "b2"} {
		other := newAccount(id)
		other.Name = "name of a1" + []string{"", "-2"}[i]
		check(t, s.PutAccount(ctx, other, nil))
	}
	if name, err := s.Undelete(ctx, "a1"); err != nil || name != "name of a1-3" {
		t.Errorf("it came back as %q, %v", name, err)
	}
}

func TestADeletedRequestComesBack(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	a := withAccount(t, s, "a1")
	check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q1", AccountID: "a1", Name: "list"}))
	check(t, s.DeleteRequest(ctx, "q1"))
	wantErr(t, s.DeleteRequest(ctx, "q1"), session.ErrNotFound)
	if all, err := s.Requests(ctx, "a1"); err != nil || len(all) != 0 {
		t.Errorf("listed %+v, %v", all, err)
	}
	want := []session.Deleted{{ID: "q1", Account: a.Name, Request: "list", At: noon}}
	if all, err := s.Deleted(ctx); err != nil || !slices.Equal(all, want) {
		t.Errorf("deleted are %+v, %v", all, err)
	}
	if name, err := s.Undelete(ctx, "q1"); err != nil || name != a.Name {
		t.Errorf("it came back to %q, %v", name, err)
	}
	if all, err := s.Requests(ctx, "a1"); err != nil || len(all) != 1 {
		t.Errorf("restored %+v, %v", all, err)
	}
}

func TestADeletionOfTheFutureLastsADay(t *testing.T) {
	t.Parallel()
	ctx, now := t.Context(), noon.Add(365*24*time.Hour)
	s, err := Open(ctx, Options{Dir: filepath.Join(t.TempDir(), "ring"), Now: func() time.Time { return now }})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	withAccount(t, s, "a1")
	withAccount(t, s, "a2")
	withAccount(t, s, "a3")
	check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q1", AccountID: "a2"}))
	check(t, s.DeleteAccount(ctx, "a1"))
	check(t, s.DeleteAccount(ctx, "a3"))
	check(t, s.DeleteRequest(ctx, "q1"))
	_, err = s.db.ExecContext(ctx, `UPDATE accounts SET deleted = -1 WHERE id = 'a3'`) // by another program
	check(t, err)
	now = noon // the clock was wrong
	for _, left := range []int{3, 0} {
		check(t, s.PurgeOld(ctx))
		if all, err := s.Deleted(ctx); err != nil || len(all) != left {
			t.Errorf("at %v: deleted are %+v, %v", now, all, err)
		}
		now = now.Add(25 * time.Hour)
	}
	for _, table := range []string{"requests", "accounts WHERE id <> 'a2'"} {
		var n int
		if check(t, s.row(ctx, []any{&n}, `SELECT count(*) FROM `+table)); n != 0 {
			t.Errorf("%d %s are in the ring", n, table)
		}
	}
}

// TestAfterADayNothingIsLeft looks for sealed bytes in every file of the ring: they would
// open with a key that leaks later.
func TestAfterADayNothingIsLeft(t *testing.T) {
	t.Parallel()
	ctx, dir, now := t.Context(), filepath.Join(t.TempDir(), "ring"), noon
	s, err := Open(ctx, Options{Dir: dir, Now: func() time.Time { return now }})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	const canary = "canary-of-a-sealed-value"
	withAccount(t, s, "stays")
	for _, id := range []string{"old", "new", "now"} {
		check(t, s.PutAccount(ctx, newAccount(id), []session.Sealed{boxed("field:password", strings.Repeat(canary+id, 400))}))
	}
	check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q1", AccountID: "stays", Sealed: boxed("request:q1", canary+"old")}))
	found := func(id string) bool {
		for _, name := range []string{s.path, s.path + "-wal"} {
			if data, err := os.ReadFile(name); err == nil && bytes.Contains(data, []byte(canary+id)) {
				return true
			}
		}
		return false
	}
	check(t, s.DeleteAccount(ctx, "old"))
	check(t, s.DeleteRequest(ctx, "q1"))
	now = now.Add(2 * time.Hour)
	check(t, s.DeleteAccount(ctx, "new"))
	now = now.Add(23 * time.Hour)
	_, err = s.Undelete(ctx, "old")
	wantErr(t, err, session.ErrNotFound)
	check(t, s.PurgeOld(ctx))
	check(t, s.Purge(ctx, "now"))
	for id, want := range map[string]bool{"old": false, "new": true, "now": false} {
		if found(id) != want {
			t.Errorf("the sealed values of %s are in the ring: %t", id, found(id))
		}
	}
	check(t, s.PurgeOld(ctx))
	if all, err := s.Deleted(ctx); err != nil || len(all) != 1 || all[0].ID != "new" {
		t.Errorf("deleted are %+v, %v", all, err)
	}
}
