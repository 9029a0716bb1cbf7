package jq

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// CheckCondition is [Query.Check] for a condition. A part that holds whatever the values are is
// an error: in jq only null and false do not hold, so a number always does. The word true alone
// is meant so.
func (q *Query) CheckCondition() error {
	if err := q.Check(); err != nil {
		return err
	}
	ast, err := parseQuery(q.source) // the compiled one is rewritten
	if err != nil || ast.String() == "true" {
		return err
	}
	part, read := constant(ast, true), q.look()
	if part == nil && len(read.refs) == 0 && !read.all && !read.random && q.Match(context.Background(), nil) {
		part = ast
	}
	if part == nil {
		return nil
	}
	text := part.String()
	e := &SyntaxError{
		Offset: max(0, strings.LastIndex(q.source, text)), Msg: prose.Clip(secret.CleanLine(text), maxShown) + " is always true",
		Hint: "all but null and false is true: compare it with ==, or ask a list with all(…) or any(…)",
	}
	if text == ".status" || part.Term != nil && part.Term.Type == gojq.TermTypeNumber {
		e.Hint = "write .status == " + cmp.Or(strings.TrimPrefix(text, ".status"), "200")
	}
	return e
}

// constant returns a part of a condition whose outputs are true by their form, or nil. root says
// that "." is the scope.
func constant(q *gojq.Query, root bool) *gojq.Query {
	switch t := q.Term; {
	case len(q.FuncDefs) > 0:
	case q.Op == gojq.OpAnd, q.Op == gojq.OpComma:
		return cmp.Or(constant(q.Left, root), constant(q.Right, root))
	case q.Op == gojq.OpOr && always(q.Left, root):
		return q.Left
	case q.Op == gojq.OpOr && always(q.Right, root):
		return q.Right
	case q.Op == gojq.OpOr:
		return cmp.Or(constant(q.Left, root), constant(q.Right, root))
	case q.Op == gojq.OpPipe && !selects(q.Left):
		return constant(q.Right, root && (len(q.Patterns) > 0 || isIdentity(q.Left)))
	case t != nil && t.Type == gojq.TermTypeQuery && len(t.SuffixList) == 0:
		return constant(t.Query, root)
	case t != nil && t.Type == gojq.TermTypeFunc && slices.Contains([]string{"all", "any", "select"}, t.Func.Name) && len(t.Func.Args) > 0:
		return constant(t.Func.Args[len(t.Func.Args)-1], root && t.Func.Name == "select")
	case always(q, root):
		return q
	}
	return nil
}

// always reports whether no output of an expression can be null or false.
func always(q *gojq.Query, root bool) bool {
	switch {
	case q == nil || len(q.FuncDefs) > 0:
		return false
	case q.Term != nil:
		return alwaysTerm(q.Term, root)
	}
	switch q.Op {
	case gojq.OpPipe:
		return !selects(q.Left) && always(q.Right, root && (len(q.Patterns) > 0 || isIdentity(q.Left)))
	case gojq.OpAnd, gojq.OpComma:
		return always(q.Left, root) && always(q.Right, root)
	case gojq.OpOr, gojq.OpAdd:
		return always(q.Left, root) || always(q.Right, root)
	case gojq.OpAlt:
		return always(q.Right, root)
	case gojq.OpSub, gojq.OpMul, gojq.OpDiv, gojq.OpMod:
		return true
	case gojq.OpEq, gojq.OpLe, gojq.OpGe:
		return q.Left.String() == q.Right.String()
	}
	return false
}

func alwaysTerm(t *gojq.Term, root bool) bool {
	if slices.ContainsFunc(t.SuffixList, func(s *gojq.Suffix) bool { return !s.Optional }) {
		return false
	}
	switch t.Type {
	case gojq.TermTypeTrue, gojq.TermTypeNumber, gojq.TermTypeUnary, gojq.TermTypeString, gojq.TermTypeArray, gojq.TermTypeObject:
		return true
	case gojq.TermTypeFormat:
		return t.Format != "@base64d" && t.Format != "@urid"
	case gojq.TermTypeIdentity:
		return root
	case gojq.TermTypeIndex:
		return root && slices.Contains(answered, indexName(t.Index))
	case gojq.TermTypeFunc:
		return slices.Contains(encoders, t.Func.Name) || slices.Contains(filled, t.Func.Name)
	case gojq.TermTypeQuery:
		return always(t.Query, root)
	case gojq.TermTypeIf:
		return always(t.If.Then, root) && always(t.If.Else, root) &&
			!slices.ContainsFunc(t.If.Elif, func(e *gojq.IfElif) bool { return !always(e.Then, root) })
	case gojq.TermTypeTry:
		return always(t.Try.Body, root) && (t.Try.Catch == nil || always(t.Try.Catch, false))
	case gojq.TermTypeReduce:
		return always(t.Reduce.Start, root) && always(t.Reduce.Update, true) // its . is the start, or what it made of that
	case gojq.TermTypeForeach:
		return always(cmp.Or(t.Foreach.Extract, t.Foreach.Update), false)
	}
	return false
}

// selects reports whether an expression has outputs only for some values.
func selects(q *gojq.Query) bool {
	var w walker
	w.query(q, false)
	return slices.ContainsFunc(w.calls, func(name string) bool { return slices.Contains(selectors, name) })
}

var (
	// answered are the values of an answer that are never null.
	answered = []string{"status", "headers", "cookies", "text", "received", "ms", "size"}
	// filled are the functions whose results are never null or a boolean, beside the encoders. Some
	// fail for a text of another form, such as tonumber: they are not here, because that is a condition.
	filled = []string{
		"length", "utf8bytelength", "keys", "keys_unsorted", "map", "map_values", "tostring", "tojson", "type",
		"sort", "sort_by", "group_by", "unique", "unique_by", "reverse", "flatten", "to_entries", "from_entries",
		"with_entries", "join", "ascii_downcase", "ascii_upcase", "ascii", "explode", "implode", "split", "splits",
		"paths", "path", "tostream", "transpose", "combinations", "range", "floor", "ceil", "round", "trunc", "sqrt",
		"pow", "log", "log2", "log10", "exp", "exp2", "exp10", "abs", "fabs", "infinite", "nan", "uuid", "gsub",
		"sub",
	}
	// selectors are the functions by which an expression may have no output.
	selectors = []string{
		"select", "empty", "error", "first", "last", "limit", "nth", "until", "values", "nulls", "booleans",
		"numbers", "strings", "arrays", "objects", "iterables", "scalars", "capture", "scan", "match", "tonumber",
		"fromdate", "fromdateiso8601", "strptime", "mktime", "base64url_decode", "hex_decode",
	}
)
