package jq

import (
	"slices"
	"strconv"
	"strings"

	"github.com/itchyny/gojq"
)

// walker records the functions that an expression calls and the fields of the scope that it
// reads.
type walker struct {
	calls   []string
	formats []string
	refs    refList
	assigns bool // it changes the scope itself
	all     bool // it uses the scope as a whole, or reads a computed name

	keys     []Pair // names that are looked up in a field of the scope
	compared []Pair // texts that a field of the scope is compared with
}

// sameInput lists the functions whose arguments see the same "." as the call. Those of others,
// such as map, may see another value.
var sameInput = append([]string{
	"select", "first", "last", "isempty", "error", "path", "del", "limit", "skip", "has", "in",
	"inside", "contains", "startswith", "endswith", "ltrimstr", "rtrimstr", "trimstr", "test", "match",
	"capture", "scan", "split", "splits", "join", "index", "rindex", "indices", "getpath", "setpath",
	"strftime", "strptime", "range", "nth", "pick", "any", "all", "pow", "fmin", "fmax", "IN",
	"claims", "header", "seconds", "ms",
}, macs...)

// blind lists the functions that do not read ".", with their number of arguments.
var blind = []string{
	"empty/0", "error/1", "uuid/0", "isempty/1", "first/1", "last/1", "nth/2", "limit/2", "skip/2", "range/1", "range/2", "range/3",
	"any/2", "all/2", "IN/2", "pow/2", "fmin/2", "fmax/2", "claims/1", "header/1", "seconds/1", "ms/1",
}

// query walks q; root says that its "." is the scope.
func (w *walker) query(q *gojq.Query, root bool) {
	if q == nil {
		return
	}
	for _, d := range q.FuncDefs {
		w.query(d.Body, false)
	}
	if q.Term != nil {
		w.term(q.Term, root)
		return
	}
	if root && isAssignment(q.Op) {
		w.assigns = true
	}
	if root && (q.Op == gojq.OpEq || q.Op == gojq.OpNe) {
		w.compare(q.Left, q.Right)
		w.compare(q.Right, q.Left)
	}
	passes := q.Op == gojq.OpPipe && len(q.Patterns) == 0
	if !passes || !isIdentity(q.Left) {
		w.query(q.Left, root)
	}
	w.patterns(q.Patterns, root)
	w.query(q.Right, root && (!passes || isIdentity(q.Left)))
}

// isAssignment reports whether an operator is =, |= or one like +=, which gojq numbers in a row.
func isAssignment(op gojq.Operator) bool { return gojq.OpAssign <= op && op <= gojq.OpUpdateAlt }

func isIdentity(q *gojq.Query) bool {
	return q != nil && q.Term != nil && q.Term.Type == gojq.TermTypeIdentity && len(q.Term.SuffixList) == 0
}

func (w *walker) term(t *gojq.Term, root bool) {
	switch t.Type {
	case gojq.TermTypeIdentity:
		if !root {
			break
		}
		if len(t.SuffixList) > 0 {
			w.rootIndex(t.SuffixList[0].Index)
		} else {
			w.all = true
		}
	case gojq.TermTypeRecurse:
		w.all = w.all || root
	case gojq.TermTypeIndex:
		if root {
			w.rootIndex(t.Index)
			if len(t.SuffixList) > 0 {
				w.key(t.Index, t.SuffixList[0].Index)
			}
		}
		w.index(t.Index, root)
	case gojq.TermTypeFunc:
		w.call(t.Func, root)
	case gojq.TermTypeObject:
		w.object(t.Object, root)
	case gojq.TermTypeArray:
		w.query(t.Array.Query, root)
	case gojq.TermTypeUnary:
		w.term(t.Unary.Term, root)
	case gojq.TermTypeFormat:
		w.formats = append(w.formats, t.Format)
		w.all = w.all || root && t.Str == nil
		w.str(t.Str, root)
	case gojq.TermTypeString:
		w.str(t.Str, root)
	case gojq.TermTypeQuery:
		w.query(t.Query, root)
	default:
		inside(t, func(q *gojq.Query, same bool) { w.query(q, root && same) }, func(p []*gojq.Pattern) { w.patterns(p, root) })
	}
	for _, s := range t.SuffixList {
		w.index(s.Index, root)
	}
}

// inside passes on the expressions and patterns of a conditional or loop in their order. same
// says that an expression sees the input of the term.
func inside(t *gojq.Term, query func(q *gojq.Query, same bool), patterns func([]*gojq.Pattern)) {
	switch t.Type {
	case gojq.TermTypeIf:
		query(t.If.Cond, true)
		query(t.If.Then, true)
		for _, e := range t.If.Elif {
			query(e.Cond, true)
			query(e.Then, true)
		}
		query(t.If.Else, true)
	case gojq.TermTypeTry:
		query(t.Try.Body, true)
		query(t.Try.Catch, false)
	case gojq.TermTypeReduce:
		query(t.Reduce.Query, true)
		patterns(t.Reduce.Patterns)
		query(t.Reduce.Start, true)
		query(t.Reduce.Update, false)
	case gojq.TermTypeForeach:
		query(t.Foreach.Query, true)
		patterns(t.Foreach.Patterns)
		query(t.Foreach.Start, true)
		query(t.Foreach.Update, false)
		query(t.Foreach.Extract, false)
	case gojq.TermTypeLabel:
		query(t.Label.Body, true)
	}
}

func (w *walker) call(f *gojq.Func, root bool) {
	w.calls = append(w.calls, f.Name)
	isVariable := strings.HasPrefix(f.Name, "$")
	if root && !isVariable && !slices.Contains(blind, f.Name+"/"+strconv.Itoa(len(f.Args))) {
		w.all = true
	}
	root = root && slices.Contains(sameInput, f.Name)
	for i, a := range f.Args {
		// any(f) and all(f) look at each item, any(g; f) at the outputs of g.
		items := (f.Name == "any" || f.Name == "all") && i == len(f.Args)-1
		w.query(a, root && !items)
	}
}

func (w *walker) rootIndex(x *gojq.Index) {
	if name := indexName(x); name != "" {
		w.refs.add(name)
	} else {
		w.all = true
	}
}

// indexName returns the name in .name, ."name" or .["name"], or "" if it is computed.
func indexName(x *gojq.Index) string {
	switch {
	case x == nil:
	case x.Name != "":
		return x.Name
	case x.Str != nil && x.Str.Queries == nil:
		return x.Str.Str
	case x.Start != nil && !x.IsSlice:
		s, _ := plainText(x.Start)
		return s
	}
	return ""
}

// plainText returns the text of an expression that is a literal string.
func plainText(q *gojq.Query) (string, bool) {
	if q == nil || q.Term == nil || q.Term.Type != gojq.TermTypeString || len(q.Term.SuffixList) > 0 ||
		q.Term.Str == nil || q.Term.Str.Queries != nil {
		return "", false
	}
	return q.Term.Str.Str, true
}

// key records a name that is looked up in a field.
func (w *walker) key(field, x *gojq.Index) {
	if name, key := indexName(field), indexName(x); name != "" && key != "" {
		w.keys = append(w.keys, Pair{name, key})
	}
}

// compare records a field that is compared with a text.
func (w *walker) compare(field, with *gojq.Query) {
	text, ok := plainText(with)
	if !ok || field.Term == nil || field.Term.Type != gojq.TermTypeIndex || len(field.Term.SuffixList) > 0 {
		return
	}
	if name := indexName(field.Term.Index); name != "" {
		w.compared = append(w.compared, Pair{name, text})
	}
}

func (w *walker) index(x *gojq.Index, root bool) {
	if x != nil {
		w.str(x.Str, root)
		w.query(x.Start, root)
		w.query(x.End, root)
	}
}

func (w *walker) str(s *gojq.String, root bool) {
	if s != nil {
		for _, q := range s.Queries {
			w.query(q, root)
		}
	}
}

func (w *walker) object(o *gojq.Object, root bool) {
	for _, kv := range o.KeyVals {
		w.str(kv.KeyString, root)
		w.query(kv.KeyQuery, root)
		w.query(kv.Val, root)
		if kv.Val != nil || !root {
			continue
		}
		if kv.Key != "" && kv.Key[0] != '$' { // {a} is {a: .a}
			w.refs.add(kv.Key)
		} else if kv.KeyString != nil && kv.KeyString.Queries == nil {
			w.refs.add(kv.KeyString.Str)
		}
	}
}

func (w *walker) patterns(ps []*gojq.Pattern, root bool) {
	for _, p := range ps {
		w.patterns(p.Array, root)
		for _, o := range p.Object {
			w.str(o.KeyString, root)
			w.query(o.KeyQuery, root)
			if o.Val != nil {
				w.patterns([]*gojq.Pattern{o.Val}, root)
			}
		}
	}
}

// refList collects names once each.
type refList []string

func (l *refList) add(names ...string) {
	for _, n := range names {
		if !slices.Contains(*l, n) {
			*l = append(*l, n)
		}
	}
}

func identity() *gojq.Query { return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeIdentity}} }

// callOf returns a query that calls a function or reads a variable.
func callOf(name string, args ...*gojq.Query) *gojq.Query {
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeFunc, Func: &gojq.Func{Name: name, Args: args}}}
}

func pipe(l, r *gojq.Query) *gojq.Query { return &gojq.Query{Op: gojq.OpPipe, Left: l, Right: r} }

// bind returns value as $name | q.
func bind(value *gojq.Query, name string, q *gojq.Query) *gojq.Query {
	return &gojq.Query{Op: gojq.OpPipe, Left: value, Patterns: []*gojq.Pattern{{Name: name}}, Right: q}
}

func isVariable(q *gojq.Query) bool {
	return q.Term != nil && q.Term.Type == gojq.TermTypeFunc && q.Term.Func.Name[0] == '$' && len(q.Term.SuffixList) == 0
}

// isLiteral reports whether an expression is a scalar.
func isLiteral(q *gojq.Query) bool {
	t := q.Term
	if t == nil || len(t.SuffixList) > 0 || len(q.FuncDefs) > 0 {
		return false
	}
	switch t.Type {
	case gojq.TermTypeNumber, gojq.TermTypeNull, gojq.TermTypeTrue, gojq.TermTypeFalse:
		return true
	case gojq.TermTypeUnary:
		return t.Unary.Term.Type == gojq.TermTypeNumber && len(t.Unary.Term.SuffixList) == 0
	case gojq.TermTypeString:
		return t.Str.Queries == nil
	}
	return false
}

// isFixed reports whether an expression is a path of literals.
func isFixed(q *gojq.Query) bool {
	t := q.Term
	if t == nil || len(q.FuncDefs) > 0 || t.Type != gojq.TermTypeIndex && (t.Type != gojq.TermTypeQuery || !isFixed(t.Query)) {
		return false
	}
	fixed := func(x *gojq.Index) bool {
		key := func(q *gojq.Query) bool { return q == nil || isLiteral(q) && q.Term.Type != gojq.TermTypeNull }
		return x == nil || x.Name != "" || x.Str != nil && x.Str.Queries == nil || x.Str == nil && key(x.Start) && key(x.End)
	}
	return (t.Index == nil || fixed(t.Index)) && !slices.ContainsFunc(t.SuffixList, func(s *gojq.Suffix) bool { return s.Index == nil || !fixed(s.Index) })
}
