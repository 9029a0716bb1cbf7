package lifecycle_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
)

func TestAWaitForALockIsToldAndBounded(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	told := make(chan string, 2)
	b.Sessions.LockWait = 1500 * time.Millisecond
	b.Sessions.Waiting = func(account string, holder session.Holder) {
		snap, err := b.Account(b.Ctx, id)
		if err != nil || snap.Work == nil || snap.Work.Step.Text != "waiting for "+holder.String() {
			t.Errorf("while it waits the account says %+v, %v", snap.Work, err)
		}
		told <- account
	}
	release, err := b.Store.Lock(b.Ctx, id)
	enginetest.Check(t, err)
	began := time.Now()
	_, err = b.Refresh(b.Ctx, id, nil)
	var busy *session.BusyError
	if took := time.Since(began); !errors.As(err, &busy) || took < time.Second || took > 10*time.Second {
		t.Fatalf("after %v: %v", took, err)
	}
	if len(told) != 1 || <-told != "me@market" || server.Refreshes() != 0 {
		t.Errorf("told %d times, %d refreshes", len(told), server.Refreshes())
	}
	if text := err.Error(); !strings.Contains(text, "process") || strings.Contains(text, "context") {
		t.Errorf("error %q", text)
	}
	_, err = b.Login(b.Ctx, id, lifecycle.LoginOptions{})
	if !errors.As(err, &busy) || server.Logins() != 1 {
		t.Errorf("a login: %v, %d logins at the server", err, server.Logins())
	}
	<-told
	b.Sessions.LockWait = lifecycle.NoWait
	_, err = b.Refresh(b.Ctx, id, nil)
	if !errors.As(err, &busy) || busy.Waited != 0 || strings.Contains(err.Error(), "waited") || len(told) != 0 {
		t.Errorf("without a wait: %v, told %d times", err, len(told))
	}
	time.AfterFunc(1200*time.Millisecond, release) // it ends while we wait
	b.Sessions.LockWait = time.Minute
	_, err = b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if len(told) != 1 {
		t.Errorf("told %d times", len(told))
	}
	<-told
	_, err = b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if len(told) != 0 {
		t.Error("told of a wait that there was not")
	}
	b.Sessions.LockWait = lifecycle.NoWait
	unlock, err := b.Sessions.Lock(b.Ctx, id)
	enginetest.Check(t, err) // which is free
	time.AfterFunc(10*time.Millisecond, unlock)
	unlock, err = b.Sessions.Lock(b.Ctx, id) // this process alone uses it
	enginetest.Check(t, err)
	unlock()
}

// Another process takes the account while the server answers a login: the session is stored
// after the wait that the person chose.
func TestALoginIsStoredWhileAnotherProcessHoldsTheAccount(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Sessions.LockWait = lifecycle.NoWait
	var id string
	var release func()
	id = scripted(t, b, refreshes+rejectedKinds, func(w http.ResponseWriter, _ *http.Request) {
		var err error
		if release, err = b.Store.Lock(b.Ctx, id); err != nil {
			t.Error(err)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{})
	enginetest.Check(t, err)
	release()
	b.WantState(id, session.StateUnknown)
}

func TestOnlyAnExchangeThatNothingRunsIsInterrupted(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	id := scripted(t, b, refreshes+rejectedKinds, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/refresh":
			entered <- struct{}{}
			<-leave
			w.WriteHeader(http.StatusBadGateway)
		case "/me":
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	b.LogIn(id)
	done := make(chan *session.Refusal)
	go func() {
		run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
		if err != nil {
			t.Error(err)
		}
		done <- run.Refusal
	}()
	<-entered
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Interrupted() || snap.Holder == nil || snap.Session.Pending.IsZero() {
		t.Errorf("while it runs: interrupted %v, holder %v, pending %v", snap.Interrupted(), snap.Holder, snap.Session.Pending)
	}
	close(leave)
	<-done
	if snap, err = b.Account(b.Ctx, id); err != nil || !snap.Interrupted() {
		t.Errorf("nothing runs it any more, and it is not interrupted: %+v, %v", snap.Session, err)
	}
	run := fire(b, id) // too soon
	if text := run.Refusal.Text(b.Now(), time.UTC); !strings.Contains(text, "did not complete") {
		t.Errorf("refusal %q", text)
	}
}
