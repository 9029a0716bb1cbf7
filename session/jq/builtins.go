package jq

import (
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
)

// builtin is a function that gojq implements in Go, or one of ours.
type builtin struct {
	guard guard // runs before it; nil: nothing to charge
	quick bool  // takes constant time, except for an error

	own  func(r *run, v any, args []any) any // in place of it
	iter func(r *run, v any, args []any) gojq.Iter
}

// option makes our function callable in a program and lets it charge the runs.
func (b builtin) option(key string, r *run) gojq.CompilerOption {
	arity, _ := strconv.Atoi(key[strings.LastIndexByte(key, '/')+1:])
	if b.iter != nil {
		return gojq.WithIterFunction(key+"!", arity, arity, func(v any, args []any) gojq.Iter {
			b.guard(r, v, args)
			return b.iter(r, v, args)
		})
	}
	return gojq.WithFunction(key+"!", arity, arity, func(v any, args []any) any {
		if b.guard(r, v, args); b.own != nil && r.err == nil {
			v = b.own(r, v, args)
		}
		if r.err != nil {
			return r.err
		}
		return v
	})
}

// builtins returns the functions that are not in the prelude, by name and number of arguments.
// Only the prelude and the rewriter call those whose names begin with _. No other function can
// be called.
var builtins = sync.OnceValue(func() map[string]builtin {
	all := map[string]builtin{
		"path/1": {}, // see calling
		// without a function
		"_each/0":    {guard: each(2*itemSize, 3*itemSize)},
		"_at/1":      {guard: func(r *run, v any, a []any) { r.at(v, a[0]) }},
		"_mayfail/0": {guard: mayFail},
		"_grown/0":   {guard: grown},
		"_pattern/0": {guard: func(r *run, v any, _ []any) { // a key of a pattern
			if _, ok := v.([]any); ok { // jq would search for it
				r.fail(longKey)
			}
			r.chargeError(v)
		}},
		"_name/0": {guard: func(r *run, v any, _ []any) { // .name
			if _, ok := v.(map[string]any); !ok {
				r.chargeError(v)
			}
		}},
	}
	add := func(names string, b builtin) {
		for key := range strings.FieldsSeq(names) {
			all[key] = b
		}
	}
	add(freeNames, builtin{})
	add(quickNames, builtin{guard: mayFail, quick: true})
	add(textNames, builtin{guard: mayFail})
	for key, guard := range guards() {
		all[key] = builtin{guard: guard}
	}
	for _, functions := range []map[string]function{replacements(), extensions()} {
		for key, own := range functions {
			all[key] = builtin{guard: mayFail, own: own}
		}
	}
	all["_matches/2"] = builtin{guard: mayFail, iter: placesOf((*places).match)}
	all["_pieces/2"] = builtin{guard: mayFail, iter: placesOf((*places).piece)}
	return all
})

const (
	// freeNames lists functions that take constant time and never fail.
	freeNames = `empty/0 error/0 error/1 builtins/0 type/0 infinite/0 nan/0 isfinite/0 isinfinite/0 isnan/0 isnormal/0
		_last/1 _captures/0 _alternative/2`
	// quickNames lists functions that take constant time.
	quickNames = `_modulo/2 has/1 toboolean/0 utf8bytelength/0 gmtime/0 mktime/0 _range/3
		sin/0 cos/0 tan/0 asin/0 acos/0 atan/0 sinh/0 cosh/0 tanh/0 asinh/0 acosh/0 atanh/0 floor/0 round/0 nearbyint/0 rint/0 ceil/0
		trunc/0 significand/0 fabs/0 sqrt/0 cbrt/0 exp/0 exp10/0 exp2/0 expm1/0 frexp/0 modf/0 log/0 log10/0 log1p/0 log2/0 logb/0
		gamma/0 tgamma/0 lgamma/0 erf/0 erfc/0 j0/0 j1/0 y0/0 y1/0 atan2/2 copysign/2 drem/2 fdim/2 fmax/2 fmin/2 fmod/2 hypot/2
		nextafter/2 nexttoward/2 remainder/2 ldexp/2 scalb/2 scalbln/2 pow/2 fma/3`
	// textNames lists functions that take time proportional to a text.
	textNames = `length/0 startswith/1 endswith/1 ltrimstr/1 rtrimstr/1 trimstr/1 ltrim/0 rtrim/0 trim/0`
)

// replacements returns the functions that replace jq's.
func replacements() map[string]function {
	return map[string]function{
		"setpath/2":  func(r *run, v any, a []any) any { return r.setpath(v, a[0], a[1]) },
		"delpaths/1": func(r *run, v any, a []any) any { return r.delpaths(v, a[0]) },
		"_edit/0":    func(r *run, v any, _ []any) any { return newEdit(r, v) },
		"_put/2":     func(_ *run, e any, a []any) any { return e.(*edit).set(a[0], a[1]) },
		"_get/1":     func(_ *run, e any, a []any) any { return e.(*edit).get(a[0]) },
		"_set/2":     func(_ *run, v any, a []any) any { return a[0].(*edit).set(a[1], v) },
		"_drop/1":    func(_ *run, e any, a []any) any { return e.(*edit).drop(a[0]) },
		"_edited/0":  func(_ *run, e any, _ []any) any { return e.(*edit).end() },
		"_test/2":    func(r *run, v any, a []any) any { return r.test(v, a[0], a[1]) },
		"_format/1":  func(_ *run, v any, a []any) any { return plain("format", v, a[0]) },
	}
}

// known reports whether a source may call a function that it does not define.
func known(name string, arity int) bool {
	key := keyOf(name, arity)
	_, native := builtins()[key]
	_, inJQ := prelude()[key]
	return (native || inJQ) && !strings.HasPrefix(name, "_")
}
