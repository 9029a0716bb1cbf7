package draft

import (
	"encoding/base64"
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
	shop := session.Snapshot{Record: session.Record{Account: session.Account{
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
	all, same := Renewable(secret.New(jwt), "", []session.Snapshot{{}, shop}, func(*session.Record) bool { return true })
	if len(all) != 2 || same != 1 || all[0].Account.ID != "1" {
		t.Errorf("%d of its server, first %q", same, all[0].Account.ID)
	}
}
