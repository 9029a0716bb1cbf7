package importer

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/transport"
)

// candidate is a base address that a definition can have.
type candidate struct {
	def    *definition.Definition
	values map[string]string // that fields have then
	base   string
	marks  marks
}

// candidateOf returns the candidate with these values of fields; false if they make no
// address.
func candidateOf(def *definition.Definition, values map[string]string) (candidate, bool) {
	c := candidate{def, values, "", newMarks(def.Fields, values)}
	base, _, err := def.BaseURL.Text(context.Background(), c.marks.scope)
	c.base = base
	return c, err == nil && base != ""
}

// match returns the values with which the base address begins that of a call: those
// of the candidate that are no defaults, and those in the address.
func (c *candidate) match(u *url.URL) (values map[string]string, ok bool) {
	values, ok = c.marks.match(c.base, "(?:/.*)?", u)
	for _, f := range c.def.Fields {
		if value := c.values[f.Name]; ok && value != "" && value != f.Default {
			values[f.Name] = value
		}
	}
	return values, ok
}

// baseWith returns the base address with values in place of marks.
func (c *candidate) baseWith(values map[string]string) string {
	return fieldMark().ReplaceAllStringFunc(c.base, func(mark string) string { return url.PathEscape(values[c.marks.fields[mark]]) })
}

// recognized finds the definition whose base address a call goes to, and the values
// of fields that make it so. A server on this machine may be anything.
func (p *parser) recognized(c *call) (def *definition.Definition, values map[string]string) {
	if def := p.definition(p.options.Backend); def != nil {
		values = map[string]string{}
		setAddress(def, c.url, values)
		if own, ok := p.match(c.url, def); ok {
			return def, own.values
		}
		return def, values
	}
	if transport.Loopback(c.origin()) {
		return nil, nil
	}
	found, _ := p.match(c.url, nil)
	return found.def, found.values
}

// match finds the longest base address that begins that of a call, among those that
// options of fields make and those of known hosts.
func (p *parser) match(u *url.URL, only *definition.Definition) (longest candidate, ok bool) {
	if p.candidates == nil {
		for _, def := range p.known.Backends {
			for _, values := range choices(def.Fields) {
				if c, ok := candidateOf(def, values); ok {
					p.candidates = append(p.candidates, c)
				}
			}
		}
	}
	all := slices.Clone(p.candidates)
	for _, def := range p.known.Backends {
		for _, h := range def.Hosts {
			if is, _ := path.Match(h.Pattern, u.Hostname()); is {
				values := maps.Clone(h.Values)
				setAddress(def, u, values)
				if c, ok := candidateOf(def, values); ok {
					all = append(all, c)
				}
			}
		}
	}
	for _, c := range all {
		if only != nil && c.def != only || ok && len(c.base) <= len(longest.base) {
			continue
		}
		if values, fits := c.match(u); fits {
			longest, ok = c, true
			longest.values = values
		}
	}
	return longest, ok
}

func setAddress(def *definition.Definition, u *url.URL, values map[string]string) {
	for _, f := range def.Fields {
		if f.Type == definition.TypeURL {
			values[f.Name] = u.Scheme + "://" + u.Host
		}
	}
}

// choices returns the values that the fields with options can have together.
func choices(fields []definition.Field) []map[string]string {
	const most = 64
	all := []map[string]string{{}}
	for _, f := range fields {
		if f.Type != definition.TypeEnum || len(all)*len(f.Options) > most {
			continue
		}
		var next []map[string]string
		for _, one := range all {
			for _, option := range f.Options {
				with := maps.Clone(one)
				with[f.Name] = option
				next = append(next, with)
			}
		}
		all = next
	}
	return all
}

// marks stands for the values of fields that are not known, in an address that is
// compared to that of a call.
type marks struct {
	scope  jq.Scope
	fields map[string]string // by mark
}

func newMarks(fields []definition.Field, values map[string]string) marks {
	m := marks{scope: jq.Scope{}, fields: map[string]string{}}
	for i, f := range fields {
		switch {
		case values[f.Name] != "":
			m.scope[f.Name] = values[f.Name]
		case f.Default != nil:
			m.scope[f.Name] = f.Default
		case f.Type == definition.TypeString:
			mark := fmt.Sprintf("tokenringfield%dmark", i)
			m.scope[f.Name], m.fields[mark] = mark, f.Name
		}
	}
	return m
}

var fieldMark = pattern(`tokenringfield\d+mark`)

// match compares an address with marks in it to that of a call. rest matches what may
// follow.
func (m marks) match(address, rest string, u *url.URL) (values map[string]string, ok bool) {
	address, _, _ = strings.Cut(address, "?")
	here := u.Scheme + "://" + u.Host + u.EscapedPath()
	if fixed := fieldMark().FindStringIndex(address); !strings.HasPrefix(here, strings.TrimRight(address[:append(fixed, len(address))[0]], "/")) {
		return nil, false
	}
	expression, order := regexp.QuoteMeta(strings.TrimRight(address, "/")), []string(nil)
	expression = fieldMark().ReplaceAllStringFunc(expression, func(mark string) string {
		order = append(order, m.fields[mark])
		return "([^/]+)"
	})
	pattern, err := regexp.Compile("^" + expression + rest + "/?$")
	if err != nil || address == "" {
		return nil, false
	}
	found := pattern.FindStringSubmatch(here)
	if found == nil {
		return nil, false
	}
	values = map[string]string{}
	for i, name := range order {
		text, err := url.PathUnescape(found[i+1])
		if err != nil || values[name] != "" && values[name] != text {
			return nil, false
		}
		values[name] = text
	}
	return values, true
}

// loginOf finds the login whose request a call is, with the values of fields in its
// address and body. It returns nil for any other call.
func loginOf(def *definition.Definition, a *Account, c *call) (login *definition.Login, values map[string]string) {
	for i := range def.Logins {
		l := &def.Logins[i]
		found := loginValues(def, l, a, c)
		if found != nil && (login == nil || len(found) > len(values)) {
			login, values = l, found
		}
	}
	return login, values
}

func loginValues(def *definition.Definition, login *definition.Login, a *Account, c *call) map[string]string {
	ctx, m := context.Background(), newMarks(def.FieldsFor(login.Name), a.Values)
	m.scope["login"], m.scope["attach"] = login.Name, a.Attach
	for i := range login.Steps {
		r := login.Steps[i].Request
		if r == nil || r.Method != c.Method || !login.Steps[i].When.Match(ctx, m.scope) {
			continue
		}
		address, err := addressOf(ctx, def, r, m.scope)
		if err != nil {
			continue
		}
		values, ok := m.match(address, "", c.url)
		if ok && bodyValues(r, c, values) {
			return values
		}
	}
	return nil
}

// bodyValues adds the values of fields that stand in a body where the definition sends
// them. It returns false if the body has not what the definition sends.
func bodyValues(r *definition.Request, c *call, values map[string]string) bool {
	if r.Body == nil {
		return true
	}
	sent := body.Leaves(c.BodyType, c.Body)
	for _, l := range body.Leaves(r.Body.Kind(), r.Body.Source()) {
		i := slices.IndexFunc(sent, func(s body.Leaf) bool { return s.Path == l.Path })
		if i < 0 {
			return strings.Contains(l.Value, "${") && l.Path == "" // a text
		}
		if m := oneField().FindStringSubmatch(l.Value); m != nil {
			values[m[1]] = sent[i].Value
		}
	}
	return true
}

// addressOf evaluates where a request goes, without its query.
func addressOf(ctx context.Context, def *definition.Definition, r *definition.Request, scope jq.Scope) (string, error) {
	if r.URL != nil {
		address, _, err := r.URL.Text(ctx, scope)
		return address, err
	}
	base, _, err := def.BaseURL.Text(ctx, scope)
	if err != nil || r.Path == nil {
		return base, err
	}
	path, err := r.Path.Path(ctx, scope)
	return strings.TrimRight(base, "/") + path, err
}
