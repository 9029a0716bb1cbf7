package jq

import (
	"math"

	"github.com/itchyny/gojq"
)

// replacements are our functions in place of those of jq. Each bounds its work and
// its result; the rest, and every error, it leaves to jq's own.
var replacements = map[string]func(r *run, v any, args []any) any{
	"_add/2":       func(r *run, _ any, a []any) any { return r.add(a[0], a[1]) },
	"_subtract/2":  func(r *run, _ any, a []any) any { return r.subtract(a[0], a[1]) },
	"_multiply/2":  func(r *run, _ any, a []any) any { return r.multiply(a[0], a[1]) },
	"_divide/2":    func(r *run, _ any, a []any) any { return r.divide(a[0], a[1]) },
	"_modulo/2":    func(r *run, _ any, a []any) any { return r.modulo(a[0], a[1]) },
	"_equal/2":     func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) == 0 },
	"_notequal/2":  func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) != 0 },
	"_greater/2":   func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) > 0 },
	"_less/2":      func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) < 0 },
	"_greatereq/2": func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) >= 0 },
	"_lesseq/2":    func(r *run, _ any, a []any) any { return r.compare(a[0], a[1]) <= 0 },

	"tojson/0":   func(r *run, v any, _ []any) any { s, _ := r.toJSON(v); return s },
	"tostring/0": func(r *run, v any, _ []any) any { s, _ := r.toString(v); return s },
	"_format/1":  func(_ *run, v any, a []any) any { return plain("format", v, a[0]) },

	"contains/1":   func(r *run, v any, a []any) any { return r.contains(v, a[0], 0) },
	"inside/1":     func(r *run, v any, a []any) any { return r.contains(a[0], v, 0) },
	"indices/1":    func(r *run, v any, a []any) any { return r.indices("indices", v, a[0]) },
	"index/1":      func(r *run, v any, a []any) any { return r.indices("index", v, a[0]) },
	"rindex/1":     func(r *run, v any, a []any) any { return r.indices("rindex", v, a[0]) },
	"split/1":      func(r *run, v any, a []any) any { return r.split("split", v, a[0]) },
	"join/1":       func(r *run, v any, a []any) any { return r.join(v, a[0]) },
	"flatten/0":    func(r *run, v any, _ []any) any { return r.flatten(v) },
	"flatten/1":    func(r *run, v any, a []any) any { return r.flatten(v, a...) },
	"bsearch/1":    func(r *run, v any, a []any) any { return r.bsearch(v, a[0]) },
	"min/0":        func(r *run, v any, _ []any) any { return r.least("min", 1, v) },
	"max/0":        func(r *run, v any, _ []any) any { return r.least("max", -1, v) },
	"_min_by/1":    func(r *run, v any, a []any) any { return r.least("_min_by", 1, v, a...) },
	"_max_by/1":    func(r *run, v any, a []any) any { return r.least("_max_by", -1, v, a...) },
	"sort/0":       func(r *run, v any, _ []any) any { return r.sort("sort", v) },
	"_sort_by/1":   func(r *run, v any, a []any) any { return r.sort("_sort_by", v, a...) },
	"unique/0":     func(r *run, v any, _ []any) any { return r.group("unique", first, v) },
	"_unique_by/1": func(r *run, v any, a []any) any { return r.group("_unique_by", first, v, a...) },
	"_group_by/1":  func(r *run, v any, a []any) any { return r.group("_group_by", itself, v, a...) },

	"strftime/1": func(r *run, v any, a []any) any { return r.time("strftime", v, a[0]) },
	"strptime/1": func(r *run, v any, a []any) any { return r.time("strptime", v, a[0]) },
	"jn/2":       func(r *run, v any, a []any) any { return r.bessel("jn", v, a) },
	"yn/2":       func(r *run, v any, a []any) any { return r.bessel("yn", v, a) },

	"setpath/2":  func(r *run, v any, a []any) any { return r.setpath(v, a[0], a[1]) },
	"delpaths/1": func(r *run, v any, a []any) any { return r.delpaths(v, a[0]) },
	"_edit/0":    func(r *run, v any, _ []any) any { return newEdit(r, v) },
	"_put/2":     func(_ *run, e any, a []any) any { return e.(*edit).set(a[0], a[1]) },
	"_get/1":     func(_ *run, e any, a []any) any { return e.(*edit).get(a[0]) },
	"_set/2":     func(_ *run, v any, a []any) any { return a[0].(*edit).set(a[1], v) },
	"_drop/1":    func(_ *run, e any, a []any) any { return e.(*edit).drop(a[0]) },
	"_edited/0":  func(_ *run, e any, _ []any) any { return e.(*edit).end() },

	"_test/2":      func(r *run, v any, a []any) any { return r.test(v, a[0], a[1]) },
	"_replacing/0": func(r *run, v any, _ []any) any { return &replacing{run: r, text: v} },
	"_captured/0":  func(_ *run, p any, _ []any) any { return p.(*place).named() },
	"_at/1":        func(_ *run, s any, a []any) any { return s.(*replacing).next(a[0].(*place)) },
	"_insert/1":    func(_ *run, s any, a []any) any { return s.(*replacing).insert(a[0]) },
	"_replaced/0":  func(_ *run, s any, _ []any) any { return s.(*replacing).all() },
}

// generators are our functions that have several outputs.
var generators = map[string]func(r *run, v any, args []any) gojq.Iter{
	"_matches/2": func(r *run, v any, a []any) gojq.Iter {
		return r.places(v, a, func(p *place) any { return p.object() })
	},
	"_places/2": func(r *run, v any, a []any) gojq.Iter { return r.places(v, a, func(p *place) any { return p }) },
	"_scan/2": func(r *run, v any, a []any) gojq.Iter {
		return r.places(v, a, func(p *place) any { return p.strings() })
	},
	"_splits/2": func(r *run, v any, a []any) gojq.Iter { return r.splits(v, a) },
}

// maxFormat bounds the format of a time: each of its letters may be padded.
const maxFormat = 1000

func (r *run) time(name string, v, format any) any {
	if s, ok := format.(string); ok && len(s) > maxFormat {
		r.fail(longFormat)
		return nil
	}
	if s, ok := v.(string); ok && len(s) > perLook { // an error quotes it
		r.alloc(8 * len(s))
	}
	r.work(1000)
	return plain(name, v, format)
}

// maxOrder bounds the order of a Bessel function of a large number, which is how many
// steps it takes.
const maxOrder = 1 << 20

func (r *run) bessel(name string, v any, args []any) any {
	n, _ := gojq.ToFloat64(args[0])
	x, _ := gojq.ToFloat64(args[1])
	if math.Abs(n) > maxOrder && math.Abs(x) > maxOrder/16 {
		r.fail(largeOrder)
		return nil
	}
	r.work(maxOrder / 16)
	return plain(name, v, args...)
}
