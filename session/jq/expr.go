// Package jq evaluates the one small language of definitions and requests:
// jq (https://jqlang.org/manual/), bare or inside the ${…} of a [Template].
//
// An expression sees the values known so far as jq's "." and reads neither
// clock nor environment, input or files. Each run is bounded in time and in the
// size of its result. Errors say where and which kind, and never carry a
// value. Beside jq's own functions there are:
//
//	claims, claims(t)       the claims of a JWT, null for anything else
//	header, header(t)       its header
//	seconds, seconds(x)     a lifetime from receipt, of a number or numeric string
//	ms, ms(x)               the same of milliseconds
//	base64url               base64url without padding (RFC 4648, section 5)
//	base64url_decode        the text of it, padded or not
//	hex, hex_decode         the bytes of a text in lower-case hex, and back
//	md5, sha1, sha256, sha512  a digest in lower-case hex
//	sha256_base64url        SHA-256 in base64url, as PKCE wants it (RFC 7636, section 4.2)
//	hmac_sha1(key)          HMAC (RFC 2104) in lower-case hex, also hmac_sha256 and hmac_sha512
//	hmac_sha1_hexkey(key)   the same with a key in hex, also of the other two
//	hmac_sha1_base64(key)   the code in base64, also of the other two
//	uuid                    a random UUID (RFC 9562, version 4)
//	raw                     last in the ${…} of a path: do not escape
package jq

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/itchyny/gojq"

	"tokenring/session/secret"
)

const (
	// maxResult bounds the result of a run, in bytes of JSON, roughly.
	maxResult = 1 << 20
	// maxDepth bounds how deeply arrays and objects nest in a result.
	maxDepth = 1000
	// maxSource bounds an expression, in bytes.
	maxSource = 64 << 10
	// outputsSize bounds all outputs of such a run, in bytes of JSON.
	outputsSize = 64 << 20
)

// Scope holds the values that an expression sees as ".": values of the types nil, bool, int,
// float64, *big.Int, string, []any and map[string]any. A secret.String at the
// top level is revealed to the expression.
type Scope = map[string]any

// AfterKey is the only key of the object that the functions seconds and ms
// return: a lifetime in milliseconds, counted from the receipt of the answer.
const AfterKey = "after_ms"

// Query is a jq expression. It is read and compiled once, at first use, and is
// safe for concurrent use.
type Query struct {
	source string
	syntax func() (*syntax, error)
	code   func() (*gojq.Code, error)
}

// Pair is the name of a field of the scope, and a text that an expression
// has for it.
type Pair struct{ Name, Text string }

// Compile compiles a bare jq expression. What is wrong with it is a
// [*SyntaxError]. Where roots are given, the scope has these names and no
// others.
func Compile(src string, roots ...string) (*Query, error) {
	q := Lazy(src)
	if err := q.Check(); err != nil {
		return nil, err
	}
	for _, name := range q.look().refs {
		if len(roots) > 0 && !slices.Contains(roots, name) {
			return nil, UnknownRoot(src, name, roots)
		}
	}
	return q, nil
}

// Lazy returns a bare jq expression that is compiled at first use. One that
// does not compile fails whenever it is run.
func Lazy(src string) *Query { return newQuery(src, false) }

func newQuery(src string, inTemplate bool) *Query {
	q := &Query{source: src}
	q.syntax = sync.OnceValues(func() (*syntax, error) { return parse(src, inTemplate) })
	q.code = sync.OnceValues(func() (*gojq.Code, error) {
		read, err := q.syntax()
		if err != nil {
			return nil, err
		}
		code, err := gojq.Compile(read.ast, functions()...)
		if err != nil {
			return nil, compileFailure(src, err)
		}
		return code, nil
	})
	return q
}

// Check compiles the expression. What is wrong with it is a [*SyntaxError].
func (q *Query) Check() error {
	_, err := q.code()
	return err
}

// Source returns the expression as it was written.
func (q *Query) Source() string { return q.source }

// look returns what reading the expression found, nothing where it failed.
func (q *Query) look() *syntax {
	if read, err := q.syntax(); err == nil {
		return read
	}
	return &syntax{}
}

// Refs returns the names of the fields that the expression reads directly from
// the scope, in the order of their appearance. It is a best effort: a computed
// name is not found. The expression need not be compiled for it.
func (q *Query) Refs() []string { return slices.Clone(q.look().refs) }

// Sent returns those of Refs whose values the result may hold as they are: none
// where the expression encodes or hashes, and none that it compares with a text.
func (q *Query) Sent() []string { return slices.Clone(q.look().sent) }

// Keys returns the names that the expression looks up directly in a field of
// the scope: headers and token of .headers.token.
func (q *Query) Keys() []Pair { return slices.Clone(q.look().keys) }

// Compared returns the texts with which it compares a field of the scope for
// being equal or not: region and eu of .region == "eu".
func (q *Query) Compared() []Pair { return slices.Clone(q.look().compared) }

// Value returns the first output of the expression, or nil if there is none. Its numbers are int, *big.Int (where int is too small) and
// float64, and it shares nothing with the scope. The error is an [*EvalError]
// or that of a cancelled ctx.
func (q *Query) Value(ctx context.Context, scope Scope) (any, error) {
	v, err := q.run(ctx, scope)
	if err != nil {
		return nil, err
	}
	s := copier{left: maxResult}
	v, ok := s.copy(v, 0)
	if !ok {
		return nil, &EvalError{Source: q.source, Kind: "the result is too large"}
	}
	return v, nil
}

// Test reports whether the first output is neither null nor false. The error is an [*EvalError] or that of a cancelled ctx.
func (q *Query) Test(ctx context.Context, scope Scope) (bool, error) {
	v, err := q.run(ctx, scope)
	return err == nil && v != nil && v != false, err
}

// Match is [Query.Test] for a condition: a failure is no match, and a nil q always
// matches.
func (q *Query) Match(ctx context.Context, scope Scope) bool {
	if q == nil {
		return true
	}
	ok, _ := q.Test(ctx, scope)
	return ok
}

// run returns the first output.
func (q *Query) run(ctx context.Context, scope Scope) (out any, err error) {
	err = q.each(ctx, valueBudget, reveal(scope), func(v any) error {
		out = v
		return errStop
	})
	if err == errStop {
		err = nil
	}
	return out, err
}

// Outputs runs the expression over a decoded JSON document of any type, whose
// numbers may be json.Number to keep their digits, and hands yield each value
// it returns as JSON. It serves to browse a document: there are several outputs, and wider limits than those of [Query.Value]. The error is
// an [*EvalError] or that of a cancelled ctx; what was handed out before it
// remains valid.
func (q *Query) Outputs(ctx context.Context, document any, yield func(json []byte)) error {
	left := outputsSize
	return q.each(ctx, outputsBudget, document, func(v any) error {
		b, err := gojq.Marshal(v)
		if left -= len(b); err != nil || left < 0 {
			return &EvalError{Source: q.source, Kind: "the result is too large"}
		}
		yield(b)
		return nil
	})
}

// errStop ends a run that has what it needs.
var errStop = errors.New("enough")

// each runs the expression over input within a budget and passes yield each
// output, until one of them fails.
func (q *Query) each(ctx context.Context, within budget, input any, yield func(any) error) (err error) {
	code, err := q.code()
	if err != nil {
		return &EvalError{Source: q.source, Kind: "it is not valid jq"}
	}
	run, cancel := within.start(ctx)
	defer cancel()
	defer func() {
		// jq panics on values of foreign types, and quotes them.
		if recover() != nil {
			err = &EvalError{Source: q.source, Kind: "a value is of no type that jq knows"}
		}
	}()
	for iter := code.RunWithContext(run, input); ; {
		v, ok := iter.Next()
		if !ok {
			return nil
		}
		switch failure, failed := v.(error); {
		case !failed:
			err = yield(v)
		case ctx.Err() != nil:
			err = ctx.Err()
		case errors.Is(failure, context.DeadlineExceeded):
			err = &EvalError{Source: q.source, Kind: "it ran too long"}
		default:
			err = &EvalError{Source: q.source, Kind: kindOf(failure)}
		}
		if err != nil {
			return err
		}
	}
}

// reveal returns scope with the secrets at its top level as plain strings.
func reveal(scope Scope) map[string]any {
	out := make(map[string]any, len(scope))
	for k, v := range scope {
		if s, ok := v.(secret.String); ok {
			v = s.Reveal()
		}
		out[k] = v
	}
	return out
}
