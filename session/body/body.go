// Package body parses and encodes the body of a request. Each kind of body parses typed
// text and YAML, fills in its templates, and sets its Content-Type. A further kind needs
// a file and a line in the table of kinds.
//
//	b, err := body.Parse(body.JSON, `{"name": "${.name}"}`)
//	content, err := b.Encode(ctx, scope)      // the bytes to send
//	content.Declare(header)
package body

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Kind is the encoding of a body, and its key in a file.
type Kind string

// The kinds.
const (
	Auto      Kind = "" // JSON if the text begins like an object or array, else Text
	JSON      Kind = "json"
	Form      Kind = "form"      // application/x-www-form-urlencoded
	Multipart Kind = "multipart" // multipart/form-data
	Text      Kind = "text"
)

// Body is the body of a request with its templates parsed. It is immutable and safe
// for concurrent use. A request without a body has a nil Body.
type Body interface {
	Kind() Kind
	Source() string                                               // the text to type
	YAML() (string, error)                                        // the value of its key in a file, on one line
	Refs() []string                                               // the names its templates read
	Encode(ctx context.Context, scope jq.Scope) (*Content, error) // nil if the templates leave nothing to send
}

// kind is a row of the table of kinds.
type kind struct {
	Kind
	title   string
	suffix  string // of a file
	parse   func(text string) (Body, error)
	read    func(r *reader, n *yaml.Node) Body
	rewrite func(text string, f func(Leaf) string) string
}

// kinds lists every kind in the order of a menu.
func kinds() []kind {
	return []kind{
		{JSON, "JSON", ".json", parseJSON, readJSON, rewriteText},
		{Form, "form, one name=value a line", ".txt", parseForm, readForm, rewriteForm},
		{Multipart, "multipart, one name=text or name=@file a line", ".txt", parseMultipart, readMultipart, rewriteMultipart},
		{Text, "text", ".txt", parseText, readText, rewriteText},
	}
}

// resolve returns the kind k, or the kind of text if k is Auto.
func resolve(k Kind, text string) (kind, bool) {
	if k == Auto {
		k = Text
		if start := strings.TrimSpace(text); start != "" && strings.Contains("{[", start[:1]) {
			k = JSON
		}
	}
	all := kinds()
	i := slices.IndexFunc(all, func(one kind) bool { return one.Kind == k })
	if i < 0 {
		return kind{}, false
	}
	return all[i], true
}

// Kinds lists the kinds that a file or a person may name.
func Kinds() []string {
	var names []string
	for _, k := range kinds() {
		names = append(names, string(k.Kind))
	}
	return names
}

// Title describes the kind, and how to type it, in a few words.
func (k Kind) Title() string {
	if k == Auto {
		return "detect"
	}
	one, _ := resolve(k, "")
	return one.title
}

// Suffix returns the extension of a file that holds a typed body.
func (k Kind) Suffix() string {
	if k == Auto {
		k = JSON
	}
	one, _ := resolve(k, "")
	return one.suffix
}

// Error is a mistake in a typed body.
type Error struct {
	Offset int // in bytes; -1: unknown
	Text   string
}

func (e *Error) Error() string { return e.Text }

// syntaxError converts an error of a template that begins at offset in the typed text.
// If exact is set, it adds the offset within the template.
func syntaxError(offset int, exact bool, err error) *Error {
	at, ok := errors.AsType[*jq.SyntaxError](err)
	if !ok {
		return &Error{offset, secret.CleanLine(err.Error())}
	}
	if exact {
		offset += at.Offset
	}
	return &Error{offset, secret.CleanLine(at.Text())}
}

// Parse parses a typed body. It returns nil if the text is blank. The error is an [*Error].
func Parse(k Kind, text string) (Body, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	one, ok := resolve(k, text)
	if !ok {
		return nil, &Error{-1, "unknown kind of body: use " + prose.List(Kinds(), "or")}
	}
	return one.parse(text)
}

// Leaf is a value in a typed body.
type Leaf struct {
	Path   string // names of the enclosing members and its own, joined by dots; "" for a text
	Name   string // its own name, or that of an enclosing member if it names a secret
	Value  string
	Number bool
}

// Rewrite returns a typed body with each value replaced by the result of f and
// everything else unchanged. A number becomes the string that f returns; null if it is empty.
func Rewrite(k Kind, text string, f func(Leaf) string) string {
	one, ok := resolve(k, text)
	if !ok {
		return rewriteText(text, f)
	}
	return one.rewrite(text, f)
}

// Leaves lists the values in a typed body.
func Leaves(k Kind, text string) []Leaf {
	var all []Leaf
	Rewrite(k, text, func(l Leaf) string {
		all = append(all, l)
		return l.Value
	})
	return all
}

// reader reads a body from a file.
type reader struct {
	*yaml.Reader
	template func(*yaml.Node) *jq.Template
	files    bool
}

// Read reads the body of a mapping, or returns nil. template parses a text and reports
// its problems; files permits the body to name files to send.
func Read(r *yaml.Reader, f *yaml.Fields, template func(*yaml.Node) *jq.Template, files bool) Body {
	var b Body
	read := &reader{r, template, files}
	found := false
	for _, k := range kinds() {
		n := f.Get(string(k.Kind))
		switch {
		case n == nil:
		case found:
			r.Problem(f.At, "keep one", "a request can have only one body: %s", prose.List(Kinds(), "or"))
			return b
		default:
			b, found = k.read(read, n), true
		}
	}
	return b
}

// MapFiles returns the body with f applied to the path of each file.
func MapFiles(b Body, f func(path string) string) Body {
	parts, ok := b.(multipartBody)
	if !ok {
		return b
	}
	parts = slices.Clone(parts)
	for i := range parts {
		if p := &parts[i]; p.File != "" {
			p.File = f(p.File)
		}
	}
	return parts
}
