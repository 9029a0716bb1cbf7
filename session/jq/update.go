package jq

import (
	"maps"
	"reflect"
	"slices"

	"github.com/itchyny/gojq"
)

// edit changes a value at paths. It owns the copies that it makes and changes them in place.
type edit struct {
	run     *run
	value   any
	owned   map[uintptr]any // by address; holding them keeps the address theirs
	dropped []any           // paths to remove in the end
}

// removed marks what is to be removed, as gojq does.
type removed = struct{}

func newEdit(r *run, v any) *edit { return &edit{run: r, value: v, owned: map[uintptr]any{}} }

// setpath is jq's function.
func (r *run) setpath(v, path, to any) any {
	e := newEdit(r, v)
	if out := e.set(path, to); out != any(e) {
		return out
	}
	return e.value
}

// delpaths is jq's function. That of gojq modifies values that others may read.
func (r *run) delpaths(v, paths any) any {
	list, ok := paths.([]any)
	if !ok {
		return plain("delpaths", v, paths)
	}
	e := newEdit(r, v)
	e.dropped = list
	return e.end()
}

// set sets the value at a path, and returns e or an error.
func (e *edit) set(path, to any) any {
	keys, ok := path.([]any)
	if ok && e.place(keys, to) {
		return e
	}
	if ok && !e.pay(keys, to) {
		return e.run.err
	}
	out := plain("setpath", e.value, path, to) // it copies each value on the path
	if err, failed := out.(error); failed {
		return err
	}
	e.value = out
	clear(e.owned) // it may be a part of what is not owned now
	return e
}

// child returns the value of a list or object at a key.
func child(v, key any) (any, bool) {
	switch v := v.(type) {
	case map[string]any:
		if k, ok := key.(string); ok {
			inner, ok := v[k]
			return inner, ok
		}
	case []any:
		if i, ok := key.(int); ok && i >= 0 && i < len(v) {
			return v[i], true
		}
	}
	return nil, false
}

// place sets the value at a path if the path exists, and reports whether it does.
func (e *edit) place(keys []any, to any) bool {
	if len(keys) > maxNesting {
		return e.run.fail(tooDeep)
	}
	if !e.run.charge(4 * len(keys)) {
		return false
	}
	v, ok := e.value, true
	for i, k := range keys {
		object, isObject := v.(map[string]any)
		if v, ok = child(v, k); !ok && (!isObject || object == nil || i < len(keys)-1 || !isName(k) || to == any(removed{})) {
			return false
		}
	}
	if len(keys) == 0 {
		e.value = to
		return true
	}
	at := e.own(e.value)
	e.value = at
	for _, k := range keys[:len(keys)-1] {
		inner, _ := child(at, k)
		inner = e.own(inner)
		put(at, k, inner)
		at = inner
	}
	put(at, keys[len(keys)-1], to)
	return e.run.err == nil
}

func isName(key any) bool {
	_, ok := key.(string)
	return ok
}

func put(at, key, v any) {
	switch at := at.(type) {
	case map[string]any:
		at[key.(string)] = v
	case []any:
		at[key.(int)] = v
	}
}

// own returns v, or a copy of it, as a list or object that the edit owns.
func (e *edit) own(v any) any {
	if e.owns(v) {
		return v
	}
	e.run.charge(32)
	switch from := v.(type) {
	case map[string]any:
		e.run.charge(4 * len(from))
		e.run.alloc(entrySize * len(from))
		v = maps.Clone(from)
	case []any:
		e.run.charge(len(from))
		e.run.alloc(itemSize * len(from))
		v = slices.Clone(from)
	}
	e.owned[reflect.ValueOf(v).Pointer()] = v
	return v
}

func (e *edit) owns(v any) bool {
	switch v.(type) {
	case map[string]any, []any:
		_, ok := e.owned[reflect.ValueOf(v).Pointer()]
		return ok
	}
	return false
}

// pay charges the copies along a path and the growth of the value.
func (e *edit) pay(keys []any, to any) bool {
	v := e.value
	for _, k := range keys {
		n := length(v)
		if i, isNumber := gojq.ToInt(k); isNumber && i < maxIndex {
			n = max(n, i+1)
		}
		if _, isSlice := k.(map[string]any); isSlice {
			n += length(to)
		}
		if _, isObject := v.(map[string]any); isObject {
			n *= entrySize / itemSize
		}
		if e.run.chargeError(v); !e.run.charge(n) || !e.run.alloc(itemSize*n) {
			return false
		}
		v, _ = child(v, k)
	}
	return true
}

// maxIndex is the largest index that jq can set.
const maxIndex = 0x20000000

// get returns the value at a path. It may now be referenced elsewhere, so the edit copies it
// before the next change.
func (e *edit) get(path any) any {
	keys, _ := path.([]any)
	if e.run.path(e.value, path); e.run.err != nil {
		return e.run.err
	}
	v, ok := e.value, true
	for _, k := range keys {
		if v, ok = child(v, k); !ok {
			v = plain("getpath", e.value, path)
			break
		}
	}
	if e.owns(v) {
		clear(e.owned)
	}
	return v
}

func (e *edit) drop(path any) any {
	e.dropped = append(e.dropped, path)
	return e
}

// end removes the paths that were dropped and returns the value.
func (e *edit) end() any {
	if len(e.dropped) == 0 {
		return e.value
	}
	paths, before := e.dropped, e.value
	sorted(e.run, paths, nil)
	if e.run.err != nil {
		return e.run.err
	}
	if !slices.IsSortedFunc(paths, gojq.Compare) {
		paths = slices.Clone(paths)
		slices.SortFunc(paths, gojq.Compare)
	}
	for _, path := range paths {
		if e.set(path, removed{}) != any(e) {
			if e.run.err != nil {
				return e.run.err
			}
			return plain("delpaths", before, e.dropped)
		}
	}
	if e.value == any(removed{}) {
		return nil
	}
	v, _ := e.sweep(e.value, 0)
	return v
}

// sweep returns v without marked values, and whether it changed.
func (e *edit) sweep(v any, depth int) (any, bool) {
	if !e.run.enter(length(v), depth) {
		return v, false
	}
	switch from := v.(type) {
	case map[string]any:
		var out map[string]any // nil while nothing changed
		for k, inner := range from {
			kept, changed := e.sweep(inner, depth+1)
			if gone := inner == any(removed{}); gone || changed {
				if out == nil {
					out = e.own(from).(map[string]any)
				}
				if out[k] = kept; gone {
					delete(out, k)
				}
			}
		}
		if out != nil {
			return out, true
		}
	case []any:
		var out []any
		for i, inner := range from {
			kept, changed := e.sweep(inner, depth+1)
			gone := inner == any(removed{})
			if out == nil && (gone || changed) {
				e.run.alloc(itemSize * len(from))
				out = append(make([]any, 0, len(from)), from[:i]...)
			}
			if out != nil && !gone {
				out = append(out, kept)
			}
		}
		if out != nil {
			return out, true
		}
	}
	return v, false
}
