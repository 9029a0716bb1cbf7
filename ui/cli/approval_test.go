package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// actors lists every command that acts as the default account of a folder.
var actors = map[string][]string{
	"token":        {"token"},
	"token --json": {"token", "--json"},
	"exec":         {"exec", "--", "true"},
	"env":          {"env"},
	"request":      {"request", "/v3/process"},
	"list":         {"request", "--list"},
	"curl":         {"request", "/v3/process", "--curl"},
	"check":        {"check"},
	"refresh":      {"refresh"},
	"login":        {"login"},
	"logout":       {"logout"},
}

// A file that is not approved chooses no account, whatever acts as one.
func TestAFileThatIsNotApprovedChoosesNoAccount(t *testing.T) {
	t.Parallel()
	tr, core := edge(t)
	tr.want(ExitOK, "", []string{"login", "admin@edge"})
	before := len(core.Requests())
	for name, args := range actors {
		out, errs, code := tr.run("", args...)
		if code != ExitFailed || out != "" || !strings.Contains(errs, "has not been approved yet\n→ name the account, or read the file and pass --trust") {
			t.Errorf("%s: exit %d\n%s%s", name, code, out, errs)
		}
	}
	if len(core.Requests()) != before {
		t.Error("a file without approval fired something")
	}
	if _, errs, code := tr.run("", "smoke", "smoke", "--yes"); code != ExitFailed || !strings.Contains(errs, "has not been approved yet") {
		t.Errorf("--yes approves a file: exit %d, %s", code, errs)
	}
	tr.want(ExitOK, "", []string{"token", "admin@edge"}, "eyJ")
	tr.env["TOKENRING_ACCOUNT"] = "admin@edge"
	tr.want(ExitOK, "", []string{"token"}, "eyJ")
	delete(tr.env, "TOKENRING_ACCOUNT")

	tr.want(ExitOK, "", []string{"token", "--trust"}, "eyJ")
	tr.want(ExitOK, "", []string{"token"}, "eyJ")
	tr.want(ExitOK, "", []string{"request", "/v3/process"})

	path := filepath.Join(tr.home, "work", "edge", "tokenring.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(text, "# changed\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := tr.run("", "token"); code != ExitFailed || !strings.Contains(errs, "has changed since you approved it") {
		t.Errorf("exit %d, %s", code, errs)
	}
}

// A file of another user is approved by naming them, and by --trust in a script.
func TestAFileOfAnotherUserNamesItsOwner(t *testing.T) {
	t.Parallel()
	tr, _ := edge(t)
	tr.want(ExitOK, "", []string{"login", "admin@edge"})
	path := filepath.Join(tr.home, "work", "edge", "tokenring.yaml")
	if err := os.Chown(path, 54321, -1); err != nil {
		t.Skip("only root gives a file to another user: ", err)
	}
	for _, args := range [][]string{{"token"}, {"smoke", "smoke", "--yes"}} {
		if _, errs, code := tr.run("", args...); code != ExitFailed || !strings.Contains(errs, "belongs to user 54321, not to you, and has not been approved yet") {
			t.Errorf("%v: exit %d, %s", args, code, errs)
		}
	}
	if out, _, code := tr.run("", "prompt"); out != "" || code != ExitOK {
		t.Errorf("the prompt shows %q, exit %d", out, code)
	}
	tr.want(ExitOK, "", []string{"token", "admin@edge"}, "eyJ")
	tr.want(ExitOK, "", []string{"token", "--trust"}, "eyJ")
	tr.want(ExitOK, "", []string{"token"}, "eyJ")
}
