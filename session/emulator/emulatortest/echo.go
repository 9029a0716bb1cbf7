package emulatortest

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
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
	"extended":  func(s string) string { return "filename*=UTF-8'en'" + url.PathEscape(s) }, // RFC 8187
}

func perByte(s, verb string) string {
	var out strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&out, verb, s[i])
	}
	return out.String()
}

// Echo is a proxy before a server. It learns the tokens that pass, and answers a path
// with them and the password in each form. Its fields do not change while it serves,
// but for Path.
type Echo struct {
	Next     http.Handler
	Password string // repeated in each form of each form, too

	// Text answers with a text, in place of JSON.
	Text bool
	// Most is how many forms one answer has, the next ones in each; 0: all of them.
	Most int

	mu    sync.Mutex
	path  string
	known []string
	sent  int
}

// Repeat makes the paths that end so repeat what is known, none for "". It returns how
// many answers repeated something before.
func (e *Echo) Repeat(path string) (answers int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.path = path
	return e.sent
}

var passing = regexp.MustCompile(`"(?:access|refresh)_token": ?"([^"]+)"`)

// ServeHTTP implements http.Handler.
func (e *Echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.path != "" && strings.HasSuffix(r.URL.Path, e.path) {
		e.sent++
		e.repeat(w)
		return
	}
	answer := httptest.NewRecorder()
	e.Next.ServeHTTP(answer, r)
	for _, found := range passing.FindAllStringSubmatch(answer.Body.String(), -1) {
		e.known = append(e.known, found[1])
	}
	for name := range answer.Header() {
		w.Header().Set(name, answer.Header().Get(name))
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

func (e *Echo) repeat(w http.ResponseWriter) {
	all := e.forms()
	if e.Most > 0 {
		from := e.sent * e.Most % len(all)
		all = all[from:min(from+e.Most, len(all))]
	}
	text := "\n<" + strings.Join(all, ">\n<") + ">"
	w.Header()["Date"] = nil // the clock is the test's
	w.Header().Set("X-Echo", base64.StdEncoding.EncodeToString([]byte(e.Password)))
	if e.Text {
		w.Header().Set("Content-Type", "text/plain")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(text))
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_ = json.NewEncoder(w).Encode(map[string]any{"error_description": text, "lines": all})
}

// Forms returns every form in which it repeats a secret, and how many secrets these are.
func (e *Echo) Forms() (all []string, secrets int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.forms(), len(e.known) + 1
}

func (e *Echo) forms() (all []string) {
	names := slices.Sorted(maps.Keys(written))
	for _, name := range names {
		once := written[name](e.Password)
		all = append(all, once)
		for _, again := range names {
			if again != "entities" || !strings.Contains(once, "\x00") { // HTML has no zero
				all = append(all, written[again](once))
			}
		}
	}
	for _, token := range e.known {
		for _, name := range names {
			all = append(all, written[name](token))
		}
		all = append(all, token)
	}
	return append(all, e.Password)
}
