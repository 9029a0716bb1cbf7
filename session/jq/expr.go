// Package jq evaluates the one small language of definitions and requests:
// jq (https://jqlang.org/manual/), bare or inside the ${…} of a [Template].
//
// An expression sees the known values as jq's "." and cannot read the clock, environment,
// input or files. Errors tell the place and the kind of the failure and never contain a value.
//
// Each run is bounded in work, memory and the size of its result, even inside of functions.
// gojq checks its context only between steps, and one step may take forever, so an expression
// is rewritten before it is compiled: a guard before each expensive call measures the input and
// arguments and charges the run for the call. The functions are those of gojq, except for
// regular expressions and updates of paths, whose cost shows only while they run. A short
// evaluation runs in the goroutine of its caller; a longer one starts again in its own, so that
// the caller can leave when the context ends.
//
// In addition to jq's functions there are:
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
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"slices"
	"sync"

	"github.com/itchyny/gojq"

	"tokenring/session/secret"
)

const (
	// maxResult bounds the result of a run, in bytes of JSON, approximately.
	maxResult = 1 << 20
	// maxDepth bounds the nesting of arrays and objects in a result.
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

// Query is a jq expression. It is parsed and compiled once, at first use, and is safe for
// concurrent use.
type Query struct {
	source string
	syntax func() (*syntax, error)    // parses it once
	code   func() (*rewriting, error) // rewrites it once
	idle   sync.Pool                  // programs of it
}

// Pair is the name of a field of the scope with a text that an expression uses with it.
type Pair struct{ Name, Text string }

// Compile compiles a bare jq expression. The error is a [*SyntaxError]. With roots, the scope
// has only these names.
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

// Lazy returns a bare jq expression that is compiled at first use. If it does not compile,
// every run fails.
func Lazy(src string) *Query { return newQuery(src, false) }

func newQuery(src string, inTemplate bool) *Query {
	q := &Query{source: src}
	q.syntax = sync.OnceValues(func() (*syntax, error) { return parse(src, inTemplate) })
	q.code = sync.OnceValues(func() (*rewriting, error) {
		read, err := q.syntax()
		if err != nil {
			return nil, err
		}
		return rewrite(src, read.ast)
	})
	return q
}

// Check compiles the expression. The error is a [*SyntaxError].
func (q *Query) Check() error {
	p, err := q.program()
	if err == nil {
		q.idle.Put(p)
	}
	return err
}

// Source returns the expression as written.
func (q *Query) Source() string { return q.source }

// look returns the parsed expression, empty if there is none or parsing failed.
func (q *Query) look() *syntax {
	if q != nil {
		if read, err := q.syntax(); err == nil {
			return read
		}
	}
	return &syntax{}
}

// Refs returns the names of the fields that the expression reads directly from the scope, in
// the order of their appearance. It does not find computed names. It does not compile the
// expression.
func (q *Query) Refs() []string { return slices.Clone(q.look().refs) }

// Sent returns those of Refs whose values the result may contain unchanged: none if the
// expression encodes or hashes, and none that it compares with a text.
func (q *Query) Sent() []string { return slices.Clone(q.look().sent) }

// Keys returns the names that the expression looks up directly in a field of
// the scope: headers and token of .headers.token.
func (q *Query) Keys() []Pair { return slices.Clone(q.look().keys) }

// Compared returns the fields of the scope that the expression compares with a text, with that
// text: region and eu for .region == "eu".
func (q *Query) Compared() []Pair { return slices.Clone(q.look().compared) }

// Value returns the first output of the expression, or nil if there is none. Its numbers are
// int, *big.Int (if int is too small) and float64, and it shares no memory with the scope. The
// error is an [*EvalError], or that of ctx.
func (q *Query) Value(ctx context.Context, scope Scope) (any, error) {
	known, ok, remember := q.recall(ctx, scope, false)
	if ok {
		return known, nil
	}
	var out any // belongs to the run if the caller left
	err := q.outputs(ctx, scope, func(v any) error {
		s := copier{left: maxResult}
		if out = s.copy(v, 0); s.left < 0 {
			return largeResult
		}
		return errStop
	})
	if err != nil {
		return nil, err
	}
	if remember != nil {
		remember(out)
	}
	return out, nil
}

// Test reports whether the expression holds: it has an output, and none is null or false. The
// error is an [*EvalError], or that of ctx.
func (q *Query) Test(ctx context.Context, scope Scope) (bool, error) {
	known, ok, remember := q.recall(ctx, scope, true)
	if ok {
		return known.(bool), nil
	}
	err := q.outputs(ctx, scope, func(v any) error { // ok belongs to the run if that was left
		if ok = v != nil && v != false; !ok {
			return errStop
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	if remember != nil {
		remember(ok)
	}
	return ok, nil
}

// Match is [Query.Test] for a condition: an error does not match, and a nil q always matches.
func (q *Query) Match(ctx context.Context, scope Scope) bool {
	if q == nil {
		return true
	}
	ok, _ := q.Test(ctx, scope)
	return ok
}

// outputs passes each output to take until it returns errStop.
func (q *Query) outputs(ctx context.Context, scope Scope, take func(any) error) error {
	input := reveal(scope, q.look())
	return q.do(ctx, func(p *program) error {
		if err := p.each(input, take); err != errStop {
			return err
		}
		return nil
	})
}

// Outputs runs the expression over each JSON value of a body and returns its outputs as JSON,
// one per line. Numbers keep their digits. It is for browsing a document, so its limits are
// wider than those of [Query.Value]. The error is an [*EvalError], an [*InputError], or that of
// ctx.
func (q *Query) Outputs(ctx context.Context, body []byte) ([]byte, error) {
	var out bytes.Buffer
	err := q.do(ctx, func(p *program) error {
		out.Reset()
		if !p.run.read(len(body)) {
			return p.run.err
		}
		if hasLongNumber(body) {
			return longNumber
		}
		rest := json.NewDecoder(bytes.NewReader(body))
		rest.UseNumber()
		for {
			var document any
			switch err := rest.Decode(&document); {
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return &InputError{rest.InputOffset()}
			}
			if err := p.each(document, func(v any) error { return p.write(&out, v) }); err != nil {
				return err
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// write appends an output as a line.
func (p *program) write(out *bytes.Buffer, v any) error {
	if encoded(&p.run, v, nil); p.run.err != nil {
		return p.run.err
	}
	line, err := gojq.Marshal(v)
	if err == nil && out.Len()+len(line) > outputsSize {
		err = largeResult
	}
	out.Write(line)
	out.WriteByte('\n')
	return err
}

// reveal returns the part of scope that an expression reads, with the secrets at its top level
// as strings.
func reveal(scope Scope, read *syntax) map[string]any {
	out := make(map[string]any, len(read.refs))
	for _, name := range read.refs {
		if v, ok := scope[name]; ok {
			out[name] = v
		}
	}
	if read.all {
		out = maps.Clone(scope)
	}
	for name, v := range out {
		if s, ok := v.(secret.String); ok {
			out[name] = s.Reveal()
		}
	}
	return out
}
