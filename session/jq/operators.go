package jq

import (
	"encoding/json"
	"maps"
	"math/big"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// maxBits bounds the whole numbers that expressions calculate with.
const maxBits = 1 << 16

// numeric returns a number of JSON as one to calculate with.
func numeric(v any) any {
	n, ok := v.(json.Number)
	if !ok {
		return v
	}
	text := n.String()
	if i, err := strconv.Atoi(text); err == nil {
		return i
	}
	if i, ok := new(big.Int).SetString(text, 10); ok {
		return i
	}
	f, _ := n.Float64() // out of range is an infinity
	return f
}

// floats returns both numbers as floating-point ones, where at least one is.
func floats(a, b any) (x, y float64, ok bool) {
	_, first := a.(float64)
	_, second := b.(float64)
	if !first && !second {
		return 0, 0, false
	}
	x, ok = gojq.ToFloat64(a)
	if ok {
		y, ok = gojq.ToFloat64(b)
	}
	return x, y, ok
}

// rest leaves a rare or wrong operation to jq.
func (r *run) rest(name string, a, b any) any {
	for _, v := range []any{a, b} {
		if n, ok := v.(*big.Int); ok && n.BitLen() > maxBits {
			r.fail(longNumber)
			return nil
		}
	}
	r.work(64)
	return plain(name, nil, a, b)
}

func (r *run) add(a, b any) any {
	switch a := a.(type) {
	case string:
		if b, ok := b.(string); ok {
			return r.concat(a, b)
		}
	case []any:
		if b, ok := b.([]any); ok && r.alloc(itemSize*(len(a)+len(b))) {
			switch {
			case len(a) == 0:
				return b
			case len(b) == 0:
				return a
			}
			return append(append(make([]any, 0, len(a)+len(b)), a...), b...)
		}
	case map[string]any:
		if b, ok := b.(map[string]any); ok && r.alloc(entrySize*(len(a)+len(b))) {
			switch {
			case len(a) == 0:
				return b
			case len(b) == 0:
				return a
			}
			out := make(map[string]any, len(a)+len(b))
			maps.Copy(out, a)
			maps.Copy(out, b)
			return out
		}
	}
	a, b = numeric(a), numeric(b)
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok {
			if sum := x + y; (sum >= x) == (y >= 0) {
				return sum
			}
		}
	}
	if x, y, ok := floats(a, b); ok {
		return x + y
	}
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	}
	return r.rest("_add", a, b)
}

func (r *run) concat(a, b string) any {
	if !r.alloc(len(a) + len(b)) {
		return nil
	}
	return a + b
}

func (r *run) subtract(a, b any) any {
	if a, ok := a.([]any); ok {
		if b, ok := b.([]any); ok && r.alloc(itemSize*len(a)) {
			out := make([]any, 0, len(a))
			for _, v := range a {
				if !r.has(b, v) {
					out = append(out, v)
				}
			}
			return out
		}
	}
	a, b = numeric(a), numeric(b)
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok {
			if d := x - y; (d <= x) == (y >= 0) {
				return d
			}
		}
	}
	if x, y, ok := floats(a, b); ok {
		return x - y
	}
	return r.rest("_subtract", a, b)
}

// has reports whether an array has an item that is equal to v.
func (r *run) has(items []any, v any) bool {
	for _, item := range items {
		if r.compare(v, item) == 0 || r.err != nil {
			return true
		}
	}
	return false
}

func (r *run) multiply(a, b any) any {
	if m, ok := a.(map[string]any); ok {
		if n, ok := b.(map[string]any); ok {
			return r.merge(m, n, 0)
		}
	}
	if s, ok := a.(string); ok && !r.repeats(s, b) {
		return nil
	}
	if s, ok := b.(string); ok && !r.repeats(s, a) {
		return nil
	}
	a, b = numeric(a), numeric(b)
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok && y != -1 {
			if p := x * y; y == 0 || p/y == x {
				return p
			}
		}
	}
	if x, y, ok := floats(a, b); ok {
		return x * y
	}
	return r.rest("_multiply", a, b)
}

// repeats reports whether a text can be repeated n times.
func (r *run) repeats(s string, n any) bool {
	times, ok := gojq.ToFloat64(n)
	if !ok || !(times > 0) {
		return true
	}
	if times*float64(len(s)) > maxMemory {
		return r.fail(tooMuch)
	}
	return r.alloc(int(times) * len(s))
}

// merge is a * b of two objects.
func (r *run) merge(a, b map[string]any, depth int) any {
	if !r.work(len(a)+len(b)+1) || !r.fits(0, depth) || !r.alloc(entrySize*(len(a)+len(b))) {
		return nil
	}
	out := make(map[string]any, len(a)+len(b))
	maps.Copy(out, a)
	for k, v := range b {
		if to, ok := out[k].(map[string]any); ok {
			if from, ok := v.(map[string]any); ok {
				v = r.merge(to, from, depth+1)
			}
		}
		out[k] = v
	}
	return out
}

func (r *run) divide(a, b any) any {
	if _, ok := a.(string); ok {
		return r.split("_divide", a, b)
	}
	a, b = numeric(a), numeric(b)
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok && y != 0 && y != -1 {
			if x%y == 0 {
				return x / y
			}
			return float64(x) / float64(y)
		}
	}
	if x, y, ok := floats(a, b); ok && y != 0 {
		return x / y
	}
	return r.rest("_divide", a, b)
}

func (r *run) modulo(a, b any) any {
	a, b = numeric(a), numeric(b)
	if x, ok := a.(int); ok {
		if y, ok := b.(int); ok && y != 0 && y != -1 {
			return x % y
		}
	}
	return r.rest("_modulo", a, b)
}

// split is a / b of two texts; name is the function that was called.
func (r *run) split(name string, a, b any) any {
	s, ok := a.(string)
	sep, ok2 := b.(string)
	switch {
	case ok && ok2 && s == "":
		return []any{}
	case ok && ok2:
		r.work(len(s) / 64)
		if !r.alloc(4 * itemSize * (strings.Count(s, sep) + 1)) {
			return nil
		}
		parts := strings.Split(s, sep)
		out := make([]any, len(parts))
		for i, p := range parts {
			out[i] = p
		}
		return out
	case name == "_divide":
		return r.rest(name, a, b)
	}
	return plain(name, a, b)
}
