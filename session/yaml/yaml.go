// Package yaml reads YAML that people write by hand: definitions and tokenring.yaml. It
// bounds the size of a file and collects all problems, also unknown keys, each with its
// place and, if possible, a hint.
package yaml

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"tokenring/session/jq"
	"tokenring/session/secret"
)

// MaxFile bounds a file, in bytes.
const MaxFile = 1 << 20

// Bounds of the tree.
const (
	maxDepth   = 50     // levels
	maxAliased = 20_000 // nodes after aliases are resolved
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

// Node is a value in the file. Aliases and merges are resolved; all aliases of a node share
// it.
type Node struct {
	Kind    Kind
	Line    int // from 1
	Column  int // from 1, in characters
	Path    string
	Text    string  // of text, and of numbers and booleans as written
	Number  any     // of a number: int64, uint64 or float64
	Entries []Entry // of a mapping, in the file's order
	Items   []*Node // of a sequence

	style yaml.Style // of a text, for [Reader.Locate]
	size  int        // nodes in it, itself included
}

// Entry is a key of a mapping with its value.
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
	// Trusted skips the check of jq expressions, for files that a test covers.
	Trusted bool
	// Large permits ten times the size, for files that the program writes.
	Large bool

	file     string
	lines    []string
	problems []Problem
	anchors  map[*yaml.Node]*Node // converted nodes with an anchor
	last     []rune               // see chars
	lastLine int                  // from 1
	aliased  int
	stop     bool // the whole file is rejected

	misshapen []string // see Misshapen

	queries    map[string]*jq.Query // by source: the requests of a suite have many in common
	conditions map[*jq.Query]bool   // those that were judged and may stand
}

// New returns a Reader for the named file.
func New(file string) *Reader { return &Reader{file: file} }

// Err returns the problems so far as a *Problems, or nil.
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

// Misshapen reports whether a value below one of the paths is not the list or mapping it
// should be, so that its declarations are unknown.
func (r *Reader) Misshapen(under ...string) bool {
	return slices.ContainsFunc(r.misshapen, func(path string) bool {
		return slices.ContainsFunc(under, func(u string) bool { return strings.HasPrefix(path, u) })
	})
}

// Faulty reports whether there is a problem below a path so far.
func (r *Reader) Faulty(path string) bool {
	return slices.ContainsFunc(r.problems, func(p Problem) bool { return strings.HasPrefix(p.Path, path+".") })
}

// Read reads a file with one document, or returns nil if it is invalid. begin is the hint
// for an empty file.
func (r *Reader) Read(src []byte, begin string) *Node {
	text := strings.TrimPrefix(strings.ReplaceAll(string(src), "\r\n", "\n"), "\ufeff")
	most := MaxFile
	if r.Large {
		most *= 10
	}
	if len(text) > most {
		r.ProblemAt(0, 0, "", "", "larger than %d MiB", most>>20)
		return nil
	}
	r.lines = strings.Split(lineBreaks.Replace(text), "\n")
	root, err := r.document(text, begin)
	if err != nil {
		r.syntax(err)
	}
	if root == nil {
		return nil
	}
	r.anchors = map[*yaml.Node]*Node{}
	out := r.convert(root, "", 0)
	if r.stop {
		return nil
	}
	return out
}

// document parses a text with one document, or returns nil.
func (r *Reader) document(text, begin string) (root *yaml.Node, err error) {
	loader, err := yaml.NewLoader(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	for {
		var doc yaml.Node
		switch err := loader.Load(&doc); {
		case errors.Is(err, io.EOF) && root == nil:
			r.ProblemAt(0, 0, "", begin, "the file is empty")
			return nil, nil
		case errors.Is(err, io.EOF):
			return root, nil
		case err != nil:
			return nil, err
		}
		switch first := doc.Content[0]; {
		case first.Tag == "!!null" && first.Value == "":
		case root != nil:
			r.ProblemAt(doc.Line, 1, "", "move it to another file", "the file has a second document")
			return nil, nil
		default:
			root = first
		}
	}
}

func (r *Reader) convert(n *yaml.Node, path string, depth int) *Node {
	out := r.blank(n, path)
	if depth > maxDepth {
		r.refuse(out, "nested deeper than %d levels", maxDepth)
	}
	if r.stop {
		return out
	}
	if n.Style&yaml.TaggedStyle != 0 {
		r.Problem(out, "quote a value to make it text", "tags such as %s are not supported", n.Tag)
		return out
	}
	switch n.Kind {
	case yaml.MappingNode:
		r.convertMapping(out, n, depth)
	case yaml.SequenceNode:
		out.Kind = Sequence
		for i, v := range n.Content {
			item := r.convert(v, path+"["+strconv.Itoa(i)+"]", depth+1)
			out.Items, out.size = append(out.Items, item), out.size+item.size
		}
	case yaml.AliasNode:
		return r.convertAlias(out, n)
	default:
		r.convertScalar(out, n)
	}
	if n.Anchor != "" {
		r.anchors[n] = out
	}
	return out
}

// blank returns an empty node at the place of n, after its anchor.
func (r *Reader) blank(n *yaml.Node, path string) *Node {
	out := &Node{Kind: Null, Path: path, size: 1, Line: max(1, n.Line), Column: max(1, n.Column)}
	if n.Anchor == "" {
		return out
	}
	if n.Kind == yaml.MappingNode && n.Style&yaml.FlowStyle == 0 && len(n.Content) > 0 {
		out.Line, out.Column = n.Content[0].Line, n.Content[0].Column
		return out
	}
	chars := r.chars(out.Line - 1)
	out.Column += 1 + utf8.RuneCountInString(n.Anchor)
	for out.Column <= len(chars) && chars[out.Column-1] == ' ' {
		out.Column++
	}
	return out
}

// refuse rejects the file with a problem.
func (r *Reader) refuse(at *Node, format string, args ...any) {
	if !r.stop {
		r.Problem(at, "", format, args...)
		r.stop = true
	}
}

func (r *Reader) convertAlias(out *Node, n *yaml.Node) *Node {
	target, ok := r.anchors[n.Alias]
	if !ok {
		r.Problem(out, "define the anchor before its aliases: &"+n.Value, "unknown anchor %s", n.Value)
		return out
	}
	r.aliased += target.size
	if r.aliased > maxAliased {
		r.refuse(out, "aliases make this file too large")
	}
	return target
}

func (r *Reader) convertMapping(out *Node, n *yaml.Node, depth int) {
	out.Kind = Mapping
	var merged []*Node
	seen := make(map[string]bool, len(n.Content)/2)
	for pair := range slices.Chunk(n.Content, 2) {
		if pair[0].Tag == "!!merge" {
			merged = append(merged, r.convert(pair[1], out.Path+".<<", depth+1))
			continue
		}
		key := r.key(pair[0], out.Path)
		if key == nil {
			continue
		}
		value := r.convert(pair[1], join(out.Path, key.Text), depth+1)
		if seen[key.Text] {
			r.Problem(key, "keep one", "duplicate key %s", key.Text)
			continue
		}
		if n.Style&yaml.FlowStyle != 0 && strings.Contains(key.Text, ":") && pair[0].Style == 0 && value.Kind == Null {
			r.Problem(key, "write a space after the colon", "%s has no value", Clip(key.Text))
		}
		seen[key.Text] = true
		out.Entries, out.size = append(out.Entries, Entry{key, value}), out.size+value.size+1
	}
	for _, m := range merged {
		r.merge(out, m, seen)
	}
}

// merge adds the entries of a `<<` whose keys have not been seen.
func (r *Reader) merge(out, from *Node, seen map[string]bool) {
	switch from.Kind {
	case Mapping:
		for _, e := range from.Entries {
			if !seen[e.Key.Text] {
				seen[e.Key.Text] = true
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
			r.merge(out, one, seen)
		}
	default:
		r.Problem(from, "write <<: *anchor", "<< takes a mapping, not %s", from.Kind)
	}
}

// key reads the key of an entry, or returns nil if it is not text.
func (r *Reader) key(k *yaml.Node, path string) *Node {
	out := r.convert(k, path, 0)
	switch out.Kind {
	case Text, Number, Bool:
		return out
	}
	r.Problem(out, "", "a key must be text")
	return nil
}

func (r *Reader) convertScalar(out *Node, n *yaml.Node) {
	out.Kind, out.Text, out.style = Text, n.Value, n.Style
	switch n.Tag {
	case "!!null":
		out.Kind, out.Text = Null, ""
	case "!!bool":
		out.Kind, out.Text = Bool, strings.ToLower(n.Value)
	case "!!int", "!!float":
		var number any
		if n.Decode(&number) != nil {
			return
		}
		switch v := number.(type) {
		case int:
			number = int64(v)
		case float64: // infinity is text, as is an integer that would lose digits; -0 is a float
			if math.IsInf(v, 0) || math.IsNaN(v) || v != 0 && !strings.ContainsAny(n.Value, ".eE") {
				return
			}
		}
		out.Kind, out.Number = Number, number
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
