package jq

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// rewriter replaces the functions and operators of an expression with ours. Our names end in
// "!", so that no source can call them.
type rewriter struct {
	prelude bool                // it reads the definitions of this package
	catches bool                // errors, which quote values, may be caught
	needs   []string            // definitions of the prelude that are called
	defs    []*gojq.FuncDef     // those, each after what it calls itself
	used    map[string]struct{} // our functions that are called
	err     error
}

func keyOf(name string, arity int) string { return name + "/" + strconv.Itoa(arity) }

// rewriting is an expression with our functions in it.
type rewriting struct {
	ast  *gojq.Query
	used []string // our functions that it calls
}

// rewrite replaces functions and operators in the syntax.
func rewrite(src string, ast *gojq.Query) (*rewriting, error) {
	w := &rewriter{used: map[string]struct{}{}, catches: strings.Contains(src, "?") || strings.Contains(src, "try")}
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

// def rewrites the body of a definition and returns the functions that are defined after it.
func (w *rewriter) def(d *gojq.FuncDef, s []string) []string {
	s = append(s, keyOf(d.Name, len(d.Args)))
	inner := s
	for _, arg := range d.Args {
		inner = append(inner, keyOf(strings.TrimPrefix(arg, "$"), 0))
	}
	w.query(d.Body, inner)
	return s
}

// query rewrites q; s lists the functions that the source defines for it.
func (w *rewriter) query(q *gojq.Query, s []string) {
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
	if q.Op == gojq.OpAssign && isFixed(q.Left) { // as gojq has it
		w.query(q.Right, s)
		path := pipe(&gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNull}}, callOf("path", q.Left))
		w.become(q, w.calling("setpath", path, q.Right))
		return
	}
	w.query(q.Left, s)
	if len(q.Patterns) > 0 && w.catches && (len(q.Patterns) > 1 || q.Patterns[0].Name == "") {
		q.Left = pipe(q.Left, w.ours("_mayfail/0"))
	}
	w.patterns(q.Patterns, s)
	w.query(q.Right, s)
	w.operator(q)
}

// operators maps operators to the functions of gojq that implement them.
var operators = map[gojq.Operator]string{
	gojq.OpAdd: "_add", gojq.OpSub: "_subtract", gojq.OpMul: "_multiply", gojq.OpDiv: "_divide", gojq.OpMod: "_modulo",
	gojq.OpEq: "_equal", gojq.OpNe: "_notequal", gojq.OpGt: "_greater", gojq.OpLt: "_less", gojq.OpGe: "_greatereq", gojq.OpLe: "_lesseq",
	gojq.OpUpdateAdd: "_add", gojq.OpUpdateSub: "_subtract", gojq.OpUpdateMul: "_multiply", gojq.OpUpdateDiv: "_divide",
	gojq.OpUpdateMod: "_modulo", gojq.OpUpdateAlt: "_alternative",
}

// valueName is the variable for the right side of an update. No source can read it.
const valueName = "$%value"

// operator replaces an operator with a call.
func (w *rewriter) operator(q *gojq.Query) {
	switch name, known := operators[q.Op]; {
	case q.Op == gojq.OpAssign:
		w.become(q, w.calling("_assign", q.Left, q.Right))
	case q.Op == gojq.OpModify:
		w.become(q, w.calling("_modify", q.Left, q.Right))
	case known && isAssignment(q.Op): // r as $value | l |= (. op $value)
		w.become(q, bind(q.Right, valueName, w.calling("_modify", q.Left, w.calling(name, identity(), callOf(valueName)))))
	case known:
		w.become(q, w.calling(name, q.Left, q.Right))
	}
}

// become replaces q, except for its definitions.
func (w *rewriter) become(q, by *gojq.Query) {
	q.Term, q.Left, q.Right, q.Patterns, q.Op = by.Term, by.Left, by.Right, by.Patterns, by.Op
}

// calling returns a guarded call of one of jq's functions with rewritten arguments.
func (w *rewriter) calling(name string, args ...*gojq.Query) *gojq.Query {
	key := keyOf(name, len(args))
	b, native := builtins()[key]
	call := callOf(name, args...)
	switch {
	case !native:
		if _, ok := prelude()[key]; ok && !slices.Contains(w.needs, key) {
			w.needs = append(w.needs, key)
		}
		return call
	case key == "path/1":
		return pipe(call, w.ours("_grown/0"))
	case b.own != nil || b.iter != nil:
		return w.ours(key, args...)
	case b.guard == nil || b.quick && !w.catches || w.short(name, args):
		return call
	}
	return w.guarded(args, func(bound []*gojq.Query) *gojq.Query {
		return pipe(w.ours(key, bound...), callOf(name, bound...))
	})
}

// short reports whether an operator is cheap because one side is a literal.
func (w *rewriter) short(name string, args []*gojq.Query) bool {
	whole := func(q *gojq.Query) bool {
		return isLiteral(q) && q.Term.Type == gojq.TermTypeNumber && !strings.ContainsAny(q.Term.Number, ".eE")
	}
	switch name {
	case "_equal", "_notequal", "_greater", "_less", "_greatereq", "_lesseq":
		return slices.ContainsFunc(args, func(q *gojq.Query) bool {
			return isLiteral(q) || q.Term != nil && q.Term.Type == gojq.TermTypeArray && q.Term.Array.Query == nil && len(q.Term.SuffixList) == 0
		})
	case "_add", "_subtract":
		return slices.ContainsFunc(args, whole) && !w.catches
	}
	return false
}

// guarded binds arguments to variables, the last one first as in jq, so that both the guard and
// the function can read them. As in jq, and unlike in gojq, path(.a + null) is an error.
func (w *rewriter) guarded(args []*gojq.Query, call func(bound []*gojq.Query) *gojq.Query) *gojq.Query {
	bound := slices.Clone(args)
	for i, a := range args {
		if !isLiteral(a) && !isVariable(a) {
			bound[i] = callOf("$%" + strconv.Itoa(i))
		}
	}
	q := call(bound)
	for i, a := range args {
		if bound[i] != a {
			q = bind(a, bound[i].Term.Func.Name, q)
		}
	}
	return q
}

// ours calls one of our functions.
func (w *rewriter) ours(key string, args ...*gojq.Query) *gojq.Query {
	w.used[key] = struct{}{}
	return callOf(key+"!", args...)
}

// call replaces a call in the source.
func (w *rewriter) call(t *gojq.Term, s []string) {
	f := t.Func
	for _, a := range f.Args {
		w.query(a, s)
	}
	if strings.HasPrefix(f.Name, "$") {
		return
	}
	key := keyOf(f.Name, len(f.Args))
	if slices.Contains(s, key) {
		return
	}
	if !w.prelude && !known(f.Name, len(f.Args)) {
		w.err = cmp.Or(w.err, fmt.Errorf("function not defined: %s", key))
		return
	}
	w.put(t, w.calling(f.Name, f.Args...))
}

// put replaces the term of t, before its suffixes, with q.
func (w *rewriter) put(t *gojq.Term, q *gojq.Query) {
	suffixes := t.SuffixList
	if q.Term != nil && len(q.Term.SuffixList) == 0 && len(q.FuncDefs) == 0 {
		*t = *q.Term
	} else {
		*t = gojq.Term{Type: gojq.TermTypeQuery, Query: q}
	}
	t.SuffixList = suffixes
}

func (w *rewriter) term(t *gojq.Term, s []string) {
	suffixes := t.SuffixList
	t.SuffixList = nil
	if t.Type == gojq.TermTypeIndex {
		suffixes = slices.Insert(slices.Clone(suffixes), 0, &gojq.Suffix{Index: t.Index})
		*t = gojq.Term{Type: gojq.TermTypeIdentity}
	}
	w.core(t, s)
	for i, x := range suffixes {
		optional := i+1 < len(suffixes) && suffixes[i+1].Optional
		if x.Iter {
			w.after(t, w.ours("_each/0"))
		}
		if x.Index == nil || !w.index(t, x.Index, s, optional) {
			t.SuffixList = append(t.SuffixList, x)
		}
	}
}

// after pipes the term of t into q.
func (w *rewriter) after(t *gojq.Term, q *gojq.Query) {
	head := *t
	*t = gojq.Term{Type: gojq.TermTypeQuery, Query: pipe(&gojq.Query{Term: &head}, q)}
}

// core rewrites a term without its suffixes.
func (w *rewriter) core(t *gojq.Term, s []string) {
	switch t.Type {
	case gojq.TermTypeRecurse:
		*t = gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: "recurse"}}
		w.call(t, s)
	case gojq.TermTypeFunc:
		w.call(t, s)
	case gojq.TermTypeNumber:
		if len(t.Number) > maxNumber {
			w.err = cmp.Or(w.err, error(longNumber))
		}
	case gojq.TermTypeObject:
		for _, kv := range t.Object.KeyVals {
			w.keyString(kv.KeyString, s)
			if w.query(kv.KeyQuery, s); kv.KeyQuery != nil {
				kv.KeyQuery = pipe(kv.KeyQuery, w.ours("_mayfail/0"))
			}
			w.query(kv.Val, s)
		}
	case gojq.TermTypeArray:
		w.query(t.Array.Query, s)
	case gojq.TermTypeUnary:
		if w.term(t.Unary.Term, s); w.catches {
			w.after(t.Unary.Term, w.ours("_mayfail/0"))
		}
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

// index guards t[x] and reports whether t then includes the index. As in gojq, an optional
// computed key sees the value of t.
func (w *rewriter) index(t *gojq.Term, x *gojq.Index, s []string, optional bool) bool {
	if x.Str != nil && x.Str.Queries != nil {
		x.Start, x.Str = w.text(x.Str, w.formatter("@text", s), s), nil
	} else {
		w.query(x.Start, s)
		w.query(x.End, s)
	}
	literal := func(kind gojq.TermType) *gojq.Query { return &gojq.Query{Term: &gojq.Term{Type: kind}} }
	switch {
	case x.IsSlice:
		w.after(t, w.ours("_at/1", literal(gojq.TermTypeNull)))
	case x.Start == nil && w.catches:
		w.after(t, w.ours("_name/0"))
	case x.Start == nil:
	case isLiteral(x.Start) || isVariable(x.Start):
		w.after(t, w.ours("_at/1", x.Start))
	case optional:
		w.after(t, &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: w.computed(identity(), x.Start), SuffixList: []*gojq.Suffix{{Optional: true}}}})
		return true // the first ? suppresses errors
	default:
		head := *t
		*t = gojq.Term{Type: gojq.TermTypeQuery, Query: w.computed(&gojq.Query{Term: &head}, x.Start)}
		return true
	}
	return false
}

// computed returns head[key].
func (w *rewriter) computed(head, key *gojq.Query) *gojq.Query {
	return w.guarded([]*gojq.Query{key}, func(bound []*gojq.Query) *gojq.Query {
		item := &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIndex, Index: &gojq.Index{Start: bound[0]}}}
		return pipe(pipe(head, w.ours("_at/1", bound[0])), item)
	})
}

func (w *rewriter) patterns(ps []*gojq.Pattern, s []string) {
	for _, p := range ps {
		w.patterns(p.Array, s)
		for _, o := range p.Object {
			w.keyString(o.KeyString, s)
			if o.KeyQuery != nil {
				w.query(o.KeyQuery, s)
				o.KeyQuery = pipe(o.KeyQuery, w.ours("_pattern/0"))
			}
			if o.Val != nil {
				w.patterns([]*gojq.Pattern{o.Val}, s)
			}
		}
	}
}

// keyString rewrites a key with \(…) to a single \(…).
func (w *rewriter) keyString(str *gojq.String, s []string) {
	if str != nil && str.Queries != nil {
		whole := pipe(w.text(str, w.formatter("@text", s), s), w.ours("_mayfail/0"))
		str.Queries = []*gojq.Query{{Term: &gojq.Term{Type: gojq.TermTypeQuery, Query: whole}}}
	}
}

// format rewrites @name and @name "…".
func (w *rewriter) format(t *gojq.Term, s []string) {
	make := w.formatter(t.Format, s)
	if t.Str == nil {
		w.put(t, make())
	} else if t.Str.Queries == nil {
		*t = gojq.Term{Type: gojq.TermTypeString, Str: t.Str}
	} else {
		w.put(t, w.text(t.Str, make, s))
	}
}

// formatter returns a function that makes calls of the function of gojq that implements a format.
func (w *rewriter) formatter(format string, s []string) func() *gojq.Query {
	name := "_to" + strings.TrimPrefix(format, "@")
	switch format {
	case "@text":
		name = "tostring"
	case "@json":
		name = "tojson"
	}
	return func() *gojq.Query {
		if slices.Contains(s, keyOf(name, 0)) {
			return callOf(name)
		}
		return w.calling(name)
	}
}

// text returns the expression for a string whose \(…) are formatted.
func (w *rewriter) text(str *gojq.String, format func() *gojq.Query, s []string) *gojq.Query {
	var q *gojq.Query
	for _, e := range str.Queries {
		if e.Term.Str == nil {
			w.query(e, s)
			e = pipe(e, format())
		}
		if q == nil {
			q = e
		} else {
			q = pipe(callOf("_add", q, e), w.ours("_grown/0"))
		}
	}
	return q
}
