package cli

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// partBackend logs in with whatever the server sends.
const partBackend = `
name: part
fields: [{name: address, label: Address, type: url}]
base_url: ${.address}
logins:
  - name: path
    fields: [{name: path, label: Path}]
    steps: [{request: {method: POST, path: "${.path | raw}"}, capture: {access: .body.access_token}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`

// rawAnswers maps the paths of a server to the bytes it sends there before it closes
// the connection.
func rawAnswers(elsewhere string) map[string]string {
	const head, whole = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n", `{"access_token": "canary-1"}`
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(whole))
	_ = z.Close()
	return map[string]string{
		"/whole":     fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(whole), whole),
		"/short":     head + "Content-Length: 100\r\n\r\n" + whole,
		"/nothing":   head + "Content-Length: 100\r\n\r\n",
		"/chunk":     head + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + whole,
		"/chunks":    head + "Transfer-Encoding: chunked\r\n\r\n1c\r\n" + whole + "\r\n",
		"/size":      head + "Transfer-Encoding: chunked\r\n\r\n1c\r\n" + whole + "\r\nzz\r\n",
		"/gzip":      head + "Content-Encoding: gzip\r\n\r\n" + packed.String()[:packed.Len()-6],
		"/coding":    head + "Content-Encoding: compress\r\n\r\n\x1f\x9d\x90\x00\xff\xfe",
		"/long":      head + "\r\n" + whole + strings.Repeat(" ", 10<<20),
		"/loop":      "HTTP/1.1 302 Found\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n",
		"/elsewhere": "HTTP/1.1 302 Found\r\nLocation: " + elsewhere + "\r\nContent-Length: 0\r\n\r\n",
		"/page":      "HTTP/1.1 302 Found\r\nLocation: " + elsewhere + "/page\r\nContent-Length: 0\r\n\r\n",
		"/no":        "HTTP/1.1 302 Found\r\nLocation: " + elsewhere + "/no\r\nContent-Length: 0\r\n\r\n",
	}
}

// raw serves answers as they are written.
func raw(t *testing.T) string {
	t.Helper()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/no":
			http.Error(w, "who are you", http.StatusUnauthorized)
		case "/page":
			w.Header().Set("Content-Type", "text/html")
			fmt.Fprint(w, "<html>log in")
		default:
			fmt.Fprint(w, `{"ok": true}`)
		}
	}))
	t.Cleanup(elsewhere.Close)
	answers := rawAnswers(elsewhere.URL)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte(answers[r.URL.Path]))
		_ = conn.(*net.TCPConn).CloseWrite()
		_ = conn.Close()
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// TestAPartIsNotTheWhole sends each answer that is not the one that was asked for
// through shell, --json, filter, suite and login.
func TestAPartIsNotTheWhole(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	tr.file("config/tokenring/backends/part.yaml", partBackend)
	url := raw(t)
	tr.must("", "add", "part", "-b", "part", "--set", "address="+url, "--set", "path=/whole", "--log-in")
	for _, tt := range []struct {
		path, why string
		hops      int
		redirect  bool // the body is whole, and an expectation may ask for it
	}{
		{"/short", "the connection broke off after 28 bytes", 0, false},
		{"/nothing", "the connection broke off after 0 bytes", 0, false},
		{"/chunk", "the connection broke off after 28 bytes", 0, false},
		{"/chunks", "the connection broke off after 28 bytes", 0, false},
		{"/size", "its chunked encoding is damaged after 28 bytes", 0, false},
		{"/gzip", "its compression (gzip) is damaged after ", 0, false},
		{"/coding", "its content coding compress is not supported", 0, false},
		{"/long", "only the first 10 MiB are kept", 0, false},
		{"/loop", "its redirect was not followed: too many redirects", 11, true},
		{"/no", "which did not receive: Authorization", 1, true},
		{"/page", "which did not receive: Authorization", 1, true},
	} {
		t.Run(tt.path, func(t *testing.T) {
			tr.t = t
			tr.want(ExitFailed, "", []string{"request", "part", tt.path}, tt.why)
			var got runDocument
			out := tr.want(ExitFailed, "", []string{"request", "part", tt.path, "--json"})
			if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Hops) != tt.hops || !tt.redirect && !strings.Contains(got.CutReason+got.Note, tt.why) {
				t.Errorf("%v: %.300s", err, out)
			}
			code := ExitFailed
			if tt.redirect {
				code = ExitOK
			}
			tr.want(code, "", []string{"request", "part", tt.path, "--expect", ".status > 0"})
			tr.want(ExitFailed, "", []string{"request", "part", tt.path, "--filter", ".access_token"})
			tr.inProject("accounts: [part]\nsuites: {smoke: {requests: [{name: a, get: " + tt.path + "}]}}")
			tr.want(ExitUnmet, "", []string{"smoke", "--trust"}, tt.why)
			if !tt.redirect && tt.path != "/coding" {
				tr.must("", "add", "login", "-b", "part", "--set", "address="+url, "--set", "path="+tt.path)
				tr.want(ExitFailed, "", []string{"login", "login"}, tt.why)
				tr.must("", "rm", "login", "--yes")
			}
		})
	}
	tr.t = t
	tr.want(ExitOK, "", []string{"request", "part", "/elsewhere"}, "redirected to 127.0.0.1:", " without Authorization", `{"ok": true}`)
}
