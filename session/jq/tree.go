package jq

import (
	"context"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
)

// Tree is a value of objects, arrays and scalars, such as the body of a
// request, whose strings are templates. It is safe for concurrent use.
type Tree struct{ root treeNode }

// treeNode is one of its fields; none of them is an absent value.
type treeNode struct {
	scalar any
	leaf   *Template
	items  []treeNode
	fields []treeField // in the order of their names
}

type treeField struct {
	name  string
	key   *Template
	value treeNode
}

// ParseTree parses a decoded YAML or JSON value. Its strings are templates, and
// so are the keys of its objects. An error is a [*TreeError] around a
// [*SyntaxError].
func ParseTree(v any) (*Tree, error) { return parseTree(v, ParseTemplate) }

// LazyTree is [ParseTree], except that each expression is compiled at first use.
func LazyTree(v any) (*Tree, error) { return parseTree(v, LazyTemplate) }

func parseTree(v any, leaf templateParser) (*Tree, error) {
	root, err := leaf.node(v, nil)
	if err != nil {
		return nil, err
	}
	return &Tree{root}, nil
}

// templateParser makes the templates of a tree.
type templateParser func(src string) (*Template, error)

func (leaf templateParser) node(v any, path []string) (treeNode, error) {
	switch v := v.(type) {
	case string:
		t, err := leaf(v)
		if err != nil {
			return treeNode{}, &TreeError{slices.Clone(path), err}
		}
		return treeNode{leaf: t}, nil
	case []any:
		n := treeNode{items: make([]treeNode, 0, len(v))}
		for i, e := range v {
			c, err := leaf.node(e, append(path, strconv.Itoa(i)))
			if err != nil {
				return treeNode{}, err
			}
			n.items = append(n.items, c)
		}
		return n, nil
	case map[string]any:
		return leaf.object(v, path)
	}
	scalar, ok := plainScalar(v)
	if !ok {
		return treeNode{}, &TreeError{slices.Clone(path), &SyntaxError{Msg: fmt.Sprintf("a value of the type %T has no form in JSON", v)}}
	}
	return treeNode{scalar: scalar}, nil
}

func (leaf templateParser) object(object map[string]any, path []string) (treeNode, error) {
	n := treeNode{fields: make([]treeField, 0, len(object))}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		at := append(path, name)
		key, err := leaf(name)
		if err != nil {
			return treeNode{}, &TreeError{slices.Clone(at), err}
		}
		value, err := leaf.node(object[name], at)
		if err != nil {
			return treeNode{}, err
		}
		n.fields = append(n.fields, treeField{name, key, value})
	}
	return n, nil
}

// plainScalar returns v as one of the types of a [Scope].
func plainScalar(v any) (any, bool) {
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

// Refs returns the names of the fields that the templates of t read from the
// scope; see [Query.Refs].
func (t *Tree) Refs() []string {
	var refs refList
	t.root.refs(&refs)
	return refs.names
}

func (n treeNode) refs(to *refList) {
	if n.leaf != nil {
		to.add(n.leaf.Refs()...)
	}
	for _, c := range n.items {
		c.refs(to)
	}
	for _, f := range n.fields {
		to.add(f.key.Refs()...)
		f.value.refs(to)
	}
}

// Value returns the tree with its templates evaluated. A template of exactly
// one ${…} that is null takes its field or item with it; a null that the
// tree itself holds stays. An error of a template is a [*TreeError].
func (t *Tree) Value(ctx context.Context, scope Scope) (any, error) {
	v, _, err := t.root.value(ctx, scope, nil)
	return v, err
}

// value is not ok where the node is to be left out.
func (n treeNode) value(ctx context.Context, scope Scope, path []string) (v any, ok bool, err error) {
	switch {
	case n.leaf != nil:
		v, err := n.leaf.Value(ctx, scope)
		if err != nil {
			return nil, false, &TreeError{slices.Clone(path), err}
		}
		return v, v != nil, nil
	case n.fields != nil:
		v, err := n.object(ctx, scope, path)
		return v, true, err
	case n.items != nil:
		list := make([]any, 0, len(n.items))
		for i, c := range n.items {
			v, ok, err := c.value(ctx, scope, append(path, strconv.Itoa(i)))
			if err != nil {
				return nil, false, err
			}
			if ok {
				list = append(list, v)
			}
		}
		return list, true, nil
	}
	return n.scalar, true, nil
}

func (n treeNode) object(ctx context.Context, scope Scope, path []string) (map[string]any, error) {
	object := make(map[string]any, len(n.fields))
	for _, f := range n.fields {
		at := append(path, f.name)
		key, ok, err := f.key.Text(ctx, scope)
		if err != nil {
			return nil, &TreeError{slices.Clone(at), err}
		}
		if !ok && f.key.single() != nil {
			continue
		}
		v, ok, err := f.value.value(ctx, scope, at)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if _, twice := object[key]; twice {
			return nil, &TreeError{slices.Clone(at), &EvalError{Source: f.name, Kind: "another field has the same name"}}
		}
		object[key] = v
	}
	return object, nil
}
