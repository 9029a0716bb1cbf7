package body

import (
	"cmp"
	"context"
	"encoding/json"
	"strings"

	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// textBody is sent without encoding.
type textBody struct{ text *jq.Template }

func parseText(text string) (Body, error) {
	t, err := jq.ParseTemplate(text)
	if err != nil {
		return nil, syntaxError(0, true, err)
	}
	return textBody{t}, nil
}

func readText(r *reader, n *yaml.Node) Body {
	if t := r.template(n); t != nil {
		return textBody{t}
	}
	return nil
}

func (b textBody) Kind() Kind            { return Text }
func (b textBody) Source() string        { return b.text.Source() }
func (b textBody) YAML() (string, error) { return jq.Quote(b.text.Source()), nil }
func (b textBody) Refs() []string        { return b.text.Refs() }

func (b textBody) Encode(ctx context.Context, scope jq.Scope) (*Content, error) {
	text, ok, err := b.text.Text(ctx, scope)
	if err != nil || !ok {
		return nil, err
	}
	return Raw([]byte(text), "text/plain; charset=utf-8"), nil
}

// rewriteText rewrites the values of a text that is JSON or an encoded form, or any other
// text as a whole.
func rewriteText(text string, f func(Leaf) string) string {
	switch {
	case json.Valid([]byte(text)):
		return rewriteJSON(text, f)
	case encoded().MatchString(text):
		return rewriteEncoded(text, f)
	}
	return f(Leaf{Value: text})
}

// rewriteName rewrites a name in which a secret stands, as in JSON that was taken for a name.
func rewriteName(name string, f func(Leaf) string) string {
	if secret.HoldsSecret(name) {
		return rewriteText(name, f)
	}
	return name
}

// rewriteLeaf rewrites a value, or the values in it if it is JSON.
func rewriteLeaf(l Leaf, f func(Leaf) string) string {
	if start := strings.TrimSpace(l.Value); l.Number || start == "" || !strings.Contains("{[", start[:1]) ||
		secret.SecretName(l.Name) || !json.Valid([]byte(l.Value)) {
		return f(l)
	}
	return rewriteJSON(l.Value, func(in Leaf) string {
		in.Path = strings.TrimSuffix(l.Path+"."+in.Path, ".")
		in.Name = cmp.Or(in.Name, l.Name)
		return f(in)
	})
}
