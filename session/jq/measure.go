package jq

import (
	"cmp"
	"encoding/json"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// maxText bounds the JSON that one function makes, in bytes.
const maxText = 24 << 20

func (r *run) toString(v any) (string, bool) {
	if s, ok := v.(string); ok {
		return s, true
	}
	return r.toJSON(v)
}

// toJSON returns v as gojq.Marshal writes it, if it is not too large.
func (r *run) toJSON(v any) (string, bool) {
	var out strings.Builder
	if !r.encode(&out, v, 0) || !r.alloc(out.Len()) {
		return "", false
	}
	return out.String(), true
}

// encode appends v as JSON to out.
func (r *run) encode(out *strings.Builder, v any, depth int) bool {
	if !r.work(1) {
		return false
	}
	switch v := v.(type) {
	case string:
		return r.encodeString(out, v)
	case []any:
		return r.encodeArray(out, v, depth+1)
	case map[string]any:
		return r.encodeObject(out, v, depth+1)
	case nil:
		out.WriteString("null")
	case bool:
		if v {
			out.WriteString("true")
		} else {
			out.WriteString("false")
		}
	case json.Number:
		out.WriteString(v.String())
	case int:
		out.WriteString(strconv.Itoa(v))
	default:
		if n, ok := v.(*big.Int); ok && !r.work(n.BitLen()) {
			return false
		}
		b, err := gojq.Marshal(v)
		if err != nil {
			return r.fail(err)
		}
		out.Write(b)
	}
	return true
}

func (r *run) encodeArray(out *strings.Builder, v []any, depth int) bool {
	if !r.fits(out.Len(), depth) {
		return false
	}
	out.WriteByte('[')
	for i, e := range v {
		if i > 0 {
			out.WriteByte(',')
		}
		if !r.encode(out, e, depth) {
			return false
		}
	}
	out.WriteByte(']')
	return true
}

func (r *run) encodeObject(out *strings.Builder, v map[string]any, depth int) bool {
	if !r.fits(out.Len(), depth) {
		return false
	}
	out.WriteByte('{')
	for i, k := range r.sortedKeys(v) {
		if i > 0 {
			out.WriteByte(',')
		}
		if !r.encodeString(out, k) {
			return false
		}
		out.WriteByte(':')
		if !r.encode(out, v[k], depth) {
			return false
		}
	}
	out.WriteByte('}')
	return true
}

// fits reports whether a text and a depth are within bounds.
func (r *run) fits(text, depth int) bool {
	switch {
	case text > maxText:
		return r.fail(tooMuch)
	case depth > maxNesting:
		return r.fail(tooDeep)
	}
	return true
}

// sortedKeys returns the keys of an object in order.
func (r *run) sortedKeys(v map[string]any) []string {
	keys := make([]string, 0, len(v))
	for k := range v {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	r.work(len(keys))
	return keys
}

// encodeString appends s as gojq quotes it.
func (r *run) encodeString(out *strings.Builder, s string) bool {
	if !r.work(len(s)/64) || !r.fits(out.Len()+len(s), 0) {
		return false
	}
	out.WriteByte('"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if ' ' <= c && c <= '~' && c != '"' && c != '\\' {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			if _, size := utf8.DecodeRuneInString(s[i:]); size > 1 {
				i += size
				continue
			}
		}
		out.WriteString(s[start:i])
		out.WriteString(escaped(c))
		i++
		start = i
		if !r.fits(out.Len(), 0) {
			return false
		}
	}
	out.WriteString(s[start:])
	out.WriteByte('"')
	return true
}

// escaped returns the escape of a byte in a JSON string.
func escaped(c byte) string {
	switch c {
	case '"', '\\':
		return `\` + string(rune(c))
	case '\b':
		return `\b`
	case '\f':
		return `\f`
	case '\n':
		return `\n`
	case '\r':
		return `\r`
	case '\t':
		return `\t`
	}
	if c >= utf8.RuneSelf {
		return `\ufffd`
	}
	const hex = "0123456789abcdef"
	return `\u00` + hex[c>>4:c>>4+1] + hex[c&15:c&15+1]
}

// compare is gojq.Compare with its work counted.
func (r *run) compare(a, b any) int { return r.compareAt(a, b, 0) }

func (r *run) compareAt(a, b any, depth int) int {
	if !r.work(1) {
		return 0
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			r.work(min(len(a), len(b)) / 64)
			return strings.Compare(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok && r.fits(0, depth) {
			return r.compareArrays(a, b, depth+1)
		}
	case map[string]any:
		if b, ok := b.(map[string]any); ok && r.fits(0, depth) {
			return r.compareObjects(a, b, depth+1)
		}
	}
	return gojq.Compare(a, b)
}

func (r *run) compareArrays(a, b []any, depth int) int {
	for i := range min(len(a), len(b)) {
		if c := r.compareAt(a[i], b[i], depth); c != 0 || r.err != nil {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func (r *run) compareObjects(a, b map[string]any, depth int) int {
	keys := r.sortedKeys(a)
	if c := slices.Compare(keys, r.sortedKeys(b)); c != 0 {
		return c
	}
	for _, k := range keys {
		if c := r.compareAt(a[k], b[k], depth); c != 0 || r.err != nil {
			return c
		}
	}
	return 0
}

func isNumber(v any) bool {
	switch v.(type) {
	case int, float64, *big.Int, json.Number:
		return true
	}
	return false
}

// contains is jq's function with its work counted.
func (r *run) contains(a, b any, depth int) any {
	if !r.work(1) || !r.fits(0, depth) {
		return false
	}
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			r.work((len(a) + len(b)) / 16)
			return strings.Contains(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok {
			return !slices.ContainsFunc(b, func(b any) bool {
				return !slices.ContainsFunc(a, func(a any) bool { return r.contains(a, b, depth+1) == true })
			})
		}
	case map[string]any:
		if b, ok := b.(map[string]any); ok {
			for k, b := range b {
				if a, ok := a[k]; !ok || r.contains(a, b, depth+1) != true {
					return false
				}
			}
			return true
		}
	case nil, bool:
		if a == b {
			return true
		}
	default:
		if isNumber(a) && isNumber(b) {
			return gojq.Compare(a, b) == 0
		}
	}
	return plain("contains", a, b)
}
