package form_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/engine"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/form"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

const canary = "canary-9f3b61-secret"

// fixture holds an engine on a store of its own and the screen around it.
type fixture struct {
	*engine.Engine
	t     *testing.T
	ctx   *screen.Context
	clock *uitest.Clock
	stage *uitest.Stage
	vault *vault.Vault
	store *store.Store
}

func newFixture(t *testing.T, definitions map[string]string) *fixture {
	t.Helper()
	dir := t.TempDir()
	backends := filepath.Join(dir, "backends")
	check(t, os.MkdirAll(backends, 0o700))
	for name, text := range definitions {
		check(t, os.WriteFile(filepath.Join(backends, name), []byte(text), 0o600))
	}
	clock := uitest.NewClock(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	s, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "ring"), Now: clock.Now})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	v, err := vault.Open(t.Context(), vault.Options{Memory: true})
	check(t, err)
	m := engine.New(engine.Config{
		Store: s, Vault: v, Now: clock.Now,
		Catalog: definition.NewCatalog(backends),
		Client:  transport.New(transport.Options{Now: clock.Now}),
	})
	ctx := &screen.Context{
		Life: t.Context(), Now: clock.Now, Keys: uitest.Keys(),
		Theme:    theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		Settings: screen.DefaultSettings(),
	}
	return &fixture{Engine: m, t: t, ctx: ctx, clock: clock, vault: v, store: s}
}

func (b *fixture) part() form.Engine {
	return form.Engine{Accounts: b.Accounts, Catalog: b.Catalog, Drafts: b.Drafts}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// open shows an overlay alone on a screen.
func (b *fixture) open(o screen.Overlay, w, h int) *uitest.Driver {
	b.t.Helper()
	b.t.Cleanup(o.Close)
	b.stage = &uitest.Stage{Screen: o}
	timers := uitest.NewTimers(b.clock)
	b.ctx.After = timers.After
	return uitest.Start(b.t, b.stage, b.clock, timers, w, h)
}

func (b *fixture) save(d *draft.Form) *session.Snapshot {
	b.t.Helper()
	rec, err := b.Drafts.Save(context.Background(), d)
	check(b.t, err)
	snap := b.Accounts.Snapshot(rec)
	return &snap
}

func (b *fixture) find(name string) *session.Snapshot {
	b.t.Helper()
	snap, err := b.Accounts.Find(context.Background(), name)
	check(b.t, err)
	return &snap
}

// asked finds the last message of a kind the overlay sent to the root.
func asked[M tea.Msg](b *fixture) (last M, ok bool) {
	for _, m := range b.stage.Asked {
		if msg, is := m.(M); is {
			last, ok = msg, true
		}
	}
	return last, ok
}

// market is a new account's form of the Market backend, filled up to its user
// name.
func market(t *testing.T, w, h int) (*fixture, *uitest.Driver) {
	t.Helper()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
	d := b.open(form.New(b.ctx, b.part()), w, h)
	d.Type("market")
	d.Press("enter")
	return b, d
}

func TestAnAccountIsAdded(t *testing.T) {
	t.Parallel()
	b, d := market(t, 80, 24)
	d.Sees("Name", "Address", "User name", "Password", "Keep alive", "nowhere yet")
	d.Press("tab", "tab") // name, environment
	d.Paste("  http://127.0.0.1:8080/ \n")
	d.Press("tab")
	d.Type("admin")
	d.Press("tab")
	d.Paste(canary + "\n")
	d.Sees("credentials → http://127.0.0.1:8080", "admin@local")
	d.SeesNot(canary)
	d.Golden()
	d.Press("ctrl+s")
	q, _ := asked[screen.Question](b)
	if q.Title != "admin@local is saved" || q.Text != "Log in now?" {
		t.Errorf("asked %+v", q)
	}
	d.Press("ctrl+s") // before it has closed
	d.SeesNot(canary, "✕")

	a := &b.find("admin@local").Account
	if a.Values["username"] != "admin" || a.Origin != "http://127.0.0.1:8080" || !a.HasSecret("password") || !a.KeepAlive {
		t.Fatalf("saved %+v", a)
	}
	d.Send(q.Do())
	if do, ok := asked[screen.AskedMsg](b); !ok || do.Action != keymap.Login || do.Account != a.ID {
		t.Fatalf("asked for %+v, want a login of the new account", do)
	}
	if _, ok := asked[screen.ClosedMsg](b); !ok {
		t.Fatal("the form did not close")
	}
}

// TestSavingATokenIsTheLogin asks for a login only where no token was given.
func TestSavingATokenIsTheLogin(t *testing.T) {
	t.Parallel()
	for _, given := range []bool{true, false} {
		b := newFixture(t, nil)
		d := b.open(form.New(b.ctx, b.part()), 80, 24)
		d.Type("any api")
		d.Press("enter", "tab", "tab", "tab")
		d.Type("http://127.0.0.1:8080")
		if given {
			d.Press("tab", "tab", "tab", "tab", "tab")
			d.Paste(canary)
		}
		d.Press("ctrl+s")
		do, logsIn := asked[screen.AskedMsg](b)
		_, asks := asked[screen.Question](b)
		if _, closed := asked[screen.ClosedMsg](b); !closed || asks == given || logsIn != given || given && do.Action != keymap.Login {
			t.Errorf("with a token %t: closed %t, asks %t, asked for %+v", given, closed, asks, do)
		}
	}
}

func TestWhatTheAddressStillNeedsIsNamedInIt(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 100, 30)
	d.Type("backendless")
	d.Press("enter")
	d.Sees("credentials → https://api.backendless.com/APP_ID/REST_KEY")
	d.Press("tab", "tab", "tab", "tab")
	d.Type("3F25")
	d.Sees("credentials → https://api.backendless.com/3F25/REST_KEY")
}

// TestTheAddressOfALoginFillsTheForm: with what it says of every field.
func TestTheAddressOfALoginFillsTheForm(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 100, 30)
	d.Type("knack")
	d.Press("enter")
	d.Sees("Application id", "credentials → https://api.knack.com/v1")
	d.SeesNot("Own host")
	d.Press("tab", "tab", "tab", "tab")
	d.Paste("https://acme-api.knack.com/v1/applications/a1b2c3/session")
	d.Sees("Application id  a1b2c3", "Own host        https://acme-api.knack.com", "credentials → https://acme-api.knack.com/v1")
}

func TestBackendsAreChosenByTypingAndBrokenOnesSayWhy(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{
		"market.yaml": string(emulator.RotatingDefinition),
		"broken.yaml": "name: broken\ntitle: Broken\nbase_url: ${.address\n",
	})
	d := b.open(form.New(b.ctx, b.part()), 80, 24)
	d.Sees("Market", "your own", "Backendless", "datarhei Core")
	d.Press("down") // off the row whose foot names a folder
	d.Golden()
	d.Type("broken")
	d.Sees("✕ broken.yaml:1:1", "cannot be used")
	d.Press("enter")
	d.Sees("cannot be used")
	d.Press("ctrl+u")
	d.Type("knack")
	d.SeesNot("datarhei")
	d.Press("ctrl+u")
	d.Type("my shop") // named so, the last row begins a definition
	d.Sees("another backend")
	d.Press("enter")
	if def, err := b.Catalog.Reread("my-shop"); err != nil || def.Title != "My-shop" {
		t.Errorf("the definition that was begun: %+v, %v", def, err)
	}
	d.Press("ctrl+u")
	d.Type("cookie") // a word of their pages
	d.Sees("CouchDB", "Better Auth")
	d.SeesNot("Vault")
}

func TestNothingTypedIsLostByEscape(t *testing.T) {
	t.Parallel()
	b, d := market(t, 80, 24)
	d.Press("esc")
	if _, ok := asked[screen.ClosedMsg](b); !ok {
		t.Fatal("an untouched form must close at once")
	}
	b.stage.Asked = nil
	d.Type("mine")
	d.Press("esc")
	d.Sees("mine")
	q, asks := asked[screen.Question](b)
	if _, closed := asked[screen.ClosedMsg](b); closed || !asks || !q.Danger {
		t.Fatalf("closed %t, asked %+v", closed, q)
	}
	d.Send(q.Do())
	if _, ok := asked[screen.ClosedMsg](b); !ok {
		t.Fatal("the form did not close")
	}
}

func TestErrorsStandUnderTheirFields(t *testing.T) {
	t.Parallel()
	_, d := market(t, 80, 24)
	d.SeesNot("needed")
	d.Press("tab", "tab")
	d.Type("example.com")
	d.SeesNot("a full address")
	d.Press("tab")
	d.Sees("a full address")
	d.Press("ctrl+s")
	d.Sees("a full address", "needed")
	d.Press("backspace")
	if c := d.View().Cursor; c == nil {
		t.Fatal("the first wrong field has no cursor")
	}
	d.Golden()
}

func TestTheLoginVariantChangesTheFieldsAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 80, 24)
	d.Type("datarhei")
	d.Press("enter", "tab", "tab", "right")
	d.Sees("Auth0 access token")
	d.SeesNot("Username  ")
	d.Press("left", "tab", "tab")
	d.Type("admin")
	d.Press("shift+tab", "shift+tab", "right")
	d.SeesNot("admin  ")
	d.Press("left")
	d.Sees("admin")
}

func TestPlainHTTPIsAskedAboutForEachAddress(t *testing.T) {
	t.Parallel()
	b, d := market(t, 80, 24)
	d.Press("tab", "tab")
	d.Type("http://shop.example")
	d.Press("tab")
	d.Type("admin")
	d.Sees("plain HTTP", "is not encrypted", "allow it for this account")
	d.Press("ctrl+s")
	d.Sees("✕ http://shop.example is not")
	d.Press("space")
	d.Golden()
	d.Press("ctrl+s")
	if !b.find("admin@shop.example").Account.AllowHTTP {
		t.Fatal("the consent was not saved")
	}

	snap := b.find("admin@shop.example")
	d = b.open(form.Edit(b.ctx, b.part(), snap), 80, 24)
	d.Press("tab", "tab")
	d.Press("ctrl+x")
	d.Type("http://other.example")
	d.Press("ctrl+s")
	d.Sees("✕ http://other.example is not")
}

func TestAStoredSecretIsKeptReplacedOrForgotten(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
	draft := func(name string) *draft.Form {
		return &draft.Form{
			Account: session.Account{
				Name: name, Definition: "market", Login: "password",
				Values: map[string]string{"address": "https://a.example", "username": "admin"},
			},
			NewSecrets: map[string]secret.String{"password": secret.New(canary)},
		}
	}
	snap := b.save(draft("keep"))
	d := b.open(form.Edit(b.ctx, b.part(), snap), 80, 24)
	d.Sees("stored; type a new one")
	d.Press("ctrl+s")
	if !b.find("keep").Account.HasSecret("password") {
		t.Fatal("an untouched secret was lost")
	}

	snap = b.save(draft("forget"))
	d = b.open(form.Edit(b.ctx, b.part(), snap), 80, 24)
	d.Press("tab", "tab", "tab", "tab", "ctrl+x")
	d.Sees("forgotten when saved")
	d.Press("ctrl+s")
	if b.find("forget").Account.HasSecret("password") {
		t.Fatal("the secret was not forgotten")
	}

	snap = b.save(draft("moved"))
	d = b.open(form.Edit(b.ctx, b.part(), snap), 80, 24)
	d.Press("tab", "tab", "ctrl+x")
	d.Type("https://b.example")
	d.Sees("belongs to the old address")
	d.Press("ctrl+s")
	if b.find("moved").Account.HasSecret("password") {
		t.Fatal("a secret went along to another host")
	}
}

// TestWhatALoginAgreedToIsShownAndStays edits an account whose login named the server of its API.
func TestWhatALoginAgreedToIsShownAndStays(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{"moving.yaml": `
name: moving
title: Moving
fields: [{name: address, label: Address, type: url}]
base_url: ${.address}
api_url: ${.at}
logins: [{name: key, fields: [{name: key, label: Key, secret: true}], steps: [{request: {post: /login, json: {key: "${.key}"}}, capture: {access: .body.token, at: .body.at}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`})
	agreed := session.Origins{{Origin: "https://api.example:443", For: session.ForTokens}}
	snap := b.save(&draft.Form{
		Account:    session.Account{Name: "me", Definition: "moving", Login: "key", Origins: agreed, Values: map[string]string{"address": "https://a.example"}},
		NewSecrets: map[string]secret.String{"key": secret.New(canary)},
	})
	d := b.open(form.Edit(b.ctx, b.part(), snap), 80, 40)
	d.Sees("send tokens to https://api.example")
	d.Press("ctrl+s")
	if a := b.find("me").Account; !slices.Equal(a.Origins, agreed) {
		t.Errorf("an edit left %v of what was agreed to", a.Origins)
	}
}

func TestASecretMayLieElsewhere(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition)})
	snap := b.save(&draft.Form{
		Account: session.Account{
			Name: "me", Definition: "market", Login: "password",
			Values: map[string]string{"address": "https://a.example", "username": "admin"},
		},
		NewSecrets: map[string]secret.String{"password": secret.New(canary)},
	})
	toPassword := []string{"tab", "tab", "tab", "tab"}

	// A password may begin like a reference and stays a password.
	d := b.open(form.Edit(b.ctx, b.part(), snap), 90, 24)
	d.Press(toPassword...)
	d.Type("env:HOME")
	d.SeesNot("env:HOME")
	d.Press("ctrl+s")
	if a := b.find("me").Account; len(a.References) > 0 || !a.HasSecret("password") {
		t.Fatalf("a password was taken for a reference: %+v", a)
	}

	// What was typed as a secret does not come to be read.
	d = b.open(form.Edit(b.ctx, b.part(), b.find("me")), 90, 24)
	d.Press(toPassword...)
	d.Type(canary)
	d.Press("ctrl+o")
	d.Sees("env:NAME, file:PATH")
	d.SeesNot(canary)
	d.Type("hunter2")
	d.Press("ctrl+s")
	d.Sees("a reference is env:NAME")
	d.Press("ctrl+x")
	d.Type("cmd:pass show market")
	d.Sees("cmd:pass show market")
	d.Golden()
	d.Press("ctrl+s")
	a := b.find("me").Account
	if a.References["password"] != "cmd:pass show market" || len(a.Secrets) > 0 {
		t.Fatalf("it is %v, %v", a.References, a.Secrets)
	}

	d = b.open(form.Edit(b.ctx, b.part(), b.find("me")), 90, 24)
	d.Sees("read from cmd:pass show market")
	d.Press("ctrl+s")
	if got := b.find("me").Account.References["password"]; got != "cmd:pass show market" {
		t.Fatalf("an untouched reference became %q", got)
	}
	d = b.open(form.Edit(b.ctx, b.part(), b.find("me")), 90, 24)
	d.Press(append(toPassword, "ctrl+x")...)
	d.Sees("forgotten when saved")
	d.Press("ctrl+s")
	if a := b.find("me").Account; a.HasSecret("password") {
		t.Fatalf("it was not forgotten: %v", a.References)
	}
}

const borrower = `
name: borrower
title: Borrower
fields:
  - {name: address, label: Address, type: url}
base_url: ${.address}
logins:
  - name: lent
    title: With another account's token
    fields:
      - {name: from, label: Token of, type: account}
    steps:
      - request: {method: POST, path: /login, headers: {Authorization: "Bearer ${.from}"}}
        capture: {access: .body.access_token}
tokens: {access: {}}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
`

func TestALentTokenIsAgreedToForEachHost(t *testing.T) {
	t.Parallel()
	b := newFixture(t, map[string]string{"market.yaml": string(emulator.RotatingDefinition), "borrower.yaml": borrower})
	lender := b.save(&draft.Form{Account: session.Account{Name: "lender", Definition: "market", Login: "password",
		Values: map[string]string{"address": "https://a.example", "username": "admin"}}})
	d := b.open(form.New(b.ctx, b.part()), 80, 24)
	d.Type("borrower")
	d.Press("enter", "tab", "tab")
	d.Type("https://b.example")
	d.Press("tab", "enter")
	choice, _ := asked[screen.Choice](b)
	if len(choice.Items()) != 1 || choice.Items()[0].Title != "lender" || choice.Items()[0].Detail != "Market · a.example" {
		t.Fatalf("asked %+v", choice)
	}
	d.Send(choice.Do(choice.Items()[0].Value))
	d.Sees("send the token of lender to https://b.example")
	d.Press("ctrl+s")
	d.Sees("agree first")
	d.Press("tab", "space", "ctrl+s")
	got := b.find("borrower@b.example").Account.Grants
	if len(got) != 1 || got[0] != lender.Account.ID {
		t.Fatalf("grants are %v", got)
	}
}

func TestATokenIsMadeAnAccount(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.FromToken(b.ctx, b.part(), secret.New(canary), secret.New("https://api.example.com")), 80, 24)
	d.Sees("Token", "****", "https://api.example.com")
	d.SeesNot(canary)
	d.Golden()
	d.Type("x")
	d.Press("esc")
	if _, asks := asked[screen.Question](b); !asks {
		t.Error("what was typed was lost")
	}
}

// TestAPastedTokenIsNotTyped: a form that was opened with one closes at once, whether it was read yet or not.
func TestAPastedTokenIsNotTyped(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.FromToken(b.ctx, b.part(), secret.New(canary), secret.String{}), 80, 24)
	d.Sees("****")
	d.Press("esc")
	if _, asks := asked[screen.Question](b); asks {
		t.Error("it asks what to do with what was not typed")
	}
	if _, ok := asked[screen.ClosedMsg](b); !ok {
		t.Error("the form stays open although nothing was typed")
	}
}

// TestEverySizeIsLaidOut goes through the form at sizes from a corner to a
// wall: nothing is wider than the screen, and the field in focus is seen.
func TestEverySizeIsLaidOut(t *testing.T) {
	t.Parallel()
	for _, size := range [][2]int{{20, 5}, {58, 14}, {58, 16}, {84, 22}, {118, 34}, {200, 60}} {
		b := newFixture(t, nil)
		o := form.New(b.ctx, b.part())
		d := b.open(o, size[0], size[1])
		d.Fits()
		d.Type("backendless")
		d.Press("enter")
		for range 14 {
			d.Fits()
			if c := d.View().Cursor; c != nil && (c.X < 0 || c.Y < 0 || c.X >= size[0] || c.Y >= size[1]) {
				t.Errorf("at %v the cursor is outside: %v", size, c.Position)
			}
			if size[1] > 10 && !strings.Contains(d.Frame(), "▌") {
				t.Errorf("at %v the field in focus is not seen:\n%s", size, d.Frame())
			}
			d.Press("tab")
		}
	}
}

func TestSmallForm(t *testing.T) {
	t.Parallel()
	_, d := market(t, 58, 14)
	d.Press("tab", "tab", "tab", "tab")
	d.Golden()
}

func TestWideForm(t *testing.T) {
	t.Parallel()
	b := newFixture(t, nil)
	d := b.open(form.New(b.ctx, b.part()), 84, 30)
	d.Type("expressa")
	d.Press("enter")
	d.Golden()
}
