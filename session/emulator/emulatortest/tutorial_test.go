package emulatortest

import (
	"net/http"
	"testing"
	"time"
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

func TestScotch(t *testing.T) {
	t.Parallel()
	const login = "/api/authenticate"
	c := newClock()
	e := NewTutorial(TutorialOptions{Now: c.now, Dialect: Scotch})
	token := loginFor(t, e, login, `{"name":"admin","password":"open-sesame"}`, "token")
	welcome := `{"message":"Welcome to the coolest API on earth!"}`
	badToken := `{"success":false,"message":"Failed to authenticate token."}`
	runRows(t, e, []row{
		{"unknown user", "POST", login, `{"name":"nobody"}`, nil, 200, `{"success":false,"message":"Authentication failed. User not found."}`},
		{"wrong password", "POST", login, `{"name":"admin","password":"no"}`, nil, 200, `{"success":false,"message":"Authentication failed. Wrong password."}`},
		{"no token", "GET", "/api/", "", nil, 403, `{"success":false,"message":"No token provided."}`},
		{"bad token", "GET", "/api/", "", xAccessToken("x"), 200, badToken},
		{"header", "GET", "/api/", "", xAccessToken(token), 200, welcome},
		{"query", "GET", "/api/?token=" + token, "", nil, 200, welcome},
		{"body", "GET", "/api/", `{"token":"` + token + `"}`, nil, 200, welcome},
		{"form", "GET", "/api/", `token=` + token, []string{"Content-Type: application/x-www-form-urlencoded"}, 200, welcome},
	})
	c.advance(24 * time.Minute)
	expect(t, send(t, e, "GET", "/api/", "", xAccessToken(token)...), 200, badToken)
	e = NewTutorial(TutorialOptions{Now: c.now, Dialect: Scotch, BadTokenStatus: 406})
	expect(t, send(t, e, "GET", "/api/", "", xAccessToken(token)...), 406, badToken)
}

func TestBezkoder(t *testing.T) {
	t.Parallel()
	const login = "/api/auth/signin"
	c := newClock()
	e := NewTutorial(TutorialOptions{Now: c.now, Dialect: Bezkoder})
	viewer := loginFor(t, e, login, `{"username":"viewer","password":"open-sesame"}`, "accessToken")
	runRows(t, e, []row{
		{"unknown user", "POST", login, `{"username":"nobody"}`, nil, 404, `{"message":"User Not found."}`},
		{"wrong password", "POST", login, `{"username":"admin","password":"no"}`, nil, 401, `{"accessToken":null,"message":"Invalid Password!"}`},
		{"public", "GET", "/api/test/all", "", nil, 200, "Public Content."},
		{"no token", "GET", "/api/test/user", "", nil, 403, `{"message":"No token provided!"}`},
		{"not in the query", "GET", "/api/test/user?token=" + viewer, "", nil, 403, `{"message":"No token provided!"}`},
		{"bad token", "GET", "/api/test/user", "", xAccessToken("x"), 401, `{"message":"Unauthorized!"}`},
		{"good token", "GET", "/api/test/user", "", xAccessToken(viewer), 200, "User Content."},
		{"not an admin", "GET", "/api/test/admin", "", xAccessToken(viewer), 403, `{"message":"Require Admin Role!"}`},
		{"no refresh", "POST", "/api/auth/refreshtoken", `{}`, nil, 404, send(t, e, "POST", "/api/auth/refreshtoken", "").Body.String()},
	})
	c.advance(24 * time.Hour)
	expect(t, send(t, e, "GET", "/api/test/user", "", xAccessToken(viewer)...), 401, `{"message":"Unauthorized!"}`)
}

func TestBezkoderRefresh(t *testing.T) {
	t.Parallel()
	const refresh = "/api/auth/refreshtoken"
	c := newClock()
	e := NewTutorial(TutorialOptions{Now: c.now, Dialect: BezkoderRefresh})
	first := decode[bezkoderLogin](t, send(t, e, "POST", "/api/auth/signin", `{"username":"admin","password":"open-sesame"}`))
	if len(first.Roles) != 3 || first.Roles[0] != "ROLE_ADMIN" {
		t.Errorf("roles %v", first.Roles)
	}
	body := `{"refreshToken":"` + first.Refresh + `"}`
	runRows(t, e, []row{
		{"garbage", "GET", "/api/test/user", "", xAccessToken("x"), 401, "Unauthorized"},
		{"nothing", "POST", refresh, `{}`, nil, 403, `{"message":"Refresh Token is required!"}`},
		{"unknown", "POST", refresh, `{"refreshToken":"x"}`, nil, 403, `{"message":"Refresh token is not in database!"}`},
	})
	c.advance(time.Hour)
	expect(t, send(t, e, "GET", "/api/test/admin", "", xAccessToken(first.Access)...), 401, `{"message":"Unauthorized! Access Token was expired!"}`)
	again := decode[bezkoderLogin](t, send(t, e, "POST", refresh, body))
	if again.Refresh != first.Refresh {
		t.Error("the refresh token changed")
	}
	expect(t, send(t, e, "GET", "/api/test/admin", "", xAccessToken(again.Access)...), 200, "Admin Content.")
	c.advance(23 * time.Hour)
	expect(t, send(t, e, "POST", refresh, body), 403, `{"message":"Refresh token was expired. Please make a new signin request"}`)
	expect(t, send(t, e, "POST", refresh, body), 403, `{"message":"Refresh token is not in database!"}`)
}
