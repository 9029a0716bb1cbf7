package request

import (
	"context"
	"errors"
	"maps"
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

	Interrupted Verdict = "interrupted" // cut off by the person before the answer was whole
)

// Judge sets Verdict and Why by an expectation; nil leaves the run unjudged. answered is the
// scope of the answer if the caller has it, or nil.
func (r *Run) Judge(ctx context.Context, expect *jq.Query, answered jq.Scope) {
	r.Verdict, r.Why, r.seen = evaluate(ctx, expect, r, answered)
	r.Why += r.seen
}

// Evaluate judges a run by an expectation over its answer and the values of its account; see
// [jq.Query.Test]. why tells in one line which part does not hold, with its source and the
// actual value; secrets are masked.
func Evaluate(ctx context.Context, expect *jq.Query, r *Run) (verdict Verdict, why string) {
	verdict, why, found := evaluate(ctx, expect, r, nil)
	return verdict, why + found
}

// evaluate is Evaluate with why split before the actual values.
func evaluate(ctx context.Context, expect *jq.Query, r *Run, answered jq.Scope) (verdict Verdict, why, found string) {
	switch {
	case expect == nil:
		return Unjudged, "", ""
	case r.answer == nil:
		return Failed, "no answer", ""
	case r.Fault() != "" && readsBody(expect):
		return Failed, "cannot judge a body that cannot be read in full: " + r.Fault(), ""
	}
	scope := r.scope(answered)
	switch ok, err := expect.Test(ctx, scope); {
	case ok:
		return Passed, "", ""
	case ctx.Err() != nil:
		return Failed, "cancelled before it was judged", ""
	case err != nil:
		why = failureText(err)
	}
	for _, part := range conjuncts(expect.Source()) {
		q, err := jq.Compile(part.String())
		if err != nil {
			break // it depends on the rest of the expression
		}
		ok, err := q.Test(ctx, scope)
		if ok {
			continue
		}
		if err != nil {
			return Failed, backquote(q.Source()) + ": " + failureText(err), ""
		}
		return Failed, backquote(q.Source()) + " does not hold", r.judgedValues(ctx, part, scope)
	}
	if why == "" {
		why = "it does not hold"
	}
	return Failed, backquote(expect.Source()) + ": " + why, ""
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

func (r *Run) scope(answered jq.Scope) jq.Scope {
	if answered == nil {
		answered, _ = r.answer.Scope()
	}
	return Scope(r.values, r.vars, answered)
}

// Scope returns the scope of an expectation: the values of the account and .vars, overridden by
// the answer.
func Scope(account jq.Scope, vars map[string]any, answered jq.Scope) jq.Scope {
	scope := make(jq.Scope, len(account)+1+len(answered))
	maps.Copy(scope, account)
	if vars != nil {
		scope["vars"] = vars
	}
	maps.Copy(scope, answered)
	return scope
}

// conjuncts splits an expression at each top-level "and" and comma.
func conjuncts(source string) []*gojq.Query {
	ast, err := gojq.Parse(source)
	if err != nil || len(ast.FuncDefs) > 0 {
		return nil
	}
	var split func(q *gojq.Query) []*gojq.Query
	split = func(q *gojq.Query) []*gojq.Query {
		q = unwrap(q)
		if q.Op != gojq.OpAnd && q.Op != gojq.OpComma {
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
