//go:build linux

package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/engine"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
)

// hundred is how many requests the suite of the benchmark has.
const hundred = 100

// BenchmarkSmoke measures a suite of a hundred asserted requests as one
// account, from the start of the program to its end, and in turn curl that
// asks for the same in one process. Ten accounts fire it as well, one after the
// other and beside each other, at a server that takes its time.
func BenchmarkSmoke(b *testing.B) {
	curl, err := exec.LookPath("curl")
	if err != nil {
		b.Skip("there is no curl")
	}
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	delay := time.Duration(0)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(delay)
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","username":"admin","roles":["admin","editor"]}`))
	}))
	defer server.Close()
	env, folder := smokeRing(b, server.URL)
	run := func(args ...string) *exec.Cmd {
		cmd := exec.Command(path, append([]string{"smoke"}, args...)...)
		cmd.Env, cmd.Dir = env, folder
		return cmd
	}
	if out, err := run("--trust").CombinedOutput(); err != nil || !strings.Contains(string(out), "100 passed") {
		b.Fatalf("%v: %s", err, out)
	}
	asked := []string{"-s", "-f", "-H", "Authorization: Bearer made-up"}
	for i := range hundred {
		asked = append(asked, "-o", "/dev/null", fmt.Sprintf("%s/r/%d", server.URL, i))
	}
	ten := strings.TrimSuffix(strings.Repeat("a%d,", 10), ",")
	ten = fmt.Sprintf(ten, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9)
	smoke, plain, apart, beside := []time.Duration{}, []time.Duration{}, []time.Duration{}, []time.Duration{}
	for b.Loop() {
		delay = 0
		for range leastRuns {
			smoke = append(smoke, took(b, run()))
			plain = append(plain, took(b, exec.Command(curl, asked...)))
		}
		delay = 2 * time.Millisecond
		apart = append(apart, took(b, run("--as", ten, "--parallel", "1")))
		beside = append(beside, took(b, run("--as", ten, "--parallel", "10")))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(smoke)), "ms/smoke")
	b.ReportMetric(milliseconds(median(plain)), "ms/curl")
	b.ReportMetric(float64(median(smoke))/float64(median(plain)), "x/curl")
	b.ReportMetric(float64(median(apart))/float64(median(beside)), "x/ten-at-once")
}

// smokeRing makes a ring with ten accounts at a server, and a folder with a
// suite for the first.
func smokeRing(b *testing.B, url string) (env []string, folder string) {
	b.Helper()
	home, ctx := b.TempDir(), b.Context()
	dir := filepath.Join(home, "ring")
	env = []string{"HOME=" + home, "TOKENRING_HOME=" + dir, vault.KeyVariable + "=" + keyOfBench, "PATH=/usr/bin:/bin"}
	s, err := store.Open(ctx, store.Options{Dir: dir, Now: time.Now})
	must(b, err)
	v, err := vault.Open(ctx, vault.Options{
		Meta: s, Getenv: func(string) string { return keyOfBench },
	})
	must(b, err)
	must(b, v.Choose(ctx, session.WayVariable, secret.String{}))
	m := engine.New(engine.Config{
		Store: s, Vault: v, Now: time.Now, Catalog: definition.NewCatalog(""),
		Client: transport.New(transport.Options{Now: time.Now}),
	})
	for i := range 10 {
		snap, err := m.Drafts.Save(ctx, &draft.Form{
			Account:    session.Account{Name: fmt.Sprintf("a%d", i), Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
			NewSecrets: map[string]secret.String{"pasted": secret.New("a-token-of-the-benchmark")},
		})
		must(b, err)
		_, err = m.Sessions.Login(ctx, snap, lifecycle.LoginOptions{})
		must(b, err)
	}
	must(b, s.Close())

	text := "accounts: [a0]\nsuites:\n  hundred:\n    requests:\n"
	for i := range hundred {
		text += fmt.Sprintf("      - {name: r%d, get: /r/%d, expect: '.status == 200 and .body.username == \"admin\"'}\n", i, i)
	}
	folder = filepath.Join(home, "project")
	must(b, os.Mkdir(folder, 0o700))
	must(b, os.WriteFile(filepath.Join(folder, "tokenring.yaml"), []byte(text), 0o600))
	return env, folder
}
