package cli

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/importer"
)

// file writes a file of the trial.
func (tr *cliTest) file(name, text string) string {
	tr.t.Helper()
	path := filepath.Join(tr.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		tr.t.Fatal(err)
	}
	return path
}

// must runs a command that has to end well.
func (tr *cliTest) must(stdin string, args ...string) (stdout, stderr string) {
	tr.t.Helper()
	out, errs, code := tr.run(stdin, args...)
	if code != ExitOK {
		tr.t.Fatalf("%q: exit %d\n%s%s", args, code, out, errs)
	}
	return out, errs
}

func contains(t *testing.T, text string, all ...string) {
	t.Helper()
	for _, want := range all {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

const canary = "canary-4f9d-token"

const copied = `curl 'https://api.shop.example/v1/me' -H 'authorization: Bearer ` + canary + `' -b 'sid=canary-cookie' --compressed ;
curl 'https://api.shop.example/v1/things?limit=3' -H 'authorization: Bearer ` + canary + `' -F file=@x`

func TestImportOfACurlCommand(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	out, errs := tr.must(copied, "import", "--dry-run")
	contains(t, out, "new   api.shop.example: Any API, with a token you have · https://api.shop.example · 1 secret into the vault · 2 requests", "/v1/me", "/v1/things")
	contains(t, errs, "standard input:1:1: the value of cookie sid was left out", "standard input:2:1: post-v1-things sends the file x, read each time it is sent")
	if list, _ := tr.must("", "ls"); list != "" {
		t.Errorf("a look changed the ring: %s", list)
	}

	if _, errs, code := tr.run(copied, "import"); code != ExitFailed || !strings.Contains(errs, "--yes") {
		t.Errorf("without a terminal: exit %d, %s", code, errs)
	}
	_, errs = tr.must(copied, "import", "--yes", "--name", "shop", "--env", "dev", "--guard", "typed-confirm", "--set", "lifetime=600")
	contains(t, errs, "shop was added; its token is ready")
	var list []listedAccount
	out, _ = tr.must("", "ls", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 1 {
		t.Fatalf("%s, %v", out, err)
	}
	if a := list[0]; a.Name != "shop" || a.State != "valid" || a.Environment != "dev" || a.Guard != "typed confirm" {
		t.Errorf("%+v", a)
	}

	out, errs = tr.must(copied, "import", "--yes")
	contains(t, errs, "GET /v1/me and 1 further request are there already", "shop sends what its own session holds", "Nothing to import")
	contains(t, out)
	if out, _ = tr.must(copied, "import", "--yes", "--json"); !json.Valid([]byte(out)) {
		t.Errorf("of nothing: %q is no JSON", out)
	}
	out, errs = tr.must("curl https://api.shop.example/other", "import", "-y", "--account", "shop")
	contains(t, out, "for   shop: 1 request", "/other")
	contains(t, errs, "shop has 1 request more.")
	tr.holdsNo(canary, "canary-cookie")
}

// holdsNo searches everything on disk.
func (tr *cliTest) holdsNo(texts ...string) {
	tr.t.Helper()
	err := filepath.WalkDir(tr.env["TOKENRING_HOME"], func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		for _, text := range texts {
			if strings.Contains(string(data), text) {
				tr.t.Errorf("%s holds %s in clear", path, text)
			}
		}
		return err
	})
	if err != nil {
		tr.t.Error(err)
	}
}

func TestImportThatCannotBe(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	for _, tt := range []struct {
		stdin, says string
		args        []string
		code        int
	}{
		{"curl http://far.example/x", "--allow-http", []string{"import", "-y"}, ExitFailed},
		{"{\n \"log\": [}", "standard input:2:10: not JSON", []string{"import", "-y"}, ExitFailed},
		{"hello", "name it with --as", []string{"import"}, ExitFailed},
		{"curl https://a.example", "cannot import", []string{"import", "--as", "wget"}, ExitUsage},
		{"curl https://a.example", "unknown account", []string{"import", "-y", "-a", "nobody"}, ExitUsage},
		{"curl https://a.example; curl https://b.example", "for one account", []string{"import", "-y", "-n", "x"}, ExitUsage},
		{"", "no such file", []string{"import", "no/such/file"}, ExitFailed},
		{"", "it is empty\n→ name a file", []string{"import"}, ExitFailed},
	} {
		_, errs, code := tr.run(tt.stdin, tt.args...)
		if code != tt.code || !strings.Contains(errs, tt.says) {
			t.Errorf("%q, %q: exit %d, %s", tt.stdin, tt.args, code, errs)
		}
	}
	if list, _ := tr.must("", "ls"); list != "" {
		t.Errorf("something was taken in: %s", list)
	}
	tr.must("curl http://far.example/x; curl http://127.0.0.1:1/x", "import", "-y", "--allow-http")
	if out, _ := tr.must("", "export"); strings.Count(out, "allow_http: true") != 1 {
		t.Errorf("not the other machine alone may be reached without TLS: %s", out)
	}
}

const ownDefinition = `name: acme
title: ACME
fields:
  - {name: address, label: Address, type: url}
base_url: ${.address}
origins: ["https://login.acme.example"]
logins:
  - name: paste
    fields: [{name: key, secret: true}]
    steps: [{capture: {token: .key}}]
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.token}"}}
`

const shared = `tokenring: 1
definitions:
  acme: |
    ` + "%s" + `
accounts:
  - name: ada@acme
    backend: acme
    origins: ["https://login.acme.example"]
    values: {address: "https://acme.example"}
    references: {key: "env:ACME_KEY"}
    connection: {timeout: 2m, browser: env -P work}
    requests:
      - {name: me, target: /me}
`

func TestWhatAFileShouldNotDecideIsAsked(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.env["ACME_KEY"] = canary
	text := strings.Replace(shared, "%s", strings.ReplaceAll(strings.TrimSpace(ownDefinition), "\n", "\n    "), 1)
	_, errs, code := tr.run(text, "import", "--yes")
	contains(t, errs, "the definition acme", "key is read from env:ACME_KEY", "calls also go to https://login.acme.example", "its own connection: ", "--trust")
	backends := filepath.Join(tr.env["XDG_CONFIG_HOME"], "tokenring", "backends", "acme.yaml")
	if _, err := os.Stat(backends); code != ExitFailed || err == nil {
		t.Errorf("exit %d, and the definition was taken over", code)
	}
	tr.must(text, "import", "--yes", "--trust")
	out, _ := tr.must("", "ls")
	contains(t, out, "ada@acme", "ACME")
	tr.holdsNo(canary)

	_, errs = tr.must(text, "import", "--yes", "--trust")
	contains(t, errs, "ada@acme exists already", "Nothing to import")
	other := strings.Replace(text, "title: ACME", "title: Other", 1)
	if _, errs, code := tr.run(other, "import", "--yes", "--trust"); code != ExitFailed || !strings.Contains(errs, "definition acme that differs from yours") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

const borrower = `name: borrower
title: Borrower
base_url: https://b.example
logins:
  - name: borrow
    fields: [{name: lender, type: account}]
    steps: [{capture: {token: .lender}}]
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.token}"}}
`

// TestAnImportThatFailsHalfWay leaves nothing behind: two accounts and a
// request are made before the third turns out to borrow from one that borrows.
func TestAnImportThatFailsHalfWay(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.file("config/tokenring/backends/borrower.yaml", borrower)
	tr.must("curl https://old.example/x", "import", "-y", "-n", "old")
	before, _ := tr.must("", "export")
	text := `tokenring: 1
accounts:
  - {name: old, backend: token, requests: [{name: more, target: /more}]}
  - {name: first, backend: token, values: {address: "https://a.example"}, requests: [{name: x, target: /x}]}
  - {name: second, backend: borrower, lenders: {lender: first}}
  - {name: third, backend: borrower, lenders: {lender: second}}
`
	_, errs, code := tr.run(text, "import", "--yes", "--trust")
	contains(t, errs, "third: lender: second borrows a token itself")
	if after, _ := tr.must("", "export"); code != ExitFailed || after != before {
		t.Errorf("exit %d, and left behind: %s", code, after)
	}
	good := strings.Replace(text, "lender: second", "lender: first", 1)
	_, errs, _ = tr.run(good, "import", "--yes") // asks about the loan
	contains(t, errs, "second: the token of first goes to https://b.example")
	tr.must(good, "import", "--yes", "--trust")
	after, _ := tr.must("", "export", "second", "old")
	contains(t, after, "lenders:\n      lender: first", "target: /more")
}

func TestExportAndImportGiveTheSame(t *testing.T) {
	t.Parallel()
	from, to := newTest(t), newTest(t)
	from.file("config/tokenring/backends/acme.yaml", ownDefinition)
	from.must(copied, "import", "-y", "-n", "shop", "-e", "prod", "--guard", "read-only")
	from.env["ACME_KEY"] = canary
	from.must(strings.Replace(shared, "definitions:\n  acme: |\n    %s\n", "", 1), "import", "-y", "--trust")

	const suites = "accounts: [shop]\nsuites:\n  smoke:\n    requests:\n      - {name: me, get: /me, expect: .status == 200}\n"
	from.dir = filepath.Dir(from.file("project/tokenring.yaml", suites))
	to.dir = t.TempDir()
	exported, _ := from.must("", "export")
	contains(t, exported, "project: |", "get: /me", "timeout: 2m", "browser: env -P work")
	for _, secret := range []string{canary, "canary-cookie"} {
		if strings.Contains(exported, secret) {
			t.Errorf("the export holds %s", secret)
		}
	}
	file := to.file("ring.yaml", exported)
	to.must("", "import", file, "-y", "--trust")
	if text, err := os.ReadFile(filepath.Join(to.dir, "tokenring.yaml")); string(text) != suites || err != nil {
		t.Errorf("%s, %v", text, err)
	}
	again, _ := to.must("", "export")
	if again != exported {
		t.Errorf("exported again:\n%s\nwas\n%s", again, exported)
	}
	to.file("project/tokenring.yaml", "accounts: [other]\n")
	to.dir = filepath.Join(to.home, "project")
	if _, errs, code := to.run("", "import", file, "-y", "--trust"); code != ExitFailed || !strings.Contains(errs, "differs from the one in this folder") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, errs, code := to.run("", "export", "-o", file); code != ExitFailed || !strings.Contains(errs, "already exists") {
		t.Errorf("exit %d: %s", code, errs)
	}
}

func TestExportRefusesWhatLooksLikeASecret(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.must("curl https://edge.example/x", "import", "-y", "-n", "edge", "--set", "header_name=Zx9Qw3Er7Ty1Ui5Op0As")
	_, errs, code := tr.run("", "export", "edge")
	contains(t, errs, "accounts.edge.values.header_name", "--allow header_name")
	if code != ExitFailed {
		t.Errorf("exit %d", code)
	}
	out, _ := tr.must("", "export", "edge", "--allow", "header_name")
	contains(t, out, "Zx9Qw3Er7Ty1Ui5Op0As")
}

func TestAHeadlineNamesAFewAccounts(t *testing.T) {
	t.Parallel()
	for also, says := range map[string]string{
		"b c d e f":     "which could also go to b, c, d, e, f (--account)",
		"b c d e f g h": "which could also go to b, c, d, e, f and 2 more",
	} {
		var out strings.Builder
		writePlan(&out, &importer.Account{Exists: true, Also: strings.Fields(also)}, "")
		contains(t, out.String(), says)
	}
}

func TestADryRunShowsThePlanAndWhatTheImportNeeds(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	const plain = "curl http://far.example/x -H 'Authorization: Bearer tok-1234-abcd'"
	out, errs := tr.must(plain, "import", "--dry-run")
	contains(t, out, "new   far.example", "token from header Authorization, sent as Authorization: Bearer TOKEN", "/x")
	contains(t, errs, "The import will ask about, or need:", "http://far.example is not encrypted")
	out, errs = tr.must("curl https://api.knack.com/v1/x", "import", "--dry-run")
	contains(t, out, "Knack", "/x")
	contains(t, errs, "app_id: needed")
	for _, args := range [][]string{{"--set", "foo=1"}, {"--var", "A=1"}, {"--only", "nothing"}} {
		if _, errs, code := tr.run("curl https://a.example/x", append([]string{"import", "--dry-run"}, args...)...); code == ExitOK {
			t.Errorf("%v: %s", args, errs)
		}
	}
	for line, next := range map[string]string{
		"environment: \"a\\tb\"": "with --env", "guard: none": "with --guard", "login: other": "correct it", "attach: other": "correct it", "values: {}": "--set NAME=VALUE",
	} {
		text := "tokenring: 1\naccounts:\n  - name: new\n    backend: knack\n    " + line
		if _, errs, code := tr.run(text, "import", "-y"); code != ExitFailed || !strings.Contains(errs, next) {
			t.Errorf("%s: exit %d, %s", line, code, errs)
		}
	}
	if _, errs, code := tr.run("curl \"$BASE/x\"", "import", "-y"); code != ExitFailed || !strings.Contains(errs, "nothing of 1 request was imported") {
		t.Errorf("nothing was taken: exit %d, %s", code, errs)
	}
	tr.must("curl \"$BASE/x\"", "import", "-y", "--var", "BASE=https://v.example")
}

func TestAFreshTokenRenewsAKnownAccount(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	command := func(token string) string { return "curl https://a.example/me -H 'Authorization: Bearer " + token + "'" }
	_, errs := tr.must(command("<YOUR-TOKEN>"), "import", "-y", "-n", "a")
	contains(t, errs, "log in with: tokenring login a")
	line, _ := tr.must("", "request", "a", "me", "--curl")
	contains(t, line, "Bearer $TOKENRING_TOKEN")
	if _, errs, code := tr.run("", "request", "a", "me"); code != ExitNeedsLogin || !strings.Contains(errs, "--attach none") {
		t.Errorf("without a token: exit %d, %s", code, errs)
	}
	const first, second = "tok-1234-abcd", "tok-5678-efgh"
	const ended = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIiwiZXhwIjoxfQ.c2lnbmF0dXJl"
	for _, token := range []string{first, second} {
		out, _ := tr.must(command(token), "import", "-y")
		contains(t, out, "for   a", "new token from header Authorization")
		if out, _ := tr.must("", "token", "a"); strings.TrimSpace(out) != token {
			t.Errorf("%s, want %s", out, token)
		}
	}
	_, errs = tr.must(command(second), "import", "-y")
	contains(t, errs, "Nothing to import")
	_, errs = tr.must(command(ended), "import", "-y")
	contains(t, errs, "it has expired")
	_, errs = tr.must("curl https://b.example/me -H 'Authorization: Bearer "+ended+"'", "import", "-y")
	contains(t, errs, "it has expired", "log in with: tokenring login b.example")
	out, _ := tr.must("curl https://c.example/x -H 'X-A-Token: tok-1111-aaaa'; curl https://c.example/y -H 'X-B-Token: tok-2222-bbbb'", "import", "-y", "-n", "c")
	contains(t, out, "new   c:", "new   c-2:")
	tr.must("machine n.example login jane password Winter2024!", "import", "-y", "--as", "netrc")
	if out, _ := tr.must("", "token", "n.example"); strings.TrimSpace(out) != "amFuZTpXaW50ZXIyMDI0IQ==" {
		t.Errorf("of a .netrc: %s", out)
	}
	tr.holdsNo(first, second, ended, "Winter2024!")
}

// TestWhatALoginAsksForIsSentAsTheCallHadIt: of HTTP Basic the password alone is asked for, of a parameter its value.
func TestWhatALoginAsksForIsSentAsTheCallHadIt(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.must("curl https://a.example/me -u \"jane:$PW\"", "import", "-y", "-n", "a")
	if _, errs, code := tr.run("", "login", "a"); code != ExitNeedsLogin || !strings.Contains(errs, "Password is not stored") {
		t.Errorf("exit %d, %s", code, errs)
	}
	tr.must("curl https://a.example/me -u :", "import", "-y", "-n", "b")
	tr.must("Winter2024!", "login", "a", "--secret", "password=-")
	tr.must("jane:Winter2024!", "login", "b", "--secret", "pair=-")
	for _, name := range []string{"a", "b"} {
		if out, _ := tr.must("", "token", name); strings.TrimSpace(out) != "amFuZTpXaW50ZXIyMDI0IQ==" {
			t.Errorf("%s sends %s", name, out)
		}
	}
	tr.must("curl https://c.example/me -H 'Authorization: Token token=tok-1234-abcd'", "import", "-y", "-n", "c")
	line, _ := tr.must("", "request", "c", "me", "--curl")
	contains(t, line, "Authorization: Token token=$TOKENRING_TOKEN")
	if out, _ := tr.must("", "token", "c"); strings.TrimSpace(out) != "tok-1234-abcd" {
		t.Errorf("c sends %s", out)
	}
	tr.holdsNo("Winter2024!", "amFuZTpXaW50ZXIyMDI0IQ", "tok-1234-abcd")
}

// TestSeveralPeopleAreToldApart: calls of several people at one server go to the account of each, also when they come again
// with new tokens.
func TestSeveralPeopleAreToldApart(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	jwtOf := func(sub string, n int) string {
		claims := fmt.Sprintf(`{"sub":%q,"jti":"%d","exp":4102444800}`, sub, n)
		return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2lnbmF0dXJlLW9mLTMyLWJ5dGVzLW5vdC1jaGVja2Vk"
	}
	calls := func(host string, tokens ...string) (all string) {
		for i, token := range tokens {
			all += fmt.Sprintf("curl https://%s/%d -H 'Authorization: Bearer %s'\n", host, i, token)
		}
		return all
	}
	holds := func(name, token string) {
		t.Helper()
		if out, _ := tr.must("", "token", name); strings.TrimSpace(out) != token {
			t.Errorf("%s holds another token", name)
		}
	}
	ada, bob, newer := jwtOf("ada", 1), jwtOf("bob", 1), jwtOf("bob", 2)
	both := calls("a.example", ada, bob) + calls("b.example", "tok-1234-abcd", "tok-5678-efgh")
	tr.must(both, "import", "-y")
	_, errs := tr.must(both, "import", "-y")
	contains(t, errs, "Nothing to import")
	tr.must(calls("a.example", ada, newer), "import", "-y")
	holds("a.example", ada)
	holds("a.example-2", newer)
	holds("b.example-2", "tok-5678-efgh")
	out, _ := tr.must(calls("a.example", jwtOf("carol", 1)), "import", "-y")
	contains(t, out, "new   a.example-3:")
}

// TestANameOfAnotherNewAccountsSecret imports two accounts, of which the first has a request
// that is called like the token of the second.
func TestANameOfAnotherNewAccountsSecret(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	path := tr.file("two.json", `{"item":[
		{"name":"one","request":{"url":"https://one.example/x","header":[{"key":"X-Api-Key","value":"violet-tulip-77"}]}},
		{"name":"as orange-lilac-42","request":{"url":"https://one.example/y","header":[{"key":"X-Api-Key","value":"violet-tulip-77"}]}},
		{"name":"two","request":{"url":"https://two.example/x","header":[{"key":"X-Api-Key","value":"orange-lilac-42"}]}}]}`)
	tr.must("", "import", path, "--yes")
	if out, _ := tr.must("", "request", "one.example", "--list"); strings.Contains(out, "orange") {
		t.Errorf("a secret of the ring in clear:\n%s", out)
	}
}
