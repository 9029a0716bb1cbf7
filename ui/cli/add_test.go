package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session/emulator"
)

func TestAdding(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.env["PW"] = emulator.Password
	tr.file("config/tokenring/backends/faulty.yaml", "name: faulty\nnothing: else\n")
	flags := func(more ...string) []string {
		return append([]string{"add", "admin@edge", "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=admin"}, more...)
	}
	for _, tt := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"add"}, ExitUsage, "pass --backend with one of"},
		{[]string{"add", "a", "-b", "nope"}, ExitUsage, "the backends are"},
		{[]string{"add", "a", "-b", "faulty"}, ExitUsage, "→ fix the file, and check it with: tokenring backends test faulty --parse"},
		{[]string{"add", "a", "b"}, ExitUsage, "usage: tokenring add"},
		{[]string{"add", "a", "-b", "datarhei-core", "--set", "address=" + url}, ExitUsage, "--set username=…: needed"},
		{[]string{"add", "-b", "datarhei-core", "--set", "username=x"}, ExitUsage, "NAME: give the account a name"},
		{flags("--set", "password=hunter2"), ExitUsage, "do not pass a secret as an argument"},
		{flags("--secret", "password=hunter2"), ExitUsage, "do not pass a secret as an argument"},
		{flags("--secret", "username=env:PW"), ExitUsage, "--set username="},
		{flags("--secret", "pass=env:PW"), ExitUsage, "the fields are address, username, password"},
		{flags("--secret", "password"), ExitUsage, "--secret takes NAME="},
		{flags("--ref", "password=hunter2"), ExitUsage, "→ write env:NAME, file:PATH or cmd:program"},
		{flags("--ref", "password=-"), ExitUsage, "→ write env:NAME, file:PATH or cmd:program"},
		{flags("--ref", "password=cmd:"), ExitUsage, "cmd:"},
		{flags("--ref", "username=env:PW"), ExitUsage, "--set username="},
		{flags("--ref", "password=env:PW", "--secret", "password=env:PW"), ExitUsage, "password is either a --secret or a --ref"},
		{flags("--guard", "fierce"), ExitUsage, "--guard"},
		{flags("--login", "magic"), ExitUsage, "--login"},
		{[]string{"add", "a", "-b", "https://me:hunter2@id.example/.well-known/openid-configuration"}, ExitUsage, "no backend found for this address"},
		{[]string{"add", "a", "-b", "https://id.example"}, ExitUsage, "the address of its OpenID Connect discovery"},
		{[]string{"add", "a", "-b", "http://id.example/.well-known/openid-configuration", "--set", "client_id=x"}, ExitUsage, "--allow-http"},
		{flags("--lend", "nobody"), ExitUsage, "unknown account \"nobody\""},
		{[]string{"add", "a", "-b", "datarhei-core", "--set", "address=http://example.com", "--set", "username=x"}, ExitUsage, "--allow-http"},
	} {
		out := tr.want(tt.code, "", tt.args, tt.says)
		if strings.Contains(out, "hunter2") {
			t.Errorf("%v repeats a secret", tt.args)
		}
	}
	tr.want(ExitOK, "", []string{"ls", "--json"}, "[]")
	tr.want(ExitOK, "", flags("--secret", "password=env:PW", "-e", "staging", "--guard", "typed-confirm", "--log-in"),
		"admin@edge  added: datarhei Core", "logged in, ")
	tr.want(ExitUsage, "", flags(), "another account has this name")
	tr.want(ExitOK, "", []string{"add", "me@id", "-b", "https://id.example/.well-known/oauth-authorization-server/x", "--set", "client_id=x"},
		"me@id  added: OAuth 2.0 and OpenID Connect, https://id.example/x")
	tr.want(ExitOK, "", []string{"rm", "--yes", "me@id"})
	tr.want(ExitOK, "", []string{"add", "me@app", "-b", "knack", "--set", "email=a@b.example", "--set", "address=https://acme-api.knack.com/v1/applications/a1/session"},
		"me@app  added: Knack, https://acme-api.knack.com/v1")
	tr.want(ExitOK, "", []string{"rm", "--yes", "me@app"})
	tr.want(ExitOK, "", []string{"ls"}, "admin@edge  staging  datarhei Core", "valid")
	tr.want(ExitOK, "", []string{"ls", "--json"}, `"guard": "typed confirm"`)
}

// TestAReference is read at each login and stores nothing.
func TestAReference(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.must("", "add", "admin@edge", "-b", "datarhei-core", "--set", "address="+url, "--set", "username=admin", "--ref", "password=env:PW")
	tr.want(ExitFailed, "", []string{"login", "admin@edge"}, "PW")
	tr.env["PW"] = emulator.Password
	tr.want(ExitOK, "", []string{"login", "admin@edge"}, "logged in")
	tr.env["PW"] = "another"
	tr.want(ExitRefused, "", []string{"login", "admin@edge"}, "does not accept these credentials")
}

// TestAddingThenFailingToLogIn keeps the account, so that only the login is to
// be done again.
func TestAddingThenFailingToLogIn(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.want(ExitRefused, "wrong\n", []string{
		"add", "admin@edge", "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=admin", "--secret", "password=-", "--log-in",
	}, "admin@edge  added", "was added, but not logged in: login failed")
	tr.want(ExitOK, "", []string{"ls"}, "failed")
}

// TestAddingWithoutAVault does not choose a weaker way by itself.
func TestAddingWithoutAVault(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	delete(tr.env, "TOKENRING_KEY")
	tr.env["DBUS_SESSION_BUS_ADDRESS"] = "unix:path=" + filepath.Join(tr.home, "none")
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.want(ExitNeedsLogin, emulator.Password, []string{
		"add", "admin@edge", "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=admin", "--secret", "password=-",
	}, "the vault is locked", "tokenring vault init")
	tr.env["TOKENRING_KEY"] = "not a key"
	tr.want(ExitNeedsLogin, emulator.Password, []string{
		"add", "admin@edge", "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=admin", "--secret", "password=-",
	}, "the vault is locked: TOKENRING_KEY is not a key", "→ fix or unset it")
	tr.want(ExitOK, "", []string{"ls", "--json"}, "[]")
	tr.want(ExitUsage, "", []string{"add", "-b", "datarhei-core", "--set", "address=" + url, "--set", "username=admin", "--", "-x"}, "NAME: no dash at the start")
}

// TestAddingATokenIsTheLogin needs no --log-in, since nothing is sent.
func TestAddingATokenIsTheLogin(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	add := []string{"add", "-b", "token", "--set", "address=http://127.0.0.1:8080", "--secret", "pasted=-", "--"}
	tr.want(ExitOK, "Bearer opaque-0123456789", append(add, "one"), "one  added", "stored, not proven yet")
	tr.want(ExitOK, "", []string{"token", "one"}, "opaque-0123456789")
	const expired = "eyJhbGciOiJub25lIn0.eyJleHAiOjEyMDAwMDAwMDB9."
	tr.want(ExitFailed, expired, append(add, "two"), "two was added, but not logged in", "already expired")
	tr.want(ExitOK, "", []string{"add", "three", "-b", "token", "--set", "address=http://127.0.0.1:8080", "--ref", "pasted=env:NOWHERE"}, "three  added")
}

// TestBorrowing takes the consent to lend a token as a flag of its own.
func TestBorrowing(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	backends := filepath.Join(tr.env["XDG_CONFIG_HOME"], "tokenring", "backends")
	if err := os.MkdirAll(backends, 0o700); err != nil {
		t.Fatal(err)
	}
	const definition = `name: guest
title: Guest
fields:
  - {name: address, label: Address, type: url}
  - {name: host, label: Host, type: account}
base_url: ${.address}
logins:
  - name: borrow
    title: Borrow
    steps: [{capture: {token: .host}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`
	if err := os.WriteFile(filepath.Join(backends, "guest.yaml"), []byte(definition), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"add", "guest", "-b", "guest", "--set", "address=" + url, "--set", "host=admin@edge"}
	tr.want(ExitUsage, "", args, "agree first: the token of admin@edge would be sent here")
	tr.want(ExitOK, "", append(args, "--lend", "admin@edge"), "guest  added")
	env, _, _ := tr.environment(nil)
	r, err := env.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	accounts, err := r.FindAll(t.Context(), []string{"guest", "admin@edge"})
	if err != nil || accounts[0].Account.Values["host"] != accounts[1].Account.ID {
		t.Errorf("%v, %+v", err, accounts)
	}
}

// TestANewAccountBehavesAlike lets a session be renewed by default, as the form
// does, and a login run again that takes no person.
func TestANewAccountBehavesAlike(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	core := []string{"-b", "datarhei-core", "--set", "address=" + url}
	for name, tt := range map[string]struct {
		flags              []string
		keepAlive, relogin bool
	}{
		"password": {append(core, "--set", "username=admin"), true, true},
		"off":      {append(core, "--set", "username=admin", "--keep-alive=false", "--relogin=false"), false, false},
		"tokens":   {append(core, "--login", "tokens"), true, false}, // the same tokens again are no login
		"paste":    {[]string{"-b", "token", "--set", "address=" + url}, true, false},
	} {
		tr.must("", append([]string{"add", name}, tt.flags...)...)
		env, _, _ := tr.environment(nil)
		r, err := env.Open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		s, err := r.Accounts.Find(t.Context(), name)
		r.Close()
		if err != nil || s.Account.KeepAlive != tt.keepAlive || s.Account.Relogin != tt.relogin {
			t.Errorf("%s: keep alive %t, relogin %t, %v", name, s.Account.KeepAlive, s.Account.Relogin, err)
		}
	}
}
