package jq

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"github.com/itchyny/gojq"

	"tokenring/session/secret"
)

// Template is text with jq expressions in ${…}; $${ is a literal ${. It is
// safe for concurrent use. The zero value, and nil, is the empty text.
type Template struct {
	source string
	parts  []part
}

// part is literal text, or an expression when query is set.
type part struct {
	literal string
	query   *Query
	at      int // of the expression in the template
}

// ParseTemplate parses a text with ${…} and compiles its expressions. The error is a
// [*SyntaxError] with an offset in src.
func ParseTemplate(src string) (*Template, error) {
	t, err := LazyTemplate(src)
	if err == nil {
		err = t.Check()
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

// LazyTemplate is [ParseTemplate], but compiles each expression at first use.
func LazyTemplate(src string) (*Template, error) {
	t := &Template{source: src}
	for at := 0; at < len(src); {
		begin, end := hole(src, at)
		if end < 0 {
			return nil, &SyntaxError{Offset: begin, Msg: "${ is not closed", Hint: "end it with }, or write $${ for the text ${"}
		}
		if at < begin {
			t.parts = append(t.parts, part{literal: strings.ReplaceAll(src[at:begin], "$${", "${")})
		}
		if begin < end {
			t.parts = append(t.parts, part{query: newQuery(src[begin+2:end-1], true), at: begin + 2})
		}
		at = end
	}
	return t, nil
}

// hole returns the bounds of the first ${…} of src from a place on. If it is not closed, end is
// -1; if there is none, both are the end of src.
func hole(src string, from int) (begin, end int) {
	for i := from; i < len(src); i++ {
		switch rest := src[i:]; {
		case strings.HasPrefix(rest, "$${"):
			i += len("$$")
		case strings.HasPrefix(rest, "${"):
			s := scanner{src: src[:min(len(src), i+maxSource)]}
			return i, s.group(i+2, '{', '}')
		}
	}
	return len(src), len(src)
}

// Blot returns s with every byte of its ${…} replaced by x, to search it for delimiters.
func Blot(s string) string {
	out := []byte(s)
	for at := 0; at < len(s); {
		begin, end := hole(s, at)
		if end < 0 {
			end = len(s)
		}
		copy(out[begin:end], strings.Repeat("x", end-begin))
		at = end
	}
	return string(out)
}

// mapParts returns s with its literal text and its ${…} replaced. One that is not closed is text.
func mapParts(s string, literal, expression func(string) string) string {
	var b strings.Builder
	for at := 0; at < len(s); {
		begin, end := hole(s, at)
		if end < 0 {
			begin, end = len(s), len(s)
		}
		b.WriteString(literal(s[at:begin]))
		if begin < end {
			b.WriteString(expression(s[begin:end]))
		}
		at = end
	}
	return b.String()
}

// Literals returns s without its ${…}.
func Literals(s string) string {
	return mapParts(s, func(text string) string { return text }, func(string) string { return "" })
}

// Encode returns a template whose text is that of s, encoded as a value of an address or a form.
func Encode(s string) string {
	return mapParts(s,
		func(text string) string { return url.QueryEscape(strings.ReplaceAll(text, "$${", "${")) },
		func(expression string) string { return strings.TrimSuffix(expression, "}") + " | @uri}" })
}

// Check compiles the expressions of t. The error is a [*SyntaxError] with an offset in t.
func (t *Template) Check() error {
	for _, p := range t.parts {
		var wrong *SyntaxError
		if p.query != nil && errors.As(p.query.Check(), &wrong) {
			return &SyntaxError{Offset: wrong.Offset + p.at, Msg: wrong.Msg, Hint: wrong.Hint}
		}
	}
	return nil
}

// cutRaw replaces a call of raw at the end of the pipe with "." and reports whether there was
// one.
func cutRaw(q *gojq.Query) bool {
	for q.Term == nil && q.Op == gojq.OpPipe {
		q = q.Right
	}
	if q.Term == nil || q.Term.Type != gojq.TermTypeFunc || len(q.Term.SuffixList) > 0 ||
		q.Term.Func.Name != rawName || len(q.Term.Func.Args) > 0 {
		return false
	}
	q.Term = &gojq.Term{Type: gojq.TermTypeIdentity}
	return true
}

// Literal returns a template of the text s without expressions.
func Literal(s string) *Template {
	t := &Template{source: strings.ReplaceAll(s, "${", "$${")}
	if s != "" {
		t.parts = []part{{literal: s}}
	}
	return t
}

// Source returns the template as written.
func (t *Template) Source() string {
	if t == nil {
		return ""
	}
	return t.source
}

// IsZero reports whether t is absent or the empty text.
func (t *Template) IsZero() bool { return t.Source() == "" }

// all returns the parts of t.
func (t *Template) all() []part {
	if t == nil {
		return nil
	}
	return t.parts
}

// All stands for every name of the scope in the Refs of a [Template] or [Tree]: an expression
// uses the scope as a whole or reads a computed name.
const All = "*"

// Refs returns the names of the fields that t reads from the scope, see [Query.Refs], and All
// if it may read others.
func (t *Template) Refs() []string {
	var refs refList
	for _, q := range t.Queries() {
		if refs.add(q.look().refs...); q.look().all {
			refs.add(All)
		}
	}
	return refs
}

// Sent returns those of Refs whose values the text may contain unchanged; see [Query.Sent].
func (t *Template) Sent() []string {
	var sent refList
	for _, q := range t.Queries() {
		sent.add(q.look().sent...)
	}
	return sent
}

// Queries returns the expressions of t in their order.
func (t *Template) Queries() []*Query {
	var out []*Query
	for _, p := range t.all() {
		if p.query != nil {
			out = append(out, p.query)
		}
	}
	return out
}

// Plain returns the text around the expressions, with … in place of each.
func (t *Template) Plain() string {
	s, _ := t.join(func(*Query, int) (string, error) { return "…", nil })
	return s
}

// join returns t with each expression replaced by its text, which begins at the byte at of the
// result.
func (t *Template) join(text func(q *Query, at int) (string, error)) (string, error) {
	var out strings.Builder
	for _, p := range t.all() {
		s := p.literal
		if p.query != nil {
			var err error
			if s, err = text(p.query, out.Len()); err != nil {
				return "", err
			}
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

// single returns the expression of a template that is exactly one ${…}, or nil.
func (t *Template) single() *Query {
	if parts := t.all(); len(parts) == 1 {
		return parts[0].query
	}
	return nil
}

// Value evaluates t. The value of exactly one ${…} keeps its type; any other template is a
// string.
func (t *Template) Value(ctx context.Context, scope Scope) (any, error) {
	if q := t.single(); q != nil {
		v, err := q.Value(ctx, scope)
		if v == nil && err == nil {
			err = q.open(ctx)
		}
		return v, err
	}
	return t.join(func(q *Query, _ int) (string, error) { return q.text(ctx, scope) })
}

type namesContext struct{}

// WithNames returns a context in which a null is an error in a template that reads a name for
// which unknown returns one.
func WithNames(ctx context.Context, unknown func(name string) error) context.Context {
	return context.WithValue(ctx, namesContext{}, unknown)
}

// open returns the error of the first unknown name that an expression reads; see WithNames.
func (q *Query) open(ctx context.Context) error {
	unknown, ok := ctx.Value(namesContext{}).(func(string) error)
	if !ok {
		return nil
	}
	for _, name := range q.look().refs {
		if err := unknown(name); err != nil {
			return err
		}
	}
	return nil
}

// Text evaluates t to text, with values other than strings as JSON. ok is false if t is exactly
// one ${…} that is null: the caller omits the header or field. A null with text around it is an
// error.
func (t *Template) Text(ctx context.Context, scope Scope) (s string, ok bool, err error) {
	v, err := t.Value(ctx, scope)
	if err != nil || v == nil {
		return "", false, err
	}
	return text(v), true, nil
}

// text evaluates an expression that is a part of a text.
func (q *Query) text(ctx context.Context, scope Scope) (string, error) {
	v, err := q.Value(ctx, scope)
	if err == nil && v == nil {
		err = cmp.Or(q.open(ctx), error(&EvalError{Source: q.source, Kind: "it returned null where text is needed"}))
	}
	if err != nil {
		return "", err
	}
	return text(v), nil
}

// Expression returns t as one expression of jq, in parentheses.
func (t *Template) Expression() string {
	expressions := make([]string, 0, len(t.parts))
	for _, p := range t.parts {
		if p.query == nil {
			text, _ := json.Marshal(p.literal) // never fails for a string
			expressions = append(expressions, string(text))
			continue
		}
		source := "(" + p.query.source + ")"
		if strings.Contains(p.query.source, "#") { // a comment ends with its line
			source = "(" + p.query.source + "\n)"
		}
		if len(t.parts) > 1 {
			source = "(" + source + ` | if . == null then error("it is null where text is needed") else tostring end)`
		}
		expressions = append(expressions, source)
	}
	if len(expressions) == 0 {
		return `""`
	}
	return "(" + strings.Join(expressions, " + ") + ")"
}

// Sketch formats t for display: it fills in the plain values of the scope and writes {name} for
// the rest. It never evaluates an expression that reads a secret or its mask.
func (t *Template) Sketch(ctx context.Context, scope Scope) string {
	plain := Scope{}
	for name, v := range scope {
		switch v.(type) {
		case string, bool, int, float64, nil:
			if v != secret.Hidden {
				plain[name] = v
			}
		}
	}
	s, _ := t.join(func(q *Query, _ int) (string, error) { return q.sketch(ctx, plain), nil })
	return s
}

func (q *Query) sketch(ctx context.Context, plain Scope) string {
	refs := q.look().refs
	if len(refs) == 0 {
		return "{…}"
	}
	for _, name := range slices.Backward(refs) {
		if _, known := plain[name]; !known {
			return "{" + q.unknown(name) + "}"
		}
	}
	if v, err := q.Value(ctx, plain); err == nil && v != nil && v != "" {
		return text(v)
	}
	return "{" + q.unknown(refs[0]) + "}"
}

// unknown returns the name to show for an unknown value: id for .vars.id, or name if the
// expression looks nothing up in it.
func (q *Query) unknown(name string) string {
	for _, k := range q.look().keys {
		if k.Name == name {
			return k.Text
		}
	}
	return name
}

// Path evaluates t as the path of a URL, possibly with a query. It escapes each value to be one
// segment or a part of one, unless "| raw" ends its expression.
//
// A null or a control character is an error, as is a segment that values make empty, "." or
// "..": the request would go to another resource, and escaping cannot prevent that, because %2E
// is the same as a dot (RFC 3986, section 6.2.2.2).
func (t *Template) Path(ctx context.Context, scope Scope) (string, error) {
	var values []placed
	path, err := t.join(func(q *Query, at int) (string, error) {
		s, err := q.text(ctx, scope)
		if err == nil && strings.ContainsFunc(s, unicode.IsControl) {
			err = &EvalError{Source: q.source, Kind: "it returned a control character, which a path cannot contain"}
		}
		if err == nil && !q.look().raw {
			values, s = append(values, placed{q, at}), escape(s)
		}
		return s, err
	})
	if err != nil {
		return "", err
	}
	for _, v := range values {
		if kind := misleads(path, v.at); kind != "" {
			return "", &EvalError{Source: v.query.source, Kind: kind}
		}
	}
	return path, nil
}

// placed is an escaped value and its offset in a path.
type placed struct {
	query *Query
	at    int
}

// escape escapes all but the unreserved characters of RFC 3986, so that the result is the same
// text in a path and in a query.
func escape(s string) string {
	return strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
}

// misleads returns why the segment at an offset leads to another path, or "".
func misleads(path string, at int) string {
	before, after := path[:at], path[at:]
	if strings.ContainsAny(before, "?#") {
		return ""
	}
	before = before[strings.LastIndexByte(before, '/')+1:]
	if end := strings.IndexAny(after, "/?#"); end >= 0 {
		after = after[:end]
	}
	switch strings.ReplaceAll(strings.ToLower(before+after), "%2e", ".") {
	case "":
		return "it leaves a part of the path empty"
	case ".", "..":
		return "it returned dots that would lead to another path"
	}
	return ""
}
