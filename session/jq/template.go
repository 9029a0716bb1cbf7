package jq

import (
	"context"
	"errors"
	"strings"

	"github.com/itchyny/gojq"
)

// Template is text with jq expressions in ${…}; $${ is a literal ${. It is
// safe for concurrent use. The zero value is the empty text.
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

// ParseTemplate parses text with ${…} in it and compiles its expressions. What
// is wrong with it is a [*SyntaxError] whose offset counts from the beginning
// of src.
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

// LazyTemplate is [ParseTemplate], except that each expression is compiled at
// first use.
func LazyTemplate(src string) (*Template, error) {
	t := &Template{source: src}
	var literal strings.Builder
	for i := 0; i < len(src); {
		switch rest := src[i:]; {
		case strings.HasPrefix(rest, "$${"):
			literal.WriteString("${")
			i += 3
		case strings.HasPrefix(rest, "${"):
			s := scanner{src: src[:min(len(src), i+maxSource)]}
			end := s.group(i+2, '{', '}')
			if end < 0 {
				return nil, &SyntaxError{Offset: i, Msg: "${ is not closed", Hint: "end it with }, or write $${ for the text ${"}
			}
			t.addLiteral(&literal)
			t.parts = append(t.parts, part{query: newQuery(src[i+2:end-1], true), at: i + 2})
			i = end
		default:
			literal.WriteByte(src[i])
			i++
		}
	}
	t.addLiteral(&literal)
	return t, nil
}

// Check compiles the expressions of t. What is wrong with one is a
// [*SyntaxError] whose offset counts from the beginning of t.
func (t *Template) Check() error {
	for _, p := range t.parts {
		if p.query == nil {
			continue
		}
		if err := p.query.Check(); err != nil {
			return shift(err, p.at)
		}
	}
	return nil
}

func (t *Template) addLiteral(b *strings.Builder) {
	if b.Len() > 0 {
		t.parts = append(t.parts, part{literal: b.String()})
		b.Reset()
	}
}

// shift moves the offset of a syntax error by n bytes.
func shift(err error, n int) error {
	var se *SyntaxError
	if !errors.As(err, &se) {
		return err
	}
	return &SyntaxError{Offset: se.Offset + n, Msg: se.Msg, Hint: se.Hint}
}

// cutRaw replaces a call of raw at the end of the pipe by ".", and reports
// whether there was one.
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

// Literal returns a template of the text s, whatever is in it.
func Literal(s string) *Template {
	t := &Template{source: strings.ReplaceAll(s, "${", "$${")}
	if s != "" {
		t.parts = []part{{literal: s}}
	}
	return t
}

// Source returns the template as it was written.
func (t *Template) Source() string { return t.source }

// IsZero reports whether t is absent or the empty text.
func (t *Template) IsZero() bool { return t == nil || len(t.parts) == 0 }

// Refs returns the names of the fields that t reads from the scope; see
// [Query.Refs].
func (t *Template) Refs() []string {
	var refs refList
	for _, p := range t.parts {
		if p.query != nil {
			refs.add(p.query.look().refs...)
		}
	}
	return refs.names
}

// Queries returns the expressions in its ${…}, in their order.
func (t *Template) Queries() []*Query {
	var out []*Query
	for _, p := range t.parts {
		if p.query != nil {
			out = append(out, p.query)
		}
	}
	return out
}

// Plain returns the text around the expressions, with … in place of each.
func (t *Template) Plain() string {
	var out strings.Builder
	for _, p := range t.parts {
		if p.query != nil {
			out.WriteString("…")
		}
		out.WriteString(p.literal)
	}
	return out.String()
}

// single returns the expression of a template that is exactly one ${…}.
func (t *Template) single() *Query {
	if len(t.parts) == 1 {
		return t.parts[0].query
	}
	return nil
}

// Value evaluates t: of exactly one ${…} to a value with its type, else to a
// string.
func (t *Template) Value(ctx context.Context, scope Scope) (any, error) {
	if q := t.single(); q != nil {
		return q.Value(ctx, scope)
	}
	return t.join(ctx, scope)
}

// Text evaluates t to text, with values other than strings as JSON. It is not ok
// when t is exactly one ${…} that is null: the header or field it belongs to is
// then left out. A null with text around it is an error.
func (t *Template) Text(ctx context.Context, scope Scope) (s string, ok bool, err error) {
	v, err := t.Value(ctx, scope)
	if err != nil || v == nil {
		return "", false, err
	}
	return text(v), true, nil
}

// join evaluates the parts one after the other.
func (t *Template) join(ctx context.Context, scope Scope) (string, error) {
	var out strings.Builder
	for _, p := range t.parts {
		s, err := p.text(ctx, scope)
		if err != nil {
			return "", err
		}
		out.WriteString(s)
	}
	return out.String(), nil
}

func (p part) text(ctx context.Context, scope Scope) (string, error) {
	if p.query == nil {
		return p.literal, nil
	}
	v, err := p.query.Value(ctx, scope)
	if err != nil {
		return "", err
	}
	if v == nil {
		return "", &EvalError{Source: p.query.source, Kind: "it gave null where text is needed"}
	}
	return text(v), nil
}
