package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"
)

// BenchmarkFigures measures what a person waits for: a token found, parsed and laid out, a large one, and a log.
func BenchmarkFigures(b *testing.B) {
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	part := base64.RawURLEncoding.EncodeToString
	make := func(claims string) string {
		return part([]byte(`{"alg":"RS256","typ":"JWT","kid":"k1"}`)) + "." + part([]byte(claims)) + "." + strings.Repeat("s", 43)
	}
	small := make(`{"iss":"https://id.example","sub":"ada","aud":"api","iat":1777896000,"exp":1777899600,"scope":"openid email","jti":"a1b2c3d4e5"}`)
	large := make(`{"roles":["` + strings.Repeat(`reader","`, 80_000) + `end"],"exp":1777899600}`)
	var log strings.Builder
	for i := range 1000 {
		fmt.Fprintf(&log, "2026-05-04T12:00:00Z INFO GET /v1/items?page=%d 200 Authorization: Bearer %s\n", i, strings.Replace(small, "s"+strings.Repeat("s", 10), fmt.Sprintf("%011d", i), 1))
		log.WriteString(strings.Repeat("2026-05-04T12:00:00Z DEBUG nothing of interest happened in the worker pool\n", 130))
	}
	lay := func(raw string) {
		t := Parse(raw)
		_, _, _ = t.Lines(nil), Lines(t.Header, nil), Audit(t, now)
	}
	b.Run(fmt.Sprintf("%d bytes", len(small)), func(b *testing.B) {
		for b.Loop() {
			lay(small)
		}
	})
	b.Run(fmt.Sprintf("%d KiB", len(large)>>10), func(b *testing.B) {
		for b.Loop() {
			lay(large)
		}
	})
	b.Run(fmt.Sprintf("a log of %d MiB", log.Len()>>20), func(b *testing.B) {
		for b.Loop() {
			found, err := Find(log.String())
			if err != nil || len(found) != 1000 {
				b.Fatalf("%d tokens: %v", len(found), err)
			}
			for _, one := range found {
				lay(one.Text.Reveal())
			}
		}
	})
}

// FuzzFind looks for a text that the finder, or a reader of one of the forms, does not end on.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{`{"access_token":"a.b.c"}`, "curl -H 'Authorization: Bearer x' https://a.example/?token=y", "s:x.y", ".eJw.a.b", "gAAAAAx", "v4.public.x", "a~b~"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		found, err := Find(text)
		if (err == nil) != (len(found) > 0) {
			t.Fatalf("%d tokens: %v", len(found), err)
		}
		for _, one := range found {
			tok := Parse(one.Text.Reveal())
			_, _ = tok.Lines(nil), Audit(tok, time.Time{})
			_ = Verify(one.Text.Reveal(), nil)
		}
	})
}

// FuzzParseKeys looks for a key set that is not read or refused.
func FuzzParseKeys(f *testing.F) {
	f.Add([]byte(`{"keys":[{"kty":"oct","k":"YQ"},{"kty":"RSA","n":"AQAB","e":"AQAB"}]}`))
	f.Add([]byte("-----BEGIN PUBLIC KEY-----\nMAo=\n-----END PUBLIC KEY-----\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if keys, err := ParseKeys(data); (err == nil) != (len(keys) > 0) {
			t.Fatalf("%d keys: %v", len(keys), err)
		}
	})
}

// TestHostileTextsTakeLittleMemory: parts are counted and not collected. It runs alone, since it counts what all allocate.
func TestHostileTextsTakeLittleMemory(t *testing.T) {
	const size = 4 << 20
	signed := compact(`{"alg":"HS256"}`, `{"_sd":["a"]}`)
	for _, c := range []struct{ name, begin, repeated string }{
		{"dots", "", "."}, {"colons", "", ":"}, {"dashes", "a", "--"}, {"stars", "Fe26.2", "*"}, {"tildes", signed, "~"},
		{"disclosures", signed + "~", "WyJzIiwibiIsInYiXQ~"}, {"parts", "", "eyJ."}, {"pairs", "", "a=b;"},
		{"signatures", `{"payload":"e30","signatures":[`, `{"protected":"e30","signature":"e30"},`},
	} {
		text := c.begin + strings.Repeat(c.repeated, size/len(c.repeated))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		Parse(text)
		_, _ = Find(text)
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 8*size {
			t.Errorf("%s: %d MiB for %d", c.name, (after.TotalAlloc-before.TotalAlloc)>>20, size>>20)
		}
	}
}

// TestTokensAreBounded: a text with more of them than anyone reads is refused, with the limit.
func TestTokensAreBounded(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	for i := range MaxFound + 1 {
		if i == MaxFound {
			if all, err := Find(b.String()); err != nil || len(all) != MaxFound {
				t.Errorf("%d tokens: %v", len(all), err)
			}
		}
		fmt.Fprintf(&b, "token=abcdefghij0123456789%d\n", i)
	}
	if _, err := Find(b.String()); !errors.Is(err, ErrTooMany) {
		t.Error(err)
	}
}
