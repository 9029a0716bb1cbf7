package lifecycle_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
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
	"tokenring/session/secret"
	"tokenring/session/suite"
)

func TestChecksTakeTurnsWhereTokensChange(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := enginetest.Changing(t, b, emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.Clock.Now, BatchWindow: -1}))
	b.LogIn(id)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
				t.Errorf("alive %v, error %v: it asked with a token that was replaced", alive, err)
			}
		})
	}
	all.Wait()
}

// TestALostAnswerMayHaveReplacedTheToken has a server that breaks off.
func TestALostAnswerMayHaveReplacedTheToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var breaks atomic.Bool
	id := scripted(t, b, `
each_answer: {capture: {access?: .body.next}}
check: {request: {path: /me}}
requests: [{name: me, path: /me}]
`, func(w http.ResponseWriter, r *http.Request) {
		if breaks.Load() {
			panic(http.ErrAbortHandler)
		}
		_, _ = io.WriteString(w, `{"access": "a-token"}`)
	})
	b.LogIn(id)
	interrupted := func(want bool) {
		t.Helper()
		snap, err := b.Account(b.Ctx, id)
		enginetest.Check(t, err)
		if snap.Interrupted() != want {
			t.Errorf("interrupted %v, want %v", snap.Interrupted(), want)
		}
	}
	for range 2 {
		breaks.Store(true)
		if run := fire(b, id); run.Status != 0 || !strings.Contains(run.Err, "the server may have replaced the token") {
			t.Errorf("the run says %q", run.Err)
		}
		interrupted(true)
		breaks.Store(false)
		fire(b, id)
		interrupted(false)
		breaks.Store(true)
		if _, _, err := b.Check(b.Ctx, id); err == nil {
			t.Error("there is a result")
		}
		interrupted(true)
		breaks.Store(false)
		_, _, err := b.Check(b.Ctx, id)
		enginetest.Check(t, err)
		interrupted(false)
	}
}

// TestASessionOfNoUserReplacesNone has a server that begins a session without a user
// where it does not know the one it is shown.
func TestASessionOfNoUserReplacesNone(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	known, issued := map[string]bool{}, 0
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sid, err := r.Cookie("sid")
		if err != nil || !known[sid.Value] {
			issued++
			sid = &http.Cookie{Name: "sid", Value: fmt.Sprintf("session-number-%d", issued)}
			http.SetCookie(w, sid)
		}
		switch {
		case r.URL.Path == "/login":
			known[sid.Value] = true
		case !known[sid.Value]:
			http.Redirect(w, r, "/form", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, "{}")
	}))
	b.Define("form", `
base_url: ${.address}
each_answer: {capture: {sid?: .cookies.sid}}
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true}]
    steps: [{request: {method: POST, path: /login, form: {password: "${.password}"}}, capture: {sid: .cookies.sid}}]
tokens: {sid: {idle: 600}}
attach: [{name: cookie, cookies: {sid: "${.sid}"}}]
outcomes: [{when: .status == 302, is: token_rejected}]
requests: [{name: me, path: /me, follow: false}]
`)
	for _, relogin := range []bool{false, true} {
		id := b.Add(&draft.Form{
			Account:    session.Account{Name: fmt.Sprint("form", relogin), Definition: "form", Login: "password", Relogin: relogin, Values: map[string]string{"address": url}},
			NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
		})
		before := b.LogIn(id).Session.Generation
		clear(known) // it was restarted
		run := fire(b, id)
		if relogin != (run.Status == 200) || run.Replayed != relogin {
			t.Errorf("relogin %v: status %d, replayed %v", relogin, run.Status, run.Replayed)
		}
		if after := b.Record(id).Session.Generation; !relogin && after != before {
			t.Error("the session was replaced by one without a user")
		}
	}
}

// A new token that no header can carry is not kept, and the old one may be spent.
func TestATokenThatCannotBeSentIsSaid(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	next := "good"
	id := scripted(t, b, refreshes+`
each_answer: {capture: {access?: .body.next}}
check: {request: {path: /me}}
requests: [{name: me, path: /me}]
`, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"access": "good", "refresh": "good", "next": next})
	})
	b.LogIn(id)
	next = "canary\x1bJ"
	const what = "access: character 7 is a control character"
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
	if run == nil || run.Status != 200 || err == nil || !strings.Contains(err.Error(), what) || strings.Contains(err.Error(), "canary") {
		t.Errorf("the request says %v", err)
	}
	if snap, err := b.Account(b.Ctx, id); err != nil || !snap.Interrupted() {
		t.Errorf("the token may be spent: %v", err)
	}
	_, err = b.Requests.Fire(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), b.Spec(id, "me"), attempt.Options{})
	enginetest.Check(t, err) // there is no token to keep
	_, _, err = b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	_, err = b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	after := b.LogIn(id)
	events, err := b.Store.Events(b.Ctx, id, 3)
	enginetest.Check(t, err)
	for _, e := range events {
		if !strings.Contains(e.Text, what) {
			t.Errorf("the activity says %q", e.Text)
		}
	}
	if notes := strings.Join(after.Notes, "; "); !strings.Contains(notes, what) || strings.Contains(notes, "canary") {
		t.Errorf("the login says %q", notes)
	}
}

func TestASessionThatEndedIsNotSpokenFor(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	server.Revoke("admin")
	_, _ = b.Refresh(b.Ctx, id, nil)
	_, _, _ = b.Check(b.Ctx, id)
	b.WantState(id, session.StateNeedsLogin)
	before := len(server.Requests())
	_, _, err := b.Check(b.Ctx, id)
	_, err2 := b.Token(b.Ctx, id, "")
	_, err3 := b.Token(b.Ctx, id, "refresh")
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, session.ErrNeedsLogin) {
			t.Errorf("error %v, want needs login", err)
		}
	}
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if result.Ending != lifecycle.Unproven {
		t.Errorf("ending %q (%s), want unproven", result.Ending, result.Text(b.Now(), time.UTC))
	}
	if n := len(server.Requests()) - before; n != 0 {
		t.Errorf("%d requests were sent without a token", n)
	}
	b.WantState(id, session.StateNoSession)
}

func TestAProofThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/me" {
			w = &enginetest.Status{ResponseWriter: w, Code: http.StatusBadGateway}
		}
		server.ServeHTTP(w, r)
	})), "me@market"))
	b.LogIn(id)
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if result.Ending != lifecycle.Unproven || !strings.Contains(result.Tokens[0].Reason, "502") {
		t.Errorf("ending %q: %s", result.Ending, result.Tokens[0].Reason)
	}
}

func TestOnlyAnAnswerToTheTokenAcceptsIt(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	elsewhere := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	b.Define("wide", strings.Replace(enginetest.Wide, "attach:", `
requests:
  - {name: here, path: /me}
  - {name: there, url: "${.extra}/"}
attach:`, 1))
	id := b.Add(enginetest.WideForm(enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Hour})), elsewhere))
	b.LogIn(id)
	for _, tt := range []struct {
		request string
		accepts bool
	}{{"there", false}, {"here", true}} {
		b.Clock.Advance(time.Minute)
		run, err := b.Fire(b.Ctx, id, b.Spec(id, tt.request), attempt.Options{})
		enginetest.Check(t, err)
		snap, err := b.Account(b.Ctx, id)
		enginetest.Check(t, err)
		if accepted := b.Now().Sub(snap.Session.Primary().Accepted) < time.Second; run.Status != 200 || accepted != tt.accepts {
			t.Errorf("%s: status %d, the token counts as accepted: %v", tt.request, run.Status, accepted)
		}
	}
}

func TestAnAnswerIsShownWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	full := &enginetest.Between{FailAddRuns: func() error { return errors.New("disk full") }}
	b := enginetest.NewWith(t, enginetest.Options{Between: full})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "new order"), attempt.Options{})
	if run == nil || run.Status != 201 || !errors.As(err, new(*attempt.HistoryError)) {
		t.Errorf("run %+v, error %v: who does not see that it was sent sends it again", run, err)
	}
}
