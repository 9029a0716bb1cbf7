package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
)

const edgeProject = `accounts: [admin@edge]
environment: dev
variables: {service: processes}
suites:
  smoke:
    title: What everybody may see
    as: [admin@edge, nobody]
    requests:
      - name: about
        get: ""
        expect: '.status == 200'
        tags: [fast]
      - name: processes
        get: /v3/process
        expect: {default: .status == 200, nobody: .status == 401}
        capture: {first?: '.body[0].id'}
  wrong:
    requests:
      - {name: about, get: "", expect: .status == 204}
  write:
    requests:
      - {name: new, post: /v3/process, json: {id: made}}
`

// edge is a ring with the account admin@edge, in a folder with the project.
func edge(t *testing.T) (*cliTest, *emulatortest.Datarhei) {
	t.Helper()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.inProject(edgeProject)
	return tr, core
}

// inProject writes the project's file into a folder above the working one.
func (tr *cliTest) inProject(text string) {
	tr.t.Helper()
	tr.dir = filepath.Join(tr.home, "work", "edge", "deep")
	if err := os.MkdirAll(tr.dir, 0o700); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tr.home, "work", "edge", "tokenring.yaml"), []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
}

func TestSmoke(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	before := len(core.Requests())
	out, errs, code := tr.run("", "smoke", "smoke")
	if code != ExitFailed || !strings.Contains(errs, "tokenring.yaml has not been approved yet\n→ read it, then pass --trust") || out != "" {
		t.Errorf("not approved: exit %d\n%s%s", code, out, errs)
	}
	if len(core.Requests()) != before {
		t.Error("a file without approval fired something")
	}
	out, errs, code = tr.run("", "smoke", "--trust")
	if code != ExitOK || errs[:strings.Index(errs+" in", " in")] != "4 passed" {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	for _, want := range []string{"passed   about      admin@edge  200", "passed   about      anonymous   200", "passed   processes  anonymous   401"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
	out, errs, code = tr.run("", "smoke", "wrong")
	if code != ExitUnmet || !strings.Contains(out, "failed   about  admin@edge  200") || !strings.Contains(out, "`.status == 204` does not hold: .status is 200") ||
		!strings.HasPrefix(errs, "0 passed, 1 failed in ") || strings.Count(errs, "\n") != 1 {
		t.Errorf("not as expected: exit %d\n%s%s", code, out, errs)
	}
	tr.inProject(edgeProject + "# changed\n")
	if _, errs, code = tr.run("", "smoke"); code != ExitFailed || !strings.Contains(errs, "has changed since you approved it") {
		t.Errorf("changed: exit %d, %s", code, errs)
	}
}

func TestSmokeReports(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	report := filepath.Join(tr.home, "report.xml")
	out, errs, code := tr.run("", "smoke", "--trust", "--json", "--junit", report, "--tag", "fast")
	var d suite.Document
	if err := json.Unmarshal([]byte(out), &d); err != nil || code != ExitOK {
		t.Fatalf("exit %d, %v\n%s%s", code, err, out, errs)
	}
	if !d.Met || d.Passed != 2 || len(d.Requests) != 1 || d.Requests[0].Results[0].Run == "" {
		t.Errorf("the report is %+v", d)
	}
	xml, err := os.ReadFile(report)
	if err != nil || !strings.Contains(string(xml), `<testsuite name="smoke as admin@edge" tests="1"`) {
		t.Errorf("%v\n%s", err, xml)
	}
	before := len(core.Requests())
	for _, path := range []string{filepath.Join(tr.home, "no", "folder", "r.xml"), tr.home} {
		if _, errs, code := tr.run("", "smoke", "--junit", path); code != ExitUsage || !strings.Contains(errs, "cannot write the report") || !strings.Contains(errs, "→ nothing was sent") {
			t.Errorf("%s: exit %d, %s", path, code, errs)
		}
	}
	if len(core.Requests()) != before {
		t.Error("something was fired although cannot write the report")
	}
	if left, _ := filepath.Glob(filepath.Join(tr.home, ".*.part")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"--junit", "-", "--tag", "fast"}, ExitOK, "<?xml version"},
		{[]string{"--json", "-", "--tag", "fast"}, ExitOK, "\"met\": true"},
		{[]string{"--json=" + report, "--tag", "fast"}, ExitOK, "passed   about  admin@edge"},
		{[]string{"--junit", "-", "--json"}, ExitUsage, "--junit and --json would both be written to -"},
		{[]string{"--junit", report, "--json=" + report}, ExitUsage, "would both be written to"},
		{[]string{"--json", "result.json"}, ExitUsage, "a file for JSON is named by --json=FILE"},
		{[]string{"--junit", "-", "--watch", "1m"}, ExitUsage, "--junit takes a file"},
	} {
		tr.want(test.code, "", append([]string{"smoke"}, test.args...), test.want)
	}
	if text, err := os.ReadFile(report); err != nil || json.Unmarshal(text, &d) != nil || d.Suite != "smoke" || d.Passed != 2 {
		t.Errorf("%v\n%s", err, text)
	}
	if out, errs, _ := tr.run("", "smoke", "--quiet"); out+errs != "" {
		t.Errorf("quiet: %s%s", out, errs)
	}
}

// TestAFailureIsUnderstoodWhereItHappened looks at everything that a run says of one.
func TestAFailureIsUnderstoodWhereItHappened(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	tr.inProject("accounts: [admin@edge]\nsuites:\n  smoke:\n    requests:\n      - {name: about, get: \"\", expect: '.body.app == \"other\"'}\n" +
		"      - {name: more, get: /v3/process, expect: .status == 200}\n")
	tr.env["GITHUB_ACTIONS"] = "true"
	out, errs, code := tr.run("", "smoke", "--trust", "--show-failed", "--junit", filepath.Join(tr.home, "r.xml"))
	for _, want := range []string{
		"failed   about  admin@edge  200", "does not hold: `.body.app` is \"datarhei-core\"\n",
		"about as admin@edge: GET /api 200", "  HTTP/1.1 200 OK\n", "    \"app\": \"datarhei-core\",\n",
		"::error file=../tokenring.yaml,line=5,title=smoke%3A about as admin@edge::`.body.app == \"other\"` does not hold",
	} {
		if !strings.Contains(out+errs, want) || code != ExitUnmet {
			t.Errorf("exit %d: %q is not in\n%s%s", code, want, out, errs)
		}
	}
	if strings.Contains(out, "more as admin@edge") || strings.Count(out+errs, "::error") != 1 {
		t.Errorf("of what passed too:\n%s", out)
	}
	if xml, err := os.ReadFile(filepath.Join(tr.home, "r.xml")); err != nil || !strings.Contains(string(xml), "is &#34;datarhei-core&#34;") {
		t.Errorf("%v\n%s", err, xml)
	}
	if out = tr.want(ExitUnmet, "", []string{"smoke", "-q"}, "failed   about"); strings.Contains(out, "more") {
		t.Errorf("quiet:\n%s", out)
	}
	tr.want(ExitUnmet, "", []string{"smoke", "-v"}, "more as admin@edge: GET /v3/process 200")
	tr.want(ExitUnmet, "", []string{"smoke", "--bail"}, "0 passed, 1 failed, 1 not reached in ")

	var runs []listedRun
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"history", "--json", "--failed", "--limit", "1"})), &runs); err != nil || len(runs) != 1 || runs[0].Request != "about" || runs[0].Verdict != "failed" {
		t.Fatalf("%v, %+v", err, runs)
	}
	id := runs[0].ID
	tr.want(ExitOK, "", []string{"history"}, id[:8]+"  12:00:00  admin@edge  200  failed  GET /api ")
	tr.want(ExitOK, "", []string{"history", id[:8], "--filter", ".app"}, "\"datarhei-core\"\n", "GET /api 200", "does not hold")
	tr.want(ExitOK, "", []string{"history", id, "--json"}, "\"id\": \""+id+"\"", "\"verdict\": \"failed\"")
	tr.want(ExitUsage, "", []string{"history", "nope"}, "has no request \"nope\"", "→ see them with: tokenring history")
	tr.want(ExitUsage, "", []string{"history", "--account", "nope"}, "unknown account")
	tr.want(ExitUsage, "", []string{"history", "-i"}, "tokenring history ID")
	for _, flag := range []string{"--failed", "--account=admin@edge", "--limit=1"} {
		tr.want(ExitUsage, "", []string{"history", id, flag}, "is for the list")
	}
	tr.want(ExitUsage, "", []string{"history", ""}, "has no request")
}

// TestALogShowsNoSecret: an answer in a log masks what the reason above it masks.
func TestALogShowsNoSecret(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Api-Key", "Winter2024!")
		w.Header().Set("Set-Cookie", "sid=Winter2024!; Path=/")
		w.Header().Set("Location", "/x?token=Winter2024!")
		switch r.URL.Path {
		case "/lines":
			w.Header().Set("Content-Type", "application/x-ndjson")
			fmt.Fprint(w, `{"password": "Winter2024!"}`+"\n"+`{"password": "Winter2024!"}`+"\n")
			return
		case "/xml":
			w.Header().Set("Content-Type", "application/xml")
			fmt.Fprint(w, "<a><name>jane</name><password>Winter2024!</password></a>")
			return
		}
		fmt.Fprint(w, `{"password": "Winter2024!", "keys": {"client_secret": ["Winter2024!"]}, "pin": 1234, "name": "jane", "n": 7}`)
	}))
	t.Cleanup(server.Close)
	tr.env["PW"] = emulator.Password
	tr.want(ExitOK, "", []string{"add", "me", "-b", "token", "--set", "address=" + server.URL, "--secret", "pasted=env:PW", "--log-in"})
	tr.inProject("accounts: [me]\nsuites: {smoke: {requests: [{name: a, get: /a, expect: '.body.password == \"x\"'}, {name: b, get: /xml, expect: .status == 1}, {name: c, get: /lines, expect: .status == 1}]}}")
	for _, flag := range []string{"--show-failed", "--verbose"} {
		out, errs, code := tr.run("", "smoke", "--trust", flag)
		if all := out + errs; code != ExitUnmet || strings.Contains(all, "Winter2024!") || !strings.Contains(all, `"pin": "••••••"`) || !strings.Contains(all, `"password": "••••••"`) || !strings.Contains(all, "<password>••••••</password>") ||
			!strings.Contains(all, "X-Api-Key: ••••••") || !strings.Contains(all, `"name": "jane"`) || !strings.Contains(all, `"n": 7`) || !strings.Contains(all, "<name>jane</name>") {
			t.Errorf("%s: exit %d\n%s", flag, code, all)
		}
	}
}

// TestARefusalIsExplainedWithItsAnswer: in a suite by the same reasons as a request gives, where it was not expected.
func TestARefusalIsExplainedWithItsAnswer(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	tr.inProject("accounts: [admin@edge]\nsuites:\n  smoke:\n    requests:\n      - {name: list, get: /v3/process, expect: .status == 200}\n" +
		"      - {name: bare, get: /v3/process, attach: none, expect: .status == 401}\n")
	tr.want(ExitOK, "", []string{"smoke", "--trust"}, "2 passed")
	core.FailNext(1, http.StatusForbidden)
	out := tr.want(ExitUnmet, "", []string{"smoke", "--show-failed"}, "list as admin@edge: GET /v3/process 403", "  refused: the server accepted the same request at 12:00, according to the history")
	if strings.Count(out, "refused: ") != 1 {
		t.Errorf("reasons of what was expected:\n%s", out)
	}
	core.FailNext(1, http.StatusForbidden)
	if out = tr.want(ExitUnmet, "", []string{"smoke", "-v"}, "bare as admin@edge: GET /v3/process 401"); strings.Count(out, "refused: ") != 1 {
		t.Errorf("with all answers:\n%s", out)
	}
	core.FailNext(1, http.StatusForbidden)
	if out = tr.want(ExitUnmet, "", []string{"smoke"}, "1 failed"); strings.Contains(out, "refused: ") {
		t.Errorf("without answers:\n%s", out)
	}
}

// TestVariablesAndFilesAreLookedAtFirst sends nothing while a value or a file is missing.
func TestVariablesAndFilesAreLookedAtFirst(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	tr.inProject(`accounts: [admin@edge]
variables: {service: {default: none, dev: process}, open:, n: 3}
suites:
  smoke:
    requests: [{name: a, get: "/v3/${.vars.service}", expect: '.status == 200 and .vars.n == 3'}]
  open:
    requests: [{name: a, get: "/v3/${.vars.open}"}]
  upload:
    requests:
      - {name: a, get: /v3/process}
      - {name: up, post: /v3/process, multipart: [{name: f, file: missing.txt}]}
`)
	before := len(core.Requests())
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"open"}, ExitUsage, "the variable open of the request a has no value for admin@edge in dev; set it in the file, or with --var open=VALUE"},
		{[]string{"open", "--var", "opn=x"}, ExitUsage, "--var: unknown variable opn\n→ did you mean open?"},
		{[]string{"open", "--var", "open"}, ExitUsage, "--var takes NAME=VALUE"},
		{[]string{"smoke", "--var", "n=many"}, ExitUsage, "n: must be a number"},
		{[]string{"upload"}, ExitUsage, "tokenring.yaml:11: up sends the file"},
		{[]string{"--watch", "0s"}, ExitUsage, "--watch takes a pause such as 5m, longer than 0s"},
	} {
		tr.want(test.code, "", append([]string{"smoke", "--trust"}, test.args...), test.want)
	}
	if len(core.Requests()) != before {
		t.Error("something was sent")
	}
	tr.want(ExitOK, "", []string{"smoke", "--trust"}, "1 passed")
	tr.want(ExitUnmet, "", []string{"smoke", "--var", "n=4"}, "`.vars.n` is 4")
	tr.want(ExitUnmet, "", []string{"smoke", "--var", "service=nothing"}, ".status is 404")
	tr.want(ExitOK, "", []string{"smoke", "open", "--var", "open=process"}, "1 passed")
}

func TestWhatIsWrongWithSmoke(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"smok"}, ExitUsage, `has no suite "smok" (did you mean smoke?)`},
		{[]string{"smoke", "--as", "admn@edge"}, ExitUsage, `unknown account "admn@edge"`},
		{[]string{"smoke", "--tag", "slow"}, ExitUsage, "no request of smoke has the tag slow; choose from: fast"},
		{[]string{"smoke", "--junit", ""}, ExitUsage, "--junit is empty"},
		{[]string{"smoke", "--json="}, ExitUsage, "--json is empty"},
		{[]string{"smoke", "--as", ""}, ExitUsage, "--as is empty"},
		{[]string{"smoke", "--tag", ""}, ExitUsage, "--tag is empty"},
		{[]string{"smoke", "--parallel", "0"}, ExitUsage, "--parallel must be at least 1"},
	} {
		if _, errs, code := tr.run("", append([]string{"smoke"}, test.args...)...); code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%v: exit %d, %s", test.args, code, errs)
		}
	}
	tr.inProject("accounts: [admin@edge]\nsuites: {smoke: {requests: [{name: a, get: /, expekt: .status == 200}]}}")
	_, errs, code := tr.run("", "smoke")
	if code != ExitUsage || !strings.Contains(errs, "tokenring: ../tokenring.yaml:2:47: suites.smoke.requests[0]: unknown key expekt (did you mean expect?)") {
		t.Errorf("a broken file: exit %d, %s", code, errs)
	}
	tr.inProject("accounts: [admin@edge]\nsuites: {a: {requests: [{name: x, get: /}]}, b: {requests: [{name: x, get: /}]}}")
	tr.want(ExitUsage, "", []string{"smoke"}, "but none named smoke; name one of a, b\n→ see them with: tokenring smoke list")
	tr.want(ExitOK, "", []string{"smoke", "list"}, "a  1 request  as admin@edge")
	tr.inProject("accounts: [admin@edge]")
	tr.want(ExitUsage, "", []string{"smoke", "list"}, "has no suite\n→ for its format see: tokenring smoke --help")
	tr.inProject("accounts: [admin@edge]\nenvironment: prod\nsuites: {smoke: {requests: [{name: a, get: /}]}}")
	tr.want(ExitFailed, "", []string{"smoke", "--trust"}, "admin@edge belongs to dev\n→ name others with --as; see them with: tokenring ls --env prod")
	tr.inProject(edgeProject)
	tr.must("", "add", "new", "-b", "token", "--set", "address=http://127.0.0.1:1", "--env", "dev")
	tr.want(ExitNeedsLogin, "", []string{"smoke", "--trust", "--as", "new", "--tag", "fast"}, "error    about  new", "it has no session → tokenring login new")
	tr.dir = tr.home
	if _, errs, code := tr.run("", "smoke"); code != ExitUsage || !strings.Contains(errs, "there is no tokenring.yaml in this folder or above it") {
		t.Errorf("no file: exit %d, %s", code, errs)
	}
}

func TestSmokeAsksGuards(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	before := len(core.Requests())
	for _, test := range []struct {
		guard session.Guard
		args  []string
		code  int
		want  string
	}{
		{session.GuardReadOnly, []string{"write", "--trust"}, ExitFailed, "new: admin@edge is read-only"},
		{session.GuardConfirm, []string{"write", "--trust"}, ExitFailed, "→ pass --yes if you are sure"},
		{session.GuardTypedConfirm, []string{"smoke", "--trust", "--yes"}, ExitFailed, "→ a person must type its name at a terminal"},
	} {
		tr.guard(test.guard)
		if _, errs, code := tr.run("", append([]string{"smoke"}, test.args...)...); code != test.code || !strings.Contains(errs, test.want) {
			t.Errorf("%s: exit %d, %s", test.guard, code, errs)
		}
	}
	if len(core.Requests()) != before {
		t.Error("something left before a guard was answered")
	}
	tr.guard(session.GuardConfirm)
	if _, errs, code := tr.run("", "smoke", "--yes"); code != ExitOK {
		t.Errorf("with --yes: exit %d, %s", code, errs)
	}
}

// guard changes the guard of admin@edge.
func (tr *cliTest) guard(g session.Guard) {
	tr.t.Helper()
	env, _, _ := tr.environment(nil)
	if err := env.WithAccount(tr.t.Context(), "admin@edge", func(r *app.Ring, a *session.Snapshot) error {
		d := draft.FormOf(&a.Account)
		d.Guard = g
		_, err := r.Drafts.Save(tr.t.Context(), d)
		return err
	}); err != nil {
		tr.t.Fatal(err)
	}
}

func TestSmokeLists(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	out, errs, code := tr.run("", "smoke", "list")
	if code != ExitOK || !strings.HasPrefix(out, "smoke  2 requests  as admin@edge, anonymous  fast  What everybody may see\n") {
		t.Errorf("exit %d\n%s%s", code, out, errs)
	}
	var all []listedSuite
	out, _, _ = tr.run("", "smoke", "list", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) != 3 || all[1].As[0] != "admin@edge" {
		t.Errorf("%v\n%s", err, out)
	}
	tr.want(ExitOK, "", []string{"__complete", "smoke", "--tag", ""}, "fast\n:4")
	tr.want(ExitOK, "", []string{"__complete", "smoke", "wrong", "--tag", ""}, ":4")
	out, _, code = tr.run("", "smoke", "--schema")
	if code != ExitOK || !json.Valid([]byte(out)) {
		t.Errorf("the schema is no JSON, exit %d", code)
	}
}

func TestTheDefaultAccountIsTheProjects(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	env, _, errs := tr.environment(nil)
	names, err := env.Names(nil)
	if err != nil || strings.Join(names, " ") != "admin@edge" || errs.String() != "using admin@edge, the default of tokenring.yaml\n" {
		t.Errorf("%v, %v, %q", names, err, errs)
	}
	tr.env["TOKENRING_ACCOUNT"] = "other"
	if names, err := env.Names(nil); err != nil || strings.Join(names, " ") != "other" {
		t.Errorf("%v, %v", names, err)
	}
}

// TestNamesInAList takes blanks behind commas, and an account whose name has
// commas or quotes in it.
func TestNamesInAList(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	for _, name := range []string{"a,b", `q"q`} {
		tr.must("x\n", "add", name, "-b", "token", "--set", "address=http://127.0.0.1:1", "--env", "dev", "--secret", "pasted=-", "--log-in")
	}
	var d suite.Document
	out, _, _ := tr.run("", "smoke", "--trust", "--json", "--tag", "fast", "--as", "a,b", "--as", `admin@edge, q"q,nobody,`)
	if err := json.Unmarshal([]byte(out), &d); err != nil || strings.Join(d.Accounts, ";") != `a,b;admin@edge;q"q;anonymous` {
		t.Errorf("%v: %s", err, out)
	}
}

// TestAReaderThatGoes stops a suite, which says nothing about it.
func TestAReaderThatGoes(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	var many strings.Builder
	for i := range 50 {
		fmt.Fprintf(&many, "{name: r%d, get: /v3/process},", i)
	}
	tr.inProject("accounts: [admin@edge]\nsuites: {smoke: {requests: [" + many.String() + "]}}")
	for _, more := range [][]string{nil, {"--watch", "1ms"}} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		before := len(core.Requests())
		env, _, errs := tr.environment(strings.NewReader(""), append([]string{"smoke", "--trust"}, more...)...)
		env.Out = writer
		if code := run(env); code != 128+int(syscall.SIGPIPE) || errs.Len() > 0 {
			t.Errorf("%v: exit %d, %s", more, code, errs)
		}
		if fired := len(core.Requests()) - before; more == nil && fired > 5 || fired > 50 {
			t.Errorf("%v: %d requests were fired for nobody", more, fired)
		}
		writer.Close()
	}
}

// writerFunc is a writer of one function.
type writerFunc func(text []byte)

func (f writerFunc) Write(text []byte) (int, error) {
	f(text)
	return len(text), nil
}

func TestWatchShowsWhatItsFlagsAskFor(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	tr.env["GITHUB_ACTIONS"] = "true"
	for _, more := range [][]string{{"--show-failed"}, {"--show-failed", "--json"}} {
		ctx, cancel := context.WithCancel(t.Context())
		env, out, errs := tr.environment(strings.NewReader(""), append([]string{"smoke", "wrong", "--trust", "--watch", "1h"}, more...)...)
		first := func(to *bytes.Buffer, end string) writerFunc {
			return func(text []byte) {
				to.Write(text)
				if strings.Contains(to.String(), end) {
					cancel()
				}
			}
		}
		env.Err, env.Out = first(errs, "again every"), first(out, `"request":"about"`)
		code := execute(ctx, env)
		all := out.String() + errs.String()
		if code != ExitInterrupted || strings.Count(all, "about as admin@edge: GET ") != 1 || strings.Count(all, "::error file=") != 1 || !strings.Contains(all, "HTTP/1.1 200") {
			t.Errorf("%v: exit %d\n%s", more, code, all)
		}
		if len(more) > 1 && strings.Contains(out.String(), "::") {
			t.Errorf("details are among the JSON: %s", out)
		}
	}
}

func TestAnEmptyHistorySaysWhy(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	tr.want(ExitOK, "", []string{"history"}, "Nothing was sent yet.")
	tr.want(ExitOK, "", []string{"history", "--failed"}, "No request matches.")
	tr.want(ExitOK, "", []string{"history", "--account", "admin@edge"}, "No request matches.")
}

func TestGitHubReadsNoCommandInALog(t *testing.T) {
	t.Parallel()
	env := &app.Env{Getenv: func(name string) string { return map[string]string{"GITHUB_ACTIONS": "true"}[name] }}
	var out bytes.Buffer
	text := "failed: `::x` ##[set-env name=A]b\n::add-mask::x\n  ::error::y\na ::b\n"
	if n, err := logOf(env, &out).Write([]byte(text)); n != len(text) || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if want := "failed: `::x` ## [set-env name=A]b\n: :add-mask::x\n  : :error::y\na ::b\n"; out.String() != want {
		t.Errorf("%q", out.String())
	}
}
