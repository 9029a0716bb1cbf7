package emulatortest

import (
	"crypto"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

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
