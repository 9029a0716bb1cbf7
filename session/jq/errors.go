package jq

import (
	"fmt"
	"strings"

	"github.com/itchyny/gojq"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// SyntaxError is a mistake in an expression or a template.
type SyntaxError struct {
	Offset int    // in the source, in bytes
	Msg    string // the mistake
	Hint   string // the fix, or ""
}

func (e *SyntaxError) Error() string {
	return secret.CleanLine(fmt.Sprintf("offset %d: %s", e.Offset, e.Text()))
}

// Text returns the mistake and the fix, without the offset.
func (e *SyntaxError) Text() string {
	if e.Hint == "" {
		return e.Msg
	}
	return e.Msg + " (" + e.Hint + ")"
}

// EvalError reports that an expression failed at run time. It contains no value that the
// expression saw.
type EvalError struct {
	Source string // the expression
	Kind   string // what went wrong, in a few words
}

func (e *EvalError) Error() string {
	return "the expression " + prose.Clip(secret.CleanLine(e.Source), maxShown) + " failed: " + e.Kind
}

// InputError reports that a body is not JSON.
type InputError struct{ Offset int64 } // of the first invalid byte

func (e *InputError) Error() string { return fmt.Sprintf("not JSON from byte %d on", e.Offset) }

// maxShown bounds the part of an expression in an error, in characters.
const maxShown = 120

// TreeError is an error of one template in a [Tree].
type TreeError struct {
	Path []string // the keys and indices of the template
	Err  error    // a *SyntaxError, an *EvalError, or the error of a context
}

func (e *TreeError) Error() string {
	if len(e.Path) == 0 {
		return e.Err.Error()
	}
	return secret.CleanLine(strings.Join(e.Path, ".")) + ": " + e.Err.Error()
}

// Unwrap returns the error without its path.
func (e *TreeError) Unwrap() error { return e.Err }

// funcError is an error of one of our functions. Its text is constant, so it can be shown.
type funcError string

func (e funcError) Error() string { return string(e) }

// typeFailures maps the beginnings of gojq's messages, which end in a type and a value, to our
// own.
var typeFailures = []struct{ prefix, kind string }{
	{"expected an object but got: ", "%s has no fields"},
	{"expected an array but got: ", "%s has no items"},
	{"cannot iterate over: ", "cannot iterate over %s"},
	{"expected a string for object key but got: ", "%s cannot be the key of an object"},
	{"expected a number for indexing an array but got: ", "%s cannot be the index of an array"},
	{"expected a number for indexing a string but got: ", "%s cannot be the index of a string"},
	{"cannot negate: ", "%s cannot be negated"},
	{"cannot add: ", "%s cannot be added to that"},
	{"cannot subtract: ", "that cannot be subtracted from %s"},
	{"cannot multiply: ", "%s cannot be multiplied by that"},
	{"cannot divide: ", "%s cannot be divided by that"},
	{"cannot modulo: ", "%s has no remainder"},
}

// typeNames lists the words that may be taken from a message of gojq.
var typeNames = map[string]string{
	"null": "null", "boolean": "a boolean", "number": "a number",
	"string": "a string", "array": "an array", "object": "an object",
}

// kindOf describes an error of gojq in our own words. gojq's message quotes values; only the
// name of a type or a function is taken from it.
func kindOf(failure error) string {
	switch failure := failure.(type) {
	case funcError:
		return failure.Error()
	case gojq.ValueError: // its text may be of any length
		return "it called error"
	}
	message := failure.Error()
	switch fmt.Sprintf("%T", failure) {
	case "*gojq.zeroDivisionError", "*gojq.zeroModuloError":
		return "division by zero"
	case "*gojq.func0TypeError", "*gojq.func1TypeError", "*gojq.func2TypeError",
		"*gojq.func0WrapError", "*gojq.func1WrapError", "*gojq.func2WrapError":
		name := message[:strings.IndexAny(message+" ", " (")]
		return strings.TrimPrefix(name, "_") + " does not accept this value"
	}
	for _, f := range typeFailures {
		if rest, ok := strings.CutPrefix(message, f.prefix); ok {
			name, _, _ := strings.Cut(rest, " ")
			if known, ok := typeNames[name]; ok {
				return fmt.Sprintf(f.kind, known)
			}
		}
	}
	return "it cannot be computed from these values"
}
