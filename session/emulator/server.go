package emulator

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// maxRequestBody is more than any request of these backends needs.
const maxRequestBody = 1 << 20

// Request is an entry of a server's log.
type Request struct {
	Method string
	Path   string // escaped, without the query
	Status int    // 0 while unanswered, and for a dropped connection

	// Credentials names what the request could have been authorised by, never
	// the value: header names in canonical form, then query parameters as
	// "?token".
	Credentials []string
}

// Server is embedded by every backend: routes, tokens, the request log, the
// counters and the faults. What a backend adds to its state, its handlers use
// under the server's lock, and others through [Server.Locked].
type Server struct {
	Now     func() time.Time
	handler http.Handler
	Users   Directory

	mu        sync.Mutex // guards what follows and the state of the backend
	log       []*Request
	logins    int
	refreshes int
	latency   time.Duration
	failures  int
	failWith  int
	losses    int
	key       []byte              // signs the tokens
	issued    map[string][]string // user name -> tokens
	dead      map[string]bool     // tokens that were revoked
}

// Setup makes the server ready; each constructor calls it once.
func (s *Server) Setup(now func() time.Time, users []User, h http.Handler) {
	if now == nil {
		panic("emulator: the options need a Now")
	}
	s.Now = now
	s.Users = newDirectory(users)
	s.handler = h
	s.key = newKey()
	s.issued = make(map[string][]string)
	s.dead = make(map[string]bool)
}

// Requests returns the log so far, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]Request, len(s.log))
	for i, r := range s.log {
		out[i] = *r
		out[i].Credentials = slices.Clone(r.Credentials)
	}
	return out
}

// Logins counts the logins that succeeded.
func (s *Server) Logins() (n int) {
	s.Locked(func() { n = s.logins })
	return n
}

// Refreshes counts the refreshes that succeeded.
func (s *Server) Refreshes() (n int) {
	s.Locked(func() { n = s.refreshes })
	return n
}

// FailNext makes the next n requests fail with the status and a plain text
// body, as a proxy in front of the backend does.
func (s *Server) FailNext(n, status int) {
	s.Locked(func() { s.failures, s.failWith = n, status })
}

// LoseNext makes the server do what the next n requests ask and then drop the
// connection instead of answering.
func (s *Server) LoseNext(n int) {
	s.Locked(func() { s.losses = n })
}

// CountLogin adds a login that succeeded; handlers call it.
func (s *Server) CountLogin() { s.logins++ }

// CountRefresh adds a refresh that succeeded; handlers call it.
func (s *Server) CountRefresh() { s.refreshes++ }

// Revoked reports whether a token was revoked; handlers call it.
func (s *Server) Revoked(token string) bool { return s.dead[token] }

// Locked runs f under the server's lock.
func (s *Server) Locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// SetLatency makes every request wait before it is handled.
func (s *Server) SetLatency(d time.Duration) {
	s.Locked(func() { s.latency = d })
}

// Revoke kills every token of the named user.
func (s *Server) Revoke(user string) {
	s.Locked(func() {
		for _, t := range s.issued[user] {
			s.dead[t] = true
		}
		delete(s.issued, user)
	})
}

// Remember notes who owns a token, so that Revoke finds it.
func (s *Server) Remember(user, token string) string {
	delete(s.dead, token) // the same claims in the same second give the same JWT
	s.issued[user] = append(s.issued[user], token)
	return token
}

// ServeHTTP answers as the backend does, or as a fault demands.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := &Request{Method: r.Method, Path: r.URL.EscapedPath(), Credentials: CredentialNames(r)}
	s.mu.Lock()
	s.log = append(s.log, entry)
	latency := s.latency
	fail, lose := s.failures > 0, s.losses > 0
	status := s.failWith
	switch {
	case fail:
		s.failures--
	case lose:
		s.losses--
	}
	s.mu.Unlock()

	if err := Sleep(r.Context(), latency); err != nil {
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	rec := &recorder{ResponseWriter: w, server: s, entry: entry}
	switch {
	case fail:
		http.Error(rec, http.StatusText(status), status)
	case lose:
		s.handler.ServeHTTP(discard{header: make(http.Header)}, r)
		panic(http.ErrAbortHandler)
	default:
		s.handler.ServeHTTP(rec, r)
	}
}

// Sleep waits for d or until the request is over.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CredentialNames lists, by name alone, what r could be authorised by.
func CredentialNames(r *http.Request) []string {
	var names []string
	for _, h := range []string{
		"Authorization", "Cookie", "X-Access-Token", "X-Access-Key", "User-Token",
		"X-Knack-Application-Id", "X-Knack-Rest-Api-Key", "Access-Token", "Client", "Uid",
	} {
		if r.Header.Get(h) != "" {
			names = append(names, h)
		}
	}
	query := r.URL.Query()
	for _, q := range []string{"token", "access_token", "access_key", "access-token"} {
		if query.Has(q) {
			names = append(names, "?"+q)
		}
	}
	return names
}

// recorder notes the status in the log before the first byte leaves, so that
// whoever has the answer also finds it in the log.
type recorder struct {
	http.ResponseWriter
	server *Server
	entry  *Request
}

func (w *recorder) note(status int) {
	w.server.Locked(func() { w.entry.Status = cmp.Or(w.entry.Status, status) })
}

func (w *recorder) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard is where the answer of a lost request goes.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}

// Call is a request whose body has been read.
type Call struct {
	*http.Request
	Body []byte
	Now  time.Time
}

// Decode reads the body as JSON, whatever the content type says.
func (c *Call) Decode(into any) error { return json.Unmarshal(c.Body, into) }

// Query returns the first value of a query parameter.
func (c *Call) Query(name string) string { return c.URL.Query().Get(name) }

// Int reads a positive number from the query.
func (c *Call) Int(name string, fallback int) int {
	n, err := strconv.Atoi(c.Query(name))
	if err != nil || n < 1 {
		return fallback
	}
	return n
}

// Field reads a string from a JSON or form body.
func (c *Call) Field(name string) string {
	if media, _, _ := mime.ParseMediaType(c.Header.Get("Content-Type")); media == "application/x-www-form-urlencoded" {
		values, _ := url.ParseQuery(string(c.Body))
		return values.Get(name)
	}
	var in map[string]any
	_ = c.Decode(&in) // the body may be missing
	s, _ := in[name].(string)
	return s
}

// Bearer returns the bearer token; the scheme is compared without regard to
// case.
func (c *Call) Bearer() (string, bool) {
	scheme, raw, ok := strings.Cut(c.Header.Get("Authorization"), " ")
	return raw, ok && raw != "" && strings.EqualFold(scheme, "Bearer")
}

// Answer is what a handler returns; it is written once the server's lock is
// free again.
type Answer struct {
	status int
	body   any // nil: none; text: as it is; else JSON
	header http.Header
	delay  time.Duration
}

// Text is a body that is not JSON.
type Text string

// Object is a JSON object whose order of members does not matter.
type Object map[string]any

// Reply returns an answer with a status and a body.
func Reply(status int, body any) *Answer { return &Answer{status: status, body: body} }

// With adds a header line.
func (a *Answer) With(name, value string) *Answer {
	if a.header == nil {
		a.header = make(http.Header)
	}
	a.header.Set(name, value)
	return a
}

// After delays the answer.
func (a *Answer) After(d time.Duration) *Answer {
	a.delay = d
	return a
}

// Handle makes a handler of f, which runs under the server's lock.
func (s *Server) Handle(f func(*Call) *Answer) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
		if err != nil {
			http.Error(w, "request body too large or cut off", http.StatusRequestEntityTooLarge)
			return
		}
		var a *Answer
		s.Locked(func() { a = f(&Call{Request: r, Body: body, Now: s.Now()}) })
		if Sleep(r.Context(), a.delay) != nil {
			panic(http.ErrAbortHandler)
		}
		a.Write(w)
	}
}

// Write sends the answer.
func (a *Answer) Write(w http.ResponseWriter) {
	for name, values := range a.header {
		w.Header()[name] = values
	}
	var body []byte
	media := ""
	switch b := a.body.(type) {
	case nil:
	case Text:
		media, body = "text/plain; charset=utf-8", []byte(b)
	default:
		var err error
		if body, err = json.Marshal(b); err != nil {
			panic(fmt.Sprintf("emulator: cannot encode an answer: %v", err))
		}
		media = "application/json; charset=utf-8"
	}
	if media != "" && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", media)
	}
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // the client may be gone
}
