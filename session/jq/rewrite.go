package jq

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// rewriter replaces the functions and operators of an expression by ours. A name
// of one of ours ends in "!", so that no source can call it.
type rewriter struct {
	prelude bool                // it reads the definitions of this package
	needs   []string            // definitions of the prelude that are called
	defs    []*gojq.FuncDef     // those, each after what it calls itself
	used    map[string]struct{} // our functions that are called
	err     error
}

// names are the functions that a source defines itself, innermost first.
type names struct {
	outer *names
	key   string
}

func (n *names) has(key string) bool {
	for ; n != nil; n = n.outer {
		if n.key == key {
			return true
		}
	}
	return false
}

func keyOf(name string, arity int) string { return name + "/" + strconv.Itoa(arity) }

// rewriting is an expression with our functions in it.
type rewriting struct {
	ast  *gojq.Query
	used []string // our functions that it calls
}

// rewrite replaces functions and operators in the syntax.
func rewrite(src string, ast *gojq.Query) (*rewriting, error) {
	w := &rewriter{used: map[string]struct{}{}}
	w.query(ast, nil)
	if w.err != nil {
		return nil, compileFailure(src, w.err)
	}
	seen := map[string]bool{}
	for _, key := range w.needs {
		w.define(key, seen)
	}
	ast.FuncDefs = slices.Concat(w.defs, ast.FuncDefs)
	return &rewriting{ast, slices.Collect(maps.Keys(w.used))}, nil
}

// def rewrites the body of a definition and returns the names after it.
func (w *rewriter) def(d *gojq.FuncDef, s *names) *names {
	s = &names{s, keyOf(d.Name, len(d.Args))}
	inner := s
	for _, arg := range d.Args {
		inner = &names{inner, keyOf(strings.TrimPrefix(arg, "$"), 0)}
	}
	w.query(d.Body, inner)
	return s
}

func (w *rewriter) query(q *gojq.Query, s *names) {
	if q == nil {
		return
	}
	for _, d := range q.FuncDefs {
		s = w.def(d, s)
	}
	if q.Term != nil {
		w.term(q.Term, s)
		return
	}
	w.query(q.Left, s)
	w.patterns(q.Patterns, s)
	w.query(q.Right, s)
	w.operator(q)
}

// operators are the functions of gojq behind its operators.
var operators = map[gojq.Operator]string{
	gojq.OpAdd: "_add", gojq.OpSub: "_subtract", gojq.OpMul: "_multiply", gojq.OpDiv: "_divide", gojq.OpMod: "_modulo",
	gojq.OpEq: "_equal", gojq.OpNe: "_notequal", gojq.OpGt: "_greater", gojq.OpLt: "_less", gojq.OpGe: "_greatereq", gojq.OpLe: "_lesseq",
	gojq.OpUpdateAdd: "_add", gojq.OpUpdateSub: "_subtract", gojq.OpUpdateMul: "_multiply", gojq.OpUpdateDiv: "_divide",
	gojq.OpUpdateMod: "_modulo", gojq.OpUpdateAlt: "_alternative",
}

// valueName is the variable that holds the right side of an update. No source can
// name it.
const valueName = "$%value"

// operator replaces an operator by a call of ours.
func (w *rewriter) operator(q *gojq.Query) {
	switch name, known := operators[q.Op]; {
	case q.Op == gojq.OpAssign && constant(q.Left) != nil: // as gojq does
		path := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeArray, Array: &gojq.Array{Query: constant(q.Left)}}}
		w.become(q, w.calling("setpath", path, q.Right))
	case q.Op == gojq.OpAssign:
		w.become(q, w.calling("_assign", q.Left, q.Right))
	case q.Op == gojq.OpModify:
		w.become(q, w.calling("_modify", q.Left, q.Right))
	case known && isAssignment(q.Op): // r as $value | l |= (. op $value)
		update := w.calling(name, identity(), callOf(valueName))
		left, right := q.Left, q.Right
		w.become(q, &gojq.Query{Op: gojq.OpPipe, Left: right, Patterns: []*gojq.Pattern{{Name: valueName}}, Right: w.calling("_modify", left, update)})
	case known:
		w.become(q, w.calling(name, q.Left, q.Right))
	}
}

// become replaces all of q but its definitions.
func (w *rewriter) become(q, by *gojq.Query) {
	q.Term, q.Left, q.Right, q.Patterns, q.Op = by.Term, by.Left, by.Right, by.Patterns, by.Op
}

func identity() *gojq.Query { return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}} }

func pipe(l, r *gojq.Query) *gojq.Query { return &gojq.Query{Op: gojq.OpPipe, Left: l, Right: r} }

// calling returns a call of a function of jq, replaced by ours. The arguments are
// rewritten already.
func (w *rewriter) calling(name string, args ...*gojq.Query) *gojq.Query {
	key := keyOf(name, len(args))
	if b, ok := builtins[key]; ok {
		return w.native(b, key, name, args)
	}
	if _, ok := prelude()[key]; ok {
		if !slices.Contains(w.needs, key) {
			w.needs = append(w.needs, key)
		}
	}
	return callOf(name, args...)
}

// native calls a function that gojq has in Go.
func (w *rewriter) native(b builtin, key, name string, args []*gojq.Query) *gojq.Query {
	switch b.kind {
	case replaced:
		return w.ours(key, args...)
	case guarded:
		return pipe(w.ours(key), callOf(name, args...))
	case argument:
		return callOf(name, pipe(args[0], w.ours(key)))
	}
	return callOf(name, args...)
}

// ours calls one of our functions.
func (w *rewriter) ours(key string, args ...*gojq.Query) *gojq.Query {
	w.used[key] = struct{}{}
	return callOf(key+"!", args...)
}

// call replaces a call in the source.
func (w *rewriter) call(t *gojq.Term, s *names) {
	f := t.Func
	for _, a := range f.Args {
		w.query(a, s)
	}
	if strings.HasPrefix(f.Name, "$") {
		return
	}
	key := keyOf(f.Name, len(f.Args))
	if s.has(key) {
		return
	}
	if !w.prelude && !known(f.Name, len(f.Args)) {
		if w.err == nil {
			w.err = fmt.Errorf("function not defined: %s", key)
		}
		return
	}
	w.put(t, w.calling(f.Name, f.Args...))
}

// put makes t the query q, in front of the suffixes of t.
func (w *rewriter) put(t *gojq.Term, q *gojq.Query) {
	suffixes := t.SuffixList
	if q.Term != nil && len(q.Term.SuffixList) == 0 && len(q.FuncDefs) == 0 {
		*t = *q.Term
	} else {
		*t = gojq.Term{Type: gojq.TermTypeQuery, Query: q}
	}
	t.SuffixList = suffixes
}

func (w *rewriter) term(t *gojq.Term, s *names) {
	suffixes := t.SuffixList
	t.SuffixList = nil
	w.core(t, s)
	for _, x := range suffixes {
		if x.Index != nil {
			w.index(x.Index, s)
		}
		if x.Iter {
			head := *t
			w.put(t, pipe(&gojq.Query{Term: &head}, w.ours("_each/0")))
			t.SuffixList = nil
		}
		t.SuffixList = append(t.SuffixList, x)
	}
}

// core rewrites a term without its suffixes.
func (w *rewriter) core(t *gojq.Term, s *names) {
	switch t.Type {
	case gojq.TermTypeRecurse:
		*t = gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: "recurse"}}
		w.call(t, s)
	case gojq.TermTypeIndex:
		w.index(t.Index, s)
	case gojq.TermTypeFunc:
		w.call(t, s)
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			w.keyString(kv.KeyString, s)
			w.query(kv.KeyQuery, s)
			w.query(kv.Val, s)
		}
	case gojq.TermTypeArray:
		w.query(t.Array.Query, s)
	case gojq.TermTypeUnary:
		w.term(t.Unary.Term, s)
	case gojq.TermTypeFormat:
		w.format(t, s)
	case gojq.TermTypeString:
		if t.Str.Queries != nil {
			w.put(t, w.text(t.Str, w.formatter("@text", s), s))
		}
	case gojq.TermTypeQuery:
		w.query(t.Query, s)
	default:
		inside(t, func(q *gojq.Query, _ bool) { w.query(q, s) }, func(p []*gojq.Pattern) { w.patterns(p, s) })
	}
}

// index rewrites .[…]. A key that is an array is looked for, which our function
// bounds.
func (w *rewriter) index(x *gojq.Index, s *names) {
	if x.Str != nil && x.Str.Queries != nil {
		x.Start, x.Str = w.text(x.Str, w.formatter("@text", s), s), nil
		return
	}
	w.query(x.Start, s)
	w.query(x.End, s)
	if x.Start != nil && !x.IsSlice {
		x.Start = w.key(x.Start)
	}
}

// key bounds an expression whose result is a key.
func (w *rewriter) key(q *gojq.Query) *gojq.Query {
	if isLiteral(q) {
		return q
	}
	return pipe(q, w.ours("_key/0"))
}

func (w *rewriter) patterns(ps []*gojq.Pattern, s *names) {
	for _, p := range ps {
		w.patterns(p.Array, s)
		for _, o := range p.Object {
			w.keyString(o.KeyString, s)
			if o.KeyQuery != nil {
				w.query(o.KeyQuery, s)
				o.KeyQuery = w.key(o.KeyQuery)
			}
			if o.Val != nil {
				w.patterns([]*gojq.Pattern{o.Val}, s)
			}
		}
	}
}

// keyString rewrites a key with \(…) to one that consists of a single \(…).
func (w *rewriter) keyString(str *gojq.String, s *names) {
	if str != nil && str.Queries != nil {
		whole := w.text(str, w.formatter("@text", s), s)
		str.Queries = []*gojq.Query{{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: whole}}}
	}
}

// format rewrites @name and @name "…".
func (w *rewriter) format(t *gojq.Term, s *names) {
	make := w.formatter(t.Format, s)
	if t.Str == nil {
		w.put(t, make())
	} else if t.Str.Queries == nil {
		*t = gojq.Term{Type: gojq.TermTypeString, Str: t.Str}
	} else {
		w.put(t, w.text(t.Str, make, s))
	}
}

// formatFunctions are the functions of gojq behind its formats.
var formatFunctions = map[string]string{
	"@text": "tostring", "@json": "tojson", "@html": "_tohtml", "@uri": "_touri", "@urid": "_tourid", "@csv": "_tocsv", "@tsv": "_totsv",
	"@sh": "_tosh", "@base64": "_tobase64", "@base64d": "_tobase64d",
}

// formatter returns what makes calls of a format.
func (w *rewriter) formatter(format string, s *names) func() *gojq.Query {
	name := formatFunctions[format]
	return func() *gojq.Query {
		if s.has(keyOf(name, 0)) {
			return callOf(name)
		}
		return w.calling(name)
	}
}

// text returns the expression of a string with \(…), each of which is formatted.
func (w *rewriter) text(str *gojq.String, format func() *gojq.Query, s *names) *gojq.Query {
	var q *gojq.Query
	for _, e := range str.Queries {
		if e.Term.Str == nil {
			w.query(e, s)
			e = pipe(e, format())
		}
		if q == nil {
			q = e
		} else {
			q = w.calling("_add", q, e)
		}
	}
	return q
}
