package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokenring/session"
)

// smallDisk mounts a file system of 1 MiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("this user cannot mount a file system:", err)
	}
	t.Cleanup(func() { check(t, syscall.Unmount(dir, syscall.MNT_DETACH)) })
	return dir
}

// fillUp leaves at most left bytes of a disk.
func fillUp(t *testing.T, disk string, left int64) {
	t.Helper()
	path := filepath.Join(disk, "fill")
	var st syscall.Statfs_t
	check(t, syscall.Statfs(disk, &st))
	if free := int64(st.Bavail)*st.Bsize - left; free > 0 {
		check(t, os.WriteFile(path, make([]byte, free), 0o600))
	}
}

func TestARingIsReadWhereNothingCanBeWritten(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	dir := filepath.Join(disk, "ring")
	s := openStore(t, dir)
	withAccount(t, s, "a1")
	check(t, s.PutSession(t.Context(), newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "1")}))
	check(t, s.Close())
	readsOnly := func(want error) {
		t.Helper()
		s, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
		check(t, err)
		defer s.Close()
		if err := s.ReadOnly(); err != nil { // SQLite itself can read beside files of an earlier open
			wantErr(t, err, want)
		}
		if got := storedTokens(t, s, "a1"); len(got) != 1 {
			t.Errorf("%v: the tokens are %v", want, got)
		}
		if _, err := s.Version(t.Context()); err != nil {
			t.Errorf("%v: %v", want, err)
		}
		wantErr(t, s.PutAccount(t.Context(), newAccount("a2"), nil), want)
		_, err = s.Reserve(t.Context(), "a1")
		wantErr(t, err, want)
		release, err := s.Lock(t.Context(), "a1")
		if s.ReadOnly() != nil {
			wantErr(t, err, want)
		} else {
			check(t, err)
			release()
		}
	}
	fillUp(t, disk, 0)
	readsOnly(ErrFull)
	check(t, os.Remove(filepath.Join(disk, "fill")))
	check(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=1m"))
	readsOnly(ErrReadOnly)
	check(t, syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=1m"))
	if s := openStore(t, dir); s.ReadOnly() != nil {
		t.Errorf("with room again: %v", s.ReadOnly())
	}
}

// However little room there is, an exchange does not begin, or its result is stored.
func TestAnExchangeHasRoomForItsResult(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	dir := filepath.Join(disk, "ring")
	s := openStore(t, dir)
	withAccount(t, s, "a1")
	token := strings.Repeat("x", 3000)
	check(t, s.PutSession(t.Context(), newSession("a1", 1), 0, []session.Sealed{boxed("token:access", token), boxed("token:refresh", token)}))
	check(t, s.Close())
	for _, widen := range []bool{false, true} {
		began := 0
		for left := int64(0); left < 300<<10; left += 4 << 10 {
			fillUp(t, disk, left)
			err := exchange(t.Context(), dir, token, widen, func() { began++ })
			if err != nil && !errors.Is(err, ErrFull) {
				t.Fatal(err)
			}
			check(t, os.Remove(filepath.Join(disk, "fill")))
		}
		if began == 0 {
			t.Error("no exchange began")
		}
	}
}

// A result waits for room that somebody frees.
func TestAResultWaitsForRoom(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	s := openStore(t, filepath.Join(disk, "ring"))
	withAccount(t, s, "a1")
	giveUp, err := s.Reserve(t.Context(), "a1")
	check(t, err)
	fillUp(t, disk, 0)
	done := make(chan error, 1)
	large := boxed("token:access", strings.Repeat("x", 2*reserveBase)) // more than the reserve
	go func() { done <- s.PutSession(t.Context(), newSession("a1", 1), 0, []session.Sealed{large}) }()
	for { // until it has given the reserve up
		if _, err := os.Stat(s.reservePath("a1")); err != nil {
			break
		}
		time.Sleep(time.Millisecond)
	}
	check(t, os.Remove(filepath.Join(disk, "fill")))
	check(t, <-done)
	giveUp()
}

// exchange replaces the session's tokens as a refresh does, or a login after which the
// account has further origins. The error is not ErrFull if the tokens were spent for
// nothing.
func exchange(ctx context.Context, dir, token string, widen bool, begin func()) error {
	s, err := Open(ctx, Options{Dir: dir, Now: atNoon})
	if err != nil {
		return err
	}
	defer s.Close()
	release, err := s.Lock(ctx, "a1")
	if err != nil {
		return err
	}
	defer release()
	r, err := s.Account(ctx, "a1")
	if err != nil {
		return err
	}
	giveUp, err := s.Reserve(ctx, "a1")
	if err != nil {
		return err
	}
	defer giveUp()
	was := r.Session.Generation
	if err := s.MarkPending(ctx, "a1", was, noon); err != nil {
		return err
	}
	begin()
	token = strings.Repeat("y", len(token)*2)
	put := func(ctx context.Context) error {
		return s.PutSession(ctx, newSession("a1", was+1), was, []session.Sealed{boxed("token:access", token), boxed("token:refresh", token)})
	}
	if widen {
		err = s.Insist(ctx, "a1", func(ctx context.Context) error {
			if err := s.PutAccount(ctx, &r.Account, []session.Sealed{boxed("field:password", token)}); err != nil {
				return err
			}
			return put(ctx)
		})
	} else {
		err = put(ctx)
	}
	if err != nil {
		return fmt.Errorf("the tokens are spent: %s", err)
	}
	return nil
}
