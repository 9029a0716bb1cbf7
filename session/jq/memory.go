package jq

import (
	"context"
	"slices"

	"tokenring/session/secret"
)

// maxRemembered bounds the expressions of a Memory.
const maxRemembered = 64

// Memory caches the last result of expressions that read only texts, integers and booleans.
// They run again only after one of these has changed. It holds secrets as long as the owner of
// the scope. The zero value is ready to use. It is not safe for concurrent use.
type Memory struct {
	last map[memoryKey]remembered
}

type memoryKey struct {
	query *Query
	test  bool // the result of Test, not of Value
}

type remembered struct {
	inputs []any
	result any
}

type memoryContext struct{}

// WithMemory returns a context in which expressions use m.
func WithMemory(ctx context.Context, m *Memory) context.Context {
	return context.WithValue(ctx, memoryContext{}, m)
}

// recall returns the cached result of an expression over scope, or a function to cache it; nil
// if it cannot be cached.
func (q *Query) recall(ctx context.Context, scope Scope, test bool) (result any, known bool, remember func(any)) {
	m, ok := ctx.Value(memoryContext{}).(*Memory)
	read := q.look()
	if !ok || read.all || read.random {
		return nil, false, nil
	}
	inputs := make([]any, len(read.refs))
	for i, name := range read.refs {
		if inputs[i] = scope[name]; !isPlain(inputs[i]) {
			return nil, false, nil
		}
	}
	key := memoryKey{q, test}
	if last, ok := m.last[key]; ok && slices.Equal(last.inputs, inputs) {
		return last.result, true, nil
	}
	return nil, false, func(result any) {
		if !isPlain(result) {
			return
		}
		if m.last == nil || len(m.last) >= maxRemembered {
			m.last = map[memoryKey]remembered{}
		}
		m.last[key] = remembered{inputs, result}
	}
}

// isPlain reports whether a value is a comparable scalar.
func isPlain(v any) bool {
	switch v.(type) {
	case nil, bool, int, string, secret.String:
		return true
	}
	return false
}
