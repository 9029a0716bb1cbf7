package manager_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/secret"
)

func TestASessionIsNeverTakenForTheOneBefore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	old := b.login(id)
	_, err := b.Logout(b.ctx, id)
	check(t, err)
	b.clock.Advance(time.Second)
	b.login(id)
	// Somebody asked with the old token and hears only now that it is dead.
	if err := b.store.EndSession(b.ctx, id, old.Session.Generation, "dead"); !errors.Is(err, session.ErrStale) {
		t.Errorf("error %v, want stale", err)
	}
	b.wantState(id, session.StateValid)
}

func TestALoginOutlivesTheEndOfTheSessionBefore(t *testing.T) {
	t.Parallel()
	race := &between{}
	b := newBenchWith(t, benchOptions{between: race})
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	old := b.login(id)
	race.put = func(*session.Session) {
		check(t, b.store.EndSession(b.ctx, id, old.Session.Generation, "a check found it dead"))
	}
	b.login(id)
	b.wantState(id, session.StateValid)
}

func TestALoginIsNotKeptForAnotherIdentity(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	other := newBenchWith(t, benchOptions{dir: b.dir, now: b.clock.Now})
	elsewhere := serve(t, emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now}))
	_, err := b.Login(b.ctx, id, manager.LoginOptions{Progress: func(session.Step) {
		d, err := other.Draft(b.ctx, id)
		check(t, err)
		d.Values["address"] = elsewhere
		_, err = other.Save(b.ctx, d)
		check(t, err)
	}})
	if err == nil {
		t.Error("a token of one server was kept for another one")
	}
	if sealed, err := b.store.Sealed(b.ctx, id, "token:"); err != nil || len(sealed) > 0 {
		t.Errorf("%d tokens are stored, error %v", len(sealed), err)
	}
}

func TestNoServerMakesASessionThatCannotBeKept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Secrets = nil
	id := b.add(d)
	b.vault.Lock()
	_, err := b.Login(b.ctx, id, manager.LoginOptions{Secrets: map[string]secret.String{"password": secret.New(emulator.Password)}})
	if !errors.Is(err, session.ErrVaultLocked) || server.Logins() != 0 {
		t.Errorf("error %v and %d logins, want a locked vault and none", err, server.Logins())
	}
}

func TestLeavingWaitsForALoginToBeWritten(t *testing.T) {
	t.Parallel()
	race := &between{}
	b := newBenchWith(t, benchOptions{between: race})
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me@market"))
	now, cancel := context.WithCancel(b.ctx)
	cancel()
	race.put = func(*session.Session) {
		if b.Wait(now) == nil {
			t.Error("nothing holds up the end of the process while a session is written")
		}
	}
	b.login(id)
	check(t, b.Wait(now))
}

func TestCredentialsThatWereRefusedAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Secrets["password"] = secret.New("not this one")
	id := b.add(d)
	for range 3 {
		if _, err := b.Ensure(b.ctx, id, 0); !errors.Is(err, session.ErrNeedsLogin) {
			t.Fatalf("error %v, want needs login", err)
		}
	}
	if n := calls(server.Requests(), "/auth/login"); n != 1 {
		t.Errorf("%d tries with a wrong password, want 1: more may lock the account", n)
	}
	b.wantState(id, session.StateNeedsLogin)

	fixed, err := b.Draft(b.ctx, id)
	check(t, err)
	fixed.Secrets["password"] = secret.New(emulator.Password)
	b.add(fixed)
	_, err = b.Ensure(b.ctx, id, 0)
	check(t, err)
	b.wantState(id, session.StateValid)
}
