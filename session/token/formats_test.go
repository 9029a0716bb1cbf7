package token

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tokenring/session/secret"
)

func sample(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(data))
}

// described returns what a token is and says, without its times.
func described(tok *Token) string {
	claims, _ := json.Marshal(tok.Claims)
	out := tok.Format
	for _, f := range tok.Facts {
		out += "; " + f.Name + " " + f.Value
	}
	if tok.Claims != nil {
		out += "; " + string(claims)
	}
	return out
}

// samples are tokens of the real libraries: from RFC 9901, the test vectors of PASETO and Fernet, Django, the tests of
// badsecrets (Flask, Django, Rails, Laravel, Express), PyPI's documentation, RFC 7617, and iron's users.
func samples(t *testing.T) map[string]string {
	t.Helper()
	part := base64.RawURLEncoding.EncodeToString
	return map[string]string{
		sample(t, "rfc9901/a1.txt"): `SD-JWT; disclosed 2 claims; hidden 14 claims, or decoys; ` +
			`{"iss":"https://issuer.example.com","iat":1683000000,"exp":1883000000,"address":{"region":"\u6e2f\u533a","country":"JP"}}`,
		sample(t, "rfc9901/a3.txt"): `SD-JWT; disclosed 3 claims; hidden 18 claims, or decoys; presented to https://verifier.example.org; presented at 2025-05-29 16:47:24 UTC; ` +
			`{"iss":"https://pid-issuer.bund.de.example","iat":1683000000,"exp":1883000000,"vct":"urn:eudi:pid:de:1","cnf":{"jwk":{"kty":"EC","crv":"P-256",` +
			`"x":"TCAER19Zvu3OHF4j4W4vfSVoHIP1ILilDls7vCeGemc","y":"ZxjiWWbZMQGHVWKVQ4hbSIirsVfuecCE6t4jT9F2HZQ"}},"age_equal_or_over":{"18":true},"nationalities":["DE"]}`,
		"v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA":                                                                                                                                                           `PASETO v4.public; {"data":"this is a signed message","exp":"2022-01-01T00:00:00+00:00"}`,
		"gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==":                                                                                                                                                                                                                                                   `Fernet token; created 1985-10-26 08:20:00 UTC; payload encrypted, 16 bytes`,
		"eyJoZWxsbyI6IndvcmxkIn0.XDtqeQ.1qsBdjyRJLokwRzJdzXMVCSyRTA":                                                                                                                                                                                                                                                                                             `Flask session; signed 2019-01-13 16:42:33 UTC; {"hello":"world"}`,
		".eJwNyTEOgzAMBdC7eO6QGNskXCZKrG8hgVqJdEPcvX3ru6n5vKJ9PwfetFHCiCqwtYopo4NLiPOo4jYMuhizpJLV8oicilQF_qOeF_a104taXJg7bdHPiecHfX8ccg.ZFCriA.99lOhq3pO8yBWM7XjBshaKjqPKU":                                                                                                                                                                                     `Flask session; signed 2023-05-02 06:19:52 UTC`,
		".eJxVjLsOAiEURP-F2hAuL8HSfr-BAPciq4ZNlt3K-O9KsoU2U8w5My8W4r7VsHdaw4zswoCdfrsU84PaAHiP7bbwvLRtnRMfCj9o59OC9Lwe7t9Bjb2OtbMkAEGQtQjekykmJy9JZIW-6CgUaCGsA6eSyV65s1Qya_xGKZrY-wPVYjdw:1ojOrE:bfOktjgLlUykwCIRIpvaTZRQMM3-UypscEN57ECtXis":                                                                                                                   `Django signed value; signed 2022-10-14 17:52:28 UTC`,
		"eyJfcmFpbHMiOnsibWVzc2FnZSI6IklraGxiR3h2TENCSklHRnRJR0VnYzJsbmJtVmtJSEpoYVd4ek5pQkRiMjlyYVdVaElnPT0iLCJleHAiOm51bGwsInB1ciI6ImNvb2tpZS5zaWduZWQifX0%3D--eb1ea3ddc55deb16ffc58ac165edfbb554067edc":                                                                                                                                                       `Rails signed value; purpose cookie.signed; payload "Hello, I am a signed rails6 Cookie!"`,
		"BAh7B0kiD3Nlc3Npb25faWQGOgZFVG86HVJhY2s6OlNlc3Npb246OlNlc3Npb25JZAY6D0BwdWJsaWNfaWRJIkU5YmI3ZDUyODUyNTAwMDYzMGE2NjMxYTA5MjBlMjYzMzFmOGE0MjBhNTdhYWIxNzVkZTFmM2FjMDQ3NmI1NDQzBjsARkkiCmNvdW50BjsARmkG--3a983fbc58911c5266d7748a6a55165f74d412f4":                                                                                                         `Rails signed value; payload a Ruby object (Marshal), 147 bytes`,
		"fuP54C4UxMudlZRR6j25zJfkevHVZ6IJR6Hp1B3rW6sAW5Aqc1j2Ri0XgcyLRvuSNVLwzq6cqeWlVhwU13xMS8scjU%2BSGGi%2Bta4jQU7oYujKdxynHSEiYOmeNFW4onXoF3KLlmr7ODmtIaHm1zIEP11TT%2FmRqZuxxecjz0VIxUDhvHYEFQ%3D%3D--ZclUs5zZFu3JPKnx--%2Fc0Q4ufTHqqmMxoin0mRtQ%3D%3D":                                                                                                       `Rails encrypted value; payload encrypted with AES-GCM, 133 bytes`,
		"eyJpdiI6Ii9FOVVVNXMyclpZbFNnbmM5c2JDWlE9PSIsInZhbHVlIjoidlZhQlYxSk8xYU9oY2Z1dndvbmdxSmYxUE1FQTU5Zm1vWVE3azN5R1hwM0UxTFplSVZSVzFWOGVFK0d2Y3EyMVJYRWhZd1lvSGJ4M085L1dvV1RpZXk5UkNKaUNuOVcxZ0VZaVQ1bitPeEpoUGhjZkxReHJSSU44TE9ScEVvVlgiLCJtYWMiOiI0MzkyZDZkYjVjZjJmNGFlNjNjMDcyYzY1YmQwZmYwNjc4ZDM2NGM0MTZiOWViNDAxZWQxMDBhZTY3ZjI4YmIyIiwidGFnIjoiIn0%3D": `Laravel encrypted value; payload encrypted with AES-CBC with a MAC, 96 bytes`,
		"CfDJ8Lkm5o0rKc9Hjz03jzAqufVbFfGFd_48kFG9Ad_gp5CIdJIgiPUOBrCYWHjOz8Y9sSgeL4SG2P2JY7xSei5ZQkdrhc1sNweUyOxS-IFMu2DKdCczDCrI74lEuVU6QpHEjxiZSnvobWteelkLDLutETk":                                                                                                                                                                                            `ASP.NET Core protected value; key 8de626b9-292b-47cf-8f3d-378f302ab9f5; payload encrypted, 96 bytes`,
		"s%3ABh8oG0qgMyJc4qq8A47I0MTwcNiu7ue8.hXhPs8q9AN4ATeh2KrjuzvSbJA7cqbkP5cUUT34bZKA":                                                                                                                                                                                                                                                                       `Express signed cookie; session ••••••`,
		"Fe26.2**60aea579f24f916652493cefdfd05c13df3cf23cc91ebd01ca1bf4e882112db5*KXrgy19_cNK5pt7UJcnxOg*_8hraS_UOF9aC*1749402914006*274696f327feaa70b1901c0fb2a903777f01fd7ee5efdcb48c59c96211107dcb*X9KmEZsSFFoh5exBpivNcil":                                                                                                                                   `iron-session; expires 2025-06-08 17:15:14 UTC; payload encrypted`,
		"ada:1xY2eg:51UnOpcXNn08nHm_B6gN_fdYQz7rt_vYnhnj6eOA-WI": `Django signed value; signed 2026-11-30 14:46:58 UTC; payload ada`,
		"17|k3cVnXMoGZW0sdu9u3cTCkPCGiFqB3rOjX4Vq2yL9d1f8a0b":    `Laravel Sanctum token; token id 17`,
		"QWxhZGRpbjpvcGVuIHNlc2FtZQ==":                           `Basic credentials; user Aladdin; password ••••••`,
		"dGVzdDoxMjPCow==":                                       `Basic credentials; user test; password ••••••`,
		"biscuit:EnYKDBgDIggKBggGEgIYDRIkCAASILyA":               `biscuit`,
		"rO0ABXNyABFqYXZhLnV0aWwuSGFzaE1hcA":                     `Java serialized object`,
		`{"payload":"` + part([]byte(`{"sub":"me"}`)) + `","signatures":[{"protected":"` + part([]byte(`{"alg":"RS256"}`)) + `","header":{"kid":"1"},"signature":"c2ln"},{"protected":"` + part([]byte(`{"alg":"ES256"}`)) + `","signature":"c2ln"}]}`: `JWS, JSON serialization; written as JSON, which a JWT never is; signatures 2, of which the first is shown; {"sub":"me"}`,
		`{"protected":"` + part([]byte(`{"alg":"dir","enc":"A128GCM"}`)) + `","iv":"aXY","ciphertext":"Y2lwaGVy","tag":"dGFn"}`:                                                                                                                        `JWE, JSON serialization`,
		`{"protected":"` + part([]byte(`{"enc":"A256GCM"}`)) + `","ciphertext":"Y2lwaGVy","recipients":[{"header":{"alg":"RSA-OAEP-256"}},{"header":{"alg":"ECDH-ES+A256KW"}}]}`:                                                                       `JWE, JSON serialization; recipients 2, of which the first is shown`,
	}
}

func TestFormatsAreRecognized(t *testing.T) {
	t.Parallel()
	for raw, want := range samples(t) {
		tok := Parse(raw)
		if got := described(tok); got != want && !strings.HasPrefix(got, want+"; {") || len(tok.Damage) > 0 {
			t.Errorf("%.60s:\n%s\nwant\n%s\ndamage %q, ignored %q", raw, got, want, tok.Damage, tok.Ignored)
		}
	}
}

// TestNoTextIsOfTwoFormats: the order of the table decides nothing.
func TestNoTextIsOfTwoFormats(t *testing.T) {
	t.Parallel()
	for raw := range samples(t) {
		var of []string
		for _, f := range formats() {
			if f.read(&Token{}, raw) {
				of = append(of, f.name)
			}
		}
		if len(of) != 1 {
			t.Errorf("%.60s is of %q", raw, of)
		}
	}
}

// TestAnEncryptedTokenHasTheHeaderOfItsFirstRecipient in the general JSON serialization, of one or of several.
func TestAnEncryptedTokenHasTheHeaderOfItsFirstRecipient(t *testing.T) {
	t.Parallel()
	for _, more := range []string{"", `,{"header":{"alg":"dir"}}`} {
		if tok := Parse(`{"ciphertext":"Y2lwaGVy","recipients":[{"header":{"alg":"RSA-OAEP-256"}}` + more + `]}`); tok.Kind != JWE || tok.Alg() != "RSA-OAEP-256" {
			t.Errorf("%s: %v, %s", more, tok.Kind, tok.Alg())
		}
	}
}

func TestAMacaroonShowsItsCaveats(t *testing.T) {
	t.Parallel()
	packet := func(text string) string {
		const hex = "0123456789abcdef"
		n := len(text) + 5
		return string([]byte{'0', '0', hex[n/16], hex[n%16]}) + text + "\n"
	}
	raw := base64.RawURLEncoding.EncodeToString([]byte(packet("location https://bank.example") + packet("identifier key-1") + packet("cid account = 7") + packet("signature 0123")))
	if got, want := described(Parse(raw)), "macaroon; location https://bank.example; identifier key-1; caveat account = 7"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	pypi := "pypi-AgEIcHlwaS5vcmcCJDAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMAACKlszLCIwMDAwIl0AAAYg"
	if got := described(Parse(pypi)); got != "PyPI API token (a macaroon); location pypi.org" {
		t.Errorf("%s", got)
	}
}

// TestABombIsWhatItIs: what inflates beyond the bound is told by its shape and its time, and is not read.
func TestABombIsWhatItIs(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	_, _ = w.Write([]byte(`{"user":"` + strings.Repeat("a", 50<<20) + `"}`)) // a buffer takes all
	_ = w.Close()
	bomb := "." + base64.RawURLEncoding.EncodeToString(b.Bytes())
	for raw, want := range map[string]string{
		bomb + ".ZFCriA.99lOhq3pO8yBWM7XjBshaKjqPKU":                 "Flask session; signed 2023-05-02 06:19:52 UTC",
		bomb + ":1ojOrE:bfOktjgLlUykwCIRIpvaTZRQMM3-UypscEN57ECtXis": "Django signed value; signed 2022-10-14 17:52:28 UTC",
	} {
		tok := Parse(raw)
		if got := described(tok); got != want || !slices.Equal(tok.Damage, []string{"its payload is not read: it is larger than 1 MiB"}) {
			t.Errorf("%s, damage %q", got, tok.Damage)
		}
		if found := findings(tok, time.Now()); strings.Contains(found, "exp") {
			t.Error(found)
		}
	}
}

// TestSoundShapesAreNotDamaged: what RFC 7515 allows beside a JWT.
func TestSoundShapesAreNotDamaged(t *testing.T) {
	t.Parallel()
	inner := compact(`{"alg":"ES256"}`, `{"sub":"me"}`)
	sig := encode(strings.Repeat("s", 32))
	for raw, want := range map[string]string{
		encode(`{"alg":"HS256"}`) + ".." + sig:                                                                      "detached JWS; payload detached, or empty (RFC 7515 appendix F)",
		encode(`{"alg":"HS256","b64":false,"crit":["b64"]}`) + ".$02-to-pay." + sig:                                 "JWS with a plain payload (RFC 7797); payload $02-to-pay",
		encode(`{"alg":"HS256"}`) + "." + encode("It’s a dangerous business") + "." + sig:                           "JWS; payload It’s a dangerous business",
		encode(`{"alg":"RS256","cty":"JWT"}`) + "." + encode(inner) + "." + sig:                                     `nested JWT; inside JWT, ES256; {"sub":"me"}`,
		encode(`{"alg":"HS256"}`) + "." + encode("the key is ghp_0123456789abcdefghijABCDEFGHIJ012345") + "." + sig: "JWS; payload ••••••",
		"ghs_123456_" + inner: `GitHub App installation token; signature only the issuer can verify it; answers at https://api.github.com/installation/repositories; {"sub":"me"}`,
		encode(`{"alg":"dir","enc":"A256GCM","cty":"JWT"}`) + "..aXY.Y2lwaGVy.dGFn": "; key shared: the content is encrypted with it directly; bytes key 0, IV 2, content 6, tag 3; inside another JWT, which needs the key to be read",
	} {
		tok := Parse(raw)
		if got := described(tok); got != want || len(tok.Damage) > 0 {
			t.Errorf("%s:\n%s\nwant\n%s\ndamage %q", raw, got, want, tok.Damage)
		}
	}
}

func TestAPayloadThatIsNotClaimsIsShown(t *testing.T) {
	t.Parallel()
	for _, payload := range []string{"[1,2,3]", `"hello"`, "plain words"} {
		tok := Parse(compact(`{"alg":"HS256","typ":"JWT"}`, payload))
		if got := described(tok); got != "; payload "+payload || !slices.Equal(tok.Damage, []string{"the claims part is not a JSON object"}) {
			t.Errorf("%s: %s, damage %q", payload, got, tok.Damage)
		}
	}
}

// TestDisclosuresThatDoNotFit: RFC 9901 section 7.1 lists what a verifier refuses.
func TestDisclosuresThatDoNotFit(t *testing.T) {
	t.Parallel()
	good := sample(t, "rfc9901/a1.txt")
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for add, want := range map[string]string{
		part(`["salt","role","admin"]`): "disclosure 3 belongs to no digest",
		part(`["salt"]`):                "disclosure 3 is not base64url of a JSON list",
		"!!":                            "disclosure 3 is not base64url of a JSON list",
		part(`["salt","_sd","x"]`):      "disclosure 3 has no name that a claim may have",
		strings.Repeat("~", 100):        "disclosure 3 is not base64url of a JSON list",
	} {
		tok := Parse(good + add + "~")
		if tok.Format != "SD-JWT" || len(tok.Damage) == 0 || len(tok.Damage) > maxNamed+1 || !strings.HasPrefix(tok.Damage[0], want) {
			t.Errorf("%s: %s, damage %q", add, tok.Format, tok.Damage)
		}
	}
	bound := sample(t, "rfc9901/a3.txt")
	cut := strings.SplitN(bound, "~", 3)
	if tok := Parse(cut[0] + "~" + cut[2]); len(tok.Damage) == 0 || !strings.Contains(strings.Join(tok.Damage, " "), `"sd_hash"`) {
		t.Errorf("another presentation: damage %q", tok.Damage)
	}
}

func TestIssuersAreNamed(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"ghp_0123456789abcdefghijABCDEFGHIJ012345": "GitHub personal access token", "sk-ant-api03-0123456789abcdef": "Anthropic API key",
		"sk_test_0123456789abcdef": "Stripe secret test key", "sha256~0123456789abcdefghij_ABCDEFGHIJ0123456789": "OpenShift OAuth token", "short": "",
	} {
		if got := Parse(raw).Format; got != want || secret.IssuerKind(raw) != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}

// TestThePASETODatesAreDates audits a sample whose "exp" is in the past, and one that is no date.
func TestThePASETODatesAreDates(t *testing.T) {
	t.Parallel()
	const sample = "v4.public.eyJkYXRhIjoidGhpcyBpcyBhIHNpZ25lZCBtZXNzYWdlIiwiZXhwIjoiMjAyMi0wMS0wMVQwMDowMDowMCswMDowMCJ9bg_XBBzds8lTZShVlwwKSgeKpLT3yukTw6JUz3W4h_ExsQV-P0V54zemZDcAxFaSeef1QlXEFtkqxT1ciiQEDA"
	parsed := Parse(sample)
	end, ok := parsed.Expiry()
	if want := time.Date(2022, 1, 1, 0, 0, 0, 0, time.UTC); !ok || !end.Equal(want) {
		t.Errorf("it expires at %v, %t", end, ok)
	}
	if found := fmt.Sprint(Audit(parsed, end.Add(time.Hour))); !strings.Contains(found, "it expired at 2022-01-01") || strings.Contains(found, "must be") {
		t.Error(found)
	}
	parsed.Claims[1].Raw = []byte(`"soon"`)
	if found := fmt.Sprint(Audit(parsed, end)); !strings.Contains(found, "must be a date with a time and a zone") {
		t.Error(found)
	}
}
