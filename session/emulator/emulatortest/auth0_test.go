package emulatortest

import (
	"strings"
	"testing"
	"time"

	"tokenring/session/emulator"
)

func TestDatarheiAuth0(t *testing.T) {
	t.Parallel()
	c := newClock()
	tenant := NewAuth0("demo.eu.auth0.example", "auth0|ada")
	d := emulator.NewDatarhei(emulator.DatarheiOptions{Now: c.now, Tenant: tenant})
	login := func(raw string) (int, string) {
		w := send(t, d, "POST", "/api/login", "", "Authorization: Bearer "+raw)
		return w.Code, w.Body.String()
	}
	const missing = `{"code":400,"message":"Bad Request","details":["Missing authorization credentials"]}`
	refused := func(reason string) string {
		return `{"code":401,"message":"Unauthorized","details":["Invalid authorization credentials: ` + reason + `"]}`
	}

	if code, body := login(tenant.Token("", "auth0|ada", c.now(), time.Hour)); code != 200 || !jsonKeys(t, body)["refresh_token"] {
		t.Errorf("a good token: %d %s", code, body)
	}
	if code, body := login(tenant.Token("", "auth0|eve", c.now(), time.Hour)); code != 401 || body != refused("user not allowed") {
		t.Errorf("another user: %d %s", code, body)
	}
	if code, body := login(tenant.Token("", "auth0|ada", c.now(), -time.Hour)); code != 401 || body != refused("token has invalid claims: token is expired") {
		t.Errorf("expired: %d %s", code, body)
	}
	if code, body := login(tenant.Token("https://elsewhere/", "auth0|ada", c.now(), time.Hour)); code != 400 || body != missing {
		t.Errorf("another issuer: %d %s", code, body)
	}
	if _, body := login(""); body != missing {
		t.Errorf("nothing: %s", body)
	}
	if body := send(t, d, "GET", "/api", "").Body.String(); !strings.Contains(body, "auth0 domain=demo.eu.auth0.example audience=https://core clientid=abc") {
		t.Errorf("the tenant is not advertised: %s", body)
	}
}
