package attempt_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/secret"
)

// An API that names its issuer is asked about itself, without the token and nowhere else.
func TestWhatAnAPIAsksFor(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	challenge, elsewhere, carried := "", 0, ""
	other := enginetest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/.well-known/oauth-protected-resource" {
			carried = r.Header.Get("Authorization")
			w.Header().Set("Content-Type", "application/json")
			fmt.Fprintf(w, `{"resource": "http://%s", "authorization_servers": ["https://login.example"]}`, r.Host)
			return
		}
		w.Header().Set("WWW-Authenticate", strings.ReplaceAll(challenge, "HERE", "http://"+r.Host))
		w.WriteHeader(http.StatusForbidden)
	}))
	b.Define("guarded", `
base_url: ${.address}
logins: [{name: token, fields: [{name: pasted, secret: true}], steps: [{capture: {token: .pasted}}]}]
each_answer: {capture: {ends?: '.headers["x-ends"]'}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
requests: [{name: me, get: /me}]
`)
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "me", Definition: "guarded", Login: "token", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-an-account")},
	})
	b.LogIn(id)
	for c, want := range map[string]string{
		`Bearer error="insufficient_scope", scope="admin"`:                              "this API wants the scope admin",
		`Bearer resource_metadata="HERE/.well-known/oauth-protected-resource"`:          "this API is guarded by the issuer https://login.example",
		`Bearer resource_metadata="` + other + `/.well-known/oauth-protected-resource"`: "",
		`Bearer resource_metadata="::"`:                                                 "", "": "",
	} {
		challenge = c
		run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
		enginetest.Check(t, err)
		if run.Asks != want || (want == "") != (run.Next == "") {
			t.Errorf("%s: %q, %q", c, run.Asks, run.Next)
		}
	}
	if elsewhere > 0 || carried != "" {
		t.Errorf("%d calls went elsewhere; sent was %q", elsewhere, carried)
	}
}
