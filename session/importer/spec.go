package importer

import (
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/body"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// filling replaces what a request must not hold: a value that is the token or a
// field of the account by the template that reads it, and a variable without a value
// by one of its name.
type filling struct {
	*parser
	*group
	left  []string // places of secrets that were left out
	open  []string // variables that stay open
	part  string   // how a note calls a value there
	whole string   // and a text that has no values
	lost  bool     // one could not be cut out: the request cannot be kept
}

// text makes a template of a text: the token in it is read from the session.
func (f *filling) text(s string) string { return f.literal(f.marked(s)) }

// marked returns a text with the mark of its capture in place of the token.
func (f *filling) marked(s string) string {
	if !f.holdsToken(s) {
		return s
	}
	return strings.ReplaceAll(s, f.sent.Reveal(), markBegin+f.capture+markEnd)
}

// literal makes a template of a text that has none, but variables without a value.
func (f *filling) literal(s string) string {
	return f.templates(strings.ReplaceAll(s, "${", "$${"))
}

// templates replaces the variables without a value.
func (f *filling) templates(s string) string {
	if !isOpen(s) {
		return s
	}
	return anyMark().ReplaceAllStringFunc(strings.ReplaceAll(s, "$"+markBegin, `${"$"}`+markBegin), func(m string) string {
		name := nameOf(m)
		if expression := dynamic[name]; expression != "" {
			return "${" + expression + "}"
		}
		if name != f.capture {
			f.open = append(f.open, name)
		}
		return "${." + name + "}"
	})
}

const maxName = 80 // letters

// readable shortens a name that is long, or looks like a secret, as ids in a row do: a name
// is masked where it does, and then names nothing.
func readable(name string) string {
	for secret.MaskText(name) != name || utf8.RuneCountInString(name) > maxName {
		at := strings.LastIndexByte(name, '-')
		if at < 1 {
			return "request"
		}
		name = name[:at]
	}
	return name
}

// minToken is the length from which a token inside a text is not a coincidence.
const minToken = 8

// holdsToken reports whether the token is in s.
func (f *filling) holdsToken(s string) bool {
	token := f.sent.Reveal()
	return len(token) >= minToken && f.capture != "" && strings.Contains(s, token)
}

// sendsToken reports whether a credential is the token once more, in a place of its own.
func (f *filling) sendsToken(one *credential) bool {
	return one.in != "cookie" && f.token != nil && one.place() != f.token.place() && f.marked(one.value) == markBegin+f.capture+markEnd
}

// secret returns the template of a secret that the account holds, or "".
func (f *filling) secret(name, value string) string {
	for field, held := range f.account.NewSecrets {
		if secret.FoldName(field) == secret.FoldName(name) && held.Reveal() == value {
			return "${." + field + "}"
		}
	}
	f.left = append(f.left, called(f.part, name))
	return ""
}

// called names a value by its place, without a name in which a secret stands.
func called(in, name string) string {
	if secret.HoldsSecret(name) {
		return in
	}
	return in + " " + name
}

// spec makes a request of a call whose credentials were taken.
func (c *call) spec(f *filling) request.Spec {
	s, base := c.Spec, f.account.BaseURL
	s.Name, s.Title = anyMark().ReplaceAllString(f.marked(readable(c.word(base))), ""), secret.MaskText(secret.CleanLine(c.Title))
	s.Target = f.text(c.target(base))
	s.Query, s.Headers = f.pairs("query", c.Query), f.pairs("header", c.Headers)
	f.keepWritten(c, &s)
	f.part, f.whole = "field", "the body"
	if c.BodyType == body.JSON {
		f.part = "member"
	}
	s.Body = f.filled(c.BodyType, c.Body)
	texts := []string{s.Target, s.Body} // a name or a number is no template: a token in one stays
	for _, p := range slices.Concat(s.Query, s.Headers) {
		texts = append(texts, p.Name, p.Value)
	}
	f.lost = f.lost || slices.ContainsFunc(texts, func(text string) bool { return f.holdsToken(text) || f.holdsDeclared(text) })
	for part := range strings.SplitSeq(c.url.Path, "/") {
		f.lost = f.lost || (secret.LooksSecret(part) || secret.IssuerKind(part) != "") && !f.holdsToken(part)
	}
	return s
}

// filled makes a template of a text by those of its values.
func (f *filling) filled(kind body.Kind, text string) string {
	return f.templates(body.Rewrite(kind, strings.ReplaceAll(text, "${", "$${"), f.leaf))
}

// pairs makes templates of headers or parameters, whose credentials were taken. There may be
// a secret in one, as in JSON, or in its name.
func (f *filling) pairs(in string, pairs []request.Pair) []request.Pair {
	var out []request.Pair
	for _, p := range pairs {
		f.part, f.whole = in, called(in, p.Name)
		out = append(out, request.Pair{Name: f.filled(body.Text, p.Name), Value: f.filled(body.Text, p.Value), Off: p.Off})
	}
	return out
}

// keepWritten moves the query into the target if sending would escape it otherwise than
// the source does.
func (f *filling) keepWritten(c *call, s *request.Spec) {
	if !slices.ContainsFunc(c.Query, func(p request.Pair) bool { return !p.Off }) {
		s.Target += c.asks
	}
	if !slices.ContainsFunc(c.Query, func(p request.Pair) bool { return c.raw[p] != "" }) {
		return
	}
	var off []request.Pair
	var parts []string
	for i, p := range c.Query {
		now := s.Query[i]
		switch {
		case p.Off:
			off = append(off, now)
		case strings.Contains(now.Name+now.Value, "${"):
			parts = append(parts, now.Name+"="+now.Value)
		case c.raw[p] != "" && now == p:
			parts = append(parts, c.raw[p])
		default:
			parts = append(parts, written(now))
		}
	}
	s.Query, s.Target = off, s.Target+"?"+strings.Join(parts, "&")
}

// target returns the path below the base address, or the whole address.
func (c *call) target(base string) string {
	path := unescapeMarks.Replace(c.url.EscapedPath())
	whole := c.url.Scheme + "://" + c.url.Host + path
	base = strings.TrimRight(base, "/")
	if rest, ok := strings.CutPrefix(whole, base); ok && (rest == "" || rest[0] == '/') {
		if strings.HasPrefix(rest, "//") {
			return whole
		}
		return rest
	}
	return whole
}

// leaf returns the template of a value of a body. In a text, what its words call secret
// is cut out.
func (f *filling) leaf(l body.Leaf) string {
	value := strings.ReplaceAll(l.Value, "$${", "${")
	switch {
	case l.Path == "":
		cut, n := secret.CutDeclared(f.marked(value), isOpen)
		hidden := f.sieve.Text(cut)
		if n += strings.Count(hidden, secret.Hidden) - strings.Count(cut, secret.Hidden); n > 0 {
			f.left = append(f.left, prose.Count(n, "value")+" of "+f.whole)
		}
		if hidden != cut {
			cut = strings.ReplaceAll(hidden, secret.Hidden, "")
		}
		f.lost = f.lost || f.whole == "the body" && secret.ContainsSecret(cut)
		return f.literal(cut)
	case l.Number && secret.NamesSecret(l.Name, value):
		f.left = append(f.left, called(f.part, l.Name))
		return ""
	case l.Number:
		return l.Value
	}
	return f.value(l.Name, value)
}

// value returns the template of a value of a form or a JSON text.
func (f *filling) value(name, value string) string {
	cut, n := secret.CutDeclared(value, isOpen)
	plain := anyMark().ReplaceAllString(value, "")
	switch {
	case plain == "":
	case f.holdsToken(value):
		return f.text(value)
	case f.holdsDeclared(value), secret.Why(name, plain) != "":
		return f.secret(name, value)
	case n > 0 && !secret.ContainsSecret(cut):
		f.left = append(f.left, "a part of "+called(f.part, name))
		return f.literal(cut)
	case secret.HoldsSecret(value):
		f.lost = true
	}
	return f.literal(value)
}
