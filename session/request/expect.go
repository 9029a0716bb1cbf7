package request

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/itchyny/gojq"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Verdict is the result of an expectation.
type Verdict string

// The verdicts.
const (
	Unjudged Verdict = "" // no expectation
	Passed   Verdict = "passed"
	Failed   Verdict = "failed"
)

// Judge sets Verdict and Why by an expectation; nil leaves the run unjudged.
func (r *Run) Judge(ctx context.Context, expect *jq.Query) {
	r.Verdict, r.Why = Evaluate(ctx, expect, r)
}

// Evaluate judges a run by an expectation over the scope of its answer and the
// values of the run. why says in one line which part did not hold, with its source
// and the type of what was found, never with a value of the answer.
func Evaluate(ctx context.Context, expect *jq.Query, r *Run) (verdict Verdict, why string) {
	switch {
	case expect == nil:
		return Unjudged, ""
	case r.answer == nil:
		return Failed, "no answer came"
	case r.Cut && readsBody(expect):
		return Failed, "cannot judge an incomplete body"
	}
	scope := r.scope()
	switch ok, err := expect.Test(ctx, scope); {
	case ok:
		return Passed, ""
	case ctx.Err() != nil:
		return Failed, "it was cancelled while it was judged"
	case err != nil:
		why = failureText(err)
	}
	for _, part := range conjuncts(expect.Source()) {
		q, err := jq.Compile(part.String())
		if err != nil {
			break // it depends on something outside it
		}
		ok, err := q.Test(ctx, scope)
		if ok {
			continue
		}
		if err != nil {
			return Failed, backquote(q.Source()) + ": " + failureText(err)
		}
		return Failed, backquote(q.Source()) + " does not hold" + found(ctx, part, scope)
	}
	if why == "" {
		why = "it does not hold"
	}
	return Failed, backquote(expect.Source()) + ": " + why
}

func readsBody(q *jq.Query) bool {
	refs := q.Refs()
	return slices.Contains(refs, "body") || slices.Contains(refs, "text") || len(refs) == 0
}

func backquote(source string) string {
	return "`" + secret.CleanLine(strings.Join(strings.Fields(source), " ")) + "`"
}

func failureText(err error) string {
	var failed *jq.EvalError
	if errors.As(err, &failed) {
		return failed.Kind
	}
	return "it cannot be evaluated"
}

// scope returns the scope of an expectation.
func (r *Run) scope() jq.Scope {
	scope, _ := r.answer.Scope()
	for name, v := range r.values {
		if _, taken := scope[name]; !taken {
			scope[name] = v
		}
	}
	return scope
}

// conjuncts splits an expression at each top-level "and".
func conjuncts(source string) []*gojq.Query {
	ast, err := gojq.Parse(source)
	if err != nil || len(ast.FuncDefs) > 0 {
		return nil
	}
	var split func(q *gojq.Query) []*gojq.Query
	split = func(q *gojq.Query) []*gojq.Query {
		q = unwrap(q)
		if q.Op != gojq.OpAnd || q.Left == nil {
			return []*gojq.Query{q}
		}
		return append(split(q.Left), split(q.Right)...)
	}
	return split(ast)
}

// unwrap removes parentheses around the whole of q.
func unwrap(q *gojq.Query) *gojq.Query {
	for q.Term != nil && q.Term.Type == gojq.TermTypeQuery && len(q.Term.SuffixList) == 0 && len(q.FuncDefs) == 0 {
		q = q.Term.Query
	}
	return q
}

// found describes the left side of a comparison: the type of a value of the
// answer, or one of our own figures.
func found(ctx context.Context, q *gojq.Query, scope jq.Scope) string {
	switch q.Op {
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
	default:
		return ""
	}
	left, err := jq.Compile(q.Left.String())
	if err != nil {
		return ""
	}
	v, err := left.Value(ctx, scope)
	if err != nil {
		return ""
	}
	switch left.Source() {
	case ".status", ".ms", ".size":
		return fmt.Sprintf(": %s is %v", left.Source(), v)
	}
	return ": " + backquote(left.Source()) + " is " + typeOf(v)
}

func typeOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case bool:
		return "a boolean"
	case int, float64, *big.Int:
		return "a number"
	case string:
		if v == "" {
			return "an empty string"
		}
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}
