package jq

import (
	"context"
	"slices"

	"github.com/itchyny/gojq"
)

// Covers reports whether q plainly holds wherever other does, so that what is
// asked after q never comes to other. It sees what the text says: the same
// condition, one of two joined by or, fewer of those joined by and, and what
// follows from .status == N. It is not sure of anything else.
func (q *Query) Covers(other *Query) bool {
	mine, theirs := alternatives(q), alternatives(other)
	return len(theirs) > 0 && !slices.ContainsFunc(theirs, func(t []*gojq.Query) bool {
		return !slices.ContainsFunc(mine, func(m []*gojq.Query) bool { return follows(m, t) })
	})
}

// alternatives takes a condition apart at its outer or, and each part at its
// outer and.
func alternatives(q *Query) [][]*gojq.Query {
	ast, err := gojq.Parse(q.source)
	if err != nil || len(ast.FuncDefs) > 0 {
		return nil
	}
	var out [][]*gojq.Query
	for _, one := range split(ast, gojq.OpOr) {
		out = append(out, split(one, gojq.OpAnd))
	}
	return out
}

// split gives what op joins, parentheses around it taken off.
func split(q *gojq.Query, op gojq.Operator) []*gojq.Query {
	for q.Term != nil && q.Term.Type == gojq.TermTypeQuery && len(q.Term.SuffixList) == 0 {
		q = q.Term.Query
	}
	if q.Term == nil && q.Op == op {
		return append(split(q.Left, op), split(q.Right, op)...)
	}
	return []*gojq.Query{q}
}

// follows reports whether every condition holds where all those given do.
func follows(conditions, given []*gojq.Query) bool {
	for _, c := range conditions {
		known := func(g *gojq.Query) bool { return g.String() == c.String() || holdsAt(c, g) }
		if c.String() != "true" && !slices.ContainsFunc(given, known) {
			return false
		}
	}
	return true
}

// holdsAt reports whether a condition that reads the status alone holds for the
// status that given names.
func holdsAt(condition, given *gojq.Query) bool {
	if given.Op != gojq.OpEq || given.Left.String() != ".status" || given.Right.Term == nil ||
		given.Right.Term.Type != gojq.TermTypeNumber {
		return false
	}
	status, err := Compile(given.Right.String())
	if err != nil {
		return false
	}
	n, err := status.Value(context.Background(), nil)
	c, failed := Compile(condition.String())
	return err == nil && failed == nil && slices.Equal(c.refs, []string{"status"}) && len(c.keys) == 0 &&
		c.Match(context.Background(), Scope{"status": n})
}
