package credential_test

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/definition"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/suite"
)

// outside opens the database of a fixture as something other than tokenring.
func outside(b *enginetest.Fixture) *sql.DB {
	b.T.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(b.Dir, "tokenring.db")+"?_pragma=busy_timeout(5000)")
	enginetest.Check(b.T, err)
	b.T.Cleanup(func() { db.Close() })
	return db
}

func exec(b *enginetest.Fixture, db *sql.DB, query string, args ...any) {
	b.T.Helper()
	_, err := db.Exec(query, args...)
	enginetest.Check(b.T, err)
}

// free are the columns of an account that anything may write, and why.
var free = map[string]string{
	"name":        "a label",
	"environment": "a label",
}

// TestEveryColumnOfAnAccountIsAuthenticated changes each column in the database.
func TestEveryColumnOfAnAccountIsAuthenticated(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	url := enginetest.Serve(t, server)
	id, other := b.Add(enginetest.Market(url, "me")), b.Add(enginetest.Market(url, "other"))
	b.LogIn(id)
	sent := len(server.Requests())
	db := outside(b)
	rows, err := db.Query(`SELECT name, type FROM pragma_table_info('accounts')`)
	enginetest.Check(t, err)
	kinds := map[string]string{}
	for rows.Next() {
		var name, kind string
		enginetest.Check(t, rows.Scan(&name, &kind))
		kinds[name] = kind
	}
	enginetest.Check(t, rows.Err())
	for column, kind := range kinds {
		change := "'changed'"
		switch {
		case column == "id":
			continue // the secrets of the account refer to it
		case column == "deleted":
			continue // it hides the account, and is changed without a key
		case column == "tokens" || column == "facts":
			continue // of the session, which changes with each answer
		case column == "box":
			change = "(SELECT box FROM accounts WHERE id = '" + other + "')"
		case kind == "INTEGER":
			change = "1 - min(1, " + column + ")"
		case column == "guard":
			change = "'read-only'"
		case column == "fields" || column == "refs":
			change = `'7:address20:http://thief.example8:password8:cmd:evil'`
		case strings.HasSuffix(column, "connection"):
			change = `'{"proxy": "http://thief.example:3128"}'`
		case slices.Contains([]string{"secrets", "origins", "grants"}, column):
			change = `'20:http://thief.example'`
		}
		exec(b, db, `CREATE TABLE aside AS SELECT * FROM accounts`)
		exec(b, db, `UPDATE accounts SET `+column+` = `+change+` WHERE id = ?`, id)
		_, err := b.Token(b.Ctx, id, "")
		var changed *session.ChangedError
		switch stopped := errors.As(err, &changed); {
		case free[column] != "" && err != nil:
			t.Errorf("%s: %v", column, err)
		case free[column] == "" && !stopped:
			t.Errorf("%s was changed, and the token came: %v", column, err)
		case free[column] == "" && column != "box" && (len(changed.Changes) != 1 || changed.Changes[0].Column != column || changed.Changes[0].Field == "" || !strings.Contains(err.Error(), column)):
			t.Errorf("%s: %v", column, err)
		}
		exec(b, db, `UPDATE accounts SET `+column+` = (SELECT `+column+` FROM aside WHERE id = ?1) WHERE id = ?1`, id)
		exec(b, db, `DROP TABLE aside`)
		if _, err := b.Token(b.Ctx, id, ""); err != nil {
			t.Fatalf("%s, put back: %v", column, err)
		}
	}
	if len(server.Requests()) > sent {
		t.Error("something was sent")
	}
}

// exits is everything that sends as an account or hands out what it holds.
var exits = map[string]func(b *enginetest.Fixture, id string) error{
	"login": func(b *enginetest.Fixture, id string) error {
		_, err := b.Sessions.Login(b.Ctx, b.Record(id), lifecycle.LoginOptions{})
		return err
	},
	"refresh": func(b *enginetest.Fixture, id string) error { _, err := b.Refresh(b.Ctx, id, nil); return err },
	"ensure": func(b *enginetest.Fixture, id string) error {
		_, err := b.Ensure(b.Ctx, id, 1000*time.Hour)
		return err
	},
	"check":  func(b *enginetest.Fixture, id string) error { _, _, err := b.Check(b.Ctx, id); return err },
	"logout": func(b *enginetest.Fixture, id string) error { _, err := b.Logout(b.Ctx, id); return err },
	"token":  func(b *enginetest.Fixture, id string) error { _, err := b.Token(b.Ctx, id, ""); return err },
	"decode": func(b *enginetest.Fixture, id string) error {
		_, err := b.Credentials.Decode(b.Ctx, b.Record(id), "")
		return err
	},
	"earlier claims": func(b *enginetest.Fixture, id string) error {
		_, err := b.Credentials.Earlier(b.Ctx, b.Record(id), "")
		return err
	},
	"keys": func(b *enginetest.Fixture, id string) error {
		_, err := b.Credentials.Keys(b.Ctx, b.Record(id))
		return err
	},
	"headers": func(b *enginetest.Fixture, id string) error {
		_, err := b.Requests.Attached(b.Ctx, b.Record(id))
		return err
	},
	"request": func(b *enginetest.Fixture, id string) error {
		_, err := b.Fire(b.Ctx, id, &request.Spec{Target: "/me"}, attempt.Options{})
		return err
	},
	"request as anonymous": func(b *enginetest.Fixture, id string) error {
		_, err := b.Requests.Fire(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), &request.Spec{Target: "/me"}, attempt.Options{})
		return err
	},
	"curl": func(b *enginetest.Fixture, id string) error {
		_, _, err := b.Requests.Curl(b.Ctx, suite.IdentityOf(&b.Record(id).Account), &request.Spec{Target: "/me"}, true)
		return err
	},
	"curl as anonymous": func(b *enginetest.Fixture, id string) error {
		_, _, err := b.Requests.Curl(b.Ctx, suite.IdentityOf(&b.Record(id).Account).AsAnonymous(), &request.Spec{Target: "/me"}, false)
		return err
	},
	"lend": func(b *enginetest.Fixture, id string) error {
		rec, err := b.Sessions.Lend(b.Ctx, id)
		if err == nil {
			_, err = b.Credentials.Token(b.Ctx, rec, "")
		}
		return err
	},
	"edit": func(b *enginetest.Fixture, id string) error {
		d := b.Form(id)
		d.KeepAlive = !d.KeepAlive
		_, err := b.Save(b.Ctx, d)
		return err
	},
}

// TestNoExitServesAChangedAccount tries them with the guard lifted, with the address
// changed, and without a seal.
func TestNoExitServesAChangedAccount(t *testing.T) {
	t.Parallel()
	for change, query := range map[string]string{
		"guard":  `UPDATE accounts SET guard = ''`,
		"origin": `UPDATE accounts SET base_url = 'http://127.0.0.1:9', origin = 'http://127.0.0.1:9', fields = '7:address18:http://127.0.0.1:98:username5:admin'`,
		"seal":   `UPDATE accounts SET box = x''`,
	} {
		t.Run(change, func(t *testing.T) {
			t.Parallel()
			b := enginetest.New(t)
			server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
			d := enginetest.Market(enginetest.Serve(t, server), "me")
			d.Guard = session.GuardReadOnly
			id := b.Add(d)
			b.LogIn(id)
			sent := len(server.Requests())
			exec(b, outside(b), query)
			for name, use := range exits {
				var changed *session.ChangedError
				if err := use(b, id); !errors.As(err, &changed) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if n := len(server.Requests()) - sent; n > 0 {
				t.Errorf("%d requests were sent", n)
			}
			if b.Record(id).Session == nil {
				t.Error("the session was deleted")
			}
		})
	}
}

func TestAChangeFromOutsideIsKeptOrUndone(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "me"))
	db := outside(b)
	if _, changed, err := b.Drafts.Review(b.Ctx, id); changed != nil || err != nil {
		t.Errorf("nothing was changed: %v, %v", changed, err)
	}
	lift := func() {
		exec(b, db, `UPDATE accounts SET guard = 'confirm', base_url = 'http://thief.example', environment = 'prod'`)
	}
	lift()
	seen, changed, err := b.Drafts.Review(b.Ctx, id)
	if enginetest.Check(t, err); changed == nil || len(changed.Changes) != 2 {
		t.Fatalf("the changes are %+v", changed)
	}
	enginetest.Check(t, b.Drafts.Restore(b.Ctx, id))
	if a := b.Record(id).Account; a.Guard != "" || a.BaseURL != "http://127.0.0.1:1" || a.Environment != "prod" {
		t.Errorf("put back: %+v", a)
	}
	lift()
	exec(b, db, `UPDATE accounts SET attach = 'bearer'`)
	if err := b.Drafts.Accept(b.Ctx, seen); err == nil {
		t.Error("more was accepted than was seen")
	}
	seen, _, err = b.Drafts.Review(b.Ctx, id)
	enginetest.Check(t, err)
	enginetest.Check(t, b.Drafts.Accept(b.Ctx, seen))
	if a := b.Record(id).Account; a.Guard != session.GuardConfirm || b.Credentials.Authentic(&a) != nil {
		t.Errorf("kept: %+v", a)
	}
	exec(b, db, `UPDATE accounts SET box = x'00'`)
	if err := b.Drafts.Restore(b.Ctx, id); err == nil {
		t.Error("an account without a seal was put back")
	}
}

// A name and an environment need no key.
func TestRenamingNeedsNoKey(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "me"))
	d := b.Form(id)
	b.Vault.Lock()
	d.Name, d.Environment = "you", "prod"
	_, err := b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	d.Guard = session.GuardConfirm
	if _, err := b.Save(b.Ctx, d); !errors.Is(err, session.ErrVaultLocked) {
		t.Errorf("a guard, with the vault locked: %v", err)
	}
}

func TestAnApprovalFromOutsideApprovesNothing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	db := outside(b)
	mine, theirs := suite.Source{File: "/mine/tokenring.yaml", Hash: "h1"}, suite.Source{File: "/theirs/tokenring.yaml", Hash: "h1"}
	enginetest.Check(t, b.Requests.Trust(b.Ctx, mine))
	enginetest.Check(t, b.Requests.Trusted(b.Ctx, mine))
	var untrusted *attempt.UntrustedError
	if err := b.Requests.Trusted(b.Ctx, suite.Source{File: mine.File, Hash: "h2"}); !errors.As(err, &untrusted) || !untrusted.Changed {
		t.Errorf("another text: %v", err)
	}
	exec(b, db, `INSERT INTO approvals SELECT ?, box FROM approvals`, theirs.File)
	exec(b, db, `INSERT INTO meta VALUES (?, ?)`, "trust:"+theirs.File, []byte(theirs.Hash))
	if err := b.Requests.Trusted(b.Ctx, theirs); !errors.As(err, &untrusted) || untrusted.Changed {
		t.Errorf("a copied approval: %v", err)
	}
	exec(b, db, `UPDATE approvals SET box = ?`, []byte(theirs.Hash))
	for _, src := range []suite.Source{mine, theirs} {
		if err := b.Requests.Trusted(b.Ctx, src); !errors.As(err, &untrusted) {
			t.Errorf("a hash in place of the box: %v", err)
		}
	}
	b.Vault.Lock()
	if err := b.Requests.Trust(b.Ctx, mine); !errors.Is(err, session.ErrVaultLocked) {
		t.Errorf("with the vault locked: %v", err)
	}
}

// A guard that was lifted or lowered outside asks for nothing: the seal comes first.
func TestASuiteComparesBeforeItAsksForAGuard(t *testing.T) {
	t.Parallel()
	for _, guard := range []session.Guard{session.GuardConfirm, session.GuardReadOnly} {
		b := enginetest.New(t)
		d := enginetest.Market("http://127.0.0.1:1", "me")
		d.Guard = guard
		id := b.Add(d)
		exec(b, outside(b), `UPDATE accounts SET login = 'other'`)
		as := suite.IdentityOf(&b.Record(id).Account)
		p := &suite.Plan{Suite: &suite.Suite{Name: "smoke"}, Identities: []suite.Identity{as}, Cases: []*suite.Case{{Name: "x", Request: &definition.Request{Method: "DELETE"}}}}
		var changed *session.ChangedError
		if _, err := b.Requests.GuardsFor(b.Ctx, p); !errors.As(err, &changed) {
			t.Errorf("%s: the guards are %v", guard, err)
		}
		if _, err := b.Requests.RunSuite(b.Ctx, p, attempt.SuiteOptions{}); !errors.As(err, &changed) {
			t.Errorf("%s: the run says %v", guard, err)
		}
	}
}

// A damaged value is named in the error, whichever way it is opened.
func TestADamagedValueIsNamed(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me"))
	b.LogIn(id)
	exec(b, outside(b), `UPDATE sealed SET box = CAST(box || x'00' AS BLOB) WHERE name = 'token:access'`)
	for _, use := range []string{"token", "check", "request"} {
		if err := exits[use](b, id); !errors.Is(err, session.ErrSealDamaged) || !strings.Contains(err.Error(), "access token of me") {
			t.Errorf("%s: %v", use, err)
		}
	}
}

// TestAReviewShowsAllThatItAgreesTo: what the definition says of the connection comes
// along when the row was changed too, and when it has no seal.
func TestAReviewShowsAllThatItAgreesTo(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	id := b.Add(enginetest.Market("http://127.0.0.1:1", "me"))
	db, file := outside(b), filepath.Join(filepath.Dir(b.Dir), "backends", "market.yaml")
	define := func(proxy string) { // a process reads a definition once
		text := strings.Replace(string(emulator.RotatingDefinition), "base_url:", "connection: {proxy: '"+proxy+"'}\nbase_url:", 1)
		enginetest.Check(t, os.WriteFile(file, []byte(text), 0o600))
		b = enginetest.NewWith(t, enginetest.Options{Dir: b.Dir})
	}
	define("http://thief.example:3128")
	const column = "definition_connection"
	review := func(rows ...string) *session.Account {
		t.Helper()
		seen, changed, err := b.Drafts.Review(b.Ctx, id)
		enginetest.Check(t, err)
		var columns []string
		for _, c := range changed.Changes {
			columns = append(columns, c.Column)
			if c.Field == "" || c.Column == column && !strings.Contains(c.Is, "thief.example") {
				t.Errorf("%+v", c)
			}
		}
		if !slices.Equal(columns, rows) {
			t.Errorf("shown are %q, not %q", columns, rows)
		}
		if snap, err := b.Accounts.Get(b.Ctx, id); err != nil || !snap.Changed {
			t.Errorf("a list does not say that it changed: %v", err)
		}
		return seen
	}
	review(column)
	exec(b, db, `UPDATE accounts SET guard = 'confirm'`)
	seen := review("guard", column)
	var changed *session.ChangedError
	if err := b.Drafts.Restore(b.Ctx, id); !errors.As(err, &changed) || !strings.Contains(err.Error(), "edit it") {
		t.Errorf("the row is put back, the definition is not: %v", err)
	}
	if a := b.Record(id).Account; a.Guard != "" {
		t.Errorf("the row is not put back: %+v", a)
	}
	if b.Drafts.Accept(b.Ctx, seen) == nil {
		t.Error("a change that was undone was accepted")
	}
	seen = review(column)
	define("http://thief.example:3129")
	if b.Drafts.Accept(b.Ctx, seen) == nil {
		t.Error("a proxy was accepted that no review showed")
	}
	exec(b, db, `UPDATE accounts SET box = x''`)
	seen = review()
	if seen.DefinitionConnection.Proxy != "http://thief.example:3129" {
		t.Errorf("without a seal, shown is %+v", seen.DefinitionConnection)
	}
	enginetest.Check(t, b.Drafts.Accept(b.Ctx, seen))
	if _, changed, err := b.Drafts.Review(b.Ctx, id); changed != nil || err != nil {
		t.Errorf("once accepted: %v, %v", changed, err)
	}
}

// TestASealOfAnEarlierVersionHolds seals an account in texts that earlier versions wrote.
func TestASealOfAnEarlierVersionHolds(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	a := b.Record(b.Add(enginetest.Market("http://127.0.0.1:1", "me"))).Account
	now, err := a.SealText()
	enginetest.Check(t, err)
	for _, text := range []string{
		string(now),
		strings.Replace(string(now), `"refs":{}`, `"refs":null`, 1),
		strings.Replace(string(now), `"origins":null`, `"origins":[]`, 1),
		strings.Replace(string(now), `"definition_connection":{},`, ``, 1),
	} {
		sealed, err := b.Vault.Seal(a.SealBinding(), []byte(text))
		enginetest.Check(t, err)
		a.Seal = sealed.Box
		if err := b.Credentials.Authentic(&a); err != nil {
			t.Errorf("%s: %v", text, err)
		}
		changed := a
		changed.Guard = session.GuardReadOnly
		if err := b.Credentials.Authentic(&changed); err == nil {
			t.Errorf("%s: a change was not found", text)
		}
	}
}
