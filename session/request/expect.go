package request

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode"

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

// Judge sets Verdict, Why and Found by an expectation; nil leaves the run unjudged.
func (r *Run) Judge(ctx context.Context, expect *jq.Query) {
	var f finding
	r.Verdict, r.Why, f = evaluate(ctx, expect, r)
	r.Found = r.harmless(f)
}

// Evaluate judges a run by an expectation over the scope of its answer and the
// values of the run. why says in one line which part did not hold, with its source
// and the type of what was found, never with a value of the answer.
func Evaluate(ctx context.Context, expect *jq.Query, r *Run) (verdict Verdict, why string) {
	verdict, why, _ = evaluate(ctx, expect, r)
	return verdict, why
}

func evaluate(ctx context.Context, expect *jq.Query, r *Run) (verdict Verdict, why string, f finding) {
	switch {
	case expect == nil:
		return Unjudged, "", f
	case r.answer == nil:
		return Failed, "no answer came", f
	case r.Fault() != "" && readsBody(expect):
		return Failed, "cannot judge a body that did not come whole: " + r.Fault(), f
	}
	scope := r.scope()
	switch ok, err := expect.Test(ctx, scope); {
	case ok:
		return Passed, "", f
	case ctx.Err() != nil:
		return Failed, "it was cancelled while it was judged", f
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
			return Failed, backquote(q.Source()) + ": " + failureText(err), f
		}
		f = found(ctx, part, scope)
		return Failed, backquote(q.Source()) + " does not hold" + f.kind(), f
	}
	if why == "" {
		why = "it does not hold"
	}
	return Failed, backquote(expect.Source()) + ": " + why, f
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

// finding is the left side of a comparison that does not hold, and its value.
type finding struct {
	source string // "": there is none
	value  any
}

func found(ctx context.Context, q *gojq.Query, scope jq.Scope) (f finding) {
	switch q.Op {
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
	default:
		return f
	}
	left, err := jq.Compile(q.Left.String())
	if err != nil {
		return f
	}
	v, err := left.Value(ctx, scope)
	if err != nil {
		return f
	}
	return finding{left.Source(), v}
}

// figure reports whether the value is one of ours.
func (f finding) figure() bool { return slices.Contains([]string{".status", ".ms", ".size"}, f.source) }

// kind describes what was found: the type of a value of the answer, or one of our
// own figures.
func (f finding) kind() string {
	switch {
	case f.source == "":
		return ""
	case f.figure():
		return fmt.Sprintf(": %s is %v", f.source, f.value)
	}
	return ": " + backquote(f.source) + " is " + typeOf(f.value)
}

// maxFound is the longest value that is shown, in characters.
const maxFound = 120

// harmless returns a found text or number, as JSON, and "" for any other value and
// for one that is, holds, or may be a secret.
func (r *Run) harmless(f finding) string {
	if f.source == "" || f.figure() {
		return ""
	}
	switch f.value.(type) {
	case string, bool, int, float64, *big.Int:
	default:
		return ""
	}
	text := fmt.Sprint(f.value)
	names := strings.FieldsFunc(f.source, func(c rune) bool { return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	hidden := slices.ContainsFunc(r.hide, func(red *secret.Redactor) bool { return red.Text(text) != text })
	if hidden || text == "" || len(text) > maxFound || secret.ContainsSecret(text) || secret.HighEntropy(text) || slices.ContainsFunc(names, secret.SecretName) {
		return ""
	}
	if _, isText := f.value.(string); isText {
		text = strconv.Quote(secret.CleanLine(text))
	}
	return text
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
