package overview_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/overview"
	"tokenring/session/secret"
)

// counted is a store that counts what is read.
type counted struct {
	overview.Store
	lists, accounts int
}

func (c *counted) Accounts(ctx context.Context) ([]*session.Record, error) {
	c.lists++
	return c.Store.Accounts(ctx)
}

func (c *counted) Account(ctx context.Context, id string) (*session.Record, error) {
	c.accounts++
	return c.Store.Account(ctx, id)
}

// TestAFollowerReadsWhatChanged compares what it lists with a new list after each change,
// also by another process, and counts what it read for it.
func TestAFollowerReadsWhatChanged(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now}))
	ids := map[string]string{}
	for i := range 5 {
		name := fmt.Sprint("account ", i)
		ids[name] = b.Add(enginetest.Market(url, name))
	}
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	outside, err := sql.Open("sqlite", "file:"+filepath.Join(b.Dir, "tokenring.db"))
	enginetest.Check(t, err)
	t.Cleanup(func() { outside.Close() })
	edit := func(id string, change func(*draft.Form)) {
		d := other.Form(id)
		change(d)
		_, err := other.Save(b.Ctx, d)
		enginetest.Check(t, err)
	}
	write := func(query string, args ...any) {
		_, err := outside.Exec(query, args...)
		enginetest.Check(t, err)
	}
	store := &counted{Store: b.Store}
	accounts := *b.Accounts
	accounts.Store, accounts.Follower = store, &session.Follower{Store: store, Compare: accounts.Compare}
	follow := accounts.Follow()
	for _, c := range []struct {
		name            string
		change          func()
		lists, accounts int
	}{
		{"the first", func() {}, 1, 0},
		{"nothing", func() {}, 0, 0},
		{"a login", func() { b.LogIn(ids["account 1"]) }, 0, 1},
		{"another edits", func() { edit(ids["account 2"], func(d *draft.Form) { d.Environment = "prod" }) }, 0, 1},
		{"another renames", func() { edit(ids["account 3"], func(d *draft.Form) { d.Name = "a new name" }) }, 1, 1},
		{"one more", func() { ids["b"] = b.Add(enginetest.Market(url, "b")) }, 1, 0},
		{"one less", func() { enginetest.Check(t, other.Drafts.Delete(b.Ctx, ids["b"])) }, 1, 1},
		{"a failure", func() { b.Feed.SetFailure(ids["account 4"], &session.Failure{}) }, 0, 0},
		{"the end of a token", func() { b.Clock.Advance(100 * time.Hour) }, 0, 0},
		{"a clock that is set back", func() { b.Clock.Advance(-100 * time.Hour) }, 0, 0},
		{"from outside", func() { write(`UPDATE accounts SET guard = 'read-only' WHERE id = ?`, ids["account 4"]) }, 0, 1},
		{"from outside, and a login", func() {
			write(`UPDATE accounts SET guard = 'confirm' WHERE id = ?`, ids["account 4"])
			b.LogIn(ids["account 1"])
		}, 0, 2},
		{"an earlier copy", func() {
			write(`UPDATE accounts SET guard = '' WHERE id = ?`, ids["account 4"])
			write(`DELETE FROM changes WHERE seq > 3`)
		}, 1, 0},
		{"a failed login", func() {
			enginetest.Check(t, b.Store.AddEvent(b.Ctx, &session.Event{AccountID: ids["account 0"], At: b.Clock.Now(), Kind: session.EventLogin, Text: "refused"}))
		}, 0, 1},
		{"a locked vault", func() { b.Vault.Lock() }, 1, 0},
		{"an open vault", func() { enginetest.Check(t, b.Vault.Unlock(b.Ctx, secret.String{})) }, 1, 0},
	} {
		c.change()
		store.lists, store.accounts = 0, 0
		got, err := follow.List(b.Ctx)
		enginetest.Check(t, err)
		if store.lists != c.lists || store.accounts != c.accounts {
			t.Errorf("%s: %d lists and %d accounts were read", c.name, store.lists, store.accounts)
		}
		want, err := b.Accounts.List(b.Ctx)
		for i := range want {
			want[i].Account.Seal, want[i].Listed = nil, true
		}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: lists\n%+v, want\n%+v, %v", c.name, got, want, err)
		}
	}
}

// An account of the list has no seal, and is opened all the same.
func TestAnAccountOfTheListIsOpened(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	url := enginetest.Serve(t, emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now}))
	b.LogIn(b.Add(enginetest.Market(url, "me")))
	all, err := b.Accounts.Follow().List(b.Ctx)
	enginetest.Check(t, err)
	if all[0].Changed || all[0].Account.Seal != nil {
		t.Errorf("listed as %+v", all[0])
	}
	_, err = b.Credentials.Token(b.Ctx, all[0].Record, "")
	enginetest.Check(t, err)
	outside, err := sql.Open("sqlite", "file:"+filepath.Join(b.Dir, "tokenring.db"))
	enginetest.Check(t, err)
	defer outside.Close()
	_, err = outside.Exec(`UPDATE accounts SET guard = 'confirm'`)
	enginetest.Check(t, err)
	var changed *session.ChangedError
	if _, err := b.Credentials.Token(b.Ctx, all[0].Record, ""); !errors.As(err, &changed) || len(changed.Changes) != 1 {
		t.Errorf("changed outside, its token came: %v", err)
	}
}
