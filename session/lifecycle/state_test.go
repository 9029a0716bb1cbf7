package lifecycle_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
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
		{"after it came, as a wrong Date has it", fmt.Sprint(b.Now().Unix() + 3600), -time.Hour},
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
	race.BeforeLock = func(string) {
		race.BeforeLock = func(string) { leave() } // the server has answered
	}
	if _, err := b.Login(ctx, id, lifecycle.LoginOptions{}); err != nil {
		t.Fatal(err)
	}
	b.WantState(id, session.StateUnknown)
}

// jwt returns an unsigned token with the claims.
func jwt(claims string) string {
	return "eyJhbGciOiJub25lIn0." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + "."
}

func TestATokenOfAClockThatWasSetRight(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	const month = 30 * 24 * time.Hour
	server := b.Now() // which always runs right
	date := func() time.Time { return server }
	answer := ""
	id := scripted(t, b, "", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", date().Format(http.TimeFormat))
		_, _ = io.WriteString(w, answer)
	})
	for name, of := range map[string]string{
		"a lifetime": `{"access": "an-access-token", "expires_in": 6}`,
		"an expiry":  fmt.Sprintf(`{"access": %q}`, jwt(fmt.Sprintf(`{"exp": %d}`, server.Unix()+6))),
	} {
		answer = of
		b.Clock.Advance(month)
		b.LogIn(id)
		b.WantState(id, session.StateValid)
		b.Clock.Advance(-month)
		b.WantState(id, session.StateValid)
		b.Clock.Advance(8 * time.Second)
		b.WantState(id, session.StateNeedsLogin)
		if _, err := b.Ensure(b.Ctx, id, 0); err == nil {
			t.Errorf("%s: an expired token can be had", name)
		}
		b.Clock.Advance(-8 * time.Second)
	}
	date = func() time.Time { return time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC) }
	b.LogIn(id)
	b.Clock.Advance(8 * time.Second)
	b.WantState(id, session.StateNeedsLogin)
}

func TestATokenThatIsValidLaterIsNotUsedNow(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var answer atomic.Value
	answer.Store(fmt.Sprintf(`{"access": %q}`, jwt(fmt.Sprintf(`{"nbf": %d, "exp": %d}`, b.Now().Unix()+600, b.Now().Unix()+6000))))
	var calls atomic.Int32
	id := scripted(t, b, "requests: [{name: me, path: /me}]\n", func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		_, _ = io.WriteString(w, answer.Load().(string))
	})
	b.LogIn(id)
	b.WantState(id, session.StateNotYet)
	var early *session.NotYetValidError
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.As(err, &early) || !early.From.Equal(b.Now().Add(10*time.Minute)) {
		t.Errorf("error %v, want not yet valid", err)
	}
	if _, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{}); !errors.As(err, &early) || calls.Load() != 1 {
		t.Errorf("error %v after %d calls, want not yet valid and the login alone", err, calls.Load())
	}
	b.Clock.Advance(10 * time.Minute)
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	answer.Store(fmt.Sprintf(`{"access": %q}`, jwt(fmt.Sprintf(`{"nbf": %d, "iat": %d, "exp": %d}`, b.Now().Unix()+3, b.Now().Unix()+3, b.Now().Unix()+6000))))
	b.LogIn(id)
	b.WantState(id, session.StateValid) // it is valid from its issue
}
