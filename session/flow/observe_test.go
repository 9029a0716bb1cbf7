package flow_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// TestAnObserverSeesEveryStep runs a login of which one step is skipped, one
// only captures, and the last fails.
func TestAnObserverSeesEveryStep(t *testing.T) {
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if r.URL.Path == "/one" {
			say(w, 200, `{"ticket": "canary-ticket"}`)
			return
		}
		say(w, 403, `{"message": "no"}`)
	})
	def := define(t, `
logins:
  - name: steps
    fields: [{name: password, secret: true}]
    steps:
      - {when: .password == "", request: {path: /never}}
      - {name: First, request: {method: POST, path: /one, json: {password: "${.password}"}}, capture: {ticket: .body.ticket, other?: .body.other}}
      - {capture: {twice: .ticket + .ticket}}
      - {request: {path: /two}, capture: {token: .body.token}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
outcomes: [{when: .status == 403, is: forbidden}]
`)
	var lines []string
	r := runner(t, newClock().now).Observed(func(o *flow.Observation) {
		line := fmt.Sprintf("%d/%d %s", o.Index, o.Of, o.Text)
		switch {
		case o.Skipped:
			line += " skipped"
		case o.Sent != nil:
			line += fmt.Sprintf(" %s %s %s %d", o.Sent.URL.Path, o.Redact.Bytes(o.Sent.Body.Shown()), o.Redact.Bytes(o.Response.Body), o.Response.Status)
		}
		for _, c := range o.Captured {
			line += fmt.Sprintf(" %s=%s", c.Name, c.Value.Reveal())
		}
		if o.Outcome != nil {
			line += fmt.Sprintf(" %s", o.Outcome.Is)
		}
		if o.Err != nil {
			line += " failed"
		}
		lines = append(lines, line)
	})
	_, err := r.Login(t.Context(), subject(def, url, map[string]any{"password": hide("canary-password")}), nil, nil)
	failure(t, err)
	want := []string{
		"1/4 GET /never skipped",
		`2/4 First /one {"password":"` + secret.Hidden + `"} {"ticket": "` + secret.Hidden + `"} 200 ticket=canary-ticket other=`,
		"3/4 capture twice=canary-ticketcanary-ticket",
		`4/4 GET /two /two  {"message": "no"} 403 forbidden failed`,
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

func TestAFailureNamesTheExpression(t *testing.T) {
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) { say(w, 200, `{"token": "abc"}`) })
	for _, tt := range []struct{ step, rest, want string }{
		{`{request: {path: /x}, capture: {token: .body.token | tonumber}}`, "", ".body.token | tonumber"},
		{`{request: {path: /x}, capture: {token: .body.nothing}}`, "", ".body.nothing"},
		{`{request: {path: /x, headers: {A: "x ${.login | tonumber}"}}, capture: {token: .body.token}}`, "", ".login | tonumber"},
		{`{request: {path: /x, json: {a: ["${.login | tonumber}"]}}, capture: {token: .body.token}}`, "", ".login | tonumber"},
		{`{request: {path: /x}, capture: {token: .body.token}}`, "tokens: {token: {expect: .claims.a == 1}}", ".claims.a == 1"},
	} {
		def := define(t, "logins: [{name: one, steps: ["+tt.step+"]}]\nattach: [{name: a, headers: {A: '${.token}'}}]\n"+tt.rest+"\n")
		_, err := runner(t, newClock().now).Login(t.Context(), subject(def, url, nil), nil, nil)
		if f := failure(t, err); f.Expr != tt.want {
			t.Errorf("%s: %q, want %q (%v)", tt.step, f.Expr, tt.want, f)
		}
	}
}

func TestACancelledFlowBlamesNoAddress(t *testing.T) {
	def := define(t, "logins: [{name: one, steps: [{capture: {token: .login}}]}]\nattach: [{name: a, headers: {A: '${.token}'}}]\n")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := runner(t, newClock().now).Login(ctx, subject(def, "http://127.0.0.1:1", nil), nil, nil)
	if f := failure(t, err); f.Kind != session.NoAnswer || !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
