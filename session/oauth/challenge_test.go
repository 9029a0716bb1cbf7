package oauth_test

import (
	"net/http"
	"strings"
	"testing"

	"tokenring/session/oauth"
)

func TestChallengesAreRead(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]string{
		`Bearer error="insufficient_scope", scope="read write"`:                          "this API requires the scope read write",
		`Basic realm="a, b", Bearer realm="x",error=insufficient_scope,scope=admin`:      "this API requires the scope admin",
		`DPoP algs="ES256", error="insufficient_scope"`:                                  "this API requires more scopes",
		`bearer error="insufficient_user_authentication", acr_values="mfa", max_age="5"`: "this API requires a login of strength mfa that is at most 5 seconds old",
		`Bearer realm="https://auth.docker.io/token",service="registry",scope="pull"`:    "tokens for this API come from https://auth.docker.io/token",
		`Bearer realm="say \"hi\"", error="invalid_token"`:                               "",
		`Bearer`: "", `Basic realm="x", scope="y"`: "", `Bearer error="insufficient_scope", Basic scope="z"`: "this API requires more scopes",
		`Bearer scope="unfinished`: "", `=,=,"`: "", "": "", `Bearer error="insufficient_scope", scope="` + "\x1b[31m" + `"`: "this API requires the scope ␛[31m",
	} {
		c, _ := oauth.ReadChallenge(http.Header{"Www-Authenticate": {header}})
		asks, next := c.Explain(oauth.Resource{}, "")
		if (want == "") != (asks == "") || !strings.HasPrefix(asks, want) || (asks == "") != (next == "") {
			t.Errorf("%s: %q, %q", header, asks, next)
		}
	}
}

func TestAResourceSaysWhoGuardsIt(t *testing.T) {
	t.Parallel()
	about := func(resource string) map[string]any {
		return map[string]any{"resource": resource, "authorization_servers": []any{"https://login.example"}, "scopes_supported": []any{"read", "write"}}
	}
	for resource, ok := range map[string]bool{
		"https://api.example/v1": true, "https://api.example/v1/": true, "https://api.example": true, "https://api.example/v1/me": true,
		"https://api.example/v": false, "https://other.example": false, "": false,
	} {
		r := oauth.ReadResource(about(resource), "https://api.example/v1/me")
		asks, _ := oauth.Challenge{}.Explain(r, "")
		if (asks == "this API takes tokens of the issuer https://login.example, scope read write") != ok {
			t.Errorf("%q: %q", resource, asks)
		}
	}
}
