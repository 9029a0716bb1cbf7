package lifecycle_test

import (
	"context"
	"fmt"
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

// TestProcessesShareOneSession runs several processes on one store, each
// using the session all the time. The server's refresh tokens rotate and a
// second use of one would end the session.
func TestProcessesShareOneSession(t *testing.T) {
	if dir := os.Getenv("TOKENRING_TEST_STORE"); dir != "" {
		useSession(t, dir, os.Getenv("TOKENRING_TEST_ACCOUNT"))
		return
	}
	const life, runFor, processes = 2 * time.Second, 4 * time.Second, 4
	b := enginetest.NewWith(t, enginetest.Options{Now: wallClock})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: wallClock, AccessLife: life})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)

	ctx, cancel := context.WithTimeout(b.Ctx, time.Minute)
	defer cancel()
	var users []*exec.Cmd
	var outputs []*strings.Builder
	for range processes {
		cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestProcessesShareOneSession$", "-test.v")
		cmd.Env = append(os.Environ(), "TOKENRING_TEST_STORE="+b.Dir, "TOKENRING_TEST_ACCOUNT="+id,
			fmt.Sprintf("TOKENRING_TEST_UNTIL=%d", time.Now().Add(runFor).UnixNano()))
		out := &strings.Builder{}
		cmd.Stdout, cmd.Stderr = out, out
		enginetest.Check(t, cmd.Start())
		users, outputs = append(users, cmd), append(outputs, out)
	}
	for i, cmd := range users {
		if err := cmd.Wait(); err != nil {
			t.Errorf("process %d: %v\n%s", i, err, outputs[i])
		}
	}
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if server.Reuses() != 0 || server.Logins() != 1 {
		t.Errorf("%d spent tokens shown and %d logins, want 0 and 1", server.Reuses(), server.Logins())
	}
	if snap.Session.Refreshes != server.Refreshes() {
		t.Errorf("%d exchanges at the server, %d in the store", server.Refreshes(), snap.Session.Refreshes)
	}
	// One exchange per expiry: a token is renewed once half its life is over.
	if most := int(2*runFor/life) + 2; server.Refreshes() < 2 || server.Refreshes() > most {
		t.Errorf("%d exchanges in %v of %v tokens, want 2 to %d", server.Refreshes(), runFor, life, most)
	}
}

func useSession(t *testing.T, dir, id string) {
	var until int64
	fmt.Sscan(os.Getenv("TOKENRING_TEST_UNTIL"), &until)
	b := enginetest.NewWith(t, enginetest.Options{Dir: dir, Now: wallClock})
	me := b.Spec(id, "me")
	for time.Now().UnixNano() < until {
		if _, err := b.Ensure(b.Ctx, id, 0); err != nil {
			t.Fatal(err)
		}
		run, err := b.Fire(b.Ctx, id, me, attempt.Options{})
		if err != nil || run.Status != 200 {
			t.Fatalf("request: %v, %+v", err, run)
		}
	}
}
