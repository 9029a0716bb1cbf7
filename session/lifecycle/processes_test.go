package lifecycle_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tokenring/session/attempt"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
)

// TestProcessesShareOneSession has several processes on one store use a session at once, each
// time that its token has expired. The server's refresh tokens rotate, and a second use of one
// ends the session.
func TestProcessesShareOneSession(t *testing.T) {
	if dir := os.Getenv("TOKENRING_TEST_STORE"); dir != "" {
		useSession(t, dir, os.Getenv("TOKENRING_TEST_ACCOUNT"))
		return
	}
	const processes, expiries = 8, 10
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)

	ctx, cancel := context.WithTimeout(b.Ctx, 5*time.Minute)
	defer cancel()
	var users []*user
	for range processes {
		users = append(users, newUser(ctx, t, b.Dir, id))
	}
	for range expiries {
		b.Clock.Advance(time.Hour)
		for _, u := range users { // all at once
			fmt.Fprintln(u.in, b.Now().UnixNano())
		}
		for i, u := range users {
			if !u.out.Scan() || u.out.Text() != "used" {
				t.Fatalf("process %d: %q\n%s", i, u.out.Text(), u.errs)
			}
		}
	}
	for i, u := range users {
		_ = u.in.Close()
		if err := u.cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, u.errs)
		}
	}
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	logouts := server.Reuses() + server.Logins() - 1
	t.Logf("%d processes, %d expiries: %d exchanges, %d logouts", processes, expiries, server.Refreshes(), logouts)
	if server.Refreshes() != expiries || snap.Session.Refreshes != expiries || logouts != 0 {
		t.Errorf("%d exchanges at the server, %d in the store, %d spent tokens shown, %d logins",
			server.Refreshes(), snap.Session.Refreshes, server.Reuses(), server.Logins())
	}
}

// user is a process that uses the session at each time that it is sent.
type user struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Scanner
	errs *strings.Builder
}

func newUser(ctx context.Context, t *testing.T, dir, id string) *user {
	t.Helper()
	u := &user{cmd: exec.CommandContext(ctx, os.Args[0], "-test.run=^TestProcessesShareOneSession$"), errs: &strings.Builder{}}
	u.cmd.Env = append(os.Environ(), "TOKENRING_TEST_STORE="+dir, "TOKENRING_TEST_ACCOUNT="+id)
	u.cmd.Stderr = u.errs
	in, err := u.cmd.StdinPipe()
	enginetest.Check(t, err)
	out, err := u.cmd.StdoutPipe()
	enginetest.Check(t, err)
	u.in, u.out = in, bufio.NewScanner(out)
	enginetest.Check(t, u.cmd.Start())
	return u
}

// useSession runs in another process. What it prints is the answer to the test.
func useSession(t *testing.T, dir, id string) {
	clock := enginetest.NewClock()
	b := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: clock.Now})
	me := b.Spec(id, "me")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); fmt.Println("used") {
		var at int64
		fmt.Sscan(in.Text(), &at)
		clock.Advance(time.Unix(0, at).Sub(clock.Now()))
		if _, err := b.Ensure(b.Ctx, id, 0); err != nil {
			t.Fatal(err)
		}
		run, err := b.Fire(b.Ctx, id, me, attempt.Options{})
		if err != nil || run.Status != 200 {
			t.Fatalf("request: %v, %+v", err, run)
		}
	}
}
