package emulatortest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
)

// expressaPeer is one of the two servers that must answer alike.
type expressaPeer struct {
	url   string
	token string // the viewer's, for {token} in a row
	id    string
}

func (p *expressaPeer) ask(t *testing.T, method, path, body, header string) (*http.Response, string) {
	t.Helper()
	fill := strings.NewReplacer("{token}", p.token, "{id}", p.id).Replace
	r, err := http.NewRequestWithContext(t.Context(), method, p.url+fill(path), strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if header != "" {
		r.Header.Set("x-access-token", fill(header))
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(data)
}

func (p *expressaPeer) login(t *testing.T) {
	t.Helper()
	_, body := p.ask(t, "POST", "/users/login", `{"email":"viewer@example.com","password":"open-sesame"}`, "")
	var in struct{ Token, UID string }
	if err := json.Unmarshal([]byte(body), &in); err != nil || in.Token == "" {
		t.Fatalf("no token: %v", err)
	}
	p.token, p.id = in.Token, in.UID
}

// shape is a JSON text with every value but those of errors replaced by its
// type, and the members sorted.
func shape(t *testing.T, body string) string {
	t.Helper()
	var v any
	d := json.NewDecoder(bytes.NewReader([]byte(body)))
	if err := d.Decode(&v); err != nil {
		return body
	}
	return shapeOf("", v)
}

func shapeOf(name string, v any) string {
	switch v := v.(type) {
	case map[string]any:
		var members []string
		for k, m := range v {
			members = append(members, k+":"+shapeOf(k, m))
		}
		slices.Sort(members)
		return "{" + strings.Join(members, " ") + "}"
	case []any:
		var items []string
		for _, item := range v {
			items = append(items, shapeOf(name, item))
		}
		return "[" + strings.Join(slices.Compact(items), " ") + "]"
	case string:
		if name == "error" || name == "tokenError" {
			return v
		}
	}
	return fmt.Sprintf("%T", v)
}

// expressaRequest is fired at both.
type expressaRequest struct{ name, method, path, body, header string }

func expressaRequests() []expressaRequest {
	const login = "/users/login"
	return []expressaRequest{
		{"login", "POST", login, `{"email":"viewer@example.com","password":"open-sesame"}`, ""},
		{"login of an admin", "POST", login, `{"email":"ADMIN@example.com","password":"open-sesame"}`, ""},
		{"login with a bad token", "POST", login, `{"email":"viewer@example.com","password":"open-sesame"}`, "bad"},
		{"wrong password", "POST", login, `{"email":"viewer@example.com","password":"no"}`, ""},
		{"wrong password and a bad token", "POST", login, `{"email":"viewer@example.com","password":"no"}`, "bad"},
		{"unknown user", "POST", login, `{"email":"nobody@example.com","password":"no"}`, ""},
		{"missing e-mail", "POST", login, `{"password":"no"}`, ""},
		{"e-mail is a number", "POST", login, `{"email":1,"password":"no"}`, ""},
		{"missing password", "POST", login, `{"email":"viewer@example.com"}`, ""},
		{"password is a number", "POST", login, `{"email":"viewer@example.com","password":1}`, ""},
		{"malformed JSON", "POST", login, `{"email":`, ""},
		{"an array", "POST", login, `[]`, ""},
		{"no object", "POST", login, `"x"`, ""},
		{"no body", "POST", login, "", ""},
		{"GET login", "GET", login, "", "{token}"},
		{"me", "GET", "/users/me", "", "{token}"},
		{"me without", "GET", "/users/me", "", ""},
		{"me with a bad token", "GET", "/users/me", "", "bad"},
		{"me by query", "GET", "/users/me?token={token}", "", ""},
		{"good query wins", "GET", "/users/me?token={token}", "", "bad"},
		{"bad query wins", "GET", "/users/me?token=bad", "", "{token}"},
		{"empty query does not", "GET", "/users/me?token=", "", "{token}"},
		{"own users", "GET", "/users", "", "{token}"},
		{"users without", "GET", "/users", "", ""},
		{"users with a bad token", "GET", "/users", "", "bad"},
		{"unknown collection", "GET", "/nope", "", ""},
		{"unknown collection, bad token", "GET", "/nope", "", "bad"},
		{"status", "GET", "/status", "", "{token}"},
		{"registered already", "POST", "/users/register", `{"email":"viewer@example.com","password":"open-sesame"}`, ""},
		{"register", "POST", "/users/register", `{"email":"fresh@example.com","password":"open-sesame"}`, ""},
	}
}

func TestExpressaDialectAnswersAsTheRealOne(t *testing.T) {
	original := &expressaPeer{url: StartExpressa(t)}
	emulated := emulator.NewExpressa(time.Now)
	l, err := emulator.Start(emulated)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ours := &expressaPeer{url: l.URL + "/api"}
	original.login(t)
	ours.login(t)

	for _, r := range expressaRequests() {
		t.Run(r.name, func(t *testing.T) {
			want, wantBody := original.ask(t, r.method, r.path, r.body, r.header)
			got, gotBody := ours.ask(t, r.method, r.path, r.body, r.header)
			compareAnswers(t, got, gotBody, want, wantBody)
		})
	}

	t.Run("after a change of password", func(t *testing.T) {
		original.ask(t, "POST", "/users/{id}/update", `{"$set":{"password":"another"}}`, "{token}")
		emulated.Revoke("viewer")
		want, wantBody := original.ask(t, "GET", "/users/me", "", "{token}")
		got, gotBody := ours.ask(t, "GET", "/users/me", "", "{token}")
		compareAnswers(t, got, gotBody, want, wantBody)
		if !strings.Contains(gotBody, "expired token") {
			t.Errorf("the token is not expired: %s", shape(t, gotBody))
		}
	})
}

func compareAnswers(t *testing.T, got *http.Response, gotBody string, want *http.Response, wantBody string) {
	t.Helper()
	if got.StatusCode != want.StatusCode {
		t.Errorf("status %d, the real one says %d", got.StatusCode, want.StatusCode)
	}
	if g, w := shape(t, gotBody), shape(t, wantBody); g != w {
		t.Errorf("body\n  %s\nthe real one says\n  %s", g, w)
	}
	for _, name := range []string{"Content-Type", "Cache-Control", "X-Powered-By"} {
		if g, w := got.Header.Get(name), want.Header.Get(name); g != w {
			t.Errorf("%s: %q, the real one says %q", name, g, w)
		}
	}
	if g, w := got.Header.Get("X-Request-ID") != "", want.Header.Get("X-Request-ID") != ""; g != w {
		t.Errorf("X-Request-ID present: %t, at the real one %t", g, w)
	}
}
