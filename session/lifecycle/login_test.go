package lifecycle_test

import (
	"context"
	"errors"
	"fmt"
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
)

func TestASessionIsNeverTakenForTheOneBefore(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	old := b.LogIn(id)
	_, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	b.Clock.Advance(time.Second)
	b.LogIn(id)
	// A check with the old token learns only now that it is rejected.
	if err := b.Store.EndSession(b.Ctx, id, old.Session.Generation, "dead"); !errors.Is(err, session.ErrStale) {
		t.Errorf("error %v, want stale", err)
	}
	b.WantState(id, session.StateValid)
}

func TestALoginOutlivesTheEndOfTheSessionBefore(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	old := b.LogIn(id)
	race.BeforePut = func(*session.Session) {
		enginetest.Check(t, b.Store.EndSession(b.Ctx, id, old.Session.Generation, "a check found it dead"))
	}
	b.LogIn(id)
	b.WantState(id, session.StateValid)
}

func TestALoginUsesWhatWasEnteredWhileItWaited(t *testing.T) {
	t.Parallel()
	server := func(b *enginetest.Fixture) *draft.Form {
		return enginetest.Market(enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})), "me@market")
	}
	pasted := func(*enginetest.Fixture) *draft.Form { // which no server is asked about
		return &draft.Form{Account: session.Account{Name: "pasted", Definition: "token", Login: "paste", Values: map[string]string{"address": "http://127.0.0.1:9"}}}
	}
	for field, c := range map[string]struct {
		form        func(*enginetest.Fixture) *draft.Form
		value, held string
	}{
		"password": {server, emulator.Password, ""},
		"pasted":   {pasted, "the-token-of-today", "the-token-of-today"},
	} {
		race := &enginetest.Between{}
		b := enginetest.NewWith(t, enginetest.Options{Between: race})
		d := c.form(b)
		d.NewSecrets = map[string]secret.String{field: secret.New("not-this-one")}
		id := b.Add(d)
		other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
		race.BeforeLock = func(string) {
			d := other.Form(id)
			d.NewSecrets = map[string]secret.String{field: secret.New(c.value)}
			_, err := other.Save(b.Ctx, d)
			enginetest.Check(t, err)
		}
		b.LogIn(id)
		held, err := b.Token(b.Ctx, id, "")
		enginetest.Check(t, err)
		if c.held != "" && held.Reveal() != c.held {
			t.Errorf("%s: the session holds %q", field, held.Reveal())
		}
	}
}

func TestALoginIsNotKeptForAnotherIdentity(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	elsewhere := enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now}))
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Progress: func(session.Step) {
		d := other.Form(id)
		d.Values["address"] = elsewhere
		_, err := other.Save(b.Ctx, d)
		enginetest.Check(t, err)
	}})
	if err == nil {
		t.Error("a token of one server was kept for another one")
	}
	if sealed, err := b.Store.Sealed(b.Ctx, id, "token:"); err != nil || len(sealed) > 0 {
		t.Errorf("%d tokens are stored, error %v", len(sealed), err)
	}
}

func TestNoServerMakesASessionThatCannotBeKept(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.NewSecrets = nil
	id := b.Add(d)
	b.Vault.Lock()
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Secrets: map[string]secret.String{"password": secret.New(emulator.Password)}})
	if !errors.Is(err, session.ErrVaultLocked) || server.Logins() != 0 {
		t.Errorf("error %v and %d logins, want a locked vault and none", err, server.Logins())
	}
}

func TestLeavingWaitsForALoginToBeWritten(t *testing.T) {
	t.Parallel()
	race := &enginetest.Between{}
	b := enginetest.NewWith(t, enginetest.Options{Between: race})
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
	now, cancel := context.WithCancel(b.Ctx)
	cancel()
	race.BeforePut = func(*session.Session) {
		if b.Feed.Wait(now) == nil {
			t.Error("nothing holds up the end of the process while a session is written")
		}
	}
	b.LogIn(id)
	enginetest.Check(t, b.Feed.Wait(now))
}

func TestCredentialsThatWereRefusedAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.NewSecrets["password"] = secret.New("not this one")
	id := b.Add(d)
	for range 3 {
		if _, err := b.Ensure(b.Ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
			t.Fatalf("error %v, want needs login", err)
		}
	}
	if n := server.Calls("/auth/login"); n != 1 {
		t.Errorf("%d tries with a wrong password, want 1: more may lock the account", n)
	}
	b.WantState(id, session.StateNeedsLogin)

	fixed := b.Form(id)
	fixed.NewSecrets["password"] = secret.New(emulator.Password)
	b.Add(fixed)
	_, err := b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	b.WantState(id, session.StateValid)
}

func TestAnExpiredTokenIsNoSuccess(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := `{"access": "a-living-token", "refresh": "first", "expires_in": 600}`
	id := scripted(t, b, `
refresh: {needs: refresh, steps: [{request: {method: POST, path: /refresh, json: {token: "${.refresh}"}}, capture: *tokens}]}
tokens: {access: {}, refresh: {}}
each_answer: {capture: {access?: .body.next}}
requests: [{name: me, path: /me}]
`, always(&answer))
	b.LogIn(id)
	old := jwt(`{"exp": 1500000000}`)
	expired := func(err error) bool {
		var f *session.Failure
		return errors.As(err, &f) && f.Kind == session.ExpiredToken
	}
	answer = fmt.Sprintf(`{"access": %q, "refresh": "second"}`, old)
	if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); !expired(err) {
		t.Errorf("a login: %v", err)
	}
	if _, err := b.Refresh(b.Ctx, id, nil); !expired(err) {
		t.Errorf("a refresh: %v", err)
	}
	answer = fmt.Sprintf(`{"next": %q}`, old)
	_, err := b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
	enginetest.Check(t, err)
	for name, want := range map[string]string{"": "a-living-token", "refresh": "second"} {
		if got, err := b.Token(b.Ctx, id, name); err != nil || got.Reveal() != want {
			t.Errorf("token %q is %q, %v, want %q: nothing replaces a living one", name, got.Reveal(), err, want)
		}
	}
	b.WantState(id, session.StateValid)
	snap, err := b.Account(b.Ctx, id)
	enginetest.Check(t, err)
	if !snap.Session.Pending.IsZero() || !snap.CanRefresh {
		t.Errorf("the session is %+v", snap.Session)
	}
}

func TestALoginThatAsksNoServerProvesNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	answer := ""
	url := enginetest.Serve(t, always(&answer))
	form := &draft.Form{
		Account:    session.Account{Name: "pasted", Definition: "token", Login: "paste", Values: map[string]string{"address": url, "check_path": "/me"}},
		NewSecrets: map[string]secret.String{"pasted": secret.New("an-opaque-token-of-some-length")},
	}
	id := b.Add(form)
	if snap := b.LogIn(id); !snap.Unproven() {
		t.Error("it counts as proven")
	}
	if events, err := b.Store.Events(b.Ctx, id, 1); err != nil || len(events) != 1 || events[0].Kind != session.EventLogin {
		t.Errorf("events %+v, %v", events, err)
	}
	snap, _, err := b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	if snap.Unproven() {
		t.Error("a check did not prove it")
	}
	if fields := b.Credentials.Pasted(b.Record(id)); len(fields) != 1 || fields[0].Name != "pasted" {
		t.Errorf("made of %+v", fields)
	}
}
