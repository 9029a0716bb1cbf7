package emulator

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
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

	"github.com/golang-jwt/jwt/v5"
)

// maxRequestBody is larger than any request of these backends.
const maxRequestBody = 1 << 20

// Server holds routes, tokens and counters. Every backend embeds it. Handlers run
// under the server's lock; other code uses the state of the backend in
// [Server.Locked].
type Server struct {
	Now   func() time.Time
	Users Directory
	Mux   *http.ServeMux

	mu        sync.Mutex // guards the fields below and the state of the backend
	logins    int
	refreshes int
	key       []byte            // signs the tokens
	owners    map[string]string // user names by token
	dead      map[string]bool   // revoked tokens
}

// Setup prepares the server; each constructor calls it once. Without users it has those of
// the demo.
func (s *Server) Setup(now func() time.Time, users []User) {
	if users == nil {
		users = DemoUsers()
	}
	s.Now, s.Users, s.Mux, s.key = now, slices.Clone(users), http.NewServeMux(), []byte(rand.Text())
	s.owners, s.dead = make(map[string]string), make(map[string]bool)
}

// Logins returns the number of successful logins.
func (s *Server) Logins() (n int) {
	s.Locked(func() { n = s.logins })
	return n
}

// Refreshes returns the number of successful refreshes.
func (s *Server) Refreshes() (n int) {
	s.Locked(func() { n = s.refreshes })
	return n
}

// CountLogin counts a successful login; handlers call it.
func (s *Server) CountLogin() { s.logins++ }

// CountRefresh counts a successful refresh; handlers call it.
func (s *Server) CountRefresh() { s.refreshes++ }

// Revoked reports whether a token was revoked; handlers call it.
func (s *Server) Revoked(token string) bool { return s.dead[token] }

// Locked runs f under the server's lock.
func (s *Server) Locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Revoke revokes every token of the named user.
func (s *Server) Revoke(user string) {
	s.Locked(func() {
		for token, owner := range s.owners {
			if owner == user {
				s.dead[token] = true
			}
		}
	})
}

// Remember records the owner of a token for Revoke, and returns the token.
func (s *Server) Remember(user, token string) string {
	delete(s.dead, token) // the same claims in the same second make the same JWT
	s.owners[token] = user
	return token
}

// ServeHTTP answers like the backend, with the date of its clock.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Date", s.Now().UTC().Format(http.TimeFormat))
	s.Mux.ServeHTTP(w, r)
}

// Sleep waits for d or until ctx ends.
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

// Call is a request whose body has been read.
type Call struct {
	*http.Request
	Body []byte
	Now  time.Time
}

// Decode decodes the body as JSON, whatever its content type.
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

// Bearer returns the bearer token. It ignores the case of the scheme.
func (c *Call) Bearer() (string, bool) {
	scheme, raw, ok := strings.Cut(c.Header.Get("Authorization"), " ")
	return raw, ok && raw != "" && strings.EqualFold(scheme, "Bearer")
}

// Answer is the answer of a handler. The server writes it after it has released its
// lock.
type Answer struct {
	status int
	body   any // nil: none; Text: unchanged; else JSON
	header http.Header
	delay  time.Duration
}

// Text is a body other than JSON.
type Text string

// Object is a JSON object with any order of members.
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

// Route serves a pattern of net/http with f, which runs under the server's lock.
func (s *Server) Route(pattern string, f func(*Call) *Answer) {
	s.Mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBody))
		if err != nil {
			http.Error(w, "request body too large or cut off", http.StatusRequestEntityTooLarge)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body)) // for ParseForm
		var a *Answer
		s.Locked(func() { a = f(&Call{Request: r, Body: body, Now: s.Now()}) })
		if Sleep(r.Context(), a.delay) != nil {
			panic(http.ErrAbortHandler)
		}
		a.Write(w)
	})
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

// Issue signs a token of the user with HS256, and notes whose it is. Without a
// life it has no exp.
func (s *Server) Issue(user string, now time.Time, life time.Duration, claims jwt.MapClaims) string {
	claims["iat"] = now.Unix()
	if life > 0 {
		claims["exp"] = now.Add(life).Unix()
	}
	signed, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claims).SignedString(s.key)
	if err != nil { // not with a byte key
		panic(fmt.Sprintf("emulator: signing: %v", err))
	}
	return s.Remember(user, signed)
}

var errRevoked = errors.New("the token was revoked")

// Verify checks that a token was issued here and not revoked, and its times as
// of now, without leeway. Like the backends' libraries it accepts any HMAC.
func (s *Server) Verify(raw string, now time.Time) (jwt.MapClaims, error) {
	if s.dead[raw] {
		return nil, errRevoked
	}
	claims := jwt.MapClaims{}
	_, err := jwt.ParseWithClaims(raw, claims,
		func(*jwt.Token) (any, error) { return s.key, nil },
		jwt.WithValidMethods([]string{"HS256", "HS384", "HS512"}),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	return claims, err
}

// ClaimString reads a claim that need not be there.
func ClaimString(claims jwt.MapClaims, name string) string {
	s, _ := claims[name].(string)
	return s
}

// SampleRecords returns n records, the same ones on every call.
func SampleRecords(n int) []Object {
	kinds := []string{"lamp", "chair", "table", "shelf", "mirror"}
	out := make([]Object, n)
	for i := range out {
		out[i] = Object{
			"id": fmt.Sprintf("%06d", i+1), "name": fmt.Sprintf("%s %d", kinds[i%len(kinds)], i+1),
			"price": float64(i%9000)/100 + 10, "stock": i * 7 % 50, "available": i%3 != 0,
			"tags": []string{kinds[i%len(kinds)], kinds[(i+2)%len(kinds)]}, "note": nil,
		}
	}
	return out
}
