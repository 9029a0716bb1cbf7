package credential_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/credential"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

// referring returns a draft whose password is a reference.
func referring(url, source string) *draft.Form {
	d := enginetest.Market(url, "me")
	d.NewSecrets, d.References = nil, map[string]string{"password": source}
	return d
}

func newReferringFixture(t *testing.T) (*enginetest.Fixture, *enginetest.Elsewhere) {
	e := &enginetest.Elsewhere{Password: emulator.Password}
	return enginetest.NewWith(t, enginetest.Options{References: e.Reader()}), e
}

func sealedNames(b *enginetest.Fixture, id string) []string {
	b.T.Helper()
	all, err := b.Store.Sealed(b.Ctx, id, "")
	enginetest.Check(b.T, err)
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	return names
}

func TestAReferenceIsReadWhenAFlowNeedsItAndNeverKept(t *testing.T) {
	t.Parallel()
	b, e := newReferringFixture(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(referring(enginetest.Serve(t, server), "cmd:pass show market"))
	if missing, err := b.Credentials.Missing(b.Record(id)); err != nil || len(missing) > 0 {
		t.Errorf("missing: %v, %v", missing, err)
	}
	if e.Runs != 0 {
		t.Fatal("it was read before anything needed it")
	}
	b.LogIn(id)
	if e.Runs != 1 || !slices.Equal(e.Argv, []string{"pass", "show", "market"}) {
		t.Errorf("a login ran %q, %d times", e.Argv, e.Runs)
	}
	_, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	_, err = b.Fire(b.Ctx, id, b.Spec(id, "me"), attempt.Options{})
	enginetest.Check(t, err)
	if e.Runs != 1 {
		t.Errorf("a refresh and a request ran it %d times", e.Runs-1)
	}
	b.LogIn(id)
	if e.Runs != 2 {
		t.Error("it was kept after the flow")
	}
	if got := sealedNames(b, id); !slices.Equal(got, []string{"token:access", "token:refresh"}) {
		t.Errorf("sealed: %v", got)
	}
}

func TestAnUnattendedLoginReadsReferences(t *testing.T) {
	t.Parallel()
	b, e := newReferringFixture(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(referring(enginetest.Serve(t, server), "env:MARKET_PASSWORD"))
	before := b.LogIn(id)
	server.Revoke("admin")
	e.Password = "" // the shell that tokenring was started from did not export it
	_, err := b.Refresh(b.Ctx, id, nil)
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.Unreadable || !strings.Contains(err.Error(), "MARKET_PASSWORD is not set") {
		t.Fatalf("not to be read: %v", err)
	}
	if snap, err := b.Account(b.Ctx, id); err != nil || snap.Session == nil || snap.Session.EndedReason != "" {
		t.Fatalf("the session was given up: %+v, %v", snap.Session, err)
	}
	e.Password = emulator.Password
	after, err := b.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if after.Session.Started.Equal(before.Session.Started) && after.Session.Generation == before.Session.Generation {
		t.Error("no login took place")
	}
	b.WantState(id, session.StateValid)
}

func TestWhatAnEditDoesToAReference(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		edit   func(*draft.Form)
		want   map[string]string
		sealed []string
	}{
		{"nothing", func(d *draft.Form) { d.Environment = "prod" }, map[string]string{"password": "env:MARKET_PASSWORD"}, nil},
		{"another reference", func(d *draft.Form) { d.References["password"] = "cmd:pass x" }, map[string]string{"password": "cmd:pass x"}, nil},
		{"a secret", func(d *draft.Form) { d.NewSecrets["password"] = secret.New("hunter22") }, nil, []string{"field:password"}},
		{"forgotten", func(d *draft.Form) { d.Forget = []string{"password"} }, nil, nil},
		{"another address", func(d *draft.Form) { d.Values["address"] = "http://127.0.0.1:2" }, nil, nil},
		{"another address, entered again", func(d *draft.Form) {
			d.Values["address"], d.References["password"] = "http://127.0.0.1:2", "env:MARKET_PASSWORD"
		}, map[string]string{"password": "env:MARKET_PASSWORD"}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, _ := newReferringFixture(t)
			id := b.Add(referring("http://127.0.0.1:1", "env:MARKET_PASSWORD"))
			d := b.Form(id)
			tt.edit(d)
			snap, err := b.Save(b.Ctx, d)
			enginetest.Check(t, err)
			if got := snap.Account.References; len(got) != len(tt.want) || got["password"] != tt.want["password"] {
				t.Errorf("it refers to %v, want %v", got, tt.want)
			}
			if got := sealedNames(b, id); !slices.Equal(got, tt.sealed) {
				t.Errorf("sealed: %v, want %v", got, tt.sealed)
			}
			if has := snap.Account.HasSecret("password"); has != (len(tt.sealed)+len(tt.want) > 0) {
				t.Errorf("it has a password: %v", has)
			}
		})
	}
	t.Run("a secret becomes a reference", func(t *testing.T) {
		t.Parallel()
		b, _ := newReferringFixture(t)
		id := b.Add(enginetest.Market("http://127.0.0.1:1", "me"))
		d := b.Form(id)
		d.References["password"] = "env:MARKET_PASSWORD"
		snap, err := b.Save(b.Ctx, d)
		enginetest.Check(t, err)
		if got := sealedNames(b, id); len(got) > 0 || len(snap.Account.Secrets) > 0 {
			t.Errorf("sealed: %v, secrets: %v", got, snap.Account.Secrets)
		}
	})
}

func TestAReferenceSurvivesAWiderDefinition(t *testing.T) {
	t.Parallel()
	b, _ := newReferringFixture(t)
	b.Define("wide", enginetest.Wide)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.WideForm(enginetest.Serve(t, server), "http://127.0.0.1:1")
	d.NewSecrets, d.References = nil, map[string]string{"password": "env:MARKET_PASSWORD"}
	id := b.Add(d)
	b.Define("wide", strings.Replace(enginetest.Wide, "origins: [", "origins: [{url: 'http://127.0.0.1:2'}, ", 1))
	wider := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, References: (&enginetest.Elsewhere{Password: emulator.Password}).Reader()})
	d = wider.Form(id)
	d.Origins = d.Origins.With(session.FurtherOrigin{Origin: "http://127.0.0.1:2", For: session.ForCredentials})
	_, err := wider.Save(b.Ctx, d)
	enginetest.Check(t, err)
	wider.LogIn(id)
}

func TestReferencesThatAreNone(t *testing.T) {
	t.Parallel()
	b, _ := newReferringFixture(t)
	for name, edit := range map[string]func(*draft.Form){
		"password": func(d *draft.Form) { d.References["password"] = "hunter2" },
		"username": func(d *draft.Form) { d.References["username"] = "env:USER" },
		"nothing":  func(d *draft.Form) { d.References["nothing"] = "env:USER" },
		"password ": func(d *draft.Form) {
			d.NewSecrets = map[string]secret.String{"password": secret.New("x")}
		},
	} {
		d := referring("http://127.0.0.1:1", "env:MARKET_PASSWORD")
		edit(d)
		_, err := b.Save(b.Ctx, d)
		var errs draft.FieldErrors
		if !errors.As(err, &errs) || errs.For(strings.TrimSpace(name)) == "" || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestAReferenceThatWasWrittenIntoTheDatabaseIsNotFollowed: write access to the
// file without the key of the vault must not suffice to run a program.
func TestAReferenceThatWasWrittenIntoTheDatabaseIsNotFollowed(t *testing.T) {
	t.Parallel()
	b, e := newReferringFixture(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	url := enginetest.Serve(t, server)
	id := b.Add(referring(url, "env:MARKET_PASSWORD"))
	rec, err := b.Store.Account(b.Ctx, id)
	enginetest.Check(t, err)
	rec.Account.References = map[string]string{"password": "cmd:evil"}
	enginetest.Check(t, b.Store.PutAccount(b.Ctx, &rec.Account, nil))
	if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); err == nil || !strings.Contains(err.Error(), "changed outside") || e.Runs != 0 {
		t.Errorf("%v, run %d times", err, e.Runs)
	}
	rec.Account.References = map[string]string{"password": "env:MARKET_PASSWORD"}
	rec.Account.Origin, rec.Account.BaseURL = "http://127.0.0.1:9", "http://127.0.0.1:9"
	rec.Account.Values["address"] = "http://127.0.0.1:9"
	enginetest.Check(t, b.Store.PutAccount(b.Ctx, &rec.Account, nil))
	var changed *session.ChangedError
	if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); !errors.As(err, &changed) {
		t.Errorf("another address: %v", err)
	}
	if len(server.Requests()) > 0 {
		t.Error("something was sent")
	}
}

// TestAProgramOfAConnectionRunsForEachFlow has it print another password for the second one.
func TestAProgramOfAConnectionRunsForEachFlow(t *testing.T) {
	t.Parallel()
	b, e := newReferringFixture(t)
	form := referring("https://market.example", "env:MARKET_PASSWORD")
	form.Connection.Proxy = "http://me@127.0.0.1:3128"
	form.References[session.ConnectionProxyPassword] = "cmd:pass show proxy"
	id := b.Add(form)
	for i, password := range []string{emulator.Password, "another"} {
		e.Password = password
		sub, err := b.Credentials.Open(b.Ctx, b.Record(id), credential.Options{})
		enginetest.Check(t, err)
		if c, err := sub.Connect(b.Ctx); err != nil || c.ProxyPassword.Reveal() != password || e.Runs != i+1 {
			t.Errorf("%v, %d runs", err, e.Runs)
		}
	}
}
