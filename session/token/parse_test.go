package token

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode"

	gojwt "github.com/golang-jwt/jwt/v5"
)

// The sample of docs.knack.com/docs/remote-user-logins, damaged there: one claim is called "applicav)on_id".
const knackSample = "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9." +
	"eyJ1c2VyX2lkIjoiNTUzMWExNmI2YTEzMTk1ZTcyNmUxZTBmIiwiYXBwbGljYXYpb25faWQiOiI1NTIzMTM5ZjNiY2U2NDdhMDJiZDUxNTAiLCJpYXQiOjE0Mjk3MTgzNzl9." +
	"K-WULiJxT-st8vxnTkqxCtp2nv5ykrSToPQsTRx6r1I"

// The access token of docs.datarhei.com/core/guides/beginner.
const datarheiSample = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9." +
	"eyJleGkiOjYwMCwiZXhwIjoxNjcwNDQxODI1LCJpYXQiOjE2NzA0NDEyMjUsImlzcyI6ImRhdGFyaGVpLWNvcmUiLCJqdGkiOiJhZWU4OTZhNS05ZThhLTRlMGQtYjk4Zi01NTA3NTUwNzA2YzUiLCJzdWIiOiJhZG1pbiIsInVzZWZvciI6ImFjY2VzcyJ9." +
	"xrnIfNZU9Z0nrUxYddpPQOMO7ypHA2vuqrYuAr95elg"

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// compact returns a token of a header and claims, with a signature of 32 bytes.
func compact(header, claims string) string {
	return encode(header) + "." + encode(claims) + "." + encode(strings.Repeat("s", 32))
}

func withClaims(claims string) *Token { return Parse(compact(`{"alg":"HS256"}`, claims)) }

func names(members []Member) string {
	var all []string
	for _, m := range members {
		all = append(all, m.Name)
	}
	return strings.Join(all, " ")
}

func TestClaimsKeepTheirOrderAndDigits(t *testing.T) {
	t.Parallel()
	tok := Parse(datarheiSample)
	if tok.Kind != JWS || tok.Alg() != "HS256" || tok.Header.text("typ") != "JWT" || len(tok.Damage) > 0 || len(tok.Ignored) > 0 {
		t.Fatalf("got %+v", tok)
	}
	if got := names(tok.Claims); got != "exi exp iat iss jti sub usefor" {
		t.Errorf("claims in the order %q", got)
	}
	if len(tok.Signature) != 32 || tok.Segments != 3 || tok.Size != len(datarheiSample) {
		t.Errorf("signature %d bytes, %d parts, %d bytes", len(tok.Signature), tok.Segments, tok.Size)
	}
	if exp, ok := tok.Time("exp"); !ok || exp.Unix() != 1670441825 {
		t.Errorf("exp is %v, %v", exp, ok)
	}
	exact := withClaims(`{"id":9007199254740993,"x":1.10,"y":1e2}`)
	for i, want := range []string{"9007199254740993", "1.10", "1e2"} {
		if got := string(exact.Claims[i].Raw); got != want {
			t.Errorf("number is shown as %s, was written %s", got, want)
		}
	}
}

func TestKnackSampleIsShownAsItIs(t *testing.T) {
	t.Parallel()
	tok := Parse(knackSample)
	if tok.Kind != JWS || names(tok.Claims) != "user_id applicav)on_id iat" || len(tok.Damage) > 0 {
		t.Fatalf("got %v, claims %q, damage %q", tok.Kind, names(tok.Claims), tok.Damage)
	}
}

func TestDuplicatesAreMarkedAndTheLastCounts(t *testing.T) {
	t.Parallel()
	for _, filler := range []string{"", strings.Repeat(`"f":0,`, 40)} {
		tok := withClaims(`{` + filler + `"sub":"a","exp":1,"su\u0062":"b"}`)
		marked := map[string]int{}
		for _, m := range tok.Claims {
			if m.Duplicate {
				marked[m.Name]++
			}
		}
		if marked["sub"] != 2 || marked["exp"] != 0 {
			t.Errorf("marked %v", marked)
		}
		if sub := tok.Claims.text("sub"); sub != "b" {
			t.Errorf("sub is %s", sub)
		}
	}
}

func TestWhatStandsAroundATokenIsIgnoredAndNamed(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		datarheiSample + "\n":                                 "white space around it",
		`"` + datarheiSample + `",`:                           "quotes or other signs around it",
		"Bearer " + datarheiSample:                            `"Bearer" before it`,
		"bearer\t" + datarheiSample:                           `"bearer" before it`,
		datarheiSample[:9] + "\n  " + datarheiSample[9:]:      "line breaks inside it",
		datarheiSample[:99] + " " + datarheiSample[99:]:       "white space inside it",
		"\u200b'Authorization:Bearer " + datarheiSample + "'": `white space around it; quotes or other signs around it; "Authorization" before it`,
	} {
		tok := Parse(raw)
		if tok.Kind != JWS || len(tok.Damage) > 0 || tok.Size != len(datarheiSample) {
			t.Errorf("%q is a %v with damage %q", raw, tok.Kind, tok.Damage)
		}
		if got := strings.Join(tok.Ignored, "; "); got != want {
			t.Errorf("ignored %q, want %q", got, want)
		}
	}
}

func TestDamageIsDescribedAndTheRestRead(t *testing.T) {
	t.Parallel()
	head, claims, sig := encode(`{"alg":"HS256"}`), encode(`{"sub":"me","n":12}`), encode("sig")
	for _, c := range []struct{ name, raw, claims, damage string }{
		{"padding", head + "." + base64.URLEncoding.EncodeToString([]byte(`{"sub":"me","n":1}`)) + "=." + sig, "sub n", `the claims part is padded with "="`},
		{"plain base64", head + "." + base64.RawStdEncoding.EncodeToString([]byte(`{"s":"~~~???"}`)) + "." + sig, "s", `the claims part has "+" or "/", which base64url writes as "-" and "_"`},
		{"bad character", head + "." + claims + "!x." + sig, "sub n", `the claims part has '!' at character 27, which is not base64url; it is read up to there`},
		{"cut payload", head + "." + claims[:20] + "." + sig, "sub", "the claims part ends in the middle of its JSON"},
		{"odd length", head + "." + encode(`{"sub":"me"}`) + "A." + sig, "sub", "the claims part has one character too many or too few for base64url"},
		{"trailing object", head + "." + encode(`{"a":1}{"b":2}`) + "." + sig, "a", "the claims part has trailing data after its JSON object"},
		{"trailing comma", head + "." + encode(`{"a":1,}`) + "." + sig, "a", "the claims part is not valid JSON from byte 8 on"},
		{"not an object", encode(`{"alg":"HS256","typ":"JWT"}`) + "." + encode(`[1]`) + "." + sig, "", "the claims part is not a JSON object"},
		{"no signature part", head + "." + claims, "sub n", "the signature part is missing"},
		{"header alone", head, "", "the claims and the signature are missing"},
		{"four parts", head + "." + claims + "." + sig + ".x", "sub n", "it has 4 parts instead of 3"},
		{"damaged header", encode(`{"alg":"HS256`) + "." + claims + "." + sig, "sub n", "the header part ends in the middle of its JSON"},
		{"unreadable header", "%%%." + claims + "." + sig, "sub n", "the header part has '%' at character 1, which is not base64url; it is read up to there"},
		{"bad signature", head + "." + claims + ".a#", "sub n", `the signature part has '#' at character 2, which is not base64url; it is read up to there`},
	} {
		tok := Parse(c.raw)
		if tok.Kind != JWS || names(tok.Claims) != c.claims {
			t.Errorf("%s: %v with claims %q", c.name, tok.Kind, names(tok.Claims))
		}
		if got := strings.Join(tok.Damage, "; "); got != c.damage {
			t.Errorf("%s: damage %q", c.name, got)
		}
	}
}

func TestAnEncryptedTokenShowsItsHeader(t *testing.T) {
	t.Parallel()
	tok := Parse(encode(`{"alg":"RSA-OAEP","enc":"A256GCM"}`) + ".a2V5.aXY.Y2lwaGVy.dGFn")
	if tok.Kind != JWE || names(tok.Header) != "alg enc" || tok.Claims != nil || len(tok.Damage) > 0 {
		t.Errorf("got %+v", tok)
	}
}

func TestEverythingElseIsOpaque(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", " ", ".", "..", "....", "hello", "5E6732BF-CFF9-72E6-FF19-1C0145061A00", "r:2c1d9a", "SG.abc.def",
		"v4.public.eyJzdWIiOiIxIn0", "12|abcdef",
		encode(`{"iv":"a","mac":"b"}`),                   // an encrypted cookie
		encode(`{"user":1}`) + ".ZxY.c2lnbmF0dXJl",       // a signed cookie
		encode(`"text"`) + "." + encode(`[1]`) + ".c2ln", // JSON, but no objects
	} {
		tok := Parse(raw)
		if tok.Kind != Opaque || tok.Header != nil || tok.Claims != nil || tok.Damage != nil {
			t.Errorf("%q: %+v", raw, tok)
		}
	}
}

func TestNumericDate(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		`1670441825`: "2022-12-07T19:37:05Z", `1670441825.25`: "2022-12-07T19:37:05.25Z", `1.670441825e9`: "2022-12-07T19:37:05Z",
		`"1670441825"`: "2022-12-07T19:37:05Z", `" 1670441825 "`: "2022-12-07T19:37:05Z", `0`: "1970-01-01T00:00:00Z", `-1`: "1969-12-31T23:59:59Z",
		`253402300799`:    "9999-12-31T23:59:59Z",
		`1670441825123`:   "2022-12-07T19:37:05.123Z", // milliseconds
		`1670441825123.5`: "2022-12-07T19:37:05.123Z",
		`-1e10`:           "1653-02-10T06:13:20Z",
		`null`:            "", `""`: "", `"soon"`: "", `"0x10"`: "", `"2022-12-07T19:37:05Z"`: "", `true`: "", `[1]`: "", `{}`: "", ``: "",
		`1e20`: "", `1e400`: "", `-1e20`: "", `99999999999999999999`: "", `"NaN"`: "", `"Inf"`: "",
	} {
		got := ""
		if at, ok := NumericDate(json.RawMessage(raw)); ok {
			got = at.Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%s is %q, want %q", raw, got, want)
		}
	}
}

func TestHostileTokensAreBounded(t *testing.T) {
	t.Parallel()
	deep := Parse(compact(`{"alg":"HS256"}`, `{"a":`+strings.Repeat(`[`, 100_000)+strings.Repeat(`]`, 100_000)+`,"b":1}`))
	if names(deep.Claims) != "a b" || len(deep.Damage) != 1 || deep.Damage[0] != `the claims part nests "a" too deep; the value is left out` {
		t.Errorf("deep: %q %q", names(deep.Claims), deep.Damage)
	}
	wide := Parse(compact(`{"alg":"HS256"}`, `{`+strings.Repeat(`"a":1,`, 99_999)+`"b":1}`))
	if len(wide.Claims) != 100_000 || len(wide.Damage) != 0 {
		t.Errorf("wide: %d claims, damage %q", len(wide.Claims), wide.Damage)
	}
	long := Parse(compact(`{"alg":"HS256"}`, `{"first":1,"long":"`+strings.Repeat("x", 10<<20)+`"}`))
	if names(long.Claims) != "first" || len(long.Damage) != 2 || len(long.Signature) != 32 {
		t.Errorf("long: %q %q", names(long.Claims), long.Damage)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{knackSample, "Bearer " + datarheiSample, `"` + datarheiSample[:120], compact(`{"enc":1}`, `{"a":[{"b":1e5}]}`), "a.b.c", "…"} {
		f.Add(seed)
	}
	f.Add(compact(`{"alg":"none"}`, `{"a":"\ud800\\","exp":1e309,"x":[[[]]],"":{"":{}}}`))
	key := []Key{hmacKey([]byte(rand.Text()))}
	f.Fuzz(func(t *testing.T, raw string) {
		tok := Parse(raw)
		for _, m := range append(tok.Header, tok.Claims...) {
			if !json.Valid(m.Raw) {
				t.Errorf("%q is not valid JSON", m.Raw)
			}
			NumericDate(m.Raw)
		}
		if n := len(Lines(tok.Claims, nil)); n > maxLines+maxNested+1 {
			t.Errorf("%d lines", n)
		}
		for _, f := range Audit(tok, time.Unix(1670441400, 0)) {
			if strings.ContainsFunc(f.Text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Errorf("finding %q is not safe to print", f.Text)
			}
		}
		if v := Verify(raw, key); v.Verdict == Valid {
			t.Error("a key nobody signed with fits")
		}
	})
}

// BenchmarkParse holds reading a token of common size against golang-jwt, which keeps neither order nor duplicates.
func BenchmarkParse(b *testing.B) {
	b.Run("tokenring", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			Parse(datarheiSample)
		}
	})
	b.Run("golang-jwt", func(b *testing.B) {
		b.ReportAllocs()
		parser := gojwt.NewParser()
		for b.Loop() {
			if _, _, err := parser.ParseUnverified(datarheiSample, gojwt.MapClaims{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
