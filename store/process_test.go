package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
)

// A test that needs further processes starts this test binary again with
// these in its environment.
const (
	roleVariable = "TOKENRING_TEST_ROLE"
	dirVariable  = "TOKENRING_TEST_DIR"
	nameVariable = "TOKENRING_TEST_NAME"
)

func TestMain(m *testing.M) {
	role := os.Getenv(roleVariable)
	if role == "" {
		os.Exit(m.Run())
	}
	if err := play(role, os.Getenv(dirVariable), os.Getenv(nameVariable)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// play is the main function of another process in the tests. It ends by itself.
func play(role, dir, name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	s, err := Open(ctx, Options{Dir: dir, Now: time.Now})
	if err != nil {
		return err
	}
	defer s.Close()
	switch role {
	case "count":
		return raise(ctx, s, 40, io.Discard)
	case "write":
		return raise(ctx, s, 1<<30, os.Stdout)
	case "hold":
		if _, err := s.Lock(ctx, name); err != nil {
			return err
		}
		fmt.Println("held")
		<-ctx.Done()
	}
	return nil
}

// raise replaces the session of the shared account n times, each time with
// the next generation, and tells acks of each that was written.
func raise(ctx context.Context, s *Store, n int, acks io.Writer) error {
	for done := 0; done < n; {
		r, err := s.Account(ctx, "shared")
		if err != nil {
			return err
		}
		var was int64
		if r.Session != nil {
			was = r.Session.Generation
		}
		next := fmt.Sprint(was + 1)
		err = s.PutSession(ctx, newSession("shared", was+1), was, []session.Sealed{boxed("token:access", next)})
		if errors.Is(err, session.ErrStale) {
			continue
		}
		if err != nil {
			return err
		}
		done++
		if _, err := fmt.Fprintln(acks, next); err != nil {
			return err
		}
	}
	return nil
}

func actor(t *testing.T, role, dir, name string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), roleVariable+"="+role, dirVariable+"="+dir, nameVariable+"="+name)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestProcessesThatWriteAtOnceLoseNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	withAccount(t, s, "shared")
	var wg sync.WaitGroup
	const processes = 4
	for range processes {
		wg.Go(func() {
			if err := actor(t, "count", s.Dir(), "").Run(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got := storedSession(t, s, "shared")
	if got.Generation != processes*40 {
		t.Errorf("%d of %d writes are there", got.Generation, processes*40)
	}
	if tokens := storedTokens(t, s, "shared"); len(tokens) != 1 || tokens[0] != fmt.Sprintf("token:access=%d", got.Generation) {
		t.Errorf("generation %d holds %v", got.Generation, tokens)
	}
}

func TestProcessesThatMakeTheStoreAtOnceMakeOne(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ring")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if err := actor(t, "open", dir, "").Run(); err != nil {
				t.Error(err)
			}
		})
	}
	ids := make(chan string, 4)
	for range 4 {
		wg.Go(func() {
			s, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			ids <- s.ID()
		})
	}
	wg.Wait()
	close(ids)
	first := <-ids
	for id := range ids {
		if id != first {
			t.Errorf("stores %s and %s were made", first, id)
		}
	}
}

func TestKilledProcessesLoseNoAcknowledgedWrite(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "ring")
	s := openStore(t, dir)
	withAccount(t, s, "shared")
	check(t, s.Close()) // so that the killed process is the last to have it open
	var acked int64
	for round := range 8 {
		cmd := actor(t, "write", dir, "")
		out, err := cmd.StdoutPipe()
		check(t, err)
		check(t, cmd.Start())
		lines := bufio.NewScanner(out)
		for n := 0; n < 3+5*round && lines.Scan(); n++ {
			_, err = fmt.Sscan(lines.Text(), &acked)
			check(t, err)
		}
		check(t, cmd.Process.Kill())
		for lines.Scan() { // its last lines
			_, err = fmt.Sscan(lines.Text(), &acked)
			check(t, err)
		}
		_ = cmd.Wait() // killed

		again, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
		check(t, err)
		got := storedSession(t, again, "shared")
		if got == nil || got.Generation < acked || got.Generation > acked+1 {
			t.Fatalf("round %d: %d was acknowledged, %+v is stored", round, acked, got)
		}
		if tokens := storedTokens(t, again, "shared"); len(tokens) != 1 || tokens[0] != fmt.Sprintf("token:access=%d", got.Generation) {
			t.Fatalf("round %d: generation %d holds %v", round, got.Generation, tokens)
		}
		var sound string
		check(t, again.db.QueryRow(`PRAGMA integrity_check`).Scan(&sound))
		if sound != "ok" {
			t.Fatalf("round %d: %s", round, sound)
		}
		check(t, again.Close())
	}
}

func TestLockOfADeadProcessIsFree(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	cmd := actor(t, "hold", s.Dir(), "a1")
	out, err := cmd.StdoutPipe()
	check(t, err)
	check(t, cmd.Start())
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || strings.TrimSpace(line) != "held" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	short, cancel := context.WithTimeout(ctx, 3*lockPoll)
	defer cancel()
	_, err = s.Lock(short, "a1")
	wantErr(t, err, ErrBusy)
	wantErr(t, err, context.DeadlineExceeded)
	free, err := s.Lock(ctx, "a2")
	check(t, err)
	free()
	if h, held := s.Holder("a1"); !held || runtime.GOOS == "linux" && (h.Process != cmd.Process.Pid || h.Own || !strings.HasPrefix(h.Doing, "store.test")) {
		t.Errorf("held %v by %+v, want process %d", held, h, cmd.Process.Pid)
	}
	if _, held := s.Holder("a2"); held {
		t.Error("a free lock is held")
	}

	check(t, cmd.Process.Kill())
	release, err := s.Lock(ctx, "a1")
	check(t, err)
	release()
	_ = cmd.Wait() // killed
}

func TestLockIsHeldByOneGoroutineAtATime(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	var wg sync.WaitGroup
	holders := make(chan struct{}, 1)
	for range 4 {
		wg.Go(func() {
			release, err := s.Lock(ctx, "../../etc/passwd\x00")
			if err != nil {
				t.Error(err)
				return
			}
			select {
			case holders <- struct{}{}:
			default:
				t.Error("two hold the lock")
			}
			<-holders
			release()
			release()
		})
	}
	wg.Wait()
	files, err := filepath.Glob(filepath.Join(s.Dir(), locksName, "*.lock"))
	check(t, err)
	if len(files) != 2 {
		t.Errorf("the locks are %v: one of the schema and one of the account is right", files)
	}

	release, err := s.Lock(ctx, "a1")
	check(t, err)
	defer release()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.Lock(cancelled, "a1")
	wantErr(t, err, context.Canceled)
	if errors.Is(err, ErrBusy) {
		t.Error("a cancelled wait is called busy")
	}
}
