// Package token reads tokens: their kind, their header and claims in the order and with the digits they were
// written, their times, and whether a signature fits a key.
//
// Reading needs no key and never fails. Parse reads damaged tokens as far as possible and describes the damage;
// anything but a JSON Web Token (RFC 7519) is opaque. Only [Verify] proves who signed a token. All text of a
// token is foreign and must be sanitized for a terminal, except Damage, Ignored and findings.
package token

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the form of a token.
type Kind int

// The kinds of token.
const (
	Opaque Kind = iota // unreadable
	JWS                // a signed JSON Web Token, RFC 7515
	JWE                // an encrypted JSON Web Token, RFC 7516: only its header can be read
)

// String returns the common name of the kind.
func (k Kind) String() string {
	return [...]string{Opaque: "opaque", JWS: "JWT", JWE: "JWE"}[k]
}

// Member is one name and value of a header or of claims.
type Member struct {
	Name      string
	Raw       json.RawMessage // valid JSON, exactly as written ("…" where it nests too deep, see Damage)
	Duplicate bool            // its object has the name more than once; the last one counts
	private   bool            // it is a private part of a key
}

// Members is a JSON object that keeps the order of a token.
type Members []Member

// Token holds the readable parts of a token. It is immutable after Parse.
type Token struct {
	Kind      Kind
	Format    string   // more precise than the kind, such as "SD-JWT"; or ""
	Facts     []Line   // what can be read beside header and claims
	Header    Members  // nil if it has none
	Claims    Members  // nil if it has none
	Signature []byte   // as decoded; nil when empty, missing or unreadable
	Segments  int      // number of parts separated by dots
	Size      int      // length in bytes, without what was ignored around it
	Damage    []string // what is wrong with its form, one sentence each
	Ignored   []string // text around it that is not part of it, such as "Bearer"
	payload   string   // the second part, as written
	fault     string   // why no signature of it counts, or ""
}

// Name returns what the token is in a few words.
func (t *Token) Name() string { return cmp.Or(t.Format, t.Kind.String()) }

// Unreadable returns why there is nothing to read but what surrounds the content, or "".
func (t *Token) Unreadable() string {
	switch {
	case t.Kind == JWE:
		return "encrypted: only its header can be read"
	case t.Kind == Opaque && len(t.Facts) == 0 && len(t.Damage) == 0 && t.Claims == nil:
		return "nothing can be read from it; only its server knows what it means"
	}
	return ""
}

// Lines makes readable what the token says: what can be read beside header and claims, then the claims.
func (t *Token) Lines(labels Labels) []Line {
	return append(slices.Clone(t.Facts), Lines(t.Claims, labels)...)
}

// Texts returns the text of a claim, or those of a list of texts, as in "aud" (RFC 7519 section 4.1.3).
func (t *Token) Texts(name string) []string {
	raw := t.Claims.get(name)
	if s, ok := text(raw); ok {
		return []string{s}
	}
	var all []string
	_ = json.Unmarshal(raw, &all) // what is no list has none
	return all
}

// Expiry returns the date in "exp". Some issuers write 0 into a token that has no end.
func (t *Token) Expiry() (time.Time, bool) {
	at, ok := t.Time("exp")
	return at, ok && at.Unix() != 0
}

// Time returns the date in a claim, as [NumericDate] reads it, or as the format writes it.
func (t *Token) Time(name string) (time.Time, bool) {
	raw := t.Claims.get(name)
	if at, ok := t.textDate(raw); ok {
		return at, true
	}
	return NumericDate(raw)
}

// writesDates reports whether claims are dates in text (PASETO, docs/02-Implementation-Guide/04-Claims.md).
func (t *Token) writesDates() bool { return strings.HasPrefix(t.Format, "PASETO") }

func (t *Token) textDate(raw json.RawMessage) (at time.Time, ok bool) {
	var text string
	if !t.writesDates() || json.Unmarshal(raw, &text) != nil {
		return at, false
	}
	at, err := time.Parse(time.RFC3339, text)
	return at, err == nil
}

// Detached reports whether the payload of a signed token is somewhere else (RFC 7515 appendix F), or empty.
func (t *Token) Detached() bool { return t.Kind == JWS && t.Segments == 3 && t.payload == "" }

// unencoded reports whether the payload is written as it is and not as base64url. The parameter that says so must be
// critical, since who does not know it reads another payload (RFC 7797 section 6).
func (t *Token) unencoded() bool { return t.saysUnencoded() && slices.Contains(t.critical(), "b64") }

func (t *Token) saysUnencoded() bool { return string(t.Header.get("b64")) == "false" }

// critical returns the names in "crit" (RFC 7515 section 4.1.11).
func (t *Token) critical() (names []string) {
	_ = json.Unmarshal(t.Header.get("crit"), &names) // the audit says what is wrong with it
	return names
}

// Alg returns the header's algorithm, or "".
func (t *Token) Alg() string { return t.Header.text("alg") }

// get returns the value of a name, or nil. Of duplicates the last one counts, as RFC 7519 section 4 requires of lenient
// parsers.
func (all Members) get(name string) json.RawMessage {
	for _, m := range slices.Backward(all) {
		if m.Name == name {
			return m.Raw
		}
	}
	return nil
}

// text returns the text of a name; "" for any other value.
func (all Members) text(name string) string {
	s, _ := text(all.get(name))
	return s
}

// text unquotes a JSON string; false for every other value.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	s, _ := jsontext.AppendUnquote(nil, raw) // it goes on after invalid UTF-8
	return string(s), true
}
