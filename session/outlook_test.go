package session_test

import (
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
)

// TestAnOutlookSaysWhatASnapshotWillSay compares the two at every moment of a
// day, for sessions of each kind.
func TestAnOutlookSaysWhatASnapshotWillSay(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	began := b.clock.Now()
	token := func(name string, life, idle time.Duration) session.TokenInfo {
		t := session.TokenInfo{Name: name, Token: true, Received: began, IssuedAt: began, Accepted: began, Idle: idle}
		if life != 0 {
			t.ExpiresAt = began.Add(life)
		}
		return t
	}
	primary := func(t session.TokenInfo) session.TokenInfo { t.Primary = true; return t }
	core := session.Account{ID: "me", Name: "me", Definition: "datarhei-core", Login: "password",
		Values: map[string]string{"username": "admin"}}
	relogin := core
	relogin.Relogin, relogin.Secrets = true, []string{"password"}
	unknown := core
	unknown.Definition = "no such"
	access, refresh := token("access", 10*time.Minute, 0), token("refresh", 5*time.Hour, 0)
	for _, tt := range []struct {
		name    string
		account session.Account
		session *session.Session
		states  int // that it goes through
	}{
		{"none", core, nil, 1},
		{"final", core, &session.Session{Final: "revoked", Tokens: []session.TokenInfo{primary(access)}}, 1},
		{"never a session, final", core, &session.Session{Final: "refused"}, 1},
		{"both tokens", core, &session.Session{Tokens: []session.TokenInfo{primary(access), refresh}}, 4},
		{"a server ahead", core, &session.Session{Tokens: []session.TokenInfo{primary(access), refresh}, Offset: 3 * time.Minute}, 4},
		{"nothing renews", core, &session.Session{Tokens: []session.TokenInfo{primary(access)}}, 3},
		{"a refresh token of no stated end", core, &session.Session{Tokens: []session.TokenInfo{primary(access), token("refresh", 0, 0)}}, 3},
		{"logs in again", relogin, &session.Session{Tokens: []session.TokenInfo{primary(access), refresh}}, 3},
		{"opaque", core, &session.Session{Tokens: []session.TokenInfo{primary(token("access", 0, 0))}}, 1},
		{"sliding", core, &session.Session{Tokens: []session.TokenInfo{primary(token("access", 0, time.Hour))}}, 3},
		{"no definition", unknown, &session.Session{Tokens: []session.TokenInfo{primary(access), refresh}}, 3},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rec := session.Record{Account: tt.account, Session: tt.session}
			outlook := session.Foresee(definition.NewCatalog(""), b.clock.Now)(&rec)
			now := began
			m := session.New(session.Config{Store: &listed{records: []session.Record{rec}},
				Catalog: definition.NewCatalog(""), Now: func() time.Time { return now }})
			seen := map[session.State]bool{}
			for ; now.Before(began.Add(6 * time.Hour)); now = now.Add(10 * time.Second) {
				all, err := m.Accounts(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got, want := outlook.StateAt(now), all[0].StateAt(now)
				if got != want {
					t.Fatalf("after %v: %s, want %s", now.Sub(began), got, want)
				}
				seen[want] = true
			}
			if len(seen) != tt.states {
				t.Errorf("it went through %v", seen)
			}
		})
	}
}
