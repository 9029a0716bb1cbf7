package jq

import (
	"math/big"
	"strings"

	"github.com/itchyny/gojq"
)

// sum is the guard of a + b.
func (r *run) sum(a, b any) {
	switch x := a.(type) {
	case string:
		if y, ok := b.(string); ok {
			r.value(len(x) + len(y))
			return
		}
	case []any:
		if y, ok := b.([]any); ok {
			r.alloc(itemSize * (len(x) + len(y)))
			return
		}
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			r.charge(4 * (len(x) + len(y)))
			r.alloc(entrySize * (len(x) + len(y)))
			return
		}
	}
	r.whole(a, b)
}

// whole charges integers of any length, or an error, and rejects a result with too many bits.
func (r *run) whole(of ...any) {
	n := 0
	for _, v := range of {
		if v, ok := v.(*big.Int); ok {
			n += v.BitLen()
		}
	}
	if r.charge(n / 4); n > maxBits {
		r.fail(longNumber)
	}
	r.chargeError(of...)
}

// compared is the guard of a comparison of two values.
func compared(r *run, _ any, args []any) {
	switch a := args[0].(type) {
	case string:
		if b, ok := args[1].(string); ok {
			r.charge(min(len(a), len(b)) / 64)
		}
	case []any:
		if b, ok := args[1].([]any); ok {
			r.charge(min(r.size(a).work(), r.size(b).work()))
		}
	case map[string]any:
		if b, ok := args[1].(map[string]any); ok {
			r.charge(min(r.size(a).work(), r.size(b).work()))
		}
	}
}

// subtract is the guard of a - b, which searches for each item of a list in the other.
func (r *run) subtract(a, b any) {
	x, ok := a.([]any)
	y, ok2 := b.([]any)
	if ok && ok2 {
		r.alloc(itemSize * len(x))
		r.charge(min(r.size(x).work()*len(y), len(x)*r.size(y).work()))
		return
	}
	r.whole(a, b)
}

// multiply is the guard of a * b.
func (r *run) multiply(a, b any) {
	switch x := a.(type) {
	case string:
		r.repeat(x, b)
		return
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			r.merge(x, y, 0)
			return
		}
	}
	if y, ok := b.(string); ok {
		r.repeat(y, a)
		return
	}
	r.whole(a, b)
}

// repeat charges a text that is repeated.
func (r *run) repeat(s string, n any) {
	if times, ok := gojq.ToFloat64(n); ok && times*float64(len(s)) > maxValue {
		r.fail(tooMuch)
	} else if ok && times > 0 {
		r.alloc(int(times) * len(s))
	} else {
		r.chargeError(s, n)
	}
}

// merge charges the merging of two objects.
func (r *run) merge(a, b map[string]any, depth int) {
	if depth > maxNesting {
		r.fail(tooDeep)
	}
	if !r.charge(4*(len(a)+len(b))) || !r.alloc(entrySize*(len(a)+len(b))) {
		return
	}
	for k, v := range b {
		if from, ok := v.(map[string]any); ok {
			if to, ok := a[k].(map[string]any); ok {
				r.merge(to, from, depth+1)
			}
		}
	}
}

// split is the guard of a / b and split.
func (r *run) split(v, by any) {
	s, ok := v.(string)
	sep, ok2 := by.(string)
	if ok && ok2 {
		r.charge((len(s) + len(sep)) / 16)
		r.alloc(3 * itemSize * (strings.Count(s, sep) + 1))
		return
	}
	r.whole(v, by)
}
