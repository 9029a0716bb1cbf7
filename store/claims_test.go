package store

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
)

func keptAt(minute int, account string) *session.KeptClaims {
	return &session.KeptClaims{AccountID: account, At: noon.Add(time.Duration(minute) * time.Minute), Text: fmt.Sprintf(`{"access":{"sub":"hopper %d"}}`, minute)}
}

// TestTheClaimsOfFiveSessionsAreKept in a ring of an earlier schema: sealed, those written
// last, of each account its own, and until the account is purged.
func TestTheClaimsOfFiveSessionsAreKept(t *testing.T) {
	t.Parallel()
	ctx, dir := t.Context(), filepath.Join(t.TempDir(), "ring")
	const before = 17 // the schema without claims
	makeRing(t, dir, migrations()[:before])
	s := openStore(t, dir)
	v := withVault(t, s)
	withAccount(t, s, "a1")
	withAccount(t, s, "a2")
	check(t, s.KeepClaims(ctx, keptAt(30, "a2")))
	for _, minute := range []int{1, 2, 3, 4, 5, 7, 6} { // the clock was set back
		check(t, s.KeepClaims(ctx, keptAt(minute, "a1")))
	}
	want := func(account string, minutes ...int) {
		t.Helper()
		all, err := s.KeptClaims(ctx, account)
		check(t, err)
		if len(all) != len(minutes) {
			t.Fatalf("%s has %d, want %v", account, len(all), minutes)
		}
		for i, minute := range minutes {
			if is := keptAt(minute, account); all[i].Text != is.Text || !all[i].At.Equal(is.At) {
				t.Errorf("%s: %d is %+v", account, i, all[i])
			}
		}
	}
	want("a1", 6, 7, 5, 4, 3)
	want("a2", 30)
	for _, suffix := range []string{"", "-wal"} {
		if data, _ := os.ReadFile(filepath.Join(dir, "tokenring.db"+suffix)); bytes.Contains(data, []byte("hopper")) {
			t.Errorf("claims are in clear in tokenring.db%s", suffix)
		}
	}
	check(t, s.DeleteAccount(ctx, "a1"))
	_, err := s.Undelete(ctx, "a1")
	check(t, err)
	want("a1", 6, 7, 5, 4, 3)
	check(t, s.DeleteAccount(ctx, "a1"))
	check(t, s.Purge(ctx, "a1"))
	want("a1")
	if err := s.KeepClaims(ctx, keptAt(8, "a1")); err == nil {
		t.Error("kept for an account that is gone")
	}

	v.Lock()
	check(t, s.KeepClaims(ctx, keptAt(31, "a2")))
	all, err := s.KeptClaims(ctx, "a2")
	if check(t, err); len(all) != 1 || all[0].Text != session.SealedText {
		t.Errorf("while the vault is locked: %+v", all)
	}
}
