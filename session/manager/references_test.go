package manager_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/reference"
	"tokenring/session/secret"
)

// elsewhere is where references lead in these tests: one variable and one
// program, which counts how often it is run.
type elsewhere struct {
	password string
	runs     int
	argv     []string
}

func (e *elsewhere) reader() *reference.Reader {
	return &reference.Reader{
		Getenv: func(name string) string {
			if name == "MARKET_PASSWORD" {
				return e.password
			}
			return ""
		},
		Run: func(_ context.Context, argv []string) ([]byte, error) {
			e.runs++
			e.argv = argv
			if e.password == "" {
				return nil, errors.New("pass failed with exit status 1")
			}
			return []byte(e.password + "\n"), nil
		},
	}
}

// referring is a draft whose password lies elsewhere.
func referring(url, source string) *manager.Draft {
	d := market(url, "me")
	d.Secrets, d.References = nil, map[string]string{"password": source}
	return d
}

func newReferringBench(t *testing.T) (*bench, *elsewhere) {
	e := &elsewhere{password: emulator.Password}
	return newBenchWith(t, benchOptions{refs: e.reader()}), e
}

func (b *bench) sealedNames(id string) []string {
	b.t.Helper()
	all, err := b.store.Sealed(b.ctx, id, "")
	check(b.t, err)
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

func TestAReferenceIsReadWhenAFlowNeedsItAndNeverKept(t *testing.T) {
	t.Parallel()
	b, e := newReferringBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(referring(serve(t, server), "cmd:pass show market"))
	if missing, err := b.MissingSecrets(b.ctx, id); err != nil || len(missing) > 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
	if e.runs != 0 {
		t.Fatal("it was read before anything needed it")
	}
	b.login(id)
	if e.runs != 1 || !slices.Equal(e.argv, []string{"pass", "show", "market"}) {
		t.Errorf("a login ran %q, %d times", e.argv, e.runs)
	}
	_, err := b.Refresh(b.ctx, id, nil)
	check(t, err)
	_, err = b.Fire(b.ctx, id, b.request(id, "me"), manager.FireOptions{})
	check(t, err)
	if e.runs != 1 {
		t.Errorf("a refresh and a request ran it %d times", e.runs-1)
	}
	b.login(id)
	if e.runs != 2 {
		t.Error("it was kept after the flow")
	}
	if got := b.sealedNames(id); !slices.Equal(got, []string{"ref:password", "token:access", "token:refresh"}) {
		t.Errorf("sealed: %v", got)
	}
}

func TestAnUnattendedLoginReadsReferences(t *testing.T) {
	t.Parallel()
	b, e := newReferringBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(referring(serve(t, server), "env:MARKET_PASSWORD"))
	before := b.login(id)
	server.Revoke("admin")
	e.password = "" // the shell that tokenring was started from did not export it
	_, err := b.Refresh(b.ctx, id, nil)
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.Unreadable || !strings.Contains(err.Error(), "MARKET_PASSWORD is not set") {
		t.Fatalf("not to be read: %v", err)
	}
	if snap, err := b.Account(b.ctx, id); err != nil || snap.Session == nil || snap.Session.Final != "" {
		t.Fatalf("the session was given up: %+v, %v", snap.Session, err)
	}
	e.password = emulator.Password
	after, err := b.Refresh(b.ctx, id, nil)
	check(t, err)
	if after.Session.Started.Equal(before.Session.Started) && after.Session.Generation == before.Session.Generation {
		t.Error("no login took place")
	}
	b.wantState(id, session.StateValid)
}

func TestWhatAnEditDoesToAReference(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		edit   func(*manager.Draft)
		want   map[string]string
		sealed []string
	}{
		{"nothing", func(d *manager.Draft) { d.Environment = "prod" }, map[string]string{"password": "env:MARKET_PASSWORD"}, []string{"ref:password"}},
		{"another reference", func(d *manager.Draft) { d.References["password"] = "cmd:pass x" }, map[string]string{"password": "cmd:pass x"}, []string{"ref:password"}},
		{"a secret", func(d *manager.Draft) { d.Secrets["password"] = secret.New("hunter22") }, nil, []string{"field:password"}},
		{"forgotten", func(d *manager.Draft) { d.Forget = []string{"password"} }, nil, nil},
		{"another address", func(d *manager.Draft) { d.Values["address"] = "http://127.0.0.1:2" }, nil, nil},
		{"another address, entered again", func(d *manager.Draft) {
			d.Values["address"], d.References["password"] = "http://127.0.0.1:2", "env:MARKET_PASSWORD"
		}, map[string]string{"password": "env:MARKET_PASSWORD"}, []string{"ref:password"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, _ := newReferringBench(t)
			id := b.add(referring("http://127.0.0.1:1", "env:MARKET_PASSWORD"))
			d, err := b.Draft(b.ctx, id)
			check(t, err)
			tt.edit(d)
			snap, err := b.Save(b.ctx, d)
			check(t, err)
			if got := snap.Account.References; len(got) != len(tt.want) || got["password"] != tt.want["password"] {
				t.Errorf("it refers to %v, want %v", got, tt.want)
			}
			if got := b.sealedNames(id); !slices.Equal(got, tt.sealed) {
				t.Errorf("sealed: %v, want %v", got, tt.sealed)
			}
			if has := snap.Account.HasSecret("password"); has != (len(tt.sealed) > 0) {
				t.Errorf("it has a password: %v", has)
			}
		})
	}
	t.Run("a secret becomes a reference", func(t *testing.T) {
		t.Parallel()
		b, _ := newReferringBench(t)
		id := b.add(market("http://127.0.0.1:1", "me"))
		d, err := b.Draft(b.ctx, id)
		check(t, err)
		d.References["password"] = "env:MARKET_PASSWORD"
		snap, err := b.Save(b.ctx, d)
		check(t, err)
		if got := b.sealedNames(id); !slices.Equal(got, []string{"ref:password"}) || len(snap.Account.Secrets) > 0 {
			t.Errorf("sealed: %v, secrets: %v", got, snap.Account.Secrets)
		}
	})
}

func TestAReferenceSurvivesAWiderDefinition(t *testing.T) {
	t.Parallel()
	b, _ := newReferringBench(t)
	b.define("wide", wide)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := wideDraft(serve(t, server), "http://127.0.0.1:1")
	d.Secrets, d.References = nil, map[string]string{"password": "env:MARKET_PASSWORD"}
	id := b.add(d)
	b.define("wide", strings.Replace(wide, "origins: [", "origins: [{url: 'http://127.0.0.1:2'}, ", 1))
	wider := newBenchWith(t, benchOptions{dir: b.dir, refs: (&elsewhere{password: emulator.Password}).reader()})
	d, err := wider.Draft(b.ctx, id)
	check(t, err)
	d.Origins = append(d.Origins, "http://127.0.0.1:2")
	_, err = wider.Save(b.ctx, d)
	check(t, err)
	wider.login(id)
}

func TestReferencesThatAreNone(t *testing.T) {
	t.Parallel()
	b, _ := newReferringBench(t)
	for name, edit := range map[string]func(*manager.Draft){
		"password": func(d *manager.Draft) { d.References["password"] = "hunter2" },
		"username": func(d *manager.Draft) { d.References["username"] = "env:USER" },
		"nothing":  func(d *manager.Draft) { d.References["nothing"] = "env:USER" },
		"password ": func(d *manager.Draft) {
			d.Secrets = map[string]secret.String{"password": secret.New("x")}
		},
	} {
		d := referring("http://127.0.0.1:1", "env:MARKET_PASSWORD")
		edit(d)
		_, err := b.Save(b.ctx, d)
		var errs manager.FieldErrors
		if !errors.As(err, &errs) || errs.For(strings.TrimSpace(name)) == "" || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAReferenceThatWasWrittenIntoTheDatabaseIsNotFollowed: who can write into
// the file but not open the vault gets no program run.
func TestAReferenceThatWasWrittenIntoTheDatabaseIsNotFollowed(t *testing.T) {
	t.Parallel()
	b, e := newReferringBench(t)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	url := serve(t, server)
	id := b.add(referring(url, "env:MARKET_PASSWORD"))
	rec, err := b.store.Account(b.ctx, id)
	check(t, err)
	rec.Account.References = map[string]string{"password": "cmd:evil"}
	check(t, b.store.PutAccount(b.ctx, &rec.Account, nil))
	if _, err := b.Login(b.ctx, id, manager.LoginOptions{}); err == nil || !strings.Contains(err.Error(), "changed outside") || e.runs != 0 {
		t.Errorf("%v, run %d times", err, e.runs)
	}
	rec.Account.References = map[string]string{"password": "env:MARKET_PASSWORD"}
	rec.Account.Origin, rec.Account.BaseURL = "http://127.0.0.1:9", "http://127.0.0.1:9"
	rec.Account.Values["address"] = "http://127.0.0.1:9"
	check(t, b.store.PutAccount(b.ctx, &rec.Account, nil))
	var moved *session.OriginError
	if _, err := b.Login(b.ctx, id, manager.LoginOptions{}); !errors.As(err, &moved) {
		t.Errorf("another address: %v", err)
	}
	if len(server.Requests()) > 0 {
		t.Error("something was sent")
	}
}
