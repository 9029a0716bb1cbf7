package emulator

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	coreLogin   = `{"username":"admin","password":"open-sesame"}`
	coreNoToken = `{"code":401,"message":"Unauthorized","details":["Missing or invalid JWT token"]}`
	coreMissing = `{"code":400,"message":"Bad Request","details":["Missing authorization credentials"]}`
	coreWrong   = `{"code":401,"message":"Unauthorized","details":["Invalid authorization credentials: invalid username or password"]}`
	coreLog     = `["ts=2023-11-14T22:11:50Z level=INFO component=\"HTTP\" msg=\"started\"",` +
		`"ts=2023-11-14T22:12:20Z level=WARN component=\"Process\" msg=\"stalled, reconnecting\"",` +
		`"ts=2023-11-14T22:13:15Z level=INFO component=\"Process\" msg=\"running\""]`
	coreNotFound = `{"code":404,"message":"Not Found","details":["Not Found"]}`
)

func coreTokens(t *testing.T, d *Datarhei) datarheiTokens {
	t.Helper()
	return decode[datarheiTokens](t, send(t, d, "POST", "/api/login", coreLogin))
}

func TestDatarheiAnswers(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := NewDatarhei(DatarheiOptions{Now: c.now})
	tokens := coreTokens(t, d)
	access, refresh := "Authorization: Bearer "+tokens.Access, "Authorization: Bearer "+tokens.Refresh

	runRows(t, d, []row{
		{"wrong password", "POST", "/api/login", `{"username":"admin","password":"no"}`, nil, 401, coreWrong},
		{"unknown user", "POST", "/api/login", `{"username":"nobody","password":"no"}`, nil, 401, coreWrong},
		{"locked users are unknown", "POST", "/api/login", `{"username":"locked","password":"open-sesame"}`, nil, 401, coreWrong},
		{"missing field", "POST", "/api/login", `{"username":"admin"}`, nil, 400, coreMissing},
		{"bad JSON", "POST", "/api/login", `{"username":`, nil, 400, coreMissing},
		{"no body", "POST", "/api/login", "", nil, 400, coreMissing},
		{"no JSON content type", "POST", "/api/login", coreLogin, []string{"Content-Type: text/plain"}, 400, coreMissing},
		{"about, nobody", "GET", "/api", "", nil, 200, `{"app":"datarhei-core","auths":["localjwt"],"version":{"number":"16.0.0"}}`},
		{"about, garbage", "GET", "/api", "", []string{"Authorization: Bearer x"}, 200, `{"app":"datarhei-core","auths":["localjwt"],"version":{"number":"16.0.0"}}`},
		{"no token", "GET", "/api/v3/process", "", nil, 401, coreNoToken},
		{"garbage", "GET", "/api/v3/process", "", []string{"Authorization: Bearer x.y.z"}, 401, coreNoToken},
		{"bare token", "GET", "/api/v3/process", "", []string{"Authorization: " + tokens.Access}, 401, coreNoToken},
		{"token in the query", "GET", "/api/v3/process?access_token=" + tokens.Access, "", nil, 401, coreNoToken},
		{"refresh used as access", "GET", "/api/v3/process", "", []string{refresh}, 401, coreNoToken},
		{"access used as refresh", "GET", "/api/login/refresh", "", []string{access}, 401, coreNoToken},
		{"POST to refresh with refresh", "POST", "/api/login/refresh", "", []string{refresh}, 401, coreNoToken},
		{"POST to refresh with access", "POST", "/api/login/refresh", "", []string{access}, 404, coreNotFound},
		{"unknown path without", "GET", "/api/v3/nope", "", nil, 401, coreNoToken},
		{"unknown path with", "GET", "/api/v3/nope", "", []string{access}, 404, coreNotFound},
		{"trailing slash without", "GET", "/api/", "", nil, 401, coreNoToken},
		{"HEAD", "HEAD", "/api", "", []string{access}, 404, ""},
		{"no file", "GET", "/nope", "", nil, 404, `{"code":404,"message":"File not found","details":["/nope"]}`},
		{"log", "GET", "/api/v3/log", "", []string{access}, 200, coreLog},
		{"trailing slash with", "GET", "/api/", "", []string{access}, 404, coreNotFound},
		{"ping", "GET", "/ping", "", nil, 200, "pong"},
	})

	if w := send(t, d, "GET", "/api/v3/process", "", "Authorization: bEaReR "+tokens.Access); w.Code != 200 {
		t.Errorf("the scheme's case matters: %d", w.Code)
	}
	full := jsonKeys(t, send(t, d, "GET", "/api", "", access).Body.String())
	for _, k := range []string{"app", "auths", "name", "id", "created_at", "uptime_seconds", "version"} {
		if !full[k] {
			t.Errorf("GET /api lacks %q", k)
		}
	}
}

func TestDatarheiTokens(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := NewDatarhei(DatarheiOptions{Now: c.now})
	first := coreTokens(t, d)
	if !strings.HasPrefix(first.Access, "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.") { // {"alg":"HS256","typ":"JWT"}
		t.Errorf("header %.40s", first.Access)
	}
	claims := jwt.MapClaims{}
	if _, _, err := jwt.NewParser().ParseUnverified(first.Access, claims); err != nil {
		t.Fatal(err)
	}
	if claims["iss"] != "datarhei-core" || claims["sub"] != "admin" || claims["usefor"] != "access" || claims["exi"] != 600.0 {
		t.Errorf("claims %v", claims)
	}
	about := func(raw string) int {
		return send(t, d, "GET", "/api/v3/skills", "", "Authorization: Bearer "+raw).Code
	}

	c.advance(10*time.Minute - time.Second)
	if about(first.Access) != 200 {
		t.Error("dead a second before its exp")
	}
	c.advance(time.Second)
	if about(first.Access) != 401 {
		t.Error("alive at its exp: there is no leeway")
	}

	w := send(t, d, "GET", "/api/login/refresh", "", "Authorization: Bearer "+first.Refresh)
	if keys := jsonKeys(t, w.Body.String()); len(keys) != 1 || !keys["access_token"] {
		t.Errorf("a refresh gives an access token alone, not %v", keys)
	}
	second := decode[datarheiTokens](t, w)
	if about(second.Access) != 200 || d.Refreshes() != 1 || d.Logins() != 1 {
		t.Error("the refreshed token is not accepted, or not counted")
	}

	other, err := jwt.NewWithClaims(jwt.SigningMethodHS512, jwt.MapClaims{
		"iss": "somebody", "sub": "admin", "usefor": "access", "exp": c.now().Add(time.Minute).Unix(),
	}).SignedString(d.key)
	if err != nil {
		t.Fatal(err)
	}
	if about(other) != 200 {
		t.Error("Core pins neither alg nor iss")
	}

	d.Restart()
	expect(t, send(t, d, "GET", "/api/login/refresh", "", "Authorization: Bearer "+first.Refresh), 401, coreNoToken)
	third := coreTokens(t, d)
	d.Revoke("admin")
	if about(third.Access) != 401 {
		t.Error("revoked and alive")
	}
}
