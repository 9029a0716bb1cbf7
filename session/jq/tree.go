package jq

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// Tree is a value such as the body of a request, whose strings are templates. It is safe for
// concurrent use.
type Tree struct {
	source    any
	templates map[string]*Template // of the strings and keys in source
}

// ParseTree parses a decoded YAML or JSON value, which must not change afterwards. Its strings
// and the keys of its objects are templates for parse: [ParseTemplate] or [LazyTemplate]. The
// error is a [*TreeError] around a [*SyntaxError].
func ParseTree(v any, parse func(string) (*Template, error)) (*Tree, error) {
	t := &Tree{source: v, templates: map[string]*Template{}}
	if err := t.add(v, parse); err != nil {
		return nil, err
	}
	return t, nil
}

// add parses the templates of a value.
func (t *Tree) add(v any, parse func(string) (*Template, error)) error {
	switch v := v.(type) {
	case string:
		template, err := parse(v)
		if err != nil {
			return &TreeError{Err: err}
		}
		t.templates[v] = template
	case []any:
		for i, e := range v {
			if err := t.add(e, parse); err != nil {
				return below(strconv.Itoa(i), err)
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if err := t.add(name, parse); err != nil {
				return below(name, err)
			}
			if err := t.add(v[name], parse); err != nil {
				return below(name, err)
			}
		}
	default:
		if _, ok := Scalar(v); !ok {
			return &TreeError{Err: &SyntaxError{Msg: fmt.Sprintf("a value of the type %T has no form in JSON", v)}}
		}
	}
	return nil
}

// below adds a name to the path of an error.
func below(name string, err error) error {
	if at, ok := errors.AsType[*TreeError](err); ok {
		return &TreeError{append([]string{name}, at.Path...), at.Err}
	}
	return &TreeError{[]string{name}, err}
}

// Scalar converts v, which is not a string, to a type of a [Scope].
func Scalar(v any) (any, bool) {
	switch v := v.(type) {
	case nil, bool, int, *big.Int:
		return v, true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	case int64:
		return int(v), true
	case uint64:
		if v > math.MaxInt {
			return new(big.Int).SetUint64(v), true
		}
		return int(v), true
	}
	return nil, false
}

// Source returns the value that t was parsed from. It must not be changed.
func (t *Tree) Source() any { return t.source }

// Refs returns the names of the fields that the templates of t, which may be nil, read from
// the scope; see [Query.Refs].
func (t *Tree) Refs() []string {
	if t == nil {
		return nil
	}
	var refs refList
	for _, text := range slices.Sorted(maps.Keys(t.templates)) {
		refs.add(t.templates[text].Refs()...)
	}
	return refs
}

// Value evaluates the templates of the tree. If exactly one ${…} is null, it omits the field or
// item; a literal null stays. An error of a template is a [*TreeError].
func (t *Tree) Value(ctx context.Context, scope Scope) (any, error) {
	v, _, err := t.value(ctx, scope, t.source)
	return v, err
}

// value evaluates v; ok is false if it must be omitted.
func (t *Tree) value(ctx context.Context, scope Scope, v any) (out any, ok bool, err error) {
	switch v := v.(type) {
	case string:
		out, err := t.templates[v].Value(ctx, scope)
		if err != nil {
			return nil, false, &TreeError{Err: err}
		}
		return out, out != nil, nil
	case map[string]any:
		out, err := t.object(ctx, scope, v)
		return out, true, err
	case []any:
		list := make([]any, 0, len(v))
		for i, e := range v {
			item, ok, err := t.value(ctx, scope, e)
			if err != nil {
				return nil, false, below(strconv.Itoa(i), err)
			}
			if ok {
				list = append(list, item)
			}
		}
		return list, true, nil
	}
	out, _ = Scalar(v)
	return out, true, nil
}

func (t *Tree) object(ctx context.Context, scope Scope, from map[string]any) (map[string]any, error) {
	object := make(map[string]any, len(from))
	for _, name := range slices.Sorted(maps.Keys(from)) {
		key, ok, err := t.templates[name].Text(ctx, scope)
		if err != nil {
			return nil, below(name, err)
		}
		if !ok {
			continue
		}
		v, ok, err := t.value(ctx, scope, from[name])
		if err != nil {
			return nil, below(name, err)
		}
		if !ok {
			continue
		}
		if _, twice := object[key]; twice {
			return nil, below(name, &EvalError{Source: name, Kind: "another field has the same name"})
		}
		object[key] = v
	}
	return object, nil
}
