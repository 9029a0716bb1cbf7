package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
)

func TestFiring(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	for _, tt := range []struct {
		args string
		code int
		says []string
	}{
		{"admin@edge about", ExitOK, []string{`"name":`, "GET /api 200", "passed"}},
		{"admin@edge GET /", ExitRefused, []string{"GET /api/ 404"}},
		{"admin@edge ping", ExitOK, []string{"GET http://127.0.0.1:", "/ping 200"}},
		{"admin@edge /x/${.username}/${.access}", ExitRefused, []string{"GET /x/admin/•••••• 404"}},
		{"admin@edge /v3/process", ExitOK, []string{`"id":"restreamer-ui:ingest:lobby"`, "GET /v3/process 200"}},
		{"admin@edge GET /v3/process -i", ExitOK, []string{"HTTP/1.1 200 OK\nContent-Length:", "\n\n[{"}},
		{"admin@edge /nope", ExitRefused, []string{"status 404", "Not Found"}},
		{"admin@edge /v3/process --attach none", ExitRefused, []string{"status 401"}},
		{"admin@edge /v3/process --expect .status==200", ExitOK, []string{"passed"}},
		{"admin@edge /nope --expect .status==404", ExitOK, []string{"passed"}},
		{"admin@edge /v3/process --expect .status==201", ExitUnmet, []string{"unexpected response", ".status is 200"}},
		{`admin@edge about --expect .body.app=="x"`, ExitUnmet, []string{"`.body.app` is \"datarhei-core\""}},
		{"admin@edge /v3/process --filter .[0].id -r", ExitOK, []string{"restreamer-ui:ingest:lobby\n"}},
		{"admin@edge /v3/process --filter .[0].id", ExitOK, []string{`"restreamer-ui:ingest:lobby"` + "\n"}},
		{"admin@edge POST /v3/process -d {} --filter .[", ExitUsage, []string{"--filter"}},
		{"admin@edge /v3/process --attach baerer", ExitUsage, []string{`no attach mode "baerer"`, "→ --attach is one of none, bearer"}},
		{"admin@edge /x/${.nope}", ExitFailed, []string{".nope has no value", "→ give it with --var nope=VALUE"}},
		{"admin@edge /x/${.nope} --var nope=a/b", ExitRefused, []string{"GET /x/a%2Fb 404"}},
		{"admin@edge /nope --expect=", ExitUsage, []string{"--expect is empty"}},
		{"admin@edge /x/${.nope} --var nop=a", ExitUsage, []string{"--var: the request reads no ${.nop} that the account does not have"}},
		{"admin@edge /x/${.username} --var username=a", ExitUsage, []string{"--var: the request reads no ${.username}"}},
		{"admin@edge /x/${.nope|error} ", ExitFailed, []string{"an expression of the request failed", "→ fix the request"}},
		{"admin@edge /v3/process --expect .[", ExitUsage, []string{"expect"}},
		{"admin@edge POST /login -d {", ExitUsage, []string{"the JSON is incomplete"}},
		{"admin@edge POST /login -d a --form b=c", ExitUsage, []string{"specify only one of"}},
		{"admin@edge nope", ExitUsage, []string{`no request "nope"`, "--list"}},
		{"admin@edge --list", ExitOK, []string{"processes  GET  /v3/process", "about      GET  /api  ", "ping       GET  http://127.0.0.1:"}},
		{"admin@edge about --curl", ExitOK, []string{"curl " + url, `"Authorization: Bearer $TOKENRING_TOKEN"`}},
		{"admin@edge POST /login -F a=${.username};type=text/x -F f=@request_test.go --curl", ExitOK,
			[]string{"-F 'a=admin;type=text/x'", "-F 'f=@request_test.go;type="}},
		{"admin@edge POST /login -F f=@nowhere", ExitFailed, []string{"cannot send the file nowhere: no such file", "correct its path"}},
		{"admin@edge POST /login -F nothing", ExitUsage, []string{"--multipart: expected name=text or name=@path"}},
		{"admin@edge http://127.0.0.1:1/x", ExitFailed, []string{"127.0.0.1:1"}},
		{"about", ExitUsage, []string{"which account?"}},
		{"", ExitUsage, []string{"which request?"}},
		{"admin@edge GET /x y", ExitUsage, []string{"usage: tokenring request"}},
	} {
		before := len(core.Requests())
		tr.want(tt.code, "", append([]string{"request"}, strings.Fields(tt.args)...), tt.says...)
		if tt.code == ExitUsage && len(core.Requests()) != before {
			t.Errorf("%s was sent all the same", tt.args)
		}
	}
	tr.env["TOKENRING_ACCOUNT"] = "admin@edge"
	tr.want(ExitOK, "", []string{"request", "about"}, "passed")
	tr.want(ExitOK, "", []string{"request", "GET", "/v3/process"}, "200")
	token := strings.TrimSpace(tr.want(ExitOK, "", []string{"token"}))
	var object runDocument
	out := tr.want(ExitOK, "", []string{"request", "about", "--json"})
	if err := json.Unmarshal([]byte(out), &object); err != nil || object.Status != 200 || object.Verdict != "passed" || len(object.Headers) == 0 {
		t.Errorf("%v: %s", err, out)
	}
	var listed []listedRequest
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"request", "admin@edge", "--list", "--json"})), &listed); err != nil || len(listed) < 3 || listed[0].Method != "GET" {
		t.Errorf("%v: %+v", err, listed)
	}
	if strings.Contains(out, token) {
		t.Error("a run shows the token")
	}
	out, _, _ = tr.run("", "request", "skills", "--attach", "none", "--json")
	if !strings.Contains(out, `"request": "skills without its token"`) {
		t.Error("the history would take it for the account's request: ", out)
	}
}

// TestBodies sends bodies from a flag, a file and standard input.
func TestBodies(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	const body = `{"username":"nobody","password":"x"}`
	file := filepath.Join(tr.home, "body.json")
	if err := os.WriteFile(file, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, flags := range [][]string{{"-d", body}, {"-d", "@" + file}, {"-d", "-"}, {"--json-body", body}} {
		tr.want(ExitRefused, body, append([]string{"request", "admin@edge", "POST", "/login"}, flags...), "invalid username or password")
	}
	tr.want(ExitFailed, "", []string{"request", "admin@edge", "POST", "/login", "-d", "@" + file + "x"}, "no such file")
}

func TestGuards(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.env["PW"] = emulator.Password
	for _, guard := range []string{"read-only", "confirm", "typed-confirm"} {
		tr.put(guard, url, "admin", "--secret", "password=env:PW", "--guard", guard, "--log-in")
	}
	before := len(core.Requests())
	tr.want(ExitFailed, "", []string{"request", "read-only", "POST", "/v3/process", "-d", "{}", "--yes"}, "read-only is read-only")
	tr.want(ExitFailed, "y\n", []string{"request", "confirm", "/v3/process"}, "asks before every request", "--yes")
	tr.want(ExitFailed, "typed-confirm\n", []string{"request", "typed-confirm", "/v3/process", "--yes"}, "no flag replaces that")
	if after := len(core.Requests()); after != before {
		t.Errorf("%d requests left all the same", after-before)
	}
	tr.want(ExitOK, "", []string{"request", "read-only", "/v3/process"}, "200")
	tr.want(ExitOK, "", []string{"request", "confirm", "/v3/process", "--yes"}, "200")
}

// TestAHostileAnswer reaches a pipe as it came, with what is secret masked, and
// is made safe on a terminal.
func TestAHostileAnswer(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.hostile("canary-of-the-token")
	tr.want(ExitUsage, "", []string{"request", "odd", "/\x1b[2J"}, "control character")
	out, errs, _ := tr.run("", "request", "odd", "/escape")
	if !strings.ContainsRune(out, 0x9b) || strings.ContainsAny(errs, "\x1b\u009b\u202e") {
		t.Errorf("out %q\nerr %q", out, errs)
	}
	for _, kind := range []string{"reflect", "drop", "malformed-header", "cut", "headers"} {
		out, errs, code := tr.run("", "request", "odd", "/"+kind, "-i")
		if strings.Contains(out+errs, "canary") || strings.ContainsRune(errs, 0x1b) || code == ExitOK && kind != "cut" {
			t.Errorf("%s: exit %d: %.300q %q", kind, code, out, errs)
		}
	}
}

// hostile adds the account odd, with a token for a server that does everything
// a server should not.
func (tr *cliTest) hostile(token string) {
	tr.t.Helper()
	l, err := emulator.Start(emulatortest.NewHostile(emulatortest.HostileOptions{Now: tr.now}))
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { l.Close() })
	tr.want(ExitOK, token, []string{"add", "odd", "-b", "token", "--set", "address=" + l.URL, "--secret", "pasted=-", "--log-in"}, "stored, not proven yet")
}
