//go:build unix

package cli

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"tokenring/session/emulator"
)

func TestRunningPrograms(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.env["PW"] = emulator.Password
	tr.put("Mia s", url, "viewer", "--secret", "password=env:PW", "--log-in")
	tr.put("mia-s", url, "viewer", "--secret", "password=env:PW", "--log-in")
	token := strings.TrimSpace(tr.want(ExitOK, "", []string{"token", "admin@edge"}))
	out := tr.want(ExitOK, "input", []string{"exec", "admin@edge", "Mia s", "--", "sh", "-c",
		`cat; echo; echo "$TOKENRING_TOKEN"; echo "$TOKENRING_TOKEN_ADMIN_EDGE"; test "$TOKENRING_TOKEN_MIA_S" != "$TOKENRING_TOKEN" && echo "$TOKENRING_BASE_URL_MIA_S"`})
	if out != "input\n"+token+"\n"+token+"\n"+url+"/api\n" {
		t.Errorf("%q", out)
	}
	ends := tr.want(ExitOK, "", []string{"exec", "admin@edge", "--", "sh", "-c", `echo "$TOKENRING_EXPIRES_AT"`})
	if at, err := time.Parse(time.RFC3339, strings.TrimSpace(ends)); err != nil || at.Before(tr.now()) {
		t.Errorf("%q, %v", ends, err)
	}
	tr.want(7, "", []string{"exec", "admin@edge", "--", "sh", "-c", "exit 7"})
	tr.want(128+9, "", []string{"exec", "admin@edge", "--", "sh", "-c", "kill -9 $$"})
	tr.want(exitNoProgram, "", []string{"exec", "nobody@edge", "--", "no-such-program-of-tokenring"}, "tokenring: no-such-program-of-tokenring cannot be run", "→ check that it is on your PATH")
	tr.want(exitNoProgram, "", []string{"exec", "admin@edge", "--", filepath.Join(tr.home, "none")}, "no such file")
	tr.want(exitCannotRun, "", []string{"exec", "admin@edge", "--", tr.home}, "permission denied")
	tr.want(ExitUsage, "", []string{"exec", "admin@edge"}, "no program to run")
	tr.want(ExitUsage, "", []string{"exec", "--", "true"}, "which account?")
	tr.want(ExitFailed, "", []string{"exec", "Mia s", "mia-s", "--", "true"}, "have the same variable TOKENRING_TOKEN_MIA_S")
	for _, arg := range []string{"Bearer {admin@edge}", "{token}", "{TOKENRING_TOKEN}"} {
		tr.want(ExitUsage, "", []string{"exec", "admin@edge", "--", "echo", arg}, "every process on this machine can read arguments", "TOKENRING_TOKEN")
	}
	tr.want(ExitOK, "", []string{"exec", "admin@edge", "--", "echo", "{}", "${TOKENRING_TOKEN}"}, "{} ${TOKENRING_TOKEN}")
	const key = `echo "${TOKENRING_KEY+a key} in $TOKENRING_HOME"`
	home := tr.env["TOKENRING_HOME"]
	if out := tr.want(ExitOK, "", []string{"exec", "admin@edge", "--", "sh", "-c", key}); out != " in "+home+"\n" {
		t.Errorf("the program gets %q", out)
	}
	if out := tr.want(ExitOK, "", []string{"exec", "--with-ring", "admin@edge", "--", "sh", "-c", key}); out != "a key in "+home+"\n" {
		t.Errorf("with the ring the program gets %q", out)
	}
	tr.want(ExitOK, "", []string{"add", "Child", "-b", "datarhei-core", "--set", "username=admin", "--set", "address=" + url,
		"--ref", `password=cmd:sh -c 'test -z "$TOKENRING_KEY" && echo ` + emulator.Password + `'`})
	tr.want(ExitOK, "", []string{"login", "Child"})
	tr.past.Store(int64(24 * time.Hour))
	if out := tr.want(ExitNeedsLogin, "", []string{"exec", "admin@edge", "--", "echo", "ran"}, "→ tokenring login"); out != "" {
		t.Error("the program ran with a dead token")
	}
}

// TestForwardingSignals ends the program, not what waits for it.
func TestForwardingSignals(t *testing.T) {
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	ready, signalled, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	env, _, errs := tr.environment(strings.NewReader(""), "exec", "admin@edge", "--", "sh", "-c", `trap "exit 42" TERM; echo ready; while :; do sleep 0.01; done`)
	env.Out = signalled
	code := make(chan int, 1)
	go func() { code <- run(env) }()
	if _, err := ready.Read(make([]byte, 16)); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-code:
		if got != 42 {
			t.Errorf("exit %d: %s", got, errs)
		}
	case <-time.After(time.Minute):
		t.Fatal("the signal did not arrive")
	}
}

func TestPrintingAnEnvironment(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	token := strings.TrimSpace(tr.want(ExitOK, "", []string{"token", "admin@edge"}))
	out, errs, code := tr.run("", "env", "admin@edge")
	if code != ExitOK || !strings.Contains(out, "export TOKENRING_TOKEN="+token+"\nexport TOKENRING_BASE_URL="+url+"/api\n") || errs != "" {
		t.Errorf("exit %d: %q %q", code, out, errs)
	}
	tr.want(ExitOK, "", []string{"env", "--shell", "fish", "admin@edge"}, "set -gx TOKENRING_TOKEN '"+token+"'\n")
	tr.want(ExitOK, "", []string{"env", "--shell", "powershell", "admin@edge"}, "$env:TOKENRING_TOKEN = '"+token+"'\n")
	tr.want(ExitUsage, "", []string{"env", "--shell", "cmd", "admin@edge"}, "fish or powershell")
}

// TestATimeOfAnotherToken removes the expiry of another token from the
// environment of one with an unknown expiry.
func TestATimeOfAnotherToken(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.must("opaque\n", "add", "key", "-b", "token", "--set", "address="+url, "--secret", "pasted=-", "--log-in")
	env, out, errs := tr.environment(strings.NewReader(""), "exec", "key", "--", "sh", "-c",
		`echo "$TOKENRING_TOKEN,$TOKENRING_EXPIRES_AT,$TOKENRING_EXPIRES_AT_KEY,$TOKENRING_EXPIRES_AT_OTHER"`)
	env.Environ = []string{"TOKENRING_EXPIRES_AT=1", "TOKENRING_EXPIRES_AT_KEY=2", "TOKENRING_EXPIRES_AT_OTHER=3"}
	if code := run(env); code != ExitOK || out.String() != "opaque,,,3\n" {
		t.Errorf("exit %d: %q %s", code, out, errs)
	}
	for shell, line := range map[string]string{
		"bash": "unset TOKENRING_EXPIRES_AT\n", "fish": "set -e TOKENRING_EXPIRES_AT_KEY\n",
		"powershell": "Remove-Item -ErrorAction Ignore Env:TOKENRING_EXPIRES_AT\n",
	} {
		tr.want(ExitOK, "", []string{"env", "--shell", shell, "key"}, line)
	}
}

// TestQuotingForShells keeps every value one word.
func TestQuotingForShells(t *testing.T) {
	t.Parallel()
	const value = `a'b"c\d $(x) ’` + "`y`"
	for shell, want := range map[string]string{
		"sh":         `export N='a'\''b"c\d $(x) ’` + "`y`'",
		"fish":       `set -gx N 'a\'b"c\\d $(x) ’` + "`y`'",
		"powershell": `$env:N = 'a''b"c\d $(x) ’’` + "`y`'",
	} {
		if d, ok := dialectOf(shell); !ok || d.set("N", value) != want {
			t.Errorf("%s: %s, want %s", shell, d.set("N", value), want)
		}
	}
}

// TestNoProgramStartsAfterASignal ends the context before the program starts, which the
// signal would not reach.
func TestNoProgramStartsAfterASignal(t *testing.T) {
	t.Parallel()
	env, _, _ := newTest(t).environment(strings.NewReader(""))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	program := exec.Command("true")
	if err := runProgram(ctx, env, program); !errors.Is(err, context.Canceled) || program.Process != nil {
		t.Errorf("%v, started: %t", err, program.Process != nil)
	}
}
