package lifecycle_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
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

func TestATokenInAFailedAnswerIsKept(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.Clock.Now, BatchWindow: -1})
	var broken bool
	id := enginetest.Changing(t, b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			w = &enginetest.Status{ResponseWriter: w, Code: http.StatusForbidden}
		}
		server.ServeHTTP(w, r)
	}))
	b.LogIn(id)
	broken = true
	if _, _, err := b.Check(b.Ctx, id); err == nil {
		t.Fatal("status 403 proved something")
	}
	broken = false
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
		t.Errorf("alive %v, error %v: the token of the failed answer was lost", alive, err)
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
		t.Errorf("ending %q (%s), want unproven", result.Ending, result.Text())
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
	if result.Ending != lifecycle.Unproven || !strings.Contains(result.Reason, "502") {
		t.Errorf("ending %q: %s", result.Ending, result.Reason)
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
	if run == nil || run.Status != 201 || err == nil || !strings.Contains(err.Error(), "the answer arrived") {
		t.Errorf("run %+v, error %v: who does not see that it was sent sends it again", run, err)
	}
}
