package lifecycle_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

const elsewhereYAML = `
base_url: ${.address}
api_url: ${.at}
logins:
  - name: key
    fields: [{name: note, optional: true}, {name: key, secret: true}]
    steps:
      - request: {post: /login, json: {key: "${.key}"}}
        capture: {access: .body.token, refresh: .body.refresh, at: .body.at}
refresh:
  needs: refresh
  steps:
    - request: {post: /refresh, json: {refresh: "${.refresh}"}}
      capture: {access: .body.token, at: .body.at}
tokens: {access: {expires_at: [seconds(600)]}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /me}}
`

// The address of the API that a login brought is sealed with the account. Another one at a
// refresh goes nowhere and needs a login; an edit does not undo it.
func TestTheAddressOfTheAPIIsSealedWithTheAccount(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("elsewhere", elsewhereYAML)
	seen := map[string]int{}
	api := func(name string) string {
		return enginetest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen[name+r.URL.Path]++ })) + "/" + name
	}
	first, second := api("first"), api("second")
	at := first
	login := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"token": "canary-access", "refresh": "canary-refresh", "at": at})
	}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "me", Definition: "elsewhere", Login: "key", Relogin: true, Values: map[string]string{"address": login}},
		NewSecrets: map[string]secret.String{"key": secret.New("canary-key")},
	})
	who := &agreeing{}
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	origin := strings.TrimSuffix(first, "/first")
	if a := b.Record(id).Account; a.BaseURL != first || a.Origin != login || !slices.Equal(a.Origins, session.Origins{{Origin: origin, For: session.ForTokens}}) || len(who.asked) != 1 {
		t.Fatalf("asked %d times, the account is %+v", len(who.asked), a)
	}
	enginetest.Check(t, b.Credentials.Authentic(&b.Record(id).Account))
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive || seen["first/first/me"] != 1 {
		t.Errorf("the check says %v, %v, of %v", alive, err, seen)
	}
	d := b.Form(id)
	d.Name = "renamed"
	_, err = b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	if a := b.Record(id).Account; a.BaseURL != first || !slices.Equal(a.Origins, session.Origins{{Origin: origin, For: session.ForTokens}}) {
		t.Errorf("after an edit the account is %+v", a)
	}

	at = second
	b.Clock.Advance(20 * time.Minute)
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) || !strings.Contains(err.Error(), "not agreed yet") {
		t.Errorf("another address at a refresh: %v", err)
	}
	b.WantState(id, session.StateNeedsLogin)
	if a := b.Record(id).Account; a.BaseURL != first || len(a.Origins) != 1 {
		t.Errorf("without agreement the account is %+v", a)
	}
	if _, _, err = b.Check(b.Ctx, id); err != nil || len(seen) != 1 {
		t.Errorf("the check says %v, of %v", err, seen)
	}
	_, err = b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	if a := b.Record(id).Account; a.BaseURL != second || len(a.Origins) != 2 || len(who.asked) != 2 {
		t.Errorf("asked %d times, the account is %+v", len(who.asked), a)
	}

	d = b.Form(id) // the same account of another identity
	d.Values["note"] = "more"
	_, err = b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	if a := b.Record(id).Account; a.BaseURL != login || len(a.Origins) != 0 {
		t.Errorf("after a change the account is %+v", a)
	}
}

// A form that was opened before a login keeps what the person agreed to there, and what it
// changes itself; it can take back what it was opened with.
func TestAFormKeepsWhatALoginAgreedToMeanwhile(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("elsewhere", elsewhereYAML)
	api := enginetest.Serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	login := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"token": "canary-access", "refresh": "canary-refresh", "at": api})
	}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "me", Definition: "elsewhere", Login: "key", Values: map[string]string{"address": login}},
		NewSecrets: map[string]secret.String{"key": secret.New("canary-key")},
	})
	before := b.Form(id)
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: &agreeing{}})
	enginetest.Check(t, err)
	before.Name = "renamed"
	_, err = b.Save(b.Ctx, before)
	enginetest.Check(t, err)
	a := b.Record(id).Account
	if want := (session.Origins{{Origin: api, For: session.ForTokens}}); a.Name != "renamed" || a.BaseURL != api || !slices.Equal(a.Origins, want) {
		t.Errorf("the account is %+v", a)
	}
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
		t.Errorf("the check says %v, %v", alive, err)
	}
	back := b.Form(id)
	back.Origins = nil
	_, err = b.Save(b.Ctx, back)
	enginetest.Check(t, err)
	if _, _, err := b.Check(b.Ctx, id); len(b.Record(id).Account.Origins) != 0 || err == nil || !strings.Contains(err.Error(), "not agreed yet") {
		t.Errorf("taken back, the check says %v", err)
	}
}
