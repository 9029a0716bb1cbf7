package lifecycle_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

func TestTheMarkStandsBeforeTheExchange(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	var id string
	marked := false
	id = b.Add(enginetest.Market(enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/refresh" {
			rec, err := b.Store.Account(r.Context(), id)
			marked = err == nil && !rec.Session.Pending.IsZero()
		}
		server.ServeHTTP(w, r)
	})), "me@market"))
	b.LogIn(id)
	snap, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if !marked || !snap.Session.Pending.IsZero() {
		t.Errorf("marked while the server is asked: %v, and after it answered: %v", marked, !snap.Session.Pending.IsZero())
	}
}

func TestTheMarkStaysWhenALaterStepIsRefused(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := scripted(t, b, `
refresh:
  steps:
    - request: {method: POST, path: /spend}
    - {request: {method: POST, path: /refresh}, capture: *tokens}
`, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/refresh" {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	b.LogIn(id)
	if _, err := b.Refresh(b.Ctx, id, nil); err == nil {
		t.Fatal("the refresh went through")
	}
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Session.Pending.IsZero() {
		t.Error("the first step may have spent the token, and nothing says so")
	}
}

func TestWhichRefusalsAreFinal(t *testing.T) {
	t.Parallel()
	const kinds = `
outcomes:
  - {when: .status == 451, is: token_rejected}
  - {when: .status == 452, is: bad_credentials}
  - {when: .status == 453, is: disabled}
  - {when: .status == 454, is: unconfirmed}
  - {when: .status == 455, is: forbidden}
  - {when: .status == 456, is: locked}
  - {when: .status == 457, is: bad_config}
  - {when: .status == 429, is: rate_limited}
`
	const refresh = "\nrefresh: {steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}\n"
	for _, tt := range []struct {
		name   string
		more   string
		status int
		final  bool
	}{
		{"token rejected", refresh + kinds, 451, true},
		{"bad credentials", refresh + kinds, 452, true},
		{"disabled", refresh + kinds, 453, true},
		{"unconfirmed", refresh + kinds, 454, true},
		{"forbidden", refresh + kinds, 455, true},
		{"locked", refresh + kinds, 456, false},
		{"bad config", refresh + kinds, 457, false},
		{"rate limited", refresh + kinds, 429, false},
		{"400", refresh, 400, true},
		{"401", refresh, 401, true},
		{"403", refresh, 403, true},
		{"404", refresh, 404, false},
		{"500", refresh, 500, false},
		{"503", refresh, 503, false},
		{"a token that is none", refresh + "tokens: {access: {expect: '.access != \"second\"'}}\n", 200, true},
		{"a person is asked", "\nrefresh: {steps: [{prompt: {name: code, label: Code}}, {request: {method: POST, path: /refresh}, capture: *tokens}]}\n", 200, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			id := scripted(t, b, tt.more, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/login" {
					_, _ = io.WriteString(w, `{"access": "first"}`)
					return
				}
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, `{"access": "second"}`)
			})
			b.LogIn(id)
			_, err := b.Refresh(b.Ctx, id, nil)
			if err == nil || errors.Is(err, session.ErrNeedsLogin) != tt.final {
				t.Errorf("error %v, final: want %v", err, tt.final)
			}
			snap, err := b.Account(b.Ctx, id)
			enginetest.Check(t, err)
			if snap.Session.Final() != tt.final || snap.CanRefresh == tt.final {
				t.Errorf("final: %v, can be refreshed: %v", snap.Session.Final(), snap.CanRefresh)
			}
			b.WantState(id, session.StateUnknown) // its token is not the refused one
		})
	}
}

func TestAFinalRefusalElsewhereIsNotAdopted(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Hour})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	snap := b.LogIn(id)
	race.BeforeLock = func(string) {
		next := *snap.Session
		next.Generation++
		enginetest.Check(t, b.Store.PutSession(b.Ctx, &next, snap.Session.Generation, nil))
		enginetest.Check(t, b.Store.EndSession(b.Ctx, id, next.Generation, "refused"))
	}
	if _, err := b.Refresh(b.Ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) || len(server.Requests()) != 1 {
		t.Errorf("error %v after %d requests, want needs login after the first login alone", err, len(server.Requests()))
	}
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v: a session that ended is given as one that lives", err)
	}
}

func TestASessionThatNothingRenewsIsLeftAlone(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := `{"access": "some-access-token"}`
	id := scripted(t, b, "", always(&answer))
	b.LogIn(id)
	if _, err := b.Refresh(b.Ctx, id, nil); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want needs login", err)
	}
	b.WantState(id, session.StateUnknown)
	_, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
}

func TestWhatARefreshNeeds(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := ""
	id := scripted(t, b, `
refresh: {needs: refresh, steps: [{request: {method: POST, path: /refresh}, capture: *tokens}]}
tokens: {refresh: {expires_at: [seconds(.body.refresh_in)]}}
`, always(&answer))
	for _, tt := range []struct {
		name, refresh string
		want          bool
	}{
		{"it is there", `, "refresh": "some-refresh-token", "refresh_in": 600`, true},
		{"its life is unknown", `, "refresh": "some-refresh-token"`, true},
		{"it is dead", `, "refresh": "some-refresh-token", "refresh_in": 30`, false},
		{"it never came", ``, false},
	} {
		answer = `{"access": "some-access-token"` + tt.refresh + `}`
		b.LogIn(id)
		b.Clock.Advance(time.Minute)
		snap, err := b.Account(b.Ctx, id)
		enginetest.Check(t, err)
		if snap.CanRefresh != tt.want {
			t.Errorf("%s: can be refreshed: %v", tt.name, snap.CanRefresh)
		}
		if held := snap.Session.Token("refresh") != nil; held != (tt.refresh != "") {
			t.Errorf("%s: a refresh token of the login before is there", tt.name)
		}
	}
}

func TestEnsureGivesATokenThatLives(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: 10 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	b.Clock.Advance(8*time.Minute + 30*time.Second)
	if _, err := b.Ensure(b.Ctx, id, 0); err != nil || server.Refreshes() != 0 {
		t.Errorf("before the margin: %d refreshes, error %v", server.Refreshes(), err)
	}
	b.Clock.Advance(time.Minute)
	server.FailNext(1, 503)
	if snap, err := b.Ensure(b.Ctx, id, 0); err != nil || snap.Session.Primary() == nil {
		t.Errorf("error %v: a token that lives was withheld because the server is away", err)
	}
	server.FailNext(1, 503)
	if _, err := b.Ensure(b.Ctx, id, 5*time.Minute); err == nil {
		t.Error("a token that dies in half a minute was given for five")
	}
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	if server.Refreshes() != 1 {
		t.Errorf("%d refreshes below the margin, want 1", server.Refreshes())
	}

	enginetest.Check(t, os.Remove(filepath.Join(filepath.Dir(b.Dir), "backends", "market.yaml")))
	other := engine.New(engine.Config{Store: b.Store, Vault: b.Vault, Now: b.Clock.Now, Catalog: emptyCatalog()})
	if _, err := other.Sessions.Ensure(b.Ctx, b.Record(id), 0); err == nil || !strings.Contains(err.Error(), "market") {
		t.Errorf("error %v, want one that names the definition that is gone", err)
	}
}

func TestALoginTakesItsTurn(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	var flying, most, logins atomic.Int32
	id := scripted(t, b, "", func(w http.ResponseWriter, _ *http.Request) {
		most.Store(max(most.Load(), flying.Add(1)))
		defer flying.Add(-1)
		logins.Add(1)
		time.Sleep(20 * time.Millisecond)
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	var locked []int32 // logins that the server had answered when the lock was asked for
	free := false
	race.BeforeLock = func(id string) {
		locked = append(locked, logins.Load())
		race.BeforeLock = func(string) { locked = append(locked, logins.Load()) }
		race.BeforeRelease = func(string) { free = logins.Load() == 0 }
	}
	b.LogIn(id)
	if !slices.Equal(locked, []int32{0, 1}) || !free {
		t.Errorf("a session is written under the lock between processes, which is not held while a person may type: %d, %t", locked, free)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d logins of one account at a time", most.Load())
	}
}

func TestALoginReplacesWhatCameMeanwhile(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	answer := `{"access": "some-access-token"}`
	id := scripted(t, b, "", always(&answer))
	old := b.LogIn(id)
	race.BeforePut = func(*session.Session) {
		next := *old.Session
		next.Generation++
		enginetest.Check(t, b.Store.PutSession(b.Ctx, &next, old.Session.Generation, nil))
	}
	answer = `{"access": "the-token-of-the-person"}`
	b.LogIn(id)
	token, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	if !token.Equal(secret.New("the-token-of-the-person")) {
		t.Error("what the person logged in to was lost to a token that another call brought")
	}
}

func TestTheServersClockIsMeasuredAtEachAnswer(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	var ahead time.Duration
	id := scripted(t, b, refreshes+"check: {request: {path: /me}}\nrequests: [{name: me, path: /me}]\n", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", b.Now().Add(ahead).Format(http.TimeFormat))
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	for i, ask := range []func() error{
		func() error { _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); return err },
		func() error { _, _, err := b.Check(b.Ctx, id); return err },
		func() error { _, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{}); return err },
		func() error { _, err := b.Refresh(b.Ctx, id, nil); return err },
	} {
		ahead = time.Duration(i+1) * time.Minute
		b.Clock.Advance(time.Second)
		enginetest.Check(t, ask())
		snap, err := b.Account(b.Ctx, id)
		enginetest.Check(t, err)
		if off := (snap.Session.Offset - ahead).Abs(); off > time.Second || !snap.Session.HasOffset {
			t.Errorf("answer %d: the offset is %v, want %v", i, snap.Session.Offset, ahead)
		}
	}
}

func TestACheckThatFindsTheEnd(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	dead := false
	id := scripted(t, b, "check: {request: {path: /me}}\n", func(w http.ResponseWriter, _ *http.Request) {
		if dead {
			w.WriteHeader(http.StatusUnauthorized)
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	})
	b.LogIn(id)
	dead = true
	_, alive, err := b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	if alive {
		t.Error("the server said no")
	}
	b.WantState(id, session.StateNeedsLogin)
	if sealed, err := b.Store.Sealed(b.Ctx, id, "token:"); err != nil || len(sealed) > 0 {
		t.Errorf("%d dead tokens are kept, error %v", len(sealed), err)
	}
}

func TestOnlyUseProlongsASessionThatSlides(t *testing.T) {
	t.Parallel()
	for attach, slides := range map[string]bool{"": true, ", attach: none": false} {
		b := enginetest.New(t)
		answer := `{"access": "some-access-token"}`
		id := scripted(t, b, "check: {request: {path: /me"+attach+"}}\ntokens: {access: {idle: 600}}\n", always(&answer))
		b.LogIn(id)
		b.Clock.Advance(time.Minute)
		snap, alive, err := b.Check(b.Ctx, id)
		enginetest.Check(t, err)
		left, _ := snap.Left(b.Now())
		if want := map[bool]time.Duration{true: 10 * time.Minute, false: 9 * time.Minute}[slides]; !alive || (left-want).Abs() > time.Second {
			t.Errorf("check%s: alive %v, %v left, want %v", attach, alive, left, want)
		}
	}
}

func TestALogoutForgetsThoughItsCallerLeft(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	ctx, leave := context.WithCancel(b.Ctx)
	id := b.Add(enginetest.Market(enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/auth/logout" {
			leave()
		}
		server.ServeHTTP(w, r)
	})), "me@market"))
	b.LogIn(id)
	_, _ = b.Logout(ctx, id)
	b.WantState(id, session.StateNoSession)
}

func TestATokenOutlivesItsLogoutByOurClock(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	ahead := func() time.Time { return b.Now().Add(time.Hour) }
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: ahead, AccessLife: 10 * time.Minute, Stateless: true})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if off := result.Tokens[0].Until.Sub(b.Now().Add(10 * time.Minute)).Abs(); result.Ending != lifecycle.StillAlive || off > time.Second {
		t.Errorf("%s until %v, want ten minutes from %v", result.Ending, result.Tokens[0].Until, b.Now())
	}
}

func TestARequestIsReplayedOnceAndOnlyWhereItHelps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, more string
		requests   int
	}{
		{"refreshable", refreshes, 2},
		{"nothing renews it", "tokens: {refresh: {}}\n", 1},
	} {
		b := enginetest.New(t)
		var fired atomic.Int32
		id := scripted(t, b, tt.more+"outcomes: [{when: .status == 401, is: token_rejected}]\nrequests: [{name: me, path: /me}]\n",
			func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/me" {
					fired.Add(1)
					w.WriteHeader(http.StatusUnauthorized)
				}
				_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
			})
		b.LogIn(id)
		b.Clock.Advance(time.Minute)
		run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
		enginetest.Check(t, err)
		if run.Status != 401 || int(fired.Load()) != tt.requests {
			t.Errorf("%s: status %d after %d requests, want %d", tt.name, run.Status, fired.Load(), tt.requests)
		}
	}
}

func TestARequestWithADeadTokenIsNotSent(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	run, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
	enginetest.Check(t, err)
	if run.Status != 200 || run.Replayed || server.Calls("/me") != 1 {
		t.Errorf("status %d, replayed %v, %d requests", run.Status, run.Replayed, server.Calls("/me"))
	}
}

// emptyCatalog knows no definition of the person's own.
func emptyCatalog() *definition.Catalog { return definition.NewCatalog("") }

func TestActivityIsOneCleanLine(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "me@market"))
	b.Feed.Record(b.Ctx, id, session.EventCopy, true, "to \x1b[2J\u202ethe clipboard\nby hand")
	events, err := b.Accounts.Events(b.Ctx, id, 1)
	enginetest.Check(t, err)
	if len(events) != 1 || strings.ContainsAny(events[0].Text, "\x1b\u202e\n") || !strings.Contains(events[0].Text, "clipboard") {
		t.Errorf("activity %+v", events)
	}
}

// TestAPromptStopsTheRunThatComesToIt has a login with a second factor, which the
// server asks some users for.
func TestAPromptStopsTheRunThatComesToIt(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("second", `
base_url: ${.address}
logins:
  - name: password
    fields: [{name: password, label: Password, secret: true}]
    steps:
      - request: {method: POST, path: /login, json: {password: "${.password}"}}
        capture: {access?: .body.access}
      - {when: .body.mfa == true, prompt: {name: code, label: Code}}
      - {when: .code != null, request: {method: POST, path: /code, json: {code: "${.code}"}}, capture: {access: .body.access}}
  - {name: always, fields: [{name: password, label: Password, secret: true}], steps: [{prompt: {name: code, label: Code}}, {request: {method: POST, path: /code}, capture: {access: .body.access}}]}
  - {name: shows, fields: [{name: password, label: Password, secret: true}], steps: [{show: {text: Look}}, {request: {method: POST, path: /code}, capture: {access: .body.access}}]}
  - {name: once, unattended: false, steps: [{request: {method: POST, path: /login}, capture: {access: .body.access}}]}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
tokens: {access: {expires_at: [seconds(60)]}}
`)
	mfa := false
	url := enginetest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if mfa && r.URL.Path == "/login" {
			_, _ = io.WriteString(w, `{"mfa": true}`)
			return
		}
		_, _ = io.WriteString(w, `{"access": "some-access-token"}`)
	}))
	form := func(login string) *draft.Form {
		return &draft.Form{
			Account:    session.Account{Name: login + "@second", Definition: "second", Login: login, Relogin: true, Values: map[string]string{"address": url}},
			NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
		}
	}
	for login, reason := range map[string]string{"always": "asks a person for Code", "shows": "has a person do something", "once": "must not be repeated"} {
		var errs draft.FieldErrors
		if _, err := b.Save(b.Ctx, form(login)); !errors.As(err, &errs) || !strings.Contains(errs.For("relogin"), reason) {
			t.Errorf("%s: saved with relogin: %v", login, err)
		}
	}
	id := b.Add(form("password"))
	b.LogIn(id)
	b.Clock.Advance(2 * time.Minute)
	b.WantState(id, session.StateExpired)
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	mfa = true
	b.Clock.Advance(2 * time.Minute)
	if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want needs login", err)
	}
	b.WantState(id, session.StateNeedsLogin)
}
