package body

import (
	"context"
	"encoding/json"

	"tokenring/session/jq"
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

// rewriteText rewrites the values of a JSON text, or any other text as a whole.
func rewriteText(text string, f func(Leaf) string) string {
	if json.Valid([]byte(text)) {
		return rewriteJSON(text, f)
	}
	return f(Leaf{Value: text})
}
