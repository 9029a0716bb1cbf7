package flow_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// sourced is a definition that reads its secrets in different places.
const sourced = `
headers: {X-App: "${.app_key}"}
logins:
  - name: password
    fields:
      - {name: username, label: User name}
      - {name: password, label: Password, secret: true}
      - {name: app_key, label: App key, secret: true}
      - {name: pin, label: PIN, secret: true, optional: true}
    steps:
      - {when: .pin != null, request: {method: POST, path: /pin, text: "has a pin"}}
      - {request: {method: POST, path: /login, json: {u: "${.username}", p: "${.password}", all: "${to_entries | map(.value) | tojson}"}}, capture: {access: .body.token}}
attach:
  - {name: basic, headers: {X-Token: "${.access}", Authorization: "Basic ${.username + \":\" + .password | @base64}"}}
check: {request: {path: /me}}
`

func TestSourcesAreReadByWhatNeedsThem(t *testing.T) {
	t.Parallel()
	bodies := map[string]string{}
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		bodies[r.URL.Path] = r.Header.Get("X-App") + " " + r.Header.Get("Authorization") + " " + body
		say(w, 200, `{"token":"t"}`)
	})
	reads := map[string]int{}
	source := func(name string) flow.Source {
		return func(context.Context) (secret.String, error) {
			reads[name]++
			return secret.New("canary of " + name), nil
		}
	}
	sub := subject(define(t, sourced), url, map[string]any{"username": "ada"})
	sub.Sources = map[string]flow.Source{"password": source("password"), "app_key": source("app_key"), "pin": source("pin")}
	r := runner(t, newClock().now)
	var told []string
	res, err := r.Login(t.Context(), sub, nil, func(s session.Step) { told = append(told, s.Text) })
	must(t, err)
	// While the server is waited for, the step is told again.
	if n := len(told); n < 2 || told[n-1] != "POST /login" || !strings.HasPrefix(told[n-2], "reading ") {
		t.Errorf("told %q", told)
	}
	if reads["password"] != 1 || reads["app_key"] != 1 || reads["pin"] != 0 {
		t.Errorf("a login read %v", reads)
	}
	wantContains(t, bodies["/pin"], "canary of app_key  has a pin")
	wantContains(t, bodies["/login"], `"p":"canary of password"`)
	if strings.Contains(bodies["/login"], secret.Hidden) {
		t.Errorf("a stand-in was sent: %s", bodies["/login"])
	}
	_, err = r.Check(t.Context(), holding(sub, res))
	must(t, err)
	wantContains(t, bodies["/me"], "canary of app_key Basic YWRhOmNhbmFyeSBvZiBwYXNzd29yZA==")
	if reads["password"] != 2 || reads["app_key"] != 2 || reads["pin"] != 0 {
		t.Errorf("a check read %v", reads)
	}
	attached, err := holding(sub, res).Attached(t.Context())
	if err != nil || len(attached.Headers) != 2 || reads["password"] != 3 {
		t.Errorf("attached: %v, %v, %v", attached.Headers, err, reads)
	}
}

func TestASourceThatFails(t *testing.T) {
	t.Parallel()
	calls := 0
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		calls++
		say(w, 403, `{"error":"no canary-password here"}`)
	})
	sub := subject(define(t, sourced), url, map[string]any{"username": "ada", "app_key": hide("k")})
	cause := errors.New("pass failed with exit status 1; run it by hand to see why")
	sub.Sources = map[string]flow.Source{"password": func(context.Context) (secret.String, error) { return secret.String{}, cause }}
	r := runner(t, newClock().now)
	_, err := r.Login(t.Context(), sub, nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.Unreadable)
	wantContains(t, f.Error(), "password: pass failed with exit status 1")
	if !errors.Is(err, cause) || calls != 0 {
		t.Errorf("%v; the server was called %d times", err, calls)
	}

	sub.Sources["password"] = func(context.Context) (secret.String, error) { return secret.New("canary-password"), nil }
	_, err = r.Login(t.Context(), sub, nil, nil)
	if f = failure(t, err); strings.Contains(everything(f), "canary") {
		t.Errorf("what was read is shown: %v", f)
	}

	ctx, cancel := context.WithCancel(t.Context())
	sub.Sources["password"] = func(context.Context) (secret.String, error) { cancel(); return secret.String{}, ctx.Err() }
	_, err = r.Login(ctx, sub, nil, nil)
	wantKind(t, failure(t, err), session.NoAnswer)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestTheAnswerToAFetchedSecretIsMasked(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		say(w, 200, `{"echo":"`+r.Header.Get("X-App")+`"}`)
	})
	sub := subject(define(t, sourced), url, map[string]any{"username": "ada", "password": hide("p")})
	sub.Sources = map[string]flow.Source{"app_key": func(context.Context) (secret.String, error) { return secret.New("canary-key-1234"), nil }}
	def := sub.Definition
	a, err := runner(t, newClock().now).Caller(sub).Send(t.Context(), &definition.Request{Method: "GET", Path: def.Check.Request.Path, Attach: definition.AttachNone}, flow.SendOptions{})
	must(t, err)
	if shown := string(a.Redact.Bytes(a.Response.Body)); strings.Contains(shown, "canary") || !strings.Contains(string(a.Response.Body), "canary") {
		t.Errorf("shown: %s", shown)
	}
}
