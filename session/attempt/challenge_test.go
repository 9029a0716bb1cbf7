package attempt_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/draft"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/request"
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
		`Bearer error="insufficient_scope", scope="admin"`:                              "this API requires the scope admin",
		`Bearer resource_metadata="HERE/.well-known/oauth-protected-resource"`:          "this API takes tokens of the issuer https://login.example",
		`Bearer resource_metadata="` + other + `/.well-known/oauth-protected-resource"`: "this API names the issuer of its tokens at " + other + "/.well-known/oauth-protected-resource",
		`Basic realm="me"`:              "this API asks for the scheme Basic, which the request does not send",
		`Bearer resource_metadata="::"`: "", "": "",
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

// The account of the ring that fits is named, by its issuer and the scope it asks for.
func TestTheAccountThatFitsIsNamed(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	issuer := enginetest.Serve(t, emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now}))
	challenge := ""
	api := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if about, ok := strings.CutPrefix(r.URL.Path, "/.well-known/oauth-protected-resource"); ok {
			scopes := map[string]string{"/all": `, "scopes_supported": ["read", "admin"]`}[about]
			fmt.Fprintf(w, `{"resource": "http://%s", "authorization_servers": [%q]%s}`, r.Host, issuer, scopes)
			return
		}
		w.Header().Set("WWW-Authenticate", strings.ReplaceAll(challenge, "HERE", "http://"+r.Host))
		w.WriteHeader(http.StatusForbidden)
	}))
	add := func(name, scope string) string {
		return b.Add(&draft.Form{
			Account: session.Account{Name: name, Definition: "oidc", Login: "client", Origins: session.Origins{{Origin: issuer, For: session.ForBoth}}, Values: map[string]string{
				"issuer": issuer, "client_id": emulatortest.IssuerBasic, "scope": scope, "api": api,
			}},
			NewSecrets: map[string]secret.String{"client_secret": secret.New(emulatortest.IssuerSecret)},
		})
	}
	b.Define("guarded", `
base_url: ${.address}
logins: [{name: token, fields: [{name: pasted, secret: true}], steps: [{capture: {token: .pasted}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	stranger := b.Add(&draft.Form{
		Account:    session.Account{Name: "stranger", Definition: "guarded", Login: "token", Values: map[string]string{"address": api}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("canary-token-of-an-account")},
	})
	reader, writer := add("reader@corp", "read"), add("writer@corp", "read write")
	for _, id := range []string{stranger, reader, writer, add("zoe@corp", "read write")} {
		b.LogIn(id)
	}
	for _, c := range []struct{ id, challenge, asks, scope, next string }{
		{stranger, `Bearer scope="write", resource_metadata="HERE/.well-known/oauth-protected-resource"`,
			"this API takes tokens of the issuer " + issuer + ", scope write, which writer@corp has", "", "use that account"},
		{stranger, `Bearer scope="admin", resource_metadata="HERE/.well-known/oauth-protected-resource"`,
			"this API takes tokens of the issuer " + issuer + ", scope admin", "", "use an account of that issuer, or add an oidc account with it"},
		{reader, `Bearer error="insufficient_scope", scope="read write"`, "this API requires the scope read write, which writer@corp has", "write", "log in with the scope write"},
		{writer, `Bearer error="insufficient_scope", scope="admin"`, "this API requires the scope admin", "admin", "log in with the scope admin"},
		{stranger, `Bearer resource_metadata="HERE/.well-known/oauth-protected-resource/all"`,
			"this API takes tokens of the issuer " + issuer + ", scope read admin", "", "use an account of that issuer, or add an oidc account with it"},
		{writer, `Bearer scope="write", resource_metadata="HERE/.well-known/oauth-protected-resource"`, // zoe@corp asks for no more
			"this API takes tokens of the issuer " + issuer + ", scope write", "", "log in again"},
		{writer, `Bearer resource_metadata="HERE/.well-known/oauth-protected-resource/all"`,
			"this API takes tokens of the issuer " + issuer + ", scope read admin", "admin", "log in with the scope admin"},
		{writer, `Bearer realm="https://auth.example/token", service="registry", scope="pull"`,
			"tokens for this API come from https://auth.example/token", "", "use an account of a backend that gets its tokens there"},
		{writer, `Bearer error="insufficient_scope", scope="write"`, "this API requires the scope write", "", "edit the account, add the scope, and log in again"},
	} {
		challenge = c.challenge
		run, err := b.Fire(b.Ctx, c.id, &request.Spec{Target: "/me"}, attempt.Options{})
		enginetest.Check(t, err)
		remedy := ""
		if c.scope != "" {
			remedy = "tokenring login " + run.Account + " --scope " + c.scope
		}
		if run.Asks != c.asks || run.Scope != c.scope || run.Next != c.next || !strings.HasPrefix(run.Remedy(), remedy) {
			t.Errorf("%s: %q, %q, %q, %q", c.challenge, run.Asks, run.Scope, run.Next, run.Remedy())
		}
	}
}
