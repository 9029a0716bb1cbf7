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

func TestTheSchemeOfAChallengeIsCompared(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ challenge, sent, want string }{
		{`Basic realm="a, b"`, "Bearer canary", "Basic"},
		{`Negotiate, NTLM`, "Bearer canary", "Negotiate or NTLM"},
		{`Negotiate ` + strings.Repeat("A", 40), "", "Negotiate"},
		{`Digest nonce="x", Bearer realm="y"`, "Token canary", "Digest or Bearer"},
		{`Bearer`, "canary", "Bearer"},
		{"Evil\x1b[31m", "Bearer canary", "Evil␛[31m"},
		{`Basic, bearer realm="x"`, "Bearer canary", ""},
		{`basic realm="x"`, "Basic canary", ""},
		{``, "Bearer canary", ""}, {`realm="x"`, "", ""},
	} {
		asks, next := oauth.OtherScheme(http.Header{"Www-Authenticate": {c.challenge}}, c.sent)
		if c.want == "" && asks+next != "" || c.want != "" && (asks != "this API asks for the scheme "+c.want+", which the request does not send" || !strings.HasSuffix(next, c.want)) {
			t.Errorf("%s: %q, %q", c.challenge, asks, next)
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
