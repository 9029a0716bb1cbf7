package token

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"

	"github.com/go-jose/go-jose/v4"
)

// Key verifies signatures. It never prints its key material.
type Key struct {
	ID       string // the "kid" of a JWK; empty for PEM and HMAC keys
	Alg      string // the only algorithm it serves; empty for every algorithm of its type
	material *material
}

// material is a pointer in Key so that fmt does not reach the bytes of an HMAC secret.
type material struct{ key any } // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey

// Format writes no part of the key, whatever the verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "key") }

// minRSA is the key length in bits below which Go's crypto/rsa refuses to verify.
const minRSA = 1024

var (
	// ErrNoKey reports data without a usable key.
	ErrNoKey = errors.New("no usable key found; give a public key or certificate in PEM, a JWK, or a JWK set")
	// ErrPrivateKey reports a private key in PEM.
	ErrPrivateKey = errors.New("this is a private key; give the public key or the certificate that belongs to it")
)

// ParseKeys reads the keys of PEM text (public keys and certificates), of a JWK (RFC 7517), or of a JWK set. It
// skips keys of unknown type or for encryption in a set. Errors never contain a part of the data.
func ParseKeys(data []byte) ([]Key, error) {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) > 0 && data[0] == '{':
		return parseJWKs(data)
	case bytes.HasPrefix(data, []byte("-----BEGIN ")):
		return parsePEM(data)
	default:
		return nil, ErrNoKey
	}
}

func parseJWKs(data []byte) ([]Key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(data, &set) != nil {
		return nil, fmt.Errorf("%w: the JSON is damaged", ErrNoKey)
	}
	if set.Keys == nil {
		set.Keys = []json.RawMessage{data}
	}
	var keys []Key
	for _, raw := range set.Keys {
		if key, ok := parseJWK(raw); ok {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

func parseJWK(raw json.RawMessage) (Key, bool) {
	var jwk jose.JSONWebKey
	if jwk.UnmarshalJSON(raw) != nil || jwk.Use == "enc" {
		return Key{}, false
	}
	key := jwk.Key
	if _, shared := key.([]byte); !shared {
		key = jwk.Public().Key
	}
	return newKey(jwk.KeyID, jwk.Algorithm, key)
}

func parsePEM(data []byte) ([]Key, error) {
	var keys []Key
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		var key any
		var err error
		switch block.Type {
		case "PUBLIC KEY":
			key, err = x509.ParsePKIXPublicKey(block.Bytes)
		case "RSA PUBLIC KEY":
			key, err = x509.ParsePKCS1PublicKey(block.Bytes)
		case "CERTIFICATE":
			var cert *x509.Certificate
			if cert, err = x509.ParseCertificate(block.Bytes); err == nil {
				key = cert.PublicKey
			}
		case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
			return nil, ErrPrivateKey
		}
		if err != nil {
			continue
		}
		if k, ok := newKey("", "", key); ok {
			keys = append(keys, k)
		}
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

// newKey returns a key of a type that can verify a signature.
func newKey(id, alg string, key any) (Key, bool) {
	switch key := key.(type) {
	case []byte, *ecdsa.PublicKey, ed25519.PublicKey:
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA {
			return Key{}, false
		}
	default:
		return Key{}, false
	}
	return Key{ID: id, Alg: alg, material: &material{key}}, true
}
