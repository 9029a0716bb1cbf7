package lifecycle_test

import (
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

func TestTheFourEndingsOfALogout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		stateless bool
		before    func(*emulatortest.Rotating)
		want      lifecycle.Ending
	}{
		{name: "revoked", want: lifecycle.Revoked},
		{name: "nobody can revoke it", stateless: true, want: lifecycle.StillAlive},
		{name: "the server refuses", stateless: true, before: func(s *emulatortest.Rotating) { s.FailNext(1, 500) }, want: lifecycle.LogoutFailed},
		{name: "no answer at all", before: func(s *emulatortest.Rotating) { s.FailNext(2, 500) }, want: lifecycle.LogoutFailed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, Stateless: tt.stateless})
			id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me@market"))
			before := b.LogIn(id)
			if tt.before != nil {
				tt.before(server)
			}
			result, err := b.Logout(b.Ctx, id)
			enginetest.Check(t, err)
			if result.Ending != tt.want {
				t.Errorf("ending %q (%s), want %q", result.Ending, result.Text(), tt.want)
			}
			if tt.want == lifecycle.StillAlive && !result.Until.Equal(before.Session.Primary().ExpiresAt) {
				t.Errorf("alive until %v, want %v", result.Until, before.Session.Primary().ExpiresAt)
			}
			b.WantState(id, session.StateNoSession)
			if sealed, err := b.Store.Sealed(b.Ctx, id, "token:"); err != nil || len(sealed) != 0 {
				t.Errorf("%d tokens are left here, error %v", len(sealed), err)
			}
		})
	}
}

func TestALogoutThatNobodyCanProve(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(&draft.Form{
		Account: session.Account{
			Name: "pasted", Definition: "token", Login: "paste",
			Values: map[string]string{"address": "http://127.0.0.1:1"},
		},
		NewSecrets: map[string]secret.String{"pasted": secret.New("an-opaque-token-of-some-length")},
	})
	b.LogIn(id)
	b.WantState(id, session.StateUnknown)
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if result.Ending != lifecycle.Unproven {
		t.Errorf("ending %q, want unproven", result.Ending)
	}
}

func TestACheckProvesASession(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "me@market")
	d.Relogin = false
	id := b.Add(d)
	b.LogIn(id)
	snap, alive, err := b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	if !alive || snap.Session.Proven.IsZero() {
		t.Errorf("alive %v, proven %v", alive, snap.Session.Proven)
	}
	server.Revoke("admin")
	_, alive, err = b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	if alive {
		t.Error("a revoked session was proven alive")
	}
	if _, err := b.Refresh(b.Ctx, id, nil); err == nil {
		t.Error("a revoked session was renewed")
	}
	_, _, err = b.Check(b.Ctx, id)
	enginetest.Check(t, err)
	b.WantState(id, session.StateNeedsLogin)
	b.Clock.Advance(time.Second)
}
