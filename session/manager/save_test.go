package manager_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/manager"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// wide is the market with a further origin that the account names.
const wide = `
base_url: ${.address}
origins: [{url: "${.extra}"}]
logins:
  - name: password
    fields:
      - {name: username, label: User name}
      - {name: extra, label: Extra, type: url}
      - {name: password, label: Password, secret: true}
    steps:
      - request: {method: POST, path: /auth/login, json: {username: "${.username}", password: "${.password}"}}
        capture: &tokens {access: .body.access_token, refresh: .body.refresh_token}
refresh:
  steps:
    - {request: {method: POST, path: /auth/refresh, json: {refresh_token: "${.refresh}"}}, capture: *tokens}
tokens: {access: {}, refresh: {}}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
  - {name: renewing, headers: {Authorization: "Bearer ${.refresh}"}}
`

func wideDraft(url, extra string) *manager.Draft {
	d := market(url, "me@wide")
	d.Definition, d.Relogin = "wide", false
	d.Values["extra"], d.Origins = extra, []string{extra}
	return d
}

func TestAnEditDoesNotUndoARefresh(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.define("wide", wide)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	id := b.add(wideDraft(serve(t, server), "http://127.0.0.1:1"))
	b.login(id)
	b.define("wide", strings.Replace(wide, "origins: [", "origins: [{url: 'http://127.0.0.1:2'}, ", 1))
	other := newBenchWith(t, benchOptions{dir: b.dir, now: b.clock.Now})
	saved := make(chan error, 1)
	server.SetLatency(300 * time.Millisecond)
	_, err := b.Refresh(b.ctx, id, func(session.Step) {
		d, err := other.Draft(b.ctx, id)
		check(t, err)
		d.Origins = append(d.Origins, "http://127.0.0.1:2")
		go func() {
			_, err := other.Save(b.ctx, d)
			saved <- err
		}()
	})
	check(t, err)
	check(t, <-saved)
	_, err = other.Refresh(b.ctx, id, nil)
	check(t, err)
	if server.Reuses() != 0 {
		t.Error("the edit put a spent token back")
	}
}

func TestWhatAnEditDoesToASession(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		edit    func(*manager.Draft)
		session bool
		secret  bool
	}{
		{"another name", func(d *manager.Draft) { d.Name = "me again" }, true, true},
		{"another user", func(d *manager.Draft) { d.Values["username"] = "viewer" }, false, true},
		{"another address", func(d *manager.Draft) { d.Values["address"] = "http://127.0.0.1:3" }, false, false},
		{"another token is the primary one", func(d *manager.Draft) { d.Attach = "renewing" }, false, true},
		{"another password", func(d *manager.Draft) { d.Secrets["password"] = secret.New("fresh") }, true, true},
		{"no password", func(d *manager.Draft) { d.Forget = []string{"password"} }, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			crash := &between{}
			b := newBenchWith(t, benchOptions{between: crash})
			b.define("wide", wide)
			server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
			id := b.add(wideDraft(serve(t, server), "http://127.0.0.1:1"))
			b.login(id)
			d, err := b.Draft(b.ctx, id)
			check(t, err)
			tt.edit(d)
			crash.end = func() error { return errors.New("the process ended here") }
			_, _ = b.Save(b.ctx, d)
			tokens, err := b.store.Sealed(b.ctx, id, "token:")
			check(t, err)
			if stays := len(tokens) == 2; stays != tt.session || !stays && len(tokens) != 0 {
				t.Errorf("%d tokens are left at once, want them to stay: %v", len(tokens), tt.session)
			}
			fields, err := b.store.Sealed(b.ctx, id, "field:")
			check(t, err)
			if (len(fields) == 1) != tt.secret {
				t.Errorf("%d secrets are left, want one: %v", len(fields), tt.secret)
			}
			crash.end = nil
			snap, err := b.Account(b.ctx, id)
			check(t, err)
			if snap.Account.HasSecret("password") != tt.secret {
				t.Errorf("the account names the secrets %v", snap.Account.Secrets)
			}
		})
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
	b := newBench(t)
	b.define("gateway", gateway)
	gate := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	lenderDraft := market(serve(t, gate), "gate")
	lenderDraft.Relogin = false
	lender := b.add(lenderDraft)
	server := emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now})
	d := market(serve(t, server), "behind")
	d.Definition, d.Relogin, d.Values["gate"] = "gateway", false, lender
	var errs manager.FieldErrors
	if _, err := b.Save(b.ctx, d); !errors.As(err, &errs) || errs.For("gate") == "" {
		t.Fatalf("error %v: a token was lent without consent", err)
	}
	d.Grants = []string{lender}
	id := b.add(d)
	if _, err := b.Login(b.ctx, id, manager.LoginOptions{}); !errors.Is(err, session.ErrNeedsLogin) {
		t.Errorf("error %v, want that the lender needs a login", err)
	}
	b.login(lender)
	b.login(id)
	token, err := b.Token(b.ctx, lender, "")
	check(t, err)
	curl, err := b.Curl(b.ctx, id, &request.Spec{Method: "GET", Target: "/me"}, true)
	check(t, err)
	if !strings.Contains(curl.Reveal(), token.Reveal()) {
		t.Error("the lender's token is not sent")
	}

	second := market(serve(t, server), "two behind")
	second.Definition, second.Values["gate"], second.Grants = "gateway", id, []string{id}
	if _, err := b.Save(b.ctx, second); !errors.As(err, &errs) || errs.For("gate") == "" {
		t.Errorf("error %v: a borrowed token was lent on", err)
	}

	_, err = b.Logout(b.ctx, lender)
	check(t, err)
	result, err := b.Logout(b.ctx, id)
	check(t, err)
	if result.Ending != manager.Revoked {
		t.Errorf("ending %q: the server is told even when nobody lends a token any more", result.Ending)
	}
}

func TestWhatNobodySeesIsNotStored(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, text := range []string{"ad\u202emin", "ad\u200bmin", "admin\x1b[2J", "ad\nmin", "ad\xffmin"} {
		d := market("http://127.0.0.1:1", "me@market")
		d.Values["username"] = text
		var errs manager.FieldErrors
		if _, err := b.Save(b.ctx, d); !errors.As(err, &errs) || errs.For("username") == "" {
			t.Errorf("%q: error %v", text, err)
		}
		d = market("http://127.0.0.1:1", text)
		if _, err := b.Save(b.ctx, d); !errors.As(err, &errs) || errs.For("name") == "" {
			t.Errorf("an account named %q: error %v", text, err)
		}
	}
	b.add(market("http://127.0.0.1:1", "مدیر\u200cفروش")) // spelled with a joiner
}
