//go:build linux

package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/cli/app"
)

// BenchmarkLargeBody measures the time from when a server has sent 10 MB of
// JSON to the first lines of it on the terminal.
func BenchmarkLargeBody(b *testing.B) {
	path := build(b, b.TempDir(), filepath.Join("..", ".."))
	sent := make(chan time.Time, 1)
	items := strings.Repeat(`,{"id":1,"name":"an item","price":10.50,"tags":["alpha","beta"],"active":true}`, 10<<20/80)
	count := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		count++
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"items":[{"name":"answer-%d"}%s]}`, count, items)
		sent <- time.Now()
	}))
	b.Cleanup(server.Close)
	env, names := crowd(b, crowdSize)
	withRequest(b, env, server.URL)

	p := start(b, path, env)
	p.shown(names[0], "help", ansi.SetModeBracketedPaste) // it reads keys
	p.typed("/large\r", "large")
	p.typed("t", "GET")
	var waits []time.Duration
	for b.Loop() {
		for range leastRuns {
			at := p.typed("\r", fmt.Sprintf("answer-%d", count+1))
			waits = append(waits, at.Sub(<-sent))
			p.shown("passed") // it is judged and kept
			p.typed("\x1b", "GET")
		}
	}
	p.quit()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(median(waits)), "ms/median")
	b.ReportMetric(milliseconds(waits[len(waits)-1]), "ms/worst")
}

// withRequest adds an account at a server, and a request that fetches all
// there is.
func withRequest(b *testing.B, variables []string, url string) {
	b.Helper()
	env := &app.Env{Now: time.Now, Getenv: func(name string) string {
		for _, set := range variables {
			if value, ok := strings.CutPrefix(set, name+"="); ok {
				return value
			}
		}
		return ""
	}}
	r, err := env.Open(b.Context())
	must(b, err)
	must(b, r.Vault.Unlock(b.Context(), secret.String{}))
	snap, err := r.Drafts.Save(b.Context(), &draft.Form{
		Account:    session.Account{Name: "large", Definition: "token", Login: "paste", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("a-token-that-is-long-enough")},
	})
	must(b, err)
	_, err = r.Sessions.Login(b.Context(), snap, lifecycle.LoginOptions{})
	must(b, err)
	must(b, r.Requests.SaveRequest(b.Context(), &snap.Account, &request.Spec{
		Name: "all", Method: "GET", Target: "/all", Expect: ".status == 200",
	}))
	must(b, r.Close())
}
