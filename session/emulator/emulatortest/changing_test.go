package emulatortest

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"
)

const (
	deviseWrong  = `{"success":false,"errors":["Invalid login credentials. Please try again."]}`
	deviseNobody = `{"errors":["You need to sign in or sign up before continuing."]}`
)

// deviseAttach is what a client sends back.
func deviseAttach(h http.Header, token string) []string {
	return []string{"access-token: " + token, "client: " + h.Get("client"), "uid: " + h.Get("uid")}
}

func TestChangingAnswers(t *testing.T) {
	t.Parallel()
	d := NewChanging(ChangingOptions{Now: newClock().now})
	runRows(t, d, []row{
		{"wrong password", "POST", "/auth/sign_in", wrongEmail, nil, 401, deviseWrong},
		{"unknown user", "POST", "/auth/sign_in", nobodyEmail, nil, 401, deviseWrong},
		{"nothing", "POST", "/auth/sign_in", "", nil, 401, deviseWrong},
		{"unconfirmed", "POST", "/auth/sign_in", `{"email":"unconfirmed@example.com","password":"open-sesame"}`, nil, 401, `{"success":false,"errors":["A confirmation email was sent to your account at 'unconfirmed@example.com'. You must follow the instructions in the email before your account can be activated"]}`},
		{"locked", "POST", "/auth/sign_in", `{"email":"locked@example.com","password":"open-sesame"}`, nil, 401, `{"success":false,"errors":["Your account has been locked due to an excessive number of unsuccessful sign in attempts."]}`},
		{"no session", "GET", "/tasks", "", nil, 401, deviseNobody},
		{"validate nothing", "GET", "/auth/validate_token", "", nil, 401, `{"success":false,"errors":["Invalid login credentials"]}`},
		{"sign out of nothing", "DELETE", "/auth/sign_out", "", nil, 404, `{"success":false,"errors":["User was not found or was not logged in."]}`},
	})
}

func TestChangingTokenChangesWithEveryAnswer(t *testing.T) {
	t.Parallel()
	c := newClock()
	d := NewChanging(ChangingOptions{Now: c.now})
	login := send(t, d, "POST", "/auth/sign_in", emailLogin).Header()
	if login.Get("uid") != "admin@example.com" || login.Get("token-type") != "Bearer" ||
		login.Get("expiry") != strconv.FormatInt(c.now().Add(14*24*time.Hour).Unix(), 10) {
		t.Errorf("login headers %v", login)
	}
	ask := func(token string) (int, string) {
		w := send(t, d, "GET", "/tasks", "", deviseAttach(login, token)...)
		return w.Code, w.Header().Get("access-token")
	}

	first := login.Get("access-token")
	status, second := ask(first)
	if status != 200 || second == first || second == " " {
		t.Fatalf("the first request: %d, %q", status, second)
	}
	c.advance(4 * time.Second)
	if status, token := ask(first); status != 200 || token != " " {
		t.Errorf("the token before, in the window: %d, %q", status, token)
	}
	c.advance(4 * time.Second)
	if status, token := ask(second); status != 200 || token != " " {
		t.Errorf("each request of a batch extends it: %d, %q", status, token)
	}
	c.advance(5 * time.Second)
	if status, _ := ask(first); status != 401 {
		t.Errorf("the token before, after the window: %d", status)
	}
	status, third := ask(second)
	if status != 200 || third == second || third == " " {
		t.Errorf("after the window: %d, %q", status, third)
	}
	c.advance(14 * 24 * time.Hour)
	if status, _ := ask(third); status != 401 {
		t.Errorf("after two weeks: %d", status)
	}
}

func TestChangingAttachments(t *testing.T) {
	t.Parallel()
	d := NewChanging(ChangingOptions{Now: newClock().now, KeepToken: true})
	login := send(t, d, "POST", "/auth/sign_in", emailLogin).Header()
	token := login.Get("access-token")
	query := url.Values{"access-token": {token}, "client": {login.Get("client")}, "uid": {login.Get("uid")}}
	for name, r := range map[string]struct {
		path    string
		headers []string
	}{
		"headers": {"/tasks", deviseAttach(login, token)},
		"query":   {"/tasks?" + query.Encode(), nil},
		"bearer":  {"/tasks", []string{"Authorization: " + login.Get("authorization")}},
	} {
		if w := send(t, d, "GET", r.path, "", r.headers...); w.Code != 200 || w.Header().Get("access-token") != token {
			t.Errorf("%s: %d, token %q", name, w.Code, w.Header().Get("access-token"))
		}
	}
	other := deviseAttach(login, token)
	other[2] = "uid: viewer@example.com"
	expect(t, send(t, d, "GET", "/tasks", "", other...), 401, deviseNobody)

	if w := send(t, d, "GET", "/auth/validate_token", "", deviseAttach(login, token)...); w.Code != 200 || !jsonKeys(t, w.Body.String())["success"] {
		t.Errorf("validate: %d", w.Code)
	}
	expect(t, send(t, d, "DELETE", "/auth/sign_out", "", deviseAttach(login, token)...), 200, `{"success":true}`)
	expect(t, send(t, d, "GET", "/tasks", "", deviseAttach(login, token)...), 401, deviseNobody)

	login = send(t, d, "POST", "/auth/sign_in", emailLogin).Header()
	d.Revoke("admin")
	expect(t, send(t, d, "GET", "/tasks", "", deviseAttach(login, login.Get("access-token"))...), 401, deviseNobody)
}
