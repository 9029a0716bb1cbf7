package flow_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/emulator"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/flow"
	"tokenring/session/secret"
)

func TestDatarheiSession(t *testing.T) {
	t.Parallel()
	c := newClock()
	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: c.now})
	r := runner(t, c.now)
	account := subject(builtin(t, "datarhei-core"), serve(t, core)+"/", map[string]any{
		"username": "admin", "password": hide(emulator.Password),
	})
	var steps []session.Step
	res, err := r.Login(t.Context(), account, nil, func(s session.Step) { steps = append(steps, s) })
	must(t, err)
	access := res.Lives["access"]
	if !access.Token || !access.ExpiresAt.Equal(c.now().Add(10*time.Minute)) || access.Source != ".claims.exp" {
		t.Errorf("life of access = %+v", access)
	}
	if !res.Lives["refresh"].ExpiresAt.Equal(c.now().Add(24 * time.Hour)) {
		t.Errorf("life of refresh = %+v", res.Lives["refresh"])
	}
	if want := (session.Step{Flow: session.FlowLogin, Index: 1, Of: 1, Text: "log in"}); len(steps) != 1 || steps[0] != want {
		t.Errorf("progress = %+v", steps)
	}

	account = holding(account, res)
	checked, err := r.Check(t.Context(), account)
	must(t, err)
	if !checked.Alive || checked.Status != 200 {
		t.Errorf("check = %+v", checked)
	}

	c.advance(5 * time.Minute)
	renewed, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	if len(renewed.Changed) != 1 || renewed.Changed[0] != "access" {
		t.Errorf("changed = %v", renewed.Changed)
	}
	if !renewed.Values["refresh"].Equal(res.Values["refresh"]) || !renewed.Lives["access"].ExpiresAt.Equal(c.now().Add(10*time.Minute)) {
		t.Errorf("after the refresh: %+v", renewed.Lives)
	}

	core.Restart()
	checked, err = r.Check(t.Context(), holding(account, renewed))
	must(t, err)
	if checked.Alive {
		t.Error("a session of another life is alive")
	}
	_, err = r.Refresh(t.Context(), account, nil)
	f := failure(t, err)
	wantKind(t, f, session.TokenRejected)
	if f.Message != "Missing or invalid JWT token" || f.Status != 401 {
		t.Errorf("failure = %+v", f)
	}
	_, err = r.Logout(t.Context(), account, nil)
	wantKind(t, failure(t, err), session.Unsupported)
}

func TestDatarheiTakesTokensOfAnEarlierLogin(t *testing.T) {
	t.Parallel()
	c := newClock()
	r, def := runner(t, c.now), builtin(t, "datarhei-core")
	url := serve(t, emulator.NewDatarhei(emulator.DatarheiOptions{Now: c.now}))
	first, err := r.Login(t.Context(), subject(def, url, map[string]any{"username": "admin", "password": hide(emulator.Password)}), nil, nil)
	must(t, err)
	for name, fields := range map[string]map[string]any{
		"both":            {"access_token": first.Values["access"], "refresh_token": first.Values["refresh"]},
		"no access token": {"refresh_token": first.Values["refresh"]},
		"an empty one":    {"refresh_token": first.Values["refresh"], "access_token": hide("")},
	} {
		account := subject(def, url, fields)
		account.Login = "tokens"
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		checked, err := r.Check(t.Context(), holding(account, res))
		must(t, err)
		if !checked.Alive || !res.Values["refresh"].Equal(first.Values["refresh"]) {
			t.Errorf("%s: alive %t, tokens %v", name, checked.Alive, res.Lives)
		}
		if had, _ := fields["access_token"].(secret.String); had.Equal(first.Values["access"]) != res.Values["access"].Equal(first.Values["access"]) {
			t.Errorf("%s: the access token is another", name)
		}
	}
	c.advance(time.Hour)
	account := subject(def, url, map[string]any{"access_token": first.Values["access"], "refresh_token": first.Values["refresh"]})
	account.Login = "tokens"
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	if checked, err := r.Check(t.Context(), holding(account, res)); err != nil || !checked.Alive {
		t.Errorf("with an access token that ended: %+v, %v", checked, err)
	}
	account = subject(def, url, map[string]any{"refresh_token": hide("no.such.token")})
	account.Login = "tokens"
	_, err = r.Login(t.Context(), account, nil, nil)
	wantKind(t, failure(t, err), session.BadCredentials)
}

func TestDatarheiNamesTheDomainOnEveryCall(t *testing.T) {
	t.Parallel()
	c := newClock()
	r, def := runner(t, c.now), builtin(t, "datarhei-core")
	core := emulator.NewDatarhei(emulator.DatarheiOptions{Now: c.now})
	var asked []string
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path+"?"+r.URL.RawQuery)
		core.ServeHTTP(w, r)
	}))
	for _, domain := range []string{"", "tenant a"} {
		fields := map[string]any{"username": "admin", "password": hide(emulator.Password)}
		if domain != "" {
			fields["domain"] = domain
		}
		account := subject(def, url, fields)
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		_, err = r.Check(t.Context(), holding(account, res))
		must(t, err)
	}
	want := []string{"/api/login?", "/api?", "/api/login?apidomain=tenant+a&domain=tenant+a", "/api?apidomain=tenant+a"}
	if !slices.Equal(asked, want) {
		t.Errorf("asked %q, want %q", asked, want)
	}
}

// refusal is a flow that a backend refuses, in its own words.
type refusal struct {
	name    string
	handler http.Handler
	fields  map[string]any
	login   string
	path    string // after the listener's URL
	kind    session.OutcomeKind
	message string
	before  int // logins made before, refused or not
}

// answering answers every request with the same JSON.
func answering(status int, body string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { say(w, status, body) })
}

func refuseAll(t *testing.T, def *definition.Definition, now func() time.Time, tests []refusal) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := runner(t, now)
			account := subject(def, serve(t, tt.handler)+tt.path, tt.fields)
			account.Login = tt.login
			for range tt.before {
				_, _ = r.Login(t.Context(), account, nil, nil)
			}
			_, err := r.Login(t.Context(), account, nil, nil)
			f := failure(t, err)
			wantKind(t, f, tt.kind)
			if f.Message != tt.message || f.Status == 0 || f.Step == 0 {
				t.Errorf("message %q, status %d, step %d; want %q", f.Message, f.Status, f.Step, tt.message)
			}
		})
	}
}

func TestDatarheiRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	core := func(o emulator.DatarheiOptions) http.Handler { o.Now = c.now; return emulator.NewDatarhei(o) }
	wrong := map[string]any{"username": "admin", "password": hide("not this one")}
	refuseAll(t, builtin(t, "datarhei-core"), c.now, []refusal{
		{name: "wrong password", handler: core(emulator.DatarheiOptions{}), fields: wrong, kind: session.BadCredentials,
			message: "Invalid authorization credentials: invalid username or password"},
		{name: "several users", handler: answering(http.StatusForbidden, `{"code":403,"message":"Forbidden","details":["invalid username or password"]}`), fields: wrong, kind: session.BadCredentials,
			message: "invalid username or password"},
		{name: "no auth", handler: answering(http.StatusNotFound, `{"code":404,"message":"Not Found","details":["Not Found"]}`), fields: wrong, kind: session.AuthDisabled,
			message: "Not Found"},
		{name: "another server", handler: http.NotFoundHandler(), fields: wrong, kind: session.BadConfig,
			message: "404 page not found"},
		{name: "the address of the interface", handler: core(emulator.DatarheiOptions{}), path: "/ui/", fields: wrong,
			kind: session.BadCredentials, message: "Invalid authorization credentials: invalid username or password"},
		{name: "the address of the API", handler: core(emulator.DatarheiOptions{}), path: "/api", fields: wrong,
			kind: session.BadCredentials, message: "Invalid authorization credentials: invalid username or password"},
		{name: "unknown Auth0 issuer", handler: core(emulator.DatarheiOptions{}), login: "auth0",
			fields: map[string]any{"auth0_token": hide("a.b.c-of-auth0")}, kind: session.BadCredentials,
			message: "Missing authorization credentials"},
	})
}

func TestKnackSessionAndRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := builtin(t, "knack")
	fields := func(email, password string) map[string]any {
		return map[string]any{"region": "own", "app_id": emulator.KnackAppID, "email": email, "password": hide(password)}
	}
	t.Run("a session", func(t *testing.T) {
		t.Parallel()
		r := runner(t, c.now)
		app := emulator.NewKnack(emulator.KnackOptions{Now: c.now})
		account := subject(def, serve(t, app), fields("editor@example.com", emulator.Password))
		res, err := r.Login(t.Context(), account, nil, nil)
		must(t, err)
		if got := res.Lives["token"].ExpiresAt; !got.Equal(c.now().Add(48 * time.Hour)) {
			t.Errorf("the token ends at %v", got)
		}
		account = holding(account, res)
		checked, err := r.Check(t.Context(), account)
		must(t, err)
		if !checked.Alive {
			t.Error("the session is not alive")
		}
		app.Revoke("editor")
		checked, err = r.Check(t.Context(), account)
		must(t, err)
		answer, err := r.Caller(account).Send(t.Context(), def.Check.Request, flow.SendOptions{})
		must(t, err)
		if checked.Alive || answer.Message != "Invalid token provided" {
			t.Errorf("after revocation: %+v, %q", checked, answer.Message)
		}
	})
	app := func(o emulator.KnackOptions) http.Handler { o.Now = c.now; return emulator.NewKnack(o) }
	wrong := fields("editor@example.com", "not this one")
	elsewhere := fields("editor@example.com", emulator.Password)
	elsewhere["app_id"] = "000000000000000000000000"
	refuseAll(t, def, c.now, []refusal{
		{name: "wrong password", handler: app(emulator.KnackOptions{}), fields: wrong, kind: session.BadCredentials,
			message: "Email or password incorrect."},
		{name: "in strings", handler: answering(http.StatusBadRequest, `{"errors":["Email or password incorrect."]}`), fields: wrong,
			kind: session.BadCredentials, message: "Email or password incorrect."},
		{name: "as text", handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "Email or password incorrect.", http.StatusBadRequest)
		}), fields: wrong,
			kind: session.BadCredentials, message: "Email or password incorrect."},
		{name: "no such application", handler: answering(http.StatusBadRequest, `{"errors":[{"message":"Invalid application id"}]}`), fields: wrong, kind: session.BadConfig, message: "Invalid application id"},
		{name: "rate limit", handler: app(emulator.KnackOptions{RateLimit: 2}), fields: wrong, before: 2,
			kind: session.RateLimited, message: "Rate limit exceeded"},
	})
	t.Run("when to come back", func(t *testing.T) {
		t.Parallel()
		r := runner(t, c.now)
		account := subject(def, serve(t, app(emulator.KnackOptions{RateLimit: 1})), wrong)
		_, _ = r.Login(t.Context(), account, nil, nil)
		_, err := r.Login(t.Context(), account, nil, nil)
		if f := failure(t, err); f.Retry.IsZero() || f.Retry.Sub(c.now()) > 2*time.Second {
			t.Errorf("retry = %v at %v", f.Retry, c.now())
		}
	})
	t.Run("another application", func(t *testing.T) {
		t.Parallel()
		_, err := runner(t, c.now).Login(t.Context(), subject(def, serve(t, app(emulator.KnackOptions{})), elsewhere), nil, nil)
		wantKind(t, failure(t, err), session.BadConfig)
	})
}

func TestBackendlessTakesTheTokenOfAProvider(t *testing.T) {
	t.Parallel()
	c := newClock()
	for _, call := range []any{nil, "oauth", "social"} {
		var asked string
		app := emulator.NewBackendless(emulator.BackendlessOptions{Now: c.now})
		at := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked = r.URL.Path
			app.ServeHTTP(w, r)
		}))
		fields := backendlessFields("", "")
		fields["provider_code"], fields["provider_call"] = "google", call
		fields["provider_token"] = hide(emulator.BackendlessOAuthToken("viewer"))
		account := subject(builtin(t, "backendless"), at, fields)
		account.Login = "provider"
		res, err := runner(t, c.now).Login(t.Context(), account, nil, nil)
		must(t, err)
		want := "/users/social/google/login"
		if call != "social" {
			want = "/users/oauth/google/login"
		}
		if !strings.HasSuffix(asked, want) || res.Values["token"].IsZero() {
			t.Errorf("%v asked %s", call, asked)
		}
	}
}

func backendlessFields(login, password string) map[string]any {
	return map[string]any{
		"form": "server", "app_id": emulator.BackendlessAppID, "rest_key": emulator.BackendlessRESTKey,
		"identity": login, "password": hide(password), "session_timeout": int64(1800),
	}
}

func TestBackendlessSession(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := builtin(t, "backendless")
	r := runner(t, c.now)
	account := subject(def, serve(t, emulator.NewBackendless(emulator.BackendlessOptions{Now: c.now})),
		backendlessFields("viewer@example.com", emulator.Password))
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	life := res.Lives["token"]
	if life.Idle != 30*time.Minute || !life.ExpiresAt.IsZero() || !life.Token || res.Lives["user_id"].Token {
		t.Errorf("lives = %+v", res.Lives)
	}
	account = holding(account, res)
	checked, err := r.Check(t.Context(), account)
	must(t, err)
	if !checked.Alive {
		t.Error("the session is not alive")
	}
	ended, err := r.Logout(t.Context(), account, nil)
	must(t, err)
	if ended.AlreadyDead {
		t.Error("the first logout found the session dead")
	}
	ended, err = r.Logout(t.Context(), account, nil)
	must(t, err)
	if !ended.AlreadyDead {
		t.Error("the second logout found the session alive")
	}
	checked, err = r.Check(t.Context(), account)
	must(t, err)
	if checked.Alive {
		t.Error("the session is alive after its logout")
	}
}

func TestBackendlessRefusals(t *testing.T) {
	t.Parallel()
	c := newClock()
	app := func(o emulator.BackendlessOptions) http.Handler { o.Now = c.now; return emulator.NewBackendless(o) }
	wrongKey := backendlessFields("viewer@example.com", emulator.Password)
	wrongKey["rest_key"] = "00000000-0000-0000-0000-000000000000"
	cloud := backendlessFields("", "")
	cloud["object_id"], cloud["cloudcode_key"] = "x", hide(emulator.BackendlessRESTKey)
	wrong := backendlessFields("viewer@example.com", "not this one")
	refuseAll(t, builtin(t, "backendless"), c.now, []refusal{
		{name: "wrong password", handler: app(emulator.BackendlessOptions{}), fields: wrong,
			kind: session.BadCredentials, message: "Invalid login or password"},
		{name: "locked", handler: app(emulator.BackendlessOptions{}), fields: backendlessFields("locked@example.com", emulator.Password),
			kind: session.Locked, message: "Unable to login. User account is locked out due to too many failed logins."},
		{name: "unconfirmed", handler: app(emulator.BackendlessOptions{}), fields: backendlessFields("unconfirmed@example.com", emulator.Password),
			kind: session.Unconfirmed, message: "User cannot login - email address must be confirmed first"},
	})
	t.Run("disabled", func(t *testing.T) {
		t.Parallel()
		_, err := runner(t, c.now).Login(t.Context(), subject(builtin(t, "backendless"), serve(t, app(emulator.BackendlessOptions{})),
			backendlessFields("disabled@example.com", emulator.Password)), nil, nil)
		wantKind(t, failure(t, err), session.Disabled)
	})
	t.Run("wrong key", func(t *testing.T) {
		t.Parallel()
		_, err := runner(t, c.now).Login(t.Context(), subject(builtin(t, "backendless"), serve(t, app(emulator.BackendlessOptions{})), wrongKey), nil, nil)
		wantKind(t, failure(t, err), session.BadConfig)
	})
	t.Run("not the CloudCode key", func(t *testing.T) {
		t.Parallel()
		account := subject(builtin(t, "backendless"), serve(t, app(emulator.BackendlessOptions{})), cloud)
		account.Login = "passwordless"
		_, err := runner(t, c.now).Login(t.Context(), account, nil, nil)
		f := failure(t, err)
		wantKind(t, f, session.BadConfig)
		if want := "Login by object id is allowed only for Code Runner API key"; f.Message != want {
			t.Errorf("message = %q", f.Message)
		}
	})
}

func TestXAccessTokenDialects(t *testing.T) {
	t.Parallel()
	c := newClock()
	def := builtin(t, "expressa")
	tests := []struct {
		dialect  emulatortest.Dialect
		identity string
		life     time.Duration // 0: none stated
		refused  string
	}{
		{"documented", "admin@example.com", 24 * time.Hour, "Authentication failed. Wrong password."},
		{"expressa", "admin@example.com", 0, "Incorrect password"},
		{emulatortest.Scotch, "admin", 24 * time.Minute, "Authentication failed. Wrong password."},
		{emulatortest.Bezkoder, "admin", 24 * time.Hour, "Invalid Password!"},
	}
	for _, tt := range tests {
		t.Run(string(tt.dialect), func(t *testing.T) {
			t.Parallel()
			r := runner(t, c.now)
			var api http.Handler
			switch tt.dialect {
			case "expressa":
				api = emulator.NewExpressa(c.now)
			case "documented":
				api = emulator.NewDocumented(c.now, 0)
			default:
				api = emulatortest.NewTutorial(emulatortest.TutorialOptions{Now: c.now, Dialect: tt.dialect})
			}
			account := subject(def, serve(t, api), map[string]any{
				"dialect": string(tt.dialect), "identity": tt.identity, "password": hide("not this one"),
			})
			_, err := r.Login(t.Context(), account, nil, nil)
			f := failure(t, err)
			wantKind(t, f, session.BadCredentials)
			if f.Message != tt.refused {
				t.Errorf("message = %q", f.Message)
			}
			account.Fields["password"] = hide(emulator.Password)
			res, err := r.Login(t.Context(), account, nil, nil)
			must(t, err)
			if at := res.Lives["token"].ExpiresAt; at.IsZero() != (tt.life == 0) || tt.life != 0 && !at.Equal(c.now().Add(tt.life)) {
				t.Errorf("the token ends at %v", at)
			}
			account = holding(account, res)
			for _, mode := range []string{"", "query"} {
				if mode == "query" && tt.dialect == emulatortest.Bezkoder {
					continue
				}
				account.Attach = mode
				checked, err := r.Check(t.Context(), account)
				must(t, err)
				if !checked.Alive {
					t.Errorf("attached by %q the session is not alive", mode)
				}
			}
			account.Attach = ""
			account.Tokens["token"] = hide("eyJhbGciOiJIUzI1NiJ9.e30.bm90IHRoaXMgb25l")
			checked, err := r.Check(t.Context(), account)
			must(t, err)
			if checked.Alive {
				t.Error("a forged token is alive")
			}
		})
	}
}

func TestRefreshTokenThatWorksOnce(t *testing.T) {
	t.Parallel()
	c := newClock()
	def, err := definition.Parse("market.yaml", emulator.RotatingDefinition)
	must(t, err)
	market := emulator.NewRotating(emulator.RotatingOptions{Now: c.now, OpaqueAccess: true})
	r := runner(t, c.now)
	account := subject(def, serve(t, market), map[string]any{"username": "admin", "password": hide(emulator.Password)})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	if life := res.Lives["access"]; !life.ExpiresAt.Equal(c.now().Add(time.Minute)) || life.Source != "expires_in" {
		t.Errorf("life of access = %+v", life)
	}
	if life := res.Lives["refresh"]; !life.ExpiresAt.IsZero() {
		t.Errorf("expires_in is not the refresh token's, but its life is %+v", life)
	}
	first := holding(account, res)
	renewed, err := r.Refresh(t.Context(), first, nil)
	must(t, err)
	if len(renewed.Changed) != 2 {
		t.Errorf("changed = %v", renewed.Changed)
	}
	_, err = r.Refresh(t.Context(), first, nil)
	wantKind(t, failure(t, err), session.TokenRejected)
	gone, err := r.Logout(t.Context(), holding(account, renewed), nil)
	must(t, err)
	if gone.Status >= 300 && !gone.AlreadyDead {
		t.Errorf("logout = %+v", gone)
	}
}

func TestAPastedTokenIsTheSession(t *testing.T) {
	t.Parallel()
	c := newClock()
	url := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		if r.Header.Get("Authorization") != "Bearer pasted-token-123" {
			say(w, 401, `{"message":"who are you"}`)
			return
		}
		say(w, 200, `{}`)
	})
	r := runner(t, c.now)
	account := subject(builtin(t, "token"), url, map[string]any{"pasted": hide(" Bearer pasted-token-123\n"), "lifetime": 3600})
	res, err := r.Login(t.Context(), account, nil, nil)
	must(t, err)
	if got := res.Values["token"].Reveal(); got != "pasted-token-123" {
		t.Errorf("token = %q", got)
	}
	if life := res.Lives["token"]; !life.ExpiresAt.Equal(c.now().Add(time.Hour)) || res.Status != 0 {
		t.Errorf("life = %+v, status %d", life, res.Status)
	}
	answer, err := r.Caller(holding(account, res)).Send(t.Context(), &builtin(t, "token").Requests[0], flow.SendOptions{})
	must(t, err)
	if answer.Response.Status != 200 || answer.Kind != "" {
		t.Errorf("answer = %d %s", answer.Response.Status, answer.Kind)
	}
}

// A GitLab token tells its last day, and renews itself once; the old one is spent.
func TestAPastedTokenRenewsItself(t *testing.T) {
	t.Parallel()
	live, ends, rotated := "first", "2026-12-31", ""
	at := backendOf(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		switch token := r.Header.Get("PRIVATE-TOKEN"); {
		case token != live:
			say(w, 401, `{"message":"401 Unauthorized"}`)
		case r.URL.Path == "/api/v4/personal_access_tokens/self/rotate" && r.Method == "POST":
			rotated = r.URL.Query().Get("expires_at")
			live, ends = "second", rotated
			say(w, 200, `{"token":"second","active":true,"expires_at":"`+ends+`","scopes":["api"]}`)
		default:
			say(w, 200, `{"active":true,"expires_at":"`+ends+`","scopes":["api"]}`)
		}
	})
	r, account := runner(t, time.Now), subject(builtin(t, "gitlab-token"), at, map[string]any{"days": 30})
	_, err := r.Login(t.Context(), account, &person{answer: "wrong"}, nil)
	wantKind(t, failure(t, err), session.BadCredentials)
	res, err := r.Login(t.Context(), account, &person{answer: "first"}, nil)
	must(t, err)
	if end := res.Lives["token"].ExpiresAt.Format(time.DateOnly); end != "2026-12-31" {
		t.Errorf("the token ends %s", end)
	}
	account = holding(account, res)
	renewed, err := r.Refresh(t.Context(), account, nil)
	must(t, err)
	if end := renewed.Lives["token"].ExpiresAt.Format(time.DateOnly); end != rotated {
		t.Errorf("the new token ends %s, asked for was %s", end, rotated)
	}
	if check, err := r.Check(t.Context(), holding(account, renewed)); err != nil || !check.Alive {
		t.Errorf("the new token: %+v, %v", check, err)
	}
	if check, err := r.Check(t.Context(), account); err != nil || check.Alive {
		t.Errorf("the old token: %+v, %v", check, err)
	}
}
