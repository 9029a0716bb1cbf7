package yaml

import (
	"slices"
	"strings"
	"time"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Fields reads the keys of one mapping and remembers which were asked for, so
// that Done can name those that mean nothing.
type Fields struct {
	r     *Reader
	At    *Node
	known []string
}

// Mapping opens a mapping. A node that is nil or no mapping has no keys; the
// latter is a problem.
func (r *Reader) Mapping(n *Node) *Fields {
	if n == nil {
		n = &Node{}
	} else if n.Kind != Mapping {
		r.misshapen = append(r.misshapen, n.Path)
		r.Problem(n, "write keys and values here", "this is %s, not a mapping", n.Kind)
	}
	return &Fields{r: r, At: n}
}

// Get returns the value of a key; nil when it is not there.
func (f *Fields) Get(key string) *Node {
	f.known = append(f.known, key)
	n := f.At.Lookup(key)
	if n != nil && n.Kind == Null {
		f.r.Problem(n, "give it one or leave the key out", "%s has no value", key)
		return nil
	}
	return n
}

// Need is Get for what may not be missing.
func (f *Fields) Need(key, hint string) *Node {
	n := f.Get(key)
	if n == nil && f.At.Kind == Mapping && f.At.Lookup(key) == nil {
		f.r.Problem(f.At, hint, "%s is missing", key)
	}
	return n
}

// Done reports the keys that nothing read.
func (f *Fields) Done() {
	for _, e := range f.At.Entries {
		if !slices.Contains(f.known, e.Key.Text) {
			f.r.Problem(e.Key, Suggest(e.Key.Text, f.known), "unknown key %s", e.Key.Text)
		}
	}
}

// Has reports whether a key is written, without asking for it.
func (f *Fields) Has(key string) bool { return f.At.Lookup(key) != nil }

// Text reads a text for people, fit for a screen; numbers and booleans count as
// they are written.
func (f *Fields) Text(key string) string {
	s, _ := f.r.Scalar(f.Get(key))
	return secret.CleanLine(s)
}

// Lines reads a list of texts for people.
func (f *Fields) Lines(key string) []string {
	var out []string
	for _, n := range f.List(key) {
		if s, ok := f.r.Scalar(n); ok {
			out = append(out, secret.CleanLine(s))
		}
	}
	return out
}

// Word reads a text that must be one of the known words.
func (f *Fields) Word(key string, known ...string) string {
	return f.r.WordOf(f.Get(key), known)
}

// Flag reads true or false.
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

// Duration reads a length of time such as 15s.
func (f *Fields) Duration(key string, least, most time.Duration) time.Duration {
	n := f.Get(key)
	s, ok := f.r.Scalar(n)
	if !ok {
		return 0
	}
	t, err := time.ParseDuration(s)
	switch {
	case err != nil:
		f.r.Problem(n, "a number with a unit: 500ms, 15s, 2m, 48h", "%s is not a length of time", key)
	case t < least || t > most:
		f.r.Problem(n, "from "+shortDuration(least)+" to "+shortDuration(most), "%s is out of bounds", key)
	default:
		return t
	}
	return 0
}

// shortDuration writes a duration without the zeros of time.Duration.
func shortDuration(t time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(t.String(), "0s"), "0m")
}

// List reads a list; nil when the key is not there.
func (f *Fields) List(key string) []*Node {
	n := f.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != Sequence {
		f.r.misshapen = append(f.r.misshapen, n.Path)
		f.r.Problem(n, "begin each entry with a dash, or use [ ]", "%s must be a list, this is %s", key, n.Kind)
		return nil
	}
	return n.Items
}

// Mappings opens the mappings of a list. Anything else in it is a problem.
func (f *Fields) Mappings(key string) []*Fields {
	var out []*Fields
	for _, n := range f.List(key) {
		if one := f.r.Mapping(n); n.Kind == Mapping {
			out = append(out, one)
		}
	}
	return out
}

// Scalar returns the text of a text, number or boolean; nothing where n is nil.
func (r *Reader) Scalar(n *Node) (string, bool) {
	if n == nil {
		return "", false
	}
	switch n.Kind {
	case Text, Number, Bool:
		return n.Text, true
	}
	r.Problem(n, "", "this must be text, it is %s", n.Kind)
	return "", false
}

// WordOf reads one of the known words.
func (r *Reader) WordOf(n *Node, known []string) string {
	s, ok := r.Scalar(n)
	if !ok {
		return ""
	}
	if !slices.Contains(known, s) {
		r.Problem(n, Suggest(s, known), "%q is not known here", Clip(s))
		return ""
	}
	return s
}

// Clip shortens what is quoted in a problem.
func Clip(s string) string {
	return prose.Clip(s, 41)
}
