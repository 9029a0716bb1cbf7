package manager_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/manager"
)

func TestASessionAgesAndIsRenewedBeforeUse(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: 10 * time.Minute})
	id := b.add(market(serve(t, server), "me@market"))
	b.wantState(id, session.StateNoSession)
	b.login(id)
	b.wantState(id, session.StateValid)

	b.clock.Advance(8 * time.Minute)
	b.wantState(id, session.StateValid)
	b.clock.Advance(61 * time.Second) // a tenth of ten minutes is left to it
	b.wantState(id, session.StateExpiring)
	b.clock.Advance(time.Minute)
	b.wantState(id, session.StateExpired)

	snap, err := b.Ensure(b.ctx, id, 0)
	check(t, err)
	if left, _ := snap.Left(b.Now()); left != 10*time.Minute {
		t.Errorf("after the refresh %v are left, want 10m", left)
	}
	if snap.Session.Refreshes != 1 || server.Refreshes() != 1 {
		t.Errorf("refreshes: %d here, %d at the server, want 1 and 1", snap.Session.Refreshes, server.Refreshes())
	}
	if _, err := b.Ensure(b.ctx, id, 0); err != nil || server.Refreshes() != 1 {
		t.Errorf("a fresh token was refreshed again (%d times), error %v", server.Refreshes(), err)
	}
	if _, err := b.Ensure(b.ctx, id, 9*time.Minute+50*time.Second); err != nil || server.Refreshes() != 1 {
		t.Errorf("a token that lives long enough was refreshed, error %v", err)
	}
}

func TestManyCallersMakeOneExchange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: time.Minute})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	b.clock.Advance(2 * time.Minute)

	// Another process is another Manager on the same store.
	other := newBenchWith(t, benchOptions{dir: b.dir, now: b.clock.Now})
	var wg sync.WaitGroup
	for i := range 20 {
		m := b.Manager
		if i%2 == 1 {
			m = other.Manager
		}
		wg.Go(func() {
			if _, err := m.Ensure(context.Background(), id, 0); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if server.Refreshes() != 1 || server.Reuses() != 0 {
		t.Errorf("%d exchanges and %d reuses, want 1 and 0", server.Refreshes(), server.Reuses())
	}
}

func TestARefusedRefreshFallsBackToTheStoredCredentials(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	b.login(id)
	server.Revoke("admin")
	b.clock.Advance(2 * time.Minute)
	_, err := b.Ensure(b.ctx, id, 0)
	check(t, err)
	if server.Logins() != 2 {
		t.Errorf("%d logins, want 2", server.Logins())
	}
	b.wantState(id, session.StateValid)
}

func TestARefusedRefreshWithoutCredentialsIsFinal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	server.Revoke("admin")
	b.clock.Advance(2 * time.Minute)
	for range 3 {
		if _, err := b.Ensure(b.ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
			t.Fatalf("error %v, want needs login", err)
		}
	}
	b.wantState(id, session.StateNeedsLogin)
	tries := 0
	for _, r := range server.Requests() {
		if r.Path == "/auth/refresh" {
			tries++
		}
	}
	if tries != 1 {
		t.Errorf("%d tries at the server, want 1: a final refusal is not repeated", tries)
	}
	if _, err := b.Token(b.ctx, id, ""); err == nil {
		t.Error("a dead token can still be had")
	}
	b.login(id)
	b.wantState(id, session.StateValid)
}

func TestARefusalDoesNotClearANewerSession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	old := b.login(id)
	b.login(id)
	err := b.store.EndSession(b.ctx, id, old.Session.Generation, "refused")
	if !errors.Is(err, session.ErrStale) {
		t.Fatalf("error %v, want stale", err)
	}
	b.wantState(id, session.StateValid)
}

func TestALostAnswerIsExplained(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	b.clock.Advance(2 * time.Minute)
	server.LoseNext(1) // the server rotates, and its answer never arrives
	_, err := b.Refresh(b.ctx, id, nil)
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.NoAnswer {
		t.Fatalf("error %v, want a broken exchange", err)
	}
	snap, err := b.Account(b.ctx, id)
	check(t, err)
	if snap.Session.Pending.IsZero() {
		t.Fatal("nothing says that an exchange was begun and its end is not known")
	}
	_, err = b.Refresh(b.ctx, id, nil)
	if !errors.Is(err, session.ErrNeedsLogin) || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v, want needs login, for an interrupted refresh", err)
	}
}

func TestABrokenNetworkIsNotFinal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	b.clock.Advance(2 * time.Minute)
	server.FailNext(1, 503)
	if _, err := b.Refresh(b.ctx, id, nil); err == nil || errors.Is(err, session.ErrNeedsLogin) {
		t.Fatalf("error %v, want one that may pass", err)
	}
	_, err := b.Refresh(b.ctx, id, nil)
	check(t, err)
	b.wantState(id, session.StateValid)
}

func TestARejectedTokenIsRenewedAndTheRequestSentAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: time.Hour, OmitExpiresIn: true, OpaqueAccess: true})
	id := b.add(market(serve(t, server), "me@market"))
	b.login(id)
	b.wantState(id, session.StateUnknown)
	me := b.request(id, "me")

	server.Revoke("admin")
	run, err := b.Fire(b.ctx, id, me, manager.FireOptions{})
	check(t, err)
	if run.Status != 401 || run.Replayed || server.Logins() != 1 {
		t.Errorf("right after the login: status %d, replayed %v; a fresh token's rejection is no reason to renew", run.Status, run.Replayed)
	}
	b.clock.Advance(31 * time.Second)
	run, err = b.Fire(b.ctx, id, me, manager.FireOptions{})
	check(t, err)
	if run.Status != 200 || !run.Replayed {
		t.Errorf("later: status %d, replayed %v, want 200 and replayed", run.Status, run.Replayed)
	}
}

func TestWhoLeavesDoesNotBreakTheExchange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	b.clock.Advance(2 * time.Minute)
	server.SetLatency(200 * time.Millisecond)
	ctx, cancel := context.WithCancel(b.ctx)
	left := make(chan error, 1)
	_, err := b.Refresh(ctx, id, func(session.Step) { cancel() })
	left <- err
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
	check(t, b.Wait(b.ctx))
	snap, err := b.Account(b.ctx, id)
	check(t, err)
	if snap.Session.Refreshes != 1 || server.Refreshes() != 1 {
		t.Errorf("the new token was lost: %d refreshes here, %d at the server", snap.Session.Refreshes, server.Refreshes())
	}
}

func TestAServerWithAnotherClock(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ahead := func() time.Time { return b.clock.Now().Add(10 * time.Minute) }
	server := emulator.NewRotating(emulator.RotatingOptions{Now: ahead, AccessLife: 5 * time.Minute})
	id := b.add(market(serve(t, server), "me@market"))
	snap := b.login(id)
	left, _ := snap.Left(b.Now())
	if off := left - 5*time.Minute; off < -time.Second || off > time.Second {
		t.Errorf("%v left of 5m: the offset was not corrected once", left)
	}
	if off := snap.Session.Offset - 10*time.Minute; off < -time.Second || off > time.Second {
		t.Errorf("offset %v, want 10m", snap.Session.Offset)
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Values["username"] = "nobody"
	id := b.add(d)
	_, err := b.Login(b.ctx, id, manager.LoginOptions{})
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.BadCredentials || f.Message != "Wrong username or password." || f.Next == "" {
		t.Fatalf("failure %+v", f)
	}
	b.wantState(id, session.StateFailed)
	events, err := b.Events(b.ctx, id, 10)
	check(t, err)
	if len(events) == 0 || events[0].OK || events[0].Kind != session.EventLogin {
		t.Errorf("activity %+v", events)
	}
}

func TestTheMarkOfAnExchangeStaysWhileItsEndIsUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before func(*emulator.Rotating, *emulator.Listener)
		stays  bool
	}{
		{"refused for now", func(s *emulator.Rotating, _ *emulator.Listener) { s.FailNext(1, 503) }, false},
		{"never reached", func(_ *emulator.Rotating, l *emulator.Listener) { l.Close() }, false},
		{"a proxy lost it", func(s *emulator.Rotating, _ *emulator.Listener) { s.FailNext(1, 502) }, true},
		{"answered by somebody else", func(s *emulator.Rotating, _ *emulator.Listener) { s.FailNext(1, 200) }, true},
		{"no answer", func(s *emulator.Rotating, _ *emulator.Listener) { s.LoseNext(1) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A kept connection that breaks would not tell whether the server was reached.
			b := newBenchWith(t, benchOptions{transport: &http.Transport{DisableKeepAlives: true}})
			server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
			l, err := emulator.Start(server)
			check(t, err)
			t.Cleanup(func() { l.Close() })
			d := market(l.URL, "me@market")
			d.Relogin = false
			id := b.add(d)
			b.login(id)
			tt.before(server, l)
			if _, err := b.Refresh(b.ctx, id, nil); err == nil {
				t.Fatal("the refresh went through")
			}
			snap, err := b.Account(b.ctx, id)
			check(t, err)
			if stays := !snap.Session.Pending.IsZero(); stays != tt.stays {
				t.Errorf("the mark stays: %v, want %v", stays, tt.stays)
			}
		})
	}
}

func TestAnEarlierMarkSurvivesARefusal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	server.LoseNext(1)
	_, err := b.Refresh(b.ctx, id, nil)
	server.FailNext(1, 503)
	_, err2 := b.Refresh(b.ctx, id, nil)
	if err == nil || err2 == nil {
		t.Fatalf("errors %v and %v, want two failures", err, err2)
	}
	if _, err := b.Refresh(b.ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) || !strings.Contains(err.Error(), "interrupted") {
		t.Errorf("error %v, want needs login, for an interrupted refresh", err)
	}
}

func TestALogoutMeanwhileIsNotUndone(t *testing.T) {
	t.Parallel()
	race := &between{}
	b := newBenchWith(t, benchOptions{between: race})
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	snap := b.login(id)
	race.lock = func(string) { check(t, b.store.EndSession(b.ctx, id, snap.Session.Generation, "")) }
	if _, err := b.Refresh(b.ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) || server.Logins() != 1 {
		t.Errorf("error %v and %d logins, want needs login and the first one alone", err, server.Logins())
	}

	// The session is there when it is adopted and gone when it is read.
	snap = b.login(id)
	b.clock.Advance(2 * time.Minute)
	race.lock = func(string) {
		next := *snap.Session
		next.Generation++
		check(t, b.store.PutSession(b.ctx, &next, snap.Session.Generation, nil))
	}
	race.release = func(string) { check(t, b.store.EndSession(b.ctx, id, snap.Session.Generation+1, "")) }
	if _, err := b.Ensure(b.ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want needs login", err)
	}
}

func TestAWaitThatDoesNotEndIsSaid(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.add(market("http://127.0.0.1:1", "me@market"))
	release, err := b.store.Lock(b.ctx, id)
	check(t, err)
	defer release()
	ctx, cancel := context.WithTimeout(b.ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := b.Refresh(ctx, id, nil); err == nil || !strings.Contains(err.Error(), "another operation") {
		t.Errorf("error %v, want one that says who is in the way", err)
	}
}
