package yaml

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tokenring/session/prose"
)

// At returns the value at a path of keys, or nil; n may be nil. Inlined at each of its many calls,
// its two loops would make 70 KB of code.
//
//go:noinline
func (n *Node) At(keys ...string) *Node {
	for _, key := range keys {
		if n == nil {
			return nil
		}
		n = n.Lookup(key)
	}
	return n
}

// Written returns the text of a scalar as written, or ""; n may be nil.
func (n *Node) Written() string {
	if n == nil {
		return ""
	}
	return n.Text
}

// Is reports whether n is the boolean value, "true" or "false"; n may be nil.
func (n *Node) Is(value string) bool { return n != nil && n.Kind == Bool && n.Text == value }

// All returns the items of a sequence; n may be nil.
func (n *Node) All() []*Node {
	if n == nil {
		return nil
	}
	return n.Items
}

// Members returns the entries of a mapping; n may be nil.
func (n *Node) Members() []Entry {
	if n == nil {
		return nil
	}
	return n.Entries
}

// Stream receives the items of the sequence at a path of keys one by one. The tree does not
// contain them.
type Stream struct {
	Path string // such as log.entries
	Item func(*Node)
}

// JSON reads a JSON text of any size that a program wrote, or returns nil if it is invalid.
// Its nodes have no Path and no Number.
func (r *Reader) JSON(src []byte, s Stream) *Node {
	j := &jsonReader{dec: jsontext.NewDecoder(bytes.NewBuffer(src), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true)), stream: s, lines: prose.NewLines(src)}
	root, err := j.read("")
	if err == nil {
		if _, err = j.dec.ReadToken(); errors.Is(err, io.EOF) {
			return root
		}
	}
	offset, problem := int(j.dec.InputOffset()), errors.New("text after its end")
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		offset, problem = int(syntax.ByteOffset), syntax.Err
	case errors.Is(err, io.EOF):
		problem = io.ErrUnexpectedEOF
	}
	line, column := j.lines.Position(offset)
	r.ProblemAt(line, column, "", "export it again", "not JSON: %v", problem)
	return nil
}

// jsonReader reads JSON and counts lines.
type jsonReader struct {
	dec    *jsontext.Decoder
	stream Stream
	lines  *prose.Lines
}

// node returns a node at a place.
func (j *jsonReader) node(kind Kind, offset int) *Node {
	line, column := j.lines.Position(offset)
	return &Node{Line: line, Column: column, Kind: kind, size: 1}
}

// below returns the path of a member, or "-" if it is not on the path of the stream.
func (j *jsonReader) below(path, key string) string {
	if path = join(path, key); key == "" || !strings.HasPrefix(j.stream.Path, path) {
		return "-"
	}
	return path
}

// read reads the next value.
func (j *jsonReader) read(path string) (*Node, error) {
	kind := j.dec.PeekKind()
	if kind != '{' && kind != '[' {
		raw, err := j.dec.ReadValue()
		n := j.node(Null, int(j.dec.InputOffset())-len(raw))
		switch raw.Kind() {
		case '"':
			text, _ := jsontext.AppendUnquote(nil, raw) // it only reports invalid UTF-8
			n.Kind, n.Text = Text, string(text)
		case 't', 'f':
			n.Kind, n.Text = Bool, string(raw)
		case '0':
			n.Kind, n.Text = Number, string(raw)
		}
		return n, err
	}
	_, err := j.dec.ReadToken()
	n := j.node(Sequence, int(j.dec.InputOffset())-1)
	if kind == '{' {
		n.Kind = Mapping
	}
	for err == nil && j.dec.PeekKind() != kind+2 { // in ASCII, ] is [ + 2 and } is { + 2
		key := ""
		if n.Kind == Mapping {
			t, _ := j.dec.ReadToken() // reading the value returns the same error
			key = t.String()
		}
		var value *Node
		value, err = j.read(j.below(path, key))
		switch {
		case n.Kind == Mapping:
			n.Entries = append(n.Entries, Entry{&Node{Kind: Text, Text: key}, value})
		case j.stream.Item != nil && path == j.stream.Path:
			j.stream.Item(value)
		default:
			n.Items = append(n.Items, value)
		}
	}
	if err == nil {
		_, err = j.dec.ReadToken()
	}
	return n, err
}
