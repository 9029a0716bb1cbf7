package token

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tokenring/session/address"
)

// profiles says what the "typ" of a header makes of a token that is no access token (RFC 8725 section 3.11).
var profiles = map[string]string{
	"dpop+jwt":                  "it is a DPoP proof, which is sent beside an access token and not in its place (RFC 9449)",
	"logout+jwt":                "it is a logout token, which tells an application that somebody logged out (OpenID Connect Back-Channel Logout)",
	"secevent+jwt":              "it is a security event, not a credential (RFC 8417)",
	"oauth-authz-req+jwt":       "it is an authorization request, not a credential (RFC 9101)",
	"token-introspection+jwt":   "it is the answer to an introspection, not a credential (RFC 9701)",
	"kb+jwt":                    "it binds an SD-JWT to a key, and proves nothing without it (RFC 9901 section 4.3)",
	"client-authentication+jwt": "it authenticates a client at the token endpoint, and APIs refuse it (RFC 7523)",
}

// maxRounds is how many rounds of key derivation a server should accept at most, far above what is used.
const maxRounds = 10_000_000

// profile checks what a token is for.
func (a *auditor) profile() {
	typ := strings.TrimPrefix(strings.ToLower(headerText(a.token, "typ")), "application/")
	if what, known := profiles[typ]; known {
		a.add(Warn, "typ", what)
	}
	switch use := a.token.WrongUse(); {
	case typ == "at+jwt":
		a.accessToken()
	case use == "an ID token":
		a.add(Info, "", "it looks like an ID token: it says who logged in, and APIs should refuse it (RFC 8725 section 3.12)")
	case use == "a refresh token":
		a.add(Info, "", "it is a refresh token, which goes to the token endpoint alone (RFC 6749 section 1.5)")
	case a.text("iss") != "" && a.text("iss") == a.text("sub") && a.has("aud") && a.has("jti"):
		a.add(Info, "", "issuer and subject are the same: it looks like a client's assertion, which APIs refuse (RFC 7523 section 3)")
	}
	a.issuer()
	a.binding()
}

func (a *auditor) has(name string) bool {
	_, ok := a.token.Claim(name)
	return ok
}

func (a *auditor) text(name string) string {
	raw, _ := a.token.Claim(name)
	s, _ := text(raw)
	return s
}

// use returns what issuers call the use of a token in a claim of their own: Keycloak, Cognito, datarhei.
func (a *auditor) use() string {
	for _, name := range []string{"typ", "token_use", "usefor", "token_type"} {
		if s := strings.ToLower(a.text(name)); s != "" {
			return s
		}
	}
	return ""
}

// isIDToken reports the claims that only ID tokens have (OpenID Connect Core section 2).
func (a *auditor) isIDToken() bool {
	return a.use() == "id" || slices.ContainsFunc([]string{"nonce", "at_hash", "c_hash"}, a.has) && !a.has("scope") && !a.has("scp")
}

// accessToken checks the claims that an access token in the profile of RFC 9068 must have.
func (a *auditor) accessToken() {
	var missing []string
	for _, name := range []string{"iss", "exp", "aud", "sub", "client_id", "iat", "jti"} {
		if !a.has(name) {
			missing = append(missing, quoteName(name))
		}
	}
	if len(missing) > 0 {
		a.add(Warn, "", "an access token of this type must have "+strings.Join(missing, ", ")+" (RFC 9068 section 2.2)")
	}
}

// issuer checks the issuer, and whom the token is for.
func (a *auditor) issuer() {
	iss := a.text("iss")
	u, err := url.Parse(iss)
	switch {
	case iss == "" || err != nil || u.Host == "":
		return
	case u.RawQuery != "" || u.Fragment != "":
		a.add(Warn, "iss", `"iss" has a query or a fragment, which an issuer must not have (RFC 8414 section 2)`)
	case u.Scheme == "http" && !address.IsLoopback(u.Hostname()):
		a.add(Warn, "iss", `"iss" is a plain http address: whoever is on the way can replace its keys (RFC 8414 section 2)`)
	}
	if !a.has("aud") {
		a.add(Info, "aud", `there is no "aud": every API of its issuer may accept it (RFC 8725 section 3.9)`)
	}
}

// binding says whether the token works without a key.
func (a *auditor) binding() {
	if needs := a.token.Binding(); needs != "" {
		a.add(Info, "cnf", "it is bound: copying it is not enough, each request needs "+needs)
	}
}

// Binding returns what a request needs besides the token, such as "a DPoP proof of its key (RFC 9449 section 6)", or "".
func (t *Token) Binding() string {
	raw, _ := t.Claim("cnf")
	var cnf map[string]json.RawMessage
	if json.Unmarshal(raw, &cnf) != nil {
		return ""
	}
	for _, way := range []struct{ member, needs string }{
		{"jkt", "a DPoP proof of its key (RFC 9449 section 6)"},
		{"x5t#S256", "its client certificate (RFC 8705 section 3)"},
		{"jwk", "a proof of its key (RFC 7800 section 3)"},
	} {
		if _, bound := cnf[way.member]; bound {
			return way.needs
		}
	}
	return ""
}

// WrongUse returns what a token is if no API should take it, "an ID token" or "a refresh token", or "".
func (t *Token) WrongUse() string {
	a := auditor{token: t}
	switch use := a.use(); {
	case t.Kind != JWS || strings.EqualFold(headerText(t, "typ"), "at+jwt"):
		return ""
	case a.isIDToken():
		return "an ID token"
	case use == "refresh" || use == "offline":
		return "a refresh token"
	}
	return ""
}

// keyNames checks how the header names and derives a key.
func (a *auditor) keyNames() {
	if kid := headerText(a.token, "kid"); strings.Contains(kid, "../") || strings.ContainsAny(kid, "'\"\\|;<>") || strings.HasPrefix(kid, "/") {
		a.add(Warn, "kid", `"kid" looks like a path or a command: a server must not use it as one (RFC 8725 section 3.10)`)
	}
	if raw, ok := last(a.token.Header, "p2c"); ok {
		if rounds, err := strconv.ParseFloat(string(raw), 64); err == nil && rounds > maxRounds {
			a.add(Bad, "p2c", `"p2c" asks for `+string(raw[:min(len(raw), 20)])+" rounds of PBES2: a server that computes them is kept busy")
		}
	}
	if a.token.Kind == JWE && strings.EqualFold(a.token.Alg(), "RSA1_5") {
		a.add(Warn, "alg", "RSA1_5 has known attacks; RSA-OAEP-256 has not (RFC 8725 section 3.2)")
	}
	if a.token.saysUnencoded() && a.token.Claims != nil {
		a.add(Warn, "b64", `a JWT must not have "b64": false (RFC 7797 section 7)`)
	}
}

// persons names the claims that identify a person, and bytes that no JSON may have.
func (a *auditor) persons(lines []Line) {
	var names []string
	for _, line := range lines {
		if line.Personal && !slices.Contains(names, quoteName(line.Name)) && len(names) < maxNamed {
			names = append(names, quoteName(line.Name))
		}
	}
	if len(names) > 0 {
		a.add(Info, "", "it says who its user is: "+strings.Join(names, ", ")+"; anyone who sees the token can read that")
	}
	if slices.ContainsFunc(a.token.Claims, func(m Member) bool { return !utf8.Valid(m.Raw) || !utf8.ValidString(m.Name) }) {
		a.add(Warn, "", "the claims have bytes that are not UTF-8, which JSON must be (RFC 7519 section 7.2)")
	}
}
