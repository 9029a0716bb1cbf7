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

// listed is a store that holds a list of accounts and nothing else.
type listed struct {
	engine.Store
	records []*session.Record
}

func (l *listed) Accounts(context.Context) ([]*session.Record, error) { return l.records, nil }

func (l *listed) SealWords(session.Vault) {}

type locked struct{ session.Vault }

func (locked) IsOpen() bool { return false }

// BenchmarkAccounts measures how accounts are judged that are already read.
func BenchmarkAccounts(b *testing.B) {
	now := enginetest.NewClock().Now
	store := &listed{}
	for i := range 10_000 {
		id := fmt.Sprint("account-", i)
		r := &session.Record{Account: session.Account{
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
	m := engine.New(engine.Config{Store: store, Vault: locked{}, Now: now, Catalog: definition.NewCatalog("")})
	b.ReportAllocs()
	for b.Loop() {
		if all, err := m.Accounts.List(b.Context()); err != nil || len(all) != len(store.records) {
			b.Fatal(err)
		}
	}
}
