package cli

import (
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
)

// TestAFailedLoginIsKnownToTheNextProcess: each command opens the ring anew.
func TestAFailedLoginIsKnownToTheNextProcess(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{AccessLife: time.Minute, RefreshLife: time.Minute})
	tr.env["WRONG"], tr.env["PW"] = "wrong-password", emulator.Password
	fail := func() {
		t.Helper()
		tr.want(ExitRefused, "", []string{"login", "admin@edge", "--secret", "password=env:WRONG"}, "login failed")
	}
	const why = "login failed: the server does not accept these credentials"
	listed := func(state string, failed bool) {
		t.Helper()
		out := tr.want(ExitOK, "", []string{"ls"}, state)
		if strings.Contains(out, why) != failed {
			t.Errorf("failed %v, and listed is %s", failed, out)
		}
	}
	tr.put("admin@edge", url, "admin", "--secret", "password=env:PW", "--relogin=false")
	listed("no session", false)
	fail()
	listed("failed", true)
	tr.want(ExitOK, "", []string{"ls", "--json"}, `"state": "failed"`, why)
	tr.want(ExitOK, "", []string{"ls", "--state", "failed"}, why)
	tr.want(ExitOK, "", []string{"prompt", "admin@edge"}, "failed")
	key := tr.env["TOKENRING_KEY"]
	delete(tr.env, "TOKENRING_KEY")
	tr.want(ExitOK, "", []string{"ls"}, "failed", "sealed; unlock the vault to read it")
	tr.env["TOKENRING_KEY"] = key

	tr.want(ExitOK, "", []string{"login", "admin@edge"})
	listed("valid", false)
	fail()
	listed("valid", false)
	tr.advance(time.Hour)
	listed("needs login", true)
	tr.want(ExitOK, "", []string{"login", "admin@edge"})
	tr.want(ExitOK, "", []string{"logout", "admin@edge"})
	listed("no session", false)
}
