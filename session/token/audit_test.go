package token

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func findings(t *Token, now time.Time) string {
	var all []string
	for _, f := range Audit(t, now) {
		all = append(all, fmt.Sprintf("%v: %s", f.Level, f.Text))
	}
	return strings.Join(all, "\n")
}

func TestAuditOfTokens(t *testing.T) {
	t.Parallel()
	now := time.Date(2022, 12, 7, 19, 30, 0, 0, time.UTC) // 1670441400
	const plain = `{"alg":"HS256"}`
	for _, c := range []struct{ name, raw, want string }{
		{"a sound one", datarheiSample, ""},
		{"opaque", "5E6732BF-CFF9-72E6-FF19-1C0145061A00", ""},
		{"the damaged sample", knackSample, `warning: there is no "exp": the token does not say when it expires` + "\n" +
			`info: the claim "applicav)on_id" has an unusual name: the token may be damaged`},
		{"pasted", " Bearer " + datarheiSample, "info: left out: white space around it\n" +
			`info: left out: "Bearer" before it`},
		{"alg none", encode(`{"alg":"NONE"}`) + "." + encode(`{"exp":1670441825}`) + ".", `bad: the algorithm is "none": anyone can forge such a token`},
		{"no algorithm", compact(`{}`, `{"exp":1670441825}`), "bad: the header names no algorithm"},
		{"odd algorithm", compact(`{"alg":"X1"}`, `{"exp":1670441825}`), `info: the algorithm "X1" is not a common one`},
		{"empty signature", encode(plain) + "." + encode(`{"exp":1670441825}`) + ".", "bad: the token has no signature"},
		{"cut signature", datarheiSample[:len(datarheiSample)-4], "bad: HS256 makes signatures of 32 bytes, but this one has 29: the token is truncated or damaged"},
		{"short RSA", compact(`{"alg":"RS256"}`, `{"exp":1670441825}`), "warning: the signature has 32 bytes: the token is truncated, or its RSA key is shorter than 2048 bits"},
		{"crit", compact(`{"alg":"HS256","crit":["b64","x"],"b64":false}`, `{"exp":1670441825}`), `warning: receivers that do not understand "x" must reject the token` + "\n" +
			`info: the claims are not base64url-encoded ("b64", RFC 7797)`},
		{"bad crit", compact(`{"alg":"HS256","crit":"x"}`, `{"exp":1670441825}`), `bad: "crit" must be a list of names`},
		{"own key", compact(`{"alg":"HS256","jku":"http://x"}`, `{"exp":1670441825}`), `warning: "jku" lets the token name its own key; a server must not trust it unchecked`},
		{"milliseconds", compact(plain, `{"exp":1670441825000}`), `warning: "exp" is in milliseconds instead of seconds: strict servers read a date some 50,000 years away`},
		{"text date", compact(plain, `{"exp":"1670441825"}`), `warning: "exp" is a string instead of a number: strict servers reject it`},
		{"null date", compact(plain, `{"exp":null}`), `warning: "exp" must be a number of seconds since 1970`},
		{"RFC 3339 date", compact(plain, `{"exp":"2031-05-06T07:08:09Z"}`), `warning: "exp" must be a number of seconds since 1970`},
		{"zero date", compact(plain, `{"exp":0}`), `warning: "exp" is 0: some servers read that as no end, others as expired`},
		{"negative date", compact(plain, `{"exp":-5}`), `warning: it expired at 1969-12-31 23:59:55 UTC`},
		{"shortened", "eyJz93a...k4laUWw", "warning: dots stand for a part of it that was left out"},
		{"shortened by an ellipsis", "eyJhbGciOiJIUzI1NiJ9.eyJz…k4laUWw", "warning: dots stand for a part of it that was left out"},
		{"expired", compact(plain, `{"exp":1670440000}`), `warning: it expired at 2022-12-07 19:06:40 UTC`},
		{"too early", compact(plain, `{"exp":1670449000,"nbf":1670442000}`), `warning: it is not valid before 2022-12-07 19:40:00 UTC`},
		{"from the future", compact(plain, `{"exp":1670449000,"iat":1670442000}`), `warning: "iat" is in the future, 2022-12-07 19:40:00 UTC: one of the clocks is wrong`},
		{"clocks a little apart", compact(plain, `{"exp":1670449000,"iat":1670441430}`), ""},
		{"backwards", compact(plain, `{"exp":1670441825,"iat":1670441826,"nbf":0}`), "bad: it expires before it becomes valid\nwarning: \"iat\" is in the future, 2022-12-07 19:37:06 UTC: one of the clocks is wrong"},
		{"long life", compact(plain, `{"exp":1675441400,"iat":1670441400}`), "info: it is valid for 57 days 20 hours, long for a token that cannot be revoked"},
		{"huge life", compact(plain, `{"exp":1770441400}`), "warning: it is valid for 1157 days 9 hours; a stolen copy works just as long"},
		{"duplicates", compact(plain, `{"exp":1670441825,"sub":"a","sub":"b"}`), `warning: the claim "sub" appears more than once: some programs use the first, others the last`},
		{"a password hash", compact(plain, `{"exp":1670441825,"user":{"password":"$2b$10$abc"}}`), `bad: "password" looks like a secret; anyone who sees the token can read it`},
		{"escape in a name", compact(plain, `{"exp":1670441825,"a\u001b[31m":1}`), `info: the claim "a\x1b[31m" has an unusual name: the token may be damaged`},
		{"URL name", compact(plain, `{"exp":1670441825,"https://hasura.io/jwt/claims?v=1":{}}`), ""},
		{"encrypted", encode(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y2k.dGFn", ""},
		{"encrypted and cut", encode(`{"alg":"dir","enc":"A256GCM"}`) + "..aXY.Y2k", "warning: it has 4 parts instead of 5"},
	} {
		if got := findings(Parse(c.raw), now); got != c.want {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, got, c.want)
		}
	}
	large := findings(withClaims(`{"exp":1670441825,"x":"`+strings.Repeat("x", 9000)+`"}`), now)
	if !strings.Contains(large, "many servers refuse more than 8 KiB") {
		t.Errorf("a large token gives %q", large)
	}
}

// TestAuditOfProfiles: what a token is for decides what it must have.
func TestAuditOfProfiles(t *testing.T) {
	t.Parallel()
	now := time.Date(2022, 12, 7, 19, 30, 0, 0, time.UTC)
	token := func(header, claims string) string {
		return compact(`{"alg":"HS256"`+header+`}`, `{"exp":1670441825`+claims+`}`)
	}
	const at = `,"typ":"at+jwt"`
	for _, c := range []struct{ raw, want string }{
		{token(at, `,"iss":"https://x.example","aud":"api","sub":"me","client_id":"c","iat":1670441400,"jti":"1"`), ""},
		{token(at, `,"iss":"https://x.example","aud":"api"`), `warning: an access token of this type must have "sub", "client_id", "iat", "jti" (RFC 9068 section 2.2)`},
		{token(`,"typ":"application/dpop+jwt"`, ``), "warning: it is a DPoP proof"},
		{token(at, `,"iss":"https://x.example","sub":"me","client_id":"c","iat":1670441400,"jti":"1"`), `warning: an access token of this type must have "aud" (RFC 9068 section 2.2)`},
		{compact(`{"alg":"HS256","typ":"at+jwt"}`, `{"iss":"https://x.example","sub":"me","client_id":"c","iat":1670441400,"jti":"1"}`), `warning: an access token of this type must have "exp", "aud" (RFC 9068 section 2.2)`},
		{compact(`{"alg":"HS256","typ":"dpop+jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":"eA"}}`, `{"jti":"1","htm":"GET","htu":"https://x.example","iat":1670441400}`), `warning: it is a DPoP proof, which is sent beside an access token and not in its place (RFC 9449 section 4.2)`},
		{compact(`{"alg":"HS256","typ":"dpop+jwt","jwk":{"kty":"OKP","crv":"Ed25519","x":"eA","d":"ZA"}}`, `{"jti":"1","htm":"GET","htu":"https://x.example","iat":1670441400}`), `bad: "d" looks like a secret; anyone who sees the token can read it` + "\n" +
			`warning: it is a DPoP proof, which is sent beside an access token and not in its place (RFC 9449 section 4.2)`},
		{token("", `,"cnf":{"jwk":{"kty":"oct","k":"ZA"}},"k":"v"`), `bad: "k" looks like a secret; anyone who sees the token can read it` + "\n" +
			`info: it is bound: copying it is not enough, each request needs a proof of its key (RFC 7800 section 3)`},
		{token(`,"typ":"logout+jwt"`, `,"iss":"https://x.example","aud":"a","iat":1670441400,"jti":"1","events":{},"nonce":"n"`), "warning: it is a logout token, which tells an application that somebody logged out (OpenID Connect Back-Channel Logout section 2.4)\n" +
			`warning: a logout token must not have "nonce" (OpenID Connect Back-Channel Logout section 2.4)`},
		{token("", `,"iss":"https://x.example","aud":"a","iat":1670441400,"jti":"1","events":{"http://schemas.openid.net/event/backchannel-logout":{}}`), "info: it looks like a logout token, which tells an application that somebody logged out: APIs should refuse it (OpenID Connect Back-Channel Logout section 2.4)"},
		{token("", `,"nonce":"n","aud":"client"`), "info: it looks like an ID token"},
		{token("", `,"usefor":"refresh"`), "info: it looks like a refresh token"},
		{token("", `,"iss":"https://x.example","sub":"https://x.example","aud":"a","jti":"1"`), "info: issuer and subject are the same"},
		{token("", `,"iss":"https://x.example?a=1","aud":"a"`), `warning: "iss" has a query`},
		{token("", `,"iss":"http://x.example","aud":"a"`), `warning: "iss" is a plain http address`},
		{token("", `,"iss":"http://localhost:8080","aud":"a"`), ""},
		{token("", `,"iss":"https://x.example"`), `info: there is no "aud"`},
		{token("", `,"cnf":{"jkt":"x"}`), "info: it is bound: copying it is not enough, each request needs a DPoP proof"},
		{token("", `,"cnf":{"x5t#S256":"x"}`), "info: it is bound: copying it is not enough, each request needs its client certificate"},
		{token(`,"kid":"../../dev/null"`, ``), `warning: "kid" looks like a path`},
		{token("", `,"email":"ada@example.com"`), `info: it says who its user is: "email"`},
		{encode(`{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":1e9}`) + ".a2V5.aXY.Y2k.dGFn", `bad: "p2c" asks for 1e9 rounds`},
	} {
		if got := findings(Parse(c.raw), now); got != c.want && (!strings.HasPrefix(got, c.want) || c.want == "" || strings.HasSuffix(c.want, ")")) {
			t.Errorf("%s: got\n%s\nwant\n%s", c.raw, got, c.want)
		}
	}
}

func TestAuditOfHostileTokensIsBounded(t *testing.T) {
	t.Parallel()
	var claims strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&claims, `"! %d":1,"! %d":1,`, i, i)
	}
	if n := len(Audit(withClaims(`{`+claims.String()+`"exp":null}`), time.Time{})); n > 2*maxNamed+5 {
		t.Errorf("%d findings", n)
	}
}
