package cli

import (
	"cmp"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
)

// TestKilledRefreshesAreExplained kills processes around the answer of a refresh, whose
// token the server has spent by then. The next processes must either have the new tokens
// or explain why the session is lost. TOKENRING_TEST_KILLS sets the number of kills.
func TestKilledRefreshesAreExplained(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	killer := newKiller(t)
	file := tr.file("config/tokenring/backends/market.yaml", string(emulator.RotatingDefinition))
	if _, err := os.Stat(file); err != nil {
		t.Fatal(err)
	}
	tr.env["PW"] = emulator.Password
	tr.clocked(ExitOK, "add me@market -b market --set address="+killer.url+" --set username=admin --secret password=env:PW --relogin=false --log-in")
	kills, err := strconv.Atoi(cmp.Or(os.Getenv("TOKENRING_TEST_KILLS"), "12"))
	if err != nil {
		t.Fatal(err)
	}
	lost := 0
	for i := range kills {
		killer.before, killer.delay = i%3 == 0, time.Duration(i%7)*time.Millisecond
		tr.killed(killer, "refresh me@market")
		listed := tr.clocked(ExitOK, "ls")
		said := strings.Contains(listed, "did not complete and may have spent the refresh token")
		token := tr.clocked(ExitOK, "token me@market")
		if strings.Contains(token, "may have spent the refresh token") != said || !strings.Contains(token, "eyJ") {
			t.Errorf("kill %d: ls says %s, and token %s", i, listed, token)
		}
		if !said {
			if killer.before {
				t.Errorf("kill %d: the answer was never sent, and ls says %s", i, listed)
			}
			tr.clocked(ExitOK, "refresh me@market")
			continue
		}
		lost++
		const why = "an earlier renewal did not complete and may have spent the refresh token"
		tr.clocked(ExitNeedsLogin, "refresh me@market", why, "→ tokenring login me@market")
		tr.clocked(ExitOK, "ls", why)
		tr.clocked(ExitOK, "login me@market")
	}
	t.Logf("%d kills: %d sessions were lost, each explained: %v", kills, lost, !t.Failed())
}

// killer serves the rotating emulator, and kills a process when it has renewed for it.
type killer struct {
	url    string
	victim atomic.Pointer[os.Process]
	before bool          // kill before the answer, else after
	delay  time.Duration // after the answer
}

func newKiller(t *testing.T) *killer {
	k := &killer{}
	backend := emulatortest.NewRotating(emulator.RotatingOptions{Now: func() time.Time { return time.Now().Round(0) }, AccessLife: time.Hour})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		victim := k.victim.Load()
		if r.URL.Path != "/auth/refresh" || victim == nil {
			backend.ServeHTTP(w, r)
			return
		}
		if k.before {
			w = httptest.NewRecorder()
		}
		backend.ServeHTTP(w, r)
		w.(http.Flusher).Flush()
		if !k.before {
			time.Sleep(k.delay)
		}
		_ = victim.Kill() // it may have ended
	}))
	t.Cleanup(server.Close)
	k.url = server.URL
	return k
}

// killed runs a command in a process of its own, which the server kills.
func (tr *cliTest) killed(k *killer, args string) {
	tr.t.Helper()
	cmd := tr.process(tr.t.Context(), args)
	cmd.Env = append(os.Environ(), cmd.Env...)
	if err := cmd.Start(); err != nil {
		tr.t.Fatal(err)
	}
	k.victim.Store(cmd.Process)
	var exit *exec.ExitError
	if err := cmd.Wait(); err != nil && !errors.As(err, &exit) {
		tr.t.Fatal(err)
	}
	k.victim.Store(nil)
}

// clocked is want with the time of this machine, and returns both streams.
func (tr *cliTest) clocked(code int, line string, words ...string) string {
	tr.t.Helper()
	tr.past.Store(int64(time.Since(noon)))
	out, errs, got := tr.run("", strings.Fields(line)...)
	if got != code {
		tr.t.Errorf("tokenring %s: exit %d, want %d\n%s%s", line, got, code, out, errs)
	}
	for _, word := range words {
		if !strings.Contains(out+errs, word) {
			tr.t.Errorf("tokenring %s: %q is missing in\n%s%s", line, word, out, errs)
		}
	}
	return out + errs
}
