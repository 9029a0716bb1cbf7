package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tokenring/session"
)

func TestAccountIsKeptAsItWas(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	want := newAccount("a1")
	check(t, s.PutAccount(ctx, want, []session.Sealed{boxed("field:password", "x")}))

	again := openStore(t, s.Dir())
	got, err := again.Account(ctx, "a1")
	check(t, err)
	if !reflect.DeepEqual(&got.Account, want) || got.Session != nil {
		t.Errorf("got  %+v\nwant %+v", got.Account, *want)
	}
	sealed, err := again.Sealed(ctx, "a1", "")
	check(t, err)
	if !reflect.DeepEqual(sealed, []session.Sealed{boxed("field:password", "x")}) {
		t.Errorf("sealed values came back as %+v", sealed)
	}
	if again.ID() != s.ID() || len(s.ID()) != 32 {
		t.Errorf("the store is %q and was %q", again.ID(), s.ID())
	}
}

func TestBareAccountCanBeWrittenTo(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	check(t, s.PutAccount(ctx, &session.Account{ID: "bare", Name: "bare"}, nil))
	if named, err := s.Named(ctx, "bare"); err != nil || named.Account.ID != "bare" {
		t.Errorf("by name: %+v, %v", named, err)
	}
	if _, err := s.Named(ctx, "BARE"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("another name: %v", err)
	}
	if id, err := s.IDOf(ctx, "bare"); err != nil || id != "bare" {
		t.Errorf("the id of a name: %q, %v", id, err)
	}
	if id, err := s.IDOf(ctx, "BARE"); !errors.Is(err, session.ErrNotFound) {
		t.Errorf("the id of another name: %q, %v", id, err)
	}
	got, err := s.Account(ctx, "bare")
	check(t, err)
	got.Account.Values["address"] = "x"
	if a := got.Account; a.Secrets != nil || a.Origins != nil {
		t.Errorf("an empty account came back as %+v", a)
	}
}

func TestEditingAnAccountKeepsItsSessionAndOtherSecrets(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	a := newAccount("a1")
	check(t, s.PutAccount(ctx, a, []session.Sealed{boxed("field:password", "1"), boxed("field:key", "2")}))
	check(t, s.PutSession(ctx, newSession("a1", 1), 0, []session.Sealed{boxed("token:access", "3")}))

	a.Name, a.Environment, a.Values = "renamed", "", nil
	check(t, s.PutAccount(ctx, a, []session.Sealed{boxed("field:password", "new"), {Name: "field:key"}}))

	got, err := s.Account(ctx, "a1")
	check(t, err)
	if got.Account.Name != "renamed" || len(got.Account.Values) != 0 || got.Session == nil {
		t.Errorf("got %+v with session %v", got.Account, got.Session)
	}
	sealed, err := s.Sealed(ctx, "a1", "")
	check(t, err)
	if want := []string{"field:password=new", "token:access=3"}; !slices.Equal(names(sealed), want) {
		t.Errorf("sealed %v, want %v", names(sealed), want)
	}
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	second := newAccount("a2")
	second.Name = "name of a1"
	wantErr(t, s.PutAccount(ctx, second, []session.Sealed{boxed("field:password", "x")}), session.ErrNameTaken)
	if _, err := s.Account(ctx, "a2"); err != session.ErrNotFound {
		t.Errorf("the second account: %v", err)
	}
	if sealed, _ := s.Sealed(ctx, "a2", ""); sealed != nil {
		t.Errorf("the refused account left %v", names(sealed))
	}
}

func TestAccountsAreListedByName(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	for _, name := range []string{"beta", "Alpha", "gamma", "alpha"} {
		check(t, s.PutAccount(ctx, &session.Account{ID: "id-" + name, Name: name}, nil))
	}
	check(t, s.PutSession(ctx, newSession("id-beta", 1), 0, nil))
	records, err := s.Accounts(ctx)
	check(t, err)
	var got []string
	for _, r := range records {
		got = append(got, fmt.Sprint(r.Account.Name, r.Session != nil))
	}
	if want := []string{"Alphafalse", "alphafalse", "betatrue", "gammafalse"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestEachAccount(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	for _, id := range []string{"a", "b"} {
		withAccount(t, s, id)
	}
	var names []string
	check(t, s.EachAccount(ctx, func(rec *session.Record) { // it may read and write
		now, err := s.Account(ctx, rec.Account.ID)
		check(t, err)
		names = append(names, now.Account.Name)
		check(t, s.AddEvent(ctx, &session.Event{AccountID: rec.Account.ID, At: noon, Kind: session.EventLogin, OK: true}))
	}))
	if slices.Sort(names); !slices.Equal(names, []string{"name of a", "name of b"}) {
		t.Errorf("the names are %q", names)
	}
	ended, end := context.WithCancel(ctx)
	end()
	if err := s.EachAccount(ended, func(*session.Record) { t.Error("an account after the end") }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v after the end", err)
	}
	_, err := s.db.ExecContext(ctx, `UPDATE accounts SET fields = 'x' WHERE id = 'b'`)
	check(t, err)
	read := 0
	if err := s.EachAccount(ctx, func(*session.Record) { read++ }); !errors.Is(err, ErrDamaged) || read != 1 {
		t.Errorf("%d accounts and error %v where one is damaged", read, err)
	}
}

func TestPurgingAnAccountLeavesNothingOfIt(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	for _, id := range []string{"gone", "stays"} {
		check(t, s.PutAccount(ctx, newAccount(id), []session.Sealed{boxed("field:password", "x")}))
		ended := newSession(id, 1)
		ended.EndedReason = "refused"
		check(t, s.PutSession(ctx, ended, 0, []session.Sealed{boxed("token:access", "y")}))
		check(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q-" + id, AccountID: id}))
		check(t, s.AddRuns(ctx, &session.RunRecord{ID: "r-" + id, AccountID: id, At: noon}))
		check(t, s.AddEvent(ctx, &session.Event{AccountID: id, At: noon}))
	}
	check(t, s.Purge(ctx, "gone"))
	wantErr(t, s.Purge(ctx, "gone"), session.ErrNotFound)

	for _, table := range []string{"accounts", "sealed", "sessions", "requests", "runs", "events"} {
		column, rows := "account_id", 1
		switch table {
		case "accounts":
			column = "id"
		case "sealed":
			rows = 2
		}
		var gone, stays int
		err := s.db.QueryRow(`SELECT count(*) FILTER (WHERE `+column+` = 'gone'),
			count(*) FILTER (WHERE `+column+` = 'stays') FROM `+table).Scan(&gone, &stays)
		check(t, err)
		if gone != 0 || stays != rows {
			t.Errorf("%s holds %d rows of the deleted account and %d of the other", table, gone, stays)
		}
	}
}

func TestSealedValuesAreFoundByPrefix(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	all := []session.Sealed{
		boxed("field:a", "1"), boxed("field:b%", "2"), boxed("fieldé", "3"), boxed("token:access", "4")}
	check(t, s.PutAccount(ctx, newAccount("a1"), all))
	for prefix, want := range map[string]int{"": 4, "field": 3, "field:": 2, "field:b%": 1, "fieldé": 1, "%": 0, "x": 0} {
		sealed, err := s.Sealed(ctx, "a1", prefix)
		check(t, err)
		if len(sealed) != want {
			t.Errorf("prefix %q finds %v, want %d", prefix, names(sealed), want)
		}
	}
}

func TestSavedRequests(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	withAccount(t, s, "a1")
	list := &session.SavedRequest{ID: "q2", AccountID: "a1", Name: "list", Method: "GET", Path: "/items",
		Sealed: boxed("request:q2", "x")}
	first := &session.SavedRequest{ID: "q1", AccountID: "a1", Name: "about"}
	check(t, s.PutRequest(ctx, list))
	check(t, s.PutRequest(ctx, first))
	list.Path = "/items?limit=1"
	check(t, s.PutRequest(ctx, list))

	got, err := s.Requests(ctx, "a1")
	check(t, err)
	if len(got) != 2 || got[0].ID != "q1" || !reflect.DeepEqual(&got[1], list) {
		t.Errorf("got %+v", got)
	}
	wantErr(t, s.PutRequest(ctx, &session.SavedRequest{ID: "q3", AccountID: "nobody"}), session.ErrNotFound)
	check(t, s.DeleteRequest(ctx, "q1"))
	wantErr(t, s.DeleteRequest(ctx, "q1"), session.ErrNotFound)
}

func TestCancelledWriteWritesNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	wantErr(t, s.PutAccount(ctx, newAccount("a1"), nil), context.Canceled)
	if records, _ := s.Accounts(t.Context()); records != nil {
		t.Errorf("a cancelled write left %v", records)
	}
}

func TestVersionSeesEveryWrite(t *testing.T) {
	t.Parallel()
	ctx, mine := t.Context(), newStore(t)
	other := openStore(t, mine.Dir())
	version := func() int64 {
		v, err := mine.Version(ctx)
		check(t, err)
		return v
	}
	v0 := version()
	if version() != v0 {
		t.Error("the version changed by itself")
	}
	if _, err := mine.Accounts(ctx); err != nil || version() != v0 {
		t.Errorf("reading changed the version (%v)", err)
	}
	withAccount(t, mine, "a1")
	v1 := version()
	withAccount(t, other, "a2")
	v2 := version()
	if v1 == v0 || v2 == v1 {
		t.Errorf("versions %d, %d, %d: a write was not seen", v0, v1, v2)
	}
}

func TestAClosedStoreHasNoVersion(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, err := s.Version(t.Context())
	check(t, err)
	check(t, s.Close())
	check(t, s.Close())
	if _, err := s.Version(t.Context()); err == nil {
		t.Error("a closed store has a version")
	}
}

func TestMetaIsCreatedOnce(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	none, err := s.Meta(ctx, "vault")
	check(t, err)
	first, err := s.CreateMeta(ctx, "vault", []byte("one"))
	check(t, err)
	second, err := s.CreateMeta(ctx, "vault", []byte("two"))
	check(t, err)
	got, err := s.Meta(ctx, "vault")
	check(t, err)
	if none != nil || !first || second || string(got) != "one" {
		t.Errorf("before %q, created %v and %v, then %q", none, first, second, got)
	}
	check(t, s.PutMeta(ctx, "vault", []byte("three")))
	if got, _ := s.Meta(ctx, "vault"); string(got) != "three" {
		t.Errorf("replaced: %q", got)
	}
}

// An error of a write must mean that nothing was written, so one that has begun
// is not cancelled.
func TestAWriteThatHasBegunIsNotCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.update(ctx, func(tx *sql.Tx) error {
		cancel()
		time.Sleep(10 * time.Millisecond) // time to notice the end of ctx
		_, err := tx.Exec(`INSERT INTO meta (name, value) VALUES ('late', X'78')`)
		return err
	})
	check(t, err)
	if value, err := s.Meta(t.Context(), "late"); string(value) != "x" {
		t.Errorf("acknowledged, and lost: %q, %v", value, err)
	}
}

func TestEveryConnectionIsCareful(t *testing.T) {
	t.Parallel()
	ctx, s := t.Context(), newStore(t)
	for i := range 4 {
		conn, err := s.db.Conn(ctx)
		check(t, err)
		defer conn.Close()
		for pragma, want := range map[string]string{
			"synchronous": "2", "foreign_keys": "1", "secure_delete": "2", "busy_timeout": "5000", "journal_mode": "wal",
		} {
			var got string
			check(t, conn.QueryRowContext(ctx, "PRAGMA "+pragma).Scan(&got))
			if got != want {
				t.Errorf("connection %d: %s is %s, want %s", i, pragma, got, want)
			}
		}
	}
}
