package store

import (
	"fmt"
	"path/filepath"
	"testing"

	"tokenring/session"
)

// crowd fills a store with n accounts, each logged in.
func crowd(b *testing.B, n int) *Store {
	b.Helper()
	s := newStore(b)
	tx, err := s.db.Begin()
	check(b, err)
	for i := range n {
		a := newAccount(fmt.Sprintf("%08d", i))
		a.Seal = make([]byte, 400)
		_, err := tx.Exec(`INSERT INTO accounts (`+accountNames+`, box) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			accountColumns(a)...)
		check(b, err)
		n := newSession(a.ID, 1)
		err = writeSession(tx, n, s.reasonColumns(&n.AccountID, &n.EndedReason))
		check(b, err)
	}
	check(b, tx.Commit())
	return s
}

func BenchmarkAccounts(b *testing.B) {
	for _, n := range []int{200, 10_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := crowd(b, n)
			for b.Loop() {
				records, err := s.Accounts(b.Context())
				if err != nil || len(records) != n {
					b.Fatal(len(records), err)
				}
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	dir := filepath.Join(b.TempDir(), "ring")
	withAccount(b, openStore(b, dir), "a1")
	for b.Loop() {
		s, err := Open(b.Context(), Options{Dir: dir, Now: atNoon})
		check(b, err)
		_, err = s.Account(b.Context(), "a1")
		check(b, err)
		check(b, s.Close())
	}
}

func BenchmarkPutSession(b *testing.B) {
	s := newStore(b)
	withAccount(b, s, "a1")
	sealed := []session.Sealed{boxed("token:access", string(make([]byte, 1000)))}
	generation := int64(0)
	for b.Loop() {
		check(b, s.PutSession(b.Context(), newSession("a1", generation+1), generation, sealed))
		generation++
	}
}

func BenchmarkAddRun(b *testing.B) {
	s := newStore(b)
	withAccount(b, s, "a1")
	n := 0
	for b.Loop() {
		check(b, s.AddRuns(b.Context(), newRun(fmt.Sprint(n), "a1", noon)))
		n++
	}
}

func BenchmarkVersion(b *testing.B) {
	s := newStore(b)
	for b.Loop() {
		_, err := s.Version(b.Context())
		check(b, err)
	}
}
