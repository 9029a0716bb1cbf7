package backend

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"tokenring/session/secret"
)

// What a definition file may measure. The YAML parser's own time grows with
// the square of keys and nesting, so both are bounded before it sees the text.
const (
	maxFile    = 1 << 20 // bytes
	maxLines   = 10_000
	maxKeys    = 10_000 // ": " in the text
	maxOpen    = 500    // brackets open at once
	maxDashes  = 16     // list in list on one line
	maxDepth   = 50     // of the tree
	maxAliased = 20_000 // nodes once aliases are followed
)

// kind is what a node of the file is.
type kind string

const (
	kindNull     kind = "nothing"
	kindText     kind = "text"
	kindNumber   kind = "a number"
	kindBool     kind = "true or false"
	kindSequence kind = "a list"
	kindMapping  kind = "a mapping"
)

// style is how a text stands in the file; it decides where inside the file a
// byte of the text is.
type style int

const (
	stylePlain style = iota
	styleSingle
	styleDouble
	styleBlock
)

// node is one value of the file, aliases followed and merges done. Nodes that
// an alias names are shared.
type node struct {
	kind      kind
	line, col int
	path      string
	text      string // of text, numbers and booleans as written
	number    any    // of a number: int64, uint64 or float64
	style     style
	entries   []entry // of a mapping, in the file's order
	items     []*node // of a sequence
	size      int     // nodes in it, itself included
}

// entry is one key of a mapping with its value.
type entry struct {
	key   *node
	value *node
}

// lookup finds the value of a key.
func (n *node) lookup(key string) *node {
	for _, e := range n.entries {
		if e.key.text == key {
			return e.value
		}
	}
	return nil
}

// reader turns a file into nodes and gathers what is wrong with it.
type reader struct {
	file     string
	lines    []string
	problems []Problem
	anchors  map[string]*node
	aliased  int
	stop     bool // the file is refused as a whole
}

// problem notes what is wrong at a node.
func (r *reader) problem(n *node, hint, format string, args ...any) {
	r.problemAt(n.line, n.col, n.path, hint, format, args...)
}

func (r *reader) problemAt(line, col int, path, hint, format string, args ...any) {
	r.problems = append(r.problems, Problem{
		File: r.file, Line: line, Column: col, Hint: secret.CleanLine(hint),
		Path: secret.CleanLine(path), Text: secret.CleanLine(fmt.Sprintf(format, args...)),
	})
}

// readYAML reads the one document of a file; nil when it cannot be read.
func (r *reader) readYAML(src []byte) *node {
	text := strings.TrimPrefix(strings.ReplaceAll(string(src), "\r\n", "\n"), "\ufeff")
	if why := unreadable(text); why != "" {
		r.problemAt(0, 0, "", "", "%s", why)
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
		r.problemAt(0, 0, "", "begin with name: and base_url:", "the file is empty")
		return nil
	case 1:
	default:
		at := docs[1].GetToken().Position
		r.problemAt(at.Line, 1, "", "put it in a file of its own", "a second document in one file")
		return nil
	}
	r.anchors = map[string]*node{}
	root := r.convert(docs[0], "", 0)
	if r.stop {
		return nil
	}
	return root
}

// unreadable says why a text is refused before the YAML parser sees it; "" when
// it is not.
func unreadable(text string) string {
	switch {
	case len(text) > maxFile:
		return "larger than 1 MiB"
	case strings.Count(text, "\n") > maxLines:
		return fmt.Sprintf("more than %d lines", maxLines)
	case strings.Count(text, ": ")+strings.Count(text, ":\n") > maxKeys:
		return fmt.Sprintf("more than %d keys", maxKeys)
	case strings.Contains(text, strings.Repeat("- ", maxDashes)):
		return "lists nested too deep"
	case strings.ContainsRune(text, 0):
		return "not a text file"
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

// syntax notes the YAML parser's own complaint.
func (r *reader) syntax(err error) {
	line, col, text := 0, 0, "cannot be read as YAML"
	var at yaml.Error
	if errors.As(err, &at) {
		text = at.GetMessage()
		if tk := at.GetToken(); tk != nil && tk.Position != nil {
			line, col = tk.Position.Line, tk.Position.Column
		}
	}
	r.problemAt(line, col, "", "quote text that holds \": \" or \" #\", and inside [ ] and { } also brackets, commas and ${…}", "not YAML: %s", text)
}

// convert turns a node of the parser into one of ours.
func (r *reader) convert(n ast.Node, path string, depth int) *node {
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
		out.kind = kindSequence
		for i, v := range n.Values {
			item := r.convert(v, path+"["+strconv.Itoa(i)+"]", depth+1)
			out.items, out.size = append(out.items, item), out.size+item.size
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

// blank is a node with its place and nothing in it.
func (r *reader) blank(n ast.Node, path string) *node {
	out := &node{kind: kindNull, path: path, size: 1, line: 1, col: 1}
	tk := n.GetToken()
	if m, ok := n.(*ast.MappingNode); ok && !m.IsFlowStyle && len(m.Values) > 0 {
		tk = m.Values[0].Key.GetToken()
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		tk = m.Key.GetToken()
	}
	if tk != nil && tk.Position != nil {
		out.line, out.col = tk.Position.Line, max(1, tk.Position.Column)
	}
	return out
}

// refuse gives up the file.
func (r *reader) refuse(at *node, format string, args ...any) {
	if !r.stop {
		r.problem(at, "", format, args...)
		r.stop = true
	}
}

func (r *reader) convertAlias(out *node, n *ast.AliasNode) *node {
	name := n.Value.GetToken().Value
	target, ok := r.anchors[name]
	if !ok {
		r.problem(out, "an anchor stands before its aliases: &"+name, "nothing is anchored as %s", name)
		return out
	}
	r.aliased += target.size
	if r.aliased > maxAliased {
		r.refuse(out, "aliases make this file grow beyond measure")
	}
	return target
}

func (r *reader) convertMapping(out *node, n *ast.MappingNode, depth int) {
	out.kind = kindMapping
	var merged []*node
	for _, v := range n.Values {
		if v.Key.IsMergeKey() {
			merged = append(merged, r.convert(v.Value, out.path+".<<", depth+1))
			continue
		}
		key := r.key(v.Key, out.path)
		if key == nil {
			continue
		}
		value := r.convert(v.Value, join(out.path, key.text), depth+1)
		if out.lookup(key.text) != nil {
			r.problem(key, "keep one", "%s stands here twice", key.text)
			continue
		}
		out.entries, out.size = append(out.entries, entry{key, value}), out.size+value.size+1
	}
	for _, m := range merged {
		r.merge(out, m)
	}
}

// merge adds the entries of a `<<` that the mapping does not have itself.
func (r *reader) merge(out, from *node) {
	switch from.kind {
	case kindMapping:
		for _, e := range from.entries {
			if out.lookup(e.key.text) == nil {
				out.entries, out.size = append(out.entries, e), out.size+e.value.size+1
			}
		}
		if out.size > maxAliased {
			r.refuse(out, "aliases make this file grow beyond measure")
		}
	case kindSequence:
		for _, one := range from.items {
			if one.kind == kindSequence {
				r.problem(one, "", "<< takes mappings")
				continue
			}
			r.merge(out, one)
		}
	default:
		r.problem(from, "write <<: *anchor", "<< takes a mapping, this is %s", from.kind)
	}
}

// key reads the key of an entry, which is text; nil when it is not.
func (r *reader) key(k ast.MapKeyNode, path string) *node {
	out := r.blank(k, path)
	r.convertScalar(out, k)
	switch out.kind {
	case kindText, kindNumber, kindBool:
		return out
	}
	r.problem(out, "", "a key must be text")
	return nil
}

func (r *reader) convertScalar(out *node, n ast.Node) {
	tk := n.GetToken()
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.StringNode:
		out.kind, out.text = kindText, n.Value
		switch tk.Type {
		case token.SingleQuoteType:
			out.style = styleSingle
		case token.DoubleQuoteType:
			out.style = styleDouble
		}
	case *ast.LiteralNode:
		out.kind, out.text, out.style = kindText, n.Value.Value, styleBlock
	case *ast.IntegerNode:
		out.kind, out.text, out.number = kindNumber, tk.Value, n.Value
	case *ast.FloatNode:
		out.kind, out.text, out.number = kindNumber, tk.Value, n.Value
	case *ast.InfinityNode, *ast.NanNode:
		out.kind, out.text = kindText, tk.Value
	case *ast.BoolNode:
		out.kind, out.text = kindBool, strings.ToLower(tk.Value)
	case *ast.TagNode:
		r.problem(out, "quote a value to make it text", "tags such as %s are not used here", tk.Value)
	default:
		r.problem(out, "", "this kind of YAML is not used here")
	}
}

// join names a key below a path.
func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
