package store

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"tokenring/session"
)

// TestEveryWriteNamesItsAccount writes with every method, in a ring that an earlier schema
// made, and as another program does, and reads with another process's store what changed.
func TestEveryWriteNamesItsAccount(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ring")
	const before = 11 // the schema without changes
	makeRing(t, dir, migrations()[:before])
	s := openStore(t, dir)
	v := withVault(t, s)
	other := openStore(t, s.Dir())
	for _, id := range []string{"a1", "a2"} {
		withAccount(t, s, id)
	}
	request := &session.SavedRequest{ID: "q1", AccountID: "a2", Sealed: boxed("request:q1", "x")}
	for _, c := range []struct {
		name  string
		write func() error
		want  []string
	}{
		{"account", func() error { return s.PutAccount(ctx, newAccount("a2"), nil) }, []string{"a2"}},
		{"session", func() error { return s.PutSession(ctx, newSession("a1", 1), 0, nil) }, []string{"a1"}},
		{"touch", func() error {
			n := newSession("a1", 1)
			n.Proven = noon.Add(time.Hour)
			return s.TouchSession(ctx, n)
		}, []string{"a1"}},
		{"touch of nothing", func() error { return s.TouchSession(ctx, newSession("a1", 1)) }, nil},
		{"rejection", func() error {
			return s.UpdateRejection(ctx, "a1", 1, func(r *session.Rejection) { r.At = noon })
		}, []string{"a1"}},
		{"no rejection", func() error { return s.UpdateRejection(ctx, "a1", 1, func(*session.Rejection) {}) }, nil},
		{"pending", func() error { return s.MarkPending(ctx, "a1", 1, noon) }, []string{"a1"}},
		{"renewal", func() error { return s.EndRenewal(ctx, "a1", 1, noon, "refused", "refresh") }, []string{"a1"}},
		{"end", func() error { return s.EndSession(ctx, "a1", 1, "refused") }, []string{"a1"}},
		{"event", func() error {
			return s.AddEvent(ctx, &session.Event{AccountID: "a2", At: noon, Kind: session.EventLogin})
		}, []string{"a2"}},
		{"runs", func() error { return s.AddRuns(ctx, newRun("r1", "a1", noon), newRun("r2", "a2", noon)) }, []string{"a1", "a2"}},
		{"request", func() error { return s.PutRequest(ctx, request) }, []string{"a2"}},
		{"no request", func() error { return s.DeleteRequest(ctx, "q1") }, []string{"a2"}},
		{"approval", func() error { return s.PutApproval(ctx, "file", []byte("x")) }, []string{""}},
		{"meta", func() error { return s.PutMeta(ctx, "name", []byte("x")) }, []string{""}},
		{"seal", func() error { return s.SealRing(ctx, []byte("record"), false, v) }, nil}, // it was sealed before
		{"several", func() error {
			return s.Atomically(ctx, func(ctx context.Context) error {
				return errors.Join(s.PutAccount(ctx, newAccount("a1"), nil), s.PutAccount(ctx, newAccount("a2"), nil))
			})
		}, []string{"a1", "a2"}},
		{"deletion", func() error { return s.DeleteAccount(ctx, "a2") }, []string{"a2"}},
		{"restoring", func() error { _, err := s.Undelete(ctx, "a2"); return err }, []string{"a2"}},
		{"purge", func() error { return s.Purge(ctx, "a2") }, []string{"a2"}},
		{"outside", func() error { _, err := s.db.Exec(`UPDATE accounts SET guard = ''`); return err }, []string{"a1"}},
	} {
		version, err := other.Version(ctx)
		check(t, err)
		if err := c.write(); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
		got, err := other.ChangedSince(ctx, version)
		check(t, err)
		if slices.Sort(got); !slices.Equal(got, c.want) {
			t.Errorf("%s: changed %q, want %q", c.name, got, c.want)
		}
		now, err := other.Version(ctx)
		check(t, err)
		if wrote := now != version; wrote != (c.want != nil) {
			t.Errorf("%s: wrote %v", c.name, wrote)
		}
	}
}

// TestEveryTableNotesItsWrites finds the tables that have no trigger for a kind of write.
func TestEveryTableNotesItsWrites(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	type kind struct{ table, write string }
	unnoted, err := collect(t.Context(), s, func(k *kind) []any { return []any{&k.table, &k.write} }, `
		SELECT t.name, w.column1 FROM sqlite_schema t, (VALUES ('delete'), ('insert'), ('update')) w
		WHERE t.type = 'table' AND t.name <> 'sqlite_sequence' AND NOT EXISTS (SELECT 1 FROM sqlite_schema
			WHERE type = 'trigger' AND tbl_name = t.name AND name = t.name || '_' || w.column1)
		ORDER BY t.name, w.column1`)
	check(t, err)
	want := []kind{
		{"calls", "delete"},                                                 // together with their runs
		{"changes", "delete"}, {"changes", "insert"}, {"changes", "update"}, // the notes
		{"claims", "delete"}, // makes room for others, and no list of accounts shows them
		{"runs", "delete"},   // makes room for another, and no list of accounts shows it
	}
	if !slices.Equal(unnoted, want) {
		t.Errorf("not noted are %v", unnoted)
	}
}
