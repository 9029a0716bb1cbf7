package login_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
	"tokenring/session/transport"
	"tokenring/store"
	"tokenring/store/vault"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/login"
	"tokenring/ui/theme"
	"tokenring/ui/uitest"
)

// fixture holds an engine on a store of its own and the screen around it.
type fixture struct {
	*engine.Engine
	t      *testing.T
	ctx    *screen.Context
	clock  *uitest.Clock
	stage  *uitest.Stage
	vault  *vault.Vault
	server http.Handler // answers whatever is called
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	dir := t.TempDir()
	backends := filepath.Join(dir, "backends")
	check(t, os.MkdirAll(backends, 0o700))
	check(t, os.WriteFile(filepath.Join(backends, "market.yaml"), emulator.RotatingDefinition, 0o600))
	check(t, os.WriteFile(filepath.Join(backends, "bank.yaml"), []byte(bankDefinition), 0o600))
	check(t, os.WriteFile(filepath.Join(backends, "moved.yaml"), []byte(movedDefinition), 0o600))
	check(t, os.WriteFile(filepath.Join(backends, "two.yaml"), []byte(twoSecrets), 0o600))
	clock := uitest.NewClock(time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC))
	s, err := store.Open(t.Context(), store.Options{Dir: filepath.Join(dir, "ring"), Now: clock.Now})
	check(t, err)
	t.Cleanup(func() { s.Close() })
	v, err := vault.Open(t.Context(), vault.Options{Memory: true})
	check(t, err)
	b := &fixture{t: t, clock: clock, vault: v}
	l := emulatortest.StartPipe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.server.ServeHTTP(w, r) }))
	t.Cleanup(func() { l.Close() })
	b.Engine = engine.New(engine.Config{
		Store: s, Vault: v, Now: clock.Now,
		Catalog: definition.NewCatalog(backends),
		Client: transport.New(transport.Options{Now: clock.Now,
			Transport: &http.Transport{DialContext: l.DialContext}}),
	})
	b.ctx = &screen.Context{
		Life: t.Context(), Now: clock.Now, Keys: uitest.Keys(),
		Theme:    theme.New(theme.Options{Dark: true, Profile: colorprofile.TrueColor}),
		Settings: screen.DefaultSettings(),
	}
	return b
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// add saves an account that logs in at a server.
func (b *fixture) add(definition string, h http.Handler, secrets map[string]secret.String) *session.Snapshot {
	b.t.Helper()
	b.server = h
	rec, err := b.Drafts.Save(context.Background(), &draft.Form{
		Account: session.Account{
			Name: "me", Definition: definition, Login: "password",
			Values: map[string]string{"address": "http://localhost:8080", "username": "admin"},
		},
		NewSecrets: secrets,
	})
	check(b.t, err)
	snap := b.Accounts.Snapshot(rec)
	return &snap
}

func (b *fixture) market(secrets map[string]secret.String) *session.Snapshot {
	return b.add("market", emulator.NewRotating(emulator.RotatingOptions{Now: b.clock.Now}), secrets)
}

// open shows the login of an account alone on a screen.
func (b *fixture) open(s *session.Snapshot, w, h int) *uitest.Driver {
	b.t.Helper()
	o := login.New(b.ctx, login.Engine{Accounts: b.Accounts, Credentials: b.Credentials, Sessions: b.Sessions, Drafts: b.Drafts}, s)
	b.t.Cleanup(o.Close)
	b.stage = &uitest.Stage{Screen: o}
	timers := uitest.NewTimers(b.clock)
	b.ctx.After = timers.After
	return uitest.Start(b.t, b.stage, b.clock, timers, w, h)
}

func (b *fixture) now(s *session.Snapshot) *session.Snapshot {
	b.t.Helper()
	snap, err := b.Accounts.Get(context.Background(), s.Account.ID)
	check(b.t, err)
	return &snap
}

func asked[M tea.Msg](b *fixture) (last M, ok bool) {
	for _, m := range b.stage.Asked {
		if msg, is := m.(M); is {
			last, ok = msg, true
		}
	}
	return last, ok
}

func (b *fixture) closed() bool {
	_, ok := asked[screen.ClosedMsg](b)
	return ok
}

func TestWithEverythingStoredNothingIsAsked(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.market(map[string]secret.String{"password": secret.New(emulator.Password)})
	d := b.open(me, 70, 16)
	d.Wait("the end of the login", b.closed)
	if got := b.now(me).StateAt(b.clock.Now()); got != session.StateValid {
		t.Fatalf("the account is %q", got)
	}
	if note, ok := asked[screen.NotedMsg](b); !ok || !strings.HasPrefix(note.Text, "me is logged in for ") {
		t.Errorf("told %q", note.Text)
	}
}

func TestAMissingPasswordIsAskedFor(t *testing.T) {
	t.Parallel()
	for _, store := range []bool{false, true} {
		b := newFixture(t)
		me := b.market(nil)
		d := b.open(me, 70, 16)
		d.Sees("This is not stored:", "Password", "seal it in the vault")
		d.Press("ctrl+s")
		d.Sees("needed")
		d.Type(emulator.Password)
		d.SeesNot(emulator.Password)
		if !store {
			d.Golden()
		}
		d.Press("enter")
		if store {
			d.Press("space")
		}
		d.Press("enter")
		d.Wait("the end of the login", b.closed)
		after := b.now(me)
		if got := after.Account.HasSecret("password"); got != store {
			t.Errorf("stored %v, want %v", got, store)
		}
		if after.StateAt(b.clock.Now()) != session.StateValid {
			t.Error("not logged in")
		}
	}
}

func TestARefusalSaysWhatToDoNext(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.market(nil)
	d := b.open(me, 70, 16)
	d.Type("wrong-canary")
	d.Press("ctrl+s")
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "Enter this again") })
	d.Sees("▌ Password", "does not accept these credentials", "“")
	d.SeesNot("wrong-canary", "****")
	d.Type(emulator.Password)
	d.Press("ctrl+s")
	d.Wait("the end of the login", b.closed)
	if b.now(me).StateAt(b.clock.Now()) != session.StateValid {
		t.Error("not logged in")
	}
}

// TestARefusedPasswordIsReplaced sends the stored one once, and never again.
func TestARefusedPasswordIsReplaced(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.market(map[string]secret.String{"password": secret.New("wrong-canary")})
	d := b.open(me, 70, 16)
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "Enter this again") })
	d.Sees("▌ Password", "does not accept these credentials", "seal it in the vault once it is accepted")
	d.Press("ctrl+s")
	d.Sees("needed")
	d.Type(emulator.Password)
	d.Press("ctrl+s")
	d.Wait("the end of the login", b.closed)
	if now := b.now(me); now.StateAt(b.clock.Now()) != session.StateValid {
		t.Error("not logged in")
	} else if _, err := b.Sessions.Login(t.Context(), now.Record, lifecycle.LoginOptions{}); err != nil {
		t.Errorf("what was entered is not stored: %v", err)
	}
}

const twoSecrets = `
name: two
title: Two secrets
fields: [{name: address, type: url}]
base_url: ${.address}
logins:
  - name: password
    fields: [{name: username, label: User name}, {name: password, label: Password, secret: true}, {name: pin, label: PIN, secret: true}]
    steps:
      - show: {text: Have your phone at hand, url: "https://bank.example/"}
      - request: {post: /login, json: {password: "${.password}", pin: "${.pin}"}}
        capture: {access: .body.token}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
outcomes: [{when: .status == 401, is: bad_credentials}]
`

// takesTwo answers to the right password with the right PIN.
func takesTwo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if string(body) != `{"password":"canary-word","pin":"1234"}` {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"token":"t"}`))
}

// TestOneOfTheStoredSecretsIsReplaced changes the PIN of two stored secrets of which one is
// wrong. What the server refused is not sent again as it is.
func TestOneOfTheStoredSecretsIsReplaced(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	calls := 0
	me := b.add("two", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls++
		takesTwo(w, r)
	}), map[string]secret.String{"password": secret.New("canary-word"), "pin": secret.New("1111")})
	d := b.open(me, 70, 24)
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "Enter this again") })
	d.Sees("▌ Password", "does not accept these credentials", "PIN", "Left empty, the stored one is sent again.")
	d.Press("ctrl+y")
	if copied, ok := asked[screen.CopiedMsg](b); ok {
		t.Errorf("what is not shown any more is copied: %+v", copied)
	}
	d.Press("ctrl+s")
	d.Sees("needed", "Enter this again")
	d.Press("tab")
	d.Type("1234")
	d.Press("ctrl+s")
	d.Wait("the end of the login", b.closed)
	if b.now(me).Session.Primary() == nil || calls != 2 {
		t.Errorf("not logged in, or not after two calls: %d", calls)
	}
}

// TestARefusalIsAboutWhatWasAskedAndWhatIsStored enters a wrong PIN beside a password that
// is stored, and then the right one alone.
func TestARefusalIsAboutWhatWasAskedAndWhatIsStored(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.add("two", http.HandlerFunc(takesTwo), map[string]secret.String{"password": secret.New("canary-word")})
	d := b.open(me, 70, 24)
	d.Sees("This is not stored:", "PIN")
	d.SeesNot("Password")
	d.Type("1111")
	d.Press("ctrl+s")
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "Enter this again") })
	d.Sees("PIN", "does not accept these credentials", "Password")
	d.Press("ctrl+s")
	d.Sees("needed")
	d.Type("1234")
	d.Press("tab")
	d.Sees("Left empty, the stored one is sent again.")
	d.Press("ctrl+s")
	d.Wait("the end of the login", b.closed)
}

func TestAfterAFailureTheAccountCanBeEdited(t *testing.T) {
	t.Parallel()
	for status, at := range map[int]string{http.StatusTooManyRequests: "", http.StatusTeapot: screen.AtAddress, 0: screen.AtAddress} {
		b := newFixture(t)
		me := b.add("market", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if status == 0 {
				panic(http.ErrAbortHandler) // no server answers
			}
			w.WriteHeader(status)
		}), map[string]secret.String{"password": secret.New("canary")})
		d := b.open(me, 70, 16)
		d.Wait("the failure", func() bool { return strings.Contains(d.Frame(), "did not go through") })
		d.Press("e")
		if do, _ := asked[screen.AskedMsg](b); do.Action != keymap.Edit || do.Account != me.Account.ID || do.At != at || !b.closed() {
			t.Errorf("%d: asked for %+v", status, do)
		}
	}
}

const bankDefinition = `
name: bank
title: Bank
fields:
  - {name: address, label: Address, type: url}
base_url: ${.address}
logins:
  - name: password
    title: User name and one-time code
    fields:
      - {name: username, label: User name}
    steps:
      - request: {method: POST, path: /start, json: {user: "${.username}"}}
        capture: {place: .body.place}
      - show: {text: Confirm the sign-in, url: "${.place}", code: "WDJB-MJHT"}
      - prompt: {name: code, label: One-time code, help: It was sent to your phone, secret: true}
      - request: {method: POST, path: /finish, json: {code: "${.code}"}}
        capture: {access: .body.token}
tokens: {access: {}}
attach:
  - {name: bearer, headers: {Authorization: "Bearer ${.access}"}}
outcomes:
  - {when: .status == 401, is: bad_credentials}
message: .body.error
`

// bank answers once the code is right.
func bank() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /start", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"place":"https://bank.example/confirm?to=1"}`))
	})
	mux.HandleFunc("POST /finish", func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Code string }
		w.Header().Set("Content-Type", "application/json")
		if json.NewDecoder(r.Body).Decode(&body) != nil || body.Code != "271828" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write([]byte(`{"error":"code \u001b[2Jwrong"}`))
			return
		}
		_, _ = w.Write([]byte(`{"token":"opaque-bank-token"}`))
	})
	return mux
}

func TestAOneTimeCodeIsAskedWhileTheFlowWaits(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.add("bank", bank(), nil)
	d := b.open(me, 70, 18)
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "One-time code") })
	d.Sees("step 3 of 4", "Confirm the sign-in", "https://bank.example/confirm?to=1", "WDJB-MJHT", "sent to your phone")
	d.Golden()
	d.Press("enter")
	d.Sees("needed")
	d.Press("ctrl+y")
	if copied, ok := asked[screen.CopiedMsg](b); !ok || copied.Value.Reveal() != "https://bank.example/confirm?to=1" || copied.Secret {
		t.Errorf("the address that is shown cannot be copied: %+v", copied)
	}
	d.Type("271828")
	d.SeesNot("271828")
	d.Press("enter")
	d.Wait("the end of the login", b.closed)
	if b.now(me).Session.Primary() == nil {
		t.Error("no session")
	}
}

const movedDefinition = `
name: moved
base_url: ${.address}
fields: [{name: address, type: url}, {name: username}]
api_url: {url: "${.api}"}
logins: [{name: password, steps: [{request: {post: /start}, capture: {access: .body.token, api: .body.api}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`

// A question of the flow is shown whole, and nothing is agreed to until that is chosen.
func TestTheFlowAsksToAgree(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.add("moved", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"token":"opaque-token","api":"http://localhost:8081"}`))
	}), nil)
	d := b.open(me, 58, 16)
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "Agree") })
	d.Sees("Send tokens there?", "says that its API is at")
	d.Golden()
	d.Press("enter")
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "did not go through") })
	d.Press("r")
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "Agree") })
	d.Press("space", "enter")
	d.Wait("the end of the login", b.closed)
}

func TestAWrongCodeFails(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.add("bank", bank(), nil)
	d := b.open(me, 58, 14)
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "One-time code") })
	d.Type("1")
	d.Press("enter")
	d.Wait("the refusal", func() bool { return strings.Contains(d.Frame(), "did not go through") })
	d.Golden()
	d.Fits()
}

// TestEscapeCancelsTheFlow leaves while the flow waits for a code: the flow
// ends, and nothing is stored.
func TestEscapeCancelsTheFlow(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.add("bank", bank(), nil)
	d := b.open(me, 70, 18)
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "One-time code") })
	d.Press("esc")
	if !b.closed() {
		t.Fatal("the overlay did not close")
	}
	b.stage.Screen.(screen.Overlay).Close()
	d.Wait("the end of the flow", func() bool {
		snap := b.now(me)
		return snap.Work == nil && snap.Session == nil
	})
}

func TestALockedVaultAsksToBeUnlocked(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.market(map[string]secret.String{"password": secret.New(emulator.Password)})
	b.vault.Lock()
	d := b.open(me, 70, 16)
	d.Wait("the failure", func() bool { return strings.Contains(d.Frame(), "Unlock the vault") })
	if do, _ := asked[screen.AskedMsg](b); do.Action != keymap.Vault {
		t.Errorf("asked for %+v", do)
	}
}

func TestSmallestScreen(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	me := b.market(nil)
	d := b.open(me, 20, 3)
	d.Fits()
	d.Sees("Password")
}

func TestAnExpiredPastedTokenIsAskedForAnew(t *testing.T) {
	t.Parallel()
	b := newFixture(t)
	const expired = "eyJhbGciOiJub25lIn0.eyJleHAiOjE1MDAwMDAwMDB9."
	snap, err := b.Drafts.Save(context.Background(), &draft.Form{
		Account:    session.Account{Name: "me", Definition: "token", Login: "paste", Attach: "header", Values: map[string]string{"address": "http://127.0.0.1:1"}},
		NewSecrets: map[string]secret.String{"pasted": secret.New(expired)},
	})
	check(t, err)
	me := b.now(&session.Snapshot{Record: snap})
	d := b.open(me, 70, 16)
	d.Wait("the question", func() bool { return strings.Contains(d.Frame(), "already expired") })
	d.Type("a-new-opaque-token")
	d.Press("ctrl+s")
	d.Wait("the end of the login", b.closed)
	if note, ok := asked[screen.NotedMsg](b); !ok || note.Text != "me is stored, not proven yet" {
		t.Errorf("told %q", note.Text)
	}
	after := b.now(me)
	stored, err := b.Credentials.Stored(context.Background(), &after.Account)
	check(t, err)
	if got := stored["field:pasted"].Reveal(); got != "a-new-opaque-token" || after.StateAt(b.clock.Now()) != session.StateUnknown {
		t.Errorf("stored %q, %s", got, after.StateAt(b.clock.Now()))
	}
}
