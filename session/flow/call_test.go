package flow_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/secret"
)

// The address of a failure is readable: it has the account's plain values, and the
// names of its secrets.
func TestAFailureNamesItsCall(t *testing.T) {
	t.Parallel()
	def := define(t, `
logins:
  - name: key
    fields:
      - {name: app, label: App}
      - {name: key, label: Key, secret: true}
    steps:
      - request: {method: POST, path: "/apps/${.app}/keys/${.key}/session"}
        capture: {access: .body.token}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
`)
	account := subject(def, serve(t, http.NotFoundHandler()), map[string]any{"app": "5523139f", "key": hide("canary-key")})
	_, err := runner(t, time.Now).Login(t.Context(), account, nil, nil)
	var f *session.Failure
	if !errors.As(err, &f) {
		t.Fatalf("the login gave %v", err)
	}
	if !strings.HasPrefix(f.Call, "POST http://127.0.0.1:") || !strings.HasSuffix(f.Call, "/apps/5523139f/keys/{key}/session") {
		t.Errorf("the failed call is %q", f.Call)
	}
}

// The timeout of a request comes before that of its account, and that before the one of
// the definition.
func TestTheNearestTimeoutCounts(t *testing.T) {
	t.Parallel()
	def := define(t, `
timeout: 40s
logins: [{name: key, fields: [{name: key, label: Key, secret: true}], steps: [{capture: {access: .key}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
requests: [{name: slow, path: /slow, timeout: 2m}, {name: plain, path: /plain}]
`)
	for _, test := range []struct {
		account string
		request int
		want    time.Duration
	}{
		{"", 1, 40 * time.Second},
		{"90s", 1, 90 * time.Second},
		{"90s", 0, 2 * time.Minute},
		{"", 0, 2 * time.Minute},
	} {
		account := subject(def, "http://127.0.0.1:1", map[string]any{"key": hide("canary-key")})
		account.Connection.Timeout = test.account
		account.Tokens = map[string]secret.String{"access": hide("canary-token")}
		built, err := runner(t, time.Now).Caller(account).Build(t.Context(), &def.Requests[test.request])
		must(t, err)
		if built.Timeout != test.want {
			t.Errorf("%+v: %s", test, built.Timeout)
		}
	}
}
