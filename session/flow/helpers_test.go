package flow_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator"
	"tokenring/session/flow"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// clock is a clock that moves only in advance.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func runner(t *testing.T, now func() time.Time) *flow.Runner {
	t.Helper()
	client := transport.New(transport.Options{Now: now})
	return flow.New(client, now)
}

func serve(t *testing.T, h http.Handler) string {
	t.Helper()
	l, err := emulator.Start(h)
	must(t, err)
	t.Cleanup(func() { _ = l.Close() })
	return l.URL
}

// backendOf serves a handler that knows the request's body.
func backendOf(t *testing.T, h func(w http.ResponseWriter, r *http.Request, body string)) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h(w, r, string(body))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func say(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func builtin(t *testing.T, name string) *definition.Definition {
	t.Helper()
	def, err := definition.NewCatalog("").Get(name)
	must(t, err)
	return def
}

// define parses a definition, to which it adds name, title and address.
func define(t *testing.T, yaml string) *definition.Definition {
	t.Helper()
	def, err := definition.Parse("test.yaml", []byte(
		"name: test\ntitle: Test\nfields: [{name: address, label: Address, type: url}]\nbase_url: ${.address}\n"+yaml))
	if err != nil {
		t.Fatal(err)
	}
	return def
}

// subject is an account of def at url; fields named in secrets are secret.
func subject(def *definition.Definition, url string, fields map[string]any) *flow.Subject {
	s := &flow.Subject{Definition: def, Fields: map[string]any{"address": url}, Tokens: map[string]secret.String{}}
	for name, v := range fields {
		s.Fields[name] = v
	}
	return s
}

// holding returns s with the session of a flow.
func holding(s *flow.Subject, res *flow.Result) *flow.Subject {
	next := *s
	next.Tokens, next.Lives, next.Offset = res.Values, res.Lives, res.Offset
	return &next
}

func hide(s string) secret.String { return secret.New(s) }

func failure(t *testing.T, err error) *session.Failure {
	t.Helper()
	var f *session.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the error is %T: %v", err, err)
	}
	if f.Meaning == "" || f.Next == "" || f.Error() == "" {
		t.Errorf("the failure explains too little: %+v", f)
	}
	return f
}

// everything is all text of a failure that anybody may print.
func everything(f *session.Failure) string {
	return fmt.Sprint(f.Error(), f.Call, f.Message, f.Detail, f.Meaning, f.Next, *f)
}

func wantKind(t *testing.T, f *session.Failure, kind session.OutcomeKind) {
	t.Helper()
	if f.Kind != kind {
		t.Fatalf("the kind is %s, want %s: %v", f.Kind, kind, f)
	}
}

func wantContains(t *testing.T, text, part string) {
	t.Helper()
	if !strings.Contains(text, part) {
		t.Errorf("%q does not contain %q", text, part)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// person answers every question with the same words and remembers what was
// put before it.
type person struct {
	answer  string
	err     error
	asked   []session.Question
	noticed []session.Notice
}

func (p *person) Ask(_ context.Context, q session.Question) (secret.String, error) {
	p.asked = append(p.asked, q)
	return secret.New(p.answer), p.err
}

func (p *person) Show(_ context.Context, n session.Notice) error {
	p.noticed = append(p.noticed, n)
	return p.err
}
