package cli

import (
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator/emulatortest"
)

func TestAConnectionOnTheCommandLine(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	dir := t.TempDir()
	me := emulatortest.NewAuthority(t, "root").Issue("me", nil, func(c *x509.Certificate) {
		c.NotBefore, c.NotAfter = tr.now().Add(-time.Hour), tr.now().Add(time.Hour)
	})
	path := func(name, text string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	cert, key := path("me.pem", me.PEM()), path("me.key", me.KeyPEM())
	add := func(name string, flags ...string) (string, int) {
		_, errs, code := tr.run("", append([]string{"add", name, "-b", "token", "--set", "address=https://api.office.test"}, flags...)...)
		return errs, code
	}
	for _, tt := range []struct {
		says  string
		flags []string
	}{
		{"--key: the client certificate has no key", []string{"--cert", cert}},
		{"--cacert: the file of the authority", []string{"--cacert", filepath.Join(dir, "nothing.pem")}},
		{"do not pass a secret as an argument", []string{"--proxy", "http://me:hunter22@proxy:3128"}},
		{"do not pass a secret as an argument", []string{"--key", me.KeyPEM()}},
		{"--resolve: resolve api", []string{"--resolve", "api"}},
		{"--browser: at most", []string{"--browser", "firefox " + strings.Repeat("x", 250)}},
		{"--browser: ", []string{"--browser", "firefox 'work"}},
		{"--browser: no program no-such-fox is installed here", []string{"--browser", "no-such-fox -P work"}},
		{"no user", []string{"--proxy", "http://proxy:3128", "--secret", "connection.proxy_password=file:" + path("pw", "hunter22")}},
	} {
		if errs, code := add("bad", tt.flags...); code != ExitUsage || !strings.Contains(errs, tt.says) || strings.Contains(errs, "hunter22") {
			t.Errorf("%q: exit %d, %s", tt.flags, code, errs)
		}
	}
	if errs, code := add("me", "--cert", cert, "--key", key, "--proxy", "http://ada@proxy:3128", "--browser", "sh -P work"); code != ExitOK {
		t.Fatal(errs)
	}
	if out, _, _ := tr.run("", "export"); !strings.Contains(out, "browser: sh -P work") {
		t.Errorf("the export is %s", out)
	}
	found := tr.examined(ExitOK)
	wantFound(t, found["certificate"], verdictWarn, "it ends at")
	wantFound(t, found["proxy"], verdictOK, "me is reached through http://proxy:3128")
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	wantFound(t, tr.examined(ExitFailed)["connection"], verdictFail, "me.key")
}
