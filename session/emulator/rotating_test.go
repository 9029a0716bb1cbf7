package emulator

import (
	"net/http/httptest"
	"testing"
	"time"
)

const invalidGrant = `{"error":"invalid_grant"}`

func marketLogin(t *testing.T, m *Rotating) oauthTokens {
	t.Helper()
	return decode[oauthTokens](t, send(t, m, "POST", "/auth/login", coreLogin))
}

func marketRefresh(t *testing.T, m *Rotating, token string) *httptest.ResponseRecorder {
	t.Helper()
	return send(t, m, "POST", "/auth/refresh", `{"refresh_token":"`+token+`"}`)
}

func marketMe(t *testing.T, m *Rotating, access string) int {
	t.Helper()
	return send(t, m, "GET", "/me", "", "Authorization: Bearer "+access).Code
}

func TestRotatingAnswers(t *testing.T) {
	t.Parallel()
	m := NewRotating(RotatingOptions{Now: newClock().now})
	runRows(t, m, []row{
		{"wrong password", "POST", "/auth/login", `{"username":"admin","password":"no"}`, nil, 401, `{"error":"invalid_credentials","error_description":"Wrong username or password."}`},
		{"locked", "POST", "/auth/login", `{"username":"locked","password":"open-sesame"}`, nil, 403, `{"error":"account_locked","error_description":"The account is locked for 15 minutes."}`},
		{"disabled", "POST", "/auth/login", `{"username":"disabled","password":"open-sesame"}`, nil, 403, `{"error":"account_disabled","error_description":"The account is disabled."}`},
		{"unconfirmed", "POST", "/auth/login", `{"username":"unconfirmed","password":"open-sesame"}`, nil, 403, `{"error":"email_not_confirmed","error_description":"The e-mail address is not confirmed."}`},
		{"nothing", "POST", "/auth/login", `{}`, nil, 400, `{"error":"invalid_request","error_description":"username and password are required"}`},
		{"unknown refresh token", "POST", "/auth/refresh", `{"refresh_token":"x"}`, nil, 400, invalidGrant},
		{"no refresh token", "POST", "/auth/refresh", `{}`, nil, 400, `{"error":"invalid_request","error_description":"refresh_token is required"}`},
		{"no token", "GET", "/me", "", nil, 401, `{"error":"unauthorized"}`},
		{"bad token", "GET", "/me", "", []string{"Authorization: Bearer x"}, 401, `{"error":"invalid_token","error_description":"The access token is expired or revoked."}`},
		{"no route", "GET", "/nope", "", nil, 404, `{"error":"not_found"}`},
	})
	if m.Logins() != 0 {
		t.Error("a refused login is counted")
	}
}

func TestRotatingRefreshTokenWorksOnce(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewRotating(RotatingOptions{Now: c.now})
	first := marketLogin(t, m)
	if first.ExpiresIn != 60 || first.Type != "Bearer" || marketMe(t, m, first.Access) != 200 {
		t.Errorf("login gave %+v", first)
	}
	c.advance(time.Minute)
	if marketMe(t, m, first.Access) != 401 {
		t.Error("alive after expires_in")
	}
	second := decode[oauthTokens](t, marketRefresh(t, m, first.Refresh))
	third := decode[oauthTokens](t, marketRefresh(t, m, second.Refresh))
	if second.Refresh == first.Refresh || third.Refresh == second.Refresh || m.Refreshes() != 2 {
		t.Error("refresh tokens did not rotate")
	}

	expect(t, marketRefresh(t, m, first.Refresh), 400, invalidGrant)
	expect(t, marketRefresh(t, m, third.Refresh), 400, invalidGrant)
	if marketMe(t, m, third.Access) != 401 || m.Reuses() != 1 {
		t.Error("reuse did not end the session")
	}
}

func TestRotatingSwitches(t *testing.T) {
	t.Parallel()
	c := newClock()
	t.Run("opaque tokens", func(t *testing.T) {
		m := NewRotating(RotatingOptions{Now: c.now, OmitExpiresIn: true, OpaqueAccess: true})
		again := marketLogin(t, m)
		for range 2 {
			again = decode[oauthTokens](t, marketRefresh(t, m, again.Refresh))
			if again.Refresh == "" || again.ExpiresIn != 0 || marketMe(t, m, again.Access) != 200 {
				t.Errorf("refresh gave %+v", again)
			}
		}
	})
	t.Run("logout", func(t *testing.T) {
		m := NewRotating(RotatingOptions{Now: c.now})
		first := marketLogin(t, m)
		expect(t, send(t, m, "POST", "/auth/logout", `{"refresh_token":"`+first.Refresh+`"}`), 204, "")
		expect(t, marketRefresh(t, m, first.Refresh), 400, invalidGrant)
		if marketMe(t, m, first.Access) != 401 {
			t.Error("alive after logout")
		}
	})
	t.Run("stateless", func(t *testing.T) {
		m := NewRotating(RotatingOptions{Now: c.now, Stateless: true})
		first := marketLogin(t, m)
		expect(t, send(t, m, "POST", "/auth/logout", "", "Authorization: Bearer "+first.Access), 204, "")
		if marketMe(t, m, first.Access) != 200 {
			t.Error("a stateless token must outlive its session")
		}
	})
	t.Run("revoke and refresh life", func(t *testing.T) {
		c := newClock()
		m := NewRotating(RotatingOptions{Now: c.now, RefreshLife: time.Hour})
		first, second := marketLogin(t, m), marketLogin(t, m)
		c.advance(time.Hour)
		expect(t, marketRefresh(t, m, first.Refresh), 400, invalidGrant)
		third := marketLogin(t, m)
		m.Revoke("admin")
		expect(t, marketRefresh(t, m, third.Refresh), 400, invalidGrant)
		expect(t, marketRefresh(t, m, second.Refresh), 400, invalidGrant)
	})
}

func TestRotatingOrders(t *testing.T) {
	t.Parallel()
	m := NewRotating(RotatingOptions{Now: newClock().now})
	admin := "Authorization: Bearer " + marketLogin(t, m).Access
	viewer := "Authorization: Bearer " + decode[oauthTokens](t, send(t, m, "POST", "/auth/login", `{"username":"viewer","password":"open-sesame"}`)).Access
	if w := send(t, m, "POST", "/orders", `{"item":"lamp"}`, admin); w.Code != 201 {
		t.Errorf("create: %d", w.Code)
	}
	if w := send(t, m, "POST", "/orders", `{"item":"lamp"}`, viewer); w.Code != 403 {
		t.Errorf("viewer may create: %d", w.Code)
	}
	list := decode[struct{ Orders []any }](t, send(t, m, "GET", "/orders?limit=2000", "", viewer))
	if len(list.Orders) != 2000 {
		t.Errorf("%d orders", len(list.Orders))
	}
}

func TestTheLifeOfWhatIsGivenNextCanBeChanged(t *testing.T) {
	t.Parallel()
	c := newClock()
	m := NewRotating(RotatingOptions{Now: c.now, AccessLife: time.Second})
	first := marketLogin(t, m)
	m.SetAccessLife(time.Hour)
	c.advance(time.Second)
	if marketMe(t, m, first.Access) != 401 {
		t.Error("what was given before lives longer")
	}
	second := decode[oauthTokens](t, marketRefresh(t, m, first.Refresh))
	c.advance(59 * time.Minute)
	if second.ExpiresIn != 3600 || marketMe(t, m, second.Access) != 200 {
		t.Errorf("a refresh gave %+v", second)
	}
	e := NewDocumented(c.now, time.Second)
	e.SetTokenLife(time.Hour)
	token := loginFor(t, e, "/users/login", viewerLogin, "token")
	c.advance(time.Minute)
	if w := send(t, e, "GET", "/users/me", "", xAccessToken(token)...); w.Code != 200 {
		t.Errorf("a token made to live for an hour is dead after a minute: %d", w.Code)
	}
}
