package overview_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/engine"
	"tokenring/session/engine/enginetest"
)

func TestWhenASessionIsRenewed(t *testing.T) {
	t.Parallel()
	now := enginetest.NewClock().Now()
	for _, tt := range []struct {
		name     string
		issued   time.Duration // ago, when it came
		life     time.Duration // left, when it came
		idle     time.Duration
		offset   time.Duration
		from, to time.Duration // after it came, our clock
	}{
		{name: "ten minutes", life: 10 * time.Minute, from: 8 * time.Minute, to: 9 * time.Minute},
		{name: "two seconds", life: 2 * time.Second, from: 800 * time.Millisecond, to: time.Second},
		{name: "a hundred years", life: 876000 * time.Hour, from: 700800 * time.Hour, to: 788400 * time.Hour},
		{name: "far from fresh", issued: 12 * time.Hour, life: 5 * time.Minute, from: 4 * time.Minute, to: 270 * time.Second},
		{name: "dead on arrival", life: -time.Hour},
		{name: "sliding", idle: time.Hour, from: 48 * time.Minute, to: 54 * time.Minute},
		{name: "a server ahead of us", life: 10 * time.Minute, offset: time.Hour, from: 8 * time.Minute, to: 9 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			received := now.Add(tt.offset)
			token := session.TokenInfo{
				Name: "access", Primary: true, Token: true, Received: received, IssuedAt: received.Add(-tt.issued),
				Accepted: received, Idle: tt.idle,
			}
			if tt.life != 0 {
				token.ExpiresAt = received.Add(tt.life)
			}
			snap := session.Snapshot{
				Record: session.Record{
					Account: session.Account{ID: "me", KeepAlive: true},
					Session: &session.Session{Tokens: []session.TokenInfo{token}, Offset: tt.offset},
				},
				Abilities: session.Abilities{CanRefresh: true},
			}
			at, ok := snap.NextRefresh()
			if after := at.Sub(now); !ok || after < tt.from || after > tt.to {
				t.Errorf("renewed %v after it came, want %v to %v", after, tt.from, tt.to)
			}
		})
	}
}

// listed is a store that holds a list of accounts and nothing else.
type listed struct {
	session.Store
	records []session.Record
}

func (l *listed) Accounts(context.Context) ([]session.Record, error) { return l.records, nil }

func BenchmarkAccounts(b *testing.B) {
	now := enginetest.NewClock().Now
	store := &listed{}
	for i := range 10_000 {
		id := fmt.Sprint("account-", i)
		r := session.Record{Account: session.Account{
			ID: id, Name: id, Definition: "expressa", Login: "password", Relogin: true, Secrets: []string{"password"},
			Values: map[string]string{"address": "https://api.example.com", "dialect": "bezkoder", "identity": id},
		}}
		if i%2 == 0 {
			r.Account.Definition, r.Account.Values = "datarhei-core", map[string]string{"username": id}
		}
		r.Session = &session.Session{AccountID: id, Generation: 1, Tokens: []session.TokenInfo{
			{Name: "token", Primary: true, ExpiresAt: now().Add(time.Hour)}, {Name: "refresh"},
		}}
		store.records = append(store.records, r)
	}
	m := engine.New(engine.Config{Store: store, Now: now, Catalog: definition.NewCatalog("")})
	b.ReportAllocs()
	for b.Loop() {
		if all, err := m.Accounts.List(b.Context()); err != nil || len(all) != len(store.records) {
			b.Fatal(err)
		}
	}
}
