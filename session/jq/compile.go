package jq

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/itchyny/gojq"
)

// refused maps jq's functions that reach outside of the expression to what to use instead.
var refused = map[string]string{
	"now":               "use .received, the time of the answer on the server's clock",
	"env":               "name the value as a field",
	"$ENV":              "name the value as a field",
	"input":             "all there is to read is in .",
	"inputs":            "all there is to read is in .",
	"input_filename":    "all there is to read is in .",
	"input_line_number": "all there is to read is in .",
	"debug":             "take it out",
	"stderr":            "take it out",
	"halt":              "use empty",
	"halt_error":        "use error",
	"modulemeta":        "write the functions here",
	"get_search_list":   "write the functions here",
	"localtime":         "use gmtime",
	"strflocaltime":     "use strftime",
}

// formats lists the formats of gojq, which reports an unknown one only at run time.
var formats = []string{
	"@text", "@json", "@html", "@uri", "@urid", "@csv", "@tsv", "@sh", "@base64", "@base64d",
}

// syntax is a parsed expression, with what it reads.
type syntax struct {
	walker
	ast    *gojq.Query
	raw    bool     // it ends in | raw
	sent   []string // of refs, those whose values may be in the result as they are
	random bool     // the same values make another result
}

// parse parses an expression and rejects what it must not use. In a template it may end in
// | raw.
func parse(src string, inTemplate bool) (*syntax, error) {
	ast, err := parseQuery(src)
	if err != nil {
		return nil, err
	}
	s := &syntax{ast: ast, raw: inTemplate && cutRaw(ast)}
	s.query(ast, true)
	if err := s.check(src); err != nil {
		return nil, err
	}
	s.sent, s.random = s.unencoded(), slices.Contains(s.calls, "uuid")
	return s, nil
}

// encoders lists the functions and formats whose results are always ASCII.
var encoders = slices.Concat([]string{"@base64", "@uri", "base64url", "hex"}, digests, macs)

var (
	digests = []string{"md5", "sha1", "sha256", "sha512", "sha256_base64url"}
	macs    = []string{
		"hmac_sha1", "hmac_sha1_base64", "hmac_sha1_hexkey", "hmac_sha256", "hmac_sha256_base64", "hmac_sha256_hexkey",
		"hmac_sha512", "hmac_sha512_base64", "hmac_sha512_hexkey",
	}
)

// unencoded returns the names whose values the expression may return unchanged: none if it
// encodes, and none that it only compares with a text.
func (w *walker) unencoded() []string {
	isEncoder := func(name string) bool { return slices.Contains(encoders, name) }
	if slices.ContainsFunc(w.calls, isEncoder) || slices.ContainsFunc(w.formats, isEncoder) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(w.refs), func(name string) bool {
		return slices.ContainsFunc(w.compared, func(p Pair) bool { return p.Name == name })
	})
}

func parseQuery(src string) (*gojq.Query, error) {
	if len(src) > maxSource {
		return nil, &SyntaxError{Offset: maxSource, Msg: "the expression is too long"}
	}
	if nul := strings.IndexByte(src, 0); nul >= 0 { // jq would take it for the end
		return nil, &SyntaxError{Offset: nul, Msg: "the expression contains a NUL byte"}
	}
	ast, err := gojq.Parse(src)
	if err != nil {
		return nil, parseFailure(src, err)
	}
	switch {
	case ast.Meta != nil:
		return nil, refusal(src, "module", "write the functions here")
	case len(ast.Imports) > 0:
		keyword := "import"
		if ast.Imports[0].IncludePath != "" {
			keyword = "include"
		}
		return nil, refusal(src, keyword, "write the functions here")
	case ast.Term == nil && ast.Right == nil:
		return nil, &SyntaxError{Msg: "the expression is empty", Hint: "write . for all the values"}
	}
	return ast, nil
}

func refusal(src, name, hint string) *SyntaxError {
	return &SyntaxError{Offset: find(src, name), Msg: name + " is not available here", Hint: hint}
}

// check rejects what jq would permit.
func (w *walker) check(src string) error {
	for _, name := range w.calls {
		if hint, ok := refused[name]; ok {
			return refusal(src, name, hint)
		}
		if name == rawName {
			return &SyntaxError{Offset: find(src, name), Msg: "raw may only end the ${…} of a path",
				Hint: "elsewhere nothing is escaped: leave it out"}
		}
	}
	for _, name := range w.formats {
		if !slices.Contains(formats, name) {
			return &SyntaxError{Offset: max(0, strings.Index(src, name)), Msg: "unknown format " + name,
				Hint: "use one of " + strings.Join(formats, ", ")}
		}
	}
	if w.assigns {
		s := scanner{src: src}
		s.all()
		e := &SyntaxError{Msg: "the values cannot be assigned to", Hint: "write == to compare"}
		if len(s.assigns) > 0 {
			e.Offset = s.assigns[0]
		}
		return e
	}
	return nil
}

// parseFailure converts a parse error of gojq and finds the offset of the unexpected token.
func parseFailure(src string, err error) *SyntaxError {
	var at *gojq.ParseError
	if !errors.As(err, &at) {
		return &SyntaxError{Msg: "the expression cannot be read"}
	}
	offset := max(0, min(at.Offset, len(src))-len(at.Token))
	switch message := at.Error(); {
	case message == "unterminated string literal":
		return &SyntaxError{Offset: openQuote(src), Msg: "the string is not closed", Hint: `end it with "`}
	case strings.HasPrefix(message, "invalid escape sequence"):
		return &SyntaxError{Offset: offset, Msg: "the string has no such escape: " + at.Token, Hint: `write \\ for a backslash`}
	case at.Token == "":
		return &SyntaxError{Offset: len(src), Msg: "the expression is incomplete", Hint: endHint(src)}
	}
	return &SyntaxError{Offset: offset, Msg: fmt.Sprintf("unexpected %s", at.Token), Hint: tokenHint(src, offset)}
}

// openQuote returns the offset of the string that is not closed.
func openQuote(src string) int {
	s := scanner{src: src}
	for i := 0; i < len(src); {
		switch src[i] {
		case '"':
			end := s.str(i + 1)
			if end < 0 {
				return i
			}
			i = end
		case '#':
			i = s.comment(i)
		default:
			i++
		}
	}
	return len(src)
}

// compileFailure converts a compile error of gojq and finds the offset of the unknown name. The
// messages of these errors contain only words of the source.
func compileFailure(src string, err error) *SyntaxError {
	if err == error(longNumber) {
		return &SyntaxError{Msg: "a number has too many digits", Hint: "keep it as a string"}
	}
	message := err.Error()
	if f, ok := strings.CutPrefix(message, "function not defined: "); ok {
		name, arity, _ := strings.Cut(f, "/")
		e := &SyntaxError{Offset: find(src, name), Msg: "unknown function " + name}
		if arity != "0" {
			e.Msg += " with " + arity + " arguments"
		}
		e.Hint = functionHint(src, e.Offset, name)
		return e
	}
	if name, ok := strings.CutPrefix(message, "variable not defined: "); ok {
		return &SyntaxError{Offset: find(src, name), Msg: "unknown variable " + name,
			Hint: "write ." + strings.TrimPrefix(name, "$") + " for the value"}
	}
	if name, ok := strings.CutPrefix(message, "label not defined: "); ok {
		return &SyntaxError{Offset: find(src, name), Msg: "unknown label " + name}
	}
	return &SyntaxError{Msg: "the expression cannot be compiled"}
}
