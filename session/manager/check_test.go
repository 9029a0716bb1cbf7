package manager_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/manager"
	"tokenring/session/secret"
)

// changing is an account whose token changes with every answer.
func changing(t *testing.T, b *bench, server http.Handler) string {
	t.Helper()
	definition, err := os.ReadFile(filepath.Join("..", "definition", "testdata", "devise-token-auth.yaml"))
	check(t, err)
	check(t, os.WriteFile(filepath.Join(filepath.Dir(b.dir), "backends", "devise-token-auth.yaml"), definition, 0o600))
	return b.add(&manager.Draft{
		Name: "changing", Definition: "devise-token-auth", Login: "password",
		Values:  map[string]string{"address": serve(t, server), "email": "admin@example.com"},
		Secrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
}

func TestChecksTakeTurnsWhereTokensChange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := changing(t, b, emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.clock.Now, BatchWindow: -1}))
	b.login(id)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if _, alive, err := b.Check(b.ctx, id); err != nil || !alive {
				t.Errorf("alive %v, error %v: it asked with a token that was replaced", alive, err)
			}
		})
	}
	all.Wait()
}

func TestATokenInAFailedAnswerIsKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulatortest.NewChanging(emulatortest.ChangingOptions{Now: b.clock.Now, BatchWindow: -1})
	var broken bool
	id := changing(t, b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			w = &status{w, http.StatusForbidden}
		}
		server.ServeHTTP(w, r)
	}))
	b.login(id)
	broken = true
	if _, _, err := b.Check(b.ctx, id); err == nil {
		t.Fatal("status 403 proved something")
	}
	broken = false
	if _, alive, err := b.Check(b.ctx, id); err != nil || !alive {
		t.Errorf("alive %v, error %v: the token of the failed answer was lost", alive, err)
	}
}

// status answers with another status.
type status struct {
	http.ResponseWriter
	code int
}

func (s *status) WriteHeader(int) { s.ResponseWriter.WriteHeader(s.code) }

func TestASessionThatEndedIsNotSpokenFor(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	server.Revoke("admin")
	_, _ = b.Refresh(b.ctx, id, nil)
	b.wantState(id, session.StateNeedsLogin)
	before := len(server.Requests())
	_, _, err := b.Check(b.ctx, id)
	_, err2 := b.Token(b.ctx, id, "")
	_, err3 := b.Token(b.ctx, id, "refresh")
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, session.ErrNeedsLogin) {
			t.Errorf("error %v, want needs login", err)
		}
	}
	result, err := b.Logout(b.ctx, id)
	check(t, err)
	if result.Ending != manager.Unproven {
		t.Errorf("ending %q (%s), want unproven", result.Ending, result.Text())
	}
	if n := len(server.Requests()) - before; n != 0 {
		t.Errorf("%d requests were sent without a token", n)
	}
	b.wantState(id, session.StateNoSession)
}

func TestAProofThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/me" {
			w = &status{w, http.StatusBadGateway}
		}
		server.ServeHTTP(w, r)
	})), "me@market"))
	b.login(id)
	result, err := b.Logout(b.ctx, id)
	check(t, err)
	if result.Ending != manager.Unproven || !strings.Contains(result.Reason, "502") {
		t.Errorf("ending %q: %s", result.Ending, result.Reason)
	}
}

func TestOnlyAnAnswerToTheTokenAcceptsIt(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	elsewhere := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "{}") }))
	b.define("wide", strings.Replace(wide, "attach:", `
requests:
  - {name: here, path: /me}
  - {name: there, url: "${.extra}/"}
attach:`, 1))
	id := b.add(wideDraft(serve(t, emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: time.Hour})), elsewhere))
	b.login(id)
	for _, tt := range []struct {
		request string
		accepts bool
	}{{"there", false}, {"here", true}} {
		b.clock.Advance(time.Minute)
		run, err := b.Fire(b.ctx, id, b.request(id, tt.request), manager.FireOptions{})
		check(t, err)
		snap, err := b.Account(b.ctx, id)
		check(t, err)
		if accepted := b.Now().Sub(snap.Session.Primary().Accepted) < time.Second; run.Status != 200 || accepted != tt.accepts {
			t.Errorf("%s: status %d, the token counts as accepted: %v", tt.request, run.Status, accepted)
		}
	}
}

func TestAnAnswerIsShownWhenTheDiskIsFull(t *testing.T) {
	t.Parallel()
	full := &between{addRun: func() error { return errors.New("disk full") }}
	b := newBenchWith(t, benchOptions{between: full})
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	b.login(id)
	run, err := b.Fire(b.ctx, id, b.request(id, "new order"), manager.FireOptions{})
	if run == nil || run.Status != 201 || err == nil || !strings.Contains(err.Error(), "the answer is here") {
		t.Errorf("run %+v, error %v: who does not see that it was sent sends it again", run, err)
	}
}
