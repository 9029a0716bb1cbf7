package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/ui/cli/app"
)

// examined returns the findings of the doctor by subject.
func (tr *cliTest) examined(code int, args ...string) map[string][]finding {
	tr.t.Helper()
	out, errs, got := tr.run("", append([]string{"doctor", "--json"}, args...)...)
	var all []finding
	if err := json.Unmarshal([]byte(out), &all); err != nil || got != code || errs != "" {
		tr.t.Fatalf("exit %d, want %d, %v: %s%s", got, code, err, out, errs)
	}
	by := map[string][]finding{}
	for _, f := range all {
		by[f.About] = append(by[f.About], f)
	}
	return by
}

func wantFound(t *testing.T, found []finding, v verdict, says string) {
	t.Helper()
	for _, f := range found {
		if f.Verdict == v && strings.Contains(f.Text, says) {
			return
		}
	}
	t.Errorf("found %+v, want %s, %q", found, v, says)
}

func TestTheDoctorOfARingThatIsNotThere(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	found := tr.examined(ExitOK)
	wantFound(t, found["ring"], verdictOK, "none yet")
	wantFound(t, found["configuration"], verdictOK, "none")
	if _, err := os.Stat(tr.env["TOKENRING_HOME"]); err == nil {
		t.Error("it made a ring")
	}
}

func TestTheDoctorOfASoundRing(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	ahead := func() time.Time { return tr.now().Add(89600 * time.Millisecond) }
	core := emulatortest.NewDatarhei(emulator.DatarheiOptions{Now: ahead})
	l, err := emulator.Start(core)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	tr.add(l.URL)
	tr.env[app.AccountVariable] = "nobody@edge"
	asked := len(core.Requests())
	found := tr.examined(ExitOK)
	if len(core.Requests()) != asked {
		t.Error("it asked a backend")
	}
	wantFound(t, found["database"], verdictOK, "intact")
	wantFound(t, found["vault"], verdictOK, "key variable, no recovery passphrase")
	wantFound(t, found["keyring"], verdictOK, "not needed")
	wantFound(t, found["accounts"], verdictOK, "1")
	wantFound(t, found["locks"], verdictOK, "none")
	wantFound(t, found["clock"], verdictWarn, "1m30s ahead of us when")
	wantFound(t, found[app.AccountVariable], verdictWarn, "nobody@edge")

	found = tr.examined(ExitOK, "--online")
	wantFound(t, found["clock"], verdictWarn, "1m30s ahead of us now")
	requests := core.Requests()
	if last := requests[len(requests)-1]; last.Method != "HEAD" || len(last.Credentials) > 0 {
		t.Errorf("it asked with %s %v", last.Method, last.Credentials)
	}
	l.Close()
	found = tr.examined(ExitOK, "--online")
	wantFound(t, found["backend"], verdictWarn, "does not answer")

	tr.env["TOKENRING_KEY"] = "no key"
	found = tr.examined(ExitFailed)
	wantFound(t, found["vault"], verdictFail, "locked")
	wantFound(t, found["TOKENRING_KEY"], verdictFail, "32 random bytes")
}

func TestTheNewestMeasureOfAClockCounts(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	first, second, void := held("first", "dev", noon, time.Hour), held("second", "dev", noon, time.Hour), held("void", "dev", noon, time.Hour)
	first.Session.HasOffset, first.Session.Measured = true, noon.Add(-time.Hour)
	first.Session.Refreshed = noon // of another account's measure this says nothing
	second.Session.HasOffset, second.Session.Measured, second.Session.Offset = true, noon.Add(-time.Minute), -2*time.Hour
	void.Session.HasOffset, void.Session.Measured, void.Session.Offset = true, noon.Add(24*time.Hour), -24*time.Hour
	tr.hold(first, second, void)
	wantFound(t, tr.examined(ExitOK)["clock"], verdictWarn, "2h00m behind us when")
}

func TestTheDoctorOfWhatIsBroken(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	ring, config := tr.env["TOKENRING_HOME"], filepath.Join(tr.env["XDG_CONFIG_HOME"], "tokenring")
	tr.runs("", "vault", "init", "--key-variable")
	for path, text := range map[string]string{
		filepath.Join(config, "config.yaml"):           "mice: true\n",
		filepath.Join(config, "backends", "acme.yaml"): "name: acme\n",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(ring, 0o755); err != nil {
		t.Fatal(err)
	}
	found := tr.examined(ExitFailed)
	wantFound(t, found["configuration"], verdictFail, "mice")
	wantFound(t, found["definitions"], verdictFail, "acme")
	wantFound(t, found["ring"], verdictFail, "chmod 700")
	out, errs, code := tr.run("", "doctor")
	if code != ExitFailed || errs != "" || !strings.Contains(out, "fail  ring") || !strings.Contains(out, "→ edit "+config) {
		t.Errorf("as text: exit %d, %q\n%s", code, errs, out)
	}
	if err := os.WriteFile(filepath.Join(config, "config.yaml"), []byte("keys: {account.login: [q]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantFound(t, tr.examined(ExitFailed)["configuration"], verdictWarn, "account.login takes q from app.quit")
}

func TestTheDoctorNamesTheProxyOfEveryHost(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.env["HTTPS_PROXY"] = "http://me:" + emulator.Password + "@proxy.test:3128"
	tr.env["ALL_PROXY"] = "socks4://proxy.test"
	tr.env["NO_PROXY"] = "intern.test,https://x.test"
	for name, address := range map[string]string{
		"a": "https://api.office.test", "b": "https://api.intern.test", "c": "http://127.0.0.1:1", "d": "http://plain.test",
	} {
		args := []string{"add", name, "-b", "datarhei-core", "--set", "address=" + address, "--set", "username=admin", "--ref", "password=env:PW"}
		if strings.HasPrefix(address, "http:") {
			args = append(args, "--allow-http")
		}
		tr.must("", args...)
	}
	found := tr.examined(ExitFailed)
	wantFound(t, found["proxy"], verdictOK, "api.office.test is reached through http://proxy.test:3128 (HTTPS_PROXY)")
	wantFound(t, found["proxy"], verdictOK, "api.intern.test is reached directly: NO_PROXY exempts intern.test from HTTPS_PROXY")
	wantFound(t, found["proxy"], verdictOK, "127.0.0.1:1 is on this machine")
	wantFound(t, found["proxy"], verdictFail, "plain.test cannot be reached: ALL_PROXY cannot be used: its scheme is not http")
	wantFound(t, found["NO_PROXY"], verdictWarn, "https://x.test")
	for _, f := range found["proxy"] {
		if strings.Contains(f.Text+f.Fix, emulator.Password) {
			t.Errorf("the password is shown: %+v", f)
		}
	}
}
