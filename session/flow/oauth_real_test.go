package flow_test

import (
	"crypto"
	"html"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
)

var (
	formAction = regexp.MustCompile(`(?:action="|location\.href=')([^"']+)`)
	formField  = regexp.MustCompile(`name="([^"]+)"[^>]*value="([^"]*)"`)
)

// approve opens a login page of a real server, logs in as ada, says yes to all, and
// returns the last page.
func approve(page string) string {
	jar, _ := cookiejar.New(nil)
	browser := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := browser.Get(page)
	for range 8 {
		if err != nil {
			return err.Error()
		}
		body, _ := io.ReadAll(res.Body)
		res.Body.Close()
		action := formAction.FindStringSubmatch(string(body))
		if action == nil {
			return string(body)
		}
		form := url.Values{}
		for _, field := range formField.FindAllStringSubmatch(string(body), -1) {
			form.Set(field[1], html.UnescapeString(field[2]))
		}
		for _, name := range []string{"login", "username", "log"} {
			form.Set(name, "ada")
		}
		for _, name := range []string{"password", "pwd"} {
			form.Set(name, "open-sesame")
		}
		form.Del("reject")
		to, _ := res.Request.URL.Parse(html.UnescapeString(action[1]))
		res, err = browser.PostForm(to.String(), form)
	}
	return "it does not end"
}

// The real oidc-provider agrees with the emulator: clients, a login with a browser,
// rotation with the death of the family, and revocation.
func TestRealOIDCProvider(t *testing.T) {
	t.Parallel()
	at := emulatortest.StartOIDCProvider(t, 10*time.Minute)
	r := runner(t, time.Now)
	alive := func(account *flow.Subject, want bool) {
		t.Helper()
		if check, err := r.Check(t.Context(), account); err != nil || check.Alive != want {
			t.Errorf("the check says %+v, %v", check, err)
		}
	}
	for _, client := range []string{emulatortest.IssuerBasic, emulatortest.IssuerPost} {
		account := robot(t, at)
		account.Fields["client_id"], account.Fields["scope"] = client, nil
		if client == emulatortest.IssuerPost { // its metadata offers all methods: the definition names the one
			account.Definition = define(t, `
logins:
  - name: client
    oauth2: {grant: client_credentials, issuer: "${.address}", client_id: poster, client_secret: canary secret+%&, auth: post}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
			account.Fields = map[string]any{"address": at}
		}
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		account = holding(account, res)
		alive(account, true)
		out, err := r.Logout(t.Context(), account, nil)
		if err != nil || !slices.Contains(out.Ended, "access") {
			t.Errorf("%s: the logout says %+v, %v", client, out, err)
		}
		alive(account, false)
	}

	account, who := desk(t, at), newDesk()
	account.Fields["login_hint"] = "ada"
	who.visit = func(page string) { who.pages <- approve(page) }
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	wantContains(t, <-who.pages, "You are logged in")
	account = holding(account, res)
	alive(account, true)
	again, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	renewed := holding(account, again)
	alive(renewed, true)
	_, err = r.Refresh(t.Context(), account, nil) // spent: its family dies
	wantKind(t, failure(t, err), session.TokenRejected)
	_, err = r.Refresh(t.Context(), renewed, nil)
	wantKind(t, failure(t, err), session.TokenRejected)
	alive(renewed, false)

	who.visit = func(page string) { who.pages <- approve(page) }
	if res, err = r.Login(t.Context(), account, who, nil); err != nil {
		t.Fatal(err)
	}
	<-who.pages
	account = holding(account, res)
	out, err := r.Logout(t.Context(), account, nil)
	if err != nil || !slices.Contains(out.Ended, "refresh") {
		t.Errorf("the logout says %+v, %v", out, err)
	}
	alive(account, false)
	_, err = r.Refresh(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.TokenRejected)
}

// The real oidc-provider takes the assertions of every kind of key, and a login on another
// device.
func TestRealOIDCProviderTakesAssertionsAndDevices(t *testing.T) {
	t.Parallel()
	keys := testKeys()
	var public []crypto.PublicKey
	for _, key := range keys {
		public = append(public, key.Public())
	}
	at := emulatortest.StartOIDCProvider(t, 10*time.Minute, public...)
	r := runner(t, time.Now)
	for name, key := range keys {
		if name == "p384" || name == "p521" { // not among its algorithms
			continue
		}
		account := signer(t, at, map[string]any{"client_key": hide(inPEM(t, key))})
		res, err := r.Login(t.Context(), account, nil, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		account = holding(account, res)
		if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
			t.Errorf("%s: the check says %+v, %v", name, check, err)
		}
		if _, err := r.Logout(t.Context(), account, nil); err != nil {
			t.Errorf("%s: the logout: %v", name, err)
		}
		if check, err := r.Check(t.Context(), account); err != nil || check.Alive {
			t.Errorf("%s: after the logout the check says %+v, %v", name, check, err)
		}
	}

	account, who := desk(t, at), newDesk()
	account.Login = "device"
	who.visit = func(page string) { who.pages <- approve(page) }
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	wantContains(t, <-who.pages, "Sign-in Success")
	if check, err := r.Check(t.Context(), holding(account, res)); err != nil || !check.Alive {
		t.Errorf("the check says %+v, %v", check, err)
	}
}

// A certificate proves a client to the real oidc-provider; another one, one of another
// authority, and none do not.
func TestRealOIDCProviderTakesCertificates(t *testing.T) {
	t.Parallel()
	authority := emulatortest.NewAuthority(t, "office")
	at := emulatortest.StartOIDCProviderTLS(t, authority)
	r := runner(t, time.Now)
	client := func(shown *emulatortest.Issued) *flow.Subject {
		account := oidc(t, "client", at, map[string]any{"client_id": emulatortest.IssuerCertified, "auth_method": "tls_client_auth"})
		account.Connection.Authority = authority.PEM
		if shown != nil {
			account.Connection.ClientCertificate = shown.PEM()
			account.Enter(session.ConnectionKey, hide(shown.KeyPEM()))
		}
		return account
	}
	account := client(authority.Issue("robot", nil, nil))
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("the check says %+v, %v", check, err)
	}
	out, err := r.Logout(t.Context(), account, nil)
	if err != nil || !slices.Contains(out.Ended, "access") {
		t.Errorf("the logout says %+v, %v", out, err)
	}
	if check, err := r.Check(t.Context(), account); err != nil || check.Alive {
		t.Errorf("after the logout, the check says %+v, %v", check, err)
	}
	for name, shown := range map[string]*emulatortest.Issued{
		"another": authority.Issue("other", nil, nil), "another authority's": emulatortest.NewAuthority(t, "thief").Issue("robot", nil, nil), "no": nil,
	} {
		_, err := r.Login(t.Context(), client(shown), nil, nil)
		if f := failure(t, err); f.Kind != session.BadConfig {
			t.Errorf("with %s certificate: %s: %s", name, f.Kind, everything(f))
		}
	}
}

// freePort returns a port that nothing listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

// The example server of zitadel/oidc, whose issuer ends in a slash and whose access
// tokens are JWEs, agrees too: a person with a browser, a person with a code, a client,
// and a wrong secret of each.
func TestRealZitadelOIDC(t *testing.T) {
	t.Parallel()
	fixed := freePort(t)
	at := emulatortest.ZitadelOIDC.Start(t, fixed) + "/"
	r := runner(t, time.Now)
	checks := func(when string, account *flow.Subject, want bool) {
		t.Helper()
		if check, err := r.Check(t.Context(), account); err != nil || check.Alive != want {
			t.Errorf("%s, the check says %+v, %v", when, check, err)
		}
	}
	login := func(account *flow.Subject, lastPage string) (*flow.Result, error) {
		t.Helper()
		who := newDesk()
		who.visit = func(page string) { who.pages <- approve(page) }
		res, err := r.Login(t.Context(), account, who, nil)
		if lastPage != "" {
			wantContains(t, <-who.pages, lastPage)
		}
		return res, err
	}
	wrong := func(account *flow.Subject, lastPage string) {
		t.Helper()
		other := *account
		other.Fields = maps.Clone(account.Fields)
		other.Fields["client_secret"] = hide("wrong")
		_, err := login(&other, lastPage)
		f := failure(t, err)
		wantKind(t, f, session.BadConfig)
		wantContains(t, f.Message, "client")
	}

	web := oidc(t, "browser", at, map[string]any{
		"client_id": "web", "client_secret": hide(emulatortest.IssuerSecret), "redirect": "http://127.0.0.1:" + fixed + "/callback",
	})
	for _, account := range []*flow.Subject{desk(t, at), web} {
		account.Login = "browser"
		account.Fields["scope"] = "openid profile offline_access"
		res, err := login(account, "You are logged in")
		must(t, err)
		if res.Person.Subject != "ada" || res.Person.Issuer != at {
			t.Errorf("logged in is %+v", res.Person)
		}
		account = holding(account, res)
		checks("after the login", account, true)
		again, err := r.Refresh(t.Context(), account, nil)
		must(t, err)
		checks("after the refresh, the first token", account, false)
		_, err = r.Refresh(t.Context(), account, nil) // spent
		wantKind(t, failure(t, err), session.TokenRejected)
		account = holding(account, again)
		checks("after the refresh", account, true)
		out, err := r.Logout(t.Context(), account, nil)
		if err != nil || !slices.Contains(out.Ended, "refresh") {
			t.Errorf("the logout says %+v, %v", out, err)
		}
		checks("after the logout", account, false)
		_, err = r.Refresh(t.Context(), account, nil)
		wantKind(t, failure(t, err), session.TokenRejected)
	}
	wrong(web, "The login did not go through")

	device := oidc(t, "device", at, map[string]any{"client_id": "device", "client_secret": hide(emulatortest.IssuerSecret)})
	res, err := login(device, "Device authorization allowed")
	must(t, err)
	checks("after the login with a code", holding(device, res), true)
	wrong(device, "")

	client := oidc(t, "client", at, map[string]any{"client_id": "sid1", "client_secret": hide("verysecret")})
	res, err = login(client, "")
	must(t, err)
	checks("after the login of a client", holding(client, res), true)
	wrong(client, "")
}
