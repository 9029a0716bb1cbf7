package definition

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/jq"
)

func builtin(t *testing.T, name string) *Definition {
	t.Helper()
	d, err := NewCatalog("").Get(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// answered returns the scope that jq sees in a flow after an answer.
func answered(fields jq.Scope, status int, headers map[string]any, body string) jq.Scope {
	s := jq.Scope{"status": status, "headers": headers, "text": body, "cookies": map[string]any{}, "body": nil}
	var v any
	if json.Unmarshal([]byte(body), &v) == nil {
		s["body"] = v
	}
	for k, v := range fields {
		s[k] = v
	}
	return s
}

// meaning returns the first outcome that matches.
func meaning(ctx context.Context, d *Definition, flow session.Flow, s jq.Scope) session.OutcomeKind {
	for _, o := range d.Outcomes {
		if (o.On == nil || slices.Contains(o.On, flow)) && o.When.Match(ctx, s) {
			return o.Is
		}
	}
	return ""
}

// What a definition has a flow for, its accounts must be able to do.
func TestNoBuiltInDefinitionHasAFlowThatNeverRuns(t *testing.T) {
	t.Parallel()
	for _, name := range NewCatalog("").Names() {
		for _, r := range builtin(t, name).Remarks() {
			t.Errorf("%s: %s: %s: %s", name, r.Path, r.Expression, r.Text)
		}
	}
	for when, ends := range map[string]bool{
		".scope != null": false, ".scope == \"all\"": true, ".scope | test(\"a\")": true, "claims(.token).x != false": false, ".user == \"x\"": false,
		".login == \"x\" or .scope == \"all\"": false, "false": false,
	} {
		def, err := Parse("x.yaml", []byte(`
name: x
base_url: https://api.example
fields: [{name: user}]
logins: [{name: x, steps: [{request: {post: /}, capture: {token: .body.t, scope?: .body.s}}]}]
refresh: {when: '`+when+`', steps: [{request: {post: /}, capture: {token: .body.t}}]}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.token}"}}]
`))
		if err != nil {
			t.Fatal(err)
		}
		if got := len(def.Remarks()) > 0; got != ends {
			t.Errorf("%s: remarked %v", when, got)
		}
	}
}

func TestBuiltinsKnowWhatAnswersMean(t *testing.T) {
	t.Parallel()
	scotch := jq.Scope{"dialect": "scotch"}
	expressa := jq.Scope{"dialect": "expressa"}
	bezkoder := jq.Scope{"dialect": "bezkoder"}
	documented := jq.Scope{"dialect": "documented"}
	tests := []struct {
		name    string
		fields  jq.Scope
		flow    session.Flow
		status  int
		body    string
		is      session.OutcomeKind
		message string
	}{
		{"datarhei-core", nil, session.FlowLogin, 401, `{"code":401,"message":"Unauthorized","details":["Invalid authorization credentials: invalid username or password"]}`, session.BadCredentials, "Invalid authorization credentials: invalid username or password"},
		{"datarhei-core", nil, session.FlowLogin, 403, `{"code":403,"message":"Forbidden","details":["invalid username or password"]}`, session.BadCredentials, "invalid username or password"},
		{"datarhei-core", nil, session.FlowLogin, 405, `{"code":405,"message":"Method Not Allowed","details":["Method Not Allowed"]}`, session.AuthDisabled, "Method Not Allowed"},
		{"datarhei-core", nil, session.FlowLogin, 404, `{"code":404,"message":"Not Found","details":["Not Found"]}`, session.AuthDisabled, "Not Found"},
		{"datarhei-core", nil, session.FlowLogin, 404, `<h1>Not Found</h1>`, session.BadConfig, ""},
		{"datarhei-core", nil, session.FlowRefresh, 403, `{"code":403,"message":"Forbidden","details":["Invalid token"]}`, session.AuthDisabled, "Invalid token"},
		{"datarhei-core", nil, session.FlowRequest, 401, `{"code":401,"message":"Unauthorized","details":["Missing or invalid JWT token"]}`, session.TokenRejected, "Missing or invalid JWT token"},
		{"datarhei-core", nil, session.FlowRequest, 403, `{"code":403,"message":"Forbidden","details":["invalid token"]}`, session.TokenRejected, "invalid token"},
		{"datarhei-core", nil, session.FlowRequest, 403, `{"code":403,"message":"Forbidden","details":["access denied"]}`, session.Forbidden, "access denied"},
		{"datarhei-core", nil, session.FlowRequest, 403, `{"code":403,"message":"Forbidden"}`, session.Forbidden, "Forbidden"},
		{"datarhei-core", nil, session.FlowRequest, 200, `pong`, "", ""},

		{"knack", nil, session.FlowLogin, 400, `{"errors":[{"message":"Email or password incorrect."}]}`, session.BadCredentials, "Email or password incorrect."},
		{"knack", nil, session.FlowLogin, 401, `{"errors":["Email or password incorrect."]}`, session.BadCredentials, "Email or password incorrect."},
		{"knack", nil, session.FlowLogin, 400, `"Email or password incorrect."`, session.BadCredentials, "Email or password incorrect."},
		{"knack", nil, session.FlowLogin, 400, `Email or password incorrect.`, session.BadCredentials, "Email or password incorrect."},
		{"knack", nil, session.FlowLogin, 400, `{"errors":[{"message":"This account is locked."}]}`, session.Locked, "This account is locked."},
		{"knack", nil, session.FlowRequest, 403, `Invalid token provided`, session.TokenRejected, "Invalid token provided"},
		{"knack", nil, session.FlowRequest, 403, `{"errors":[{"message":"You may not see this view."}]}`, session.Forbidden, "You may not see this view."},
		{"knack", nil, session.FlowRequest, 400, `{"errors":[{"field":"field_57","type":"required","message":"Store is required."}]}`, "", "Store is required."},
		{"knack", nil, session.FlowRequest, 429, `Rate limit exceeded`, session.RateLimited, "Rate limit exceeded"},
		{"knack", nil, session.FlowRequest, 502, `<html>Bad Gateway</html>`, session.Unavailable, ""},

		{"backendless", nil, session.FlowLogin, 401, `{"code":3003,"message":"Invalid login or password","errorData":{}}`, session.BadCredentials, "Invalid login or password"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3036,"message":"Unable to login. User account is locked out due to too many failed logins."}`, session.Locked, "Unable to login. User account is locked out due to too many failed logins."},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3000,"message":"m"}`, session.Disabled, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3090,"message":"m"}`, session.Disabled, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3087,"message":"m"}`, session.Unconfirmed, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":1,"message":"User cannot login - email address must be confirmed first"}`, session.Unconfirmed, "User cannot login - email address must be confirmed first"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3002,"message":"m"}`, session.Forbidden, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":3044,"message":"m"}`, session.Forbidden, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":2002,"message":"m"}`, session.BadConfig, "m"},
		{"backendless", nil, session.FlowLogin, 400, `{"code":2014,"message":"m"}`, session.BadConfig, "m"},
		{"backendless", nil, session.FlowLogin, 403, `{"message":"User registration is denied for this version of application"}`, session.AuthDisabled, "User registration is denied for this version of application"},
		{"backendless", nil, session.FlowRequest, 400, `{"code":3064,"message":"Not existing user token"}`, session.TokenRejected, "Not existing user token"},
		{"backendless", nil, session.FlowRequest, 401, `{"code":3090,"message":"m"}`, session.TokenRejected, "m"},
		{"backendless", nil, session.FlowRequest, 400, `{"code":3122,"message":"m"}`, session.Forbidden, "m"},
		{"backendless", nil, session.FlowRequest, 400, `{"code":999,"message":"m"}`, session.RateLimited, "m"},
		{"backendless", nil, session.FlowRequest, 200, `{"code":3064,"objectId":"a row that has a column code"}`, "", ""},
		{"backendless", nil, session.FlowCheck, 200, `false`, "", ""},

		{"expressa", documented, session.FlowLogin, 401, `{"success":false,"message":"Authentication failed. Wrong password."}`, session.BadCredentials, "Authentication failed. Wrong password."},
		{"expressa", expressa, session.FlowLogin, 401, `{"error":"Incorrect password"}`, session.BadCredentials, "Incorrect password"},
		{"expressa", expressa, session.FlowLogin, 400, `{"error":"No users found with this email."}`, session.BadCredentials, "No users found with this email."},
		{"expressa", expressa, session.FlowLogin, 404, `{"error":"unknown collection"}`, session.BadConfig, "unknown collection"},
		{"expressa", expressa, session.FlowRequest, 404, `{"error":"document not found","tokenError":"expired token"}`, session.TokenRejected, "document not found"},
		{"expressa", expressa, session.FlowRequest, 404, `{"error":"document not found"}`, "", "document not found"},
		{"expressa", expressa, session.FlowRequest, 401, `{"error":"You do not have permission to perform this action.","tokenError":"jwt error"}`, session.TokenRejected, "You do not have permission to perform this action."},
		{"expressa", expressa, session.FlowRequest, 401, `{"error":"You do not have permission to perform this action."}`, session.Forbidden, "You do not have permission to perform this action."},
		{"expressa", scotch, session.FlowLogin, 200, `{"success":false,"message":"Authentication failed. User not found."}`, session.BadCredentials, "Authentication failed. User not found."},
		{"expressa", scotch, session.FlowLogin, 200, `{"success":true,"message":"Enjoy your token!","token":"t"}`, "", "Enjoy your token!"},
		{"expressa", scotch, session.FlowRequest, 200, `{"success":false,"message":"Failed to authenticate token."}`, session.TokenRejected, "Failed to authenticate token."},
		{"expressa", scotch, session.FlowRequest, 403, `{"success":false,"message":"No token provided."}`, session.TokenRejected, "No token provided."},
		{"expressa", bezkoder, session.FlowLogin, 404, `{"message":"User Not found."}`, session.BadCredentials, "User Not found."},
		{"expressa", bezkoder, session.FlowLogin, 404, `<pre>Cannot POST /auth/signin</pre>`, session.BadConfig, ""},
		{"expressa", bezkoder, session.FlowLogin, 401, `{"accessToken":null,"message":"Invalid Password!"}`, session.BadCredentials, "Invalid Password!"},
		{"expressa", bezkoder, session.FlowRefresh, 403, `{"message":"Refresh token is not in database!"}`, session.TokenRejected, "Refresh token is not in database!"},
		{"expressa", bezkoder, session.FlowRequest, 401, `Unauthorized`, session.TokenRejected, "Unauthorized"},
		{"expressa", bezkoder, session.FlowRequest, 403, `{"message":"Require Admin Role!"}`, session.Forbidden, "Require Admin Role!"},

		{"vault", nil, session.FlowRequest, 429, `{"errors":["request path \"secret/a\": rate limit quota exceeded"]}`, session.RateLimited, `request path "secret/a": rate limit quota exceeded`},
		{"vault", nil, session.FlowLogin, 503, `{"errors":["Vault is sealed"]}`, session.Unavailable, "Vault is sealed"},

		{"token", nil, session.FlowRequest, 401, `{"error":{"message":"Bad token"}}`, session.TokenRejected, "Bad token"},
		{"token", nil, session.FlowRequest, 403, `{"errors":["no"]}`, session.Forbidden, "no"},
		{"token", nil, session.FlowRequest, 404, `{"title":"Not Found"}`, "", "Not Found"},
		{"token", nil, session.FlowRequest, 404, `"no such thing"`, "", ""},
		{"token", nil, session.FlowRequest, 400, `{"error":"invalid_request","error_description":"Say more"}`, "", "Say more"},
	}
	ctx := t.Context()
	for _, test := range tests {
		d := builtin(t, test.name)
		s := answered(test.fields, test.status, map[string]any{}, test.body)
		if got := meaning(ctx, d, test.flow, s); got != test.is {
			t.Errorf("%s %s %d %s is %q, want %q", test.name, test.flow, test.status, test.body, got, test.is)
		}
		message, _ := d.Message.Value(ctx, s)
		if got, _ := message.(string); got != test.message {
			t.Errorf("%s %d %s says %q, want %q", test.name, test.status, test.body, got, test.message)
		}
	}
}

// The last answer before a limit is as good as any other, so that what it brings is kept.
func TestTheLastAnswerBeforeALimitIsNoRefusal(t *testing.T) {
	t.Parallel()
	last := map[string]any{"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1798000000"}
	for _, name := range []string{"github-app", "github-token"} {
		for status, want := range map[int]session.OutcomeKind{
			200: "", 201: "", 304: "", 403: session.RateLimited, 429: session.RateLimited, 401: session.BadCredentials,
		} {
			if got := meaning(t.Context(), builtin(t, name), session.FlowLogin, answered(nil, status, last, `{}`)); got != want {
				t.Errorf("%s %d is %q, want %q", name, status, got, want)
			}
		}
	}
}

func TestBuiltinsMakeTheirAddresses(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		fields jq.Scope
		want   string
	}{
		{"datarhei-core", jq.Scope{"address": "http://127.0.0.1:8080/"}, "http://127.0.0.1:8080/api"},
		{"datarhei-core", jq.Scope{"address": "http://127.0.0.1:8080/api"}, "http://127.0.0.1:8080/api"},
		{"datarhei-core", jq.Scope{"address": "https://core.example/a/ui/"}, "https://core.example/a/api"},
		{"knack", jq.Scope{"region": "standard"}, "https://api.knack.com/v1"},
		{"knack", jq.Scope{"region": "eu"}, "https://eu-api.knack.com/v1"},
		{"knack", jq.Scope{"region": "own", "address": "https://acme-api.knack.com/v1"}, "https://acme-api.knack.com/v1"},
		{"backendless", jq.Scope{"form": "cloud", "app_id": "A", "rest_key": "K"}, "https://api.backendless.com/A/K"},
		{"backendless", jq.Scope{"form": "eu", "app_id": "A", "rest_key": "K"}, "https://eu-api.backendless.com/A/K"},
		{"backendless", jq.Scope{"form": "domain", "address": "https://x.backendless.app/"}, "https://x.backendless.app/api"},
		{"backendless", jq.Scope{"form": "domain", "address": "https://x.example", "api_path": "v2/"}, "https://x.example/v2"},
		{"backendless", jq.Scope{"form": "server", "address": "https://x.example", "app_id": "A", "rest_key": "K"}, "https://x.example/A/K"},
		{"expressa", jq.Scope{"address": "http://h:1/", "dialect": "documented"}, "http://h:1"},
		{"expressa", jq.Scope{"address": "http://h:1", "dialect": "scotch", "base_path": ""}, "http://h:1/api"},
		{"expressa", jq.Scope{"address": "http://h:1", "dialect": "scotch", "base_path": "/"}, "http://h:1"},
		{"expressa", jq.Scope{"address": "http://h:1", "dialect": "expressa", "base_path": "v1/"}, "http://h:1/v1"},
		{"token", jq.Scope{"address": "https://api.example/v2/"}, "https://api.example/v2"},
	}
	for _, test := range tests {
		got, _, err := builtin(t, test.name).BaseURL.Text(t.Context(), test.fields)
		if err != nil || got != test.want {
			t.Errorf("%s with %v is at %q, %v; want %q", test.name, test.fields, got, err, test.want)
		}
	}
}

func TestBuiltinsKnowALivingSession(t *testing.T) {
	t.Parallel()
	documented := jq.Scope{"dialect": "documented"}
	tests := []struct {
		name   string
		fields jq.Scope
		status int
		body   string
		alive  bool
	}{
		{"datarhei-core", nil, 200, `{"app":"datarhei-core","auths":["localjwt"],"version":{"number":"16.0.0"}}`, false},
		{"datarhei-core", nil, 200, `{"app":"datarhei-core","id":"4f2a"}`, true},
		{"knack", nil, 200, `{"session":{"user":{"status":"current","account_status":"active","approval_status":"approved"}}}`, true},
		{"knack", nil, 200, `{"session":{"user":{"status":"current","account_status":"inactive","approval_status":"approved"}}}`, false},
		{"knack", nil, 200, `{}`, false},
		{"backendless", nil, 200, `true`, true},
		{"backendless", nil, 200, `false`, false},
		{"backendless", nil, 400, `{"code":3064,"message":"m"}`, false},
		{"expressa", documented, 200, `{"_id":"1"}`, true},
		{"expressa", documented, 404, `{"error":"document not found","tokenError":"jwt error"}`, false},
		{"expressa", documented, 200, `{"success":false,"message":"Failed to authenticate token."}`, false},
		{"expressa", documented, 200, `User Content.`, true},
	}
	for _, test := range tests {
		got, err := builtin(t, test.name).Check.Alive.Test(t.Context(), answered(test.fields, test.status, nil, test.body))
		if err != nil || got != test.alive {
			t.Errorf("%s %d %s: alive is %v, %v", test.name, test.status, test.body, got, err)
		}
	}
}

func TestPastedTokensAreCleaned(t *testing.T) {
	t.Parallel()
	d := builtin(t, "token")
	for _, pasted := range []string{"abc", " abc\n", "Bearer abc", "bearer  abc "} {
		got, err := d.Logins[0].Steps[0].Capture[0].Query.Value(t.Context(), jq.Scope{"pasted": pasted})
		if err != nil || got != "abc" {
			t.Errorf("%q is kept as %q, %v", pasted, got, err)
		}
	}
	header := d.AttachMode("header").Headers[0]
	for scheme, want := range map[string]string{"Bearer": "Bearer abc", "none": "abc", "other": "Key abc"} {
		got, ok, err := header.Value.Text(t.Context(), jq.Scope{"scheme": scheme, "prefix": "Key", "token": "abc"})
		if err != nil || !ok || got != want {
			t.Errorf("scheme %s sends %q, %v, want %q", scheme, got, err, want)
		}
	}
	for _, mode := range d.Attach {
		if mode.Primary != "token" {
			t.Errorf("mode %s has the primary token %q", mode.Name, mode.Primary)
		}
	}
}

func TestKnackTokensEnd48HoursAfterTheirIssue(t *testing.T) {
	t.Parallel()
	spec := builtin(t, "knack").TokenSpec("token")
	ends := func(s jq.Scope) any {
		for _, q := range spec.ExpiresAt {
			if v, err := q.Value(t.Context(), s); err == nil && v != nil {
				return v
			}
		}
		return nil
	}
	if got := ends(jq.Scope{"login": "password", "claims": map[string]any{"iat": 1429718379}}); got != 1429718379+48*3600 {
		t.Errorf("after a login: %v", got)
	}
	if got := ends(jq.Scope{"login": "pasted", "remembered": true, "claims": map[string]any{"iat": 1429718379}}); got != 1429718379+14*24*3600 {
		t.Errorf("remembered: %v", got)
	}
	if _, ok := ends(jq.Scope{"login": "password", "claims": nil}).(map[string]any); !ok {
		t.Error("a token that is no JWT counts from its receipt")
	}
}

// A built-in definition says how it is known to be right; a person's own need not.
func TestBuiltinsAreProvenOrPublished(t *testing.T) {
	t.Parallel()
	for _, name := range NewCatalog("").Names() {
		if d := builtin(t, name); d.Proven == (Proof{}) && len(d.From) == 0 {
			t.Errorf("%s has no proof", name)
		}
	}
	page := strings.ReplaceAll(minimal, "NAME", "shop")
	for proof, refused := range map[string]bool{
		"":                                  true,
		"from: []":                          true,
		"from: [its manual]":                true,
		"proven: {on: Shop 1.0}":            true,
		"from: [https://shop.example/docs]": false,
		"proven: {on: Shop 1.0, when: 2026-11-29}": false,
	} {
		if _, err := Parse(SourceBuiltin, []byte(page+proof)); (err != nil) != refused {
			t.Errorf("built in with %q: %v", proof, err)
		}
	}
	if _, err := Parse("shop.yaml", []byte(page)); err != nil {
		t.Error(err)
	}
}

// People copy from the pages: all have the same order, and a comment is short.
func TestBuiltinsHaveTheSameOrder(t *testing.T) {
	t.Parallel()
	order := []string{
		"name", "title", "docs", "proven", "from", "fields", "base_url", "api_url", "hosts", "headers", "query", "origins", "timeout", "connection",
		"logins", "each_answer", "refresh", "tokens", "attach", "check", "logout", "outcomes", "message", "claims", "requests", "notes",
	}
	c := NewCatalog("")
	for _, name := range c.Names() {
		_, text, err := c.Text(name)
		if err != nil {
			t.Fatal(err)
		}
		last, comment := -1, 0
		for line := range strings.Lines(string(text)) {
			comment++
			if !strings.HasPrefix(line, "#") {
				comment = 0
			}
			if comment > 4 {
				t.Errorf("%s: a comment of more than four lines: %s", name, line)
			}
			key, _, isKey := strings.Cut(line, ":")
			if !isKey || strings.ContainsAny(key[:1], " #-") {
				continue
			}
			if at := slices.Index(order, key); at <= last {
				t.Errorf("%s: %s comes too late, or is not in the order", name, key)
			} else {
				last = at
			}
		}
	}
}

func TestBuiltinsSayNothingAmbiguous(t *testing.T) {
	t.Parallel()
	for _, name := range NewCatalog("").Names() {
		d := builtin(t, name)
		if d.Source != SourceBuiltin || d.Title == "" || len(d.Requests) == 0 && !d.Discovers() || d.Check == nil {
			t.Errorf("%s is incomplete", name)
		}
		for _, l := range d.Logins {
			for _, f := range d.FieldsFor(l.Name) {
				if f.Label == f.Name || strings.Contains(f.Name, "password") && !f.Secret {
					t.Errorf("%s: field %s of login %s", name, f.Name, l.Name)
				}
			}
			for _, step := range l.Steps {
				if step.Request != nil && step.Request.Attach != AttachDefault {
					t.Errorf("%s: a login attaches a token", name)
				}
			}
		}
	}
}

// A form offers to keep alive what something can renew.
func TestWhatCanBeKeptAlive(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, login string
		reference   string
		want        bool
	}{
		{"datarhei-core", "password", "", true},
		{"oidc", "browser", "", true},
		{"oidc", "client", "", true},
		{"gitlab-token", "token", "", true},
		{"better-auth", "password", "", true},
		{"token", "paste", "", false},
		{"github-token", "token", "", false},
		{"basic", "password", "", false},
		{"basic", "password", "password", true}, // read from where it may have changed
	} {
		a := &session.Account{Definition: c.name, Login: c.login, Relogin: true, References: map[string]string{c.reference: "env:X"}}
		d := builtin(t, c.name)
		if d.Login(c.login) == nil {
			t.Fatalf("%s has no login %s", c.name, c.login)
		}
		if got := d.Extends(a); got != c.want {
			t.Errorf("%s, %s: %v", c.name, c.login, got)
		}
		if a.Relogin = false; d.Extends(a) != d.Renews(a) {
			t.Errorf("%s, %s renews more without a login", c.name, c.login)
		}
	}
}
