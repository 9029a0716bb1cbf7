package lifecycle_test

import (
	"fmt"
	"io"
	"net/http"
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
				t.Errorf("ending %q (%s), want %q", result.Ending, result.Text(b.Now(), time.UTC), tt.want)
			}
			if tt.want == lifecycle.StillAlive && !result.Tokens[0].Until.Equal(before.Session.Primary().ExpiresAt) {
				t.Errorf("alive until %v, want %v", result.Tokens[0].Until, before.Session.Primary().ExpiresAt)
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

func TestALogoutProvesEveryToken(t *testing.T) {
	t.Parallel()
	const check = "check: {request: {path: /me}}\n"
	const both = "logout: {steps: [{request: {method: POST, path: /logout, json: {token: \"${.refresh}\"}}}], gone: .status == 410}\n"
	const bare = "logout: {steps: [{request: {method: POST, path: /logout, attach: none, json: {token: \"${.refresh}\"}}}]}\n"
	const skipped = "logout: {steps: [{request: {method: POST, path: /logout}}, {when: .access == null, request: {path: /logout, headers: {X: \"${.refresh}\"}}}]}\n"
	const rejects = "outcomes: [{on: [logout], when: .status == 401, is: token_rejected}]\n"
	const access = "logout: {steps: [{request: {method: POST, path: /logout}}]}\n"
	for _, tt := range []struct {
		name   string
		more   string
		after  time.Duration // from the login; access lives for two minutes, refresh for a day
		logout int           // what the logout answers
		alive  int           // what the check answers after it
		want   lifecycle.Ending
		text   string
	}{
		{"nothing can be ended", check, 0, 0, 200, lifecycle.StillAlive,
			"forgotten here; this backend has no logout; the server still accepts the access token until 12:02; anyone with the refresh token can renew until tomorrow 12:00"},
		{"access expired, refresh lives", check, 3 * time.Minute, 0, 401, lifecycle.StillAlive,
			"forgotten here; this backend has no logout; the access token had already expired, which proves nothing; anyone with the refresh token can renew until tomorrow 12:00"},
		{"all expired", check, 25 * time.Hour, 0, 401, lifecycle.Unproven,
			"forgotten here; this backend has no logout; the access token had already expired, which proves nothing; the refresh token had already expired, which proves nothing"},
		{"both ended", check + both, 0, 200, 401, lifecycle.Revoked,
			"logged out; the server confirmed that it rejects the access token; the server answered that it ended the refresh token"},
		{"both were dead", check + both, 0, 410, 401, lifecycle.Revoked,
			"logged out; the server confirmed that it rejects the access token; the server confirmed that it rejects the refresh token"},
		{"the logout was refused for its access token", rejects + check + both, 3 * time.Minute, 401, 401, lifecycle.Unproven,
			"forgotten here; the access token had already expired, which proves nothing; anyone with the refresh token may still renew until tomorrow 12:00: the server refused the logout"},
		{"the logout was refused, and access lives", rejects + check + both, 0, 401, 200, lifecycle.StillAlive,
			"forgotten here; the server still accepts the access token until 12:02; anyone with the refresh token may still renew until tomorrow 12:00: the server refused the logout"},
		{"refresh alone was refused", rejects + check + bare, 0, 401, 401, lifecycle.Revoked,
			"logged out; the server confirmed that it rejects the access token; the server confirmed that it rejects the refresh token"},
		{"the step for refresh was skipped", check + skipped, 0, 200, 401, lifecycle.Unproven,
			"forgotten here; the server confirmed that it rejects the access token; anyone with the refresh token may still renew until tomorrow 12:00: no step of the logout sent it"},
		{"refresh ended, access cannot be", check + both, 0, 200, 200, lifecycle.StillAlive,
			"forgotten here; the server still accepts the access token until 12:02; the server answered that it ended the refresh token"},
		{"nobody sent refresh", check + access, 0, 200, 401, lifecycle.Unproven,
			"forgotten here; the server confirmed that it rejects the access token; anyone with the refresh token may still renew until tomorrow 12:00: no step of the logout sent it"},
		{"the logout failed", check + access, 0, 500, 401, lifecycle.LogoutFailed,
			"forgotten here, but the server was not told: logout failed: the definition does not cover this answer (status 500); it sent no body; the server confirmed that it rejects the access token; anyone with the refresh token can renew until tomorrow 12:00"},
		{"the logout was refused for its age", check + access, 3 * time.Minute, 401, 401, lifecycle.StillAlive,
			"forgotten here; the access token had already expired, which proves nothing; anyone with the refresh token can renew until tomorrow 12:00"},
		{"nothing can be asked", both, 0, 200, 0, lifecycle.Unproven,
			"forgotten here; whether the access token still works until 12:02 is unproven: there is no way to ask the server; the server answered that it ended the refresh token"},
		{"the check sends no token", "check: {request: {path: /me, attach: none}}\n" + both, 0, 200, 401, lifecycle.Unproven,
			"forgotten here; whether the access token still works until 12:02 is unproven: the check does not send it; the server answered that it ended the refresh token"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			login := fmt.Sprintf(`{"access": %q, "refresh": %q}`, jwt(fmt.Sprintf(`{"exp": %d}`, b.Now().Unix()+120)), jwt(fmt.Sprintf(`{"exp": %d}`, b.Now().Unix()+86400)))
			id := scripted(t, b, `
refresh: {needs: refresh, steps: [{request: {method: POST, path: /refresh, json: {token: "${.refresh}"}}, capture: *tokens}]}
tokens: {access: {}, refresh: {}}
`+tt.more, func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/logout":
					w.WriteHeader(tt.logout)
				case "/me":
					w.WriteHeader(tt.alive)
				default:
					_, _ = io.WriteString(w, login)
				}
			})
			b.LogIn(id)
			b.Clock.Advance(tt.after)
			noon := b.Now().Add(-tt.after)
			result, err := b.Logout(b.Ctx, id)
			enginetest.Check(t, err)
			if got := result.Text(noon, time.UTC); result.Ending != tt.want || got != tt.text {
				t.Errorf("%s, want %s\n%s, want\n%s", result.Ending, tt.want, got, tt.text)
			}
			b.WantState(id, session.StateNoSession)
		})
	}
}
