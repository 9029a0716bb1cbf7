// Package token reads what a token says: which kind it is, its header and claims in the order and with the digits
// they were written, its times, and whether its signature fits a key.
//
// Reading needs no key and never fails. What is damaged is read as far as it goes, and the damage is told in plain
// words; what is no JSON Web Token (RFC 7519) is opaque. Nothing that is read has been verified: only [Verify]
// says who signed a token. All text of a token comes from elsewhere and must be made safe before a terminal sees
// it; only the words of Damage, Ignored and of findings already are.
//
// The package does no input or output and keeps no copy of the token it was given.
package token

import (
	"encoding/json"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Kind is the form of a token.
type Kind int

// The kinds of token.
const (
	Opaque Kind = iota // nothing can be read from it
	JWS                // a signed JSON Web Token, RFC 7515
	JWE                // an encrypted JSON Web Token, RFC 7516: only its header can be read
)

// String names the kind the way people do: "opaque", "JWT" or "JWE".
func (k Kind) String() string {
	return [...]string{Opaque: "opaque", JWS: "JWT", JWE: "JWE"}[k]
}

// Member is one name and value of a header or of the claims.
type Member struct {
	Name      string
	Raw       json.RawMessage // valid JSON, exactly as written ("…" for what nests too deep, see Damage)
	Duplicate bool            // its object has the name more than once; the last one counts
}

// Token holds what could be read from a token. It does not change after Parse.
type Token struct {
	Kind      Kind
	Header    []Member // in the order written; nil when there is none to read
	Claims    []Member // in the order written; nil when there are none to read
	Signature []byte   // as decoded; nil when empty, missing or unreadable
	Segments  int      // how many parts the dots make of it
	Size      int      // length in bytes, without what was ignored around it
	Damage    []string // what is wrong with its form, one sentence each
	Ignored   []string // what stood around it and is no part of it, such as "Bearer"
}

// Claim returns the value of a claim. Of duplicates the last one counts, as RFC 7519 section 4 asks of parsers
// that do not reject such a token.
func (t *Token) Claim(name string) (json.RawMessage, bool) {
	return last(t.Claims, name)
}

// Time returns the date a claim holds, as [NumericDate] reads it; false when it is absent or holds none.
func (t *Token) Time(name string) (time.Time, bool) {
	raw, ok := t.Claim(name)
	if !ok {
		return time.Time{}, false
	}
	return NumericDate(raw)
}

// Alg is the header's algorithm, or empty.
func (t *Token) Alg() string { return headerText(t, "alg") }

func headerText(t *Token, name string) string {
	raw, _ := last(t.Header, name)
	s, _ := text(raw)
	return s
}

// last finds the member that counts for a name.
func last(members []Member, name string) (json.RawMessage, bool) {
	for i := len(members) - 1; i >= 0; i-- {
		if members[i].Name == name {
			return members[i].Raw, true
		}
	}
	return nil, false
}

// text unquotes a JSON string; false for every other value.
func text(raw json.RawMessage) (string, bool) {
	if len(raw) < 2 || raw[0] != '"' {
		return "", false
	}
	s, _ := jsontext.AppendUnquote(nil, raw) // it goes on after invalid UTF-8
	return string(s), true
}
