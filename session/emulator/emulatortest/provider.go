package emulatortest

import (
	"crypto"
	"encoding/json"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// IssuerCertified is the client of StartOIDCProviderTLS that a certificate named robot proves.
const IssuerCertified = "certified"

// StartOIDCProviderTLS is StartOIDCProvider over TLS, with a certificate of an authority
// whose clients it trusts (RFC 8705, section 2.1).
func StartOIDCProviderTLS(t testing.TB, authority *Authority) (issuer string) {
	t.Helper()
	own := authority.Issue("server", nil, nil)
	pair, err := json.Marshal(map[string]string{"key": own.KeyPEM(), "cert": own.PEM(), "ca": authority.PEM})
	if err != nil {
		t.Fatal(err)
	}
	at := OIDC.Start(t, "600", `{"keys":[]}`, string(pair))
	return "https" + strings.TrimPrefix(at, "http")
}

// StartOIDCProvider runs oidc-provider, a certified OpenID provider, and returns its
// issuer. It knows the clients IssuerBasic, IssuerPost, IssuerPublic, and IssuerKey with
// some public keys. Its access tokens live for life.
func StartOIDCProvider(t testing.TB, life time.Duration, keys ...crypto.PublicKey) (issuer string) {
	t.Helper()
	set := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{}}
	for _, key := range keys {
		set.Keys = append(set.Keys, jose.JSONWebKey{Key: key})
	}
	jwks, err := json.Marshal(set)
	if err != nil {
		t.Fatal(err)
	}
	return OIDC.Start(t, strconv.Itoa(int(life/time.Second)), string(jwks))
}
