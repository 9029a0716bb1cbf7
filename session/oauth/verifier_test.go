package oauth_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// TestPublishedKeysAreKept: they are read once, and anew where none fits, but not at once again.
func TestPublishedKeysAreKept(t *testing.T) {
	t.Parallel()
	var keys [2]*ecdsa.PrivateKey
	var sets [2][]byte
	for i := range keys {
		keys[i], _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		sets[i], _ = json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &keys[i].PublicKey, KeyID: strconv.Itoa(i), Algorithm: "ES256"}}})
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
		tok.Header["kid"] = strconv.Itoa(i)
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
		got, err := v.Issuer(t.Context(), raw, oauth.Way{})
		if err != nil || got.Verdict != want || reads != wantReads || got.From != server.URL+"/keys" {
			t.Errorf("%v, read %d times, from %q: %v", got.Verdict, reads, got.From, err)
		}
	}
	check(sign(0), token.Valid, 1)
	check(sign(0), token.Valid, 1)
	current = 1
	check(sign(1), token.NoMatchingKey, 1)
	now = now.Add(9 * time.Second)
	check(sign(1), token.NoMatchingKey, 1)
	now = now.Add(time.Second)
	check(sign(1), token.Valid, 2)
	now = now.Add(2 * time.Hour)
	check(sign(1), token.Valid, 3)
	if got, err := v.Issuer(t.Context(), "an-opaque-token", oauth.Way{Issuer: server.URL}); err != nil || got.Verdict != token.Unsupported || reads != 3 {
		t.Errorf("opaque: %v, %v", got.Verdict, err)
	}
	shared, _ := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iss": server.URL}).SignedString([]byte("secret"))
	if _, err := v.Issuer(t.Context(), shared, oauth.Way{}); err == nil || !strings.Contains(err.Error(), "only those who have the secret can verify it") || reads != 3 {
		t.Errorf("signed with a secret: %v, read %d times", err, reads)
	}
	if got, err := v.Issuer(t.Context(), "an-opaque-token", oauth.Way{}); err != nil || got.Verdict != token.Unsupported {
		t.Errorf("opaque, of no issuer: %v, %v", got.Verdict, err)
	}
	graph := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": "https://sts.windows.net/t/"})
	graph.Header["nonce"] = "n"
	raw, _ := graph.SignedString(keys[0])
	if got, err := v.Issuer(t.Context(), raw, oauth.Way{}); err != nil || got.Verdict != token.Reserved {
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

// TestKeysOfAnAccountComeItsOwnWay: by its authority and addresses; of the issuer that its definition names, whatever the
// token does; and its certificate is shown to its own servers alone.
func TestKeysOfAnAccountComeItsOwnWay(t *testing.T) {
	t.Parallel()
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	set, _ := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &key.PublicKey, Algorithm: "ES256"}}})
	authority := emulatortest.NewAuthority(t, "root")
	var mu sync.Mutex
	seen := map[string]int{} // certificates that were shown, by path
	var issuer string
	server := authority.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		seen[r.URL.Path] += len(r.TLS.PeerCertificates)
		mu.Unlock()
		if r.URL.Path == "/keys" {
			_, _ = w.Write(set)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"issuer": issuer, "jwks_uri": issuer + "/keys"})
	}), func(c *tls.Config) { c.ClientAuth = tls.RequestClientCert })
	issuer = server.URL
	sign := func(iss string) string {
		raw, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": iss}).SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	me := authority.Issue("me", nil, nil)
	own := transport.Connection{Connection: session.Connection{ClientCertificate: me.PEM(), Authority: authority.PEM}, Key: secret.New(me.KeyPEM())}
	at, _ := transport.ParseOrigin(issuer)
	far, _ := transport.ParseOrigin("https://api.example.com")
	v := &oauth.Verifier{Client: transport.New(transport.Options{Now: time.Now}), Now: time.Now}
	for _, c := range []struct {
		name, iss string
		way       oauth.Way
		want      string // a part of the error, "" for a token that verifies
		shown     int
	}{
		{"without its authority", issuer, oauth.Way{}, "certificate", 0},
		{"its own server", issuer, oauth.Way{Account: "a", Connection: own, Own: []transport.Origin{at}}, "", 2},
		{"an inner server that a token names", issuer, oauth.Way{Account: "c", Connection: own, Own: []transport.Origin{far}}, "private network", 0},
		{"the issuer of its definition", "https://thief.example", oauth.Way{Account: "b", Issuer: issuer, Connection: own, Own: []transport.Origin{far}}, "", 0},
		{"another account's keys", issuer, oauth.Way{Account: "d"}, "certificate", 0},
		{"plain HTTP of another server", "http://id.example.com", oauth.Way{Account: "e", Own: []transport.Origin{far}, AllowHTTP: true}, "HTTP", 0},
	} {
		mu.Lock()
		clear(seen)
		mu.Unlock()
		got, err := v.Issuer(t.Context(), sign(c.iss), c.way)
		mu.Lock()
		shown := seen["/keys"] + seen["/.well-known/openid-configuration"]
		mu.Unlock()
		switch {
		case c.want == "" && (err != nil || got.Verdict != token.Valid), c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)), shown != c.shown:
			t.Errorf("%s: %v, %v; %d certificates were shown", c.name, got.Verdict, err, shown)
		}
	}
}

// TestNoRedirectLeadsToKeys: neither of an issuer nor of an address, and the error says so.
func TestNoRedirectLeadsToKeys(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.RedirectHandler("/elsewhere", http.StatusFound))
	t.Cleanup(server.Close)
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	raw, err := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims{"iss": server.URL}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	v := &oauth.Verifier{Client: transport.New(transport.Options{Now: time.Now}), Now: time.Now}
	at, _ := url.Parse(server.URL + "/keys")
	_, ofIssuer := v.Issuer(t.Context(), raw, oauth.Way{})
	_, ofAddress := v.At(t.Context(), raw, at)
	for _, err := range []error{ofIssuer, ofAddress} {
		if err == nil || !strings.Contains(err.Error(), "answered 302, and no redirect is followed to keys") {
			t.Error(err)
		}
	}
}
