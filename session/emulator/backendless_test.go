package emulator

import (
	"strings"
	"testing"
	"time"
)

const (
	blRest  = "/" + BackendlessAppID + "/" + BackendlessRESTKey
	blCloud = "/" + BackendlessAppID + "/" + BackendlessCloudKey
	blLogin = `{"login":"admin@example.com","password":"open-sesame"}`
	blWrong = `{"code":3003,"message":"Invalid login or password","errorData":{}}`
)

type blUser struct {
	Token  string `json:"user-token"`
	ID     string `json:"objectId"`
	Status string `json:"userStatus"`
}

func blToken(t *testing.T, b *Backendless) string {
	t.Helper()
	return decode[blUser](t, send(t, b, "POST", blRest+"/users/login", blLogin)).Token
}

func blStale(token string) string {
	return `{"code":3064,"message":"Not existing user token - ` + token + `. Relogin user to update your user token","errorData":{}}`
}

func userToken(token string) string { return "User-Token: " + token }

// blValid asks whether a token lives, which does not keep it alive.
func blValid(t *testing.T, b *Backendless, token string) bool {
	t.Helper()
	return decode[bool](t, send(t, b, "GET", blRest+"/users/isvalidusertoken/"+token, ""))
}

func TestBackendlessAnswers(t *testing.T) {
	t.Parallel()
	b := NewBackendless(BackendlessOptions{Now: newClock().now})
	const login = blRest + "/users/login"
	byID := `{"objectId":"` + strings.ToUpper((&User{Name: "viewer"}).UUID()) + `"}`
	state := func(name string) string { return strings.Replace(blLogin, "admin", name, 1) }
	runRows(t, b, []row{
		{"wrong password", "POST", login, `{"login":"admin@example.com","password":"no"}`, nil, 401, blWrong},
		{"unknown user", "POST", login, `{"login":"nobody@example.com","password":"no"}`, nil, 401, blWrong},
		{"numeric identity", "POST", login, `{"login":4711,"password":"no"}`, nil, 401, blWrong},
		{"empty password", "POST", login, `{"login":"admin@example.com","password":""}`, nil, 400, `{"code":3006,"message":"Login or password is empty","errorData":{}}`},
		{"not JSON", "POST", login, `login`, nil, 400, `{"code":3038,"message":"Missing required parameter","errorData":{}}`},
		{"no JSON content type", "POST", login, blLogin, []string{"Content-Type: text/plain"}, 400, `{"code":2025,"message":"Content-Type 'text/plain' is not supported","errorData":{}}`},
		{"locked", "POST", login, state("locked"), nil, 400, `{"code":3036,"message":"Unable to login. User account is locked out due to too many failed logins.","errorData":{}}`},
		{"disabled", "POST", login, state("disabled"), nil, 400, `{"code":3090,"message":"User account is disabled","errorData":{}}`},
		{"unconfirmed", "POST", login, state("unconfirmed"), nil, 400, `{"code":3087,"message":"User cannot login - email address must be confirmed first","errorData":{}}`},
		{"wrong key", "POST", "/" + BackendlessAppID + "/X/users/login", blLogin, nil, 400, `{"code":2002,"message":"Version is disabled or provided wrong application info (application id or secret key)","errorData":{}}`},
		{"by id with the REST key", "POST", login, byID, nil, 400, `{"code":2014,"message":"Login by object id is allowed only for Code Runner API key","errorData":{}}`},
		{"stale token at login", "POST", login, blLogin, []string{userToken("STALE")}, 400, blStale("STALE")},
		{"stale token at info", "GET", blRest + "/info", "", []string{userToken("STALE")}, 400, blStale("STALE")},
		{"stale token at logout", "GET", blRest + "/users/logout", "", []string{userToken("STALE")}, 400, blStale("STALE")},
		{"logout of nobody", "GET", blRest + "/users/logout", "", nil, 400, `{"code":3023,"message":"User is not logged in","errorData":{}}`},
		{"garbage is no token", "GET", blRest + "/users/isvalidusertoken/x", "", nil, 200, "false"},
		{"no table", "GET", blRest + "/data/Nope", "", nil, 404, `{"code":1009,"message":"Table 'Nope' not found","errorData":{}}`},
		{"OAuth, bad token", "POST", blRest + "/users/oauth/google/login", `{"accessToken":"x"}`, nil, 401, blWrong},
	})
	if b.Logins() != 0 {
		t.Errorf("%d logins", b.Logins())
	}
}

func TestBackendlessLogins(t *testing.T) {
	t.Parallel()
	b := NewBackendless(BackendlessOptions{Now: newClock().now})
	viewerID := strings.ToUpper((&User{Name: "viewer"}).UUID())
	for _, r := range []struct{ name, path, body, status string }{
		{"password", blRest + "/users/login", blLogin, "ENABLED"},
		{"own domain", "/api/users/login", blLogin, "ENABLED"},
		{"by id", blCloud + "/users/login", `{"objectId":"` + viewerID + `"}`, "ENABLED"},
		{"guest", blRest + "/users/register/guest", "", "GUEST"},
		{"OAuth", blRest + "/users/oauth/google/login", `{"accessToken":"` + BackendlessOAuthToken("viewer") + `"}`, "ENABLED"},
		{"OAuth, as the SDKs do", blRest + "/users/social/google/login", `{"accessToken":"` + BackendlessOAuthToken("viewer") + `"}`, "ENABLED"},
	} {
		t.Run(r.name, func(t *testing.T) {
			w := send(t, b, "POST", r.path, r.body)
			u := decode[blUser](t, w)
			keys := jsonKeys(t, w.Body.String())
			if len(u.Token) != 36 || u.Token != strings.ToUpper(u.Token) || u.Status != r.status || keys["password"] {
				t.Errorf("%s", w.Body)
			}
			if !blValid(t, b, u.Token) {
				t.Error("the new token is not valid")
			}
			me := decode[blUser](t, send(t, b, "GET", blRest+"/data/Users/"+u.ID, "", userToken(u.Token)))
			if me.ID != u.ID || me.Token != "" || me.Status != r.status {
				t.Errorf("me %+v", me)
			}
		})
	}
	token := blToken(t, b)
	expect(t, send(t, b, "GET", "/api/users/logout", "", userToken(token)), 200, "")
	if blValid(t, b, token) {
		t.Error("alive after logout")
	}
	if rows := decode[[]any](t, send(t, b, "GET", blRest+"/data/Orders?pageSize=5000&offset=1950", "")); len(rows) != 50 {
		t.Errorf("%d rows", len(rows))
	}
}

func TestBackendlessSessionsSlide(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := NewBackendless(BackendlessOptions{Now: c.now})
	token := blToken(t, b)
	for range 5 {
		c.advance(time.Hour - time.Second)
		if w := send(t, b, "GET", blRest+"/info", "", userToken(token)); w.Code != 200 {
			t.Fatalf("a call within the hour: %s", w.Body)
		}
	}
	c.advance(time.Hour - time.Second)
	if !blValid(t, b, token) {
		t.Error("dead a second early")
	}
	c.advance(time.Second)
	if blValid(t, b, token) {
		t.Error("alive after an idle hour: asking must not keep it alive")
	}
	expect(t, send(t, b, "GET", blRest+"/info", "", userToken(token)), 400, blStale(token))
}

func TestBackendlessSecondLogin(t *testing.T) {
	t.Parallel()
	c := newClock()
	b := NewBackendless(BackendlessOptions{Now: c.now})
	first := blToken(t, b)
	second := blToken(t, b)
	if blValid(t, b, first) || !blValid(t, b, second) {
		t.Error("a second login kills the first session")
	}
	expect(t, send(t, b, "GET", blRest+"/info", "", userToken(first)), 400, blStale(first))
	b.Revoke("admin")
	if blValid(t, b, second) {
		t.Error("alive after Revoke")
	}
}
