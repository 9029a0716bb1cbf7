package lifecycle_test

import (
	"context"
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

func TestASessionAgesAndIsRenewedBeforeUse(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: 10 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.WantState(id, session.StateNoSession)
	b.LogIn(id)
	b.WantState(id, session.StateValid)

	b.Clock.Advance(8 * time.Minute)
	b.WantState(id, session.StateValid)
	b.Clock.Advance(61 * time.Second) // a tenth of ten minutes is left to it
	b.WantState(id, session.StateExpiring)
	b.Clock.Advance(time.Minute)
	b.WantState(id, session.StateExpired)

	snap, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	if left, _ := snap.Left(b.Now()); left != 10*time.Minute {
		t.Errorf("after the refresh %v are left, want 10m", left)
	}
	if snap.Session.Refreshes != 1 || server.Refreshes() != 1 {
		t.Errorf("refreshes: %d here, %d at the server, want 1 and 1", snap.Session.Refreshes, server.Refreshes())
	}
	if _, err := b.Ensure(b.Ctx, id, 0); err != nil || server.Refreshes() != 1 {
		t.Errorf("a fresh token was refreshed again (%d times), error %v", server.Refreshes(), err)
	}
	if _, err := b.Ensure(b.Ctx, id, 9*time.Minute+50*time.Second); err != nil || server.Refreshes() != 1 {
		t.Errorf("a token that lives long enough was refreshed, error %v", err)
	}
}

// TestALivingTokenIsUsedUntilTheServerLetsItBeRenewed also asks as another process would.
func TestALivingTokenIsUsedUntilTheServerLetsItBeRenewed(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: 10 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	b.Clock.Advance(9*time.Minute + 20*time.Second)
	server.LimitNext(renewal, 1, 30*time.Second)
	for _, engine := range []*enginetest.Fixture{b, b, other} {
		snap, err := engine.Ensure(b.Ctx, id, 0)
		enginetest.Check(t, err)
		if left, _ := snap.Left(b.Now()); left != 40*time.Second || server.Calls(renewal) != 1 {
			t.Errorf("a token with %v left after %d calls, want the old one and 1", left, server.Calls(renewal))
		}
	}
	if _, err := b.Ensure(b.Ctx, id, time.Minute); err != nil || server.Calls(renewal) != 2 {
		t.Errorf("asked for a longer life than is left: %d calls, %v; want a second one", server.Calls(renewal), err)
	}

	b.Clock.Advance(9*time.Minute + 10*time.Second)
	server.LimitNext(renewal, 1, 10*time.Second)
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	b.Clock.Advance(10 * time.Second)
	if snap, err := other.Ensure(b.Ctx, id, 0); err != nil || server.Calls(renewal) != 4 || snap.Session.Refreshes != 2 {
		t.Errorf("when the wait is over: %d calls, %v; want a fourth one", server.Calls(renewal), err)
	}
}

func TestManyCallersMakeOneExchange(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Minute})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)

	// Another process is another engine on the same store.
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	var wg sync.WaitGroup
	for i := range 20 {
		m := b
		if i%2 == 1 {
			m = other
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
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	server.Revoke("admin")
	b.Clock.Advance(2 * time.Minute)
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	if server.Logins() != 2 {
		t.Errorf("%d logins, want 2", server.Logins())
	}
	b.WantState(id, session.StateValid)
}

func TestARefusedRefreshWithoutCredentialsIsFinal(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	server.Revoke("admin")
	b.Clock.Advance(2 * time.Minute)
	for range 3 {
		if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
			t.Fatalf("error %v, want needs login", err)
		}
	}
	b.WantState(id, session.StateNeedsLogin)
	tries := 0
	for _, r := range server.Requests() {
		if r.Path == "/auth/refresh" {
			tries++
		}
	}
	if tries != 1 {
		t.Errorf("%d tries at the server, want 1: a final refusal is not repeated", tries)
	}
	if _, err := b.Token(b.Ctx, id, "refresh"); err == nil {
		t.Error("the refused refresh token is still here")
	}
	b.LogIn(id)
	b.WantState(id, session.StateValid)
}

// outliving adds an account whose access token lives for two minutes, at a server
// that refuses to refresh it, and logs it in. It returns the paths that were called.
func outliving(t *testing.T, b *enginetest.Fixture, alive *bool) (id string, calls func() string) {
	t.Helper()
	var paths []string
	id = scripted(t, b, `
refresh: {needs: refresh, steps: [{request: {method: POST, path: /refresh, json: {token: "${.refresh}"}}, capture: *tokens}]}
tokens: {access: {}, refresh: {}}
check: {request: {path: /me}}
logout: {steps: [{request: {method: POST, path: /logout}}]}
requests: [{name: me, path: /me}]
`, func(w http.ResponseWriter, r *http.Request) {
		paths = append(paths, r.URL.Path)
		switch r.URL.Path {
		case "/login":
			_, _ = io.WriteString(w, `{"access": "the-access-token", "refresh": "the-refresh-token", "expires_in": 120}`)
			return
		case "/refresh":
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error": "invalid_grant"}`)
			return
		case "/logout":
			*alive = false
		}
		if !*alive || r.Header.Get("Authorization") != "Bearer the-access-token" {
			if r.URL.Path != "/logout" {
				w.WriteHeader(http.StatusUnauthorized)
			}
		}
	})
	return id, func() string { return strings.Join(paths, " ") }
}

func TestARefusedRefreshEndsTheRenewalAlone(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	alive := true
	id, calls := outliving(t, b, &alive)
	b.LogIn(id)
	if _, err := b.Refresh(b.Ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) {
		t.Fatalf("error %v, want needs login", err)
	}
	b.WantState(id, session.StateValid)
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if !snap.Session.RenewalEnded.Equal(b.Now()) || snap.Session.Over() || snap.Session.Token("refresh") != nil || snap.CanRefresh {
		t.Errorf("the session is %+v, can be refreshed: %v", snap.Session, snap.CanRefresh)
	}
	if got, want := snap.Reason(b.Now(), time.UTC), "valid until 12:02, cannot be renewed: log in by then (refresh failed: "; !strings.HasPrefix(got, want) {
		t.Errorf("reason %q, want %q…", got, want)
	}
	for range 2 {
		if _, err := b.Ensure(b.Ctx, id, 0); err != nil {
			t.Fatalf("the access token is not used to its end: %v", err)
		}
	}
	if v, err := b.Token(b.Ctx, id, ""); err != nil || v.Reveal() != "the-access-token" {
		t.Errorf("token %v, %v", v, err)
	}
	if _, err := b.Ensure(b.Ctx, id, 5*time.Minute); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("more life than it has: %v", err)
	}
	if run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{}); err != nil || run.Status != http.StatusOK {
		t.Errorf("run %+v, %v", run, err)
	}
	if _, ok, err := b.Check(b.Ctx, id); err != nil || !ok {
		t.Errorf("alive %v, %v", ok, err)
	}
	b.Clock.Advance(90 * time.Second)
	b.WantState(id, session.StateExpiring)
	if _, err := b.Ensure(b.Ctx, id, 0); err != nil {
		t.Error(err)
	}
	b.Clock.Advance(30 * time.Second)
	b.WantState(id, session.StateNeedsLogin)
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("after its end: %v", err)
	}
	if got, want := calls(), "/login /refresh /me /me"; got != want {
		t.Errorf("calls %q, want %q: a refused refresh is not tried again", got, want)
	}
}

func TestAnEarlyRefreshThatIsRefusedLeavesTheToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	alive := true
	id, _ := outliving(t, b, &alive)
	b.LogIn(id)
	b.Clock.Advance(100 * time.Second) // below the margin
	snap, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	if !snap.Session.Final() {
		t.Error("the refusal was not kept")
	}
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if alive || result.Ending != lifecycle.Revoked {
		t.Errorf("still accepted: %v; %s", alive, result.Text(b.Now(), time.UTC))
	}
}

func TestNewCredentialsLetASessionBeRenewedAgain(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	alive := true
	id, _ := outliving(t, b, &alive)
	b.LogIn(id)
	_, _ = b.Refresh(b.Ctx, id, nil)
	form := b.Form(id)
	form.Relogin = true
	_, err := b.Save(b.Ctx, form)
	enginetest.Check(t, err)
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Session.Final() || !snap.CanRelogin || snap.Session.EndedReason != "" {
		t.Errorf("the session is %+v", snap.Session)
	}
	if _, err := b.Ensure(b.Ctx, id, 3*time.Minute); err != nil && errors.Is(err, session.ErrNeedsLogin) {
		t.Error(err)
	}
}

func TestARefusalOfTheTokenOfRequestsEndsTheSession(t *testing.T) {
	t.Parallel()
	for name, refresh := range map[string]string{
		"it is what a refresh needs": `{needs: access, steps: [{request: {method: POST, path: /refresh, headers: {X: "${.access}"}}, capture: *tokens}]}`,
		"it is attached":             `{steps: [{request: {method: POST, path: /refresh, attach: bearer}, capture: *tokens}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			id := scripted(t, b, "refresh: "+refresh+"\n", func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/refresh" {
					w.WriteHeader(http.StatusUnauthorized)
				}
				_, _ = io.WriteString(w, `{"access": "the-access-token", "expires_in": 120}`)
			})
			b.LogIn(id)
			_, _ = b.Refresh(b.Ctx, id, nil)
			b.WantState(id, session.StateNeedsLogin)
		})
	}
}

func TestARefusalDoesNotClearANewerSession(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	old := b.LogIn(id)
	b.LogIn(id)
	err := b.Store.EndSession(b.Ctx, id, old.Session.Generation, "refused")
	if !errors.Is(err, session.ErrStale) {
		t.Fatalf("error %v, want stale", err)
	}
	b.WantState(id, session.StateValid)
}

func TestALostAnswerIsExplained(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	server.LoseNext(1) // the server rotates, and its answer never arrives
	_, err := b.Refresh(b.Ctx, id, nil)
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.NoAnswer {
		t.Fatalf("error %v, want a broken exchange", err)
	}
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Session.Pending.IsZero() {
		t.Fatal("nothing says that an exchange was begun and its end is not known")
	}
	_, err = b.Refresh(b.Ctx, id, nil)
	if !errors.Is(err, session.ErrNeedsLogin) || !strings.Contains(err.Error(), "did not complete") {
		t.Errorf("error %v, want needs login, after a refresh that did not complete", err)
	}
}

func TestABrokenNetworkIsNotFinal(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	server.FailNext(1, 503)
	if _, err := b.Refresh(b.Ctx, id, nil); err == nil || errors.Is(err, session.ErrNeedsLogin) {
		t.Fatalf("error %v, want one that may pass", err)
	}
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	b.WantState(id, session.StateValid)
}

func TestARejectedTokenIsRenewedAndTheRequestSentAgain(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Hour, OmitExpiresIn: true, OpaqueAccess: true})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	b.WantState(id, session.StateUnknown)
	me := b.Spec(id, "me")

	server.Revoke("admin")
	run, err := b.Fire(b.Ctx, id, me, attempt.Options{})
	enginetest.Check(t, err)
	if run.Status != 200 || !run.Replayed || server.Logins() != 2 {
		t.Errorf("right after the login: status %d, replayed %v, %d logins", run.Status, run.Replayed, server.Logins())
	}
}

func TestWhoLeavesDoesNotBreakTheExchange(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	server.SetLatency(200 * time.Millisecond)
	ctx, cancel := context.WithCancel(b.Ctx)
	left := make(chan error, 1)
	_, err := b.Refresh(ctx, id, func(session.Step) { cancel() })
	left <- err
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
	enginetest.Check(t, b.Feed.Wait(b.Ctx))
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Session.Refreshes != 1 || server.Refreshes() != 1 {
		t.Errorf("the new token was lost: %d refreshes here, %d at the server", snap.Session.Refreshes, server.Refreshes())
	}
}

func TestAServerWithAnotherClock(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	ahead := func() time.Time { return b.Now().Add(10 * time.Minute) }
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: ahead, AccessLife: 5 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	snap := b.LogIn(id)
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
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Values["username"] = "nobody"
	id := b.Add(d)
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{})
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.BadCredentials || f.Message != "Wrong username or password." || f.Next == "" {
		t.Fatalf("failure %+v", f)
	}
	b.WantState(id, session.StateFailed)
	events, err := b.Accounts.Events(b.Ctx, id, 10)
	enginetest.Check(t, err)
	if len(events) == 0 || events[0].OK || events[0].Kind != session.EventLogin {
		t.Errorf("activity %+v", events)
	}
}

func TestTheMarkOfAnExchangeStaysWhileItsEndIsUnknown(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		before func(*emulatortest.Rotating, *emulator.Listener)
		stays  bool
	}{
		{"refused for now", func(s *emulatortest.Rotating, _ *emulator.Listener) { s.FailNext(1, 503) }, false},
		{"never reached", func(_ *emulatortest.Rotating, l *emulator.Listener) { l.Close() }, false},
		{"a proxy lost it", func(s *emulatortest.Rotating, _ *emulator.Listener) { s.FailNext(1, 502) }, true},
		{"answered by somebody else", func(s *emulatortest.Rotating, _ *emulator.Listener) { s.FailNext(1, 200) }, true},
		{"no answer", func(s *emulatortest.Rotating, _ *emulator.Listener) { s.LoseNext(1) }, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A kept connection that breaks would not tell whether the server was reached.
			b := enginetest.NewWith(t, enginetest.Options{Transport: &http.Transport{DisableKeepAlives: true}})
			server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
			l, err := emulator.Start(server)
			enginetest.Check(t, err)
			t.Cleanup(func() { l.Close() })
			d := enginetest.Market(l.URL, "me@market")
			d.Relogin = false
			id := b.Add(d)
			b.LogIn(id)
			tt.before(server, l)
			if _, err := b.Refresh(b.Ctx, id, nil); err == nil {
				t.Fatal("the refresh went through")
			}
			snap, err := b.Account(b.Ctx, id)
			enginetest.Check(t, err)
			if stays := !snap.Session.Pending.IsZero(); stays != tt.stays {
				t.Errorf("the mark stays: %v, want %v", stays, tt.stays)
			}
		})
	}
}

func TestAnEarlierMarkSurvivesARefusal(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	server.LoseNext(1)
	_, err := b.Refresh(b.Ctx, id, nil)
	server.FailNext(1, 503)
	_, err2 := b.Refresh(b.Ctx, id, nil)
	if err == nil || err2 == nil {
		t.Fatalf("errors %v and %v, want two failures", err, err2)
	}
	if _, err := b.Refresh(b.Ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) || !strings.Contains(err.Error(), "did not complete") {
		t.Errorf("error %v, want needs login, after a refresh that did not complete", err)
	}
}

func TestALogoutMeanwhileIsNotUndone(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	snap := b.LogIn(id)
	race.BeforeLock = func(string) { enginetest.Check(t, b.Store.EndSession(b.Ctx, id, snap.Session.Generation, "")) }
	if _, err := b.Refresh(b.Ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) || server.Logins() != 1 {
		t.Errorf("error %v and %d logins, want needs login and the first one alone", err, server.Logins())
	}

	// The session is there when it is adopted and gone when it is read.
	snap = b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	race.BeforeLock = func(string) {
		next := *snap.Session
		next.Generation++
		enginetest.Check(t, b.Store.PutSession(b.Ctx, &next, snap.Session.Generation, nil))
	}
	race.BeforeRelease = func(string) { enginetest.Check(t, b.Store.EndSession(b.Ctx, id, snap.Session.Generation+1, "")) }
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want needs login", err)
	}
}

func TestAWaitThatDoesNotEndIsSaid(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "me@market"))
	release, err := b.Store.Lock(b.Ctx, id)
	enginetest.Check(t, err)
	defer release()
	ctx, cancel := context.WithTimeout(b.Ctx, 50*time.Millisecond)
	defer cancel()
	if _, err := b.Refresh(ctx, id, nil); err == nil || !strings.Contains(err.Error(), "another operation") {
		t.Errorf("error %v, want one that says who is in the way", err)
	}
}
