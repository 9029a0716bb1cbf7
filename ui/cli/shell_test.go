package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// invocations lists a call of every command that succeeds or fails without a person. name
// is an account.
func invocations(name string) map[string][]string {
	return map[string][]string{
		"add": {"new", "-b", "token", "--set", "address=http://127.0.0.1:1"}, "ls": {}, "login": {name}, "refresh": {name}, "check": {name},
		"logout": {name}, "rm": {"-y", name}, "undo": {}, "review": {name}, "token": {name}, "exec": {name, "--", "true"}, "env": {name},
		"request": {name, "/v3/process"}, "history": {"--account", name}, "decode": {"-"}, "import": {"-y", "-a", name, "-"}, "export": {name},
		"backends": {"list"}, "smoke": {"--as", name, "--trust"}, "man": {}, "vault": {"status"},
		"demo": nil, "prompt": nil, "completion": nil, "doctor": nil, // see checkConfig
	}
}

// TestEveryCommandSaysWhatIsWrongWithTheConfiguration calls each; a new one has to be
// listed.
func TestEveryCommandSaysWhatIsWrongWithTheConfiguration(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	tr.inProject("accounts: [admin@edge]\nsuites: {smoke: {requests: [{name: a, get: /v3/process}]}}")
	tr.file("config/tokenring/config.yaml", "thme: {background: light}\n")
	calls := invocations("admin@edge")
	for _, c := range commands() {
		args, ok := calls[c.name]
		if !ok {
			t.Errorf("%s is not listed", c.name)
		}
		if args == nil || c.name == "rm" || c.name == "logout" || c.name == "env" {
			continue
		}
		_, errs, _ := tr.run("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln\n", append([]string{c.name}, args...)...)
		if !strings.HasPrefix(errs, "tokenring: ") || !strings.Contains(errs, "config.yaml:1:1: unknown key thme (did you mean theme?)\n→ fix it") {
			t.Errorf("%s says %s", c.name, errs)
		}
	}
	for _, quiet := range [][]string{{"prompt", "admin@edge"}, {"env", "admin@edge"}, {"__complete", "token", ""}, {"completion", "bash"}} {
		if _, errs, _ := tr.run("", quiet...); strings.Contains(errs, "thme") {
			t.Errorf("%v says %s", quiet, errs)
		}
	}
	tr.want(ExitFailed, "", []string{"doctor"}, "unknown key thme (did you mean theme?)")
}

// TestAnUnknownAccountIsAUsageError asks every command that takes one.
func TestAnUnknownAccountIsAUsageError(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	before := len(core.Requests())
	for name, args := range invocations("admn@edge") {
		if slices.ContainsFunc(args, func(a string) bool { return a == "admn@edge" }) {
			tr.want(ExitUsage, "curl https://a.example/x", append([]string{name}, args...), `unknown account "admn@edge"`, "did you mean admin@edge?")
		}
	}
	for _, args := range [][]string{
		{"smoke", "nope"}, {"smoke", "--tag", "nope"}, {"request", "admin@edge", "nope"}, {"token", "admin@edge", "nope"}, {"history", "nope"},
		{"backends", "show", "nope"}, {"backends", "test", "nope"}, {"add", "x", "-b", "nope"},
	} {
		tr.want(ExitUsage, "", args)
	}
	if len(core.Requests()) != before {
		t.Error("something was sent")
	}
}

// TestCompletionsHaveNoMarkup looks at the help of every flag.
func TestCompletionsHaveNoMarkup(t *testing.T) {
	t.Parallel()
	root := newRoot(&app.Env{Args: []string{cobra.ShellCompRequestCmd, "smoke", "--"}}, commands())
	seen := 0
	for _, c := range append(visible(root), root) {
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if seen++; strings.Contains(f.Usage, "`") {
				t.Errorf("%s --%s: %s", c.CommandPath(), f.Name, f.Usage)
			}
		})
	}
	if seen < 100 {
		t.Errorf("only %d flags were found", seen)
	}
	tr := newTest(t)
	tr.want(ExitOK, "", []string{"__complete", "smoke", "--as"}, "the accounts to run as")
	tr.want(ExitOK, "", []string{"smoke", "--help"}, "--as accounts")
}

func TestARequestWithoutOneIsSuggested(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	before := len(core.Requests())
	tr.want(ExitUsage, "", []string{"request", "admin@edge"}, "processes  GET", "which request of admin@edge?", "→ tokenring request admin@edge NAME, or METHOD PATH")
	tr.want(ExitUsage, "", []string{"request", "admin@edge", "proceses"}, `has no request "proceses"`, "did you mean processes?")
	tr.want(ExitUsage, "", []string{"request", "admn@edge", "--trust"}, `has no request "admn@edge"`, "did you mean admin@edge?")
	if len(core.Requests()) != before {
		t.Error("something was sent")
	}
}

func TestHelpRefusesWhatIsNoCommand(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.want(ExitUsage, "", []string{"help", "smok"}, `"smok" is not a command of tokenring`, "→ did you mean smoke?")
	tr.want(ExitUsage, "", []string{"help", "smoke", "lst"}, `"lst" is not a command of tokenring smoke`)
	tr.want(ExitUsage, "", []string{"smok", "--help"}, `"smok" is not a command of tokenring`, "→ did you mean smoke?")
	tr.want(ExitUsage, "", []string{"--no-color", "vault", "statsu", "-h"}, `"statsu" is not a command of tokenring vault`)
	tr.want(ExitOK, "", []string{"smoke", "nightly", "--help"}, "Usage:")
	tr.want(ExitOK, "", []string{"vault", "--help"}, "Usage:")
	for _, args := range []string{"help", "help help", "help smoke list", "help rm"} {
		tr.want(ExitOK, "", strings.Fields(args), "Usage:")
	}
}

// TestARequestOfTheDefaultAccountComesBeforeAnAccount of the same name.
func TestARequestOfTheDefaultAccountComesBeforeAnAccount(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.env["PW"] = emulator.Password
	tr.put("about", url, "admin", "--secret", "password=env:PW")
	tr.want(ExitUsage, "", []string{"request", "about"}, "which request of about?")
	tr.env["TOKENRING_ACCOUNT"] = "admin@edge"
	tr.want(ExitOK, "", []string{"request", "about"}, "GET /api 200")
	before := len(core.Requests())
	tr.env["TOKENRING_ACCOUNT"] = "about"
	tr.want(ExitUsage, "", []string{"request", "admin@edge"}, "which request of admin@edge?")
	if len(core.Requests()) != before {
		t.Error("something was sent")
	}
}

func TestAProgramWithoutDashesIsSuggested(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	for line, want := range map[string]string{
		"exec a@b sh -c exit":                               "→ write it after --: tokenring exec a@b -- sh …\n",
		"exec a@b curl --max-time 5 /x":                     "→ write it after --: tokenring exec a@b -- curl …\n",
		"exec a@b env":                                      "→ write it after --: tokenring exec a@b -- env\n",
		"exec a@b":                                          "→ write it after --: tokenring exec ACCOUNT -- COMMAND\n",
		"exec a@b mysql -phunter2":                          "→ write it after --: tokenring exec a@b -- mysql …\n",
		"exec a@b mysql hunter2":                            "→ write it after --: tokenring exec a@b -- mysql …\n",
		"exec a@b -phunter2":                                "→ write it after --: tokenring exec ACCOUNT -- COMMAND\n",
		"exec --wiht-ring a@b -- true":                      "did you mean --with-ring?",
		"exec a@b ghp_16C7e42F292c6912E7710c838347Ae178B4a": "tokenring exec ACCOUNT -- COMMAND\n",
	} {
		tr.want(ExitUsage, "", strings.Fields(line), want)
		if _, errs, _ := tr.run("", strings.Fields(line)...); strings.Contains(errs, "hunter2") {
			t.Errorf("%s: a password is repeated: %s", line, errs)
		}
	}
}

func TestColours(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		environ  string
		noColour bool
		want     colorprofile.Profile
	}{
		{"TERM=xterm-256color", false, colorprofile.NoTTY},
		{"TERM=xterm-256color FORCE_COLOR=1", false, colorprofile.ANSI256},
		{"FORCE_COLOR=1", false, colorprofile.ANSI},
		{"TERM=xterm-256color FORCE_COLOR=0", false, colorprofile.NoTTY},
		{"TERM=xterm-256color FORCE_COLOR=1 NO_COLOR=yes", false, colorprofile.NoTTY},
		{"TERM=xterm-256color FORCE_COLOR=1 NO_COLOR=", false, colorprofile.ANSI256},
		{"TERM=xterm-256color FORCE_COLOR=1", true, colorprofile.NoTTY},
	} {
		environ := strings.Fields(test.environ)
		env := &app.Env{IO: term.IO{Out: &bytes.Buffer{}}, Environ: environ, NoColour: test.noColour, Getenv: func(name string) string {
			for _, pair := range environ {
				if value, ok := strings.CutPrefix(pair, name+"="); ok {
					return value
				}
			}
			return ""
		}}
		if got := env.Profile(); got != test.want {
			t.Errorf("%s, --no-color %t: %v, want %v", test.environ, test.noColour, got, test.want)
		}
	}
	tr, _ := edge(t)
	tr.env["FORCE_COLOR"] = "1"
	tr.want(ExitOK, "", []string{"smoke", "--trust"}, "\x1b[92mpassed\x1b[m   about")
	if out := tr.want(ExitOK, "", []string{"smoke", "--no-color"}, "passed   about"); strings.Contains(out, "\x1b") {
		t.Errorf("%q", out)
	}
}

// TestAnInterruptedSuiteWritesWhatRan sends signals to processes in the middle of one.
func TestAnInterruptedSuiteWritesWhatRan(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	reached := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/never" {
			reached <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	tr.env["PW"] = emulator.Password
	tr.want(ExitOK, "", []string{"add", "me", "-b", "token", "--set", "address=" + server.URL, "--secret", "pasted=env:PW", "--log-in"})
	tr.inProject("accounts: [me]\nsuites: {smoke: {requests: [{name: a, get: /a}, {name: b, get: /never}, {name: c, get: /c}]}}")
	for _, sent := range []struct {
		signal syscall.Signal
		code   int
	}{{syscall.SIGINT, ExitInterrupted}, {syscall.SIGTERM, ExitTerminated}} {
		ctx, cancel := context.WithCancel(t.Context())
		file := filepath.Join(tr.home, "r.json")
		p := tr.process(ctx, "smoke --trust --show-failed --json="+file+" --junit -")
		p.Env = append(os.Environ(), p.Env...)
		p.Dir = tr.dir
		var out, errs bytes.Buffer
		p.Stdout, p.Stderr = &out, &errs
		if err := p.Start(); err != nil {
			t.Fatal(err)
		}
		<-reached
		for range 2 { // some senders signal a program and its group
			if err := p.Process.Signal(sent.signal); err != nil {
				t.Error(err)
			}
		}
		_ = p.Wait() // its exit code says it
		cancel()
		var d suite.Document
		text, err := os.ReadFile(file)
		if err != nil || json.Unmarshal(text, &d) != nil || d.Passed != 1 || d.Met || d.Requests[1].Results[0].Verdict != "interrupted" {
			t.Errorf("%s: %v, %s", sent.signal, err, text)
		}
		if code := p.ProcessState.ExitCode(); code != sent.code || !strings.Contains(out.String(), "</testsuites>") ||
			!strings.Contains(errs.String(), "\n1 passed, 1 interrupted, 1 not reached in ") || !strings.HasSuffix(errs.String(), "tokenring: cancelled\n") {
			t.Errorf("%s: exit %d\n%s%s", sent.signal, code, out.String(), errs.String())
		}
		os.Remove(file)
	}
}

// TestAnInterruptedRefreshKeepsItsToken ends a process that has sent a refresh token, which
// some servers take only once.
func TestAnInterruptedRefreshKeepsItsToken(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core := emulatortest.NewDatarhei(emulator.DatarheiOptions{Now: time.Now})
	var first sync.Once
	reached, signalled := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/login/refresh") {
			first.Do(func() { close(reached) })
			<-signalled
		}
		core.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	tr.add(server.URL)
	own := func(args string) string {
		out, err := tr.process(t.Context(), args).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v: %s", args, err, out)
		}
		return string(out)
	}
	own("login admin@edge")
	before := own("token admin@edge")
	p := tr.process(t.Context(), "refresh admin@edge")
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		t.Error(err)
	}
	close(signalled)
	_ = p.Wait() // its exit code says it
	if after := own("token admin@edge"); p.ProcessState.ExitCode() < 0 || after == before {
		t.Errorf("%s, a new token: %t", p.ProcessState, after != before)
	}
}

// TestSignalsAreCaughtBeforeTheDemoHasAFolder opens a demo: a signal that is not caught would
// leave its folder.
func TestSignalsAreCaughtBeforeTheDemoHasAFolder(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	env, _, _ := newTest(t).environment(strings.NewReader(""), "demo")
	caught := false
	d, err := openDemo(interruptible{t.Context(), sync.OnceFunc(func() {
		caught = true
		if made, err := os.ReadDir(temp); err != nil || len(made) > 0 {
			t.Errorf("there is %v already, error %v", made, err)
		}
	})}, env)
	if err != nil || !caught {
		t.Fatalf("caught: %t, error %v", caught, err)
	}
	if err := d.close(); err != nil {
		t.Error(err)
	}
}
