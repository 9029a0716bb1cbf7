package jq

import (
	"encoding/json"
	"maps"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/itchyny/gojq"
)

// items returns the items of an array, or the values of an object in the order of
// its keys.
func (r *run) items(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		if !r.alloc(2 * itemSize * len(v)) {
			return nil, true
		}
		out := make([]any, 0, len(v))
		for _, k := range r.sortedKeys(v) {
			out = append(out, v[k])
		}
		return out, true
	}
	return nil, false
}

// sortable is an item and what it is sorted by.
type sortable struct{ value, key any }

// keyedBy pairs the items of an array with their keys, which are the items
// themselves where there are none. It is not ok where jq fails.
func (r *run) keyedBy(v any, by []any) (items, keys []any, ok bool) {
	items, ok = v.([]any)
	keys = items
	if ok && len(by) > 0 {
		keys, ok = by[0].([]any)
	}
	return items, keys, ok && len(items) == len(keys)
}

// order sorts the items of an array by their keys. It is not ok where jq fails.
func (r *run) order(v any, by []any) (pairs []sortable, ok bool) {
	items, keys, ok := r.keyedBy(v, by)
	if !ok || !r.alloc(6*itemSize*len(items)) {
		return nil, ok
	}
	pairs = make([]sortable, len(items))
	for i, v := range items {
		pairs[i] = sortable{v, keys[i]}
	}
	slices.SortStableFunc(pairs, func(a, b sortable) int { return r.compare(a.key, b.key) })
	return pairs, true
}

func (r *run) sort(name string, v any, by ...any) any {
	pairs, ok := r.order(v, by)
	if !ok {
		return plain(name, v, by...)
	}
	out := make([]any, len(pairs))
	for i, p := range pairs {
		out[i] = p.value
	}
	return out
}

// group makes a value of each run of items with equal keys.
func (r *run) group(name string, value func(run []any) any, v any, by ...any) any {
	pairs, ok := r.order(v, by)
	if !ok {
		return plain(name, v, by...)
	}
	out := []any{}
	var run []any
	for i, p := range pairs {
		if run = append(run, p.value); i+1 == len(pairs) || r.compare(p.key, pairs[i+1].key) != 0 {
			out = append(out, value(run))
			run = nil
		}
	}
	return out
}

func itself(run []any) any { return run }
func first(run []any) any  { return run[0] }

// least returns the item with the least key, for a sign of 1 the first one, and
// with the greatest for -1, the last one.
func (r *run) least(name string, sign int, v any, by ...any) any {
	items, keys, ok := r.keyedBy(v, by)
	switch {
	case !ok:
		return plain(name, v, by...)
	case len(items) == 0:
		return nil
	}
	best := 0
	for i := 1; i < len(keys); i++ {
		if (r.compare(keys[best], keys[i]) > 0) == (sign > 0) {
			best = i
		}
	}
	return items[best]
}

func (r *run) bsearch(v, x any) any {
	items, ok := v.([]any)
	if !ok {
		return plain("bsearch", v, x)
	}
	i, found := slices.BinarySearchFunc(items, x, r.compare)
	if found {
		return i
	}
	return -i - 1
}

func (r *run) flatten(v any, depth ...any) any {
	items, ok := r.items(v)
	levels := -1.0
	if len(depth) > 0 && ok {
		levels, ok = gojq.ToFloat64(depth[0])
		ok = ok && levels >= 0
	}
	if !ok {
		return plain("flatten", v, depth...)
	}
	return r.flat([]any{}, items, levels, 0)
}

func (r *run) flat(out, items []any, levels float64, depth int) []any {
	if !r.work(len(items)+1) || !r.fits(0, depth) || !r.alloc(2*itemSize*len(items)) {
		return out
	}
	for _, v := range items {
		if inner, ok := v.([]any); ok && levels != 0 {
			if out = r.flat(out, inner, levels-1, depth+1); r.err != nil {
				return out
			}
		} else {
			out = append(out, v)
		}
	}
	return out
}

// indices finds an array or item in an array, or a text in a text: all places, the
// first ("index") or the last ("rindex").
func (r *run) indices(name string, v, x any) any {
	var found []any
	switch v := v.(type) {
	case []any:
		of, ok := x.([]any)
		if !ok {
			of = []any{x}
		}
		found = r.find(v, of, name)
	case string:
		of, ok := x.(string)
		if !ok {
			return plain(name, v, x)
		}
		found = r.findText(v, of)
	default:
		return plain(name, v, x)
	}
	switch {
	case name == "indices":
		return found
	case len(found) == 0:
		return nil
	case name == "index":
		return found[0]
	}
	return found[len(found)-1]
}

func (r *run) find(v, of []any, name string) []any {
	out := []any{}
	for i := 0; len(of) > 0 && i <= len(v)-len(of); i++ {
		if r.compareArrays(v[i:i+len(of)], of, 0) == 0 {
			out = append(out, i)
			if !r.alloc(3*itemSize) || name == "index" {
				break
			}
		}
		if r.err != nil {
			break
		}
	}
	return out
}

// findText returns the places of a text, counted in characters. They may overlap.
func (r *run) findText(s, of string) []any {
	out := []any{}
	if !utf8.ValidString(s) || !utf8.ValidString(of) {
		if !r.alloc(3 * (len(s) + len(of))) {
			return out
		}
		valid := func(s string) string { return strings.Map(func(c rune) rune { return c }, s) }
		s, of = valid(s), valid(of)
	}
	if of == "" {
		return out
	}
	for at, chars := 0, 0; ; {
		i := strings.Index(s[at:], of)
		if i < 0 || !r.work(1+(i+len(of))/16) || !r.alloc(3*itemSize) {
			return out
		}
		chars += utf8.RuneCountInString(s[at : at+i])
		out = append(out, chars)
		_, size := utf8.DecodeRuneInString(s[at+i:])
		at, chars = at+i+size, chars+1
	}
}

func (r *run) join(v, sep any) any {
	var items []any
	switch v := v.(type) {
	case []any:
		items = v
	case map[string]any:
		items = slices.Collect(maps.Values(v)) // only to be measured
	}
	n, separator := 0, 0
	if s, ok := sep.(string); ok {
		separator = len(s)
	}
	usual := len(items) > 0
	for _, item := range items {
		n += separator
		switch item := item.(type) {
		case string:
			n += len(item)
		case nil:
		case bool, int, float64, json.Number:
			n += 24
		case *big.Int:
			n += item.BitLen()
		default:
			usual = false // jq fails, soon or at the end
		}
	}
	list, isList := v.([]any)
	_, isText := sep.(string)
	if !r.work(len(items)+n/64) || !r.alloc(2*n) {
		return nil
	}
	if !isList || !isText || !usual {
		return plain("join", v, sep)
	}
	return r.joined(list, sep.(string), n)
}

func (r *run) joined(items []any, sep string, size int) string {
	var out strings.Builder
	out.Grow(size)
	for i, item := range items {
		if i > 0 {
			out.WriteString(sep)
		}
		if item != nil {
			s, _ := r.toString(item)
			out.WriteString(s)
		}
	}
	return out.String()
}
