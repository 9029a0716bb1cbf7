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

func TestBackendsListAndShow(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.file("config/tokenring/backends/market.yaml", string(emulator.RotatingDefinition))
	tr.file("config/tokenring/backends/broken.yaml", "name: broken\nbase_url: https://a.example\nlogin: []\n")
	out, errs := tr.must("", "backends")
	contains(t, out, "Any API, with a token you have    paste", "built in", "market.yaml", "broken", "cannot be used: 3 problems")
	contains(t, errs, "broken.yaml:3:1: unknown key login (did you mean logins?)")

	var all []listedBackend
	out, _ = tr.must("", "backends", "list", "--json")
	if err := json.Unmarshal([]byte(out), &all); err != nil || len(all) < 6 {
		t.Errorf("%v: %s", err, out)
	}
	out, _ = tr.must("", "backends", "show", "market")
	contains(t, out, "step    POST /auth/login → access, refresh?", "field    password  Password   secret", "attach    bearer: header Authorization", "request   me  GET /me")
	out, _ = tr.must("", "backends", "show", "pocketbase")
	contains(t, out, "proven    on PocketBase ")
	out, _ = tr.must("", "backends", "show", "vault")
	contains(t, out, "from      https://developer.hashicorp.com/vault/api-docs/auth/approle")
	out, _ = tr.must("", "backends", "show", "oidc")
	contains(t, out, "step    checks the ID token")
	if strings.Contains(out, "gsub") {
		t.Errorf("the steps hold the conditions of remarks:\n%s", out)
	}
	var one shownBackend
	out, _ = tr.must("", "backends", "show", "market", "--json")
	if err := json.Unmarshal([]byte(out), &one); err != nil || one.Check != "GET /me" || !one.Logins[0].Fields[1].Secret {
		t.Errorf("%v: %s", err, out)
	}
	if out, _ = tr.must("", "backends", "show", "market", "--yaml"); out != string(emulator.RotatingDefinition) {
		t.Errorf("not the file: %s", out)
	}
	tr.want(ExitUsage, "", []string{"backends", "show", "market", "--yaml", "--json"}, "specify only one of")
	tr.want(ExitUsage, "", []string{"backends", "show", "nowhere"}, "→ see them with: tokenring backends")
	if _, errs, code := tr.run("", "backends", "show", "markt"); code != ExitUsage || !strings.Contains(errs, "did you mean market?") {
		t.Errorf("exit %d: %s", code, errs)
	}
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("a ring was made")
	}
}

func TestBackendsNew(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	out, errs := tr.must("", "backends", "new", "shop")
	path := filepath.Join(tr.env["XDG_CONFIG_HOME"], "tokenring", "backends", "shop.yaml")
	contains(t, out, path)
	contains(t, errs, "tokenring backends test shop")
	if _, errs, code := tr.run("", "backends", "new", "shop"); code != ExitFailed || !strings.Contains(errs, "already exists") {
		t.Errorf("exit %d: %s", code, errs)
	}
	out, _ = tr.must("", "backends", "test", "shop", "--parse")
	contains(t, out, "is valid")
	out, _ = tr.must("", "backends", "new", "other", "-o", "-")
	contains(t, out, "name: other #", "title: Other")
	for _, name := range []string{"../x", "Shop", ""} {
		if _, _, code := tr.run("", "backends", "new", name); code != ExitUsage {
			t.Errorf("%q: exit %d", name, code)
		}
	}
	_, errs = tr.must("", "backends", "new", "token")
	contains(t, errs, "replaces the built-in definition token")
}

func TestBackendsTest(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: tr.now})
	l, err := emulator.Start(server)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	file := tr.file("market.yaml", string(emulator.RotatingDefinition))
	tr.env["PASSWORD"] = emulator.Password
	test := func(args ...string) (string, string, int) {
		return tr.run("", append([]string{"backends", "test", file, "--set", "address=" + l.URL, "--set", "username=admin"}, args...)...)
	}

	out, errs, code := test("--secret", "password=env:PASSWORD")
	if code != ExitOK {
		t.Fatalf("exit %d: %s%s", code, out, errs)
	}
	contains(t, out, "login 1/1  POST /auth/login", `"password": "••••••"`, "captured access  eyJhbG…", "= check: alive", "= request me: passed",
		"= request new order: not tried, it may change something", "outcome  token_rejected  "+file+":", "= check: not alive", "Every step matched the definition.")
	for _, secretText := range []string{emulator.Password, "eyJhbGciOi"} {
		if strings.Contains(out, secretText) {
			t.Errorf("a secret is shown: %s", secretText)
		}
	}
	if out, _, code := test("--secret", "password=env:PASSWORD", "--changes"); code != ExitOK || !strings.Contains(out, "= request new order: passed") {
		t.Errorf("exit %d: %s", code, out)
	}

	tr.env["PASSWORD"] = "wrong-password"
	if out, errs, code = test("--secret", "password=env:PASSWORD"); code != ExitRefused || !strings.Contains(out, "outcome  bad_credentials") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	if out, errs, code = test(); code != ExitFailed || !strings.Contains(errs, "--secret password=env:…") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	tr.env["PASSWORD"] = emulator.Password
	change := func(from, to string) {
		t.Helper()
		text := strings.Replace(string(emulator.RotatingDefinition), from, to, 1)
		if text == string(emulator.RotatingDefinition) {
			t.Fatalf("%s is not in the definition", from)
		}
		tr.file("market.yaml", text)
	}
	change("access: .body.access_token", "access: .body.access_token | tonumber")
	out, errs, code = test("--secret", "password=env:PASSWORD")
	contains(t, out, "failed   access", "market.yaml:21:19: .body.access_token | tonumber")
	if code != ExitFailed || strings.Contains(out, "eyJhbGciOi") {
		t.Errorf("exit %d, or a token that was not captured is shown: %s%s", code, out, errs)
	}
	change("{name: me, path: /me, expect: .status == 200}", "{name: me, path: /me, expect: .status == 201}")
	out, _, code = test("--secret", "password=env:PASSWORD")
	contains(t, out, "= request me: the answer is not as expected", "market.yaml:55:35: .status == 201", "= logout: ok")
	if code != ExitUnmet {
		t.Errorf("exit %d", code)
	}
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("something was stored")
	}
}

func TestBackendsTestNamesTheOutcome(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	outcomes := strings.Join([]string{
		"outcomes:",
		"  - {on: [logout], when: .status == 401, is: forbidden}",
		"  - {on: [login], when: .status == 401, is: bad_credentials}",
		"  - {on: [login], when: .status == 401, is: locked}",
		"  - {on: [login], when: .status == 409, is: token_rejected}",
	}, "\n")
	text, _, _ := strings.Cut(withCode, "outcomes:")
	file := tr.file("code.yaml", text+outcomes)
	test := []string{"backends", "test", file, "--set", "address=" + answerCodes(t), "--secret", "code=-"}
	out := tr.want(ExitRefused, "1", test, "these credentials")
	contains(t, out, "outcome  bad_credentials  ", "code.yaml:16:25: .status == 401")
	out = tr.want(ExitOK, "", []string{"backends", "test", file, "--parse"})
	contains(t, out, "code.yaml:17:25: an outcome above has the same condition", "code.yaml:18:25: a login has no token yet", "is valid")
}

func TestBodiesAreMasked(t *testing.T) {
	for body, want := range map[string]string{
		`{"b":1,"a":{"password":"x","list":["eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",2.50,null,true]},"tokens":["abc"]}`: "{\n  \"b\": 1,\n  \"a\": {\n    \"password\": \"••••••\",\n    \"list\": [\n      \"eyJhbG…dXJl\",\n      2.50,\n      null,\n      true\n    ]\n  },\n  \"tokens\": [\n    \"••••••\"\n  ]\n}",
		"a=1&token=Zx9Qw3Er7Ty1Ui5Op0As&b": "a=1&token=••••••&b",
		"<b>hello</b>":                     "<b>hello</b>",
		"":                                 "",
	} {
		if got := maskBody(body); got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
}
