package token

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// shown writes lines as a plain screen would.
func shown(lines []Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%s%s = %s", strings.Repeat("  ", l.Depth), l.Name, l.Value)
		if l.Note != "" {
			fmt.Fprintf(&b, " (%s)", l.Note)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestClaimsBecomeLines(t *testing.T) {
	t.Parallel()
	labels := Labels{
		"exi":       {Label: "Lifetime", Format: "duration"},
		"usefor":    {Format: "enum", Enum: map[string]string{"access": "calls", "refresh": "renewal"}},
		"user.pin2": {Mask: true},
	}
	tok := withClaims(`{"sub":"ad\"min","exp":1670441825,"iat":1670441825000,"nbf":"soon","auth_time":null,` +
		`"updated_at":"2022-12-07T20:37:05+01:00","exi":600,"usefor":"access","ok":true,"aud":["a","b",3],"none":[],"empty":{},` +
		`"user":{"id":9007199254740993,"pin2":"1234","tags":[{"a":1},[2]]}}`)
	want := `sub = ad"min
exp = 2022-12-07 19:37:05 UTC
iat = 2022-12-07 19:37:05 UTC (in milliseconds; the standard asks for seconds)
nbf = soon (not a date)
auth_time = null
updated_at = 2022-12-07 19:37:05 UTC
exi = 10 minutes
usefor = calls
ok = true
aud = a, b, 3
none = []
empty = {}
user = 3 entries
  id = 9007199254740993
  pin2 = ••••••
  tags = 2 entries
    [0] = 1 entry
      a = 1
    [1] = 2
`
	lines := Lines(tok.Claims, labels)
	if got := shown(lines); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if exp := lines[1]; exp.Kind != Time || exp.At.Unix() != 1670441825 || exp.Raw != "1670441825" || exp.Label != "Expires" {
		t.Errorf("exp is %+v", exp)
	}
	if exi := lines[6]; exi.Kind != Duration || exi.Label != "Lifetime" || exi.Raw != "600" {
		t.Errorf("exi is %+v", exi)
	}
}

func TestSecretsAreMaskedUntilRevealed(t *testing.T) {
	t.Parallel()
	const canary = "canary-7d1e"
	for _, claims := range []string{
		`{"password":"` + canary + `"}`, `{"Client-Secret":"` + canary + `"}`, `{"apiKey":["` + canary + `"]}`,
		`{"db_passwd":{"x":"` + canary + `"}}`, `{"old_password_2":"` + canary + `"}`, `{"refresh_token":"` + canary + `"}`,
		`{"hash":"` + canary + `"}`, `{"x":"$2b$10$` + canary + `"}`, `{"x":"$argon2id$` + canary + `"}`, `{"x":["a","$2a$` + canary + `"]}`,
		`{"x":"eyJh.` + canary + `.c"}`, `{"x":"-----BEGIN RSA PRIVATE KEY-----` + canary + `"}`,
		`{"user":{"private_key":"` + canary + `"}}`, `{"users":[{"pwd":"` + canary + `"}]}`,
		`{"secrets":["` + canary + `"]}`, `{"api_keys":["` + canary + `"]}`, `{"tokens":["` + canary + `"]}`,
		`{"marked":"` + canary + `"}`,
	} {
		lines := Lines(withClaims(claims).Claims, Labels{"marked": {Mask: true}})
		if printed := fmt.Sprintf("%+v %#v", lines, lines); strings.Contains(printed, canary) {
			t.Errorf("%s is shown: %s", claims, printed)
		}
		last := lines[len(lines)-1]
		if !last.Masked || !strings.Contains(last.Reveal().Value, canary) || !strings.Contains(last.Reveal().Raw, canary) {
			t.Errorf("%s cannot be revealed: %+v", claims, last.Reveal())
		}
	}
	for _, claims := range []string{
		`{"password_changed_at":1670441825}`, `{"password_expired":false}`, `{"at_hash":"abc"}`, `{"shipping":"x"}`, `{"token_type":"x"}`, `{"secret":null}`,
	} {
		if line := Lines(withClaims(claims).Claims, nil)[0]; line.Masked || line.Reveal().Value != line.Value {
			t.Errorf("%s is masked", claims)
		}
	}
}

func TestPersonalClaimsAreMarked(t *testing.T) {
	t.Parallel()
	lines := Lines(withClaims(`{"fullName":"Ann","sub":"ann@example.org","scope":"a@b","roles":"x","to":[1,"ann@example.org"],"phoneNumbers":["1"],"ids":["1"]}`).Claims, nil)
	for i, want := range []bool{true, true, false, false, true, true, false} {
		if lines[i].Personal != want {
			t.Errorf("%s: personal is %v", lines[i].Name, lines[i].Personal)
		}
	}
}

func TestDuplicateClaimsSayWhichCounts(t *testing.T) {
	t.Parallel()
	for _, line := range Lines(withClaims(`{"sub":"a","sub":"b"}`).Claims, nil) {
		if !strings.Contains(line.Note, "the last one counts") {
			t.Errorf("note is %q", line.Note)
		}
	}
}

func TestLinesOfHostileTokensAreBounded(t *testing.T) {
	t.Parallel()
	nested := strings.Repeat(`{"a":[0,`, 400) + "1" + strings.Repeat(`]}`, 400)
	for name, c := range map[string]struct{ claims, last string }{
		"many claims":  {`{` + strings.Repeat(`"a":1,`, 99_999) + `"b":1}`, "99000 more are not shown"},
		"large object": {`{"x":{` + strings.Repeat(`"a":1,`, 9_999) + `"b":1}}`, "9001 more are not shown"},
		"large list":   {`{"x":[` + strings.Repeat(`{},`, 9_999) + `{}]}`, "9001 more are not shown"},
		"long list":    {`{"x":[` + strings.Repeat(`12,`, 99_999) + `12]}`, "100000 entries in all; truncated, 300001 bytes in all"},
		"long text":    {`{"x":"` + strings.Repeat("é", 100_000) + `"}`, "truncated, 200002 bytes in all"},
		"deep nesting": {`{"x":` + nested + `}`, ""},
		"many large":   {`{` + strings.Repeat(`"a":[`+strings.Repeat(`{},`, 200)+`{}],`, 99) + `"b":1}`, ""},
	} {
		lines := Lines(withClaims(c.claims).Claims, nil)
		if len(lines) > 2*maxLines+maxNested+1 {
			t.Errorf("%s: %d lines", name, len(lines))
		}
		if got := lines[len(lines)-1].Note; c.last != "" && got != c.last {
			t.Errorf("%s: ends with %q", name, got)
		}
		for _, l := range lines {
			if len(l.Value) > maxValue+len("…") || len(l.Raw) > maxValue+len("…") || l.Depth > maxNested+1 {
				t.Fatalf("%s: line %q is too long or too deep", name, l.Name)
			}
		}
	}
}

func TestDurationsInWords(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0: "0 seconds", time.Second: "1 second", 90 * time.Second: "1 minute 30 seconds", 10 * time.Minute: "10 minutes",
		26*time.Hour + time.Minute: "1 day 2 hours", 250 * time.Millisecond: "250ms", 48 * time.Hour: "2 days",
	} {
		if got := words(d.Seconds()); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func BenchmarkHostileToken(b *testing.B) {
	for name, raw := range map[string]string{
		"10MiB":    compact(`{"alg":"HS256"}`, `{"a":"`+strings.Repeat("x", 10<<20)+`"}`),
		"100k":     compact(`{"alg":"HS256"}`, `{`+strings.Repeat(`"a":1,`, 100_000)+`"b":1}`),
		"deep":     compact(`{"alg":"HS256"}`, `{"a":`+strings.Repeat(`[`, 10_000)+strings.Repeat(`]`, 10_000)+`}`),
		"branched": compact(`{"alg":"HS256"}`, strings.Repeat(`{"a":[0,`, 60_000)),
		"wide":     compact(`{"alg":"HS256"}`, `{"a":[`+strings.Repeat(`{"b":[{}]},`, 60_000)+`{}]}`),
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				Lines(Parse(raw).Claims, nil)
			}
		})
	}
}
