package jq

import (
	"slices"

	"github.com/itchyny/gojq"
)

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
