package jq

import (
	"math"
	"math/bits"
	"strings"

	"github.com/itchyny/gojq"
)

// guard charges the run for a call of one of jq's functions. It ignores values that the function
// rejects.
type guard func(r *run, v any, args []any)

// guards returns the guards of the functions that gojq implements in Go, by name and number of
// arguments.
func guards() map[string]guard {
	return map[string]guard{
		"_add/2":      func(r *run, _ any, a []any) { r.sum(a[0], a[1]) },
		"_subtract/2": func(r *run, _ any, a []any) { r.subtract(a[0], a[1]) },
		"_multiply/2": func(r *run, _ any, a []any) { r.multiply(a[0], a[1]) },
		"_divide/2":   func(r *run, _ any, a []any) { r.split(a[0], a[1]) },
		"split/1":     func(r *run, v any, a []any) { r.split(v, a[0]) },
		"_equal/2":    compared, "_notequal/2": compared, "_greater/2": compared, "_less/2": compared, "_greatereq/2": compared, "_lesseq/2": compared,

		"tojson/0": encoded, "tostring/0": asText(1), "_tohtml/0": asText(6), "_touri/0": asText(6), "_tourid/0": asText(2),
		"_tobase64/0": asText(3), "_tobase64d/0": asText(2), "_tocsv/0": row, "_totsv/0": row, "_tosh/0": row,
		"ascii_downcase/0": asText(2), "ascii_upcase/0": asText(2), "explode/0": asText(3 * itemSize),
		"fromjson/0": func(r *run, v any, _ []any) { r.readable(v) },
		"tonumber/0": shortNumber,

		"keys/0": each(itemSize, entrySize), "reverse/0": each(itemSize, 0), "implode/0": func(r *run, v any, _ []any) { r.alloc(2 * itemSize * length(v)); r.chargeError(v) },
		"join/1":    func(r *run, v any, a []any) { r.join(v, a[0]) },
		"add/0":     func(r *run, v any, _ []any) { r.join(v, nil) },
		"flatten/0": flat, "flatten/1": flat,
		"transpose/0": transposable,

		"sort/0": sorted, "unique/0": sorted, "_sort_by/1": sorted, "_unique_by/1": sorted, "_group_by/1": sorted,
		"min/0": scanned, "max/0": scanned, "_min_by/1": scanned, "_max_by/1": scanned,
		"bsearch/1":  func(r *run, v any, a []any) { r.charge(r.size(a[0]).work() * bits.Len(uint(length(v)))) },
		"contains/1": func(r *run, v any, a []any) { r.contain(v, a[0]) },
		"inside/1":   func(r *run, v any, a []any) { r.contain(a[0], v) },
		"indices/1":  indices, "index/1": indices, "rindex/1": indices,

		"getpath/1":  func(r *run, v any, a []any) { r.path(v, a[0]) },
		"strftime/1": timed, "strptime/1": timed,
		"jn/2": bessel, "yn/2": bessel,
	}
}

// The size on the heap of an item of a list and an entry of an object, without what they refer
// to.
const (
	itemSize  = 16
	entrySize = 64
)

const (
	// maxBits bounds the integers in calculations: formatting takes time quadratic in the
	// digits.
	maxBits = 4096
	// maxNumber bounds the digits of a parsed number.
	maxNumber = 1000
	// maxFormat bounds the format of a time: each of its letters may be padded.
	maxFormat = 1000
	// maxOrder bounds the order of a Bessel function of a large number, which is the number
	// of its steps.
	maxOrder = 1 << 20
)

// each returns the guard of a function that allocates this many bytes per item or entry.
func each(item, entry int) guard {
	return func(r *run, v any, _ []any) {
		switch v := v.(type) {
		case []any:
			r.charge(len(v))
			r.alloc(item * len(v))
		case map[string]any:
			r.charge(16 * len(v))
			r.alloc(entry * len(v))
		default:
			r.chargeError(v)
		}
	}
}

// grown is the guard of a list or text that has just been made.
func grown(r *run, v any, _ []any) {
	if s, ok := v.(string); ok {
		r.value(len(s))
	}
	r.alloc(itemSize * length(v))
}

// value charges a text of this many bytes and rejects a long one.
func (r *run) value(bytes int) {
	if bytes < 0 || bytes > maxValue {
		r.fail(tooMuch)
		return
	}
	r.alloc(bytes)
}

// sorted is the guard of functions that sort a list, possibly by keys.
func sorted(r *run, v any, args []any) {
	r.alloc(4 * itemSize * length(v))
	r.charge(r.compareAll(v, args) * bits.Len(uint(length(v))))
}

// scanned is the guard of functions that find the least or greatest item.
func scanned(r *run, v any, args []any) { r.compareAll(v, args) }

// compareAll charges a comparison of each item of a list, or of each key, and returns the work.
func (r *run) compareAll(v any, args []any) int {
	r.chargeError(v)
	if len(args) > 0 {
		v = args[0]
	}
	work := r.size(v).work()
	r.charge(work)
	return work
}

// asText returns the guard of a function that makes factor bytes from each byte of a value as
// text.
func asText(factor int) guard {
	return func(r *run, v any, _ []any) {
		n := 0
		if s, ok := v.(string); ok {
			n = len(s)
		} else {
			n = r.size(v).bytes
			r.charge(n / 4)
		}
		if n > maxValue {
			r.fail(tooMuch)
		}
		r.charge(n / 4)
		r.alloc(factor * n)
	}
}

// encoded is the guard of a function that makes JSON.
func encoded(r *run, v any, _ []any) {
	if s, ok := v.(string); ok {
		r.charge(len(s) / 8)
		r.value(quoted(s))
		return
	}
	asText(1)(r, v, nil)
}

// row is the guard of the formats of lists of scalars.
func row(r *run, v any, _ []any) {
	if _, ok := v.([]any); !ok {
		v = []any{v}
	}
	r.alloc(8 * r.texts(v))
}

// join is the guard of functions that join the items of a list.
func (r *run) join(v, by any) {
	n := r.texts(v)
	if s, ok := by.(string); ok {
		n += len(s) * length(v)
	}
	r.chargeError(by)
	r.value(n)
}

// flat is the guard of flatten.
func flat(r *run, v any, args []any) {
	mayFail(r, v, args)
	each(2*itemSize, entrySize)(r, v, nil)
	n := 0
	switch v := v.(type) {
	case []any:
		n = r.leaves(v, 0)
	case map[string]any:
		for _, e := range v {
			if e, ok := e.([]any); ok {
				n += r.leaves(e, 0)
			}
		}
	}
	r.alloc(4 * itemSize * n)
}

func transposable(r *run, v any, _ []any) {
	rows, _ := v.([]any)
	longest := 0
	for _, row := range rows {
		longest = max(longest, length(row))
	}
	if r.charge(len(rows)); longest > 0 && len(rows)+3 > maxValue/itemSize/longest {
		r.fail(tooMuch)
	} else {
		r.alloc(itemSize * (len(rows) + 3) * longest)
	}
	r.chargeError(v)
}

// contain is the guard of contains, which searches for each item of a list in the other.
func (r *run) contain(a, b any) {
	s, ok := a.(string)
	part, ok2 := b.(string)
	if ok && ok2 {
		r.charge((len(s) + len(part)) / 16)
		return
	}
	x, y := r.size(a), r.size(b)
	r.charge(x.work() * y.work() / perStep)
}

// indices is the guard of functions that search for a part of a list or a text.
func indices(r *run, v any, args []any) {
	switch v := v.(type) {
	case string:
		if s, ok := args[0].(string); ok {
			r.alloc(3 * itemSize / 2 * (len(v) + len(s)))
			r.charge(len(v) * (len(s) + 8))
			return
		}
	case []any:
		r.charge(len(v) * (8 + r.size(args[0]).work()))
		r.alloc(itemSize * len(v))
		return
	}
	mayFail(r, v, args)
}

// path is the guard of getpath, and walks its path.
func (r *run) path(v, path any) {
	keys, ok := path.([]any)
	if !ok {
		r.chargeError(v, path)
		return
	}
	r.charge(12 * len(keys))
	for _, k := range keys {
		r.at(v, k)
		if inner, ok := child(v, k); ok {
			v = inner
		}
	}
	r.chargeError(path)
}

// at is the guard of .[key].
func (r *run) at(v, key any) {
	k, isName := key.(string)
	r.charge(len(k) / 64)
	switch v := v.(type) {
	case map[string]any:
		if isName {
			return
		}
	case []any:
		switch key := key.(type) {
		case []any: // jq searches for it
			indices(r, v, []any{key})
			return
		case int, nil:
			return
		}
	case string:
		r.charge(len(v) / 8) // to count its characters
	case nil:
		return
	}
	r.chargeError(v, key)
}

// shortNumber is the guard of tonumber.
func shortNumber(r *run, v any, _ []any) {
	if s, ok := v.(string); ok && len(s) > maxNumber && strings.Trim(s, "+-.0123456789Ee") == "" {
		r.fail(longNumber)
	}
	r.charge(perStep * 4)
	r.chargeError(v)
}

// timed is the guard of functions that parse or format a time.
func timed(r *run, v any, args []any) {
	if s, ok := args[0].(string); ok {
		if r.charge(256 + 16*len(s)); len(s) > maxFormat {
			r.fail(longFormat)
		}
	}
	if s, ok := v.(string); ok { // an error quotes it
		r.charge(len(s) / 2)
		r.alloc(8 * len(s))
	}
	mayFail(r, v, args)
}

func bessel(r *run, _ any, args []any) {
	n, _ := gojq.ToFloat64(args[0])
	x, _ := gojq.ToFloat64(args[1])
	if math.Abs(n) > maxOrder && math.Abs(x) > maxOrder/16 {
		r.fail(largeOrder)
	}
	if !(math.Abs(n) < maxOrder) {
		n = maxOrder
	}
	r.charge(int(math.Abs(n)))
	mayFail(r, args[0], args[1:])
}

// readable is the guard of fromjson.
func (r *run) readable(v any) {
	s, ok := v.(string)
	if !ok {
		r.chargeError(v)
		return
	}
	if hasLongNumber(s) {
		r.fail(longNumber)
	}
	r.charge(len(s) / 2)
	r.alloc(entrySize*(strings.Count(s, ",")+strings.Count(s, "[")+strings.Count(s, "{")) + len(s))
}
