package jq

import (
	"encoding/json"
	"math/big"
	"unicode/utf8"
)

// chargeError charges an error that quotes values, which jq formats as JSON.
func (r *run) chargeError(values ...any) {
	for _, v := range values {
		left := 32
		r.quote(v, &left)
	}
}

func (r *run) quote(v any, left *int) {
	if *left--; *left < 0 {
		return
	}
	switch v := v.(type) {
	case string:
		r.charge(len(v) / 16)
	case []any:
		for _, e := range v[:min(len(v), 32)] {
			r.quote(e, left)
		}
	case map[string]any:
		if r.charge(16 * len(v)); len(v) <= 32 {
			for _, e := range v {
				r.quote(e, left)
			}
		}
	}
}

// mayFail is the guard of a function whose error may quote its input or an argument.
func mayFail(r *run, v any, args []any) {
	r.chargeError(v)
	r.chargeError(args...)
}

// length returns the number of items of a list or an object.
func length(v any) int {
	switch v := v.(type) {
	case []any:
		return len(v)
	case map[string]any:
		return len(v)
	}
	return 0
}

// hasLongNumber reports whether JSON contains a number, or a text like one, of more than
// maxNumber digits.
func hasLongNumber[T string | []byte](s T) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	suspect := false
	for at := maxNumber - 1; at < len(s) && !suspect; at += maxNumber {
		suspect = isDigit(s[at])
	}
	run := 0
	for i := 0; suspect && i < len(s) && run <= maxNumber; i++ {
		switch {
		case isDigit(s[i]):
			run++
			continue
		case s[i] == '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
		}
		run = 0
	}
	return run > maxNumber
}

// texts returns the length of the scalar items of a list as text, in bytes.
func (r *run) texts(v any) (n int) {
	item := func(v any) {
		switch v := v.(type) {
		case string:
			n += len(v)
		case []any:
			n += itemSize * len(v)
		case map[string]any:
			n += entrySize * len(v)
		case *big.Int:
			n += v.BitLen()
		default:
			n += 8
		}
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			item(e)
		}
	case map[string]any:
		for _, e := range v {
			item(e)
		}
		n += 2 * entrySize * len(v) // to sort the keys
	default:
		r.chargeError(v)
	}
	r.charge(8*length(v) + n/16)
	return n
}

// leaves counts the items of lists in lists.
func (r *run) leaves(list []any, depth int) int {
	if depth > maxNesting {
		r.fail(tooDeep)
	}
	if !r.charge(len(list) + 1) {
		return 0
	}
	n := len(list)
	for _, v := range list {
		if inner, ok := v.([]any); ok {
			n += r.leaves(inner, depth+1)
		}
	}
	return n
}

// extent is the size of a value that a function walks.
type extent struct {
	nodes int // values and keys; the keys of objects count several times, as they are sorted
	bytes int // of JSON
}

// work returns the work of comparing the value.
func (e extent) work() int { return 2*e.nodes + e.bytes/64 }

// size measures a value.
func (r *run) size(v any) (e extent) {
	r.measure(v, &e, 0)
	return e
}

func (r *run) measure(v any, e *extent, depth int) bool {
	e.nodes++
	switch v := v.(type) {
	case string:
		e.bytes += quoted(v)
		return r.charge(len(v) / 16)
	case []any:
		if !r.enter(len(v), depth) {
			return false
		}
		e.bytes += len(v) + 2
		for _, x := range v {
			if !r.measure(x, e, depth+1) {
				return false
			}
		}
	case map[string]any:
		if !r.enter(4*len(v), depth) {
			return false
		}
		e.nodes += 3 * len(v)
		e.bytes += 2*len(v) + 2
		for k, x := range v {
			if e.bytes += quoted(k); !r.measure(x, e, depth+1) {
				return false
			}
		}
	case json.Number:
		e.bytes += len(v)
	case *big.Int:
		e.bytes += v.BitLen()/3 + 2
		return r.charge(v.BitLen())
	case float64:
		e.bytes += 24
	default:
		e.bytes += 8
	}
	return true
}

// enter charges walking a list or object of this many items.
func (r *run) enter(items, depth int) bool {
	if depth > maxNesting {
		return r.fail(tooDeep)
	}
	return r.charge(items + 1)
}

// quoted returns the length of a text as JSON.
func quoted(s string) int {
	n, high := len(s)+2, 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 0x7f:
			high++
		case c < ' ':
			n += 5
		case c == '"' || c == '\\':
			n++
		}
	}
	if high > 0 && !utf8.ValidString(s) {
		n += 5 * high
	}
	return n
}
