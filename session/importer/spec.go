package importer

import (
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// filling replaces what a request must not hold: a value that is the token or a
// field of the account by the template that reads it.
type filling struct {
	token  secret.String
	name   string                   // of the token's capture; "" has none
	fields map[string]secret.String // of the account
	left   []string                 // places of secrets that were left out
	part   string                   // how a note calls a value of the body
	lost   bool                     // one could not be cut out: the request cannot be kept
}

// text makes a template of a text: the token in it is read from the session.
func (f *filling) text(s string) string {
	token := f.token.Reveal()
	if token == "" || f.name == "" || len(token) < minToken {
		return literal(s)
	}
	var parts []string
	for part := range strings.SplitSeq(s, token) {
		parts = append(parts, literal(part))
	}
	return strings.Join(parts, "${."+f.name+"}")
}

// readable shortens a name until it does not look like a secret, as ids in a row
// do: a name is masked where it does, and then names nothing.
func readable(name string) string {
	for secret.MaskText(name) != name {
		at := strings.LastIndexByte(name, '-')
		if at < 1 {
			return "request"
		}
		name = name[:at]
	}
	return name
}

// without removes the token from a name.
func (f *filling) without(name string) string {
	if f.holdsToken(name) {
		name = strings.ReplaceAll(name, f.token.Reveal(), "")
	}
	return name
}

// minToken is the length from which a token inside a text is not a coincidence.
const minToken = 8

func literal(s string) string { return strings.ReplaceAll(s, "${", "$${") }

// holdsToken reports whether the token is in s.
func (f *filling) holdsToken(s string) bool {
	token := f.token.Reveal()
	return len(token) >= minToken && f.name != "" && strings.Contains(s, token)
}

// secret returns the template of a secret that the account holds, or "".
func (f *filling) secret(name, value string) string {
	if f.holdsToken(value) && value == f.token.Reveal() {
		return f.text(value)
	}
	for field, held := range f.fields {
		if secret.FoldName(field) == secret.FoldName(name) && held.Reveal() == value {
			return "${." + field + "}"
		}
	}
	f.left = append(f.left, f.part+" "+name)
	return ""
}

// spec makes a request of a call whose credentials were taken.
func (c *call) spec(base string, f *filling) request.Spec {
	s := c.Spec
	s.Name, s.Title, s.Target = f.without(readable(c.word(base))), secret.MaskText(secret.CleanLine(c.Title)), f.text(c.target(base))
	s.Query, s.Headers = f.pairs(c.Query), f.pairs(c.Headers)
	if f.part = "field"; c.BodyType == body.JSON {
		f.part = "member"
	}
	s.Body = body.Rewrite(c.BodyType, literal(c.Body), f.leaf)
	texts := []string{s.Target, s.Body} // a name or a number is no template: a token in one stays
	for _, p := range slices.Concat(s.Query, s.Headers) {
		texts = append(texts, p.Name, p.Value)
	}
	f.lost = f.lost || slices.ContainsFunc(texts, f.holdsToken)
	return s
}

func (f *filling) pairs(pairs []request.Pair) []request.Pair {
	var out []request.Pair
	for _, p := range pairs {
		out = append(out, request.Pair{Name: f.text(p.Name), Value: f.text(p.Value), Off: p.Off})
	}
	return out
}

// target returns the path below the base address, or the whole address.
func (c *call) target(base string) string {
	whole := c.url.Scheme + "://" + c.url.Host + c.url.EscapedPath()
	base = strings.TrimRight(base, "/")
	if rest, ok := strings.CutPrefix(whole, base); ok && (rest == "" || rest[0] == '/') {
		if strings.HasPrefix(rest, "//") {
			return whole
		}
		return rest
	}
	return whole
}

// leaf returns the template of a value of a body.
func (f *filling) leaf(l body.Leaf) string {
	value := strings.ReplaceAll(l.Value, "$${", "${")
	switch {
	case l.Path == "":
		f.lost = f.lost || !f.holdsToken(value) && holdsSecret(value)
		return f.text(value)
	case l.Number && secret.SecretName(l.Name):
		f.left = append(f.left, f.part+" "+l.Name)
		return ""
	case l.Number:
		return value
	}
	return f.value(l.Name, value)
}

// value returns the template of a value of a form or a JSON text.
func (f *filling) value(name, value string) string {
	switch {
	case value == "":
		return ""
	case secret.SecretName(name), f.holdsToken(value) && value == f.token.Reveal(),
		secret.LooksSecret(value), secret.HighEntropy(value):
		return f.secret(name, value)
	case f.holdsToken(value):
		return f.text(value)
	case holdsSecret(value):
		f.lost = true
	}
	return literal(value)
}
