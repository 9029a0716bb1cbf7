package flow_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
)

// TestACallIsShownAsItWasSent compares the text of steps before they are sent and
// after it.
func TestACallIsShownAsItWasSent(t *testing.T) {
	t.Parallel()
	url := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
		say(w, 200, `{"token": "canary-token-1", "uid": "42"}`)
	})
	def := define(t, `
logins:
  - name: steps
    fields: [{name: collection, label: C}, {name: resource, label: R, optional: true}, {name: pin, label: PIN, secret: true}]
    steps:
      - {request: {path: "/${.collection}/${.pin}/login"}, capture: {token: .body.token, uid?: .body.uid}}
      - {name: own name, request: {path: "/${.token}"}}
      - {request: {path: "${if .resource == null then \"/none\" else .resource end | raw}"}}
      - {request: {path: "/users/${.uid}/a b/${.token}?x=${.token}"}}
      - {request: {path: ""}}
      - {request: {path: "/"}}
      - {request: {path: "/v1"}}
      - {request: {url: "${.address}/elsewhere?y=1"}}
      - {when: .resource != null, request: {path: "/skipped/${.uid}"}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	var sent, told []string
	r := runner(t, newClock().now).Observed(func(o *flow.Observation) { sent = append(sent, o.Text) })
	account := subject(def, url+"/v1", map[string]any{"collection": "ants", "pin": hide("1234")})
	_, err := r.Login(t.Context(), account, nil, func(s session.Step) { told = append(told, s.Text) })
	must(t, err)
	wantSent := []string{"GET /ants/••••••/login", "own name", "GET /none", "GET /users/42/a%20b/••••••", "GET /v1", "GET /v1/", "GET /v1/v1", "GET /elsewhere", "GET /skipped/{uid}"}
	wantTold := []string{"GET /ants/{pin}/login", "own name", "GET /none", "GET /users/{uid}/a b/{token}", "GET /v1", "GET /v1/", "GET /v1/v1", "GET /elsewhere"}
	if !slices.Equal(sent, wantSent) {
		t.Errorf("sent\n%q\nwant\n%q", sent, wantSent)
	}
	if !slices.Equal(told, wantTold) {
		t.Errorf("told\n%q\nwant\n%q", told, wantTold)
	}
}

// TestPathsThatLookAlikeAreOneCall reads the request lines from the wire: "" and "/" are
// shown alike below an address without a path only, where they are sent alike.
func TestPathsThatLookAlikeAreOneCall(t *testing.T) {
	t.Parallel()
	var line string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { line = r.RequestURI }))
	t.Cleanup(server.Close)
	r := runner(t, newClock().now)
	def := define(t, `
logins: [{name: paste, fields: [{name: pasted, label: Token, secret: true}], steps: [{capture: {access: .pasted}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	for _, base := range []string{"", "/", "/api", "/api/"} {
		lines, texts := map[string]bool{}, map[string]bool{}
		for _, path := range []string{"", "/"} {
			target, err := jq.ParseTemplate(path)
			must(t, err)
			account := subject(def, server.URL+base, map[string]any{"pasted": hide("a-token")})
			answer, err := r.Caller(account).Send(t.Context(), &definition.Request{Method: "GET", Path: target, Attach: definition.AttachNone}, flow.SendOptions{})
			must(t, err)
			lines[line], texts[answer.Call] = true, true
		}
		if len(lines) != len(texts) {
			t.Errorf("base %q: sent are %v, shown are %v", base, lines, texts)
		}
	}
}
