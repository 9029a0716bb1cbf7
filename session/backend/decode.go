package backend

import (
	"errors"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"

	"tokenring/session/expr"
	"tokenring/session/secret"
)

// fields reads the keys of one mapping and remembers which were asked for, so
// that done can name those that mean nothing.
type fields struct {
	d     *decoder
	at    *node
	asked []string
}

// mapping opens a mapping; what is not one is a problem and has no keys.
func (d *decoder) mapping(n *node) *fields {
	if n.kind != kindMapping {
		d.problem(n, "write keys and values here", "this is %s, not a mapping", n.kind)
	}
	return &fields{d: d, at: n}
}

// get gives the value of a key; nil when it is not there.
func (f *fields) get(key string) *node {
	f.asked = append(f.asked, key)
	n := f.at.lookup(key)
	if n != nil && n.kind == kindNull {
		f.d.problem(n, "give it one or leave the key out", "%s has no value", key)
		return nil
	}
	return n
}

// need is get for what may not be missing.
func (f *fields) need(key, hint string) *node {
	n := f.get(key)
	if n == nil && f.at.kind == kindMapping && f.at.lookup(key) == nil {
		f.d.problem(f.at, hint, "%s is missing", key)
	}
	return n
}

// done reports the keys nobody asked for.
func (f *fields) done() {
	for _, e := range f.at.entries {
		if !slices.Contains(f.asked, e.key.text) {
			f.d.problem(e.key, suggest(e.key.text, f.asked), "unknown key %s", e.key.text)
		}
	}
}

// has reports whether a key is written, without asking for it.
func (f *fields) has(key string) bool { return f.at.lookup(key) != nil }

// text reads a text for people, fit for a screen; numbers and booleans count as
// they are written.
func (f *fields) text(key string) string {
	n := f.get(key)
	if n == nil {
		return ""
	}
	s, _ := f.d.scalar(n)
	return secret.CleanLine(s)
}

// lines reads a list of texts for people.
func (f *fields) lines(key string) []string {
	var out []string
	for _, n := range f.list(key) {
		if s, ok := f.d.scalar(n); ok {
			out = append(out, secret.CleanLine(s))
		}
	}
	return out
}

// word reads a text that must be one of the known words.
func (f *fields) word(key string, known ...string) string {
	n := f.get(key)
	if n == nil {
		return ""
	}
	return f.d.wordOf(n, known)
}

// flag reads true or false.
func (f *fields) flag(key string, otherwise bool) bool {
	n := f.get(key)
	if n == nil {
		return otherwise
	}
	if n.kind != kindBool {
		f.d.problem(n, "without quotes", "%s must be true or false", key)
		return otherwise
	}
	return n.text == "true"
}

// duration reads a length of time such as 15s.
func (f *fields) duration(key string, least, most time.Duration) time.Duration {
	n := f.get(key)
	if n == nil {
		return 0
	}
	s, ok := f.d.scalar(n)
	if !ok {
		return 0
	}
	t, err := time.ParseDuration(s)
	switch {
	case err != nil:
		f.d.problem(n, "a number with a unit: 500ms, 15s, 2m, 48h", "%s is not a length of time", key)
	case t < least || t > most:
		f.d.problem(n, "from "+shortDuration(least)+" to "+shortDuration(most), "%s is out of bounds", key)
	default:
		return t
	}
	return 0
}

// shortDuration writes a duration without the zeros of time.Duration.
func shortDuration(t time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(t.String(), "0s"), "0m")
}

// list reads a list; nil when the key is not there.
func (f *fields) list(key string) []*node {
	n := f.get(key)
	if n == nil {
		return nil
	}
	if n.kind != kindSequence {
		f.d.problem(n, "begin each entry with a dash, or use [ ]", "%s must be a list, this is %s", key, n.kind)
		return nil
	}
	return n.items
}

// jq reads a bare jq expression.
func (f *fields) jq(key string, s *scope) *expr.Query {
	n := f.get(key)
	if n == nil {
		return nil
	}
	return f.d.query(n, s)
}

// template reads a text with ${…}.
func (f *fields) template(key string, s *scope) *expr.Template {
	n := f.get(key)
	if n == nil {
		return nil
	}
	return f.d.template(n, s)
}

// pairs reads a mapping of templates to templates, in the file's order.
func (f *fields) pairs(key string, s *scope) []Pair {
	n := f.get(key)
	if n == nil {
		return nil
	}
	if n.kind != kindMapping {
		f.d.problem(n, "write name: value", "%s must be a mapping, this is %s", key, n.kind)
		return nil
	}
	var out []Pair
	for _, e := range n.entries {
		name, value := f.d.template(e.key, s), f.d.template(e.value, s)
		if name != nil && value != nil {
			out = append(out, Pair{Name: name, Value: value})
		}
	}
	return out
}

// scalar gives the text of a text, number or boolean.
func (d *decoder) scalar(n *node) (string, bool) {
	switch n.kind {
	case kindText, kindNumber, kindBool:
		return n.text, true
	}
	d.problem(n, "", "this must be text, it is %s", n.kind)
	return "", false
}

// wordOf reads one of the known words.
func (d *decoder) wordOf(n *node, known []string) string {
	s, ok := d.scalar(n)
	if !ok {
		return ""
	}
	if !slices.Contains(known, s) {
		d.problem(n, suggest(s, known), "%q is not known here", clip(s))
		return ""
	}
	return s
}

// clip shortens what is quoted in a problem.
func clip(s string) string {
	const most = 40
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// query compiles a bare jq expression and remembers what it reads.
func (d *decoder) query(n *node, s *scope) *expr.Query {
	src, ok := d.scalar(n)
	if !ok {
		return nil
	}
	if strings.TrimSpace(src) == "" {
		d.problem(n, "leave the key out", "an empty jq expression")
		return nil
	}
	q, err := expr.Compile(src)
	if err != nil {
		hint := ""
		if i := strings.Index(src, "${"); i >= 0 {
			hint = "this place takes jq itself: write .name, not ${.name}"
		}
		d.syntaxProblem(n, err, hint)
		return nil
	}
	d.reads(n, s, q.Refs())
	return q
}

// template parses a text with ${…} and remembers what it reads.
func (d *decoder) template(n *node, s *scope) *expr.Template {
	src, ok := d.scalar(n)
	if !ok {
		return nil
	}
	t, err := expr.ParseTemplate(src)
	if err != nil {
		d.syntaxProblem(n, err, "")
		return nil
	}
	d.reads(n, s, t.Refs())
	d.bareName(n, s, src)
	return t
}

// tree parses a JSON body whose texts are templates.
func (d *decoder) tree(n *node, s *scope) *expr.Tree {
	before := len(d.problems)
	value := d.treeValue(n, s)
	if len(d.problems) > before {
		return nil
	}
	t, err := expr.ParseTree(value)
	if err != nil {
		d.syntaxProblem(n, err, "")
		return nil
	}
	return t
}

// syntaxProblem notes an error of jq where it stands inside the text.
func (d *decoder) syntaxProblem(n *node, err error, hint string) {
	text, line, col := "not valid jq", n.line, n.col
	var at *expr.SyntaxError
	if errors.As(err, &at) {
		text = at.Msg
		line, col = d.locate(n, at.Offset)
		if hint == "" {
			hint = at.Hint
		}
	}
	d.problemAt(line, col, n.path, hint, "%s", text)
}

// treeValue turns a JSON body into plain values and checks each of its texts.
func (d *decoder) treeValue(n *node, s *scope) any {
	switch n.kind {
	case kindText:
		d.template(n, s)
		return n.text
	case kindNumber:
		return jsonNumber(n.number)
	case kindBool:
		return n.text == "true"
	case kindSequence:
		out := make([]any, 0, len(n.items))
		for _, item := range n.items {
			out = append(out, d.treeValue(item, s))
		}
		return out
	case kindMapping:
		out := make(map[string]any, len(n.entries))
		for _, e := range n.entries {
			d.template(e.key, s)
			out[e.key.text] = d.treeValue(e.value, s)
		}
		return out
	}
	return nil
}

// jsonNumber gives a number the type that expressions calculate with.
func jsonNumber(v any) any {
	switch v := v.(type) {
	case int64:
		return int(v)
	case uint64:
		if v <= math.MaxInt {
			return int(v)
		}
		return new(big.Int).SetUint64(v)
	}
	return v
}
