package request

import (
	"context"
	"fmt"
	"math/big"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/itchyny/gojq"

	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// judgedValues returns the actual values that a failed condition judges: ": .status is 200,
// `.body.id` is 7".
func (r *Run) judgedValues(ctx context.Context, condition *gojq.Query, scope jq.Scope) string {
	var all []string
	for _, p := range probes(condition) {
		query, err := jq.Compile(p.query.String())
		if err != nil {
			continue
		}
		if out, err := query.Value(ctx, scope); err == nil && out != nil {
			all = append(all, r.found(p.source, out.([]any)[0]))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return ": " + strings.Join(slices.Compact(all), ", ")
}

// probe finds a value that fails a condition. Its query returns each such value in a list.
type probe struct {
	source string // of the value
	query  *gojq.Query
}

// probes returns the probes for the values that a condition judges: the left side of a
// comparison, the input of a function, a field.
func probes(q *gojq.Query) []probe {
	q = unwrap(q)
	switch q.Op {
	case gojq.OpAnd, gojq.OpOr, gojq.OpComma:
		return append(probes(q.Left), probes(q.Right)...)
	case gojq.OpEq, gojq.OpNe, gojq.OpLt, gojq.OpLe, gojq.OpGt, gojq.OpGe:
		return judged(q.Left, fmt.Sprintf("%s %s (%s)", foundName, q.Op, q.Right))
	case gojq.OpPipe:
		inner := probes(q.Right)
		if len(inner) == 0 && q.Patterns == nil {
			return judged(q.Left, fmt.Sprintf("%s | %s", foundName, q.Right))
		}
		for i := range inner {
			whole := *q
			whole.Right, inner[i].query = inner[i].query, &whole
			if q.Patterns == nil {
				inner[i].source = piped(q.Left, inner[i].source)
			}
		}
		return inner
	}
	if q.Term != nil && q.Term.Type == gojq.TermTypeIndex {
		return judged(q, foundName)
	}
	return nil
}

// piped joins the sources of a pipe: .a.b rather than .a | .b.
func piped(left *gojq.Query, source string) string {
	if left = unwrap(left); left.Term == nil || left.Term.Type != gojq.TermTypeIndex || !strings.HasPrefix(source, ".") {
		return left.String() + " | " + source
	}
	if source == "." || strings.HasPrefix(source, ". ") || strings.HasPrefix(source, ".[") {
		source = source[1:]
	}
	return left.String() + source
}

// foundName is the variable for the value in the condition of a probe.
const foundName = "$tokenring"

// judged returns the probe of a value for a condition on foundName.
func judged(value *gojq.Query, condition string) []probe {
	value = unwrap(value)
	query, err := gojq.Parse(fmt.Sprintf("(%s) as %s | if %s then empty else [%s] end", value, foundName, condition, foundName))
	if err != nil {
		return nil
	}
	return []probe{{value.String(), query}}
}

// found describes the value of a source: ".status is 200".
func (r *Run) found(source string, v any) string {
	if slices.Contains([]string{".status", ".ms", ".size"}, source) {
		return fmt.Sprintf("%s is %v", source, v)
	}
	return backquote(source) + " is " + r.shown(source, v)
}

// maxFound is the longest text that is shown, in bytes.
const maxFound = 120

// shown returns a value as JSON with secrets masked, or in words if it is long.
func (r *Run) shown(source string, v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case []any:
		return "an array"
	case map[string]any:
		return "an object"
	case bool, int, float64, *big.Int:
		if text := fmt.Sprint(v); r.mask(source, text) == text {
			return text
		}
		return secret.Hidden
	case string:
		if len(v) > maxFound {
			return "a long string"
		}
		return strconv.Quote(secret.CleanLine(r.mask(source, v)))
	}
	return "of an unknown type"
}

// Guarded returns a copy of the run whose answer others may read, as in the log of a CI: values
// that may be secrets are masked as they are in Why.
func (r *Run) Guarded() *Run {
	guarded := *r
	guarded.Headers = slices.Clone(r.Headers)
	for i, h := range r.Headers {
		guarded.Headers[i].Value = r.mask(h.Name, secret.MaskText(secret.MaskDeclared(h.Value)))
	}
	if r.Media == answer.MediaBinary {
		return &guarded
	}
	text := body.Rewrite(body.JSON, string(r.Body), func(l body.Leaf) string {
		if l.Path == "" { // not JSON
			return secret.MaskText(secret.MaskDeclared(l.Value))
		}
		return r.mask(l.Name, l.Value)
	})
	guarded.Body = []byte(strings.ReplaceAll(text, url.QueryEscape(secret.Hidden), secret.Hidden)) // of a form
	return &guarded
}

// mask masks the known secrets in a text, or all of it if it may be another secret, as a cookie is
// unless it is plain.
func (r *Run) mask(source, text string) string {
	text = r.masked(text)
	names := strings.FieldsFunc(source, func(c rune) bool { return c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsDigit(c) })
	rest := strings.ReplaceAll(text, secret.Hidden, "")
	isCookie := slices.ContainsFunc(names, func(name string) bool {
		return strings.HasPrefix(strings.TrimPrefix(strings.ToLower(name), "set-"), "cookie")
	})
	if rest != "" && (isCookie && !secret.IsPlain(rest, false) || secret.ContainsSecret(rest) || secret.HighEntropy(rest) || slices.ContainsFunc(names, secret.SecretName)) {
		return secret.Hidden
	}
	return text
}
