package emulator

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	emailLogin  = `{"email":"admin@example.com","password":"open-sesame"}`
	viewerLogin = `{"email":"viewer@example.com","password":"open-sesame"}`
	wrongEmail  = `{"email":"admin@example.com","password":"no"}`
	nobodyEmail = `{"email":"nobody@example.com","password":"no"}`
)

func xAccessToken(token string) []string { return []string{"X-Access-Token: " + token} }

// loginFor returns the named token from the answer of a login.
func loginFor(t *testing.T, e http.Handler, path, body, name string) string {
	t.Helper()
	token, _ := decode[map[string]any](t, send(t, e, "POST", path, body))[name].(string)
	if token == "" {
		t.Fatalf("no %s in the answer of %s", name, path)
	}
	return token
}

func unverified(t *testing.T, raw string) jwt.MapClaims {
	t.Helper()
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(raw, claims); err != nil {
		t.Fatal(err)
	}
	return claims
}

func TestExpressaDocumented(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := NewDocumented(c.now, 0)
	token := loginFor(t, e, "/users/login", emailLogin, "token")
	if keys := jsonKeys(t, send(t, e, "POST", "/users/login", emailLogin).Body.String()); len(keys) != 2 || !keys["uid"] {
		t.Errorf("login gives %v", keys)
	}
	claims := unverified(t, token)
	if hash := ClaimString(claims, "password"); len(hash) != 60 || !strings.HasPrefix(hash, "$2a$") {
		t.Errorf("the token's hash is %q", hash)
	}
	if exp, _ := claims["exp"].(float64); exp-float64(c.now().Unix()) != (24 * time.Hour).Seconds() {
		t.Errorf("life of %v", claims)
	}
	me := send(t, e, "GET", "/users/me", "", xAccessToken(token)...)
	if keys := jsonKeys(t, me.Body.String()); me.Code != 200 || !keys["email"] || keys["password"] {
		t.Errorf("users/me: %d %v", me.Code, keys)
	}
	runRows(t, e, []row{
		{"wrong password", "POST", "/users/login", wrongEmail, nil, 401, `{"success":false,"message":"Authentication failed. Wrong password."}`},
		{"unknown user", "POST", "/users/login", nobodyEmail, nil, 401, `{"success":false,"message":"Authentication failed. User not found."}`},
		{"locked", "POST", "/users/login", `{"email":"locked@example.com","password":"open-sesame"}`, nil, 401, `{"success":false,"message":"Authentication failed. Account locked."}`},
		{"no token", "GET", "/users/me", "", nil, 403, `{"success":false,"message":"No token provided."}`},
		{"bad token", "GET", "/users/me", "", xAccessToken("x"), 401, `{"success":false,"message":"Failed to authenticate token."}`},
		{"in the query", "GET", "/users/me?token=" + token, "", nil, 200, me.Body.String()},
		{"no route", "GET", "/users/<you>", "", nil, 404, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /users/&lt;you&gt;</pre>\n</body>\n</html>\n"},
	})
	if got := decode[[]any](t, send(t, e, "GET", "/listings", "", xAccessToken(token)...)); len(got) != 2000 {
		t.Errorf("%d listings", len(got))
	}
	c.advance(24 * time.Hour)
	if w := send(t, e, "GET", "/users/me", "", xAccessToken(token)...); w.Code != 401 {
		t.Errorf("expired: %d", w.Code)
	}
}

func TestExpressaAsItIs(t *testing.T) {
	t.Parallel()
	const (
		login     = "/api/users/login"
		me        = "/api/users/me"
		denied    = `{"error":"You do not have permission to perform this action."}`
		deniedBad = `{"error":"You do not have permission to perform this action.","tokenError":"jwt error"}`
	)
	c := newClock()
	e := NewExpressa(c.now)
	token := loginFor(t, e, login, viewerLogin, "token")
	myself := send(t, e, "GET", me, "", xAccessToken(token)...)
	if keys := jsonKeys(t, myself.Body.String()); myself.Code != 200 || !keys["_id"] || !keys["meta"] || keys["password"] {
		t.Errorf("users/me: %d %v", myself.Code, keys)
	}
	runRows(t, e, []row{
		{"wrong password", "POST", login, wrongEmail, nil, 401, `{"error":"Incorrect password"}`},
		{"unknown user", "POST", login, nobodyEmail, nil, 400, `{"error":"No users found with this email."}`},
		{"missing e-mail", "POST", login, `{"password":"x"}`, nil, 400, `{"error":"email must be a string"}`},
		{"no body", "POST", login, ``, nil, 400, `{"error":"email must be a string"}`},
		{"missing password", "POST", login, `{"email":"admin@example.com"}`, nil, 500, `{"error":"Illegal arguments: undefined, string"}`},
		{"malformed", "POST", login, `{"email":`, nil, 500, `{"error":"something wrong happened"}`},
		{"bad login with a bad token", "POST", login, wrongEmail, xAccessToken("x"), 401, `{"error":"Incorrect password"}`},
		{"nobody", "GET", me, "", nil, 404, `{"error":"document not found"}`},
		{"bad token", "GET", me, "", xAccessToken("x"), 404, `{"error":"document not found","tokenError":"jwt error"}`},
		{"bad query wins", "GET", me + "?token=x", "", xAccessToken(token), 404, `{"error":"document not found","tokenError":"jwt error"}`},
		{"good query wins", "GET", me + "?token=" + token, "", xAccessToken("x"), 200, myself.Body.String()},
		{"denied", "GET", "/api/users", "", nil, 401, denied},
		{"denied, bad token", "GET", "/api/listings", "", xAccessToken("x"), 401, deniedBad},
		{"unknown collection", "GET", "/api/nope", "", xAccessToken("x"), 404, `{"error":"unknown collection","tokenError":"jwt error"}`},
		{"status", "GET", "/api/status", "", xAccessToken("x"), 200, `{"env":"development","installed":true}`},
		{"registered already", "POST", "/api/users/register", viewerLogin, nil, 409, `{"error":"This email is already registered."}`},
	})
	if w := send(t, e, "POST", login, strings.Replace(emailLogin, "admin@", "ADMIN@", 1), "Content-Type: text/plain"); w.Code != 200 || !jsonKeys(t, w.Body.String())["canUseAdmin"] || w.Header().Get("X-Request-ID") == "" {
		t.Errorf("upper case, as text: %d %s", w.Code, w.Body)
	}
	if keys := jsonKeys(t, send(t, e, "POST", login, viewerLogin).Body.String()); keys["canUseAdmin"] {
		t.Error("canUseAdmin is missing for those who cannot")
	}
	if list := decode[[]any](t, send(t, e, "GET", "/api/users", "", xAccessToken(token)...)); len(list) != 1 {
		t.Errorf("a viewer sees %d users", len(list))
	}
	send(t, e, "POST", "/api/users/register", `{"email":"New@example.com","password":"p"}`)
	loginFor(t, e, login, `{"email":"new@example.com","password":"p"}`, "token")
}

func TestExpressaTokensEndWithThePassword(t *testing.T) {
	t.Parallel()
	c := newClock()
	e := NewExpressa(c.now)
	token := loginFor(t, e, "/api/users/login", viewerLogin, "token")
	if unverified(t, token)["exp"] != nil {
		t.Error("by default a token has no exp")
	}
	c.advance(1000 * 24 * time.Hour)
	if w := send(t, e, "GET", "/api/users/me", "", xAccessToken(token)...); w.Code != 200 {
		t.Errorf("after years: %d", w.Code)
	}
	e.Revoke("viewer")
	expect(t, send(t, e, "GET", "/api/users/me", "", xAccessToken(token)...), 404, `{"error":"document not found","tokenError":"expired token"}`)
}
