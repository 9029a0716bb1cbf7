package lifecycle_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

const offline = `
base_url: ${.address}
logins: [{name: key, fields: [{name: key, secret: true}], steps: [{capture: {access: .key}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /me}}
requests: [{name: me, path: /me}, {name: other, path: /other}]
`

// keyed adds an account whose login asks no server, at one that accepts one key.
func keyed(t *testing.T, b *enginetest.Fixture, accepted *string) string {
	b.Define("offline", offline)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+*accepted {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	return b.Add(&draft.Form{
		Account:    session.Account{Name: "keyed", Definition: "offline", Login: "key", Relogin: true, Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"key": secret.New("one")},
	})
}

func TestALoginThatAsksNoServerRenewsNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	accepted := "one"
	id := keyed(t, b, &accepted)
	b.LogIn(id)
	accepted = "two"
	if run := fire(b, id); kind(run) != session.RefusedDead || run.Replayed {
		t.Errorf("refusal %+v, sent again %v", run.Refusal, run.Replayed)
	}
	b.WantState(id, session.StateNeedsLogin)

	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{})
	var failure *session.Failure
	if !errors.As(err, &failure) || !failure.AsksForToken() {
		t.Errorf("a login with the refused key: %v", err)
	}
	b.WantState(id, session.StateNeedsLogin)

	after, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Secrets: map[string]secret.String{"key": secret.New("two")}})
	if err != nil || after.Unproven() {
		t.Errorf("a login with another key: %v, unproven %v", err, after.Unproven())
	}
}

func TestASecretFromElsewhereMayRenew(t *testing.T) {
	t.Parallel()
	elsewhere := &enginetest.Elsewhere{Password: "one"}
	b := enginetest.NewWith(t, enginetest.Options{References: elsewhere.Reader()})
	accepted := "two"
	id := keyed(t, b, &accepted)
	form := b.Form(id)
	form.References["key"] = "env:MARKET_PASSWORD"
	_, err := b.Save(b.Ctx, form)
	enginetest.Check(t, err)
	b.LogIn(id)
	elsewhere.Password = "two"
	if run := fire(b, id); run.Refusal != nil || !run.Replayed {
		t.Errorf("refusal %+v, sent again %v", run.Refusal, run.Replayed)
	}
}

// A call that is the check's own is the check's answer, however recently it was asked.
func TestTheChecksOwnCallDecides(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	lives := true
	id := scripted(t, b, "check: {request: {path: /me}}\nrequests: [{name: me, path: /me}, {name: other, path: /other}]\n", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/login":
			_, _ = w.Write([]byte(`{"access": "access-1"}`))
		case r.URL.Path == "/other", !lives:
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	b.LogIn(id)
	if run := fireSpec(b, id, b.Spec(id, "other")); kind(run) != session.RefusedHere {
		t.Errorf("one route refuses: %+v", run.Refusal)
	}
	b.Clock.Advance(5 * time.Second)
	again := fireSpec(b, id, b.Spec(id, "other"))
	if text := again.Refusal.Text(again.At, time.UTC); text != "refused by this route; the token is accepted elsewhere, by a check 5 s before" {
		t.Errorf("once more, the refusal is %q", text)
	}
	lives = false
	if run := fire(b, id); kind(run) != session.RefusedDead {
		t.Errorf("the check's own call: %+v", run.Refusal)
	}
	b.WantState(id, session.StateNeedsLogin)
}

// RFC 9110, section 15.5.2: status 401 speaks of the credentials.
func TestAnUnexplained401RejectsTheToken(t *testing.T) {
	t.Parallel()
	for name, outcomes := range map[string]string{
		"no outcome at all":     "",
		"one for another fault": "outcomes: [{when: .status == 403, is: forbidden}, {when: .body.code == 7, is: token_rejected}]\n",
	} {
		b := enginetest.New(t)
		server := &rejecting{rejects: func(token string) bool { return token == "access-1" }}
		id := scripted(t, b, refreshes+outcomes+"requests: [{name: me, path: /me}]\n", server.ServeHTTP)
		b.LogIn(id)
		if run := fire(b, id); run.Refusal != nil || !run.Replayed || server.renewed.Load() != 1 {
			t.Errorf("%s: refusal %+v after %d refreshes", name, run.Refusal, server.renewed.Load())
		}
		spec := b.Spec(id, "me")
		spec.Attach = "none"
		server.rejects = nil
		if run := fireSpec(b, id, spec); run.Refusal != nil || strings.Contains(string(run.Kind), "token") {
			t.Errorf("%s: a call without the token: %s %+v", name, run.Kind, run.Refusal)
		}
	}
}

// A pasted token may renew itself: the old one is spent, and a login must not bring it back.
func TestAStoredTokenFollowsItsRenewals(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("renewing", strings.Replace(offline, "check:", "refresh: {needs: access, steps: [{request: {post: /renew, attach: bearer}, capture: {access: .body.token}}]}\ncheck:", 1))
	live := "one"
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer "+live:
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/renew":
			live += "-more"
			_, _ = w.Write([]byte(`{"token": "` + live + `"}`))
		}
	}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "renewing", Definition: "renewing", Login: "key", Values: map[string]string{"address": url}},
		NewSecrets: map[string]secret.String{"key": secret.New(" one\n")},
	})
	b.LogIn(id)
	for range 2 {
		if _, err := b.Refresh(b.Ctx, id, nil); err != nil {
			t.Fatal(err)
		}
	}
	b.LogIn(id)
	if run := fire(b, id); run.Status != http.StatusOK || live != "one-more-more" {
		t.Errorf("after a login, with the token %s live: status %d, %+v", live, run.Status, run.Refusal)
	}
}
