package jq

import (
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// kind says how a function that gojq has in Go is bounded. Zero is that of functions
// that take constant time, or time in proportion to a string that they share with
// their result.
type kind int

const (
	// replaced functions are ours.
	replaced kind = iota + 1
	// guarded functions run after ours, which passes their input on.
	guarded
	// argument functions run with what ours makes of their argument.
	argument
)

// builtin is one of the functions that gojq has in Go.
type builtin struct {
	kind kind
	fn   func(r *run, v any, args []any) any
	iter func(r *run, v any, args []any) gojq.Iter // in place of fn: of several outputs
}

// option makes our function callable in a program.
func (b builtin) option(key string, p *program) gojq.CompilerOption {
	arity, _ := strconv.Atoi(key[strings.LastIndexByte(key, '/')+1:])
	if b.kind != replaced {
		arity = 0
	}
	if b.iter != nil {
		return gojq.WithIterFunction(key+"!", arity, arity, func(v any, args []any) gojq.Iter { return b.iter(p.run, v, args) })
	}
	return gojq.WithFunction(key+"!", arity, arity, func(v any, args []any) any {
		out := b.fn(p.run, v, args)
		if p.run.err != nil {
			return p.run.err
		}
		return out
	})
}

// builtins are the functions that gojq has in Go, by name and number of arguments,
// and those that only the prelude and the rewriter call: their names begin with _.
// What is in neither this list nor the prelude cannot be called.
var builtins map[string]builtin

func init() {
	builtins = map[string]builtin{}
	for _, key := range strings.Fields(keptNames) {
		builtins[key] = builtin{}
	}
	for key, fn := range guards {
		builtins[key] = builtin{kind: guarded, fn: fn}
	}
	for key, fn := range replacements {
		builtins[key] = builtin{kind: replaced, fn: fn}
	}
	for key, fn := range extensions {
		builtins[key] = builtin{kind: replaced, fn: fn}
	}
	for key, iter := range generators {
		builtins[key] = builtin{kind: replaced, iter: iter}
	}
	builtins["getpath/1"] = builtin{kind: argument, fn: keys}
}

const keptNames = `
	empty/0 error/0 error/1 path/1 builtins/0 length/0 utf8bytelength/0 has/1 toboolean/0 type/0 startswith/1 endswith/1 ltrimstr/1
	rtrimstr/1 trimstr/1 ltrim/0 rtrim/0 trim/0 gmtime/0 mktime/0 infinite/0 nan/0 isfinite/0 isinfinite/0 isnan/0 isnormal/0
	sin/0 cos/0 tan/0 asin/0 acos/0 atan/0 sinh/0 cosh/0 tanh/0 asinh/0 acosh/0 atanh/0 floor/0 round/0 nearbyint/0 rint/0 ceil/0
	trunc/0 significand/0 fabs/0 sqrt/0 cbrt/0 exp/0 exp10/0 exp2/0 expm1/0 frexp/0 modf/0 log/0 log10/0 log1p/0 log2/0 logb/0
	gamma/0 tgamma/0 lgamma/0 erf/0 erfc/0 j0/0 j1/0 y0/0 y1/0 atan2/2 copysign/2 drem/2 fdim/2 fmax/2 fmin/2 fmod/2 hypot/2
	nextafter/2 nexttoward/2 remainder/2 ldexp/2 scalb/2 scalbln/2 pow/2 fma/3
	_range/3 _last/1 _captures/0 _alternative/2`

// known reports whether a source may call a function that it does not define.
func known(name string, arity int) bool {
	if strings.HasPrefix(name, "_") {
		return false
	}
	key := keyOf(name, arity)
	_, native := builtins[key]
	_, inJQ := prelude()[key]
	return native || inJQ
}

// bytes that a value of an array, and an entry of an object, take at most on the
// heap, beside what they refer to.
const (
	itemSize  = 16
	entrySize = 64
)

// guards report what the functions of jq are about to allocate, and pass the input on.
// What they do not know they leave to the function.
var guards = map[string]func(r *run, v any, args []any) any{
	"keys/0":           sized(2*itemSize, 2*itemSize, 0),
	"reverse/0":        sized(itemSize, 0, 0),
	"explode/0":        sized(0, 0, 2*itemSize),
	"implode/0":        sized(4, 0, 0),
	"ascii_downcase/0": sized(0, 0, 2),
	"ascii_upcase/0":   sized(0, 0, 2),
	"_tohtml/0":        asText(6),
	"_touri/0":         asText(6),
	"_tourid/0":        asText(2),
	"_tobase64/0":      asText(3),
	"_tobase64d/0":     asText(2),
	"_tocsv/0":         row,
	"_totsv/0":         row,
	"_tosh/0":          row,
	"_each/0":          sized(2*itemSize, 3*itemSize, 0),
	"_key/0":           func(r *run, v any, _ []any) any { return r.key(v) },
	"transpose/0":      transposable,
	"add/0":            addable,
	"tonumber/0":       shortNumber,
	"fromjson/0":       readable,
}

// sized returns a guard of a function that allocates so many bytes for each item,
// entry, or byte of a string.
func sized(item, entry, char int) func(*run, any, []any) any {
	return func(r *run, v any, _ []any) any {
		switch v := v.(type) {
		case []any:
			r.alloc(item * len(v))
		case map[string]any:
			r.alloc(entry * len(v))
		case string:
			r.alloc(char * len(v))
		}
		return v
	}
}

// asText returns a guard of a function that makes so many bytes of each byte of a
// value as text.
func asText(factor int) func(*run, any, []any) any {
	return func(r *run, v any, _ []any) any {
		s, ok := r.toString(v)
		if ok {
			r.alloc(factor * len(s))
		}
		return v
	}
}

// row is the guard of the formats of arrays of scalars.
func row(r *run, v any, _ []any) any {
	items, ok := v.([]any)
	if !ok {
		items = []any{v}
	}
	n := 2 * itemSize * len(items)
	for _, item := range items {
		if s, ok := item.(string); ok {
			n += 8 * len(s)
		}
	}
	r.alloc(n)
	return v
}

func transposable(r *run, v any, _ []any) any {
	rows, _ := v.([]any)
	longest := 0
	for _, row := range rows {
		if row, ok := row.([]any); ok {
			longest = max(longest, len(row))
		}
	}
	if len(rows) > maxMemory || longest > maxMemory {
		r.fail(tooMuch)
	} else {
		r.alloc(itemSize * (len(rows) + 3) * longest)
	}
	return v
}

// addable is the guard of add.
func addable(r *run, v any, _ []any) any {
	n := 0
	each(v, func(v any) {
		switch v := v.(type) {
		case string:
			n += 2 * len(v)
		case []any:
			n += 2 * itemSize * len(v)
		case map[string]any:
			n += entrySize * len(v)
		}
		n += itemSize
	})
	r.alloc(n)
	return v
}

// each passes the items of an array, or the values of an object, to f.
func each(v any, f func(any)) {
	switch v := v.(type) {
	case []any:
		for _, v := range v {
			f(v)
		}
	case map[string]any:
		for _, v := range v {
			f(v)
		}
	}
}

// maxNumber is how many characters a number has at most that expressions calculate
// with: the time for it grows with their square.
const maxNumber = 1000

// shortNumber is the guard of tonumber.
func shortNumber(r *run, v any, _ []any) any {
	if s, ok := v.(string); ok && len(s) > maxNumber && strings.Trim(s, "+-.0123456789Ee") == "" {
		r.fail(longNumber)
	}
	return v
}

// readable is the guard of fromjson.
func readable(r *run, v any, _ []any) any {
	s, ok := v.(string)
	if !ok {
		return v
	}
	items := strings.Count(s, ",") + strings.Count(s, "[") + strings.Count(s, "{")
	if hasLongNumber(s) {
		r.fail(longNumber)
	} else if r.work(len(s)/16) && items < maxMemory {
		r.alloc(items*entrySize + len(s))
	} else {
		r.fail(tooMuch)
	}
	return v
}

// hasLongNumber reports whether JSON holds a number, or what looks like one, of more
// than maxNumber digits.
func hasLongNumber(s string) bool {
	isDigit := func(c byte) bool { return c >= '0' && c <= '9' }
	suspect := false
	for at := maxNumber - 1; at < len(s) && !suspect; at += maxNumber {
		suspect = isDigit(s[at])
	}
	if !suspect {
		return false
	}
	run := 0
	for i := 0; i < len(s); i++ {
		switch {
		case isDigit(s[i]):
			if run++; run > maxNumber {
				return true
			}
		case s[i] == '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			run = 0
		default:
			run = 0
		}
	}
	return false
}

// maxKey bounds the array that is looked for in another with .[…].
const maxKey = 16

// key refuses a key that is a long array, or one of long or composed values: to look
// for it takes long.
func (r *run) key(v any) any {
	key, ok := v.([]any)
	if !ok {
		return v
	}
	fits := len(key) <= maxKey
	for i := 0; fits && i < len(key); i++ {
		switch k := key[i].(type) {
		case []any, map[string]any:
			fits = false
		case string:
			fits = len(k) <= maxNumber
		}
	}
	if !fits {
		r.fail(longKey)
	}
	return v
}

// keys refuses a path that has such a key.
func keys(r *run, v any, _ []any) any {
	if path, ok := v.([]any); ok && r.work(len(path)) {
		for _, k := range path {
			r.key(k)
		}
	}
	return v
}
