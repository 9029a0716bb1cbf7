package cli

import (
	"bytes"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
)

func TestAServerThatRepeatsSecretsInEveryForm(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, address := tr.core(emulator.DatarheiOptions{})
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	e := &emulatortest.Echo{Next: httputil.NewSingleHostReverseProxy(target), Password: emulator.Password, Text: true}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	var shown bytes.Buffer
	run := func(path string, args ...string) {
		before := e.Repeat(path)
		out, errs, _ := tr.run("", args...)
		shown.WriteString(out + errs)
		if path != "" && e.Repeat(path) == before {
			t.Errorf("%q came to no answer that repeats: %.300s", args, errs)
		}
	}
	tr.env["PW"] = emulator.Password
	tr.put("me", server.URL, "admin", "--secret", "password=env:PW")
	run("/api/login", "login", "me")
	run("", "login", "me")
	run("/v3/process", "request", "me", "/v3/process", "-i")
	run("/v3/process", "request", "me", "/v3/process", "--json")
	run("", "ls")
	tr.inProject("accounts: [me]\nsuites: {smoke: {requests: [{name: all, get: /v3/process, expect: .status == 200}]}}")
	run("/v3/process", "smoke", "--trust", "--show-failed", "--junit", filepath.Join(tr.home, "report.xml"))
	run("/v3/process", "smoke", "--json")
	tr.advance(time.Hour)
	run("/login/refresh", "refresh", "me")
	run("", "ls", "--json")
	run("", "doctor")
	forms, secrets := e.Forms()
	if shown.Len() == 0 || secrets < 3 {
		t.Fatalf("%d secrets, %d bytes", secrets, shown.Len())
	}
	files := map[string][]byte{"what was shown": shown.Bytes()}
	err = filepath.WalkDir(tr.home, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[path], err = os.ReadFile(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		for _, form := range forms {
			if strings.Contains(string(content), form) {
				t.Errorf("%s has %.60q", name, form)
			}
		}
	}
}
