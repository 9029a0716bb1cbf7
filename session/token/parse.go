package token

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"
	"unicode/utf8"

	"tokenring/session/prose"
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

// read fills the token from a compact serialization (RFC 7515 section 7.1), as far as it is one.
func (t *Token) read(s string) {
	first, rest, _ := strings.Cut(s, ".")
	second, third, _ := strings.Cut(rest, ".")
	third, _, _ = strings.Cut(third, ".")
	t.payload = second

	size := min(len(first), maxPart) + min(len(second), maxPart) + min(len(third), maxPart)
	buf := make([]byte, 0, size)
	header, headerProblem := decode(&buf, first)
	claims, claimsProblem := decode(&buf, second)
	if !isObject(header) && !(t.Segments == 3 && isObject(claims)) {
		return
	}
	t.Header = t.object("header", header, headerProblem)
	_, encrypted := last(t.Header, "enc")
	_, signed := last(t.Header, "alg")
	switch {
	case encrypted:
		t.Kind = JWE
		t.expectParts(5)
		return
	case !signed && !isObject(claims):
		// JSON in base64 that is not a header, such as a signed cookie.
		t.Header, t.Damage = nil, nil
		return
	}
	t.Kind = JWS
	t.expectParts(3)
	if t.Segments > 1 {
		t.Claims = t.object("claims", claims, claimsProblem)
	}
	signature, problem := decode(&buf, third)
	t.partDamaged("signature", problem)
	if len(signature) > 0 {
		t.Signature = signature
	}
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

func (t *Token) damaged(sentence string) { t.Damage = append(t.Damage, sentence) }

func isObject(data []byte) bool {
	data = bytes.TrimLeft(data, " \t\r\n")
	return len(data) > 0 && data[0] == '{'
}

// decode appends one part to buf, as far as it is base64url without padding (RFC 7515 section 2) or nearly so, and
// returns what is wrong with it, or "".
func decode(buf *[]byte, part string) (data []byte, problem string) {
	start := len(*buf)
	if len(part) > maxPart {
		problem = "has " + strconv.Itoa(len(part)) + " characters, of which only the first " + strconv.Itoa(maxPart) + " are read"
		part = part[:maxPart]
	}
	out, err := base64.RawURLEncoding.AppendDecode(*buf, []byte(part))
	if err != nil {
		repaired, wrong := repair(part)
		if problem == "" {
			problem = wrong
		}
		out, _ = base64.RawURLEncoding.AppendDecode(*buf, repaired)
	}
	*buf = out
	return out[start:len(out):len(out)], problem
}

// repair turns a part into base64url by leaving out what cannot be read.
func repair(part string) (repaired []byte, problem string) {
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
	return []byte(s), problem
}

func isNotBase64URL(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_')
}

// quoteName makes a foreign name short and safe enough for a sentence.
func quoteName(name string) string {
	return strconv.Quote(prose.Clip(name, 61))
}
