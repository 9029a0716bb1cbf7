package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session/emulator"
)

// written are ways to write a secret that a server repeats. session/secret tests all.
var written = map[string]func(string) string{
	"percent":   func(s string) string { return perByte(s, "%%%02X") },
	"\\u":       func(s string) string { return perByte(s, `\u%04x`) },
	"\\x":       func(s string) string { return perByte(s, `\x%02x`) },
	"entities":  func(s string) string { return perByte(s, "&#%d;") },
	"quoted":    func(s string) string { return perByte(s, "=%02X") },
	"HTML":      html.EscapeString,
	"base64":    func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	"base64, 1": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("<" + s)) },
	"base64, 2": func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte("u:" + s)) },
	"hex":       func(s string) string { return hex.EncodeToString([]byte(s)) },
	"dump":      func(s string) string { return fmt.Sprintf("% x", s) },
	"decimals":  func(s string) string { return strings.Trim(fmt.Sprint([]byte(s)), "[]") },
	"UTF-16":    func(s string) string { return perByte(s, "%c\x00") },
}

func perByte(s, verb string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, verb, s[i])
	}
	return out.String()
}

// echo is a proxy before a server. It learns the secrets that pass, and answers a path
// with all of them, in each form and in each form of each.
type echo struct {
	next  http.Handler
	mu    sync.Mutex
	path  string
	known []string
	sent  int
}

var tokens = regexp.MustCompile(`"(?:access|refresh)_token": ?"([^"]+)"`)

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.path != "" && strings.HasSuffix(r.URL.Path, e.path) {
		e.sent++
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("X-Echo", base64.StdEncoding.EncodeToString([]byte(e.known[0])))
		w.WriteHeader(http.StatusForbidden)
		for _, form := range e.forms() {
			_, _ = io.WriteString(w, "\n<"+form+">")
		}
		return
	}
	answer := httptest.NewRecorder()
	e.next.ServeHTTP(answer, r)
	for _, found := range tokens.FindAllStringSubmatch(answer.Body.String(), -1) {
		e.known = append(e.known, found[1])
	}
	for name := range answer.Header() {
		w.Header().Set(name, answer.Header().Get(name))
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (e *echo) forms() (all []string) {
	for _, secret := range e.known {
		all = append(all, secret)
		for _, write := range written {
			all = append(all, write(secret))
			for name, again := range written {
				if name != "entities" || !strings.Contains(write(secret), "\x00") { // HTML has no zero
					all = append(all, again(write(secret)))
				}
			}
		}
	}
	return all
}

func TestAServerThatRepeatsSecretsInEveryForm(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, address := tr.core(emulator.DatarheiOptions{})
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{next: httputil.NewSingleHostReverseProxy(target), known: []string{emulator.Password}}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	var shown bytes.Buffer
	run := func(path string, args ...string) {
		e.mu.Lock()
		e.path = path
		before := e.sent
		e.mu.Unlock()
		out, errs, _ := tr.run("", args...)
		shown.WriteString(out + errs)
		if path != "" && e.sent == before {
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
	if shown.Len() == 0 || len(e.known) < 3 {
		t.Fatalf("%d secrets, %d bytes", len(e.known), shown.Len())
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
		for _, form := range e.forms() {
			if strings.Contains(string(content), form) {
				t.Errorf("%s has %.60q", name, form)
			}
		}
	}
}
