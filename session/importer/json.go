package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// node is a value of a JSON text with its position.
type node struct {
	from, to int // bytes of the text
	value    any // string, json.Number, bool, nil, or one of the two below
	members  []member
	items    []*node
	object   bool
	list     bool
	bare     bool // value is a number as it is written
}

type member struct {
	name string
	node *node
}

// get returns a member, or nil.
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

// text returns a string, or a number or boolean as written; else "".
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

// all returns the items of a list, or nil.
func (n *node) all() []*node {
	if n == nil {
		return nil
	}
	return n.items
}

// document is a JSON text with its nodes.
type document struct {
	text
	root *node
	yaml bool // nodes have their line and column in place of bytes
}

// place returns the position of a node in the file.
func (d *document) place(n *node) place {
	switch {
	case n == nil:
		return d.at
	case d.yaml:
		at := d.at
		at.line, at.column = n.from, n.to
		return at
	}
	return d.text.place(n.from)
}

// parseJSON reads a whole JSON text.
func parseJSON(at place, data []byte) (*document, error) {
	d := &document{text: text{at: at, data: data}}
	dec := jsontext.NewDecoder(bytes.NewBuffer(data), jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	var err error
	if d.root, err = readNode(dec); err == nil {
		if _, err = dec.ReadToken(); errors.Is(err, io.EOF) {
			return d, nil
		}
	}
	offset, problem := int(dec.InputOffset()), errors.New("something follows its end")
	var syntax *jsontext.SyntacticError
	switch {
	case errors.As(err, &syntax):
		offset, problem = int(syntax.ByteOffset), syntax.Err
	case errors.Is(err, io.EOF):
		problem = io.ErrUnexpectedEOF
	}
	return nil, fault(d.text.place(offset), "export it again, whole", "not JSON: %v", problem)
}

// readNode reads the next value with all that is in it.
func readNode(dec *jsontext.Decoder) (*node, error) {
	n := &node{}
	kind := dec.PeekKind()
	if kind != '{' && kind != '[' {
		v, err := dec.ReadValue()
		n.to = int(dec.InputOffset())
		n.from, n.value = n.to-len(v), scalar(v)
		return n, err
	}
	n.object, n.list = kind == '{', kind == '['
	_, err := dec.ReadToken()
	n.from = int(dec.InputOffset()) - 1
	for err == nil && dec.PeekKind() != kind+2 { // in ASCII, ] is [ + 2 and } is { + 2
		name := ""
		if n.object {
			t, _ := dec.ReadToken() // what is wrong here is wrong for the value too
			name = t.String()
		}
		var inside *node
		inside, err = readNode(dec)
		if n.object {
			n.members = append(n.members, member{name, inside})
		} else {
			n.items = append(n.items, inside)
		}
	}
	if err == nil {
		_, err = dec.ReadToken()
	}
	n.to = int(dec.InputOffset())
	return n, err
}

// scalar returns the value of a text, number, true, false or null.
func scalar(raw jsontext.Value) any {
	switch raw.Kind() {
	case '"':
		text, _ := jsontext.AppendUnquote(nil, raw) // it goes on after invalid UTF-8
		return string(text)
	case 't', 'f':
		return raw.Kind() == 't'
	case '0':
		return json.Number(raw)
	}
	return nil
}

// json reads a HAR or OpenAPI, or keeps a collection until all variables are known.
func (p *parser) json(at place, data []byte, kind Kind) error {
	d, err := parseJSON(at, data)
	if err != nil {
		return err
	}
	isHAR, isCollection := d.root.get("log", "entries") != nil, d.root.get("item") != nil || d.root.get("collection", "item") != nil
	isOpenAPI := strings.HasPrefix(d.root.get("openapi").text(), "3")
	known := foreign(data[:min(len(data), 64<<10)])
	switch {
	case isHAR && isCollection || isHAR && isOpenAPI || isCollection && isOpenAPI:
		return fault(at, "put each into a file of its own", "this JSON has two formats at once")
	case isHAR:
		return p.har(d)
	case kind == HAR:
		return fault(at, "", "not a HAR: there is no log.entries")
	case isCollection:
		p.collection = true
		p.later = append(p.later, func() error { return p.postman(d) })
		return nil
	case isOpenAPI:
		return p.describeAPI(d)
	case known != nil:
		return notRead(at, data)
	case d.root.get("values") != nil:
		return p.environment(d)
	}
	return fault(at, "", "this JSON is neither a HAR, nor a Postman collection or environment, nor OpenAPI 3")
}
