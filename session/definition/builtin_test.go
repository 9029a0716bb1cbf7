package definition

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"tokenring/session/jq"
)

func builtin(t *testing.T, name string) *Definition {
	t.Helper()
	d, err := LoadBuiltin(name)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// answered is a scope as a flow gives it to jq after an answer.
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

// meaning gives the first outcome that matches.
func meaning(ctx context.Context, d *Definition, flow Flow, s jq.Scope) Kind {
	for _, o := range d.Outcomes {
		if (o.On == nil || slices.Contains(o.On, flow)) && o.When.Match(ctx, s) {
			return o.Is
		}
	}
	return ""
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
		flow    Flow
		status  int
		body    string
		is      Kind
		message string
	}{
		{"datarhei-core", nil, FlowLogin, 401, `{"code":401,"message":"Unauthorized","details":["Invalid authorization credentials: invalid username or password"]}`, BadCredentials, "Invalid authorization credentials: invalid username or password"},
		{"datarhei-core", nil, FlowLogin, 403, `{"code":403,"message":"Forbidden","details":["invalid username or password"]}`, BadCredentials, "invalid username or password"},
		{"datarhei-core", nil, FlowLogin, 405, `{"code":405,"message":"Method Not Allowed","details":["Method Not Allowed"]}`, AuthDisabled, "Method Not Allowed"},
		{"datarhei-core", nil, FlowLogin, 404, `{"code":404,"message":"Not Found","details":["Not Found"]}`, AuthDisabled, "Not Found"},
		{"datarhei-core", nil, FlowLogin, 404, `<h1>Not Found</h1>`, BadConfig, ""},
		{"datarhei-core", nil, FlowRefresh, 403, `{"code":403,"message":"Forbidden","details":["Invalid token"]}`, AuthDisabled, "Invalid token"},
		{"datarhei-core", nil, FlowRequest, 401, `{"code":401,"message":"Unauthorized","details":["Missing or invalid JWT token"]}`, TokenRejected, "Missing or invalid JWT token"},
		{"datarhei-core", nil, FlowRequest, 403, `{"code":403,"message":"Forbidden","details":["invalid token"]}`, TokenRejected, "invalid token"},
		{"datarhei-core", nil, FlowRequest, 403, `{"code":403,"message":"Forbidden","details":["access denied"]}`, Forbidden, "access denied"},
		{"datarhei-core", nil, FlowRequest, 403, `{"code":403,"message":"Forbidden"}`, Forbidden, "Forbidden"},
		{"datarhei-core", nil, FlowRequest, 200, `pong`, "", ""},

		{"knack", nil, FlowLogin, 400, `{"errors":[{"message":"Email or password incorrect."}]}`, BadCredentials, "Email or password incorrect."},
		{"knack", nil, FlowLogin, 401, `{"errors":["Email or password incorrect."]}`, BadCredentials, "Email or password incorrect."},
		{"knack", nil, FlowLogin, 400, `"Email or password incorrect."`, BadCredentials, "Email or password incorrect."},
		{"knack", nil, FlowLogin, 400, `Email or password incorrect.`, BadCredentials, "Email or password incorrect."},
		{"knack", nil, FlowLogin, 400, `{"errors":[{"message":"This account is locked."}]}`, Locked, "This account is locked."},
		{"knack", nil, FlowRequest, 403, `Invalid token provided`, TokenRejected, "Invalid token provided"},
		{"knack", nil, FlowRequest, 403, `{"errors":[{"message":"You may not see this view."}]}`, Forbidden, "You may not see this view."},
		{"knack", nil, FlowRequest, 400, `{"errors":[{"field":"field_57","type":"required","message":"Store is required."}]}`, "", "Store is required."},
		{"knack", nil, FlowRequest, 429, `Rate limit exceeded`, RateLimited, "Rate limit exceeded"},
		{"knack", nil, FlowRequest, 502, `<html>Bad Gateway</html>`, Unavailable, ""},

		{"backendless", nil, FlowLogin, 401, `{"code":3003,"message":"Invalid login or password","errorData":{}}`, BadCredentials, "Invalid login or password"},
		{"backendless", nil, FlowLogin, 400, `{"code":3036,"message":"Unable to login. User account is locked out due to too many failed logins."}`, Locked, "Unable to login. User account is locked out due to too many failed logins."},
		{"backendless", nil, FlowLogin, 400, `{"code":3000,"message":"m"}`, Disabled, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":3090,"message":"m"}`, Disabled, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":3087,"message":"m"}`, Unconfirmed, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":1,"message":"User cannot login - email address must be confirmed first"}`, Unconfirmed, "User cannot login - email address must be confirmed first"},
		{"backendless", nil, FlowLogin, 400, `{"code":3002,"message":"m"}`, Forbidden, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":3044,"message":"m"}`, Forbidden, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":2002,"message":"m"}`, BadConfig, "m"},
		{"backendless", nil, FlowLogin, 400, `{"code":2014,"message":"m"}`, BadConfig, "m"},
		{"backendless", nil, FlowLogin, 403, `{"message":"User registration is denied for this version of application"}`, AuthDisabled, "User registration is denied for this version of application"},
		{"backendless", nil, FlowRequest, 400, `{"code":3064,"message":"Not existing user token"}`, TokenRejected, "Not existing user token"},
		{"backendless", nil, FlowRequest, 401, `{"code":3090,"message":"m"}`, TokenRejected, "m"},
		{"backendless", nil, FlowRequest, 400, `{"code":3122,"message":"m"}`, Forbidden, "m"},
		{"backendless", nil, FlowRequest, 400, `{"code":999,"message":"m"}`, RateLimited, "m"},
		{"backendless", nil, FlowRequest, 200, `{"code":3064,"objectId":"a row that has a column code"}`, "", ""},
		{"backendless", nil, FlowCheck, 200, `false`, "", ""},

		{"expressa", documented, FlowLogin, 401, `{"success":false,"message":"Authentication failed. Wrong password."}`, BadCredentials, "Authentication failed. Wrong password."},
		{"expressa", expressa, FlowLogin, 401, `{"error":"Incorrect password"}`, BadCredentials, "Incorrect password"},
		{"expressa", expressa, FlowLogin, 400, `{"error":"No users found with this email."}`, BadCredentials, "No users found with this email."},
		{"expressa", expressa, FlowLogin, 404, `{"error":"unknown collection"}`, BadConfig, "unknown collection"},
		{"expressa", expressa, FlowRequest, 404, `{"error":"document not found","tokenError":"expired token"}`, TokenRejected, "document not found"},
		{"expressa", expressa, FlowRequest, 404, `{"error":"document not found"}`, "", "document not found"},
		{"expressa", expressa, FlowRequest, 401, `{"error":"You do not have permission to perform this action.","tokenError":"jwt error"}`, TokenRejected, "You do not have permission to perform this action."},
		{"expressa", expressa, FlowRequest, 401, `{"error":"You do not have permission to perform this action."}`, Forbidden, "You do not have permission to perform this action."},
		{"expressa", scotch, FlowLogin, 200, `{"success":false,"message":"Authentication failed. User not found."}`, BadCredentials, "Authentication failed. User not found."},
		{"expressa", scotch, FlowLogin, 200, `{"success":true,"message":"Enjoy your token!","token":"t"}`, "", "Enjoy your token!"},
		{"expressa", scotch, FlowRequest, 200, `{"success":false,"message":"Failed to authenticate token."}`, TokenRejected, "Failed to authenticate token."},
		{"expressa", scotch, FlowRequest, 403, `{"success":false,"message":"No token provided."}`, TokenRejected, "No token provided."},
		{"expressa", bezkoder, FlowLogin, 404, `{"message":"User Not found."}`, BadCredentials, "User Not found."},
		{"expressa", bezkoder, FlowLogin, 404, `<pre>Cannot POST /auth/signin</pre>`, BadConfig, ""},
		{"expressa", bezkoder, FlowLogin, 401, `{"accessToken":null,"message":"Invalid Password!"}`, BadCredentials, "Invalid Password!"},
		{"expressa", bezkoder, FlowRefresh, 403, `{"message":"Refresh token is not in database!"}`, TokenRejected, "Refresh token is not in database!"},
		{"expressa", bezkoder, FlowRequest, 401, `Unauthorized`, TokenRejected, "Unauthorized"},
		{"expressa", bezkoder, FlowRequest, 403, `{"message":"Require Admin Role!"}`, Forbidden, "Require Admin Role!"},

		{"token", nil, FlowRequest, 401, `{"error":{"message":"Bad token"}}`, TokenRejected, "Bad token"},
		{"token", nil, FlowRequest, 403, `{"errors":["no"]}`, Forbidden, "no"},
		{"token", nil, FlowRequest, 404, `{"title":"Not Found"}`, "", "Not Found"},
		{"token", nil, FlowRequest, 404, `"no such thing"`, "", ""},
		{"token", nil, FlowRequest, 400, `{"error":"invalid_request","error_description":"Say more"}`, "", "Say more"},
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

func TestBuiltinsSayNothingAmbiguous(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"backendless", "datarhei-core", "expressa", "knack", "token"} {
		d := builtin(t, name)
		if d.Source != SourceBuiltin || d.Title == "" || len(d.Requests) == 0 || d.Check == nil {
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
