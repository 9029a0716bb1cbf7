package token

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

const (
	maxPart  = 1 << 20 // characters of one part; servers reject headers a hundred times smaller
	maxDepth = 1000    // of a claim, for encoding/json and jq
)

// Parse reads a token as it was received, pasted or piped in. It never fails. It reads what Clean leaves, and only the
// first MiB of each part; the fault of Clean is its damage.
func Parse(raw string) *Token {
	s, ignored, fault := Clean(raw)
	t := &Token{Segments: strings.Count(s, ".") + 1, Size: len(s), Ignored: ignored}
	if fault != "" {
		t.damaged(fault)
		return t
	}
	t.read(s)
	return t
}

// read fills the token. What is no sound JWT may be of another form; only what has none is a damaged one.
func (t *Token) read(s string) {
	plain := *t
	if t.readCompact(s) && len(t.Damage) == 0 {
		return
	}
	read := *t
	if *t = plain; t.readFormat(s) || t.readIssued(s) {
		return
	}
	if isShortened(s) {
		*t = plain
		t.Format = "shortened token"
		t.damaged(shortened)
		return
	}
	*t = read
}

const shortened = "dots stand for a part of it that was left out"

// isShortened reports whether a text is a token as documents and programs show it. Of the serializations of JOSE none
// has three dots in a row.
func isShortened(s string) bool {
	return strings.Contains(s, "…") || strings.HasPrefix(s, "eyJ") && strings.Contains(s, "...") && !isUnencoded(s)
}

// readIssued reads a token whose prefix names its issuer. Some have a JWT behind it, which only the issuer can verify.
func (t *Token) readIssued(s string) bool {
	issuer := secret.IssuerOf(s)
	t.Format = issuer.Kind
	inner, at := Token{Segments: 3}, strings.Index(s, "eyJ")
	if t.Format != "" && at > 0 && strings.Count(s[at:], ".") == 2 && inner.readCompact(s[at:]) && len(inner.Damage) == 0 {
		t.Header, t.Claims = inner.Header, inner.Claims
		t.fact("signature", "only the issuer can verify it")
	}
	if issuer.Check != "" {
		t.fact("answers at", issuer.Check)
	}
	if issuer.Revoke != "" {
		t.fact("revoked at", issuer.Revoke)
	}
	return t.Format != ""
}

// readCompact fills the token from a compact serialization (RFC 7515 section 7.1), as far as it is one, and reports
// whether it is.
func (t *Token) readCompact(s string) bool {
	first, rest, _ := strings.Cut(s, ".")
	second, third, _ := strings.Cut(rest, ".")
	t.payload = second
	header, headerProblem := decode(first)
	claims, claimsProblem := decode(second)
	if !isObject(header) && !(t.Segments == 3 && isObject(claims)) {
		return false
	}
	t.Header = t.object("header", header, headerProblem)
	switch {
	case t.Header.get("enc") != nil:
		t.Kind = JWE
		t.expectParts(5)
		t.readEncrypted(s)
		return true
	case t.Header.get("alg") == nil && !isObject(claims):
		// JSON in base64 that is not a header, such as a signed cookie.
		t.Header, t.Damage = nil, nil
		return false
	}
	t.Kind = JWS
	t.expectParts(3)
	if t.Segments > 1 {
		t.readPayload(claims, claimsProblem)
	}
	third, _, _ = strings.Cut(third, ".")
	signature, problem := decode(third)
	t.partDamaged("signature", problem)
	if len(signature) > 0 {
		t.Signature = signature
	}
	return true
}

// readPayload reads the payload of a signed token. In a JWT it is an object (RFC 7519 section 7.2); in a JWS it can be
// anything (RFC 7515), also another token, or be somewhere else.
func (t *Token) readPayload(data []byte, problem string) {
	if t.unencoded() {
		data, problem = []byte(t.payload), ""
		t.Format = "JWS with a plain payload (RFC 7797)"
	}
	inner := Token{Segments: bytes.Count(data, []byte(".")) + 1}
	switch typ := t.Header.text("typ"); {
	case t.Detached():
		t.Format = "detached JWS"
		t.fact("payload", "detached, or empty (RFC 7515 appendix F)")
	case isObject(data) || problem != "" || strings.EqualFold(typ, "JWT") && inner.Segments == 1:
		t.Claims = t.object("claims", data, problem)
		if problem == "" && !isObject(data) && utf8.Valid(data) {
			t.textFact("payload", string(data))
		}
	case inner.Segments >= 3 && inner.readCompact(string(data)) && len(inner.Damage) == 0:
		t.Format, t.Claims = "nested JWT", inner.Claims
		t.fact("inside", inner.Kind.String()+", "+inner.Alg())
	case utf8.Valid(data):
		t.Format = cmp.Or(t.Format, "JWS")
		t.textFact("payload", string(data))
	default:
		t.Format = "JWS"
		t.fact("payload", "not text, "+prose.Count(len(data), "byte"))
	}
}

// readEncrypted says how the content of a compact JWE is encrypted, and how long its parts are (RFC 7516 section 7.1).
func (t *Token) readEncrypted(s string) {
	parts := strings.SplitN(s, ".", 6)
	if len(parts) != 5 {
		return
	}
	sizes := make([]string, 0, 4)
	for i, what := range []string{"key", "IV", "content", "tag"} {
		size := base64.RawURLEncoding.DecodedLen(len(parts[i+1]))
		sizes = append(sizes, what+" "+strconv.Itoa(size))
	}
	if words := keyManagement(t.Alg()); words != "" {
		t.fact("key", words)
	}
	t.fact("bytes", strings.Join(sizes, ", "))
	if strings.EqualFold(t.Header.text("cty"), "JWT") {
		t.fact("inside", "another JWT, which needs the key to be read")
	}
}

// keyManagement says how a JWE brings its key (RFC 7518 section 4), or returns "".
func keyManagement(alg string) string {
	switch {
	case alg == "dir":
		return "shared: the content is encrypted with it directly"
	case strings.HasPrefix(alg, "RSA"):
		return "encrypted for an RSA key"
	case strings.HasPrefix(alg, "ECDH-ES"):
		return "agreed on with an EC key"
	case strings.HasPrefix(alg, "PBES2"):
		return "derived from a password"
	case strings.HasPrefix(alg, "A") && strings.Contains(alg, "KW"):
		return "wrapped with a shared key"
	}
	return ""
}

func (t *Token) expectParts(want int) {
	switch n := t.Segments; {
	case n == want:
	case want == 3 && n == 1:
		t.damaged("the claims and the signature are missing")
	case want == 3 && n == 2:
		t.damaged("the signature part is missing")
	default:
		t.damaged("it has " + strconv.Itoa(n) + " parts instead of " + strconv.Itoa(want))
	}
}

func (t *Token) object(part string, data []byte, problem string) Members {
	t.partDamaged(part, problem)
	if len(data) == 0 {
		if problem == "" {
			t.partDamaged(part, "is empty")
		}
		return nil
	}
	all, problem := members(data)
	t.partDamaged(part, problem)
	return all
}

func (t *Token) partDamaged(part, problem string) {
	if problem != "" {
		t.damaged("the " + part + " part " + problem)
	}
}

// damaged adds a sentence, as far as a person can read them.
func (t *Token) damaged(sentence string) {
	switch n := len(t.Damage); {
	case n < maxNamed:
		t.Damage = append(t.Damage, sentence)
	case n == maxNamed:
		t.Damage = append(t.Damage, "there is more damage of this kind")
	}
}

func isObject(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}

// decode decodes one part, as far as it is base64url without padding (RFC 7515 section 2) or nearly so, and returns what
// is wrong with it, or "".
func decode(part string) (data []byte, problem string) {
	if len(part) > maxPart {
		problem = "has " + strconv.Itoa(len(part)) + " characters, of which only the first " + strconv.Itoa(maxPart) + " are read"
		part = part[:maxPart]
	}
	data, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		repaired, wrong := repair(part)
		problem = cmp.Or(problem, wrong)
		data, _ = base64.RawURLEncoding.DecodeString(repaired)
	}
	return data, problem
}

// repair turns a part into base64url by leaving out what cannot be read.
func repair(part string) (repaired, problem string) {
	s := strings.TrimRight(part, "=")
	if len(s) < len(part) {
		problem = `is padded with "="`
	}
	if strings.ContainsAny(s, "+/") {
		s = strings.NewReplacer("+", "-", "/", "_").Replace(s)
		problem = `has "+" or "/", which base64url writes as "-" and "_"`
	}
	if bad := strings.IndexFunc(s, isNotBase64URL); bad >= 0 {
		r, _ := utf8.DecodeRuneInString(s[bad:])
		problem = "has " + strconv.QuoteRune(r) + " at character " + strconv.Itoa(bad+1) +
			", which is not base64url; it is read up to there"
		s = s[:bad]
	}
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
		if problem == "" {
			problem = "has one character too many or too few for base64url"
		}
	}
	return s, problem
}

func isNotBase64URL(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// quoteName makes a foreign name short and safe enough for a sentence.
func quoteName(name string) string {
	return strconv.Quote(prose.Clip(name, 61))
}
