package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session/emulator"
)

// TestKeysOfTheIssuer: the metadata of the issuer in the token leads to the keys, by the rules for its addresses.
func TestKeysOfTheIssuer(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, KeyID: "1", Use: "sig", Algorithm: "ES256"}}})
	metadata := map[string]string{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(metadata) })
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) })
	mux.HandleFunc("GET /secret", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}`))
	})
	mux.HandleFunc("GET /busy", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	sign := func(issuer string) string {
		tok := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": issuer, "aud": "api", "exp": 4102444800})
		tok.Header["kid"] = "1"
		s, err := tok.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		name, issuer, jwks, token string
		args                      []string
		code                      int
		want                      string
	}{
		{"its own keys", server.URL, server.URL + "/keys", sign(server.URL), []string{"--issuer"}, ExitOK, `signature valid, by the key "1" · keys of ` + server.URL + "/keys"},
		{"an address", "", "", sign(server.URL), []string{"--key", server.URL + "/keys"}, ExitOK, `signature valid, by the key "1" · keys of`},
		{"another issuer", "https://other.example", server.URL + "/keys", sign(server.URL), []string{"--issuer"}, ExitFailed, "is for another issuer, https://other.example"},
		{"no keys named", server.URL, "", sign(server.URL), []string{"--issuer"}, ExitFailed, "it has no jwks_uri"},
		{"no web address", server.URL, "file:///etc/passwd", sign(server.URL), []string{"--issuer"}, ExitFailed, "its jwks_uri is not a web address"},
		{"a published secret", server.URL, server.URL + "/secret", sign(server.URL), []string{"--issuer"}, ExitFailed, "publishes a secret"},
		{"no issuer", "", "", sign(""), []string{"--issuer"}, ExitFailed, "the token names no issuer"},
		{"an issuer without an address", "", "", sign("my-app"), []string{"--issuer"}, ExitFailed, "its issuer is not a web address, so only those who have its key can verify it"},
		{"a busy server", "", "", sign(server.URL), []string{"--key", server.URL + "/busy"}, ExitFailed, "/busy answered 503"},
		{"no key in a file", "", "", sign(server.URL), []string{"--key", os.DevNull}, ExitFailed, "JWT · ES256 · signature not verified"},
		{"nothing there", "", "", sign(server.URL), []string{"--key", server.URL + "/none"}, ExitFailed, "/none has no keys"},
	} {
		metadata = map[string]string{"issuer": c.issuer, "jwks_uri": c.jwks}
		out, errs, code := newTest(t).run(c.token, append([]string{"decode"}, c.args...)...)
		if code != c.code || !strings.Contains(out+errs, c.want) || !strings.Contains(out, "JWT · ES256") {
			t.Errorf("%s: exit %d, want %d and %q:\n%s%s", c.name, code, c.code, c.want, out, errs)
		}
	}
}

// TestKeysOfTheIssuerOfAnAccount: the issuer is reached by the account's own connection only.
func TestKeysOfTheIssuerOfAnAccount(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, Use: "sig", Algorithm: "ES256"}}})
	var issuer string
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": issuer + "/keys"})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(set) })
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	issuer = "http://issuer.test:" + port
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": issuer, "exp": 4102444800}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	tr := newTest(t)
	tr.must("", "add", "me@office", "-b", "token", "--set", "address="+issuer, "--allow-http", "--resolve", "issuer.test:"+port+":127.0.0.1")
	tr.want(ExitOK, text, []string{"decode", "--issuer-of", "me@office"}, "signature valid · keys of "+issuer+"/keys")
	tr.want(ExitFailed, text, []string{"decode", "--issuer"}, "no key to verify with")
	tr.want(ExitUsage, text, []string{"decode", "--issuer-of", "nobody"}, "unknown account")
}

// TestOneVerdictForAnAnswer: an opaque token beside a JWT that verifies is no failure, and a token is found in a log.
func TestOneVerdictForAnAnswer(t *testing.T) {
	t.Parallel()
	good, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "ada", "exp": 4102444800}).SignedString([]byte("0123456789abcdef0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key.json")
	if err := os.WriteFile(key, []byte(`{"kty":"oct","k":"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	log := strings.Repeat("GET /v1/items 200 in 12 ms\n", 4000) + "Authorization: Bearer " + good + "\n"
	forged := good[:len(good)-4] + "AAAA"
	for _, c := range []struct {
		name, text, key string
		code            int
	}{
		{"an answer", `{"access_token":"` + good + `","refresh_token":"0p4qu3-70k3n-w17h0u7-m34n1ng"}`, key, ExitOK},
		{"a log", log, key, ExitOK},
		{"a forged one beside it", `{"access_token":"` + good + `","id_token":"` + forged + `"}`, key, ExitRefused},
		{"an opaque one alone", "0p4qu3-70k3n-w17h0u7-m34n1ng", key, ExitRefused},
		{"no key", good, key + ".none", ExitFailed},
	} {
		if out, errs, code := newTest(t).run(c.text, "decode", "--key", c.key); code != c.code {
			t.Errorf("%s: exit %d, want %d:\n%.2000s%s", c.name, code, c.code, out, errs)
		}
	}
}

// TestATokenIsComparedWithAnAccount: the account's token with itself, and with another token.
func TestATokenIsComparedWithAnAccount(t *testing.T) {
	t.Parallel()
	tr := newTest(t)
	_, url := tr.core(emulator.DatarheiOptions{})
	tr.add(url)
	kept, _ := tr.must("", "token", "admin@edge")
	tr.want(ExitOK, kept, []string{"decode", "--against", "admin@edge"}, "against admin@edge", "all claims are the same")
	const other = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEiLCJqdGkiOiJ4In0.c3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3Nzc3M"
	out := tr.want(ExitOK, other, []string{"decode", "--against", "admin@edge"}, "sub", "admin → ada", "exp", "removed")
	if strings.Contains(out, kept[:40]) {
		t.Errorf("the account's token is shown:\n%s", out)
	}
	tr.want(ExitOK, other, []string{"decode", "--json", "--against", "admin@edge"}, `"changes": [`, `"old": "admin"`)
	tr.want(ExitUsage, other, []string{"decode", "--against", "nobody"}, "unknown account")

	// Before and after a refresh, account against account, pasted against kept.
	before := tr.want(ExitFailed, "", []string{"token", "admin@edge", "--against", "admin@edge~1"}, "no earlier claims are kept that differ")
	tr.advance(time.Minute)
	tr.must("", "refresh", "admin@edge")
	out = tr.want(ExitOK, "", []string{"token", "admin@edge", "--against", "admin@edge~1"}, "against admin@edge~1", "exp", "changed", "1 minute later")
	if strings.Contains(before+out, "eyJ") {
		t.Errorf("a token is shown:\n%s", out)
	}
	tr.want(ExitOK, "", []string{"token", "admin@edge", "--against", "admin@edge~1", "--json"}, `"against": "admin@edge~1"`, `"how": "changed"`)
	tr.want(ExitFailed, "", []string{"token", "admin@edge", "refresh", "--against", "admin@edge~1"}, "no earlier claims are kept that differ")
	tr.want(ExitOK, kept, []string{"decode", "--against", "admin@edge~1"}, "all claims are the same")
	tr.want(ExitFailed, kept, []string{"decode", "--against", "admin@edge~2"}, "earlier claims are kept of 1 session only", "the last five")
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "--claims", "--against", "admin@edge~1"}, "specify only one of")
	for _, flag := range []string{"key", "secret", "issuer-of", "fail-on", "against"} {
		tr.want(ExitUsage, kept, []string{"decode", "--" + flag, ""}, "--"+flag+" is empty")
	}
	tr.want(ExitUsage, "", []string{"token", "admin@edge", "--against", ""}, "--against is empty")
	tr.want(ExitUsage, "", []string{"login", "admin@edge", "--scope", " "}, "--scope is empty")
	tr.must("", "add", "admin@edge~1", "--backend", "datarhei-core", "--set", "address="+url, "--set", "username=admin")
	tr.want(ExitNeedsLogin, kept, []string{"decode", "--against", "admin@edge~1"}, "needs a login")
}
