package cli

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
)

// put adds an account without a password at the server.
func (tr *cliTest) put(name, url, user string, more ...string) {
	tr.t.Helper()
	tr.want(ExitOK, "", append([]string{
		"add", name, "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=" + user,
	}, more...), "added")
}

func TestLoggingIn(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.put("viewer@edge", url, "viewer")
	tr.want(ExitNeedsLogin, "", []string{"login", "viewer@edge"}, "Password is not stored", "--secret password=SOURCE")
	tr.want(ExitRefused, "wrong", []string{"login", "viewer@edge", "--secret", "password=-"}, "does not accept these credentials", "→ check them")
	tr.want(ExitUsage, "", []string{"login", "viewer@edge", "other", "--secret", "password=-"}, "one account at a time")
	tr.want(ExitUsage, "", []string{"login", "viewer"}, "did you mean viewer@edge?")
	tr.want(ExitUsage, "", []string{"login"}, "TOKENRING_ACCOUNT")
	tr.env["TOKENRING_ACCOUNT"] = "viewer@edge"
	tr.want(ExitOK, emulator.Password+"\n", []string{"login", "--secret", "password=-"}, "viewer@edge  logged in, ")
	tr.past.Store(int64(time.Hour))
	tr.want(ExitOK, "", []string{"login", "viewer@edge", "--secret", "password=cmd:printf " + emulator.Password}, "logged in")
	// Nothing of it was stored.
	tr.want(ExitNeedsLogin, "", []string{"login", "viewer@edge"}, "Password is not stored")
}

// What is worth knowing of a login is said of one that asks no server too.
func TestALoginWithAWeakKey(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.file("config/tokenring/backends/own.yaml", `
name: own
base_url: http://127.0.0.1:1
logins:
  - name: key
    fields: [{name: key, secret: true}]
    steps: [{sign: {jwt: {alg: HS256, key: {from: .key}, claims: {iss: me, exp: "${.now + 300}"}}, capture: token}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	tr.want(ExitOK, "short", []string{"add", "me", "-b", "own", "--secret", "key=-", "--log-in"},
		"stored, not proven yet, 5m00s left; the secret has 40 bits, and HS256 needs 256 (RFC 7518 section 3.2)")
	tr.want(ExitFailed, "", []string{"login", "me", "--scope", "read"}, "this login has no field for a scope\n→ log in without a scope")
	tr.want(ExitFailed, "", []string{"check", "me"}, "has no session check\n→ send a request to see")
}

func TestSeveralAccounts(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.env["PW"] = emulator.Password
	tr.put("admin@edge", url, "admin", "--secret", "password=env:PW", "--relogin=false")
	tr.put("viewer@edge", url, "viewer", "--secret", "password=env:PW")
	tr.put("ghost@edge", url, "ghost", "--secret", "password=env:PW")
	tr.want(ExitOK, "", []string{"refresh", "--all"}, "no account has a session")
	if out, _ := tr.must("", "refresh", "--all", "--json"); out != "[]\n" {
		t.Errorf("%q is no empty array", out)
	}
	out := tr.want(ExitRefused, "", []string{"login", "admin@edge", "ghost@edge", "viewer@edge"}, "ghost@edge: login failed")
	if out != "admin@edge   logged in, 10m00s left\nviewer@edge  logged in, 10m00s left\n" {
		t.Errorf("%q", out)
	}
	tr.want(ExitOK, "", []string{"refresh", "--all"}, "admin@edge   refreshed", "viewer@edge  refreshed")
	tr.want(ExitUsage, "", []string{"refresh", "--all", "admin@edge"}, "either names or --all")
	var all []outcome
	if err := json.Unmarshal([]byte(tr.want(ExitNeedsLogin, "", []string{"check", "admin@edge", "ghost@edge", "--json"})), &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || !strings.HasPrefix(all[0].Text, "alive") || all[0].State != "valid" || !strings.Contains(all[1].Error, "needs a login") || all[1].Next != "tokenring login ghost@edge" {
		t.Errorf("%+v", all)
	}
	core.Restart()
	tr.want(ExitRefused, "", []string{"check", "admin@edge"}, "admin@edge  not alive", "→ tokenring refresh admin@edge")
	tr.want(ExitNeedsLogin, "", []string{"refresh", "admin@edge"}, "→ tokenring login admin@edge")
	tr.want(ExitOK, "", []string{"logout", "--all"}, "admin@edge", "viewer@edge")
	tr.want(ExitOK, "", []string{"logout", "admin@edge"}, "has no session")
}

func TestDeleting(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.put("a", url, "admin")
	tr.put("b", url, "admin")
	tr.want(ExitUsage, "", []string{"rm"}, "usage: tokenring rm")
	tr.want(ExitFailed, "y\n", []string{"rm", "a"}, "nothing was deleted", "--yes")
	tr.want(ExitUsage, "", []string{"rm", "--yes", "a", "c"}, `unknown account "c"`)
	key := tr.env["TOKENRING_KEY"]
	delete(tr.env, "TOKENRING_KEY") // which it does not take
	tr.want(ExitOK, "", []string{"undo"}, "Nothing was deleted")
	tr.want(ExitOK, "", []string{"rm", "--yes", "a"}, "a  deleted", "tokenring undo a")
	if out := tr.want(ExitOK, "", []string{"ls"}); strings.Contains(out, "a  ") || !strings.Contains(out, "b  ") {
		t.Errorf("%q", out)
	}
	tr.want(ExitOK, "", []string{"undo"}, "a  deleted")
	tr.want(ExitOK, "", []string{"undo", "--json"}, `"name": "a"`)
	tr.want(ExitUsage, "", []string{"undo", "a", "c"}, `nothing named "c"`, "→ see what can be restored with: tokenring undo")
	tr.want(ExitOK, "", []string{"undo", "a"}, "a  restored")
	tr.want(ExitOK, "", []string{"ls"}, "a  ", "b  ")
	tr.want(ExitOK, "", []string{"rm", "--yes", "--now", "a"}, "a  deleted for good")
	tr.want(ExitUsage, "", []string{"undo", "a"}, "nothing named")
	tr.env["TOKENRING_KEY"] = key
	tr.put("a", url, "viewer")
	tr.want(ExitOK, "", []string{"rm", "--yes", "b"})
	tr.put("b", url, "viewer")
	tr.want(ExitOK, "", []string{"undo", "b"}, "b-2  restored")
	tr.add(url)
	token := tr.want(ExitOK, "", []string{"token", "admin@edge"})
	tr.want(ExitOK, "", []string{"rm", "--yes", "admin@edge"})
	tr.want(ExitOK, "", []string{"undo", "admin@edge"})
	tr.want(ExitOK, "", []string{"rm", "--yes", "a", "b"}, "tokenring undo a b\n")
	if back := tr.want(ExitOK, "", []string{"token", "admin@edge"}); back != token {
		t.Error("the restored account has another token")
	}
}

func TestNarrowing(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url) // admin@edge, dev, valid
	tr.put("other", url, "viewer", "-e", "prod")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{nil, "admin@edge other"},
		{[]string{"--env", "prod"}, "other"},
		{[]string{"--env", "prod", "--env", "dev"}, "admin@edge other"},
		{[]string{"--state", "no-session"}, "other"},
		{[]string{"--state", "valid", "--env", "prod"}, ""},
		{[]string{"--backend", "knack"}, ""},
	} {
		var all []listedAccount
		if err := json.Unmarshal([]byte(tr.want(ExitOK, "", append([]string{"ls", "--json"}, tt.args...))), &all); err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range all {
			names = append(names, l.Name)
		}
		if got := strings.Join(names, " "); got != tt.want {
			t.Errorf("%v: %q, want %q", tt.args, got, tt.want)
		}
	}
	tr.want(ExitUsage, "", []string{"ls", "--state", "fine"}, "one of valid, expiring")
}

// withCode asks for a code that its server, of answerCodes, sends.
const withCode = `
name: code
fields: [{name: address, type: url}]
base_url: ${.address}
logins:
  - name: code
    steps:
      - request: {post: /start}
        capture: {ticket: .body.ticket}
      - prompt: {name: code, label: The code}
      - request: {post: /finish, json: {ticket: "${.ticket}", code: "${.code}"}}
        capture: {access: .body.token}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
outcomes: [{when: .status == 401, is: bad_credentials}]
`

func answerCodes(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		body, _ := io.ReadAll(r.Body)
		switch {
		case r.URL.Path == "/start":
			_, _ = io.WriteString(w, `{"ticket":"t1"}`)
		case string(body) == `{"code":"246810","ticket":"t1"}`:
			_, _ = io.WriteString(w, `{"token":"canary-of-a-token"}`)
		default:
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func TestAPromptIsAnsweredByAFlag(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	url := answerCodes(t)
	file := tr.file("config/tokenring/backends/code.yaml", withCode)
	tr.want(ExitOK, "", []string{"add", "a", "-b", "code", "--set", "address=" + url}, "added")
	tr.want(ExitNeedsLogin, "", []string{"login", "a"}, "the server wants to know: The code", "--secret code=SOURCE")
	tr.want(ExitUsage, "", []string{"login", "a", "--secret", "codes=-"}, "the fields are address, code")
	tr.want(ExitRefused, "13579", []string{"login", "a", "--secret", "code=-"}, "does not accept these credentials")
	tr.want(ExitOK, "246810\n", []string{"login", "a", "--secret", "code=-"}, "logged in")
	tr.want(ExitOK, "246810\n", []string{"backends", "test", file, "--set", "address=" + url, "--secret", "code=-"})
}
