package flow_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
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
