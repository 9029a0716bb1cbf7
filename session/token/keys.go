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
	"iter"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Key verifies signatures. It never prints its key material.
type Key struct {
	ID       string // the "kid" of a JWK; empty for PEM and HMAC keys
	Alg      string // the only algorithm it serves; empty for every algorithm of its type
	otherUse bool   // its "use" or "key_ops" excludes verification
	material *material
}

// material is a pointer in Key so that fmt does not reach the bytes of an HMAC secret.
type material struct{ key any } // []byte, *rsa.PublicKey, *ecdsa.PublicKey or ed25519.PublicKey

// Shared reports whether the key is a secret, with which one can also sign.
func (k Key) Shared() bool {
	_, shared := k.material.key.([]byte)
	return shared
}

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
// skips keys of unknown type in a set; one that is not for signatures serves none. Errors never contain a part of the data.
func ParseKeys(data []byte) ([]Key, error) {
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff"))) // some editors begin a file with it
	switch {
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return parsePEM(data)
	case len(data) > 0 && data[0] == '{':
		return parseJWKs(data)
	default:
		return nil, ErrNoKey
	}
}

// PEM yields the blocks of PEM text (RFC 7468), also where a form or a variable removed its line breaks, or YAML, .env or
// JSON holds it.
func PEM(text []byte) iter.Seq[*pem.Block] {
	return func(yield func(*pem.Block) bool) {
		lines := pemLimits().ReplaceAll([]byte(pemLines.Replace(string(text))), []byte("\n$1\n"))
		for block, rest := pem.Decode(lines); block != nil && yield(block); block, rest = pem.Decode(rest) {
		}
	}
}

var (
	pemLines  = strings.NewReplacer(`\n`, "\n", `\r`, "", `"`, "\n", "'", "\n")
	pemLimits = lazy.Regexp(`(-----(?:BEGIN|END) [^-\n]*-----)\s*`) // begins with a literal, which is fast to find
)

// SharedKey returns the key of a secret that signer and verifier share, byte by byte, for the algorithms with HMAC.
func SharedKey(shared secret.String) Key {
	return Key{material: &material{[]byte(shared.Reveal())}}
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
	var may struct {
		Operations []string `json:"key_ops"`
	}
	if jwk.UnmarshalJSON(raw) != nil || json.Unmarshal(raw, &may) != nil {
		return Key{}, false
	}
	public := jwk.Key
	if _, shared := public.([]byte); !shared {
		public = jwk.Public().Key
	}
	key, ok := newKey(jwk.KeyID, jwk.Algorithm, public)
	signs := slices.Contains(may.Operations, "verify") || slices.Contains(may.Operations, "sign")
	key.otherUse = jwk.Use != "" && jwk.Use != "sig" || len(may.Operations) > 0 && !signs
	return key, ok
}

func parsePEM(data []byte) ([]Key, error) {
	var keys []Key
	for block := range PEM(data) {
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

// fault returns why a signature that the key fits proves little, or "". all are the keys that were given with it.
func (k Key) fault(alg string, all []Key) string {
	secrets, public, same := 0, 0, 0
	for _, other := range all {
		if other.Shared() {
			secrets++
		} else {
			public++
		}
		if k.ID != "" && other.ID == k.ID && other.serves(alg) { // keys of other types may share an id
			same++
		}
	}
	switch key := k.material.key.(type) {
	case []byte:
		if bits, _ := strconv.Atoi(strings.TrimPrefix(alg, "HS")); 8*len(key) < bits {
			return "the secret has " + prose.Count(8*len(key), "bit") + ", and " + alg + " needs " + strconv.Itoa(bits) + " (RFC 7518 section 3.2)"
		}
	case *rsa.PublicKey:
		if bits := key.N.BitLen(); bits < 2048 {
			return "the RSA key has " + prose.Count(bits, "bit") + ", and " + alg + " needs 2048 (RFC 7518 section 3.3)"
		}
		if isROCA(key.N) {
			return "the RSA key can be computed from its public half (ROCA, CVE-2017-15361)"
		}
	}
	switch {
	case same > 1:
		return "the set has several keys with the id " + quoteName(k.ID) + " (RFC 7517 section 4.5)"
	case secrets > 0 && public > 0:
		return "the set mixes secrets with public keys, so that one can be taken for the other (RFC 8725 section 2.1)"
	}
	return ""
}

// isROCA reports whether a modulus has the fingerprint of the library of CVE-2017-15361: modulo each of these primes it
// is a power of 65537.
func isROCA(n *big.Int) bool {
	for _, p := range []int64{11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157} {
		rest, power := new(big.Int).Mod(n, big.NewInt(p)).Int64(), int64(1)
		for power != rest {
			if power = power * 65537 % p; power == 1 {
				return false
			}
		}
	}
	return true
}
