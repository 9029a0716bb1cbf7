package lifecycle_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tokenring/session/attempt"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// backwards writes a text in a form that no masking knows.
func backwards(text string) string {
	letters := []byte(text)
	slices.Reverse(letters)
	return string(letters)
}

// TestNoWordOfAServerLiesInClear logs in, refreshes, checks, requests and logs out at a
// server that echoes what it got, backwards.
func TestNoWordOfAServerLiesInClear(t *testing.T) {
	t.Parallel()
	const password = "p-for-a-canary-9c1f"
	b := enginetest.New(t)
	b.Define("echo", `
base_url: ${.address}
message: .body.message
logins:
  - name: password
    fields: [{name: username, label: User}, {name: password, label: Password, secret: true}]
    steps:
      - {request: {method: POST, path: /login, json: {password: "${.password}"}}, capture: {token: .body.token, refresh: .body.refresh}}
refresh:
  steps:
    - {request: {method: POST, path: /refresh, json: {refresh: "${.refresh}"}}, capture: {token: .body.token}}
check: {request: {path: /check}, alive: .status == 200}
logout: {steps: [{request: {method: POST, path: /logout}}]}
tokens: {token: {}, refresh: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	refuse := true
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/login" && !refuse {
			fmt.Fprintf(w, `{"token": "t-%s", "refresh": "r-%s"}`, password, password)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		fmt.Fprintf(w, `{"message": %q}`, backwards(string(body)+r.Header.Get("Authorization")))
	}))
	d := enginetest.Market(url, "me")
	d.Definition, d.Relogin, d.NewSecrets = "echo", true, map[string]secret.String{"password": secret.New(password)}
	id := b.Add(d)
	fails := func(what string, err error) {
		t.Helper()
		if err == nil {
			t.Errorf("%s succeeded", what)
		}
	}
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{})
	fails("the login", err)
	if !strings.Contains(err.Error(), backwards(password)) {
		t.Errorf("the server does not echo: %v", err)
	}
	refuse = false
	b.LogIn(id)
	refuse = true
	_, _, _ = b.Check(b.Ctx, id)
	_, _ = b.Fire(b.Ctx, id, &request.Spec{Target: "/me"}, attempt.Options{})
	_, err = b.Refresh(b.Ctx, id, nil)
	fails("the refresh", err)
	_, err = b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	events, err := b.Accounts.Events(b.Ctx, id, 100)
	enginetest.Check(t, err)
	said := 0
	for _, e := range events {
		if strings.Contains(e.Text, backwards(password)) {
			said++
		}
	}
	if said < 2 {
		t.Errorf("the activity says it %d times", said)
	}
	wantInNoFile(t, b, password, backwards(password))
}

func wantInNoFile(t *testing.T, b *enginetest.Fixture, texts ...string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(b.Dir, "*"))
	enginetest.Check(t, err)
	read := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			continue // a folder
		}
		read++
		for _, text := range texts {
			if bytes.Contains(data, []byte(text)) {
				t.Errorf("%s holds %q", filepath.Base(file), text)
			}
		}
	}
	if read < 2 {
		t.Errorf("%d files were read", read)
	}
}
