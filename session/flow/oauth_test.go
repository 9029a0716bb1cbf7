package flow_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
)

// issuer serves an authorization server and returns its address.
func issuer(t *testing.T, o emulatortest.IssuerOptions) (*emulatortest.Issuer, string) {
	t.Helper()
	if o.Now == nil {
		o.Now = newClock().now
	}
	s := emulatortest.NewIssuer(o)
	return s, serve(t, s) + o.Path
}

// oidc is an account of the built-in definition.
func oidc(t *testing.T, login, issuer string, fields map[string]any) *flow.Subject {
	t.Helper()
	s := &flow.Subject{Definition: builtin(t, "oidc"), Login: login, Fields: map[string]any{"issuer": issuer}}
	for name, v := range fields {
		s.Fields[name] = v
	}
	return s
}

func robot(t *testing.T, issuer string) *flow.Subject {
	return oidc(t, "client", issuer, map[string]any{
		"client_id": emulatortest.IssuerBasic, "client_secret": hide(emulatortest.IssuerSecret), "scope": "read write",
	})
}

func TestAClientLogsInWhereverTheMetadataLies(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, place string }{
		{"", "/.well-known/openid-configuration"},
		{"", "/.well-known/oauth-authorization-server"},
		{"/realms/one", "/realms/one/.well-known/openid-configuration"},
		{"/realms/one", "/.well-known/oauth-authorization-server/realms/one"},
		{"/realms/one", "/.well-known/openid-configuration/realms/one"},
	} {
		server, at := issuer(t, emulatortest.IssuerOptions{Path: c.path, Place: c.place})
		r, account := runner(t, newClock().now), robot(t, at)
		res, err := r.Login(t.Context(), account, nil, nil)
		if err != nil {
			t.Errorf("%s: %v", c.place, err)
			continue
		}
		form := server.Forms()[0]
		if form.Get("scope") != "read write" || form.Has("audience") || form.Has("client_id") || form.Has("client_secret") {
			t.Errorf("sent was %v", form)
		}
		if life := res.Lives["access"]; life.Source != "expires_in" || !life.Token || res.Lives["client_auth"].Token || res.Lives["token_endpoint"].Token {
			t.Errorf("the lives are %+v", res.Lives)
		}
		account = holding(account, res)
		if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
			t.Errorf("the check says %v, %v", check, err)
		}
		out, err := r.Logout(t.Context(), account, nil)
		if err != nil || !slices.Contains(out.Ended, "access") {
			t.Errorf("the logout says %+v, %v", out, err)
		}
		if check, err := r.Check(t.Context(), account); err != nil || check.Alive {
			t.Errorf("after the logout the check says %v, %v", check, err)
		}
	}
}

func TestTheClientProvesItselfAsTheServerTakesIt(t *testing.T) {
	t.Parallel()
	methods := func(names ...any) func(map[string]any) {
		return func(m map[string]any) { m["token_endpoint_auth_methods_supported"] = names }
	}
	none := func(m map[string]any) { delete(m, "token_endpoint_auth_methods_supported") }
	for _, c := range []struct {
		client   string
		metadata func(map[string]any)
		kind     session.OutcomeKind // "": it goes through
	}{
		{emulatortest.IssuerBasic, methods("client_secret_basic"), ""},
		{emulatortest.IssuerBasic, methods("client_secret_post", "client_secret_basic"), ""},
		{emulatortest.IssuerBasic, none, ""},
		{emulatortest.IssuerPost, methods("client_secret_post"), ""},
		{emulatortest.IssuerPost, methods("private_key_jwt", "client_secret_post"), ""},
		{emulatortest.IssuerPost, none, session.BadConfig},
	} {
		server, at := issuer(t, emulatortest.IssuerOptions{Metadata: c.metadata})
		account := robot(t, at)
		account.Fields["client_id"] = c.client
		_, err := runner(t, newClock().now).Login(t.Context(), account, nil, nil)
		if c.kind == "" && err != nil {
			t.Errorf("%s: %v", c.client, err)
		} else if c.kind != "" {
			f := failure(t, err)
			wantKind(t, f, c.kind)
			wantContains(t, f.Message, "the client is not known")
		}
		if n := len(server.Forms()); n != 1 {
			t.Errorf("%s: %d token requests: a refused one is not tried again", c.client, n)
		}
	}
}

// The values are from a definition, with no metadata at all.
func TestEndpointsInPlaceOfAnIssuer(t *testing.T) {
	t.Parallel()
	def := define(t, `
logins:
  - name: password
    fields: [{name: username}, {name: pass, secret: true}]
    oauth2:
      grant: password
      endpoints: {token: "${.address}/token", userinfo: "${.address}/userinfo", revocation: "${.address}/revoke"}
      client_id: poster
      client_secret: canary ${"secret"}+%&
      auth: post
      username: ${.username}
      password: ${.pass}
      scopes: [openid, "${.login}"]
      extra: {device: "here, ${.username}"}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	server, at := issuer(t, emulatortest.IssuerOptions{})
	account := subject(def, at, map[string]any{"username": "admin", "pass": hide(emulator.Password)})
	r := runner(t, newClock().now)
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	form := server.Forms()[0]
	if form.Get("device") != "here, admin" || form.Get("scope") != "openid password" || form.Get("client_secret") != emulatortest.IssuerSecret {
		t.Errorf("sent was %v", form)
	}
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("the check says %v, %v", check, err)
	}
	again, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	if again.Values["refresh"].Equal(res.Values["refresh"]) {
		t.Error("the refresh token was not replaced")
	}
	_, err = r.Refresh(t.Context(), account, nil)
	f := failure(t, err) // the first one is spent
	wantKind(t, f, session.TokenRejected)
	for _, name := range []string{"access", "refresh", "id"} {
		if !res.Lives[name].Token {
			t.Errorf("%s is no token", name)
		}
	}
}

func TestMetadataThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	other, elsewhere := issuer(t, emulatortest.IssuerOptions{})
	for name, c := range map[string]struct {
		issuer   string // in place of the server's; {} is its address
		metadata func(map[string]any)
		kind     session.OutcomeKind
		says     string
	}{
		"another issuer":     {metadata: func(m map[string]any) { m["issuer"] = "https://thief.example" }, kind: session.BadConfig, says: "for another issuer, https://thief.example"},
		"a slash":            {issuer: "{}/", kind: session.BadConfig, says: "enter exactly that"},
		"Microsoft's":        {metadata: func(m map[string]any) { m["issuer"] = "https://login.microsoftonline.com/{tenantid}/v2.0" }, kind: session.BadConfig, says: "/TENANT/v2.0"},
		"no metadata":        {issuer: "{}/nowhere", kind: session.BadConfig, says: "publishes no metadata"},
		"a query":            {issuer: "{}?x", kind: session.BadConfig, says: "no query"},
		"no address":         {issuer: "http://", kind: session.BadConfig, says: ""},
		"no token endpoint":  {metadata: func(m map[string]any) { delete(m, "token_endpoint") }, kind: session.BadConfig, says: "it has no token_endpoint"},
		"a broken address":   {metadata: func(m map[string]any) { m["token_endpoint"] = "javascript:alert(1)" }, kind: session.BadConfig, says: "its token_endpoint is not a web address"},
		"another origin":     {metadata: func(m map[string]any) { m["token_endpoint"] = elsewhere + "/token" }, kind: session.NeedsPerson, says: strings.TrimPrefix(elsewhere, "http://")},
		"an origin for keys": {metadata: func(m map[string]any) { m["jwks_uri"] = elsewhere + "/jwks" }, kind: session.NeedsPerson, says: strings.TrimPrefix(elsewhere, "http://")},
	} {
		server, at := issuer(t, emulatortest.IssuerOptions{Metadata: c.metadata})
		if c.issuer != "" {
			at = strings.ReplaceAll(c.issuer, "{}", at)
		}
		_, err := runner(t, newClock().now).Login(t.Context(), robot(t, at), nil, nil)
		if err == nil {
			t.Errorf("%s: it went through", name)
			continue
		}
		f := failure(t, err)
		if f.Kind != c.kind || !strings.Contains(everything(f), c.says) {
			t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
		}
		if len(server.Forms())+len(other.Calls()) > 0 {
			t.Errorf("%s: a credential was sent", name)
		}
	}
}

func TestIssuersThatDoNotAnswerAsTheyShould(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		serve http.HandlerFunc
		kind  session.OutcomeKind
		says  string
	}{
		"redirects": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://thief.example/x", http.StatusFound)
		},
			session.Unexpected, "it sends a redirect to https://thief.example"},
		"redirects at home": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/x", http.StatusFound) },
			session.Unexpected, "check the issuer"},
		"fails": {func(w http.ResponseWriter, _ *http.Request) { say(w, 500, "oops") }, session.Unexpected, "check the issuer"},
		"pages": {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>hello")) }, session.BadConfig, "publishes no metadata"},
		"lists": {func(w http.ResponseWriter, _ *http.Request) { say(w, 200, `["issuer"]`) }, session.BadConfig, "publishes no metadata"},
		"down":  {func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusBadGateway, "") }, session.Unavailable, ""},
		"2 MB": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, 200, `{"issuer":"x","pad":"`+strings.Repeat("x", 2<<20)+`"}`)
		}, session.TooLarge, "1 MiB"},
		"11 MB": {func(w http.ResponseWriter, _ *http.Request) {
			say(w, 200, `{"issuer":"x","pad":"`+strings.Repeat("x", 11<<20)+`"}`)
		}, session.TooLarge, ""},
	} {
		s := httptest.NewServer(c.serve)
		_, err := runner(t, newClock().now).Login(t.Context(), robot(t, s.URL), nil, nil)
		s.Close()
		if f := failure(t, err); f.Kind != c.kind || !strings.Contains(everything(f), c.says) {
			t.Errorf("%s: %s: %s", name, f.Kind, everything(f))
		}
	}
}

// The errors of a token endpoint say whether the person or the account is to blame.
func TestErrorsOfATokenEndpoint(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]session.OutcomeKind{
		"invalid_client": session.BadConfig, "invalid_request": session.BadConfig, "invalid_target": session.BadConfig,
		"invalid_grant": session.BadCredentials, "temporarily_unavailable": session.Unavailable, "else": session.Unexpected,
	} {
		at := backendOf(t, func(w http.ResponseWriter, _ *http.Request, _ string) {
			say(w, http.StatusBadRequest, `{"error":"`+code+`"}`)
		})
		account := subject(define(t, `
logins:
  - name: robot
    oauth2: {grant: client_credentials, endpoints: {token: "${.address}/token"}, client_id: robot, client_secret: x}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`), at, nil)
		_, err := runner(t, newClock().now).Login(t.Context(), account, nil, nil)
		if f := failure(t, err); f.Kind != want {
			t.Errorf("%s: %s", code, f.Kind)
		}
	}
}

func TestFurtherOriginsAreAgreedToOnce(t *testing.T) {
	t.Parallel()
	_, tokens := issuer(t, emulatortest.IssuerOptions{})
	_, at := issuer(t, emulatortest.IssuerOptions{Metadata: func(m map[string]any) {
		for _, name := range []string{"token_endpoint", "introspection_endpoint", "revocation_endpoint"} {
			m[name] = tokens + m[name].(string)[strings.LastIndex(m[name].(string), "/"):]
		}
	}})
	r, account := runner(t, newClock().now), robot(t, at)
	who := &person{answer: "no"}
	_, err := r.Login(t.Context(), account, who, nil)
	wantKind(t, failure(t, err), session.Declined)
	if len(account.Origins) > 0 || len(who.asked) != 1 || !who.asked[0].Confirm {
		t.Fatalf("asked was %+v", who.asked)
	}
	wantContains(t, who.asked[0].Help, strings.TrimPrefix(tokens, "http://"))
	who = &person{answer: session.Yes}
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	if len(account.Origins) != 1 || account.Origins[0] != (session.FurtherOrigin{Origin: tokens, For: session.ForCredentials}) {
		t.Fatalf("agreed to are %v", account.Origins)
	}
	_, err = r.Login(t.Context(), account, nil, nil) // no person: it is not asked again
	must(t, err)
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("the check says %v, %v", check, err)
	}
	account.Origins = nil // a session from elsewhere leads nowhere
	_, err = r.Check(t.Context(), account)
	wantKind(t, failure(t, err), session.NoAnswer)
}

// The expansion of `oauth2` of each built-in and test definition compiles.
func TestGrantsOfSeveralLogins(t *testing.T) {
	t.Parallel()
	def := define(t, `
logins:
  - name: one
    oauth2: {grant: client_credentials, issuer: "${.address}", client_id: robot, client_secret: "canary secret+%&"}
  - name: two
    oauth2: {grant: client_credentials, issuer: "${.address}", client_id: poster, client_secret: "canary secret+%&", auth: post}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	_, at := issuer(t, emulatortest.IssuerOptions{})
	for _, login := range []string{"one", "two"} {
		account := subject(def, at, nil)
		account.Login = login
		r := runner(t, newClock().now)
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		if check, err := r.Check(t.Context(), holding(account, res)); err != nil || !check.Alive {
			t.Errorf("%s: the check says %v, %v", login, check, err)
		}
	}
	if !def.Discovers() || def.Login("one").Offline() || def.Login("one").NeedsPerson() != "" {
		t.Error("what the login does is not known")
	}
}

// A secret of the client goes to the token endpoint alone, and nothing of it is shown.
func TestAClientSecretIsNeverShown(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{})
	account := robot(t, at)
	account.Fields["client_id"] = "nobody-known"
	var seen strings.Builder
	r := runner(t, newClock().now).Observed(func(o *flow.Observation) {
		if o.Sent == nil {
			return
		}
		seen.WriteString(o.Redact.Text(strings.Join(o.Sent.Header["Authorization"], " ")))
	})
	_, err := r.Login(t.Context(), account, nil, func(s session.Step) { seen.WriteString(s.Text) })
	seen.WriteString(everything(failure(t, err)))
	for _, form := range []string{emulatortest.IssuerSecret, "canary%20secret", "canary"} {
		if strings.Contains(seen.String(), form) {
			t.Errorf("%q is shown: %s", form, seen.String())
		}
	}
}

// The definitions of servers that a person may run themselves log in where such a server
// calls itself what its documentation says.
func TestDefinitionsOfIssuers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		path   string
		slash  string // at the end of the issuer
		fields map[string]any
	}{
		"keycloak": {path: "/realms/main", fields: map[string]any{"realm": "main"}},
		"auth0":    {slash: "/", fields: map[string]any{"audience": "https://api.example"}},
		"okta":     {path: "/oauth2/default", fields: map[string]any{"server": "default"}},
		"gitlab":   {},
	} {
		def := builtin(t, name)
		for _, login := range []string{"browser", "device", "client"} {
			if def.Login(login) == nil || name == "gitlab" && login == "device" { // whose addresses are its own
				continue
			}
			server, at := issuer(t, emulatortest.IssuerOptions{
				Path: c.path, Approved: func(int) bool { return true },
				Metadata: func(m map[string]any) { m["issuer"] = m["issuer"].(string) + c.slash }, IDToken: func(claims jwt.MapClaims) { claims["iss"] = claims["iss"].(string) + c.slash },
				Answer: func(v url.Values) { v.Set("iss", v.Get("iss")+c.slash) },
			})
			account := &flow.Subject{Definition: def, Login: login, Fields: map[string]any{
				"address": strings.TrimSuffix(at, c.path), "client_id": emulatortest.IssuerPublic, "redirect": "http://127.0.0.1/callback", "scope": "openid",
			}}
			for name, v := range c.fields {
				account.Fields[name] = v
			}
			if login == "client" {
				account.Fields["client_id"], account.Fields["client_secret"] = emulatortest.IssuerBasic, hide(emulatortest.IssuerSecret)
			}
			_, err := runner(t, newClock().now).Login(t.Context(), account, newDesk(), nil)
			if err != nil {
				t.Errorf("%s, %s: %v", name, login, err)
			} else if n := len(server.Forms()); n != 1 {
				t.Errorf("%s, %s: %d token requests", name, login, n)
			}
		}
	}
}
