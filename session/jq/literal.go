package jq

import "github.com/itchyny/gojq"

// constant returns the keys of a path that consists of literals, nil for any other.
func constant(q *gojq.Query) (keys *gojq.Query) {
	if q.Term == nil || len(q.FuncDefs) > 0 {
		return nil
	}
	var indices []*gojq.Index
	switch q.Term.Type {
	case gojq.TermTypeIndex:
		indices = append(indices, q.Term.Index)
	case gojq.TermTypeQuery:
		if keys = constant(q.Term.Query); keys == nil {
			return nil
		}
	default:
		return nil
	}
	for _, s := range q.Term.SuffixList {
		indices = append(indices, s.Index)
	}
	for _, x := range indices {
		key := literal(x)
		switch {
		case key == nil:
			return nil
		case keys == nil:
			keys = key
		default:
			keys = &gojq.Query{Op: gojq.OpComma, Left: keys, Right: key}
		}
	}
	return keys
}

// literal returns the key of an index that is a literal, or nil.
func literal(x *gojq.Index) *gojq.Query {
	text := func(s string) *gojq.Query {
		return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeString, Str: &gojq.String{Str: s}}}
	}
	switch {
	case x == nil || x.Str != nil && x.Str.Queries != nil:
		return nil
	case x.Name != "":
		return text(x.Name)
	case x.Str != nil:
		return text(x.Str.Str)
	case !x.IsSlice && isLiteral(x.Start):
		return x.Start
	case !x.IsSlice || x.Start != nil && !isLiteral(x.Start) || x.End != nil && !isLiteral(x.End):
		return nil
	}
	bound := func(name string, q *gojq.Query) *gojq.ObjectKeyVal {
		if q == nil {
			q = &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeNull}}
		}
		return &gojq.ObjectKeyVal{Key: name, Val: q}
	}
	return &gojq.Query{Term: &gojq.Term{Type: gojq.TermTypeObject, Object: &gojq.Object{
		KeyVals: []*gojq.ObjectKeyVal{bound("start", x.Start), bound("end", x.End)},
	}}}
}

// isLiteral reports whether an expression is a number or a string.
func isLiteral(q *gojq.Query) bool {
	t := q.Term
	if t == nil || len(t.SuffixList) > 0 {
		return false
	}
	switch t.Type {
	case gojq.TermTypeNumber:
		return true
	case gojq.TermTypeUnary:
		return t.Unary.Term.Type == gojq.TermTypeNumber
	case gojq.TermTypeString:
		return t.Str.Queries == nil
	}
	return false
}
