package flow_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// What the requests of a Caller share is made once, and each of them still has its own secrets,
// variables and answers.
func TestRequestsOfACallerShareOnlyTheAccount(t *testing.T) {
	t.Parallel()
	calls := 0
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		calls++
		say(w, 200, fmt.Sprintf(`{"echo": %q, "new": "canary-new-%d"}`, r.Header.Get("X-App")+" "+r.Header.Get("X-Form")+" "+r.Header.Get("X-Var")+" canary-hidden-1234", calls))
	})
	sub := subject(define(t, `
headers: {X-App: "${.app_key}", X-Form: "${.form}"}
each_answer: {capture: {form?: .body.new}}
logins: [{name: token, fields: [{name: app_key, secret: true}], steps: [{capture: {access: .app_key}}]}]
tokens: {form: {}}
attach: [{name: own, headers: {X-Attached: "${.access}"}}]
`), url, nil)
	sub.Tokens = map[string]secret.String{"access": hide("canary-access-1"), "form": hide("canary-old-form")}
	read := 0
	sub.Sources = map[string]flow.Source{"app_key": func(context.Context) (secret.String, error) {
		read++
		return hide(fmt.Sprintf("canary-key-%d", read)), nil
	}}
	of, err := jq.ParseTemplate("${.vars.n}")
	must(t, err)
	caller := runner(t, newClock().now).Caller(sub)
	req := &definition.Request{Method: "GET", Path: jq.Literal("/x"), Headers: []definition.Pair{{Name: jq.Literal("X-Var"), Value: of}}}
	for n := 1; n <= 3; n++ {
		o := flow.SendOptions{Vars: map[string]any{"n": n}}
		if n > 1 {
			o.Hide = []secret.String{hide("canary-hidden-1234")}
		}
		a, err := caller.Send(t.Context(), req, o)
		must(t, err)
		if want := fmt.Sprintf("canary-key-%d canary-old-form %d canary-hidden-1234", n, n); a.Scope["body"].(map[string]any)["echo"] != want {
			t.Errorf("sent %v, want %s", a.Scope["body"], want)
		}
		shown := string(a.Redact.Bytes(a.Response.Body))
		if hidden := !strings.Contains(shown, "canary-hidden"); strings.Contains(strings.ReplaceAll(shown, "canary-hidden-1234", ""), "canary") || hidden != (n > 1) {
			t.Errorf("request %d shows %s", n, shown)
		}
	}
}

// A request sees neither the answer nor the values of the one before, and its own beside a secret that is read for it.
func TestARequestSeesNothingOfTheOneBefore(t *testing.T) {
	t.Parallel()
	sent := ""
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		sent = r.Header.Get("X-Seen")
		say(w, 200, "{}")
	})
	sub := subject(define(t, `
logins: [{name: token, fields: [{name: key, secret: true}], steps: [{capture: {access: '"a-token"'}}]}]
attach: [{name: own, headers: {X-Attached: "${.access}"}}]
`), url, nil)
	sub.Tokens = map[string]secret.String{"access": hide("canary-access-1")}
	sub.Sources = map[string]flow.Source{"key": func(context.Context) (secret.String, error) { return hide("canary-key"), nil }}
	caller := runner(t, newClock().now).Caller(sub)
	seen, err := jq.ParseTemplate(`${"\(.status) \(.body) \(.vars) \(.given) \(.now > 0)"}`)
	must(t, err)
	key, err := jq.ParseTemplate("${.key}")
	must(t, err)
	headers := []definition.Pair{{Name: jq.Literal("X-Seen"), Value: seen}, {Name: jq.Literal("X-Key"), Value: key}}
	for i, vars := range []map[string]any{{"n": 1}, nil, {"n": 2}} {
		req, want := &definition.Request{Method: "GET", Path: jq.Literal("/x"), Headers: headers[:1+i/2]}, "null null null null true"
		if vars != nil {
			req.Vars = jq.Scope{"given": vars["n"]}
			want = fmt.Sprintf(`null null {"n":%d} %[1]d true`, vars["n"])
		}
		if _, err := caller.Send(t.Context(), req, flow.SendOptions{Vars: vars}); err != nil || sent != want {
			t.Errorf("sent %q, want %q: %v", sent, want, err)
		}
	}
}

// A server that refuses with status 200 is heard as one that refuses with another: its words, and
// when to come back. A success has no words.
func TestOnlyARefusalHasWords(t *testing.T) {
	t.Parallel()
	c, text := newClock(), ""
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, text) })
	sub := subject(define(t, `
logins: [{name: token, steps: [{capture: {access: '"a-token"'}}]}]
attach: [{name: own, headers: {X-Attached: "${.access}"}}]
outcomes: [{when: .body.wait != null, is: rate_limited, retry_after: .body.wait}]
message: .body.words
`), url, nil)
	sub.Tokens = map[string]secret.String{"access": hide("canary-access-1")}
	caller := runner(t, c.now).Caller(sub)
	for _, tt := range []struct {
		text, words string
		retry       time.Time
	}{
		{text: `{"words": "welcome"}`},
		{`{"words": "come back later", "wait": 30}`, "come back later", c.now().Add(30 * time.Second)},
	} {
		text = tt.text
		a, err := caller.Send(t.Context(), &definition.Request{Method: "GET", Path: jq.Literal("/x")}, flow.SendOptions{})
		must(t, err)
		if a.Message != tt.words || !a.Retry.Equal(tt.retry) {
			t.Errorf("%s: message %q, retry %s", text, a.Message, a.Retry)
		}
	}
}
