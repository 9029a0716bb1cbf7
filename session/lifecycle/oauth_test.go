package lifecycle_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	gojwt "github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/engine/enginetest"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

// agreeing agrees to every question, and follows an address in a browser to its end.
type agreeing struct {
	asked  []session.Question
	opened string        // what a browser was opened at
	page   chan struct{} // closed once the browser is there; nil: it has not begun
}

func (a *agreeing) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	if q.Race {
		<-ctx.Done()
		return secret.String{}, ctx.Err()
	}
	a.asked = append(a.asked, q)
	return secret.New(session.Yes), nil
}

func (a *agreeing) Show(_ context.Context, n session.Notice) error {
	a.opened, a.page = n.URL, make(chan struct{})
	go func() {
		defer close(a.page)
		browser := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		if res, err := browser.Get(n.URL); err == nil {
			res.Body.Close()
		}
	}()
	return nil
}

func oidcForm(issuer, login string) *draft.Form {
	return &draft.Form{
		Account: session.Account{
			Name: "me", Definition: "oidc", Login: login, Relogin: login == "client",
			Values: map[string]string{"issuer": issuer, "client_id": emulatortest.IssuerBasic}, Origins: session.Origins{{Origin: issuer, For: session.ForBoth}},
		},
		NewSecrets: map[string]secret.String{"client_secret": secret.New(emulatortest.IssuerSecret)},
	}
}

// What the metadata names at another origin is agreed to once, and again when it moves.
func TestAgreedOriginsAreSealedWithTheAccount(t *testing.T) {
	t.Parallel()
	disk := &enginetest.Between{FailKeep: func() error { return errors.New("disk full") }}
	b := enginetest.NewWith(t, enginetest.Options{Between: disk})
	servers := []string{
		enginetest.Serve(t, emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now})),
		enginetest.Serve(t, emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now})),
	}
	at := servers[0]
	issuer := enginetest.Serve(t, emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now, Metadata: func(m map[string]any) {
		for _, name := range []string{"token_endpoint", "introspection_endpoint", "revocation_endpoint"} {
			m[name] = at + m[name].(string)[strings.LastIndex(m[name].(string), "/"):]
		}
	}}))
	id := b.Add(oidcForm(issuer, "client"))
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: &agreeing{}})
	if got := b.Record(id).Account.Origins; err == nil || !strings.Contains(err.Error(), "they are lost: disk full") || len(got) != 0 {
		t.Errorf("without its session the origins are %v, %v", got, err)
	}
	disk.FailKeep = nil
	who := &agreeing{}
	_, err = b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	if got := b.Record(id).Account.Origins; len(who.asked) != 1 || !slices.Equal(got, session.Origins{{Origin: servers[0], For: session.ForCredentials}}) {
		t.Fatalf("asked %d times, the origins are %v", len(who.asked), got)
	}
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
		t.Errorf("the check says %v, %v", alive, err)
	}
	if err := b.Credentials.Authentic(&b.Record(id).Account); err != nil {
		t.Error(err)
	}

	at = servers[1]
	var failure *session.Failure
	if _, err = b.Login(b.Ctx, id, lifecycle.LoginOptions{}); !errors.As(err, &failure) || failure.Kind != session.NeedsPerson ||
		!strings.Contains(failure.Detail, strings.TrimPrefix(servers[0], "http://")) || !strings.Contains(failure.Detail, strings.TrimPrefix(servers[1], "http://")) {
		t.Errorf("metadata that moved: %v", err)
	}
	b.Clock.Advance(20 * time.Minute) // in the background it needs a login
	if _, err := b.Ensure(b.Ctx, id, 0); err == nil {
		t.Error("a session came from a server that was not agreed to")
	}
	b.WantState(id, session.StateNeedsLogin)
	_, err = b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	if len(who.asked) != 2 || len(b.Record(id).Account.Origins) != 2 {
		t.Errorf("asked %d times, the origins are %v", len(who.asked), b.Record(id).Account.Origins)
	}

	d := b.Form(id) // the same account of another issuer
	d.Values["scope"] = "more"
	_, err = b.Save(b.Ctx, d)
	enginetest.Check(t, err)
	if got := b.Record(id).Account.Origins; len(got) != 0 {
		t.Errorf("after a change still agreed to are %v", got)
	}
}

// Eight engines with a store of their own on one ring, at a server that ends the whole
// family when a refresh token comes twice.
func TestOneExchangeForEachExpiry(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now})
	d := oidcForm(enginetest.Serve(t, server), "browser")
	d.Values["client_id"], d.NewSecrets = emulatortest.IssuerPublic, nil
	id := b.Add(d)
	who := &agreeing{}
	_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	<-who.page
	rings := []*enginetest.Fixture{b}
	for range 7 {
		rings = append(rings, enginetest.NewWith(t, enginetest.Options{Dir: b.Dir, Now: b.Clock.Now}))
	}
	const expiries = 10
	for i := range expiries {
		b.Clock.Advance(11 * time.Minute)
		var all sync.WaitGroup
		for _, ring := range rings {
			all.Go(func() {
				if _, err := ring.Ensure(ring.Ctx, id, 0); err != nil {
					t.Errorf("expiry %d: %v", i+1, err)
				}
			})
		}
		all.Wait()
	}
	if n := server.Granted("refresh_token"); n != expiries {
		t.Errorf("%d exchanges", n)
	}
	if _, alive, err := b.Check(b.Ctx, id); err != nil || !alive {
		t.Errorf("in the end the check says %v, %v", alive, err)
	}
	b.Clock.Advance(11 * time.Minute)
	server.Revoke()
	if _, err := b.Ensure(b.Ctx, id, 0); err == nil {
		t.Error("a family that was ended was renewed")
	}
	b.WantState(id, session.StateNeedsLogin)
}

// Without a refresh token the client logs in again by itself.
func TestAClientIsRenewedByItsCredentials(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now})
	id := b.Add(oidcForm(enginetest.Serve(t, server), "client"))
	b.LogIn(id)
	first, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	b.Clock.Advance(11 * time.Minute)
	_, err = b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	second, err := b.Token(b.Ctx, id, "")
	enginetest.Check(t, err)
	if first.Equal(second) || server.Granted("client_credentials") != 2 {
		t.Errorf("%d grants", server.Granted("client_credentials"))
	}
	result, err := b.Logout(b.Ctx, id)
	if err != nil || result.Ending != lifecycle.Revoked || len(result.Tokens) != 1 {
		t.Errorf("the logout says %+v, %v", result, err)
	}
}

// Who the account was of outlives its session and an edit; the request of the next login
// begins with them, and another person is agreed to.
func TestTheAccountKnowsWhoItWas(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	name := "ada"
	at := enginetest.Serve(t, emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now, IDToken: func(claims gojwt.MapClaims) {
		claims["sub"], claims["preferred_username"] = "id-of-"+name, name
	}}))
	form := func(account string) *draft.Form {
		d := oidcForm(at, "browser")
		d.Name, d.NewSecrets = account, nil
		d.Values["client_id"], d.Values["api"] = emulatortest.IssuerPublic, at
		return d
	}
	id := b.Add(form("first"))
	login := func(id string) (*agreeing, error) {
		who := &agreeing{}
		_, err := b.Login(b.Ctx, id, lifecycle.LoginOptions{Prompter: who})
		<-who.page
		return who, err
	}
	first, err := login(id)
	enginetest.Check(t, err)
	if len(first.asked) != 0 || strings.Contains(first.opened, "login_hint") || strings.Contains(first.opened, "select_account") {
		t.Errorf("the first login opened %s and asked %v", first.opened, first.asked)
	}
	for _, change := range []func(){
		func() {}, func() { _, err := b.Logout(b.Ctx, id); enginetest.Check(t, err) },
		func() {
			d := b.Form(id)
			d.Values["scope"] = "openid offline_access"
			_, err := b.Save(b.Ctx, d)
			enginetest.Check(t, err)
		},
	} {
		change()
		name = "ada"
		again, err := login(id)
		enginetest.Check(t, err)
		if len(again.asked) != 0 || !strings.Contains(again.opened, "login_hint=ada") {
			t.Errorf("the same person again: opened %s and asked %v", again.opened, again.asked)
		}
		change()
		name = "bob"
		other, err := login(id)
		enginetest.Check(t, err)
		if len(other.asked) != 1 || !strings.Contains(other.asked[0].Label+other.asked[0].Help, "bob") || !strings.Contains(other.asked[0].Help, "ada") {
			t.Errorf("another person: asked was %v", other.asked)
		}
		if earlier, err := b.Credentials.Earlier(b.Ctx, b.Record(id), "id"); err != nil || len(earlier) > 0 {
			t.Errorf("the claims of another person are kept: %+v, %v", earlier, err)
		}
		name = "ada"
		_, err = login(id)
		enginetest.Check(t, err)
	}
	if who, err := login(b.Add(form("second"))); err != nil || !strings.Contains(who.opened, "select_account") {
		t.Errorf("a second account opened %s: %v", who.opened, err)
	}
}

// The token of one account is exchanged for another, and again once that has expired.
func TestATokenOfAnotherAccountIsExchanged(t *testing.T) {
	t.Parallel()
	b := enginetest.New(t)
	server := emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: b.Clock.Now})
	at := enginetest.Serve(t, server)
	d := oidcForm(at, "browser")
	d.Values["client_id"], d.NewSecrets = emulatortest.IssuerPublic, nil
	person := b.Add(d)
	who := &agreeing{}
	_, err := b.Login(b.Ctx, person, lifecycle.LoginOptions{Prompter: who})
	enginetest.Check(t, err)
	<-who.page
	d = oidcForm(at, "exchange")
	d.Name, d.Relogin, d.Values["subject_account"], d.Grants = "robot", true, person, []string{person}
	id := b.Add(d)
	b.LogIn(id)
	own, err := b.Token(b.Ctx, person, "")
	enginetest.Check(t, err)
	if form := server.Forms()[1]; form.Get("subject_token") != own.Reveal() || form.Get("grant_type") != "urn:ietf:params:oauth:grant-type:token-exchange" {
		t.Errorf("sent was %v", form)
	}
	b.Clock.Advance(11 * time.Minute)
	_, err = b.Ensure(b.Ctx, id, 0)
	enginetest.Check(t, err)
	result, err := b.Logout(b.Ctx, person)
	if enginetest.Check(t, err); !strings.Contains(result.Text(b.Clock.Now(), time.UTC), "to log out the browser too, open "+at+"/logout?client_id=desk") {
		t.Errorf("the logout says %s", result.Text(b.Clock.Now(), time.UTC))
	}
}
