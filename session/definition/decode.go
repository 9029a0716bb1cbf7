package definition

import (
	"tokenring/session/jq"
	"tokenring/session/yaml"
)

// fields reads the keys of one mapping of a definition.
type fields struct {
	*yaml.Fields
	d *decoder
}

// mapping opens a mapping; what is not one is a problem and has no keys.
func (d *decoder) mapping(n *yaml.Node) *fields {
	return &fields{d.Mapping(n), d}
}

// name reads the name that a mapping needs and adds it to those taken; "" where
// it cannot be one. what is named so in a problem.
func (f *fields) name(what, hint string, valid func(*yaml.Node, string) bool, taken *[]string) string {
	at := f.Need("name", hint)
	s, ok := f.d.Scalar(at)
	if !ok || !valid(at, s) {
		return ""
	}
	*taken = f.d.unique(at, what, s, *taken)
	return s
}

// jq reads a bare jq expression.
func (f *fields) jq(key string, s *scope) *jq.Query {
	return f.d.query(f.Get(key), s)
}

// template reads a text with ${…}.
func (f *fields) template(key string, s *scope) *jq.Template {
	return f.d.template(f.Get(key), s)
}

// pairs reads a mapping of templates to templates, in the file's order.
func (f *fields) pairs(key string, s *scope) []Pair {
	n := f.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.Mapping {
		f.d.Problem(n, "write name: value", "%s must be a mapping, this is %s", key, n.Kind)
		return nil
	}
	var out []Pair
	for _, e := range n.Entries {
		name, value := f.d.template(e.Key, s), f.d.template(e.Value, s)
		if name != nil && value != nil {
			out = append(out, Pair{Name: name, Value: value})
		}
	}
	return out
}

// query reads a bare jq expression and remembers it.
func (d *decoder) query(n *yaml.Node, s *scope) *jq.Query {
	q := d.Query(n)
	if q != nil {
		d.lint.readings = append(d.lint.readings, reading{at: n, scope: s, queries: []*jq.Query{q}})
	}
	return q
}

// template reads a text with ${…} and remembers it.
func (d *decoder) template(n *yaml.Node, s *scope) *jq.Template {
	t := d.Template(n)
	if t != nil {
		d.lint.readings = append(d.lint.readings, reading{at: n, scope: s, queries: t.Queries(), template: t})
	}
	return t
}
