package yaml

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decode sets the fields of the struct that to points to from a mapping, by their yaml
// tags. It reports unknown keys and values of another kind. Fields without a key keep
// their value.
func (r *Reader) Decode(n *Node, to any) { r.decode(n, reflect.ValueOf(to).Elem()) }

func (r *Reader) decode(n *Node, v reflect.Value) {
	f := r.Mapping(n)
	r.members(f, v)
	f.Done()
}

// members sets the fields of a struct and of its inline structs.
func (r *Reader) members(f *Fields, v reflect.Value) {
	for i := range v.NumField() {
		options := strings.Split(v.Type().Field(i).Tag.Get("yaml"), ",")
		switch field := v.Field(i); {
		case slices.Contains(options[1:], "inline"):
			r.members(f, field)
		case options[0] != "-":
			r.member(f, options[0], field)
		}
	}
}

func (r *Reader) member(f *Fields, key string, v reflect.Value) {
	n := f.Get(key)
	switch {
	case n == nil:
	case v.Type() == reflect.TypeFor[time.Duration]():
		v.SetInt(int64(f.Duration(key, 0, 1<<63-1)))
	case v.Kind() == reflect.Bool:
		v.SetBool(f.Flag(key, v.Bool()))
	case v.Kind() == reflect.Int:
		number, err := strconv.Atoi(n.Text)
		if err != nil {
			r.Problem(n, "", "%s must be a whole number", key)
		}
		v.SetInt(int64(number))
	case v.Kind() == reflect.Slice:
		items := f.List(key)
		v.Set(reflect.MakeSlice(v.Type(), len(items), len(items)))
		for i, item := range items {
			r.item(item, v.Index(i))
		}
	case v.Kind() == reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for _, e := range r.Mapping(n).At.Entries {
			value := reflect.New(v.Type().Elem()).Elem()
			r.item(e.Value, value)
			v.SetMapIndex(reflect.ValueOf(e.Key.Text), value)
		}
	default:
		r.item(n, v)
	}
}

// item sets a text, what has a text, or a struct.
func (r *Reader) item(n *Node, v reflect.Value) {
	to, ok := v.Addr().Interface().(encoding.TextUnmarshaler)
	if !ok && v.Kind() == reflect.Struct {
		r.decode(n, v)
		return
	}
	text, _ := r.Scalar(n)
	if !ok {
		v.SetString(text)
	} else if err := to.UnmarshalText([]byte(text)); err != nil {
		r.Problem(n, "", "%v", err)
	}
}
