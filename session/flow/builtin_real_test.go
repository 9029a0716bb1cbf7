package flow_test

import (
	"maps"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

// proof is a built-in definition and the real server that proves it.
type proof struct {
	server   emulatortest.Real
	also     emulatortest.Real // a further server that another test proves it on
	fields   map[string]any    // beside the address; nil: another test proves it
	path     string            // of the definition's address at the server
	outlives bool              // the token outlives the logout
	browser  bool              // there is a login browser, too
}

// ada is the user of the real servers.
func ada(further map[string]any) map[string]any {
	fields := map[string]any{
		"username": "ada", "email": "ada@example.com", "identity": "ada@example.com", "password": secret.New("open-sesame"),
	}
	maps.Copy(fields, further)
	return fields
}

// proofs are all definitions that say that a real server answered them.
var proofs = map[string]proof{
	"authjs":       {server: emulatortest.AuthJS, fields: ada(map[string]any{"auth_path": "/auth", "brand": "authjs", "username_field": "username"}), outlives: true},
	"basic":        {server: emulatortest.PouchDB, fields: ada(map[string]any{"check_path": "/_session"}), outlives: true},
	"better-auth":  {server: emulatortest.BetterAuth, fields: ada(map[string]any{"auth_path": "/api/auth"})},
	"couchdb":      {server: emulatortest.PouchDB, fields: ada(nil), outlives: true},
	"expressa":     {server: emulatortest.Expressa}, // TestExpressaDialectAnswersAsTheRealOne
	"firebase":     {server: emulatortest.Firebase, fields: ada(map[string]any{"web_key": secret.New("key")})},
	"node-red":     {server: emulatortest.NodeRED, fields: ada(map[string]any{"scope": "*"})},
	"oidc":         {server: emulatortest.OIDC, also: emulatortest.ZitadelOIDC}, // TestRealOIDCProvider, TestRealZitadelOIDC
	"parse-server": {server: emulatortest.ParseServer, fields: ada(map[string]any{"app_id": "app", "rest_key": secret.New("rest")}), path: "/parse"},
	"pocketbase":   {server: emulatortest.PocketBase, fields: ada(map[string]any{"collection": "users"})},
	"simplejwt":    {server: emulatortest.SimpleJWT, fields: ada(nil), outlives: true},
	"wordpress":    {server: emulatortest.WordPress, fields: ada(nil), browser: true},
}

// A definition that says that a real server answered it is proven here, on that version.
func TestProofsAreOfTheServersThatRun(t *testing.T) {
	t.Parallel()
	catalog := definition.NewCatalog("")
	for _, name := range catalog.Names() {
		def := builtin(t, name)
		p, ok := proofs[name]
		if ok != (def.Proven.On != "") {
			t.Errorf("%s says that it is proven on %q, and that a test proves it is %v", name, def.Proven.On, ok)
		}
		for _, server := range []emulatortest.Real{p.server, p.also} {
			if !strings.Contains(strings.ToLower(def.Proven.On), server.String()) {
				t.Errorf("%s says that it is proven on %q, the test runs %q", name, def.Proven.On, server)
			}
		}
	}
}

func TestRealServersProveDefinitions(t *testing.T) {
	t.Parallel()
	for name, p := range proofs {
		if p.fields == nil {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at := p.server.Start(t)
			account := subject(builtin(t, name), at+p.path, p.fields)
			account.Fields["emulator"], account.Fields["api"] = at, at
			account.Answers = map[string]secret.String{"username": secret.New("ada"), "password": secret.New("open-sesame")}
			prove(t, p, account)
			if p.browser {
				proveBrowser(t, account)
			}
		})
	}
}

// prove logs in, checks, refreshes and logs out, and has wrong secrets refused.
func prove(t *testing.T, p proof, account *flow.Subject) {
	t.Helper()
	ctx, r, def := t.Context(), runner(t, time.Now), account.Definition
	alive := func(when string, account *flow.Subject, want bool) {
		t.Helper()
		if res, err := r.Check(ctx, account); err != nil || res.Alive != want {
			t.Errorf("%s, the check says %+v, %v", when, res, err)
		}
	}
	offline := def.Logins[0].Offline()
	wrong := *account
	wrong.Fields = maps.Clone(account.Fields)
	wrong.Answers = maps.Clone(account.Answers)
	wrong.Enter("password", secret.New("wrong-password"))
	refused, err := r.Login(ctx, &wrong, nil, nil)
	if offline {
		must(t, err)
		alive("with a wrong password", holding(&wrong, refused), false)
	} else {
		wantKind(t, failure(t, err), session.BadCredentials)
	}

	res, err := r.Login(ctx, account, nil, nil)
	must(t, err)
	account = holding(account, res)
	for i := range def.Attach {
		mode := *account
		mode.Attach = def.Attach[i].Name
		alive("with "+mode.Attach, &mode, true)
	}
	for i := range def.Requests {
		request := &def.Requests[i]
		answer, err := r.Caller(account).Send(ctx, request, flow.SendOptions{})
		must(t, err)
		scope := maps.Clone(answer.Account)
		maps.Copy(scope, answer.Scope)
		if ok, err := request.Expect.Test(ctx, scope); !ok || answer.Kind != "" {
			t.Errorf("request %s: %d %s, %v", request.Name, answer.Response.Status, answer.Kind, err)
		}
	}
	fake := *account
	fake.Tokens = map[string]secret.String{}
	for name := range account.Tokens {
		fake.Tokens[name] = secret.New("bm9ib2R5Om5vdGhpbmc")
	}
	alive("with a made-up token", &fake, false)

	if def.Refresh != nil {
		renewed, err := r.Refresh(ctx, account, nil)
		must(t, err)
		account = holding(account, renewed)
		alive("after a refresh", account, true)
	}
	if def.Logout != nil {
		_, err := r.Logout(ctx, account, nil)
		must(t, err)
		alive("after the logout", account, p.outlives)
	}
}

// proveBrowser logs in with a browser, checks, and logs out.
func proveBrowser(t *testing.T, account *flow.Subject) {
	t.Helper()
	account.Login = "browser"
	who := newDesk()
	who.visit = func(page string) { who.pages <- approve(page) }
	r := runner(t, time.Now)
	res, err := r.Login(t.Context(), account, who, nil)
	must(t, err)
	wantContains(t, <-who.pages, "You are logged in")
	account = holding(account, res)
	if check, err := r.Check(t.Context(), account); err != nil || !check.Alive {
		t.Errorf("after a login with a browser, the check says %+v, %v", check, err)
	}
	_, err = r.Logout(t.Context(), account, nil)
	must(t, err)
	if check, err := r.Check(t.Context(), account); err != nil || check.Alive {
		t.Errorf("after its logout, the check says %+v, %v", check, err)
	}
}
