package body

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// jsonBody is a tree of templates. A typed text without templates has no tree and is
// sent unchanged, which preserves its order and digits.
type jsonBody struct {
	tree  *jq.Tree
	typed string // "": read from a file
}

const jsonType = "application/json"

func parseJSON(text string) (Body, error) {
	if fault := jsonFault(text); fault != nil {
		return nil, fault
	}
	if !strings.Contains(text, "${") {
		return jsonBody{typed: text}, nil
	}
	value, _ := jq.DecodeJSON([]byte(text)) // checked above
	tree, err := jq.ParseTree(value, jq.ParseTemplate)
	if at, ok := errors.AsType[*jq.TreeError](err); ok {
		e := syntaxError(-1, false, at.Err)
		if len(at.Path) > 0 {
			e.Text = secret.CleanLine(strings.Join(at.Path, ".")) + ": " + e.Text
		}
		return nil, e
	}
	return jsonBody{tree: tree, typed: text}, nil
}

// jsonFault returns an error unless data is JSON.
func jsonFault(data string) *Error {
	var raw json.RawMessage
	err := json.Unmarshal([]byte(data), &raw)
	if err == nil {
		return nil
	}
	text, offset := err.Error(), 0
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		offset = max(0, int(syntax.Offset)-1)
	}
	switch {
	case text == "unexpected end of JSON input":
		return &Error{len(data), "the JSON is incomplete"}
	case strings.HasPrefix(data[offset:], "${"):
		return &Error{offset, `write "${…}" in quotes; if nothing else is in the quotes, the value keeps its type`}
	}
	return &Error{offset, "not JSON: " + secret.CleanLine(text)}
}

func readJSON(r *reader, n *yaml.Node) Body {
	if n.Kind == yaml.Text && !strings.HasPrefix(n.Text, "${") && strings.ContainsAny(n.Text[:min(1, len(n.Text))], "{[") {
		r.Problem(n, "write it as YAML: json: {user: \"${.user}\"}, or put it under text", "this body would be sent as a JSON string")
	}
	if tree := r.Tree(n, func(text *yaml.Node) { r.template(text) }); tree != nil {
		return jsonBody{tree: tree}
	}
	return nil
}

func (b jsonBody) Kind() Kind { return JSON }

func (b jsonBody) Source() string {
	if b.typed != "" {
		return b.typed
	}
	var out bytes.Buffer
	compact, err := jq.Marshal(b.tree.Source())
	if err != nil {
		return "" // a tree holds only JSON values
	}
	_ = json.Indent(&out, compact, "", "  ")
	return out.String()
}

func (b jsonBody) YAML() (string, error) {
	return oneLine([]byte(b.Source()))
}

// oneLine returns JSON on one line, with the blanks that YAML needs.
func oneLine(text []byte) (string, error) {
	out, err := jsontext.AppendFormat(nil, text, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true),
		jsontext.PreserveRawStrings(true), jsontext.SpaceAfterColon(true), jsontext.SpaceAfterComma(true))
	return strings.ToValidUTF8(string(out), "\ufffd"), err
}

func (b jsonBody) Refs() []string {
	if b.tree == nil {
		return nil
	}
	return b.tree.Refs()
}

func (b jsonBody) Encode(ctx context.Context, scope jq.Scope) (*Content, error) {
	if b.tree == nil {
		return Raw([]byte(b.typed), jsonType), nil
	}
	v, err := b.tree.Value(ctx, scope)
	if err != nil {
		return nil, err
	}
	data, err := jq.Marshal(v)
	if err != nil {
		return nil, err
	}
	return Raw(data, jsonType), nil
}

// rewriteJSON rewrites the strings and numbers of a JSON text.
func rewriteJSON(text string, f func(Leaf) string) string {
	r := &jsonReader{text: text, dec: json.NewDecoder(strings.NewReader(text))}
	r.dec.UseNumber()
	r.value(Leaf{}, false)
	var out strings.Builder
	done := 0
	for _, l := range r.leaves {
		now := rewriteLeaf(l.Leaf, f)
		if now == l.Value {
			continue
		}
		if l.Number && now == "" {
			now = "null"
		} else {
			now = jq.Quote(now)
		}
		out.WriteString(text[done:l.from] + now)
		done = l.to
	}
	return out.String() + text[done:]
}

type jsonReader struct {
	text   string
	dec    *json.Decoder
	leaves []jsonLeaf
	named  []int // leaves whose name is one of pairValues, while their pair has no name
}

type jsonLeaf struct {
	Leaf
	from, to int  // in the text
	listed   bool // it stands in a list
}

// pairValues are the members of an object that hold what a member of [secret.PairNames] names, or
// the arguments of the method that one of callNames names.
var (
	pairValues = []string{"value", "values", "val", "data", "content", "text", "params", "args", "arguments"}
	callNames  = []string{"method", "command", "cmd", "action", "function", "procedure", "operation", "op"}
)

// value reads the next value, which has the path and name of at, and whether it is in a list.
func (r *jsonReader) value(at Leaf, listed bool) {
	from := int(r.dec.InputOffset())
	from += len(r.text[from:]) - len(strings.TrimLeft(r.text[from:], " \t\r\n:,"))
	t, _ := r.dec.Token()
	switch t := t.(type) {
	case json.Delim:
		first, pair, login := len(r.named), "", false
		for r.dec.More() {
			below, before := at, len(r.leaves)
			if t == '{' {
				key, _ := r.dec.Token()
				below.member(key.(string))
			}
			r.value(below, t == '[')
			if t != '{' || len(r.leaves) != before+1 {
				continue
			}
			switch name, value := strings.ToLower(below.Name), r.leaves[before].Value; {
			case slices.Contains(secret.PairNames, name) && secret.SecretName(value):
				pair = value
			case slices.Contains(callNames, name) && (secret.SecretName(value) || secret.IsLogin(value)):
				login = true
			}
		}
		_, _ = r.dec.Token()
		if pair != "" {
			for _, i := range r.named[first:] {
				r.leaves[i].Name = pair
			}
			r.named = r.named[:first]
		} else if login {
			r.arguments(r.named[first:])
		}
	case string:
		at.Value = t
		r.leaf(at, from, listed)
	case json.Number:
		at.Value, at.Number = t.String(), true
		r.leaf(at, from, listed)
	}
}

// arguments names the passwords among the arguments of a login.
func (r *jsonReader) arguments(named []int) {
	named = slices.DeleteFunc(slices.Clone(named), func(i int) bool { return !r.leaves[i].listed || r.leaves[i].Number })
	for n, i := range named {
		if secret.IsArgument(n, len(named), r.leaves[i].Value) {
			r.leaves[i].Name = "password"
		}
	}
}

func (r *jsonReader) leaf(l Leaf, from int, listed bool) {
	if slices.Contains(pairValues, strings.ToLower(l.Name)) {
		r.named = append(r.named, len(r.leaves))
	}
	r.leaves = append(r.leaves, jsonLeaf{l, from, int(r.dec.InputOffset()), listed})
}

// member turns l into the leaf of its member name.
func (l *Leaf) member(name string) {
	l.Path = strings.TrimPrefix(l.Path+"."+name, ".")
	if !secret.SecretName(l.Name) {
		l.Name = name
	}
}
