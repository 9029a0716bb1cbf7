package lifecycle_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
)

func TestTheTimesOfAToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	ahead := func() time.Time { return b.Now().Add(10 * time.Minute) }
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: ahead, AccessLife: 5 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	token := b.LogIn(id).Session.Primary()
	for name, at := range map[string]time.Time{"received": token.Received, "issued": token.IssuedAt, "accepted": token.Accepted} {
		if off := at.Sub(ahead()).Abs(); off > time.Second {
			t.Errorf("%s at %v, want %v: times are the server's", name, at, ahead())
		}
	}
}

// scripted adds an account at a server that answers as the test says. Its login
// takes nothing; more goes on with the definition.
func scripted(t *testing.T, b *enginetest.Fixture, more string, answer http.HandlerFunc) string {
	t.Helper()
	b.Define("scripted", `
base_url: ${.address}
logins: [{name: open, steps: [{request: {method: POST, path: /login}, capture: &tokens {access: .body.access, refresh?: .body.refresh}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`+more)
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Date", b.Now().Format(http.TimeFormat))
		answer(w, r)
	}))
	return b.Add(&draft.Form{Account: session.Account{Name: "scripted", Definition: "scripted", Login: "open", Values: map[string]string{"address": url}}})
}

// refreshes is a refresh without conditions, for scripted.
const refreshes = `
refresh: {steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}
tokens: {refresh: {}}
`

// always answers everything alike.
func always(body *string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, *body) }
}

func TestWhenATokenWasIssued(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := ""
	id := scripted(t, b, "", always(&answer))
	for _, tt := range []struct {
		name string
		iat  string
		want time.Duration // before it came
	}{
		{"as it says", fmt.Sprint(b.Now().Unix() - 3600), time.Hour},
		{"it says nothing", `null`, 0},
		{"from the future", fmt.Sprint(b.Now().Unix() + 3600), 0},
	} {
		claims := base64.RawURLEncoding.EncodeToString([]byte(`{"iat":` + tt.iat + `}`))
		answer = `{"access": "eyJhbGciOiJub25lIn0.` + claims + `."}`
		token := b.LogIn(id).Session.Primary()
		if got := token.Received.Sub(token.IssuedAt); got != tt.want {
			t.Errorf("%s: issued %v before it came, want %v", tt.name, got, tt.want)
		}
	}
}

func TestWhatARefreshLeavesKeepsItsTimes(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := `{"access": "first-access-token", "refresh": "always-the-same"}`
	id := scripted(t, b, refreshes, always(&answer))
	before := b.LogIn(id).Session
	b.Clock.Advance(time.Minute)
	answer = `{"access": "second-access-token", "refresh": "always-the-same"}`
	snap, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if was, is := before.Token("refresh"), snap.Session.Token("refresh"); !is.Received.Equal(was.Received) {
		t.Errorf("the refresh token came at %v and now says %v", was.Received, is.Received)
	}
	if is := snap.Session.Token("access"); !is.Received.Equal(b.Now()) {
		t.Errorf("the new token says it came at %v", is.Received)
	}
}

func TestALoginIsKeptThoughItsCallerLeft(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	ctx, leave := context.WithCancel(b.Ctx)
	answer := `{"access": "some-access-token"}`
	id := scripted(t, b, "", always(&answer))
	race.BeforeLock = func(string) { leave() } // the server has answered
	if _, err := b.Login(ctx, id, lifecycle.LoginOptions{}); err != nil {
		t.Fatal(err)
	}
	b.WantState(id, session.StateUnknown)
}
