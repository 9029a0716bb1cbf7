package token

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Verdict is the outcome of a verification.
type Verdict int

// The verdicts. Only Valid proves that a holder of the key made the token.
const (
	Unsupported   Verdict = iota // no signature, an unsupported algorithm, or nothing to check it against
	NoMatchingKey                // no key serves this token
	Invalid                      // the signature does not fit
	Unsafe                       // the signature fits, but strict servers refuse the token or the key
	Valid                        // the signature fits
)

// String returns the verdict in words.
func (v Verdict) String() string {
	return [...]string{
		Unsupported: "cannot be verified", NoMatchingKey: "no matching key",
		Invalid: "signature invalid", Unsafe: "signature fits, but do not trust it", Valid: "signature valid",
	}[v]
}

// Verification is the result of checking a signature.
type Verification struct {
	Verdict Verdict
	Alg     string // the algorithm in the token's header
	Key     Key    // with Valid and Unsafe, the key that fits
	Reason  string // with every verdict but Valid, why; one sentence, safe for a terminal
}

// Verify checks only a token's signature, with the keys of the right type for its algorithm: an expired token
// verifies as well. Where the header names a key id, only keys of that id count. Verify never accepts "none", nor
// critical header parameters (RFC 7515 section 4.1.11) other than "b64" (RFC 7797).
func Verify(raw string, keys []Key) Verification {
	s, ignored, _ := Clean(raw) // a fault leaves nothing
	t := Parse(s)
	v := Verification{Alg: t.Alg()}
	switch {
	case t.Kind != JWS:
		return v.because(Unsupported, "it is "+t.Kind.String()+", not a signed JWT")
	case strings.EqualFold(v.Alg, "none"):
		return v.because(Unsupported, "it is not signed")
	case method(v.Alg) == nil:
		return v.because(Unsupported, "the algorithm "+quoteName(v.Alg)+" is not supported")
	case !understandsCritical(t):
		return v.because(Unsupported, `its header has "crit" parameters, which are not supported`)
	case t.Segments != 3:
		return v.because(Invalid, "it does not have three parts")
	}
	fitting := candidates(t, keys)
	if len(fitting) == 0 {
		return v.because(NoMatchingKey, noKey(t, keys))
	}
	dot := strings.LastIndexByte(s, '.')
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s[dot+1:])
	if err != nil {
		return v.because(Invalid, "the signature part is not base64url")
	}
	for _, key := range fitting {
		if method(v.Alg).Verify(s[:dot], signature, key.material.key) != nil {
			continue
		}
		v.Key = key
		fault := malformed(t, s)
		if slices.Contains(ignored, blanksInside) {
			fault = "there is white space inside it: strict servers refuse the token (RFC 7515 section 2)"
		}
		if fault = cmp.Or(fault, key.fault(v.Alg, keys)); fault != "" {
			return v.because(Unsafe, fault)
		}
		v.Verdict = Valid
		return v
	}
	if t.Detached() {
		return v.because(Unsupported, "its payload is detached, so there is nothing to check the signature against (RFC 7515 appendix F)")
	}
	return v.because(Invalid, "the signature does not fit the key")
}

func (v Verification) because(verdict Verdict, reason string) Verification {
	v.Verdict, v.Reason = verdict, reason
	return v
}

// malformed returns why strict servers refuse a compact JWS that can be read, or "": header and payload are base64url
// without padding, and nothing else (RFC 7515 section 2).
func malformed(t *Token, s string) string {
	header, rest, _ := strings.Cut(s, ".")
	payload, _, _ := strings.Cut(rest, ".")
	for i, part := range []string{header, payload} {
		if i == 1 && t.unencoded() {
			break
		}
		if _, err := base64.RawURLEncoding.Strict().DecodeString(part); err != nil || strings.ContainsAny(part, "\r\n") {
			return "the " + [...]string{"header", "claims"}[i] + " part is not base64url: strict servers refuse the token (RFC 7515 section 2)"
		}
	}
	return ""
}

// understandsCritical reports whether the header names no critical parameter but "b64".
func understandsCritical(t *Token) bool {
	raw, ok := last(t.Header, "crit")
	var names []string
	return !ok || json.Unmarshal(raw, &names) == nil && slices.Equal(names, []string{"b64"})
}

// method returns the implementation of an algorithm of a closed list; Ed25519 is the RFC 9864 name of EdDSA on that
// curve. The salt of RSASSA-PSS is as long as the hash (RFC 7518 section 3.5), which the library leaves open.
func method(alg string) jwt.SigningMethod {
	switch alg {
	case "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512", "EdDSA":
		return jwt.GetSigningMethod(alg)
	case "PS256", "PS384", "PS512":
		strict := *jwt.GetSigningMethod(alg).(*jwt.SigningMethodRSAPSS)
		strict.VerifyOptions = &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}
		return &strict
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
	if k.material == nil || k.otherUse || k.Alg != "" && k.Alg != alg {
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

func noKey(t *Token, keys []Key) string {
	if id := headerText(t, "kid"); id != "" {
		return "none of the keys is for " + quoteName(t.Alg()) + " with the id " + quoteName(id)
	}
	if len(keys) == 1 && keys[0].otherUse {
		return `the key is not for signatures: its "use" or "key_ops" says so (RFC 7517 section 4)`
	}
	return "none of the keys is for " + quoteName(t.Alg())
}
