package token

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Verdict is the outcome of a verification.
type Verdict int

// The verdicts. Only Valid proves that a holder of the key made the token.
const (
	Unsupported   Verdict = iota // no signature, or an unsupported algorithm
	NoMatchingKey                // no key serves this token
	Invalid                      // the signature does not fit
	Valid                        // the signature fits
)

// String returns the verdict in words.
func (v Verdict) String() string {
	return [...]string{
		Unsupported: "cannot be verified", NoMatchingKey: "no matching key",
		Invalid: "signature invalid", Valid: "signature valid",
	}[v]
}

// Verification is the result of checking a signature.
type Verification struct {
	Verdict Verdict
	Alg     string // the algorithm in the token's header
	Key     Key    // with Valid, the key that fits
	Reason  string // with every other verdict, why; one sentence, safe for a terminal
}

// Verify checks only a token's signature, with the keys of the right type for its algorithm: an expired token
// verifies as well. Where the header names a key id, only keys of that id count. Verify never accepts "none", nor
// critical header parameters (RFC 7515 section 4.1.11), as it understands none.
func Verify(raw string, keys []Key) Verification {
	s, _, _ := Clean(raw) // a fault leaves nothing
	t := Parse(s)
	v := Verification{Alg: t.Alg()}
	method := methods(v.Alg)
	_, critical := last(t.Header, "crit")
	switch {
	case t.Kind != JWS:
		return v.because(Unsupported, "it is "+t.Kind.String()+", not a signed JWT")
	case strings.EqualFold(v.Alg, "none"):
		return v.because(Unsupported, "it is not signed")
	case method == nil:
		return v.because(Unsupported, "the algorithm "+quoteName(v.Alg)+" is not supported")
	case critical:
		return v.because(Unsupported, `its header has "crit" parameters, which are not supported`)
	case t.Segments != 3:
		return v.because(Invalid, "it does not have three parts")
	}
	fitting := candidates(t, keys)
	if len(fitting) == 0 {
		return v.because(NoMatchingKey, noKey(t))
	}
	dot := strings.LastIndexByte(s, '.')
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s[dot+1:])
	if err != nil {
		return v.because(Invalid, "the signature part is not base64url")
	}
	for _, key := range fitting {
		if method.Verify(s[:dot], signature, key.material.key) == nil {
			v.Verdict, v.Key = Valid, key
			return v
		}
	}
	return v.because(Invalid, "the signature does not fit the key")
}

func (v Verification) because(verdict Verdict, reason string) Verification {
	v.Verdict, v.Reason = verdict, reason
	return v
}

// methods is the closed list of algorithms; Ed25519 is the RFC 9864 name of EdDSA on that curve.
func methods(alg string) jwt.SigningMethod {
	switch alg {
	case "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512",
		"ES256", "ES384", "ES512", "EdDSA":
		return jwt.GetSigningMethod(alg)
	case "Ed25519":
		return jwt.SigningMethodEdDSA
	default:
		return nil
	}
}

// candidates returns the keys of the type that the algorithm needs, so that a public key never serves as a secret.
// Keys with the id in the token go first; without one, keys without an id count.
func candidates(t *Token, keys []Key) []Key {
	alg, id := t.Alg(), headerText(t, "kid")
	var named, others []Key
	for _, k := range keys {
		if !k.serves(alg) {
			continue
		}
		switch {
		case id != "" && k.ID == id:
			named = append(named, k)
		case id == "" || k.ID == "":
			others = append(others, k)
		}
	}
	if len(named) > 0 {
		return named
	}
	return others
}

func (k Key) serves(alg string) bool {
	if k.material == nil || k.Alg != "" && k.Alg != alg {
		return false
	}
	switch key := k.material.key.(type) {
	case []byte:
		return strings.HasPrefix(alg, "HS") && len(key) > 0
	case *rsa.PublicKey:
		return isRSA(alg)
	case *ecdsa.PublicKey:
		return alg == map[int]string{256: "ES256", 384: "ES384", 521: "ES512"}[key.Curve.Params().BitSize]
	case ed25519.PublicKey:
		return alg == "EdDSA" || alg == "Ed25519"
	default:
		return false
	}
}

func noKey(t *Token) string {
	if id := headerText(t, "kid"); id != "" {
		return "none of the keys is for " + quoteName(t.Alg()) + " with the id " + quoteName(id)
	}
	return "none of the keys is for " + quoteName(t.Alg())
}
