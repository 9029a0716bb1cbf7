package definition

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/lazy"
	"tokenring/session/secret"
)

// Candidate is a base address that a definition can have.
type Candidate struct {
	Definition *Definition
	Values     map[string]string // that fields have then
	base       string
	marks      marks
}

// candidateOf returns the candidate with these values of fields, or false if they do not make an
// address.
func candidateOf(def *Definition, values map[string]string) (Candidate, bool) {
	c := Candidate{def, values, "", newMarks(def.Fields, values)}
	base, _, err := def.BaseURL.Text(context.Background(), c.marks.scope)
	c.base = base
	u, notAddress := url.Parse(base)
	return c, err == nil && notAddress == nil && u.Host != "" && !fieldMark().MatchString(u.Scheme+u.Host)
}

// match returns the values with which the base address is a prefix of a call's address: those of
// the candidate that are not defaults, and those in the address.
func (c *Candidate) match(u *url.URL) (values map[string]string, ok bool) {
	values, ok = c.marks.match(c.base, "(?:/.*)?", u)
	for _, f := range c.Definition.Fields {
		if value := c.Values[f.Name]; ok && value != "" && value != f.Default {
			values[f.Name] = value
		}
	}
	return values, ok
}

// BaseWith returns the base address for values of fields, or "".
func (d *Definition) BaseWith(values map[string]string) string {
	c, ok := candidateOf(d, values)
	if !ok {
		return ""
	}
	return fieldMark().ReplaceAllString(c.base, "") // what is not known
}

// Recognizer finds the definition of an address.
type Recognizer struct {
	defs       []*Definition
	candidates []Candidate
}

// NewRecognizer returns a Recognizer for definitions.
func NewRecognizer(defs []*Definition) *Recognizer {
	r := &Recognizer{defs: defs}
	for _, def := range defs {
		for _, values := range choicesOf(def.Fields) {
			if c, ok := candidateOf(def, values); ok {
				r.candidates = append(r.candidates, c)
			}
		}
	}
	return r
}

// Match finds the longest base address that begins an address, among those that
// options of fields make and those of the hosts of definitions; only, unless nil, is
// the one that may be found.
func (r *Recognizer) Match(u *url.URL, only *Definition) (longest Candidate, ok bool) {
	for _, c := range slices.Concat(r.candidates, r.AtHost(u)) {
		if only != nil && c.Definition != only || ok && len(c.base) <= len(longest.base) {
			continue
		}
		if values, fits := c.match(u); fits {
			longest, ok = c, true
			longest.Values = values
		}
	}
	return longest, ok
}

// AtHost returns the candidates of the definitions that name the host of an address.
func (r *Recognizer) AtHost(u *url.URL) (all []Candidate) {
	for _, def := range r.defs {
		for _, h := range def.Hosts {
			if is, _ := path.Match(h.Pattern, u.Hostname()); is {
				values := maps.Clone(h.Values)
				maps.Copy(values, def.AddressValues(u))
				if c, ok := candidateOf(def, values); ok {
					all = append(all, c)
				}
			}
		}
	}
	return all
}

// MatchIssuer finds the definition with a login at an issuer, and the values of fields that
// make it the issuer: a definition of that server, else one that asks for any issuer.
func (r *Recognizer) MatchIssuer(u *url.URL) (found Candidate, ok bool) {
	for _, def := range r.defs {
		for issuer, m := range def.issuers() {
			if values, fits := m.match(issuer, "", u); fits {
				return Candidate{Definition: def, Values: values}, true
			}
			if field := m.fields[issuer]; field != nil && !ok {
				found, ok = Candidate{Definition: def, Values: map[string]string{field.Name: u.String()}}, true
			}
		}
	}
	return found, ok
}

// issuers yields the issuers whose metadata logins read, with marks for the values of fields.
// One that is a mark alone is any issuer.
func (d *Definition) issuers() iter.Seq2[string, marks] {
	return func(yield func(string, marks) bool) {
		for i := range d.Logins {
			m := newMarks(d.FieldsFor(d.Logins[i].Name), nil)
			for _, s := range d.Logins[i].Steps {
				if s.Discover == nil {
					continue
				}
				if issuer, _, err := s.Discover.Issuer.Text(context.Background(), m.scope); err == nil && !yield(issuer, m) {
					return
				}
			}
		}
	}
}

// MatchAnswer returns the definitions with a login whose answer this may be, those that
// capture most of it first, and then those that ask for any issuer: it holds whatever a step
// must capture, and all its tokens are captured.
func (r *Recognizer) MatchAnswer(a *answer.Answer, tokens []string) []*Definition {
	scope, isJSON := a.Scope()
	if !isJSON || len(tokens) == 0 {
		return nil
	}
	fit := map[*Definition]int{}
	for _, def := range r.defs {
		for i := range def.Logins {
			for _, s := range def.Logins[i].Steps {
				if s.Request != nil {
					fit[def] = max(fit[def], 2*s.captured(scope, tokens))
				}
			}
		}
		for issuer, m := range def.issuers() {
			if fit[def] > 0 && m.fields[issuer] != nil {
				fit[def] |= 1
			}
		}
	}
	all := slices.DeleteFunc(slices.Clone(r.defs), func(d *Definition) bool { return fit[d] == 0 })
	slices.SortStableFunc(all, func(a, b *Definition) int { return fit[b] - fit[a] })
	return all
}

// captured counts what the step captures; 0 unless that is whatever it must, with all the
// tokens.
func (s *Step) captured(scope jq.Scope, tokens []string) (n int) {
	var values []any
	for _, c := range s.Capture {
		value, err := c.Query.Value(context.Background(), scope)
		switch missing := err != nil || value == nil || value == ""; {
		case missing && !c.Optional:
			return 0
		case !missing:
			values = append(values, value)
		}
	}
	if slices.ContainsFunc(tokens, func(t string) bool { return !slices.Contains(values, any(t)) }) {
		return 0
	}
	return len(values)
}

// AddressValues returns the values of the fields for an address: where u leads.
func (d *Definition) AddressValues(u *url.URL) map[string]string {
	values := map[string]string{}
	for _, f := range d.Fields {
		if f.Type == TypeURL {
			values[f.Name] = u.Scheme + "://" + u.Host
		}
	}
	return values
}

// LoginAt returns the values of fields with which an address is that of a login and not
// the base address alone, or false.
func (d *Definition) LoginAt(u *url.URL) (values map[string]string, ok bool) {
	values = d.AddressValues(u)
	if found, ok := NewRecognizer([]*Definition{d}).Match(u, nil); ok {
		values = found.Values
	}
	login, in := d.LoginOf(Call{URL: u}, values, "")
	maps.Copy(values, in)
	base := strings.TrimRight(d.BaseWith(values), "/")
	return values, login != nil && base != u.Scheme+"://"+u.Host+strings.TrimRight(u.EscapedPath(), "/")
}

// choicesOf returns the combinations of the options of fields.
func choicesOf(fields []Field) []map[string]string {
	const most = 64
	all := []map[string]string{{}}
	for _, f := range fields {
		if f.Type != TypeEnum || len(all)*len(f.Options) > most {
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

// marks are stand-ins for unknown values of fields in an address that is compared with that of a
// call.
type marks struct {
	scope  jq.Scope
	fields map[string]*Field // by mark
}

func newMarks(fields []Field, values map[string]string) marks {
	m := marks{scope: jq.Scope{}, fields: map[string]*Field{}}
	for i := range fields {
		switch f := &fields[i]; {
		case values[f.Name] != "":
			m.scope[f.Name] = values[f.Name]
		case f.Default != nil:
			m.scope[f.Name] = f.Default
		case f.Type == TypeString:
			mark := fmt.Sprintf("tokenringfield%dmark", i)
			m.scope[f.Name], m.fields[mark] = mark, f
		}
	}
	return m
}

var fieldMark = lazy.Regexp(`tokenringfield\d+mark`)

// match compares an address with marks to that of a call. rest is the pattern of what may follow.
func (m marks) match(address, rest string, u *url.URL) (values map[string]string, ok bool) {
	address, _, _ = strings.Cut(address, "?")
	here := u.Scheme + "://" + u.Host + u.EscapedPath()
	if fixed := fieldMark().FindStringIndex(address); !strings.HasPrefix(here, strings.TrimRight(address[:append(fixed, len(address))[0]], "/")) {
		return nil, false
	}
	expression, order := regexp.QuoteMeta(strings.TrimRight(address, "/")), []*Field(nil)
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
	for i, f := range order {
		text, err := url.PathUnescape(found[i+1])
		if err != nil || secret.CleanLine(text) != text || f.Fault(text) != "" || values[f.Name] != "" && values[f.Name] != text {
			return nil, false
		}
		values[f.Name] = text
	}
	return values, true
}

// Call is a request as its sender wrote it.
type Call struct {
	Method   string // "": only the address is known
	URL      *url.URL
	BodyType body.Kind
	Body     string
}

// LoginOf finds the login whose request a call of an account is, with the values of
// fields in its address and body. It returns nil for any other call.
func (d *Definition) LoginOf(c Call, values map[string]string, attach string) (login *Login, found map[string]string) {
	for i := range d.Logins {
		l := &d.Logins[i]
		if in := l.valuesIn(d, c, values, attach); in != nil && (login == nil || len(in) > len(found)) {
			login, found = l, in
		}
	}
	return login, found
}

func (l *Login) valuesIn(d *Definition, c Call, known map[string]string, attach string) map[string]string {
	ctx, m := context.Background(), newMarks(d.FieldsFor(l.Name), known)
	m.scope["login"], m.scope["attach"] = l.Name, attach
	for i := range l.Steps {
		r := l.Steps[i].Request
		if r == nil || c.Method != "" && r.Method != c.Method || !l.Steps[i].When.Match(ctx, m.scope) {
			continue
		}
		address, err := addressOf(ctx, d, r, m.scope)
		if err != nil {
			continue
		}
		values, ok := m.match(address, "", c.URL)
		if ok && (c.Method == "" || r.bodyValues(c, values)) {
			return values
		}
	}
	return nil
}

// bodyValues adds the values of fields that stand in a body where the definition sends
// them. It returns false if the body has not what the definition sends.
func (r *Request) bodyValues(c Call, values map[string]string) bool {
	if r.Body == nil {
		return true
	}
	sent := body.Leaves(c.BodyType, c.Body)
	for _, l := range body.Leaves(r.Body.Kind(), r.Body.Source()) {
		i := slices.IndexFunc(sent, func(s body.Leaf) bool { return s.Path == l.Path })
		if i < 0 {
			return strings.Contains(l.Value, "${") && l.Path == "" // a text
		}
		if name := FieldIn(l.Value); name != "" {
			values[name] = sent[i].Value
		}
	}
	return true
}

// FieldIn returns the only name that a template reads, or "".
func FieldIn(source string) string {
	if m := oneField().FindStringSubmatch(source); m != nil {
		return m[1]
	}
	return ""
}

var oneField = lazy.Regexp(`^\$\{\s*\.(\w+)\s*\}$`)

// addressOf evaluates the address of a request without its query.
func addressOf(ctx context.Context, def *Definition, r *Request, scope jq.Scope) (string, error) {
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

// TokenPlace identifies where a token is sent: in a header, query or cookie, under a name and behind
// some text.
func TokenPlace(in, name, before string) string {
	return strings.ToLower(strings.TrimSpace(in + " " + name + " " + before))
}

// TokenAt returns the place where an account sends its primary token as it is, or "".
func (d *Definition) TokenAt(a *session.Account) string {
	if d == nil {
		return ""
	}
	ctx, scope := context.Background(), newMarks(d.FieldsFor(a.Login), a.Values).scope
	scope["login"], scope["attach"] = a.Login, a.Attach
	m := d.ModeFor(a.Attach, func(when *jq.Query) bool { return when.Match(ctx, scope) })
	if m == nil {
		return ""
	}
	const token = "tokenringtokenmark"
	scope[m.Primary] = token
	for i, pairs := range [][]Pair{m.Headers, m.Query, m.Cookies} {
		for _, pair := range pairs {
			name, _, _ := pair.Name.Text(ctx, scope)
			value, _, _ := pair.Value.Text(ctx, scope)
			if before, ok := strings.CutSuffix(value, token); ok {
				return TokenPlace([]string{"header", "query", "cookie"}[i], name, before)
			}
		}
	}
	return ""
}
