package store

import (
	"context"
	"errors"
	"strconv"
	"testing"

	"tokenring/session"
)

func TestAtomicallyWritesAllOrNothing(t *testing.T) {
	s := newStore(t)
	put := func(ctx context.Context, id, name string) error {
		return s.PutAccount(ctx, &session.Account{ID: id, Name: name}, nil)
	}
	names := func(ctx context.Context) (all []string) {
		records, err := s.Accounts(ctx)
		check(t, err)
		for i := range records {
			all = append(all, records[i].Account.Name)
		}
		return all
	}
	failed := errors.New("failed")
	err := s.Atomically(t.Context(), func(ctx context.Context) error {
		check(t, put(ctx, "1", "a"))
		if seen := names(ctx); len(seen) != 1 {
			t.Errorf("inside: %v", seen)
		}
		if seen := names(t.Context()); len(seen) != 0 {
			t.Errorf("others see %v before the end", seen)
		}
		if err := put(ctx, "2", "a"); !errors.Is(err, session.ErrNameTaken) {
			t.Errorf("a taken name: %v", err)
		}
		return s.Atomically(ctx, func(ctx context.Context) error {
			check(t, put(ctx, "3", "c"))
			return failed
		})
	})
	if seen := names(t.Context()); !errors.Is(err, failed) || len(seen) != 0 {
		t.Errorf("%v, and left behind: %v", err, seen)
	}
	check(t, s.Atomically(t.Context(), func(ctx context.Context) error {
		check(t, put(ctx, "1", "a"))
		if err := put(ctx, "2", "a"); !errors.Is(err, session.ErrNameTaken) {
			t.Errorf("a taken name: %v", err)
		}
		return put(ctx, "3", "c") // what failed was undone, the rest goes on
	}))
	if seen := names(t.Context()); len(seen) != 2 {
		t.Errorf("after the end: %v", seen)
	}
}

func TestAFullDatabaseLeavesNothingOfAPart(t *testing.T) {
	s := newStore(t)
	put := func(ctx context.Context, id string, size int) error {
		return s.PutAccount(ctx, &session.Account{ID: id, Name: id},
			[]session.Sealed{{Name: "field:a", Box: make([]byte, size)}})
	}
	err := s.Atomically(t.Context(), func(ctx context.Context) error {
		check(t, put(ctx, "1", 10))
		var pages int
		check(t, s.joined(ctx).tx.QueryRow(`PRAGMA page_count`).Scan(&pages))
		_, err := s.joined(ctx).tx.Exec(`PRAGMA max_page_count = ` + strconv.Itoa(pages+2))
		check(t, err)
		if err := put(ctx, "2", 1<<20); !errors.Is(err, ErrFull) {
			t.Errorf("a value that is too large: %v", err)
		}
		return put(ctx, "3", 10)
	})
	all, readErr := s.Accounts(t.Context())
	check(t, readErr)
	if err == nil && len(all) != 2 || err != nil && len(all) != 0 {
		t.Errorf("%v, and %d accounts are left", err, len(all))
	}
}
