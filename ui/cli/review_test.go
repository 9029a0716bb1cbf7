package cli

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator"
)

func TestReviewingAChangeFromOutside(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	tr.want(ExitOK, "", []string{"review"}, "admin@edge  not changed")
	db := openDatabase(t, filepath.Join(tr.env["TOKENRING_HOME"], "tokenring.db"))
	defer db.Close()
	change := func(query string) {
		t.Helper()
		if _, err := db.Exec(query); err != nil {
			t.Fatal(err)
		}
	}
	const thief = `UPDATE accounts SET base_url = 'http://thief.example'`
	change(thief)
	sent := len(core.Requests())
	for _, line := range []string{
		"token admin@edge", "token admin@edge --json", "token admin@edge --header", "token admin@edge --curl", "token admin@edge refresh",
		"exec admin@edge -- env", "env admin@edge", "request admin@edge /api",
		"request admin@edge /api --curl", "login admin@edge", "refresh admin@edge", "check admin@edge", "logout admin@edge", "export admin@edge",
	} {
		args := strings.Fields(line)
		out := tr.want(ExitFailed, "", args, "base_url was "+url, "is now http://thief.example", "→ tokenring review admin@edge")
		if strings.Contains(out, "thief") {
			t.Errorf("tokenring %s printed %s", line, out)
		}
	}
	if n := len(core.Requests()) - sent; n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	tr.want(ExitOK, "", []string{"ls"}, "admin@edge") // needs no key
	tr.want(ExitFailed, "", []string{"doctor"}, "base_url was", "→ tokenring review admin@edge")
	tr.want(ExitFailed, "", []string{"review"}, "→ pass --keep or --undo")
	wantMarked(t, tr, url+"/api")
	tr.want(ExitUsage, "", []string{"review", "--keep", "--undo"}, "only one of")
	tr.want(ExitOK, "", []string{"review", "admin@edge", "--undo"}, "undone")
	tr.want(ExitOK, "", []string{"token", "admin@edge", "--json"}, `"base_url": "`+url)
	change(`UPDATE accounts SET guard = 'confirm'`)
	tr.want(ExitOK, "", []string{"review", "--keep"}, "sealed as it is now")
	tr.want(ExitFailed, "", []string{"request", "admin@edge", "/api"}, "asks before every request")
	tr.want(ExitOK, "", []string{"logout", "admin@edge"})
	change(`UPDATE accounts SET guard = 'typed confirm', definition = 'token'`)
	for _, line := range []string{ // whatever else it lacks
		"check admin@edge", "refresh admin@edge", "logout admin@edge", "login admin@edge", "token admin@edge", "exec admin@edge -- env", "request admin@edge DELETE /api",
	} {
		tr.want(ExitFailed, "", strings.Fields(line), "definition was datarhei-core and is now token", "→ tokenring review admin@edge")
	}
	tr.want(ExitOK, "", []string{"review", "admin@edge", "--undo"}, "undone")
	tr.want(ExitOK, emulator.Password+"\n", []string{"login", "admin@edge", "--secret", "password=-"})
	change(`UPDATE accounts SET box = x''`)
	tr.want(ExitFailed, "", []string{"token", "admin@edge"}, "not sealed with this ring's key", "→ tokenring review admin@edge")
	tr.want(ExitFailed, "", []string{"review", "--undo"}, "not sealed with this ring's key")
	if one := reviewed(t, tr); !one.Changed || one.Sealed || one.Changes == nil || len(one.Changes) > 0 {
		t.Errorf("an account without a seal is reviewed as %+v", one)
	}
	tr.want(ExitOK, "", []string{"review", "--keep"}, "sealed as it is now")
	tr.want(ExitOK, "", []string{"token", "admin@edge"})
}

// A definition that names another way to the servers is reported wherever a changed row
// is, without a call.
func TestAChangedDefinitionIsReported(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	core, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	text, err := fs.ReadFile(definition.Builtin(), "datarhei-core.yaml")
	if err != nil {
		t.Fatal(err)
	}
	backends := filepath.Join(tr.env["XDG_CONFIG_HOME"], "tokenring", "backends")
	if err := os.MkdirAll(backends, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(backends, "datarhei-core.yaml"), append(text, "\nconnection: {proxy: http://thief.example:3128}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	sent := len(core.Requests())
	tr.want(ExitFailed, "", []string{"doctor"}, "proxy http://thief.example:3128", "→ tokenring review admin@edge")
	tr.want(ExitOK, "", []string{"ls", "--json"}, `"changed": true`)
	tr.want(ExitOK, "", []string{"prompt", "admin@edge", "--format", "{sign} {state}"}, "✕ changed")
	if one := reviewed(t, tr); len(one.Changes) != 1 || one.Changes[0].Column != "definition_connection" || one.Changes[0].Field == "" {
		t.Errorf("review --json says %+v", one)
	}
	tr.want(ExitFailed, "", []string{"review", "admin@edge", "--undo"}, "it is the definition that changed")
	if n := len(core.Requests()) - sent; n > 0 {
		t.Errorf("%d requests were sent", n)
	}
	tr.want(ExitOK, "", []string{"review", "--keep"}, "sealed as it is now")
	tr.want(ExitOK, "", []string{"review"}, "not changed")
}

// reviewed returns what review --json says of the only account. It asks nothing.
func reviewed(t *testing.T, tr *cliTest) reviewedAccount {
	t.Helper()
	var all []reviewedAccount
	if err := json.Unmarshal([]byte(tr.want(ExitOK, "", []string{"review", "--json"})), &all); err != nil || len(all) != 1 {
		t.Fatalf("review --json: %v, %d accounts", err, len(all))
	}
	return all[0]
}

// wantMarked wants the only account, whose address was changed, to be marked wherever
// its state is shown.
func wantMarked(t *testing.T, tr *cliTest, was string) {
	t.Helper()
	one := reviewed(t, tr)
	if want := (session.Change{Column: "base_url", Field: "address", Was: was, Is: "http://thief.example"}); !one.Changed || !one.Sealed || one.Error != "" || len(one.Changes) != 1 || one.Changes[0] != want {
		t.Errorf("review --json says %+v", one)
	}
	tr.want(ExitOK, "", []string{"ls"}, session.ChangedOutside)
	tr.want(ExitOK, "", []string{"ls", "--json"}, `"changed": true`, session.ChangedOutside)
	tr.want(ExitOK, "", []string{"prompt", "admin@edge", "--format", "{sign} {state}"}, "✕ changed")
}
