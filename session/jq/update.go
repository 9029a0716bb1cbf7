package jq

import (
	"encoding/json"
	"maps"
	"math"
	"math/big"
	"reflect"
	"slices"

	"github.com/itchyny/gojq"
)

// edit is a value that is changed at paths. What it copied for that it owns, and
// changes in place from then on.
type edit struct {
	run     *run
	value   any
	owned   map[uintptr]any // by address; they are kept, so that it stays theirs
	dropped []any           // paths to remove in the end
}

// removed is in the place of what is to be removed.
type removed struct{}

func newEdit(r *run, v any) *edit { return &edit{run: r, value: v, owned: map[uintptr]any{}} }

// setpath is jq's function.
func (r *run) setpath(v, path, to any) any {
	e := newEdit(r, v)
	if out := e.set(path, to); out != any(e) {
		return out
	}
	return e.value
}

// delpaths is jq's function.
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
	if ok {
		var out any
		if out, ok = e.update(e.value, keys, to); ok {
			e.value = out
			return e
		}
	}
	if e.run.err != nil {
		return e.run.err
	}
	return plain("setpath", e.value, path, to)
}

// get returns the value at a path. It may be stored elsewhere, so that it is copied
// before its next change.
func (e *edit) get(path any) any {
	if keys(e.run, path, nil); e.run.err != nil {
		return e.run.err
	}
	out := e.at(path)
	if e.owns(out) {
		clear(e.owned)
	}
	return out
}

func (e *edit) at(path any) any {
	keys, _ := path.([]any)
	v := e.value
	for _, k := range keys {
		object, isObject := v.(map[string]any)
		name, isName := k.(string)
		array, isArray := v.([]any)
		i, isIndex := k.(int)
		switch {
		case isObject && isName:
			v = object[name]
		case isArray && isIndex && i >= 0 && i < len(array):
			v = array[i]
		default:
			return plain("getpath", e.value, path)
		}
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
	paths := e.dropped
	if !slices.IsSortedFunc(paths, e.run.compare) {
		paths = slices.Clone(paths)
		slices.SortFunc(paths, e.run.compare)
	}
	before := e.value
	for _, path := range paths {
		keys, ok := path.([]any)
		var out any
		if ok {
			out, ok = e.update(e.value, keys, removed{})
		}
		if !ok {
			if e.run.err != nil {
				return e.run.err
			}
			return plain("delpaths", before, e.dropped)
		}
		e.value = out
	}
	return e.sweep(e.value)
}

// sweep removes what is marked so from what the edit owns: nothing else holds marks.
func (e *edit) sweep(v any) any {
	switch v := v.(type) {
	case removed:
		return nil
	case map[string]any:
		if e.owns(v) && e.run.work(len(v)) {
			for k, w := range v {
				if w == any(removed{}) {
					delete(v, k)
				} else if isContainer(w) {
					v[k] = e.sweep(w)
				}
			}
		}
	case []any:
		if e.owns(v) && e.run.work(len(v)) {
			kept := v[:0]
			for _, w := range v {
				if !isRemoved(w) {
					kept = append(kept, e.sweep(w))
				}
			}
			clear(v[len(kept):])
			return kept
		}
	}
	return v
}

func isRemoved(v any) bool {
	_, ok := v.(removed)
	return ok
}

func isContainer(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func (e *edit) owns(v any) bool {
	if !isContainer(v) {
		return false
	}
	_, ok := e.owned[reflect.ValueOf(v).Pointer()]
	return ok
}

func (e *edit) own(v any) { e.owned[reflect.ValueOf(v).Pointer()] = v }

// update returns v with the value at a path set. It is not ok where jq fails, or
// the run does.
func (e *edit) update(v any, path []any, to any) (any, bool) {
	if len(path) == 0 {
		return to, true
	}
	if isRemoved(v) {
		return v, true
	}
	if !e.run.work(1) || !e.run.fits(0, len(path)) {
		return nil, false
	}
	switch key := path[0].(type) {
	case string:
		object, ok := v.(map[string]any)
		if !ok && v != nil {
			return nil, false
		}
		return e.updateObject(v, object, key, path[1:], to)
	case int, float64, *big.Int, json.Number:
		i, _ := gojq.ToInt(key)
		array, ok := v.([]any)
		if !ok && v != nil {
			return nil, false
		}
		return e.updateIndex(v, array, i, path[1:], to)
	case map[string]any:
		array, ok := v.([]any)
		if !ok && v != nil {
			return nil, false
		}
		return e.updateSlice(v, array, key, path[1:], to)
	}
	return nil, false
}

func (e *edit) updateObject(v any, object map[string]any, key string, path []any, to any) (any, bool) {
	old, ok := object[key]
	if !ok && isRemoved(to) {
		return v, true
	}
	out, ok := e.update(old, path, to)
	if !ok {
		return nil, false
	}
	if !e.owns(object) {
		if !e.run.alloc(entrySize * (len(object) + 1)) {
			return nil, false
		}
		copied := make(map[string]any, len(object)+1)
		maps.Copy(copied, object)
		object = copied
		e.own(object)
	}
	object[key] = out
	return object, true
}

// maxIndex is the greatest index that jq sets.
const maxIndex = 0x20000000

func (e *edit) updateIndex(v any, array []any, i int, path []any, to any) (any, bool) {
	if i < 0 {
		i += len(array)
	}
	var old any
	switch {
	case i >= 0 && i < len(array):
		old = array[i]
	case isRemoved(to):
		return v, true
	case i < 0 || i >= maxIndex:
		return nil, false
	}
	out, ok := e.update(old, path, to)
	if !ok {
		return nil, false
	}
	if size := max(len(array), i+1); !e.owns(array) || size > cap(array) {
		room := size
		if e.owns(array) {
			room = max(size, 2*cap(array))
		}
		if array, ok = e.copied(array, size, room); !ok {
			return nil, false
		}
	} else {
		array = array[:size]
	}
	array[i] = out
	return array, true
}

// copied returns a copy of an array with another length, which the edit owns.
func (e *edit) copied(array []any, size, room int) ([]any, bool) {
	if !e.run.alloc(itemSize * room) {
		return nil, false
	}
	out := make([]any, size, room)
	copy(out, array)
	e.own(out)
	return out, true
}

func (e *edit) updateSlice(v any, array []any, key map[string]any, path []any, to any) (any, bool) {
	from, hasFrom := key["start"]
	end, hasEnd := key["end"]
	i, j, ok := bounds(len(array), from, end)
	if !ok || !hasFrom || !hasEnd {
		return nil, false
	}
	if i == j && isRemoved(to) {
		return v, true
	}
	out, ok := e.update(array[i:j:j], path, to)
	if !ok {
		return nil, false
	}
	if isRemoved(out) {
		if !e.owns(array) {
			if array, ok = e.copied(array, len(array), len(array)); !ok {
				return nil, false
			}
		}
		for ; i < j; i++ {
			array[i] = out
		}
		return array, true
	}
	part, ok := out.([]any)
	if !ok {
		return nil, false
	}
	whole, ok := e.copied(array[:i], len(array)-(j-i)+len(part), len(array)-(j-i)+len(part))
	if ok {
		copy(whole[i:], part)
		copy(whole[i+len(part):], array[j:])
	}
	return whole, ok
}

// bounds returns the part of so many items that a slice from and to means.
func bounds(n int, from, to any) (i, j int, ok bool) {
	j = n
	if from != nil {
		if i, ok = rounded(from, math.Floor); !ok {
			return 0, 0, false
		}
		i = clamp(i, 0, n)
	}
	if to != nil {
		if j, ok = rounded(to, math.Ceil); !ok {
			return 0, 0, false
		}
		j = clamp(j, i, n)
	}
	return i, j, true
}

func rounded(v any, round func(float64) float64) (int, bool) {
	v = numeric(v)
	if f, ok := v.(float64); ok {
		up := round(-0.5) == 0 // math.Ceil
		if up && (f > -1 && f < 0 || math.IsNaN(f)) {
			return math.MaxInt, true
		}
		v = round(f)
	}
	return gojq.ToInt(v)
}

// clamp counts a negative index from the end.
func clamp(i, low, high int) int {
	if i < 0 {
		i += high
	}
	return min(max(i, low), high)
}
