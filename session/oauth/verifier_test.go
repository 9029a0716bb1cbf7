package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session/oauth"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// TestPublishedKeysAreKept: they are read once, and anew where none fits and a new one may have been published.
func TestPublishedKeysAreKept(t *testing.T) {
	t.Parallel()
	var keys [2]*ecdsa.PrivateKey
	var sets [2][]byte
	for i := range keys {
		keys[i], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		sets[i], _ = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &keys[i].PublicKey, KeyID: "k", Algorithm: "ES256"}}})
	}
	reads, current := 0, 0
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/keys" {
			reads++
			_, _ = w.Write(sets[current])
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": server.URL, "jwks_uri": server.URL + "/keys"})
	}))
	t.Cleanup(server.Close)
	sign := func(i int) string {
		tok := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": server.URL})
		tok.Header["kid"] = "k"
		raw, err := tok.SignedString(keys[i])
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	v := &oauth.Verifier{Client: transport.New(transport.Options{Now: clock}), Now: clock}
	check := func(raw string, want token.Verdict, wantReads int) {
		t.Helper()
		got, err := v.Issuer(t.Context(), raw, "")
		if err != nil || got.Verdict != want || reads != wantReads || got.From != server.URL+"/keys" {
			t.Errorf("%v, read %d times, from %q: %v", got.Verdict, reads, got.From, err)
		}
	}
	check(sign(0), token.Valid, 1)
	check(sign(0), token.Valid, 1)
	current = 1
	check(sign(1), token.Invalid, 1)
	now = now.Add(6 * time.Minute)
	check(sign(1), token.Valid, 2)
	now = now.Add(2 * time.Hour)
	check(sign(1), token.Valid, 3)
	if got, err := v.Issuer(t.Context(), "an-opaque-token", server.URL); err != nil || got.Verdict != token.Unsupported || reads != 3 {
		t.Errorf("opaque: %v, %v", got.Verdict, err)
	}
	shared, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": server.URL}).SignedString([]byte("secret"))
	if _, err := v.Issuer(t.Context(), shared, ""); err == nil || !strings.Contains(err.Error(), "only those who have the secret can verify it") || reads != 3 {
		t.Errorf("signed with a secret: %v, read %d times", err, reads)
	}
	if got, err := v.Issuer(t.Context(), "an-opaque-token", ""); err != nil || got.Verdict != token.Unsupported {
		t.Errorf("opaque, of no issuer: %v, %v", got.Verdict, err)
	}
	graph := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": "https://sts.windows.net/t/"})
	graph.Header["nonce"] = "n"
	raw, _ := graph.SignedString(keys[0])
	if got, err := v.Issuer(t.Context(), raw, ""); err != nil || got.Verdict != token.Reserved {
		t.Errorf("for Microsoft Graph: %v, %v", got.Verdict, err)
	}
}

// TestASlowIssuerBlocksNoOther: while the keys of one issuer are read, another's verify.
func TestASlowIssuerBlocksNoOther(t *testing.T) {
	t.Parallel()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, Algorithm: "ES256"}}})
	asked, answers := make(chan struct{}), make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			close(asked)
			<-answers
		}
		_, _ = w.Write(set)
	}))
	t.Cleanup(server.Close)
	raw, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	v := &oauth.Verifier{Client: transport.New(transport.Options{Now: time.Now}), Now: time.Now}
	at := func(path string) error {
		u, _ := url.Parse(server.URL + path)
		got, err := v.At(t.Context(), raw, u)
		if err == nil && got.Verdict != token.Valid {
			err = errors.New("it is not valid")
		}
		return err
	}
	done := make(chan error)
	go func() { done <- at("/slow") }()
	<-asked
	if err := at("/fast"); err != nil {
		t.Error(err)
	}
	close(answers)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
