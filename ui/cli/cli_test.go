package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/cli/app"
	"tokenring/ui/cli/term"
)

// argsVariable makes this binary the program, with the arguments that it holds.
const argsVariable = "TOKENRING_TEST_ARGS"

func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv(argsVariable); ok {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		os.Exit(Main())
	}
	os.Exit(m.Run())
}

// noon is when every test begins. The clock does not move until a test moves it.
var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// cliTest runs commands on a ring of its own.
type cliTest struct {
	t    *testing.T
	home string
	env  map[string]string
	past atomic.Int64 // nanoseconds since noon
	dir  string       // the working folder
	hup  bool         // ignored by processes
}

// now returns the time of the test's clock.
func (tr *cliTest) now() time.Time { return noon.Add(time.Duration(tr.past.Load())) }

// advance moves the test's clock.
func (tr *cliTest) advance(d time.Duration) { tr.past.Add(int64(d)) }

// core starts a server with the test's clock.
func (tr *cliTest) core(o emulator.DatarheiOptions) (*emulatortest.Datarhei, string) {
	tr.t.Helper()
	o.Now = tr.now
	core := emulatortest.NewDatarhei(o)
	l, err := emulator.Start(core)
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { l.Close() })
	return core, l.URL
}

// want runs a command, which must end with the code and have written all of
// the words, on whichever stream.
func (tr *cliTest) want(code int, stdin string, args []string, words ...string) (stdout string) {
	tr.t.Helper()
	out, errs, got := tr.run(stdin, args...)
	if got != code {
		tr.t.Errorf("tokenring %s: exit %d, want %d\n%s%s", strings.Join(args, " "), got, code, out, errs)
	}
	for _, word := range words {
		if !strings.Contains(out+errs, word) {
			tr.t.Errorf("tokenring %s: %q is missing in\n%s%s", strings.Join(args, " "), word, out, errs)
		}
	}
	if strings.Contains(out+errs, emulator.Password) {
		tr.t.Errorf("tokenring %s shows the password:\n%s%s", strings.Join(args, " "), out, errs)
	}
	return out
}

func newTest(t *testing.T) *cliTest {
	home := t.TempDir()
	return &cliTest{t: t, home: home, env: map[string]string{
		"TOKENRING_HOME":  filepath.Join(home, "ring"),
		"XDG_CONFIG_HOME": filepath.Join(home, "config"),
		"TOKENRING_KEY":   "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
	}}
}

func (tr *cliTest) environment(stdin io.Reader, args ...string) (*app.Env, *bytes.Buffer, *bytes.Buffer) {
	out, errs := &bytes.Buffer{}, &bytes.Buffer{}
	environ := []string{"PATH=" + os.Getenv("PATH")}
	for name, value := range tr.env {
		environ = append(environ, name+"="+value)
	}
	return &app.Env{
		IO:   term.IO{In: stdin, Out: out, Err: errs},
		Args: args, Environ: environ, Getenv: func(name string) string { return tr.env[name] }, Now: tr.now,
		Dir: func() (string, error) { return tr.dir, nil },
	}, out, errs
}

// process makes a process of the program with the variables of the test alone.
func (tr *cliTest) process(ctx context.Context, args string) *exec.Cmd {
	tr.t.Helper()
	self, err := os.Executable()
	if err != nil {
		tr.t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self)
	if tr.hup {
		cmd = exec.CommandContext(ctx, "/bin/sh", "-c", `trap '' HUP; exec "$0"`, self)
	}
	cmd.Env = []string{argsVariable + "=" + args}
	for name, value := range tr.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}

// run returns the output of a command and its exit code.
func (tr *cliTest) run(stdin string, args ...string) (stdout, stderr string, code int) {
	tr.t.Helper()
	env, out, errs := tr.environment(strings.NewReader(stdin), args...)
	code = run(env)
	return out.String(), errs.String(), code
}

func TestTheDemoAsText(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	env, stdout, stderr := tr.environment(strings.NewReader(""), "demo")
	env.Now = time.Now // its servers limit rates by the clock and would refuse for ever
	code := run(env)
	out, errs := stdout.String(), stderr.String()
	if code != ExitOK {
		t.Fatalf("exit %d: %s\n%s", code, errs, out)
	}
	for _, want := range []string{
		"typo@shop", "exi     180", "admin@edge", "GET /v3/process 200", "logged in again", "confirmed that it rejects",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	for _, secretText := range []string{emulator.Password, "eyJhbGciOi"} {
		if strings.Contains(out, secretText) {
			t.Errorf("a secret is printed: %s", secretText)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "tokenring-demo-*")); len(left) > 0 {
		t.Logf("folders of other demos: %v", left)
	}
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("the demo touched the user's own ring")
	}
}

func TestListing(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	if out, errs, code := tr.run("", "ls"); code != ExitOK || out != "" || !strings.Contains(errs, "no accounts yet") {
		t.Errorf("empty: exit %d, %q, %q", code, out, errs)
	}
	if out, _, _ := tr.run("", "ls", "--json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("empty, as JSON: %q", out)
	}
	core := emulatortest.NewDatarhei(emulator.DatarheiOptions{Now: tr.now})
	l, err := emulator.Start(core)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tr.add(l.URL)
	out, errs, code := tr.run("", "ls")
	if code != ExitOK || !strings.Contains(out, "admin@edge  dev  datarhei Core") || !strings.Contains(out, "valid") {
		t.Errorf("exit %d: %q %q", code, out, errs)
	}
	var all []listedAccount
	out, _, _ = tr.run("", "ls", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 1 {
		t.Fatalf("%v: %s", err, out)
	}
	if a := all[0]; a.State != "valid" || a.SecondsLeft == nil || *a.SecondsLeft < 590 || a.Backend != "datarhei-core" {
		t.Errorf("%+v", a)
	}
}

// add puts an account with a session into the ring.
func (tr *cliTest) add(url string) {
	tr.t.Helper()
	env, _, _ := tr.environment(nil)
	ctx := context.Background()
	r, err := env.Open(ctx)
	if err != nil {
		tr.t.Fatal(err)
	}
	defer r.Close()
	if err := r.Vault.Choose(ctx, session.WayVariable, secret.String{}); err != nil {
		tr.t.Fatal(err)
	}
	snap, err := r.Drafts.Save(ctx, &draft.Form{
		Account: session.Account{
			Name: "admin@edge", Environment: "dev", Definition: "datarhei-core", Login: "password",
			Values: map[string]string{"address": url, "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	if err != nil {
		tr.t.Fatal(err)
	}
	if _, err := r.Sessions.Login(ctx, snap, lifecycle.LoginOptions{}); err != nil {
		tr.t.Fatal(err)
	}
}

func TestDecoding(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	out, _, code := tr.run(damagedSample+"\n", "decode", "-")
	if code != ExitOK || !strings.Contains(out, "applicav)on_id  5523139f3bce647a02bd5150") || !strings.Contains(out, "unusual name") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	out, _, code = tr.run(damagedSample, "decode", "--json")
	var object struct {
		Kind   string
		Claims map[string]any
	}
	if err := json.Unmarshal([]byte(out), &object); code != ExitOK || err != nil || object.Claims["iat"] != 1429718379.0 {
		t.Errorf("exit %d, %v:\n%s", code, err, out)
	}
	hostile := "eyJhbGciOiJub25lIn0.eyJhIjoiXHUwMDFiWzMxbXJlZCJ9." // a claim with an escape sequence
	for _, args := range [][]string{{"decode", "-"}, {"decode", hostile}} {
		if out, _, _ := tr.run(hostile, args...); strings.ContainsRune(out, 0x1b) {
			t.Errorf("%v let an escape sequence through: %q", args, out)
		}
	}
	if _, errs, code := tr.run("", "decode"); code != ExitFailed || !strings.Contains(errs, "no token") || !strings.Contains(errs, "tokenring decode <token.txt") {
		t.Errorf("nothing on standard input: exit %d, %q", code, errs)
	}
	if _, errs, code := tr.run(strings.Repeat("x", token.MaxText+1), "decode"); code != ExitFailed || !strings.Contains(errs, "larger than 16 MiB") {
		t.Errorf("a long text: exit %d, %q", code, errs)
	}
	tr.env["SSH_CONNECTION"] = "10.0.0.1 22" // its clipboard is another machine's
	if _, errs, code := tr.run("", "decode", "--clipboard"); code != ExitFailed || !strings.Contains(errs, "cannot reach a clipboard") {
		t.Errorf("--clipboard over SSH: exit %d, %q", code, errs)
	}
	if _, errs, code := tr.run("", "decode", "--clipboard", "x"); code != ExitUsage || !strings.Contains(errs, "not both") {
		t.Errorf("--clipboard and a text: exit %d, %q", code, errs)
	}
}

// TestAnAnswerSuggestsItsBackend: on standard error, and nothing for any other text.
func TestAnAnswerSuggestsItsBackend(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	const signed = "eyJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ.c2ln"
	out, errs, code := tr.run(`{"access_token":"`+signed+`","id_token":"`+signed+`x"}`, "decode", "--json")
	if code != ExitOK || !strings.Contains(errs, "a login to oidc, ") || !strings.Contains(errs, "tokenring add --backend oidc --set issuer=https://id.example") || strings.Contains(out, "backend") {
		t.Errorf("exit %d, %q, %q", code, out, errs)
	}
	for _, text := range []string{signed, `{"a_token_of_its_own":"` + signed + `"}`} {
		if _, errs, _ := tr.run(text, "decode"); strings.Contains(errs, "backend") {
			t.Errorf("%q: %q", text, errs)
		}
	}
}

// TestTokensOfATextAreFound: an answer holds several, and what holds none is said.
func TestTokensOfATextAreFound(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	const jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9.c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"
	const fernet = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="
	answer := `{"access_token":"` + jwt + `","refresh_token":"` + fernet + `","expires_in":60}`
	out, _, code := tr.run(answer, "decode")
	if code != ExitOK || !strings.Contains(out, "access_token: JWT · HS256") || !strings.Contains(out, "refresh_token: Fernet token") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	var several struct {
		Tokens []struct{ Name, Kind, Format string }
	}
	out, _, _ = tr.run(answer, "decode", "--json")
	if err := json.Unmarshal([]byte(out), &several); err != nil || len(several.Tokens) != 2 || several.Tokens[1].Format != "Fernet token" {
		t.Errorf("%v:\n%s", err, out)
	}
	macaroon := "MDAyMmxvY2F0aW9uIGh0dHBzOi8vYmFuay5leGFtcGxlCjAwMTVpZGVudGlmaWVyIGtleS0xCjAwMTRjaWQgYWNjb3VudCA9IDcKMDAxNGNpZCBiZWZvcmUgMjAzMAowMDEzc2lnbmF0dXJlIDAxMjMK"
	if out, _, code := tr.run(macaroon, "decode", "--json"); code != ExitOK || !strings.Contains(out, `"caveat": "account = 7; before 2030"`) {
		t.Errorf("both caveats: code %d, %s", code, out)
	}
	if _, errs, code := tr.run("there is nothing here", "decode"); code != ExitFailed || !strings.Contains(errs, "no token found in it") {
		t.Errorf("no token: exit %d, %s", code, errs)
	}
	expired := strings.Replace(jwt, "eyJzdWIiOiJhZGEiLCJleHAiOjQxMDI0NDQ4MDB9", "eyJzdWIiOiJhZGEiLCJleHAiOjF9", 1)
	for level, want := range map[string]int{"warning": ExitUnmet, "bad": ExitOK, "worse": ExitUsage} {
		if _, errs, code := tr.run(expired, "decode", "--fail-on", level); code != want {
			t.Errorf("--fail-on %s: exit %d, want %d: %s", level, code, want, errs)
		}
	}
}

func TestVerifying(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	key := filepath.Join(tr.home, "key.json")
	if err := os.WriteFile(key, []byte(`{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	// RFC 7515, appendix A.1.
	const good = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." +
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	if out, errs, code := tr.run(good, "decode", "--key", key); code != ExitOK || !strings.Contains(out, "signature valid") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	bad := strings.Replace(good, "dBjft", "eBjft", 1)
	if out, errs, code := tr.run(bad, "decode", "--key", key); code != ExitRefused || !strings.Contains(errs, "the signature is not verified") {
		t.Errorf("a forged token: exit %d: %s%s", code, out, errs)
	}
}

func TestUsage(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"frobnicate"}, ExitUsage, "is not a command"},
		{[]string{"decde"}, ExitUsage, "did you mean decode?"},
		{[]string{"list"}, ExitUsage, "did you mean ls?"},
		{[]string{"version"}, ExitUsage, "did you mean --version?"},
		{[]string{"vault", "statsu"}, ExitUsage, `"statsu" is not a command of tokenring vault` + "\n→ did you mean status?"},
		{[]string{"ls", "x"}, ExitUsage, "too many arguments\n→ usage: tokenring ls"},
		{[]string{"rm"}, ExitUsage, "an argument is missing\n→ usage: tokenring rm"},
		{[]string{"--frobnicate"}, ExitUsage, "unknown flag: --frobnicate\n→ see tokenring --help"},
		{[]string{"ls", "--jsno"}, ExitUsage, "→ did you mean --json?"},
		{[]string{"token", "a", "--min-ttl", "5"}, ExitUsage, "--min-ttl takes a duration\n→ such as 90s"},
		{[]string{"token", "a", "--min-ttl", "-1h"}, ExitUsage, "--min-ttl takes a duration\n→ such as 90s"},
		{[]string{"token", "a", "--wait", "-1s"}, ExitUsage, "--wait takes a duration\n→ such as 90s"},
		{[]string{"decode", "a", "b"}, ExitUsage, "pass one token"},
		{nil, ExitUsage, "the screen needs a terminal"},
	} {
		if _, errs, code := tr.run("", tt.args...); code != tt.code || !strings.Contains(errs, tt.says) {
			t.Errorf("%v: exit %d, %q", tt.args, code, errs)
		}
	}
	if out, _, code := tr.run("", "--version"); code != ExitOK || !strings.HasPrefix(out, "tokenring ") {
		t.Errorf("version: %q", out)
	}
	if out, _, code := tr.run("", "--help"); code != ExitOK || !strings.Contains(out, "The program:") {
		t.Errorf("help: %q", out)
	}
}

func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ text, says string }{
		{"mouse: perhaps\n", "config.yaml:1:8: mouse: mouse must be true or false"},
		{"mous: true\n", "1:1: unknown key mous (did you mean mouse?)"},
		{"theme: {background: pink}\n", "unknown value \"pink\" (one of dark, light)"},
		{"theme: {colours: {velvet: '#fff'}}\n", "\"velvet\" is not a colour"},
		{"keys: {request.kep: [x]}\n", "\"request.kep\" is not an action (did you mean "},
		{"times: {clear: soon}\n", "clear is not a duration (a number with a unit: 500ms, 15s, 2m, 48h)"},
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "config.yaml"), []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := app.ReadConfig(dir)
		if err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "config.yaml") {
			t.Errorf("%q: %v, want %q", tt.text, err, tt.says)
		}
	}
	c, err := app.ReadConfig(t.TempDir())
	if err != nil || !c.Settings().Mouse {
		t.Errorf("no file: %+v, %v", c, err)
	}
}
