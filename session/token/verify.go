package token

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// Verdict is the outcome of a verification.
type Verdict int

// The verdicts. Only Valid proves that a holder of the key made the token.
const (
	Unchecked     Verdict = iota // no key was read
	Unsupported                  // no signature, an unsupported algorithm, or nothing to check it against
	Reserved                     // only the server that it is for can verify it
	NoMatchingKey                // no key serves this token
	Invalid                      // the signature does not fit
	Unsafe                       // the signature fits, but strict servers refuse the token or the key
	Valid                        // the signature fits
)

// String returns the verdict in words.
func (v Verdict) String() string {
	return [...]string{
		Unchecked: "signature not verified", Unsupported: "cannot be verified", Reserved: "cannot be verified by others", NoMatchingKey: "no matching key",
		Invalid: "signature invalid", Unsafe: "signature fits, but do not trust it", Valid: "signature valid",
	}[v]
}

// Verification is the result of checking a signature.
type Verification struct {
	Verdict Verdict
	Alg     string // the algorithm in the token's header
	Key     Key    // with Valid and Unsafe, the key that fits
	Reason  string // with every verdict but Valid, why; one sentence, safe for a terminal
	Which   int    // of several signatures the one that fits, from 1; else 0
}

// String returns the verdict, and by which key.
func (v Verification) String() string {
	if v.Verdict == Valid && v.Key.ID != "" {
		return v.Verdict.String() + ", by the key " + quoteName(v.Key.ID)
	}
	return v.Verdict.String()
}

// Verify checks only a token's signature, with the keys of the right type for its algorithm: an expired token
// verifies as well. Where the header names a key id, only keys of that id count. Verify never accepts "none", nor
// critical header parameters (RFC 7515 section 4.1.11) other than "b64" (RFC 7797).
func Verify(raw string, keys []Key) Verification {
	s, ignored, _ := Clean(raw) // a fault leaves nothing
	var v Verification
	all := signatures(s)
	for i := range all {
		if v = all[i].verify(keys); v.Verdict < Unsafe {
			continue
		}
		if len(all) > 1 {
			v.Which = i + 1
		}
		break
	}
	if v.Verdict == Valid && slices.Contains(ignored, spaced) {
		return v.because(Unsafe, "there is white space inside it: strict servers refuse the token (RFC 7515 section 2)")
	}
	return v
}

// signed is a signature of a token, and the text that it covers (RFC 7515 section 5.1).
type signed struct {
	token     *Token
	header    string // as written
	payload   string
	signature string
}

// signatures returns the signatures of a token; several only in its JSON serialization.
func signatures(s string) []signed {
	if payload, all := signedJSON(s); len(all) > 0 {
		var out []signed
		for _, one := range all {
			out = append(out, signed{one.token(payload), one.Protected, payload, one.Signature})
		}
		return out
	}
	t := Parse(s)
	if t.Format == formatSDJWT {
		s, _, _ = strings.Cut(s, "~") // disclosures
	}
	header, rest, _ := strings.Cut(s, ".")
	dot := max(0, strings.LastIndexByte(rest, '.'))
	return []signed{{t, header, rest[:dot], strings.TrimPrefix(rest[dot:], ".")}}
}

func (s *signed) verify(keys []Key) Verification {
	t := s.token
	v := Verification{Alg: t.Alg()}
	switch {
	case t.Kind == Opaque && t.Header != nil:
		return v.because(Reserved, "it is a "+t.Name()+" with a JWT inside, which only its issuer can verify")
	case t.forMicrosoft():
		return v.because(Reserved, "the \"nonce\" of its header is hashed before the token is signed, which only its audience at Microsoft can undo")
	case t.Kind != JWS:
		return v.because(Unsupported, "it is not a signed JWT: "+t.Name())
	case strings.EqualFold(v.Alg, "none"):
		return v.because(Unsupported, "it is not signed")
	case method(v.Alg) == nil:
		return v.because(Unsupported, "the algorithm "+quoteName(v.Alg)+" is not supported")
	case t.Header.get("crit") != nil && !slices.Equal(t.critical(), []string{"b64"}):
		return v.because(Unsupported, `its header has "crit" parameters, which are not supported`)
	case t.Segments != 3:
		return v.because(Invalid, "it does not have three parts")
	case t.fault != "":
		return v.because(Invalid, t.fault)
	case t.saysUnencoded() && !t.unencoded():
		return v.because(Invalid, `"b64" is not in "crit", so that verifiers read another payload (RFC 7797 section 6)`)
	}
	tried := fitting(t, keys)
	if len(tried) == 0 {
		return v.because(NoMatchingKey, noKey(t, keys))
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(s.signature)
	if err != nil {
		return v.because(Invalid, "the signature part is not base64url")
	}
	for _, key := range tried {
		if method(v.Alg).Verify(s.header+"."+s.payload, signature, key.material.key) != nil {
			continue
		}
		v.Key = key
		if fault := cmp.Or(s.malformed(), key.fault(v.Alg, keys)); fault != "" {
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

// forMicrosoft reports whether Entra ID made a token for an API of Microsoft, such as Microsoft Graph. What its signature
// covers is another header than the one it has: the nonce in it is hashed
// (github.com/AzureAD/azure-activedirectory-identitymodel-extensions-for-dotnet/issues/609).
func (t *Token) forMicrosoft() bool {
	if t.Header.text("nonce") == "" {
		return false
	}
	return slices.ContainsFunc(t.Texts("iss"), func(issuer string) bool {
		return strings.HasPrefix(issuer, "https://sts.windows.net/") || strings.HasPrefix(issuer, "https://login.microsoftonline.com/")
	})
}

func (v Verification) because(verdict Verdict, reason string) Verification {
	v.Verdict, v.Reason = verdict, reason
	return v
}

// malformed returns why strict servers refuse a token that can be read, or "": header and payload are base64url without
// padding, and nothing else (RFC 7515 section 2), but for a payload of RFC 7797.
func (s *signed) malformed() string {
	part := ""
	switch {
	case !isBase64URL(s.header):
		part = "header"
	case !s.token.unencoded() && !isBase64URL(s.payload):
		part = "claims"
	default:
		return ""
	}
	return "the " + part + " part is not base64url: strict servers refuse the token (RFC 7515 section 2)"
}

func isBase64URL(s string) bool {
	_, err := base64.RawURLEncoding.Strict().DecodeString(s)
	return err == nil && !strings.ContainsAny(s, "\r\n")
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

// fitting returns the keys of the type that the algorithm needs, so that a public key never serves as a secret.
// Keys with the id in the token go first; without one, keys without an id count.
func fitting(t *Token, keys []Key) []Key {
	alg, id := t.Alg(), t.Header.text("kid")
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
	id := t.Header.text("kid")
	for _, key := range keys {
		if key.otherUse && (len(keys) == 1 || key.ID == id) {
			return `the key is not for signatures: its "use" or "key_ops" says so (RFC 7517 section 4)`
		}
	}
	if id != "" {
		return "none of the keys is for " + quoteName(t.Alg()) + " with the id " + quoteName(id) + ": it was replaced since, or is of another issuer"
	}
	return "none of the keys is for " + quoteName(t.Alg())
}
