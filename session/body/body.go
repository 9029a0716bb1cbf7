// Package body holds the body of a request: its kinds, how each is typed, read
// from a file, filled in, declared by a Content-Type, shown, and written as
// options of curl. A further kind is a file of its own and a line in the table
// of kinds.
//
//	b, err := body.Parse(body.JSON, `{"name": "${.name}"}`)
//	content, err := b.Encode(ctx, scope)      // what goes on the wire
//	content.Declare(header)
package body

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Kind names how a body is encoded. It is also the key of the body in a file.
type Kind string

// The kinds.
const (
	Auto      Kind = "" // JSON when it begins like an object or array, else text
	JSON      Kind = "json"
	Form      Kind = "form"      // application/x-www-form-urlencoded
	Multipart Kind = "multipart" // multipart/form-data
	Text      Kind = "text"
)

// Body is the body of a request, its templates parsed. It is immutable and safe
// for concurrent use. A request without a body has none: nil.
type Body interface {
	Kind() Kind
	Source() string                                               // as a person types it
	YAML() (string, error)                                        // as the value of its key in a file, in one line
	Refs() []string                                               // the names its templates read
	Encode(ctx context.Context, scope jq.Scope) (*Content, error) // nil when a template leaves nothing to send
}

// kind describes one kind to the rest of the program.
type kind struct {
	Kind
	title   string
	suffix  string // of a file of it
	parse   func(text string) (Body, error)
	read    func(r *reader, n *yaml.Node) Body
	rewrite func(text string, f func(Leaf) string) string
}

// kinds lists every kind in the order of a choice.
func kinds() []kind {
	return []kind{
		{JSON, "JSON", ".json", parseJSON, readJSON, rewriteText},
		{Form, "form, one name=value a line", ".txt", parseForm, readForm, rewriteForm},
		{Multipart, "multipart, one name=text or name=@file a line", ".txt", parseMultipart, readMultipart, rewriteMultipart},
		{Text, "text", ".txt", parseText, readText, rewriteText},
	}
}

// resolve finds the kind that a typed text has.
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

// choices lists the kinds in a sentence.
func choices() string {
	names := Kinds()
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}

// Title says in a few words what a kind is and how it is typed.
func (k Kind) Title() string {
	if k == Auto {
		return "as it looks"
	}
	one, _ := resolve(k, "")
	return one.title
}

// Suffix is the ending of a file that holds a typed body.
func (k Kind) Suffix() string {
	if k == Auto {
		k = JSON
	}
	one, _ := resolve(k, "")
	return one.suffix
}

// Error says what is wrong with a body as it was typed.
type Error struct {
	Offset int // in bytes; -1: not known
	Text   string
}

func (e *Error) Error() string { return e.Text }

// syntaxError returns the error of a template that begins at an offset of the
// typed text; where inside of it, when exact.
func syntaxError(offset int, exact bool, err error) *Error {
	var at *jq.SyntaxError
	if !errors.As(err, &at) {
		return &Error{offset, secret.CleanLine(err.Error())}
	}
	say := at.Msg
	if at.Hint != "" {
		say += " (" + at.Hint + ")"
	}
	if exact {
		offset += at.Offset
	}
	return &Error{offset, secret.CleanLine(say)}
}

// Parse parses a body as a person typed it; nil when there is none. The error is
// an [*Error].
func Parse(k Kind, text string) (Body, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	one, ok := resolve(k, text)
	if !ok {
		return nil, &Error{-1, "a body is " + choices()}
	}
	return one.parse(text)
}

// Leaf is a value inside of a typed body.
type Leaf struct {
	Path   string // of the members that lead to it, joined by dots; "" of a text
	Name   string // what says whether it is a secret: a member above that is called like one, or its own
	Value  string
	Number bool
}

// Rewrite returns a typed body with each of its values replaced by what f
// returns, and all else as it was. A number that is replaced becomes null.
func Rewrite(k Kind, text string, f func(Leaf) string) string {
	one, ok := resolve(k, text)
	if !ok {
		return rewriteText(text, f)
	}
	return one.rewrite(text, f)
}

// Leaves lists the values inside of a typed body.
func Leaves(k Kind, text string) []Leaf {
	var all []Leaf
	Rewrite(k, text, func(l Leaf) string {
		all = append(all, l)
		return l.Value
	})
	return all
}

// reader reads a body out of a file.
type reader struct {
	*yaml.Reader
	template func(*yaml.Node) *jq.Template
	files    bool
}

// Read reads the one body that a mapping may have; nil when it has none.
// template parses a text of it, and reports what is wrong with it; files says
// whether it may name files to be sent.
func Read(r *yaml.Reader, f *yaml.Fields, template func(*yaml.Node) *jq.Template, files bool) Body {
	var b Body
	read := &reader{r, template, files}
	found := false
	for _, k := range kinds() {
		n := f.Get(string(k.Kind))
		switch {
		case n == nil:
		case found:
			r.Problem(f.At, "keep one", "a request has one body: %s", choices())
			return b
		default:
			b, found = k.read(read, n), true
		}
	}
	return b
}

// MapFiles returns the body with the path of each of its files replaced.
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
