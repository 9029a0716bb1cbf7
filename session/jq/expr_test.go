package jq_test

import (
	"context"
	"encoding/base64"
	"errors"
	"math/big"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"testing"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

const canary = "canary-77aa-never-print-me"

// jwt returns an unsigned token of the given claims.
func jwt(claims string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	return b64([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + b64([]byte(claims)) + ".c2ln"
}

func compile(t *testing.T, src string) *jq.Query {
	t.Helper()
	q, err := jq.Compile(src)
	if err != nil {
		t.Fatalf("Compile(%q): %v", src, err)
	}
	return q
}

func bigInt(s string) *big.Int {
	i, _ := new(big.Int).SetString(s, 10)
	return i
}

func TestValueOfAnAnswer(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{
		"status": 200,
		"body": map[string]any{
			"token": "tok", "expires_in": 3600, "expires_text": " 900 ", "ratio": 0.5,
			"id": bigInt("123456789012345678901234567890"), "list": []any{1, "two", nil}, "none": nil,
		},
		"headers":  map[string]any{"x-uid": "7"},
		"password": secret.New("hunter2"),
		"absent":   secret.String{},
		"access":   jwt(`{"sub":"admin","exp":1700000600,"big":9007199254740993,"huge":123456789012345678901,"f":1.5,"e":1e400}`),
	}
	for _, tc := range []struct {
		src  string
		want any
	}{
		{".status == 200", true},
		{".body.token", "tok"},
		{".body.id", bigInt("123456789012345678901234567890")},
		{".body.id + 1", bigInt("123456789012345678901234567891")},
		{"9007199254740993", 9007199254740993},
		{"123456789012345678901234567890", bigInt("123456789012345678901234567890")},
		{"1.0", 1.0},
		{"infinite", 1.7976931348623157e308},
		{"1e999", 1.7976931348623157e308},
		{"[nan]", []any{nil}},
		{".body.list", []any{1, "two", nil}},
		{".body.list[]", 1},
		{"empty", nil},
		{".nothing.at.all", nil},
		{"(.body.details[0])? // .body.token", "tok"},
		{`.headers["x-uid"] | tonumber`, 7},
		{".password", "hunter2"},
		{".absent", ""},
		{"claims(.access).sub", "admin"},
		{".access | claims.exp", 1700000600},
		{"claims(.access) | .big, .huge", 9007199254740993},
		{"claims(.access).huge", bigInt("123456789012345678901")},
		{"claims(.access) | [.f, .e]", []any{1.5, 1.7976931348623157e308}},
		{"header(.access).alg", "HS256"},
		{"claims(.body.token)", nil},
		{"claims(null)", nil},
		{"claims(1)", nil},
		{`claims("a.b.c")`, nil},
		{`claims("a.W10.c")`, nil},
		{`claims("a.b.c.d.e")`, nil},
		{"seconds(.body.expires_in)", map[string]any{jq.AfterKey: 3600000}},
		{"seconds(.body.expires_text)", map[string]any{jq.AfterKey: 900000}},
		{"seconds(.body.ratio)", map[string]any{jq.AfterKey: 500}},
		{"ms(.body.expires_in)", map[string]any{jq.AfterKey: 3600}},
		{".body.expires_in | ms", map[string]any{jq.AfterKey: 3600}},
		{"seconds(.body.none)", nil},
		{`"a?b>c" | base64url`, "YT9iPmM"},
		{`"YT9iPmM=" | base64url_decode`, "a?b>c"},
		{`"_w" | base64url_decode`, "\ufffd"},
		{`"é" | [hex, (hex | hex_decode)]`, []any{"c3a9", "é"}},
		{`"ff00" | hex_decode | @base64`, "/wA="},
		{`"abc" | [md5, sha1]`, []any{"900150983cd24fb0d6963f7d28e17f72", "a9993e364706816aba3e25717850c26c9cd0d89d"}},
		{`"abc" | sha512 | .[:32]`, "ddaf35a193617abacc417349ae204131"},
		{ // RFC 7636, appendix B
			`"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk" | sha256_base64url`,
			"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
		},
		{`"abc" | sha256`, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{ // RFC 4231, test case 2
			`"what do ya want for nothing?" | hmac_sha256("Jefe")`,
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
		},
		{`"what do ya want for nothing?" | hmac_sha256_base64("Jefe")`, "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM="},
		{`"what do ya want for nothing?" | hmac_sha256_hexkey("4a656665") == hmac_sha256("Jefe")`, true},
		{`"what do ya want for nothing?" | hmac_sha512("Jefe") | .[:32]`, "164b7a7bfcf819e2e395fbe73b56e0a3"},
		{`"what do ya want for nothing?" | hmac_sha1("Jefe")`, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"}, // RFC 2202, test case 2
		{ // the token that jwt.io shows
			`"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvaG4gRG9lIiwiaWF0IjoxNTE2MjM5MDIyfQ"
				| hmac_sha256("your-256-bit-secret") | hex_decode | base64url`,
			"SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
		},
		{ // the example of AWS Signature Version 4, "derive a signing key"
			`"20120215" | hmac_sha256("AWS4wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY") as $date | "us-east-1" | hmac_sha256_hexkey($date) as $region
				| "iam" | hmac_sha256_hexkey($region) as $service | "aws4_request" | hmac_sha256_hexkey($service)`,
			"f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d",
		},
		{`.body | .token = "new" | .token`, "new"},
	} {
		got, err := compile(t, tc.src).Value(t.Context(), scope)
		if err != nil || !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s = %#v, %v; want %#v", tc.src, got, err, tc.want)
		}
	}
}

func TestUUIDsAreRandom(t *testing.T) {
	t.Parallel()
	q := compile(t, "[uuid, uuid]")
	got, err := q.Value(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	pair := got.([]any)
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if pair[0] == pair[1] || !form.MatchString(pair[0].(string)) || !form.MatchString(pair[1].(string)) {
		t.Errorf("[uuid, uuid] = %v", pair)
	}
}

func TestMatchAndTest(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{"status": 401, "body": nil, "text": "abc"}
	for _, tc := range []struct {
		src   string
		match bool
		fails bool
	}{
		{".status == 401 or .status == 403", true, false},
		{".status == 200", false, false},
		{"null", false, false},
		{"empty", false, false},
		{"0", true, false},
		{".text", true, false},
		{".body.error.code == 7", false, false},
		{".text.code == 7", false, true},
		{`error("x")`, false, true},
		{".status == 401, .text", true, false},
		{".status == 401, .body", false, false},
		{"false, error", false, false},
		{"true, error", false, true},
		{"[1, 2][] | . > 1", false, false},
	} {
		q := compile(t, tc.src)
		if got := q.Match(t.Context(), scope); got != tc.match {
			t.Errorf("%s: Match = %t, want %t", tc.src, got, tc.match)
		}
		got, err := q.Test(t.Context(), scope)
		var failure *jq.EvalError
		if got != tc.match || errors.As(err, &failure) != tc.fails {
			t.Errorf("%s: Test = %t, %v; want %t, failure %t", tc.src, got, err, tc.match, tc.fails)
		}
	}
}

func TestFailuresCarryNoValues(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{
		"s": secret.New(canary), "o": map[string]any{"k": canary}, "l": []any{canary}, "n": 1,
		"odd": struct{ X string }{canary}, "secrets": []any{secret.New(canary)},
	}
	for src, kind := range map[string]string{
		".s.x":                            "a string has no fields",
		".n[0]":                           "a number has no items",
		".s[]":                            "cannot iterate over a string",
		"-.s":                             "a string cannot be negated",
		".s + 1":                          "a string cannot be added to that",
		".s - 1":                          "that cannot be subtracted from a string",
		".o * .n":                         "an object cannot be multiplied by that",
		".o / 1":                          "an object cannot be divided by that",
		".o % 1":                          "an object has no remainder",
		".l[.s]":                          "an array has no fields",
		".l[true]":                        "a boolean cannot be the index of an array",
		".o[1]":                           "an object has no items",
		"{(.n): 1}":                       "a number cannot be the key of an object",
		".n / 0":                          "division by zero",
		".s | tonumber":                   "tonumber does not accept this value",
		".s | test(1)":                    "test does not accept this value",
		".o | keys[0] | ltrimstr(1)":      "ltrimstr does not accept this value",
		"error(.s)":                       "it called error",
		`error({a: .s})`:                  "it called error",
		".s | fromjson":                   "fromjson does not accept this value",
		".s | seconds":                    "seconds takes a number, or a string of one",
		`"9e15" | seconds`:                "seconds takes a number, or a string of one",
		`"NaN" | ms`:                      "ms takes a number, or a string of one",
		".n | sha256":                     "sha256 takes a string",
		".s as $k | .n | hmac_sha256($k)": "hmac_sha256 takes a string and a string as key",
		`"\(.s)!" | base64url_decode`:     "base64url_decode takes base64url",
		`"\(.s)!" | hex_decode`:           "hex_decode takes hex",
		".s | hmac_sha1_hexkey(.)":        "hmac_sha1_hexkey takes its key in hex",
		".odd | type":                     "jq does not support the type of a value",
		".secrets[0] | length":            "jq does not support the type of a value",
		".s | splits(\"(\")":              "it cannot be computed from these values",
		".s | strptime(\"%Y\")":           "strptime does not accept this value",
		"path(.s | tostring | length)":    "it cannot be computed from these values",
	} {
		_, err := compile(t, src).Value(t.Context(), scope)
		var failure *jq.EvalError
		if !errors.As(err, &failure) {
			t.Errorf("%s: %v, want an EvalError", src, err)
			continue
		}
		if failure.Source != src || failure.Kind != kind {
			t.Errorf("%s: %q, want %q", src, failure.Kind, kind)
		}
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: the error quotes a value: %v", src, err)
		}
	}
}

func TestFailuresShowOneShortLine(t *testing.T) {
	t.Parallel()
	q := compile(t, ".s.x # \x1b[2J\n"+strings.Repeat(" ", 1000))
	_, err := q.Value(t.Context(), jq.Scope{"s": "text"})
	if err == nil || strings.ContainsAny(err.Error(), "\x1b\n") || len(err.Error()) > 300 {
		t.Errorf("the error is %q", err)
	}
}

func TestEndlessExpressionsStop(t *testing.T) {
	t.Parallel()
	for _, src := range []string{
		"def f: f; f",
		"def f: 1 + f; f",
		"[range(1e12)]",
		"last(repeat(1))",
		"[limit(1e9; repeat(.))] | length",
		"until(false; .)",
		"reduce range(1e12) as $i (0; . + $i)",
		`reduce range(1e12) as $i ("x"; . + "x") | length`,
	} {
		_, err := compile(t, src).Value(t.Context(), nil)
		var failure *jq.EvalError
		if !errors.As(err, &failure) || !strings.HasPrefix(failure.Kind, "it ran too long") && !strings.HasPrefix(failure.Kind, "it needs too much memory") {
			t.Errorf("%s: %v", src, err)
		}
	}
}

// TestLongTextsAreMatched has a text of which gojq makes work that grows with its square,
// which would be more than the steps of a run.
func TestLongTextsAreMatched(t *testing.T) {
	t.Parallel()
	n := 8_000
	if jq.RaceDetector {
		n = 1_000
	}
	scope := jq.Scope{"text": strings.Repeat("a", n)}
	for src, want := range map[string]any{
		`[.text | scan("a")] | length`:            n,
		`[.text | scan("[a-z]")] | length`:        n,
		`[.text | match("a{10}"; "g")] | length`:  n / 10,
		`.text | gsub("a"; "bc") | length`:        2 * n,
		`.text | gsub("(?<x>.)"; .x) | length`:    n,
		`[.text | splits("a{4}")] | length`:       n/4 + 1,
		`.text | [test("b"), test("a{9}[^a]|b")]`: []any{false, false},
	} {
		got, err := compile(t, src).Value(t.Context(), scope)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s = %v, %v; want %v", src, got, err, want)
		}
	}
}

func TestCancelledRunsSaySo(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := compile(t, "repeat(1)").Value(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Value = %v, want %v", err, context.Canceled)
	}
}

func TestLargeResultsAreRefused(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{"big": strings.Repeat("x", 2<<20), "half": strings.Repeat("x", 512<<10),
		"short": make([]any, 1000), "long": make([]any, 200_000), "n": new(big.Int).Lsh(big.NewInt(1), 8<<20)}
	for src, refused := range map[string]bool{
		".half":                                false,
		".big | length":                        false,
		".big":                                 true,
		"[.half, .half]":                       true,
		"{a: .half, (.half): 1}":               true,
		".long":                                true,
		".short":                               false,
		`reduce range(900) as $i (1; [.])`:     false,
		`reduce range(2000) as $i (1; [.])`:    true,
		`reduce range(2000) as $i (1; {a: .})`: true,
		".n":                                   true,
	} {
		_, err := compile(t, src).Value(t.Context(), scope)
		var failure *jq.EvalError
		if errors.As(err, &failure) != refused || refused && !strings.HasPrefix(failure.Kind, "the result is too large") {
			t.Errorf("%s: %v, want refused = %t", src, err, refused)
		}
	}
	if !compile(t, ".big").Match(t.Context(), scope) {
		t.Error("a large value is no match")
	}
}

func TestResultsShareNothingWithTheScope(t *testing.T) {
	t.Parallel()
	scope := jq.Scope{"body": map[string]any{"list": []any{"a"}}}
	got, err := compile(t, ".body").Value(t.Context(), scope)
	if err != nil {
		t.Fatal(err)
	}
	got.(map[string]any)["list"].([]any)[0] = "changed"
	if scope["body"].(map[string]any)["list"].([]any)[0] != "a" {
		t.Error("changing the result changed the scope")
	}
}

func TestQueriesRunAtTheSameTime(t *testing.T) {
	t.Parallel()
	q := compile(t, `[.body.list[] | . + 1] | add`)
	scope := jq.Scope{"body": map[string]any{"list": []any{1, 2, 3}}}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if got, err := q.Value(t.Context(), scope); err != nil || got != 9 {
					t.Errorf("the sum is %v, %v", got, err)
				}
			}
		})
	}
	wg.Wait()
}
