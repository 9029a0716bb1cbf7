package flow_test

import (
	"net/http"
	"testing"

	"tokenring/session"
)

const refusing = `
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true, pattern: "[a-z]{4,}"}]
    steps:
      - {when: .password == "early", fail: {is: bad_config}}
      - request: {method: POST, path: /login, json: {password: "${.password}"}}
        capture: {access: .body.token, role: .body.role}
      - {when: .role != "admin", fail: {is: forbidden, message: "this is for admins; ${.role} with ${.password} may not"}}
refresh:
  needs: access
  steps:
    - {request: {post: /login}, capture: {access: .body.token}}
    - {when: .body.role == "an_auditor-of-2", fail: {is: token_rejected}}
logout:
  steps:
    - {when: .role == "an_auditor-of-2", fail: {is: token_rejected}}
    - {request: {post: /logout}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`

func TestAFlowRefusesByItself(t *testing.T) {
	t.Parallel()
	calls := 0
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		calls++
		say(w, 200, `{"token":"t-1","role":"an_auditor-of-2"}`)
	})
	r, def := runner(t, newClock().now), define(t, refusing)

	_, err := r.Login(t.Context(), subject(def, url, map[string]any{"password": hide("early")}), nil, nil)
	f := failure(t, err)
	wantKind(t, f, session.BadConfig)
	if calls != 0 || f.Step != 1 || f.Status != 0 || f.Meaning != "the account's settings do not match the server" {
		t.Errorf("before a request: %d calls, %+v", calls, f)
	}

	_, err = r.Login(t.Context(), subject(def, url, map[string]any{"password": hide("pass-word-1")}), nil, nil)
	f = failure(t, err)
	wantKind(t, f, session.BadConfig)
	if calls != 0 || f.Meaning != "password: it does not match the pattern [a-z]{4,}" {
		t.Errorf("a value without the form of its field: %d calls, %+v", calls, f)
	}

	_, err = r.Login(t.Context(), subject(def, url, map[string]any{"password": hide("canaryword")}), nil, nil)
	f = failure(t, err)
	wantKind(t, f, session.Forbidden)
	if f.Step != 3 || f.Of != 3 || f.Meaning != "this is for admins; an_auditor-of-2 with •••••• may not" || f.Message != "" {
		t.Errorf("after a request: %+v", f)
	}

	def.Logins[0].Steps = def.Logins[0].Steps[:2]
	account := subject(def, url, map[string]any{"password": hide("canaryword")})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)
	_, err = r.Refresh(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.TokenRejected)
	calls = 0
	res, err = r.Logout(t.Context(), account, nil)
	must(t, err)
	if !res.AlreadyDead || len(res.Refused) != 0 || calls != 0 {
		t.Errorf("a logout that says there is nothing to end: %+v after %d calls", res, calls)
	}
}

// A value that was stored before it was checked does not stop what needs no login.
func TestAStoredValueThatCannotBeEntered(t *testing.T) {
	t.Parallel()
	got := ""
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		got = r.Header.Get("Authorization")
		say(w, 200, `{}`)
	})
	def := define(t, `
logins:
  - {name: paste, fields: [{name: pasted, secret: true}], steps: [{capture: {token: .pasted}}]}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
requests: [{name: me, get: /me}]
`)
	account := subject(def, url, map[string]any{"pasted": hide("two words")})
	account.Tokens["token"] = hide("two words")
	r := runner(t, newClock().now)
	_, err := fire(t, r, account, "me", false)
	must(t, err)
	if got != "Bearer two words" {
		t.Errorf("sent %q", got)
	}
	_, err = r.Login(t.Context(), account, nil, nil)
	wantKind(t, failure(t, err), session.BadConfig)
}
