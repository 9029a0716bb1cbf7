package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"
)

// node is a value of a JSON text that knows where it stands.
type node struct {
	from, to int // bytes of the text
	value    any // string, json.Number, bool, nil, or one of the two below
	members  []member
	items    []*node
	object   bool
	list     bool
}

type member struct {
	name string
	node *node
}

// get gives a member; nil where there is none, or n is no object.
func (n *node) get(names ...string) *node {
	for _, name := range names {
		if n == nil {
			return nil
		}
		var found *node
		for i := range n.members {
			if n.members[i].name == name {
				found = n.members[i].node
			}
		}
		n = found
	}
	return n
}

// text is a string, or a number or boolean as written; else "".
func (n *node) text() string {
	if n == nil {
		return ""
	}
	switch v := n.value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

func (n *node) isTrue() bool { return n != nil && n.value == true }

func (n *node) isFalse() bool { return n != nil && n.value == false }

// list gives the items of a list; none of anything else.
func (n *node) all() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// document is a JSON text with its nodes.
type document struct {
	at    place
	data  []byte
	root  *node
	lines []int // where each begins; made when first asked for
}

// place is where a node stands in the file.
func (d *document) place(n *node) place {
	at := d.at
	if n == nil {
		return at
	}
	if d.lines == nil {
		d.lines = []int{0}
		for i, c := range d.data {
			if c == '\n' {
				d.lines = append(d.lines, i+1)
			}
		}
	}
	line, _ := slices.BinarySearch(d.lines, n.from+1)
	at.line = line
	before := d.data[d.lines[line-1]:n.from]
	if at.column = 1 + len(before); len(before) < longLine {
		at.column = 1 + utf8.RuneCount(before)
	}
	return at
}

// longLine is one of a file that is all one line, where nobody counts
// characters.
const longLine = 64 << 10

func lineColumn(data []byte, offset int) (line, column int) {
	before := data[:max(0, min(offset, len(data)))]
	return 1 + bytes.Count(before, []byte("\n")), 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
}

// parseJSON reads a whole JSON text.
func parseJSON(at place, data []byte) (*document, error) {
	d := &document{at: at, data: data}
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		offset := len(data)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			offset = max(0, int(syntax.Offset)-1)
		}
		at.line, at.column = lineColumn(data, offset)
		return nil, fault(at, "export it again, whole", "not JSON: %v", err)
	}
	r := &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data))}
	r.dec.UseNumber()
	d.root = r.read(r.token())
	return d, nil
}

// jsonReader builds nodes from a text that is known to be JSON.
type jsonReader struct {
	data []byte
	dec  *json.Decoder
	from int // of the last token
}

func (r *jsonReader) token() json.Token {
	r.from = int(r.dec.InputOffset())
	for r.from < len(r.data) && strings.IndexByte(" \t\r\n:,", r.data[r.from]) >= 0 {
		r.from++
	}
	t, err := r.dec.Token()
	if err != nil {
		return nil
	}
	return t
}

func (r *jsonReader) read(t json.Token) *node {
	n := &node{from: r.from}
	switch t {
	case json.Delim('{'):
		n.object = true
		for r.dec.More() {
			name, _ := r.token().(string)
			n.members = append(n.members, member{name, r.read(r.token())})
		}
		r.token()
	case json.Delim('['):
		n.list = true
		for r.dec.More() {
			n.items = append(n.items, r.read(r.token()))
		}
		r.token()
	default:
		n.value = t
	}
	n.to = int(r.dec.InputOffset())
	return n
}

// json reads a HAR, or keeps a collection until all variables are known.
func (p *parser) json(at place, data []byte, kind Kind) error {
	d, err := parseJSON(at, data)
	if err != nil {
		return err
	}
	switch {
	case d.root.get("log", "entries") != nil:
		return p.har(d)
	case kind == HAR:
		return fault(at, "", "this is no HAR: it has no log.entries")
	case d.root.get("item") != nil || d.root.get("collection", "item") != nil:
		p.collection = true
		p.later = append(p.later, func() error { return p.postman(d) })
		return nil
	case d.root.get("values") != nil:
		return p.environment(d)
	}
	return fault(at, adviceFor(data), "this JSON is neither a HAR nor a Postman collection or environment")
}
