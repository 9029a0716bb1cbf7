package token

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// members reads data as a JSON object, in its order and with its duplicates. It returns the members it could read,
// not nil if data is an object, and what is wrong, or "".
func members(data []byte) (Members, string) {
	flat := flatten(data)
	dec := decoder(flat)
	if dec.PeekKind() != '{' {
		return nil, "is not a JSON object"
	}
	all, problem := make(Members, 0, 8), ""
	_, err := dec.ReadToken()
	for err == nil && dec.PeekKind() != '}' {
		var m Member
		if m, err = member(dec, data); err != nil {
			break
		}
		if at := dec.InputOffset(); !bytes.Equal(m.Raw, flat[at-int64(len(m.Raw)):at]) {
			problem = "nests " + quoteName(m.Name) + " too deep; the value is left out"
			m.Raw = json.RawMessage(`"…"`)
		}
		all = append(all, m)
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	all.markDuplicates()
	all.markPrivate()
	if err != nil {
		return all, broken(data, err)
	}
	if _, err := dec.ReadToken(); err != io.EOF {
		problem = "has trailing data after its JSON object"
	}
	return all, problem
}

func member(dec *jsontext.Decoder, data []byte) (m Member, err error) {
	name, err := dec.ReadToken()
	if err != nil {
		return m, err
	}
	m.Name = name.String()
	m.Raw, err = readValue(dec, data)
	return m, err
}

// elements yields the values of a valid JSON list.
func elements(raw json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		dec := decoder(raw)
		for _, err := dec.ReadToken(); err == nil && dec.PeekKind() != ']'; {
			var one json.RawMessage
			if one, err = readValue(dec, raw); err == nil && !yield(one) {
				return
			}
		}
	}
}

func decoder(data []byte) *jsontext.Decoder {
	return jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

// readValue returns the next value as a slice of data.
func readValue(dec *jsontext.Decoder, data []byte) (json.RawMessage, error) {
	v, err := dec.ReadValue()
	at := int(dec.InputOffset())
	return data[at-len(v) : at : at], err
}

// broken reports where the text stops being JSON.
func broken(data []byte, err error) string {
	var fault *jsontext.SyntacticError
	if !errors.As(err, &fault) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "ends in the middle of its JSON"
	}
	at := int(fault.ByteOffset)
	if rest := bytes.TrimLeft(data[at:], ", \t\r\n"); len(rest) > 0 && data[at] == ',' && bytes.IndexByte([]byte("]}"), rest[0]) >= 0 {
		at = len(data) - len(rest) // report what follows an extra comma, not the comma
	}
	return "is not valid JSON from byte " + strconv.Itoa(at+1) + " on"
}

// flatten returns JSON text with blanks in place of what nests too deep for a decoder. Offsets do not change.
func flatten(data []byte) []byte {
	if bytes.Count(data, []byte("["))+bytes.Count(data, []byte("{")) <= maxDepth {
		return data
	}
	flat := bytes.Clone(data)
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		c := data[i]
		closes := !quoted && (c == ']' || c == '}')
		if closes {
			depth--
		}
		if depth > maxDepth {
			flat[i] = ' '
		}
		switch {
		case c == '"':
			quoted = !quoted
		case quoted && c == '\\' && i+1 < len(data):
			if i++; depth > maxDepth {
				flat[i] = ' '
			}
		case !quoted && (c == '[' || c == '{'):
			depth++
		}
	}
	return flat
}

// privateMembers are the parts of a JWK that nobody else may see (RFC 7518 section 6, RFC 8037 section 2, RFC 9964).
var privateMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"}

func (all Members) markPrivate() {
	isKey := all.get("kty") != nil
	for i := range all {
		all[i].private = isKey && slices.Contains(privateMembers, all[i].Name)
	}
}

func (all Members) markDuplicates() {
	first := make(map[string]int, len(all))
	for i := range all {
		if j, seen := first[all[i].Name]; seen {
			all[i].Duplicate, all[j].Duplicate = true, true
		} else {
			first[all[i].Name] = i
		}
	}
}

// MarshalJSON writes the members in their order, duplicates included.
func (all Members) MarshalJSON() ([]byte, error) {
	out := []byte{'{'}
	for i, m := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out, _ = jsontext.AppendQuote(out, m.Name) // it goes on after invalid UTF-8
		out = append(append(out, ':'), m.Raw...)
	}
	return append(out, '}'), nil
}

// ErrNoClaims: a token has no claims that can be read without a key.
var ErrNoClaims = errors.New("it has no readable claims")

// NoClaims returns an ErrNoClaims that says why, or nil for a token with claims.
func (t *Token) NoClaims() error {
	switch {
	case t.Claims != nil:
		return nil
	case t.Kind == JWE:
		return fmt.Errorf("this token is encrypted (JWE): %w", ErrNoClaims)
	case t.Kind == JWS && len(t.Damage) > 0:
		return fmt.Errorf("this token is damaged: %w", ErrNoClaims)
	}
	if t.Format != "" {
		return fmt.Errorf("this token is of the form %q: %w", t.Format, ErrNoClaims)
	}
	return fmt.Errorf("this token is %s: %w", t.Kind, ErrNoClaims)
}

// ClaimsJSON writes the claims as an indented object with a final line feed, in
// their order and with their own digits. Of duplicates it writes the last one.
func (t *Token) ClaimsJSON() ([]byte, error) {
	if err := t.NoClaims(); err != nil {
		return nil, err
	}
	last := map[string]int{}
	for i := range t.Claims {
		last[t.Claims[i].Name] = i
	}
	var claims Members
	for i, c := range t.Claims {
		if last[c.Name] == i {
			claims = append(claims, c)
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(claims)
	return out.Bytes(), err
}

// maxKept is the size in bytes up to which the claims of a token are kept.
const maxKept = 64 << 10

// Keep writes the claims of tokens, by the names of the tokens, as [Kept] reads them; "" if none has claims. It leaves out
// the tokens themselves, and claims that are too large.
func Keep(tokens map[string]*Token) string {
	var all Members
	for _, name := range slices.Sorted(maps.Keys(tokens)) {
		claims, _ := tokens[name].Claims.MarshalJSON() // it does not fail
		if tokens[name].Claims != nil && len(claims) <= maxKept && json.Valid(claims) {
			all = append(all, Member{Name: name, Raw: claims})
		}
	}
	if all == nil {
		return ""
	}
	text, _ := all.MarshalJSON()
	return string(text)
}

// Kept returns a token with the claims that Keep wrote for the named one, or nil.
func Kept(text, name string) *Token {
	all, _ := members([]byte(text))
	raw := all.get(name)
	if raw == nil {
		return nil
	}
	claims, _ := members(raw)
	return &Token{Kind: JWS, Claims: claims, Size: len(raw)}
}
