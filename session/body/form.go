package body

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/jq"
	"tokenring/session/lazy"
	"tokenring/session/yaml"
)

// formBody is a list of names and values, typed without escaping, one pair per line.
type formBody []formValue

type formValue struct{ name, value *jq.Template }

func parseForm(text string) (Body, error) {
	var b formBody
	offset := 0
	for line := range strings.Lines(text) {
		begin := offset
		offset += len(line)
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		i := strings.IndexByte(jq.Blot(line), '=')
		if i < 1 {
			return nil, &Error{begin, "expected name=value"}
		}
		one, err := parseValue(strings.TrimSpace(line[:i]), line[i+1:])
		if err != nil {
			return nil, syntaxError(begin, false, err)
		}
		b = append(b, one)
	}
	return b, nil
}

func parseValue(name, value string) (v formValue, err error) {
	if v.name, err = jq.ParseTemplate(name); err == nil {
		v.value, err = jq.ParseTemplate(value)
	}
	return v, err
}

func (v formValue) refs() []string { return append(v.name.Refs(), v.value.Refs()...) }

func readForm(r *reader, n *yaml.Node) Body {
	if n.Kind != yaml.Mapping {
		r.Problem(n, "write name: value", "form must be a mapping, this is %s", n.Kind)
		return nil
	}
	var b formBody
	for _, e := range n.Entries {
		if v := (formValue{r.template(e.Key), r.template(e.Value)}); v.name != nil && v.value != nil {
			b = append(b, v)
		}
	}
	if len(b) == 0 {
		return nil
	}
	return b
}

func (b formBody) Kind() Kind { return Form }

func (b formBody) Source() string {
	var lines []string
	for _, v := range b {
		lines = append(lines, v.name.Source()+"="+v.value.Source())
	}
	return strings.Join(lines, "\n")
}

func (b formBody) YAML() (string, error) {
	var parts, seen []string
	for _, v := range b {
		name := v.name.Source()
		if slices.Contains(seen, name) {
			return "", fmt.Errorf("the form has %s twice, but a file can hold each name only once; remove one of them first", yaml.Clip(name))
		}
		seen = append(seen, name)
		parts = append(parts, jq.Quote(name)+": "+jq.Quote(v.value.Source()))
	}
	return "{" + strings.Join(parts, ", ") + "}", nil
}

func (b formBody) Refs() []string {
	var names []string
	for _, v := range b {
		names = append(names, v.refs()...)
	}
	return names
}

func (b formBody) Encode(ctx context.Context, scope jq.Scope) (*Content, error) {
	var parts []string
	for _, v := range b {
		name, value, ok, err := v.fill(ctx, scope)
		if err != nil {
			return nil, err
		}
		if ok {
			parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
		}
	}
	return Raw([]byte(strings.Join(parts, "&")), "application/x-www-form-urlencoded"), nil
}

// fill evaluates the templates; ok is false if the value is omitted.
func (v formValue) fill(ctx context.Context, scope jq.Scope) (name, value string, ok bool, err error) {
	if name, _, err = v.name.Text(ctx, scope); err != nil {
		return "", "", false, err
	}
	value, ok, err = v.value.Text(ctx, scope)
	return name, value, ok && name != "", err
}

func rewriteForm(text string, f func(Leaf) string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if !ok {
			out.WriteString(line)
			continue
		}
		out.WriteString(rewriteName(name, f) + "=" + rewriteLeaf(Leaf{Path: name, Name: name, Value: value}, f) + line[len(name)+1+len(value):])
	}
	return out.String()
}

// encoded matches a form as it is sent, or a value that is encoded as one.
var encoded = lazy.Regexp(`^[^\s"'<>{}:,;=&]+=[^\r\n]*$|^[^\s"'<>{}:,;]*%[0-9A-Fa-f]{2}[^\s"'<>{}:,;]*$`)

// rewriteEncoded rewrites an encoded form, and leaves what does not change as it is written.
func rewriteEncoded(text string, f func(Leaf) string) string {
	parts := strings.Split(text, "&")
	for i, part := range parts {
		name, value, ok := strings.Cut(part, "=")
		plain := address.UnescapeQuery(name)
		parts[i] = encodedAs(name, plain, rewriteName(plain, f))
		if ok {
			was := address.UnescapeQuery(value)
			parts[i] += "=" + encodedAs(value, was, rewriteLeaf(Leaf{Path: plain, Name: plain, Value: was}, f))
		}
	}
	return strings.Join(parts, "&")
}

// encodedAs returns what is written for a text that was rewritten.
func encodedAs(written, was, now string) string {
	if now == was {
		return written
	}
	return jq.Encode(now)
}
