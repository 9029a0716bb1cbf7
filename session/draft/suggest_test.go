package draft

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// TestATokenSuggestsItsAccount: by the account of its server, by a definition that knows the server, by where it was
// found, and by its prefix.
func TestATokenSuggestsItsAccount(t *testing.T) {
	t.Parallel()
	catalog := definition.NewCatalog(t.TempDir())
	shop := session.Snapshot{Record: &session.Record{Account: session.Account{
		ID: "1", Definition: "token", Origin: "https://shop.example:443", Values: map[string]string{"address": "https://shop.example/v2", "scheme": "JWT"},
	}}}
	jwt := "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://shop.example/"}`)) + ".c2ln"
	for _, c := range []struct{ token, at, address, check, scheme string }{
		{jwt, "", "https://shop.example/v2", "", "JWT"},
		{jwt, "https://api.example.com", "https://api.example.com", "", ""},
		{"ghp_0123456789abcdefghijABCDEFGHIJ012345", "", "https://api.github.com", "/user", ""},
		{"an-opaque-one", "", "", "", ""},
	} {
		known := []session.Snapshot{shop}
		if c.at != "" {
			known = nil
		}
		d := Suggest(secret.New(c.token), c.at, known, catalog.List())
		if d.Definition != "token" || d.Values["address"] != c.address || d.Values["check_path"] != c.check || d.Values["scheme"] != c.scheme {
			t.Errorf("%.10s at %q: %s %v", c.token, c.at, d.Definition, d.Values)
		}
	}
	all, same := Renewable(secret.New(jwt), "", []session.Snapshot{{Record: &session.Record{}}, shop}, func(*session.Record) bool { return true })
	if len(all) != 2 || same != 1 || all[0].Account.ID != "1" {
		t.Errorf("%d of its server, first %q", same, all[0].Account.ID)
	}
}

// TestATextSuggestsItsBackend: by the address of its server, by where its issuer publishes metadata, and by the names in
// the answer of its login.
func TestATextSuggestsItsBackend(t *testing.T) {
	t.Parallel()
	all := definition.NewCatalog(t.TempDir()).List()
	jwt := func(claims string) string {
		return "eyJhbGciOiJIUzI1NiJ9." + base64.RawURLEncoding.EncodeToString([]byte(claims)) + ".c2ln"
	}
	a, b, c := jwt(`{"n":1}`), jwt(`{"n":2}`), jwt(`{"n":3}`)
	const discovery = "/.well-known/openid-configuration"
	for _, tt := range []struct{ text, first string }{
		{"https://id.example" + discovery, "oidc map[issuer:https://id.example]"},
		{" https://ID.example/realms/x" + discovery + "/\n", "oidc map[issuer:https://id.example/realms/x]"},
		{"https://id.example/.well-known/oauth-authorization-server/realms/x", "oidc map[issuer:https://id.example/realms/x]"},
		{"https://id.example" + discovery + "/realms/x", "oidc map[issuer:https://id.example/realms/x]"},
		{"http://id.example" + discovery, "oidc map[issuer:http://id.example]"},
		{"https://accounts.google.com" + discovery, "google map[]"},
		{"https://login.microsoftonline.com/9f8e7d6c-0000-4000-8000-000000000001/v2.0" + discovery, "entra map[tenant:9f8e7d6c-0000-4000-8000-000000000001]"},
		{"https://login.microsoftonline.com/common/v2.0" + discovery, "oidc map[issuer:https://login.microsoftonline.com/common/v2.0]"},
		{"https://login.microsoftonline.com/%0a%1b/v2.0" + discovery, "oidc map[issuer:https://login.microsoftonline.com/%0a%1b/v2.0]"},
		{"https://abc.supabase.co/rest/v1/", "supabase map[address:https://abc.supabase.co]"},
		{"https://us-api.knack.com/v1/applications/0123456789abcdef01234567/session", "knack map[app_id:0123456789abcdef01234567 region:us]"},
		{"https://acme-api.knack.com/v1/applications/a1/session", "knack map[address:https://acme-api.knack.com app_id:a1 region:own]"},
		{"https://shop.backendless.app", "backendless map[address:https://shop.backendless.app form:domain]"},
		{"https://me:secret@id.example" + discovery, ""},
		{"https://me:secret@abc.supabase.co", ""},
		{"https://abc.supabase.co/?token=x", ""},
		{"https://id.example" + discovery + "?x=1", ""},
		{"https://id.example/login", ""},
		{"\x1b]0;x\a https://id.example" + discovery, ""},
		{`{"access_token":"` + a + `","refresh_token":"` + b + `","id_token":"` + c + `","token_type":"Bearer","expires_in":60}`, "oidc map[]"},
		{`{"access_token":"` + jwt(`{"iss":"https://id.example/"}`) + `","refresh_token":"` + b + `"}`, "oidc map[issuer:https://id.example/]"},
		{`{"access_token":"` + jwt(`{"iss":"https://id.example/x"}`) + `","refresh_token":"` + b + `"}`, "oidc map[issuer:https://id.example/x]"},
		{`{"access_token":"` + jwt(`{"iss":"https://abc.supabase.co/auth/v1"}`) + `","refresh_token":"aB3dE5fG7hJ9"}`, "supabase map[address:https://abc.supabase.co]"},
		{`{"access_token":"` + jwt(`{"iss":"https://me:secret@id.example/x"}`) + `"}`, "oidc map[]"},
		{`{"access":"` + a + `","refresh":"` + b + `"}`, "simplejwt map[]"},
		{`{"user-token":"0A1B2C3D-4E5F","objectId":"1"}`, "backendless map[]"},
		{`{"jwt":"` + a + `"}`, "appwrite map[]"},
		{`{"token":"` + a + `","record":{"id":"1"}}`, "pocketbase map[]"},
		{`{"idToken":"` + a + `","refreshToken":"aB3dE5fG7hJ9"}`, "firebase map[]"},
		{"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" + `{"access":"` + a + `","refresh":"` + b + `"}`, "simplejwt map[]"},
		{`{"access":"` + a + `","refresh":"` + b + `","another_token":"` + c + `"}`, ""}, // which no definition reads
		{`{"access":"` + a + `","refresh":null}`, ""},
		{`{"access":{"` + a + `":["x"]},"refresh":[[]]}`, ""},
		{`{"name":"x"}`, ""}, {`{"access":"` + a, ""}, {a, ""}, {"", ""},
		{`{"access":"` + a + `","refresh":"` + b + `","pad":"` + strings.Repeat("x", 10<<20) + `"}`, ""},
		{"https://id.example/" + strings.Repeat("x", 10<<20) + discovery, ""},
	} {
		first := ""
		if fits := Backends(tt.text, all); len(fits) > 0 {
			first = fmt.Sprintln(fits[0].Definition, fits[0].Values)
		}
		if strings.TrimSpace(first) != tt.first {
			t.Errorf("%.90q suggests %q, want %q", tt.text, first, tt.first)
		}
	}
}
