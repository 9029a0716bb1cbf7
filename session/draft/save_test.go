package draft_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
)

func TestAnEditDoesNotUndoARefresh(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("wide", enginetest.Wide)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.WideForm(enginetest.Serve(t, server), "http://127.0.0.1:1"))
	b.LogIn(id)
	b.Define("wide", strings.Replace(enginetest.Wide, "origins: [", "origins: [{url: 'http://127.0.0.1:2'}, ", 1))
	other := enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now})
	saved := make(chan error, 1)
	server.SetLatency(300 * time.Millisecond)
	_, err := b.Refresh(b.Ctx, id, func(session.Step) {
		d := other.Form(id)
		d.Origins = d.Origins.With(session.FurtherOrigin{Origin: "http://127.0.0.1:2", For: session.ForCredentials})
		go func() {
			_, err := other.Save(b.Ctx, d)
			saved <- err
		}()
	})
	enginetest.Check(t, err)
	enginetest.Check(t, <-saved)
	_, err = other.Refresh(b.Ctx, id, nil)
	enginetest.Check(t, err)
	if server.Reuses() != 0 {
		t.Error("the edit put a spent token back")
	}
}

// TestWhatAnEditDoesToASession edits an account in a process that ends in between, and again.
func TestWhatAnEditDoesToASession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		edit    func(*draft.Form)
		session bool
		secret  bool
	}{
		{"another name", func(d *draft.Form) { d.Name = "me again" }, true, true},
		{"another user", func(d *draft.Form) { d.Values["username"] = "viewer" }, false, true},
		{"another address", func(d *draft.Form) { d.Values["address"] = "http://127.0.0.1:3" }, false, false},
		{"another token is the primary one", func(d *draft.Form) { d.Attach = "renewing" }, false, true},
		{"another password", func(d *draft.Form) { d.NewSecrets["password"] = secret.New("fresh") }, true, true},
		{"no password", func(d *draft.Form) { d.Forget = []string{"password"} }, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			crash := &enginetest.Between{}
			b := enginetest.NewWith(t, enginetest.Options{Between: crash})
			b.Define("wide", enginetest.Wide)
			server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
			id := b.Add(enginetest.WideForm(enginetest.Serve(t, server), "http://127.0.0.1:1"))
			b.LogIn(id)
			d := b.Form(id)
			tt.edit(d)
			crash.FailEnd = func() error { return errors.New("the process ended here") }
			before := b.Record(id)
			if _, err := b.Save(b.Ctx, d); err != nil && !reflect.DeepEqual(b.Record(id), before) {
				t.Errorf("a part was written: %+v", b.Record(id))
			}
			crash.FailEnd = nil
			_, err := b.Save(b.Ctx, d)
			enginetest.Check(t, err)
			tokens, err := b.Store.Sealed(b.Ctx, id, "token:")
			enginetest.Check(t, err)
			if stays := len(tokens) == 2; stays != tt.session || !stays && len(tokens) != 0 {
				t.Errorf("%d tokens are left, want them to stay: %v", len(tokens), tt.session)
			}
			fields, err := b.Store.Sealed(b.Ctx, id, "field:")
			enginetest.Check(t, err)
			if (len(fields) == 1) != tt.secret {
				t.Errorf("%d secrets are left, want one: %v", len(fields), tt.secret)
			}
			snap, err := b.Account(b.Ctx, id)
			enginetest.Check(t, err)
			if snap.Account.HasSecret("password") != tt.secret {
				t.Errorf("the account names the secrets %v", snap.Account.Secrets)
			}
		})
	}
}

// TestAnAcceptedIdentityHasNoSession changes the user of an account outside the editor.
func TestAnAcceptedIdentityHasNoSession(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	id := b.Add(enginetest.Market(enginetest.Serve(t, server), "me"))
	b.LogIn(id)
	change := func(column func(*session.Account)) *session.Account {
		a := b.Record(id).Account
		column(&a)
		enginetest.Check(t, b.Store.PutAccount(b.Ctx, &a, nil))
		seen, changed, err := b.Drafts.Review(b.Ctx, id)
		if err != nil || changed == nil {
			t.Fatalf("changed: %v, %v", changed, err)
		}
		return seen
	}
	change(func(a *session.Account) { a.Values["username"] = "viewer" })
	enginetest.Check(t, b.Drafts.Restore(b.Ctx, id))
	enginetest.Check(t, b.Drafts.Accept(b.Ctx, change(func(a *session.Account) { a.Guard = session.GuardReadOnly })))
	if b.Record(id).Session == nil {
		t.Fatal("an account of the same identity lost its session")
	}
	enginetest.Check(t, b.Drafts.Accept(b.Ctx, change(func(a *session.Account) { a.Values["username"] = "viewer" })))
	if b.Record(id).Session != nil {
		t.Error("the session of another user stays")
	}
}

// gateway is a backend behind another one, whose token opens the way.
const gateway = `
base_url: ${.address}
headers: {X-Gateway: "${.gate}"}
logins:
  - name: password
    fields:
      - {name: username, label: User name}
      - {name: gate, label: Gateway, type: account}
      - {name: password, label: Password, secret: true}
    steps:
      - request: {method: POST, path: /auth/login, json: {username: "${.username}", password: "${.password}"}}
        capture: {access: .body.access_token, refresh: .body.refresh_token}
tokens: {access: {}, refresh: {}}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
logout: {steps: [{request: {method: POST, path: /auth/logout}}]}
check: {request: {path: /me}}
`

func TestABorrowedToken(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("gateway", gateway)
	gate := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	lenderDraft := enginetest.Market(enginetest.Serve(t, gate), "gate")
	lenderDraft.Relogin = false
	lender := b.Add(lenderDraft)
	server := emulatortest.NewRotating(emulator.RotatingOptions{Now: b.Clock.Now})
	d := enginetest.Market(enginetest.Serve(t, server), "behind")
	d.Definition, d.Relogin, d.Values["gate"] = "gateway", false, lender
	var errs draft.FieldErrors
	if _, err := b.Save(b.Ctx, d); !errors.As(err, &errs) || errs.For("gate") == "" {
		t.Fatalf("error %v: a token was lent without consent", err)
	}
	d.Grants = []string{lender}
	id := b.Add(d)
	if _, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{}); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want that the lender needs a login", err)
	}
	b.LogIn(lender)
	b.LogIn(id)
	token, err := b.Token(b.Ctx, lender, "")
	enginetest.Check(t, err)
	curl, _, err := b.Requests.Curl(b.Ctx, suite.IdentityOf(&b.Record(id).Account), &request.Spec{Method: "GET", Target: "/me"}, true)
	enginetest.Check(t, err)
	if !strings.Contains(curl.Reveal(), token.Reveal()) {
		t.Error("the lender's token is not sent")
	}

	var lends *session.Failure
	if _, err := b.Sessions.Lend(b.Ctx, id); !errors.As(err, &lends) || lends.Next == "" {
		t.Errorf("a borrowed token is lent on: %v", err)
	}
	second := enginetest.Market(enginetest.Serve(t, server), "two behind")
	second.Definition, second.Values["gate"], second.Grants = "gateway", id, []string{id}
	if _, err := b.Save(b.Ctx, second); !errors.As(err, &errs) || errs.For("gate") == "" {
		t.Errorf("error %v: a borrowed token was lent on", err)
	}

	_, err = b.Logout(b.Ctx, lender)
	enginetest.Check(t, err)
	result, err := b.Logout(b.Ctx, id)
	enginetest.Check(t, err)
	if result.Tokens[0].Fate != lifecycle.Rejected {
		t.Errorf("ending %q: the server is told even when nobody lends a token any more", result.Ending)
	}
}

func TestWhatNobodySeesIsNotStored(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	for _, text := range []string{"ad\u202emin", "ad\u200bmin", "admin\x1b[2J", "ad\nmin", "ad\xffmin"} {
		d := enginetest.Market("http://127.0.0.1:1", "me@market")
		d.Values["username"] = text
		var errs draft.FieldErrors
		if _, err := b.Save(b.Ctx, d); !errors.As(err, &errs) || errs.For("username") == "" {
			t.Errorf("%q: error %v", text, err)
		}
		d = enginetest.Market("http://127.0.0.1:1", text)
		if _, err := b.Save(b.Ctx, d); !errors.As(err, &errs) || errs.For("name") == "" {
			t.Errorf("an account named %q: error %v", text, err)
		}
	}
	b.Add(enginetest.Market("http://127.0.0.1:1", "مدیر\u200cفروش")) // spelled with a joiner
}

// A form cleans and checks tokens before they are stored, whoever fills it in.
func TestATokenOfAFormIsCleanedAndChecked(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	form := func(raw string) *draft.Form {
		d := &draft.Form{NewSecrets: map[string]secret.String{"pasted": secret.New(raw)}}
		d.Name, d.Definition, d.Login = "pasted", "token", "paste"
		d.Values = map[string]string{"address": "http://127.0.0.1:1"}
		return d
	}
	for raw, want := range map[string]string{
		"abc\r\nX: 1\u00e9": "no token can be told apart", "caf\u00e9canary": "character 4 is not ASCII", "a\x1bcanary": "character 2 is a control character",
		"canary\u200bx": "character 7 is an invisible character",
	} {
		_, err := b.Save(b.Ctx, form(raw))
		var errs draft.FieldErrors
		if !errors.As(err, &errs) || !strings.Contains(errs.For("pasted"), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: %v, want %q", raw, err, want)
		}
	}
	d := form("x")
	d.Values["scheme"], d.Values["prefix"] = "other", "Schlüssel"
	if _, err := b.Save(b.Ctx, d); err == nil || !strings.Contains(err.Error(), "prefix: character 5 is not ASCII") {
		t.Errorf("a value beside the token: %v", err)
	}
	id := b.Add(form("-H 'Authorization: Bearer abc.def\n  ghi' \\"))
	rec, err := b.Store.Account(b.Ctx, id)
	enginetest.Check(t, err)
	stored, err := b.Credentials.Stored(b.Ctx, &rec.Account)
	enginetest.Check(t, err)
	if got := stored["field:pasted"].Reveal(); got != "abc.defghi" {
		t.Errorf("stored %q", got)
	}
	market := enginetest.Market("http://127.0.0.1:1", "me")
	market.NewSecrets["password"] = secret.New("\"Bearer p\u00e4ss\",")
	rec, err = b.Store.Account(b.Ctx, b.Add(market))
	enginetest.Check(t, err)
	if stored, err = b.Credentials.Stored(b.Ctx, &rec.Account); err != nil || stored["field:password"].Reveal() != "\"Bearer p\u00e4ss\"," {
		t.Errorf("a password was changed: %v", err)
	}
}

func TestPreviewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	for definition, want := range map[string]string{
		"backendless": "https://api.backendless.com/APP_ID/REST_KEY", "token": "", // which needs the address itself
	} {
		to, err := b.Drafts.Preview(&draft.Form{Account: session.Account{Definition: definition}})
		if to.BaseURL != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", definition, to.BaseURL, err)
		}
	}
}

// TestAFieldThatIsNotAskedIsNoPartOfTheAddress has a field that only some accounts have.
func TestAFieldThatIsNotAskedIsNoPartOfTheAddress(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	b.Define("regional", `
base_url: ${.address}/${.region // "main"}
logins:
  - name: key
    fields:
      - {name: kind, label: Kind, type: enum, options: [plain, regional]}
      - {name: region, label: Region, when: .kind == "regional"}
      - {name: key, label: Key, secret: true}
    steps: [{capture: {token: .key}}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`)
	id := b.Add(&draft.Form{
		Account:    session.Account{Name: "me", Definition: "regional", Login: "key", Values: map[string]string{"address": "https://h.example", "kind": "plain"}},
		NewSecrets: map[string]secret.String{"key": secret.New("canary-key")},
	})
	if at := b.Record(id).Account.BaseURL; at != "https://h.example/main" {
		t.Errorf("its address is %s", at)
	}
}
