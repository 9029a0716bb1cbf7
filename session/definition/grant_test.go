package definition

import (
	"fmt"
	"testing"

	"tokenring/session"
)

// A login with a further scope enters it in a field that holds scopes, and in no other that
// the scope is made of.
func TestTheFieldOfAScope(t *testing.T) {
	t.Parallel()
	for scopes, want := range map[string]Grant{
		"${.scope}":                           {Scope: "read", Field: "scope"},
		`${.scope // "openid"}`:               {Scope: "read", Field: "scope"},
		"openid ${.scope}":                    {Scope: "openid read", Field: "scope"},
		"${.scope} api://${.app}/.default":    {Scope: "read api://shop/.default", Field: "scope"},
		"api://${.app}/.default":              {Scope: "api://shop/.default"},
		`${"api://" + .app + "/.default"}`:    {Scope: "api://shop/.default"},
		`${if .app then "all" else null end}`: {Scope: "all"},
		"openid":                              {Scope: "openid"},
	} {
		d, err := Parse("shop.yaml", fmt.Appendf(nil, `
name: shop
base_url: https://shop.example
fields: [{name: scope}, {name: app}]
logins:
  - name: client
    oauth2: {grant: client_credentials, endpoints: {token: "https://shop.example/token"}, client_id: x, scopes: '%s'}
attach: [{name: bearer, headers: {Authorization: "Bearer ${.access}"}}]
`, scopes))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.GrantOf(&session.Account{Login: "client", Values: map[string]string{"scope": "read", "app": "shop"}}); got != want {
			t.Errorf("%s: %+v, want %+v", scopes, got, want)
		}
	}
}
