package yaml

import (
	"encoding"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Fields reads the keys of one mapping. Done reports the keys that were not read.
type Fields struct {
	r     *Reader
	At    *Node
	known []string
}

// Mapping opens a mapping. It reports any other node; the Fields of such a node, or of
// nil, have no keys.
func (r *Reader) Mapping(n *Node) *Fields {
	if n == nil {
		n = &Node{}
	} else if n.Kind != Mapping {
		r.misshapen = append(r.misshapen, n.Path)
		r.Problem(n, "write keys and values here", "this is %s, not a mapping", n.Kind)
	}
	return &Fields{r: r, At: n}
}

// Get returns the value of a key, or nil.
func (f *Fields) Get(key string) *Node {
	f.known = append(f.known, key)
	n := f.At.Lookup(key)
	if n != nil && n.Kind == Null {
		f.r.Problem(n, "add one or leave the key out", "%s has no value", key)
		return nil
	}
	return n
}

// Need is [Fields.Get] for a required key; it reports a missing one with the hint.
func (f *Fields) Need(key, hint string) *Node {
	n := f.Get(key)
	if n == nil && f.At.Kind == Mapping && f.At.Lookup(key) == nil {
		f.r.Problem(f.At, hint, "%s is missing", key)
	}
	return n
}

// Known counts keys as read.
func (f *Fields) Known(keys ...string) { f.known = append(f.known, keys...) }

// Done reports the keys that were not read.
func (f *Fields) Done() {
	for _, e := range f.At.Entries {
		if !slices.Contains(f.known, e.Key.Text) {
			f.r.Problem(e.Key, Suggest(e.Key.Text, f.known), "unknown key %s", e.Key.Text)
		}
	}
}

// Has reports whether a key is present. It does not count as reading it.
func (f *Fields) Has(key string) bool { return f.At.Lookup(key) != nil }

// Text reads a text, made safe for a screen; numbers and booleans read as written.
func (f *Fields) Text(key string) string {
	s, _ := f.r.Scalar(f.Get(key))
	return secret.CleanLine(s)
}

// Lines reads a list of texts, made safe for a screen.
func (f *Fields) Lines(key string) []string {
	var out []string
	for _, n := range f.List(key) {
		if s, ok := f.r.Scalar(n); ok {
			out = append(out, secret.CleanLine(s))
		}
	}
	return out
}

// Word reads one of the known words.
func (f *Fields) Word(key string, known ...string) string {
	return f.r.WordOf(f.Get(key), known)
}

// Flag reads a boolean; otherwise is its default.
func (f *Fields) Flag(key string, otherwise bool) bool {
	n := f.Get(key)
	if n == nil {
		return otherwise
	}
	if n.Kind != Bool {
		f.r.Problem(n, "without quotes", "%s must be true or false", key)
		return otherwise
	}
	return n.Text == "true"
}

// Duration reads a duration such as 15s, or returns 0.
func (f *Fields) Duration(key string, least, most time.Duration) time.Duration {
	n := f.Get(key)
	s, ok := f.r.Scalar(n)
	if !ok {
		return 0
	}
	t, err := time.ParseDuration(s)
	switch {
	case err != nil:
		f.r.Problem(n, "a number with a unit: 500ms, 15s, 2m, 48h", "%s is not a duration", key)
	case t < least || t > most:
		f.r.Problem(n, "from "+shortDuration(least)+" to "+shortDuration(most), "%s is out of range", key)
	default:
		return t
	}
	return 0
}

// shortDuration formats a duration without zero minutes and seconds.
func shortDuration(t time.Duration) string {
	text := t.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// List returns the items of a list, or nil without the key.
func (f *Fields) List(key string) []*Node {
	n := f.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != Sequence {
		f.r.misshapen = append(f.r.misshapen, n.Path)
		f.r.Problem(n, "start each item with a dash, or use [ ]", "%s must be a list, not %s", key, n.Kind)
		return nil
	}
	return n.Items
}

// Mappings opens the mappings in a list and reports other items.
func (f *Fields) Mappings(key string) []*Fields { return f.r.Mappings(f.List(key)) }

// Mappings is [Fields.Mappings] for the items of a list.
func (r *Reader) Mappings(list []*Node) []*Fields {
	var out []*Fields
	for _, n := range list {
		if item := r.Mapping(n); n.Kind == Mapping {
			out = append(out, item)
		}
	}
	return out
}

// Scalar returns the text of a scalar and reports other nodes; n may be nil.
func (r *Reader) Scalar(n *Node) (string, bool) {
	if n == nil {
		return "", false
	}
	switch n.Kind {
	case Text, Number, Bool:
		return n.Text, true
	}
	r.Problem(n, "", "this must be text, not %s", n.Kind)
	return "", false
}

// WordOf is [Fields.Word] for a node.
func (r *Reader) WordOf(n *Node, known []string) string {
	s, ok := r.Scalar(n)
	if !ok {
		return ""
	}
	if !slices.Contains(known, s) {
		r.Problem(n, Suggest(s, known), "unknown value %q", Clip(s))
		return ""
	}
	return s
}

// Clip shortens a quotation in a problem.
func Clip(s string) string { return prose.Clip(s, 41) }

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
