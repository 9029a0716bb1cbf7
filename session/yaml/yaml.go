// Package yaml reads YAML that people write by hand: definitions and
// tokenring.yaml. It bounds the size of a file and reports all problems in one
// list, unknown keys among them, each with its place and, if possible, a hint.
package yaml

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

// MaxFile bounds a file, in bytes.
const MaxFile = 1 << 20

// Further bounds. The parser's time grows with the square of keys and nesting,
// so both are checked before parsing.
const (
	maxLines   = 10_000
	maxKeys    = 10_000 // ": " in the text
	maxOpen    = 500    // brackets open at once
	maxDashes  = 16     // list in list on one line
	maxDepth   = 50     // of the tree
	maxAliased = 20_000 // nodes once aliases are followed
)

// Kind is the kind of a node.
type Kind string

// The kinds.
const (
	Null     Kind = "nothing"
	Text     Kind = "text"
	Number   Kind = "a number"
	Bool     Kind = "true or false"
	Sequence Kind = "a list"
	Mapping  Kind = "a mapping"
)

// style is how a text is quoted in the file; [Reader.Locate] needs it.
type style int

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleBlock
)

// Node is one value of the file, with aliases followed and merges done. All
// aliases of a node share it.
type Node struct {
	Kind    Kind
	Line    int // from 1
	Column  int // from 1, in characters
	Path    string
	Text    string  // of text, numbers and booleans as written
	Number  any     // of a number: int64, uint64 or float64
	Entries []Entry // of a mapping, in the file's order
	Items   []*Node // of a sequence

	style style
	size  int // nodes in it, itself included
}

// Entry is one key and value of a mapping.
type Entry struct {
	Key   *Node
	Value *Node
}

// Lookup returns the value of a key, or nil.
func (n *Node) Lookup(key string) *Node {
	for _, e := range n.Entries {
		if e.Key.Text == key {
			return e.Value
		}
	}
	return nil
}

// Reader turns a file into nodes and collects its problems.
type Reader struct {
	// Trusted skips the check of jq expressions: a test covers the file.
	Trusted bool
	// Large allows ten times the size: the program writes such files, with few keys in
	// each mapping.
	Large bool

	file     string
	lines    []string
	problems []Problem
	anchors  map[string]*Node
	aliased  int
	stop     bool // the whole file is rejected

	misshapen []string // paths of values that had to be a list or mapping

	queries map[string]*jq.Query // that were read: the requests of a suite have many in common
}

// New returns a Reader whose problems name the file.
func New(file string) *Reader { return &Reader{file: file} }

// Err returns all problems so far as a *Problems, or nil.
func (r *Reader) Err() error { return problemsOf(r.problems) }

// Problem reports a mistake at a node.
func (r *Reader) Problem(n *Node, hint, format string, args ...any) {
	r.ProblemAt(n.Line, n.Column, n.Path, hint, format, args...)
}

// ProblemAt reports a mistake at a place; line 0 is the whole file.
func (r *Reader) ProblemAt(line, col int, path, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: line, Column: col, Hint: secret.CleanLine(hint),
		Path: secret.CleanLine(path), Text: secret.CleanLine(fmt.Sprintf(format, args...)),
	})
}

// Misshapen reports whether a value at a path with one of these prefixes had to
// be a list or mapping, so that what it declares is unknown.
func (r *Reader) Misshapen(under ...string) bool {
	return slices.ContainsFunc(r.misshapen, func(path string) bool {
		return slices.ContainsFunc(under, func(u string) bool { return strings.HasPrefix(path, u) })
	})
}

// Faulty reports whether there is a problem below a path so far.
func (r *Reader) Faulty(path string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return strings.HasPrefix(p.Path, path+".") })
}

// Read reads the only document of a file; nil if it is invalid. begin is the
// hint for an empty file.
func (r *Reader) Read(src []byte, begin string) *Node {
	text := strings.TrimPrefix(strings.ReplaceAll(string(src), "\r\n", "\n"), "\ufeff")
	times := 1
	if r.Large {
		times = 10
	}
	if why := unreadable(text, times); why != "" {
		r.ProblemAt(0, 0, "", "", "%s", why)
		return nil
	}
	r.lines = strings.Split(text, "\n")
	file, err := parser.ParseBytes([]byte(text), 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.syntax(err)
		return nil
	}
	var docs []ast.Node
	for _, d := range file.Docs {
		if d.Body != nil {
			docs = append(docs, d.Body)
		}
	}
	switch len(docs) {
	case 0:
		r.ProblemAt(0, 0, "", begin, "the file is empty")
		return nil
	case 1:
	default:
		at := docs[1].GetToken().Position
		r.ProblemAt(at.Line, 1, "", "put it in a file of its own", "a second document in one file")
		return nil
	}
	r.anchors = map[string]*Node{}
	root := r.convert(docs[0], "", 0)
	if r.stop {
		return nil
	}
	return root
}

// unreadable returns why a text is rejected before parsing, or "". It may be so many
// times as large as others.
func unreadable(text string, times int) string {
	switch {
	case len(text) > times*MaxFile:
		return fmt.Sprintf("larger than %d MiB", times*MaxFile>>20)
	case strings.Count(text, "\n") > times*maxLines:
		return fmt.Sprintf("more than %d lines", times*maxLines)
	case strings.Count(text, ": ")+strings.Count(text, ":\n") > times*maxKeys:
		return fmt.Sprintf("more than %d keys", times*maxKeys)
	case strings.Contains(text, strings.Repeat("- ", maxDashes)):
		return "lists nested too deep"
	case strings.ContainsRune(text, 0):
		return "not a text file: save it as UTF-8"
	}
	open := 0
	for i := range len(text) {
		switch text[i] {
		case '[', '{':
			open++
		case ']', '}':
			open = max(0, open-1)
		}
		if open > maxOpen {
			return "brackets nested too deep"
		}
	}
	return ""
}

// syntax reports an error of the YAML parser.
func (r *Reader) syntax(err error) {
	line, col, text := 0, 0, "cannot be read as YAML"
	var at yaml.Error
	if errors.As(err, &at) {
		text = at.GetMessage()
		if tk := at.GetToken(); tk != nil && tk.Position != nil {
			line, col = tk.Position.Line, tk.Position.Column
		}
	}
	r.ProblemAt(line, col, "", r.syntaxHint(line, text), "not YAML: %s", text)
}

// syntaxHint guesses the cause: a tab, an open quote, a wrong indentation, or a
// text that needs quotes.
func (r *Reader) syntaxHint(line int, text string) string {
	const quote = `quote text that holds ": " or " #", and inside [ ] and { } also brackets, commas and ${…}`
	if line < 1 || line > len(r.lines) {
		return quote
	}
	this := r.lines[line-1]
	if indent := this[:len(this)-len(strings.TrimLeft(this, " \t"))]; strings.Contains(indent, "\t") {
		return "indent with spaces, not tabs"
	}
	if open := r.openQuote(line); open > 0 {
		return fmt.Sprintf("close the quote on line %d", open)
	}
	if strings.Contains(text, "not allowed in this context") {
		return "align the line with its neighbours; " + quote
	}
	return quote
}

// openQuote returns the first line, up to the given one, whose value opens a
// double quote without closing it, or 0.
func (r *Reader) openQuote(line int) int {
	for i, one := range r.lines[:line] {
		value := strings.TrimLeft(one, " -")
		if _, after, ok := strings.Cut(value, ": "); ok {
			value = strings.TrimLeft(after, " ")
		}
		if strings.HasPrefix(value, `"`) && strings.Count(strings.ReplaceAll(value, `\"`, ""), `"`)%2 == 1 {
			return i + 1
		}
	}
	return 0
}

func (r *Reader) convert(n ast.Node, path string, depth int) *Node {
	out := r.blank(n, path)
	if depth > maxDepth {
		r.refuse(out, "nested deeper than %d levels", maxDepth)
	}
	if r.stop {
		return out
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		r.convertMapping(out, n, depth)
	case *ast.MappingValueNode:
		r.convertMapping(out, &ast.MappingNode{Values: []*ast.MappingValueNode{n}}, depth)
	case *ast.SequenceNode:
		out.Kind = Sequence
		for i, v := range n.Values {
			item := r.convert(v, path+"["+strconv.Itoa(i)+"]", depth+1)
			out.Items, out.size = append(out.Items, item), out.size+item.size
		}
	case *ast.AnchorNode:
		value := r.convert(n.Value, path, depth)
		r.anchors[n.Name.GetToken().Value] = value
		return value
	case *ast.AliasNode:
		return r.convertAlias(out, n)
	default:
		r.convertScalar(out, n)
	}
	return out
}

// blank returns an empty node with its place.
func (r *Reader) blank(n ast.Node, path string) *Node {
	out := &Node{Kind: Null, Path: path, size: 1, Line: 1, Column: 1}
	tk := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		tk = m.Values[0].Key.GetToken()
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		tk = m.Key.GetToken()
	}
	if tk != nil && tk.Position != nil {
		out.Line, out.Column = tk.Position.Line, max(1, tk.Position.Column)
	}
	return out
}

// refuse rejects the file.
func (r *Reader) refuse(at *Node, format string, args ...any) {
	if !r.stop {
		r.Problem(at, "", format, args...)
		r.stop = true
	}
}

func (r *Reader) convertAlias(out *Node, n *ast.AliasNode) *Node {
	name := n.Value.GetToken().Value
	target, ok := r.anchors[name]
	if !ok {
		r.Problem(out, "define the anchor before its aliases: &"+name, "unknown anchor %s", name)
		return out
	}
	r.aliased += target.size
	if r.aliased > maxAliased {
		r.refuse(out, "aliases make this file too large")
	}
	return target
}

func (r *Reader) convertMapping(out *Node, n *ast.MappingNode, depth int) {
	out.Kind = Mapping
	var merged []*Node
	for _, v := range n.Values {
		if v.Key.IsMergeKey() {
			merged = append(merged, r.convert(v.Value, out.Path+".<<", depth+1))
			continue
		}
		key := r.key(v.Key, out.Path)
		if key == nil {
			continue
		}
		value := r.convert(v.Value, join(out.Path, key.Text), depth+1)
		if out.Lookup(key.Text) != nil {
			r.Problem(key, "keep one", "duplicate key %s", key.Text)
			continue
		}
		out.Entries, out.size = append(out.Entries, Entry{key, value}), out.size+value.size+1
	}
	for _, m := range merged {
		r.merge(out, m)
	}
}

// merge adds the entries of a `<<` that the mapping itself lacks.
func (r *Reader) merge(out, from *Node) {
	switch from.Kind {
	case Mapping:
		for _, e := range from.Entries {
			if out.Lookup(e.Key.Text) == nil {
				out.Entries, out.size = append(out.Entries, e), out.size+e.Value.size+1
			}
		}
		if out.size > maxAliased {
			r.refuse(out, "aliases make this file too large")
		}
	case Sequence:
		for _, one := range from.Items {
			if one.Kind == Sequence {
				r.Problem(one, "", "<< takes mappings")
				continue
			}
			r.merge(out, one)
		}
	default:
		r.Problem(from, "write <<: *anchor", "<< takes a mapping, not %s", from.Kind)
	}
}

// key reads the key of an entry; nil if it is not text.
func (r *Reader) key(k ast.MapKeyNode, path string) *Node {
	out := r.blank(k, path)
	r.convertScalar(out, k)
	switch out.Kind {
	case Text, Number, Bool:
		return out
	}
	r.Problem(out, "", "a key must be text")
	return nil
}

func (r *Reader) convertScalar(out *Node, n ast.Node) {
	tk := n.GetToken()
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		out.Kind, out.Text = Text, n.Value
		switch tk.Type {
		case token.SingleQuoteType:
			out.style = styleSingle
		case token.DoubleQuoteType:
			out.style = styleDouble
		}
	case *ast.LiteralNode:
		out.Kind, out.Text, out.style = Text, n.Value.Value, styleBlock
	case *ast.IntegerNode:
		out.Kind, out.Text, out.Number = Number, tk.Value, n.Value
	case *ast.FloatNode:
		out.Kind, out.Text, out.Number = Number, tk.Value, n.Value
	case *ast.InfinityNode, *ast.NanNode:
		out.Kind, out.Text = Text, tk.Value
	case *ast.BoolNode:
		out.Kind, out.Text = Bool, strings.ToLower(tk.Value)
	case *ast.TagNode:
		r.Problem(out, "quote a value to make it text", "tags such as %s are not supported", tk.Value)
	default:
		r.Problem(out, "", "this kind of YAML is not supported")
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
