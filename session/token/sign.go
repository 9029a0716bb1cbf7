package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-jose/go-jose/v4"
)

// Signer signs tokens with a private key, or with a secret. It never prints its key.
type Signer struct {
	Header map[string]any // what tokens say of the key: its "kid" and its certificate

	public  Key
	private *material
}

// SignAlgorithms lists the algorithms of Sign.
func SignAlgorithms() []string {
	return []string{"HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"}
}

// NewSigner returns the Signer of a private key.
func NewSigner(private crypto.Signer) (Signer, error) {
	public, ok := newKey("", "", private.Public())
	if !ok {
		return Signer{}, errors.New("the key is too short, or of a kind that signs no token")
	}
	return Signer{Header: map[string]any{}, public: public, private: &material{private}}, nil
}

// SharedSigner returns the Signer of a secret.
func SharedSigner(secret []byte) Signer {
	m := &material{secret}
	return Signer{Header: map[string]any{}, public: Key{material: m}, private: m}
}

// ErrPublicJWK reports a JWK without its private half.
var ErrPublicJWK = errors.New("the key is a public one")

// ParseSigner returns the Signer of a JWK (RFC 7517) that holds a private key or a
// secret. Errors never contain a part of the data.
func ParseSigner(data []byte) (Signer, error) {
	var jwk jose.JSONWebKey
	if jwk.UnmarshalJSON(data) != nil {
		return Signer{}, errors.New("the JWK is damaged")
	}
	key, ok := parseJWK(data)
	switch {
	case !ok:
		return Signer{}, errors.New("the JWK is of a kind that signs no token")
	case jwk.IsPublic():
		return Signer{}, ErrPublicJWK
	case key.otherUse:
		return Signer{}, errors.New(`the JWK is not for signatures: its "use" or "key_ops" says so`)
	}
	s := Signer{Header: map[string]any{}, public: key, private: &material{jwk.Key}}
	if jwk.KeyID != "" {
		s.Header["kid"] = jwk.KeyID
	}
	return s, nil
}

// Kind names the kind of the key, with its article.
func (s Signer) Kind() string { return KindOf(s.public.material.key) }

// KindOf names the kind of a public key or of a secret, with its article.
func KindOf(key any) string {
	switch key := key.(type) {
	case []byte:
		return "a secret"
	case *rsa.PublicKey:
		return "an RSA key"
	case *ecdsa.PublicKey:
		return "an EC key of the curve " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "an Ed25519 key"
	}
	return "a key of another kind"
}

// Fits reports whether the key serves an algorithm.
func (s Signer) Fits(alg string) bool { return s.public.serves(alg) }

// Fault returns why a signature with the key proves little, or "".
func (s Signer) Fault(alg string) string { return s.public.fault(alg, nil) }

// Sign returns a JWS in its compact serialization (RFC 7515, section 7.1). The header
// gets what the key says of itself where it says nothing itself, and "alg".
func (s Signer) Sign(alg string, header, claims map[string]any) (string, error) {
	if !s.Fits(alg) {
		return "", fmt.Errorf("the algorithm %s does not fit the key, which is %s", quoteName(alg), s.Kind())
	}
	all := map[string]any{"typ": "JWT"}
	maps.Copy(all, s.Header)
	maps.Copy(all, header)
	all["alg"] = alg
	text := ""
	for _, part := range []map[string]any{all, claims} {
		data, err := json.Marshal(part)
		if err != nil {
			return "", errors.New("its claims have no form in JSON")
		}
		if text != "" {
			text += "."
		}
		text += base64.RawURLEncoding.EncodeToString(data)
	}
	signature, err := method(alg).Sign(text, s.private.key)
	if err != nil {
		return "", fmt.Errorf("the key is too short for %s", alg)
	}
	return text + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// Algorithm returns the first of some algorithms that fits the key; "" if none does.
func (s Signer) Algorithm(of []string) string {
	if i := slices.IndexFunc(of, s.Fits); i >= 0 {
		return of[i]
	}
	return ""
}
