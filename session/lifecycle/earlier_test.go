package lifecycle_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/engine/enginetest"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// TestTheClaimsOfEarlierSessionsAreKept through renewals, a logout and a login, and are compared with those of now.
func TestTheClaimsOfEarlierSessionsAreKept(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, emulator.NewDatarhei(emulator.DatarheiOptions{Now: b.Clock.Now}))
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "core", Definition: "datarhei-core", Login: "password", Values: map[string]string{"address": url, "username": "admin"}},
		NewSecrets: map[string]secret.String{"password": secret.New(emulator.Password)},
	})
	want := func(n int) {
		t.Helper()
		all, err := b.Credentials.Earlier(b.Ctx, b.Record(id), "access")
		if enginetest.Check(t, err); len(all) != n {
			t.Fatalf("%d earlier sessions, want %d", len(all), n)
		}
	}
	want(0)
	b.LogIn(id)
	want(0)
	first, err := b.Credentials.Token(b.Ctx, b.Record(id), "")
	enginetest.Check(t, err)
	for i := range 6 {
		b.Clock.Advance(time.Minute)
		_, err := b.Refresh(b.Ctx, id, nil)
		enginetest.Check(t, err)
		want(min(i+1, 4)) // of the last five, this one is one
	}
	all, err := b.Credentials.Earlier(b.Ctx, b.Record(id), "")
	enginetest.Check(t, err)
	now, err := b.Credentials.Decode(b.Ctx, b.Record(id), "")
	enginetest.Check(t, err)
	for _, c := range token.Diff(all[0].Token, now, nil) {
		if c.Name == "exp" && c.Note != "1 minute later" || c.Name == "sub" {
			t.Errorf("a refresh changed %+v", c)
		}
	}
	if !all[0].At.Equal(b.Now().Add(-time.Minute)) {
		t.Errorf("the earlier session is of %v", all[0].At)
	}
	_, err = b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	want(5)
	b.Clock.Advance(time.Hour)
	b.LogIn(id)
	want(4)
	for _, name := range []string{"tokenring.db", "tokenring.db-wal"} {
		data, _ := os.ReadFile(filepath.Join(b.Dir, name))
		if _, payload, _ := bytes.Cut([]byte(first.Reveal()), []byte(".")); bytes.Contains(data, payload[:20]) {
			t.Errorf("%s has a token in clear", name)
		}
	}
	kept, err := b.Store.KeptClaims(b.Ctx, id)
	enginetest.Check(t, err)
	for _, one := range kept {
		if bytes.Contains([]byte(one.Text), []byte("eyJ")) {
			t.Errorf("a token is kept: %.40s", one.Text)
		}
	}
	d := b.Form(id) // as of another user it has no earlier sessions
	d.Values["username"] = "editor"
	_, err = b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	b.LogIn(id)
	want(0)
	b.Vault.Lock()
	if _, err := b.Credentials.Earlier(b.Ctx, b.Record(id), "access"); err == nil {
		t.Error("read while the vault is locked")
	}
}
