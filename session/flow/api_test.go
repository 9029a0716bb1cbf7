package flow_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// elsewhere is a server whose login says that its API is at another address.
type elsewhere struct {
	login, api string // where the two are
	names      string // the address that the login names
	seen       []string
}

func newElsewhere(t *testing.T) *elsewhere {
	t.Helper()
	e := &elsewhere{}
	e.login = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.seen = append(e.seen, "login "+r.URL.Path+" "+r.Header.Get("Authorization"))
		_ = json.NewEncoder(w).Encode(map[string]any{"token": "canary-access", "refresh": "canary-refresh", "client": "canary-client", "at": e.names})
	}))
	e.api = serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e.seen = append(e.seen, "api "+r.URL.Path+" "+r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"ok": true}`))
	}))
	e.names = e.api + "/v2/"
	return e
}

const movingAPI = `
api_url: ${.at}
logins:
  - name: key
    fields: [{name: key, label: Key, secret: true}]
    steps:
      - request: {post: /login, json: {key: "${.key}"}}
        capture: {access: .body.token, refresh: .body.refresh, client: .body.client, "at?": .body.at}
refresh:
  needs: refresh
  steps:
    - request: {post: /refresh, json: {refresh: "${.refresh}", client: "${.client}"}}
      capture: {access: .body.token, "at?": .body.at}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
check: {request: {path: /me}}
`

func (e *elsewhere) account(t *testing.T) *flow.Subject {
	return subject(define(t, movingAPI), e.login, map[string]any{"key": hide("canary-key")})
}

// The address of the API is agreed to once. Tokens go there; what renews the session goes
// to the server of the login.
func TestTheAPIIsWhereTheLoginSays(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	r, account := runner(t, newClock().now), e.account(t)
	who := &person{answer: "no"}
	_, err := r.Login(t.Context(), account, who, nil)
	wantKind(t, failure(t, err), session.Declined)
	if len(account.Origins) > 0 || len(who.asked) != 1 || !who.asked[0].Confirm {
		t.Fatalf("asked was %+v, agreed is %v", who.asked, account.Origins)
	}
	for _, host := range []string{e.api, e.login} {
		wantContains(t, who.asked[0].Label+who.asked[0].Help, strings.TrimPrefix(host, "http://"))
	}
	res, err := r.Login(t.Context(), account, &person{answer: session.Yes}, nil)
	must(t, err)
	if len(account.Origins) != 1 || account.Origins[0] != (session.FurtherOrigin{Origin: e.api, For: session.ForTokens}) || res.API != e.api+"/v2" {
		t.Fatalf("agreed to are %v, the API is at %q", account.Origins, res.API)
	}
	wantContains(t, strings.Join(res.Notes, ""), "its API is at "+strings.TrimPrefix(e.api, "http://"))
	_, err = r.Login(t.Context(), account, nil, nil) // no person: it is not asked again
	must(t, err)

	e.seen = nil
	account = holding(account, res)
	check, err := r.Check(t.Context(), account)
	must(t, err)
	_, err = r.Refresh(t.Context(), account, nil)
	must(t, err)
	want := "api /v2/me Bearer canary-access,login /refresh "
	if got := strings.Join(e.seen, ","); !check.Alive || got != want {
		t.Errorf("alive %v, the servers saw %q", check.Alive, got)
	}

	e.names = serve(t, http.NotFoundHandler()) // another address: agreed to again
	for _, renew := range []func() (*flow.Result, error){
		func() (*flow.Result, error) { return r.Login(t.Context(), account, nil, nil) },
		func() (*flow.Result, error) { return r.Refresh(t.Context(), account, nil) },
	} {
		_, err = renew()
		f := failure(t, err)
		wantKind(t, f, session.NeedsPerson)
		wantContains(t, f.Detail, strings.TrimPrefix(e.names, "http://"))
	}
	account.Origins = nil // a session from elsewhere leads nowhere
	e.seen = nil
	_, err = r.Check(t.Context(), account)
	wantContains(t, failure(t, err).Error(), "it is not agreed yet")
	if len(e.seen) > 0 {
		t.Errorf("the servers saw %q", e.seen)
	}
}

// A login that names no address, or its own, asks nothing.
func TestAnAPIBesideItsLogin(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	for _, at := range []string{"", e.login, e.login + "/v3/"} {
		e.names = at
		r, account := runner(t, newClock().now), e.account(t)
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		e.seen = nil
		_, err = r.Check(t.Context(), holding(account, res))
		must(t, err)
		if want := "login " + strings.TrimPrefix(strings.TrimSuffix(at, "/"), e.login) + "/me "; len(account.Origins) > 0 || !strings.HasPrefix(e.seen[0], want) {
			t.Errorf("%q: agreed to are %v, the servers saw %q", at, account.Origins, e.seen)
		}
	}
}

// Secrets of the login never go to the address that it names, in whatever part of a request.
func TestOnlyTokensGoToTheAPI(t *testing.T) {
	t.Parallel()
	e := newElsewhere(t)
	r, account := runner(t, newClock().now), e.account(t)
	res, err := r.Login(t.Context(), account, &person{answer: session.Yes}, nil)
	must(t, err)
	account = holding(account, res)
	template := func(s string) *jq.Template {
		p, err := jq.ParseTemplate(s)
		must(t, err)
		return p
	}
	pair := func(value string) []definition.Pair {
		return []definition.Pair{{Name: template("X"), Value: template(value)}}
	}
	e.seen = nil
	for name, req := range map[string]*definition.Request{
		"a field in a header":           {Method: "GET", Path: template("/x"), Headers: pair("${.key}")},
		"a refresh token in a query":    {Method: "GET", Path: template("/x"), Query: pair("${.refresh | @base64}")},
		"a secret of a refresh":         {Method: "GET", Path: template("/x"), Headers: pair("${.client}")},
		"a field in a header's name":    {Method: "GET", Path: template("/x"), Headers: []definition.Pair{{Name: template("X-${.key}"), Value: template("x")}}},
		"a field in a path":             {Method: "GET", Path: template("/x/${.key}")},
		"a field in the whole scope":    {Method: "GET", Path: template("/x"), Headers: pair("${tojson}")},
		"a field in an address in full": {Method: "GET", URL: template(e.api + "/${.key}")},
	} {
		_, err := r.Caller(account).Send(t.Context(), req, flow.SendOptions{})
		if err == nil || len(e.seen) > 0 {
			t.Errorf("%s: %v, the servers saw %q", name, err, e.seen)
			continue
		}
		wantContains(t, err.Error(), "only tokens go to the address that a login brought")
	}
	for _, address := range []string{e.api + "/x", e.login + "/${.key}"} { // neither of them is wrong
		_, err := r.Caller(account).Send(t.Context(), &definition.Request{Method: "GET", URL: template(address)}, flow.SendOptions{})
		must(t, err)
	}
}

// An address out of a login that leads home, or is none, ends the login with what to do next.
func TestAddressesOutOfALoginThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ login, at, says string }{
		{"https://login.example", "http://api.example", "does not use TLS"},
		{"https://login.example", "https://127.0.0.1", "on this machine or in a private network"},
		{"https://login.example", "https://10.0.0.7:8443", "on this machine or in a private network"},
		{"https://login.example", "https://localhost", "on this machine or in a private network"},
		{"https://login.example", "https://[::1]", "on this machine or in a private network"},
		{"http://127.0.0.1:1", "http://192.168.0.1", "does not use TLS"},
		{"https://login.example", "javascript:alert(1)", "is not a web address"},
		{"https://login.example", "https://user:canary@api.example", "holds a user name or password"},
		{"https://login.example", "https://api.example/canary-key/v1", "holds a token"},
	} {
		def := define(t, `
api_url: ${.at}
logins: [{name: key, fields: [{name: at, label: At}, {name: key, label: Key, secret: true}], steps: [{capture: {access: .key}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
		account := subject(def, c.login, map[string]any{"at": c.at, "key": hide("canary-key")})
		who := &person{answer: session.Yes}
		_, err := runner(t, time.Now).Login(t.Context(), account, who, nil)
		f := failure(t, err)
		wantKind(t, f, session.BadConfig)
		wantContains(t, everything(f), c.says)
		if len(who.asked) > 0 || len(account.Origins) > 0 || f.Next == "" {
			t.Errorf("%s: asked was %+v", c.at, who.asked)
		}
	}
}

// What fits a pattern of the definition was agreed to with it.
func TestAPatternOfAPIs(t *testing.T) {
	t.Parallel()
	def := define(t, `
api_url: {url: "${.at}", within: ["https://*.my.example.com"]}
logins: [{name: key, fields: [{name: at, label: At}, {name: key, label: Key, secret: true}], steps: [{capture: {access: .key}}]}]
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	for at, agreed := range map[string]bool{
		"https://one.my.example.com": true, "https://a.b.my.example.com/x": true, "https://ONE.my.example.com:443": true,
		"https://my.example.com": false, "https://one.my.example.com:444": false, "https://evilmy.example.com": false,
		"https://one.my.example.com.evil.org": false, "https://evil.org/.my.example.com": false,
	} {
		const pattern = "https://*.my.example.com:443"
		for _, with := range []transport.Origin{"https://*.com:443", pattern} { // the first is none of the definition
			account := subject(def, "https://login.example", map[string]any{"at": at, "key": hide("canary-key")})
			account.Origins = session.Origins{{Origin: string(with), For: session.ForTokens}}
			_, err := runner(t, time.Now).Login(t.Context(), account, nil, nil)
			if (err == nil) != (agreed && with == pattern) {
				t.Errorf("%s with %s: %v", at, with, err)
			}
		}
	}
	_, further, err := runner(t, time.Now).Resolve(subject(def, "https://login.example", nil))
	if err != nil || !slices.Equal(further, session.Origins{{Origin: "https://*.my.example.com:443", For: session.ForTokens}}) {
		t.Errorf("a person agrees to %v, %v", further, err)
	}
	_, further, err = runner(t, time.Now).Resolve(subject(builtin(t, "salesforce"), "https://login.example", nil)) // an issuer names further servers, too
	if err != nil || !slices.Equal(further, session.Origins{{Origin: "https://*.my.salesforce.com:443", For: session.ForTokens}}) {
		t.Errorf("a person agrees to %v, %v", further, err)
	}
}

// Salesforce names the instance at login and refresh, Matrix the homeserver at login.
func TestDefinitionsWhoseAPIIsElsewhere(t *testing.T) {
	t.Parallel()
	var called []string
	api := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		called = append(called, r.URL.Path+" "+r.Header.Get("Authorization"))
		_, _ = w.Write([]byte(`{"user_id": "@ada:home"}`))
	}))
	server := emulatortest.NewIssuer(emulatortest.IssuerOptions{Now: newClock().now})
	salesforce := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/token" {
			server.ServeHTTP(w, r)
			return
		}
		recorded, answer := httptest.NewRecorder(), map[string]any{}
		server.ServeHTTP(recorded, r)
		_ = json.Unmarshal(recorded.Body.Bytes(), &answer)
		answer["instance_url"] = api
		w.WriteHeader(recorded.Code)
		_ = json.NewEncoder(w).Encode(answer)
	}))
	matrix := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"access_token": "canary", "device_id": "D", "user_id": "@ada:home", "well_known": {"m.homeserver": {"base_url": "` + api + `/"}}}`))
	}))
	for name, account := range map[string]*flow.Subject{
		"salesforce": {Login: "browser", Fields: map[string]any{
			"address": salesforce, "client_id": emulatortest.IssuerPublic, "redirect": "http://127.0.0.1/callback",
		}},
		"matrix": {Login: "password", Fields: map[string]any{"address": matrix, "user": "ada", "password": hide("canary")}},
	} {
		account.Definition = builtin(t, name)
		r := runner(t, newClock().now)
		res, err := r.Login(t.Context(), account, newDesk(), nil)
		must(t, err)
		account, called = holding(account, res), nil
		_, err = r.Caller(account).Send(t.Context(), &account.Definition.Requests[0], flow.SendOptions{})
		must(t, err)
		if account.Definition.Refresh != nil && !res.Values["refresh"].IsZero() {
			_, err = r.Refresh(t.Context(), account, nil)
			must(t, err)
		}
		if len(called) != 1 || !strings.HasSuffix(called[0], " Bearer "+res.Values["access"].Reveal()) || res.API != api {
			t.Errorf("%s: the API is at %q and saw %q", name, res.API, called)
		}
	}
}

// TestAnOriginIsAgreedToForAPurpose has an issuer name an origin for its endpoints, and a login
// the same one for the API.
func TestAnOriginIsAgreedToForAPurpose(t *testing.T) {
	t.Parallel()
	_, further := issuer(t, emulatortest.IssuerOptions{})
	_, at := issuer(t, emulatortest.IssuerOptions{Metadata: func(m map[string]any) { m["token_endpoint"] = further + "/token" }})
	def := define(t, `
api_url: ${.api}
logins:
  - name: robot
    fields: [{name: api, label: API}]
    oauth2: {grant: client_credentials, issuer: "${.address}", client_id: robot, client_secret: "canary secret+%&"}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	for agreed, asks := range map[session.Purpose][]string{
		0:                      {"Send credentials there?", "Send tokens there?"},
		session.ForTokens:      {"Send credentials there?"},
		session.ForCredentials: {"Send tokens there?"},
		session.ForBoth:        nil, // as earlier versions agreed to it
	} {
		account := subject(def, at, map[string]any{"api": further})
		account.Login, account.Origins = "robot", session.Origins{{Origin: further, For: agreed}}
		r := runner(t, newClock().now)
		if _, err := r.Login(t.Context(), account, nil, nil); asks != nil {
			wantKind(t, failure(t, err), session.NeedsPerson)
		} else {
			must(t, err)
		}
		who := &person{answer: session.Yes}
		_, err := r.Login(t.Context(), account, who, nil)
		must(t, err)
		var asked []string
		for _, q := range who.asked {
			asked = append(asked, q.Label)
		}
		if !slices.Equal(asked, asks) || account.Origins.For(further) != session.ForBoth {
			t.Errorf("agreed for %s: asked %q, and agreed to are %v", agreed, asked, account.Origins)
		}
	}
}

// TestAPatternIsForTokensAlone has an issuer name an address that fits a pattern of the API, to
// which an earlier version agreed for both.
func TestAPatternIsForTokensAlone(t *testing.T) {
	t.Parallel()
	_, at := issuer(t, emulatortest.IssuerOptions{Metadata: func(m map[string]any) { m["token_endpoint"] = "https://other.my.example.com/token" }})
	def := define(t, `
api_url: {url: "${.api}", within: ["https://*.my.example.com"]}
logins:
  - name: robot
    fields: [{name: api, label: API}]
    oauth2: {grant: client_credentials, issuer: "${.address}", client_id: robot, client_secret: canary}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`)
	account := subject(def, at, map[string]any{"api": at})
	pattern := "https://*.my.example.com:443"
	account.Login, account.Origins = "robot", session.Origins{{Origin: pattern, For: session.ForBoth}}
	r := runner(t, newClock().now)
	_, err := r.Login(t.Context(), account, nil, nil)
	wantKind(t, failure(t, err), session.NeedsPerson)
	_, further, err := r.Resolve(account)
	must(t, err)
	if further.For(pattern) != session.ForTokens {
		t.Errorf("the account leads to %v", further)
	}
}
