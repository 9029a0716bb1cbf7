package token

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/secret"
)

// isBare reports whether a text is of the characters of most tokens alone, and no scheme.
func isBare(s string) bool {
	return strings.Trim(s, jwtCharacters) == "" && !isScheme(s) && !inBase64(s)
}

// inBase64 reports whether a text may be the base64 of a JWT, which begins with eyJ.
func inBase64(s string) bool { return strings.HasPrefix(s, "ZXlK") }

const jwtCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/_-."

// trimSigns removes quotes, commas and brackets around a word. A bracket whose other one is inside belongs to the word.
func trimSigns(s string) string {
	pairs := [...]struct {
		sign          string
		opens, closes int
	}{{sign: "<>"}, {sign: "[]"}, {sign: "()"}, {sign: "{}"}}
	for i := range pairs {
		pair := &pairs[i]
		pair.opens, pair.closes = strings.Count(s, pair.sign[:1]), strings.Count(s, pair.sign[1:])
	}
	for before := ""; s != before; {
		before = s
		s = strings.TrimRight(strings.Trim(strings.TrimLeft(s, ",;&"), quotes+`\`), ",;"+quotes+`\`)
		for i := range pairs {
			pair := &pairs[i]
			if strings.HasPrefix(s, pair.sign[:1]) && (pair.closes == 0 || pair.opens == 1 && pair.closes == 1 && strings.HasSuffix(s, pair.sign[1:])) {
				s = s[1:]
				pair.opens--
			}
			if strings.HasSuffix(s, pair.sign[1:]) && pair.opens < pair.closes {
				s = s[:len(s)-1]
				pair.closes--
			}
		}
	}
	return s
}

// unwrap joins the lines of one wrapped token, and the pieces of a JWT. what is "" where a text is neither.
func unwrap(s string) (one, what string) {
	lines := strings.FieldsFunc(s, isLineBreak)
	for i := range lines {
		lines[i] = strings.TrimFunc(strings.TrimSuffix(lines[i], `\`), isBlank)
	}
	if len(lines) > 1 && !slices.ContainsFunc(lines, isApart) && !severalOf(lines) {
		return strings.Join(lines, ""), wrapped
	}
	words := strings.FieldsFunc(s, isBlank)
	one = strings.Join(words, "")
	bare := strings.TrimRight(one, quotes+`,;\=`)
	if len(words) < 2 || strings.Trim(bare, jwtCharacters) != "" || isSigned(words[0]) {
		return "", ""
	}
	first, _, _ := strings.Cut(one, ".")
	if header, _ := decode(first); !isObject(header) || !json.Valid(header) {
		return "", ""
	}
	if len(lines) > 1 {
		return one, wrapped
	}
	return one, spaced
}

// isApart reports whether a line is no part of a wrapped token.
func isApart(line string) bool {
	_, _, isPair := splitPair(line)
	return isPair || strings.HasSuffix(line, ":") || strings.Contains(strings.TrimRight(line, "="), "=") ||
		strings.ContainsAny(strings.TrimRight(line, ","), `"'<>{},`) || strings.Contains(line, "://") || strings.ContainsFunc(line, isBlank)
}

// severalOf reports whether lines are tokens of their own.
func severalOf(lines []string) bool {
	whole := 0
	for _, line := range lines {
		if isSigned(line) || secret.IssuerKind(line) != "" || secret.IsUUID(line) {
			whole++
		}
	}
	return whole > 1 || whole == 1 && isWhole(lines[0])
}

// isSigned reports whether a text is a JWT whose last part has the length of a signature (RFC 7518 section 3, RFC 8037).
func isSigned(s string) bool {
	return isWhole(s) && slices.Contains([]int{43, 64, 86, 128, 176, 342, 512, 683}, len(s)-strings.LastIndexByte(s, '.')-1)
}

var escapes = lazy.Regexp(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z])`)

// withoutEscapes removes the escape sequences of a terminal (ECMA-48), as of a log in colours.
func withoutEscapes(s string) string {
	if strings.IndexByte(s, '\x1b') < 0 {
		return s
	}
	return escapes().ReplaceAllString(s, "")
}

// unescape undoes the percent-encoding of a JWT, with its scheme or not, as often as it was applied, or its base64, as in
// a Secret of Kubernetes. Tokens of other formats may contain the sign.
func unescape(s string) (plain string, ok bool) {
	if inBase64(s) {
		if raw, err := base64.StdEncoding.DecodeString(s); err == nil && isWhole(strings.TrimSpace(string(raw))) {
			return string(raw), true
		}
	}
	plain = s
	for range maxNesting {
		next, err := url.PathUnescape(plain)
		if err != nil || next == plain {
			break
		}
		plain = next
		if isWhole(plain[strings.LastIndexByte(plain, ' ')+1:]) {
			return plain, true
		}
	}
	return s, false
}

// isWhole reports whether a text is a JWT with all its parts.
func isWhole(s string) bool {
	dots := strings.Count(s, ".")
	if dots < 2 || dots > 4 || strings.ContainsFunc(s, func(r rune) bool { return r != '.' && isNotBase64URL(r) }) {
		return false
	}
	t := Token{Segments: dots + 1}
	t.read(s)
	return t.Kind != Opaque && t.Header != nil && len(t.Damage) == 0
}

// isUnencoded reports whether s is a JWS whose payload is plain text (RFC 7797): its signs are its own.
func isUnencoded(s string) bool {
	first, rest, _ := strings.Cut(s, ".")
	header, _ := decode(first)
	var says struct {
		B64 *bool `json:"b64"`
	}
	return strings.HasPrefix(s, "ey") && strings.Contains(rest, ".") && json.Unmarshal(header, &says) == nil && says.B64 != nil && !*says.B64
}
