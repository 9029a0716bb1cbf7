package jq

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"

	"tokenring/session/token"
)

// copier copies the result of a run. If that is too large, left is negative in the end.
type copier struct{ left int }

func (s *copier) copy(v any, depth int) any {
	if s.left -= 8; depth > maxDepth {
		s.left = -1
	}
	switch v := v.(type) {
	case string:
		s.left -= len(v)
	case float64:
		return finite(v)
	case json.Number:
		s.left -= len(v)
		return number(v)
	case *big.Int:
		s.left -= v.BitLen() / 3
	case []any:
		out := make([]any, 0, min(len(v), 1024))
		for i := 0; i < len(v) && s.left >= 0; i++ {
			out = append(out, s.copy(v[i], depth+1))
		}
		return out
	case map[string]any:
		out := make(map[string]any, min(len(v), 1024))
		for k, e := range v {
			if s.left -= len(k); s.left < 0 {
				break
			}
			out[k] = s.copy(e, depth+1)
		}
		return out
	}
	return v
}

// maxDigits bounds the integers that remain exact: parsing takes time quadratic in the length.
const maxDigits = 300

// number returns the most exact of int, *big.Int and float64 for n.
func number(n json.Number) any {
	text := n.String()
	if i, err := strconv.Atoi(text); err == nil {
		return i
	}
	if len(text) <= maxDigits && !strings.ContainsAny(text, ".eE") {
		if i, ok := new(big.Int).SetString(text, 10); ok {
			return i
		}
	}
	f, _ := n.Float64() // out of range is an infinity
	return finite(f)
}

// finite converts f for JSON, like jq: an infinity becomes the largest number and NaN becomes
// null.
func finite(f float64) any {
	if math.IsNaN(f) {
		return nil
	}
	return min(max(f, -math.MaxFloat64), math.MaxFloat64)
}

// Numbers replaces each json.Number in a decoded JSON value, in place, with the most exact of
// int, *big.Int and float64.
func Numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			v[i] = Numbers(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = Numbers(v[k])
		}
	}
	return v
}

// DecodeJSON parses data as one JSON value, with the numbers of [Numbers].
func DecodeJSON(data []byte) (v any, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if dec.Decode(&v) != nil || len(bytes.TrimSpace(data[dec.InputOffset():])) > 0 {
		return nil, false
	}
	return Numbers(v), true
}

// Claims returns the claims of a token for an expression, or nil if they cannot be read. The
// last of duplicates counts.
func Claims(t *token.Token) Scope {
	if t.Claims == nil {
		return nil
	}
	claims := make(Scope, len(t.Claims))
	for _, m := range t.Claims {
		claims[m.Name], _ = DecodeJSON(m.Raw)
	}
	return claims
}

// text returns a value as text in a template: a string unchanged, any other value as JSON.
func text(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	b, err := gojq.Marshal(v)
	if err != nil { // gojq marshals every output
		return ""
	}
	return string(b)
}

// Marshal encodes a value as JSON in one line. Unlike [json.Marshal] it does not escape <, >
// and &.
func Marshal(v any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// Quote writes a text as a JSON string, which YAML reads as well.
func Quote(s string) string {
	b, _ := Marshal(s) // never fails for a string
	return string(b)
}
