package manager_test

import (
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/secret"
)

func TestTheFourEndingsOfALogout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		stateless bool
		before    func(*emulator.Rotating)
		want      manager.Ending
	}{
		{name: "revoked", want: manager.Revoked},
		{name: "nobody can revoke it", stateless: true, want: manager.StillAlive},
		{name: "the server refuses", stateless: true, before: func(s *emulator.Rotating) { s.FailNext(1, 500) }, want: manager.NotTold},
		{name: "no answer at all", before: func(s *emulator.Rotating) { s.FailNext(2, 500) }, want: manager.NotTold},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, Stateless: tt.stateless})
			id := b.add(market(serve(t, server), "me@market"))
			before := b.login(id)
			if tt.before != nil {
				tt.before(server)
			}
			result, err := b.Logout(b.ctx, id)
			check(t, err)
			if result.Ending != tt.want {
				t.Errorf("ending %q (%s), want %q", result.Ending, result.Text(), tt.want)
			}
			if tt.want == manager.StillAlive && !result.Until.Equal(before.Session.Primary().ExpiresAt) {
				t.Errorf("alive until %v, want %v", result.Until, before.Session.Primary().ExpiresAt)
			}
			b.wantState(id, session.StateNoSession)
			if sealed, err := b.store.Sealed(b.ctx, id, "token:"); err != nil || len(sealed) != 0 {
				t.Errorf("%d tokens are left here, error %v", len(sealed), err)
			}
		})
	}
}

func TestALogoutThatNobodyCanProve(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.add(&manager.Draft{
		Name: "pasted", Definition: "token", Login: "paste",
		Values:  map[string]string{"address": "http://127.0.0.1:1"},
		Secrets: map[string]secret.String{"pasted": secret.New("an-opaque-token-of-some-length")},
	})
	b.login(id)
	b.wantState(id, session.StateUnknown)
	result, err := b.Logout(b.ctx, id)
	check(t, err)
	if result.Ending != manager.Unproven {
		t.Errorf("ending %q, want unproven", result.Ending)
	}
}

func TestACheckProvesASession(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "me@market")
	d.Relogin = false
	id := b.add(d)
	b.login(id)
	snap, alive, err := b.Check(b.ctx, id)
	check(t, err)
	if !alive || snap.Session.Proven.IsZero() {
		t.Errorf("alive %v, proven %v", alive, snap.Session.Proven)
	}
	server.Revoke("admin")
	_, alive, err = b.Check(b.ctx, id)
	check(t, err)
	if alive {
		t.Error("a revoked session was proven alive")
	}
	if _, err := b.Refresh(b.ctx, id, nil); err == nil {
		t.Error("a revoked session was renewed")
	}
	b.wantState(id, session.StateNeedsLogin)
	b.clock.Advance(time.Second)
}
