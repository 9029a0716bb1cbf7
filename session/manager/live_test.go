package manager_test

import (
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
)

func TestATokenThatLivesIsHadAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now, AccessLife: 10 * time.Minute})
	id := b.add(market(serve(t, server), "me"))
	live := func(name string, minTTL time.Duration) bool {
		t.Helper()
		value, ok := b.Live(b.ctx, name, minTTL)
		if ok {
			want, err := b.Token(b.ctx, id, "")
			check(t, err)
			if !value.Equal(want) {
				t.Errorf("it is not the token")
			}
		}
		return ok
	}
	if live("me", 0) || live("nobody", 0) {
		t.Error("there is a token without a session")
	}
	b.login(id)
	calls := len(server.Requests())
	for _, tt := range []struct {
		after, minTTL time.Duration
		want          bool
	}{
		{0, 0, true},
		{0, 9 * time.Minute, true},
		{0, 10 * time.Minute, false},
		{8 * time.Minute, 0, true},
		{8 * time.Minute, 3 * time.Minute, false},
		{9*time.Minute + 10*time.Second, 0, false}, // about to be renewed
		{11 * time.Minute, 0, false},
	} {
		b.clock.Advance(tt.after)
		if got := live("me", tt.minTTL); got != tt.want {
			t.Errorf("after %v, for %v: %v", tt.after, tt.minTTL, got)
		}
		b.clock.Advance(-tt.after)
	}
	b.vault.Lock()
	if live("me", 0) {
		t.Error("a locked vault gave it")
	}
	if len(server.Requests()) != calls {
		t.Error("the server was asked")
	}
}

func TestATokenOfASessionThatEndedIsNotHad(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(market(serve(t, server), "me"))
	snap := b.login(id)
	check(t, b.store.EndSession(b.ctx, id, snap.Session.Generation, "it was revoked"))
	if _, ok := b.Live(b.ctx, "me", 0); ok {
		t.Error("it was had")
	}
	b.wantState(id, session.StateNeedsLogin)
}
