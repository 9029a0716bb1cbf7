package store

import (
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/store/vault"
)

// noon is the time at which these tests begin.
var noon = time.Date(2026, 3, 14, 12, 0, 0, 123456789, time.UTC)

func atNoon() time.Time { return noon }

// newStore opens a store in a new folder.
func newStore(t testing.TB) *Store {
	t.Helper()
	return openStore(t, filepath.Join(t.TempDir(), "ring"))
}

func openStore(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Dir: dir, Now: atNoon})
	check(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// withVault lets an open vault seal the words of servers.
func withVault(t testing.TB, s *Store) session.Vault {
	t.Helper()
	v, err := vault.Open(t.Context(), vault.Options{Memory: true})
	check(t, err)
	s.SealWords(v)
	return v
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t testing.TB, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
}

func newAccount(id string) *session.Account {
	return &session.Account{
		ID: id, Name: "name of " + id, Definition: "directus", Login: "password", Attach: "bearer",
		Environment: "prod", Guard: session.GuardConfirm,
		Values:     map[string]string{"address": "https://cms.example", "username": "ada"},
		Secrets:    []string{"password"},
		References: map[string]string{"client_secret": "env:CLIENT"},
		KeepAlive:  true, Relogin: true, AllowHTTP: true,
		BaseURL: "https://cms.example/api", Origin: "https://cms.example:443",
		Origins: session.Origins{{Origin: "https://a.example:443", For: session.ForBoth}, {Origin: "https://b.example:443", For: session.ForTokens}}, Grants: []string{"other"},
		Connection: session.Connection{ClientCertificate: "/home/ada/client.pem", Authority: "/home/ada/ca.pem",
			Proxy: "http://ada@proxy.example:3128", Resolve: []string{"cms.example:443:10.0.0.5"}},
		DefinitionConnection: session.Connection{Proxy: session.ProxyDirect},
	}
}

// withAccount stores an account and returns it.
func withAccount(t testing.TB, s *Store, id string) *session.Account {
	t.Helper()
	a := newAccount(id)
	check(t, s.PutAccount(t.Context(), a, nil))
	return a
}

func newSession(accountID string, generation int64) *session.Session {
	return &session.Session{
		AccountID: accountID, Generation: generation,
		Tokens: []session.TokenInfo{
			{
				Name: "access", Primary: true, Token: true, Received: noon, IssuedAt: noon.Add(-time.Second),
				ExpiresAt: noon.Add(15 * time.Minute), Source: ".claims.exp", Idle: time.Hour,
				Accepted: noon.Add(time.Second), Kind: "JWT",
			},
			{Name: "refresh", Token: true, Received: noon, IssuedAt: noon, Kind: "opaque"},
		},
		Started: noon, Refreshed: noon.Add(time.Minute), Refreshes: 3, Proven: noon.Add(time.Second),
		Offset: -7 * time.Second, HasOffset: true, Measured: noon.Add(-time.Hour),
	}
}

func boxed(name, box string) session.Sealed {
	return session.Sealed{Name: name, Origin: "https://cms.example:443",
		Origins: []string{"https://a.example:443"}, Box: []byte(box)}
}

// names lists the names of sealed values with their boxes.
func names(sealed []session.Sealed) []string {
	list := []string{}
	for _, s := range sealed {
		list = append(list, s.Name+"="+string(s.Box))
	}
	return list
}

// makeRing makes a ring of an earlier schema.
func makeRing(t testing.TB, dir string, steps []string) {
	t.Helper()
	dir, err := prepareDir(dir)
	check(t, err)
	s := &Store{dir: dir, path: filepath.Join(dir, fileName), now: atNoon, write: make(chan struct{}, 1)}
	check(t, s.prepareFile(t.Context()))
	db, err := sql.Open("sqlite", dsn(s.path))
	check(t, err)
	s.db, s.reads = db, &statements{db: db}
	check(t, s.prepareSchema(t.Context(), len(steps), func() []string { return steps }))
	check(t, s.Close())
}
