package lifecycle_test

import (
	"errors"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/secret"
)

// A token that lives is read with its account, and the server is not asked;
// one that is about to end is renewed first.
func TestATokenThatLivesIsReadAtOnce(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now, AccessLife: 10 * time.Minute})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me"))
	read := func(minTTL time.Duration) (secret.String, error) {
		t.Helper()
		rec, err := b.Accounts.Read(b.Ctx, "me")
		enginetest.Check(t, err)
		if rec, err = b.Sessions.Ensure(b.Ctx, rec, minTTL); err != nil {
			return secret.String{}, err
		}
		return b.Credentials.Token(b.Ctx, rec, "")
	}
	if _, err := b.Accounts.Read(b.Ctx, "nobody"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("error %v of an account that is not there", err)
	}
	for _, tt := range []struct {
		after, minTTL time.Duration
		renewed       int
	}{
		{0, 0, 0},
		{0, 9 * time.Minute, 0},
		{0, 10 * time.Minute, 1},
		{8 * time.Minute, 0, 0},
		{8 * time.Minute, 3 * time.Minute, 1},
		{9*time.Minute + 10*time.Second, 0, 1}, // about to end
		{11 * time.Minute, 0, 1},
	} {
		b.LogIn(id)
		b.Clock.Advance(tt.after)
		calls, refreshes := len(server.Requests()), server.Refreshes()
		value, err := read(tt.minTTL)
		enginetest.Check(t, err)
		want, err := b.Token(b.Ctx, id, "")
		enginetest.Check(t, err)
		if !value.Equal(want) || server.Refreshes()-refreshes != tt.renewed || tt.renewed == 0 && len(server.Requests()) != calls {
			t.Errorf("after %v, for %v: %d refreshes, the stored token: %v", tt.after, tt.minTTL, server.Refreshes()-refreshes, value.Equal(want))
		}
	}
	b.Vault.Lock()
	if _, err := read(0); !errors.Is(err, session.ErrVaultLocked) {
		t.Errorf("error %v of a locked vault", err)
	}
}

func TestATokenOfASessionThatEndedIsNotRead(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me"))
	snap := b.LogIn(id)
	enginetest.Check(t, b.Store.EndSession(b.Ctx, id, snap.Session.Generation, "it was revoked"))
	if _, err := b.Token(b.Ctx, id, ""); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want needs login", err)
	}
	b.WantState(id, session.StateNeedsLogin)
}
