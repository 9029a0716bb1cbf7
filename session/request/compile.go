package request

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// FieldError is a mistake in one field of a [Spec].
type FieldError struct {
	Field  string // "method", "target", "query", "headers", "body" or "expect"
	Row    int    // of the query or headers, from 1; else 0
	Line   int    // of the mistake, from 1; 0: unknown
	Column int    // in characters, from 1; 0: unknown
	Text   string // the mistake and the fix, in one line
}

func (e *FieldError) Error() string {
	where := e.Field
	if e.Row > 0 {
		where += fmt.Sprintf(" %d", e.Row)
	}
	if e.Line > 0 {
		where += fmt.Sprintf(", line %d, column %d", e.Line, e.Column)
	}
	return where + ": " + e.Text
}

// at sets the position of the error from an offset in text.
func (e *FieldError) at(text string, offset int) *FieldError {
	e.Line, e.Column = prose.Position(text, offset)
	return e
}

// templateError converts an error of a template or expression.
func templateError(field string, row int, text string, err error) *FieldError {
	var syntax *jq.SyntaxError
	if !errors.As(err, &syntax) {
		return &FieldError{Field: field, Row: row, Text: secret.CleanLine(err.Error())}
	}
	e := &FieldError{Field: field, Row: row, Text: secret.CleanLine(syntax.Text())}
	return e.at(text, syntax.Offset)
}

// Compile checks and compiles the request. readable lists the values of the account that the
// expectation may read (definition.Definition.Readable); without it every name is accepted.
// The error is the first [*FieldError].
func (s *Spec) Compile(readable ...string) (*definition.Request, error) {
	follow := s.Follow
	r := &definition.Request{
		Name: s.Name, Title: s.Title, Method: s.method(), Follow: &follow, Attach: s.Attach, Timeout: s.Timeout, Vars: s.Vars,
	}
	for _, step := range []func(*definition.Request) *FieldError{
		s.compileMethod, s.compileTarget, s.compileQuery, s.compileHeaders, s.compileBody, func(r *definition.Request) *FieldError { return s.compileExpect(r, readable) },
	} {
		if err := step(r); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (s *Spec) compileMethod(r *definition.Request) *FieldError {
	if !isToken(r.Method) {
		return &FieldError{Field: "method", Text: "a method is one word, like GET or POST"}
	}
	if r.Method == "CONNECT" {
		return &FieldError{Field: "method", Text: "CONNECT is for proxies; choose another method"}
	}
	return nil
}

func (s *Spec) compileQuery(r *definition.Request) *FieldError {
	for i, p := range s.Query {
		if p.Off || p.Name == "" && p.Value == "" {
			continue
		}
		if p.Name == "" {
			return &FieldError{Field: "query", Row: i + 1, Text: "the parameter has no name"}
		}
		pair, err := compilePair("query", i+1, p)
		if err != nil {
			return err
		}
		r.Query = append(r.Query, pair)
	}
	return nil
}

func compilePair(field string, row int, p Pair) (definition.Pair, *FieldError) {
	name, err := jq.ParseTemplate(p.Name)
	if err != nil {
		return definition.Pair{}, templateError(field, row, p.Name, err)
	}
	value, err := jq.ParseTemplate(p.Value)
	if err != nil {
		return definition.Pair{}, templateError(field, row, p.Value, err)
	}
	return definition.Pair{Name: name, Value: value}, nil
}

// refusedHeaders lists the headers that the client sets. Another value would send the request
// elsewhere or break its framing (RFC 9110, section 7.6.1; RFC 9112).
var refusedHeaders = []string{
	"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer",
	"proxy-connection", "proxy-authorization",
}

func (s *Spec) compileHeaders(r *definition.Request) *FieldError {
	for i, p := range s.Headers {
		p.Name, p.Value = strings.TrimSpace(p.Name), strings.Trim(p.Value, " \t")
		if p.Off || p.Name == "" && p.Value == "" {
			continue
		}
		if text := headerFault(p); text != "" {
			return &FieldError{Field: "headers", Row: i + 1, Text: text}
		}
		pair, err := compilePair("headers", i+1, p)
		if err != nil {
			return err
		}
		r.Headers = append(r.Headers, pair)
	}
	return nil
}

// SetByClient reports whether the client sets a header itself, so that a request cannot.
func SetByClient(name string) bool { return slices.Contains(refusedHeaders, strings.ToLower(name)) }

func headerFault(p Pair) string {
	name, value := jq.Blot(p.Name), jq.Blot(p.Value)
	switch {
	case p.Name == "":
		return "the header has no name"
	case !isToken(name):
		return "a header's name is one word of letters, digits and hyphens, without the colon"
	case SetByClient(p.Name):
		return "the client sets this header; remove it"
	case strings.ContainsFunc(value, func(r rune) bool { return isControl(r) && r != '\t' }):
		return "a header cannot contain a line break or control character; remove it"
	}
	return ""
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// isToken reports whether s is a token of RFC 9110, section 5.6.2.
func isToken(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r|0x20 < 'a' || r|0x20 > 'z') && (r < '0' || r > '9') && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
	})
}

func (s *Spec) compileBody(r *definition.Request) *FieldError {
	b, err := body.Parse(s.BodyType, s.Body)
	var wrong *body.Error
	if !errors.As(err, &wrong) {
		r.Body = b
		return nil
	}
	e := &FieldError{Field: "body", Text: wrong.Text}
	if wrong.Offset < 0 {
		return e
	}
	return e.at(s.Body, wrong.Offset)
}

func (s *Spec) compileExpect(r *definition.Request, readable []string) *FieldError {
	if strings.TrimSpace(s.Expect) == "" {
		return nil
	}
	if len(readable) > 0 {
		readable = append(answer.Names(), readable...)
	}
	q, err := jq.Compile(s.Expect, readable...)
	if err == nil {
		err = q.CheckCondition()
	}
	if err != nil {
		return templateError("expect", 0, s.Expect, err)
	}
	r.Expect = q
	return nil
}
