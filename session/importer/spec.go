package importer

import (
	"encoding/json"
	"slices"
	"strings"

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

// without takes the token out of a name.
func (f *filling) without(name string) string {
	if f.holdsToken(name) {
		name = strings.ReplaceAll(name, f.token.Reveal(), "")
	}
	return name
}

// minToken is the length from which a token found inside of a text is no
// accident.
const minToken = 8

func literal(s string) string { return strings.ReplaceAll(s, "${", "$${") }

// holdsToken reports whether the token is in s.
func (f *filling) holdsToken(s string) bool {
	token := f.token.Reveal()
	return len(token) >= minToken && f.name != "" && strings.Contains(s, token)
}

// secret gives what stands for a secret called name: the template of what the
// account holds, or nothing.
func (f *filling) secret(where, name, value string) string {
	if f.holdsToken(value) && value == f.token.Reveal() {
		return f.text(value)
	}
	for field, held := range f.fields {
		if squash(field) == squash(name) && held.Reveal() == value {
			return "${." + field + "}"
		}
	}
	f.left = append(f.left, where)
	return ""
}

// squash makes user_name, userName and User-Name the same.
func squash(name string) string {
	return strings.ToLower(strings.NewReplacer("_", "", "-", "", " ", "", ".", "").Replace(name))
}

// spec makes a request of a call whose credentials were taken.
func (c *call) spec(base string, f *filling) request.Spec {
	s := request.Spec{
		Name: f.without(c.word(base)), Title: secret.CleanLine(c.title), Method: c.method, Target: f.text(c.target(base)), Follow: c.follow, Expect: c.expect,
	}
	if c.noAuth {
		s.Attach = "none"
	}
	for _, q := range c.query {
		s.Query = append(s.Query, request.Pair{Name: literal(q.Name), Value: f.text(q.Value), Off: q.Off})
	}
	for _, h := range c.headers {
		s.Headers = append(s.Headers, request.Pair{Name: literal(h.Name), Value: f.text(h.Value), Off: h.Off})
	}
	c.specBody(&s, f)
	return s
}

// target is the path below the base address, or the whole address.
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

func (c *call) specBody(s *request.Spec, f *filling) {
	switch s.BodyType = c.bodyType(); {
	case c.form != nil:
		var lines []string
		for _, p := range c.form {
			lines = append(lines, literal(p.Name)+"="+f.value("field ", p.Name, p.Value))
		}
		s.Body = strings.Join(lines, "\n")
	case c.body == "":
		s.BodyType = request.BodyAuto
		s.Headers = slices.DeleteFunc(s.Headers, func(h request.Pair) bool { return strings.EqualFold(h.Name, "Content-Type") })
	case s.BodyType == request.BodyJSON:
		s.Body = f.json(c.body)
		s.Headers = slices.DeleteFunc(s.Headers, func(h request.Pair) bool {
			return strings.EqualFold(h.Name, "Content-Type") && strings.HasPrefix(strings.ToLower(h.Value), "application/json")
		})
	default:
		s.Body = f.text(c.body)
		f.lost = f.lost || !f.holdsToken(c.body) && holdsSecret(c.body)
	}
}

// value is a value of a form or a JSON text, as a template.
func (f *filling) value(kind, name, value string) string {
	switch {
	case value == "":
		return ""
	case secret.Named(name), f.holdsToken(value) && value == f.token.Reveal(),
		secret.Looks(value), secret.Random(value):
		return f.secret(kind+name, name, value)
	case f.holdsToken(value):
		return f.text(value)
	case holdsSecret(value):
		f.lost = true
	}
	return literal(value)
}

// json writes a JSON body anew where it held secrets, and leaves all else as it
// was typed.
func (f *filling) json(body string) string {
	d, err := parseBody([]byte(body))
	if err != nil {
		f.lost = true
		return ""
	}
	j := &jsonFilling{filling: f, body: body}
	j.walk(d.root, "", "")
	j.out.WriteString(literal(body[j.at:]))
	return j.out.String()
}

type jsonFilling struct {
	*filling
	body string
	out  strings.Builder
	at   int
}

// replace puts text in the place of a node.
func (j *jsonFilling) replace(n *node, text string) {
	j.out.WriteString(literal(j.body[j.at:n.from]))
	j.out.WriteString(text)
	j.at = n.to
}

// walk goes through the leaves; above is the name of a member that says that
// all below it is secret.
func (j *jsonFilling) walk(n *node, name, above string) {
	if above == "" && secret.Named(name) {
		above = name
	}
	for _, m := range n.members {
		j.walk(m.node, m.name, above)
	}
	for _, item := range n.items {
		j.walk(item, name, above)
	}
	if above == "" {
		above = name
	}
	switch v := n.value.(type) {
	case string:
		if filled := j.value("member ", above, v); filled != literal(v) {
			j.replace(n, jsonText(filled))
		}
	case json.Number:
		if secret.Named(above) {
			j.left = append(j.left, "member "+above)
			j.replace(n, "null")
		}
	}
}

func jsonText(s string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string is JSON
	return strings.TrimSuffix(b.String(), "\n")
}
