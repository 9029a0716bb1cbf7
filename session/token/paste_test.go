package token

import (
	"strings"
	"testing"
)

func TestCleanRemovesWhatIsCopiedAlong(t *testing.T) {
	t.Parallel()
	jwt := datarheiSample
	wrapped := jwt[:40] + "\r\n" + jwt[40:90] + "\n    " + jwt[90:]
	for _, token := range []string{jwt, "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "r:2c1d9aF+/x==", "7123456789:AAHk3vT-x_Y"} {
		for _, raw := range []string{
			token, " " + token + "\n", "\ufeff" + token + "\u200b", `"` + token + `"`, "'" + token + "',", "“" + token + "”;", `\"` + token + `\"`,
			"Bearer " + token, "bearer\t" + token, "Token " + token, "JWT " + token, "Basic " + token,
			"Authorization: Bearer " + token, "authorization:bearer  " + token, "Authorization: " + token, "Authorization: KnackToken " + token,
			`"Authorization": "Bearer ` + token + `",`, `'Authorization': 'Bearer ` + token + `'`, `Authorization: Token token="` + token + `"`,
			"x-access-token: " + token, "x-access-token:" + token, "X-Knack-REST-API-Key:  " + token,
			`"token": "` + token + `",`, `'access_token' : '` + token + `'`, `"token":"` + token + `"`, `token: "` + token + `"`, `"user-token": "` + token + `",` + "\n",
			"token=" + token, "?token=" + token, "access_token = " + token, "session=" + token,
			"export T=" + token, `export TOKEN="` + token + `"`, "T='" + token + "'", "set T=" + token, `$env:T = "` + token + `"`, `const token = "` + token + `";`,
			"-H 'Authorization: Bearer " + token + `' \`, `--header "x-access-token: ` + token + `" \` + "\n", "-H'Authorization: Bearer " + token + "'",
			"-b 'sid=" + token + "'",
		} {
			if got, _, _ := Clean(raw); got != token {
				t.Errorf("Clean(%q) = %q", raw, got)
			}
			if token != jwt {
				continue
			}
			if tok := Parse(raw); tok.Kind != JWS || len(tok.Damage) > 0 || tok.Size != len(jwt) {
				t.Errorf("%q is a %v with damage %q", raw, tok.Kind, tok.Damage)
			}
		}
	}
	encoded := strings.ReplaceAll(jwt, ".", "%2E")
	twice := strings.ReplaceAll(encoded, "%", "%25")
	for raw, want := range map[string]string{
		encoded: jwt, "jwt=" + encoded: jwt, "Bearer%20" + jwt: jwt, "Authorization: Bearer%20" + encoded: jwt, "the log says " + encoded: jwt, "Cookie: a=b; sid=" + encoded: jwt,
		"the log says Bearer%20" + jwt: jwt, twice: jwt, "Bearer%2520" + twice: jwt, "the log says " + twice: jwt, "the log says Bearer%2520" + twice: jwt,
		"GET https://example.com/cb?next=%2Fa%3Ftoken%3D" + twice: jwt, "https://example.com/" + twice + "/x": jwt,
		wrapped: jwt, "Authorization: Bearer " + wrapped: jwt, `"` + strings.ReplaceAll(wrapped, "\n", "\\\n") + `"`: jwt,
		jwt[:50] + " " + jwt[50:]: jwt, "3f2504e0-4f89\n  -11d3-9a0c": "3f2504e0-4f89-11d3-9a0c",
	} {
		got, ignored, _ := Clean(raw)
		if got != want || len(ignored) == 0 {
			t.Errorf("Clean(%q) = %q without %q", raw, got, ignored)
		}
	}
}

func TestCleanLeavesATokenAlone(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{
		"", "a", "r:2c1d9a", "12|abcdef", "user:pass", "a=b", "dXNlcjpwYXNz=", "dXNlcjpwYXNzIQ==", "AbC=", "s:abc.def", "s%3Aabc.def.ghi", "a%2Eb%2Ec",
		"7123456789:AAHk3v", "v4.public.eyJzdWIiOiIxIn0", "~!@#%^*()[]{}", "Id=a/b",
		`eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19.{"amount":7}.WlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlo`,
	} {
		if got, ignored, _ := Clean(raw); got != raw || ignored != nil {
			t.Errorf("Clean(%q) = %q, ignored %q", raw, got, ignored)
		}
	}
}

func TestFaultNamesThePlaceAndNothingElse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"":                "",
		datarheiSample:    "",
		" ~!\"\\":         "",
		"abc\r\nX-Inj: 1": "character 4 is a line break",
		"abc\ndef":        "character 4 is a line break",
		"a\tb":            "character 2 is a control character",
		"\x00":            "character 1 is a control character",
		"a\x7f":           "character 2 is a control character",
		"a\u200bb":        "character 2 is an invisible character",
		"canaré":          "character 6 is not ASCII",
		"a\xffb":          "character 2 is not ASCII",
		"tökens":          "character 2 is not ASCII",
		"ghp_abc…xyz":     "dots stand for a part of it that was left out",
		"eyJz93a...k4laU": "dots stand for a part of it that was left out",
	} {
		got := Fault(raw)
		if before, _, _ := strings.Cut(got, ","); before != want {
			t.Errorf("Fault(%q) = %q, want %q", raw, got, want)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, seed := range []string{datarheiSample, `-H 'Authorization: Bearer a.b.c' \`, `"token": "x",`, "export T=a\nb", "$env:T = 'é'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		clean, _, _ := Clean(raw)
		if again, _, _ := Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, and of that %q", raw, clean, again)
		}
	})
}
