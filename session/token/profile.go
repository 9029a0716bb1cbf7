package token

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tokenring/session/address"
)

// A profile is what a JWT is for, and what it must then hold.
type profile struct {
	name  string   // such as "a DPoP proof"
	is    string   // why no API should take it; "": some should
	must  []string // the claims that it must have
	key   string   // the header parameter that must hold its key; or ""
	never string   // the claim that it must not have; or ""
	by    string   // the source of these
}

// profiles lists what the "typ" of a header makes of a token (RFC 8725 section 3.11).
var profiles = map[string]profile{
	"at+jwt": {name: "an access token of this type", must: strings.Fields("iss exp aud sub client_id iat jti"), by: "RFC 9068 section 2.2"},
	"dpop+jwt": {name: "a DPoP proof", is: "which is sent beside an access token and not in its place",
		must: strings.Fields("jti htm htu iat"), key: "jwk", by: "RFC 9449 section 4.2"},
	"logout+jwt": {name: "a logout token", is: "which tells an application that somebody logged out",
		must: strings.Fields("iss aud iat exp jti events"), never: "nonce", by: "OpenID Connect Back-Channel Logout section 2.4"},
	"secevent+jwt":            {name: "a security event", is: "not a credential", must: strings.Fields("iss iat jti events"), by: "RFC 8417 section 2.2"},
	"oauth-authz-req+jwt":     {name: "an authorization request", is: "not a credential", must: strings.Fields("client_id"), by: "RFC 9101 section 4"},
	"token-introspection+jwt": {name: "the answer to an introspection", is: "not a credential", must: strings.Fields("iss aud iat token_introspection"), by: "RFC 9701 section 5"},
	"kb+jwt":                  {name: "the key binding of an SD-JWT", is: "which proves nothing without it", must: strings.Fields("iat aud nonce sd_hash"), by: "RFC 9901 section 4.3"},
	"client-authentication+jwt": {name: "a client's assertion", is: "which goes to the token endpoint alone",
		must: strings.Fields("iss sub aud exp"), by: "RFC 7523 section 3"},
}

// The profiles of tokens that only their claims tell apart.
var (
	idToken      = profile{name: "an ID token", is: "which says who logged in", by: "RFC 8725 section 3.12"}
	refreshToken = profile{name: "a refresh token", is: "which goes to the token endpoint alone", by: "RFC 6749 section 1.5"}
)

// maxRounds is how many rounds of key derivation a server should accept at most, far above what is used.
const maxRounds = 10_000_000

// profile returns what a token is for, by its "typ", or by its claims; the zero value if neither says so.
func (a *auditor) profile() (p profile, byType bool) {
	if p, byType = profiles[strings.TrimPrefix(strings.ToLower(a.token.Header.text("typ")), "application/")]; byType {
		return p, true
	}
	switch use := a.use(); {
	case use == "logout" || strings.Contains(string(a.token.Claims.get("events")), "/event/backchannel-logout\""):
		return profiles["logout+jwt"], false
	case a.isIDToken():
		return idToken, false
	case use == "refresh" || use == "offline":
		return refreshToken, false
	}
	return p, false
}

// purpose checks whether a token has what it is for asks of it.
func (a *auditor) purpose() {
	p, byType := a.profile()
	switch {
	case p.is == "":
	case byType:
		a.add(Warn, "typ", "it is "+p.name+", "+p.is+" ("+p.by+")")
	default:
		a.add(Info, "", "it looks like "+p.name+", "+p.is+": APIs should refuse it ("+p.by+")")
	}
	var missing []string
	if p.key != "" && a.token.Header.get(p.key) == nil {
		missing = append(missing, quoteName(p.key))
	}
	for _, name := range p.must {
		if !a.has(name) {
			missing = append(missing, quoteName(name))
		}
	}
	if len(missing) > 0 {
		a.add(Warn, "", p.name+" must have "+strings.Join(missing, ", ")+" ("+p.by+")")
	}
	if p.never != "" && a.has(p.never) {
		a.add(Warn, p.never, p.name+" must not have "+quoteName(p.never)+" ("+p.by+")")
	}
	a.issuer()
	if p.must == nil {
		a.usual()
	}
	a.binding()
}

// usual says what follows where a token of no known profile lacks what most have.
func (a *auditor) usual() {
	if !a.has("exp") {
		a.add(Warn, "exp", `there is no "exp": the token does not say when it expires`)
	}
	switch iss := a.token.Claims.text("iss"); {
	case !a.has("aud") && strings.Contains(iss, "://"):
		a.add(Info, "aud", `there is no "aud": every API of its issuer may accept it (RFC 8725 section 3.9)`)
	case iss != "" && iss == a.token.Claims.text("sub") && a.has("aud") && a.has("jti"):
		a.add(Info, "", "issuer and subject are the same: it looks like a client's assertion, which APIs refuse (RFC 7523 section 3)")
	}
}

func (a *auditor) has(name string) bool { return a.token.Claims.get(name) != nil }

// use returns what issuers call the use of a token in a claim of their own: Keycloak, Cognito, datarhei.
func (a *auditor) use() string {
	for _, name := range []string{"typ", "token_use", "usefor", "token_type"} {
		if s := strings.ToLower(a.token.Claims.text(name)); s != "" {
			return s
		}
	}
	return ""
}

// isIDToken reports the claims that only ID tokens have (OpenID Connect Core section 2).
func (a *auditor) isIDToken() bool {
	return a.use() == "id" || slices.ContainsFunc([]string{"nonce", "at_hash", "c_hash"}, a.has) && !a.has("scope") && !a.has("scp")
}

// issuer checks the issuer.
func (a *auditor) issuer() {
	iss := a.token.Claims.text("iss")
	u, err := url.Parse(iss)
	switch {
	case iss == "" || err != nil || u.Host == "":
		return
	case u.RawQuery != "" || u.Fragment != "":
		a.add(Warn, "iss", `"iss" has a query or a fragment, which an issuer must not have (RFC 8414 section 2)`)
	case u.Scheme == "http" && !address.IsLoopback(u.Hostname()):
		a.add(Warn, "iss", `"iss" is a plain http address: whoever is on the way can replace its keys (RFC 8414 section 2)`)
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
	cnf, _ := members(t.Claims.get("cnf"))
	for _, way := range []struct{ member, needs string }{
		{"jkt", "a DPoP proof of its key (RFC 9449 section 6)"},
		{"x5t#S256", "its client certificate (RFC 8705 section 3)"},
		{"jwk", "a proof of its key (RFC 7800 section 3)"},
	} {
		if cnf.get(way.member) != nil {
			return way.needs
		}
	}
	return ""
}

// WrongUse returns what a token is if no API should take it, such as "an ID token", or "".
func (t *Token) WrongUse() string {
	a := auditor{token: t}
	if p, _ := a.profile(); t.Kind == JWS && p.is != "" {
		return p.name
	}
	return ""
}

// keyNames checks how the header names and derives a key.
func (a *auditor) keyNames() {
	if kid := a.token.Header.text("kid"); strings.Contains(kid, "../") || strings.ContainsAny(kid, "'\"\\|;<>") || strings.HasPrefix(kid, "/") {
		a.add(Warn, "kid", `"kid" looks like a path or a command: a server must not use it as one (RFC 8725 section 3.10)`)
	}
	if raw := a.token.Header.get("p2c"); raw != nil {
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
