package importer

import (
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// The built-in definition for any API with a token that comes from elsewhere,
// and its fields.
const (
	anyAPI      = "token"
	captured    = "token"
	pasted      = "pasted"
	address     = "address"
	checkPath   = "check_path"
	headerName  = "header_name"
	queryName   = "query_name"
	cookieName  = "cookie_name"
	scheme      = "scheme"
	otherPrefix = "prefix"
)

// schemes are the words before a token that the definition knows.
var schemes = []string{"Bearer", "Token", "JWT", "Basic"}

// takesToken reports whether a pasted token makes the account.
func (g *group) takesToken() bool {
	if g.def == nil {
		return true
	}
	login, _ := pasteLogin(g.def)
	return login != ""
}

// tokenAccount makes an account of the definition for any API.
func (p *parser) tokenAccount(g *group, f *filling) {
	c := g.calls[0]
	a := &g.account
	a.Definition, a.BaseURL = anyAPI, c.url.Scheme+"://"+c.url.Host
	a.Values, a.NewSecrets = map[string]string{address: a.BaseURL}, map[string]secret.String{}
	if t := g.token; t != nil {
		attachValues(a, t)
		if !t.unknown() {
			a.NewSecrets[pasted] = secret.New(t.value)
			f.token, f.name = a.NewSecrets[pasted], captured
		}
	}
	for _, c := range g.calls {
		if path := c.target(a.BaseURL); c.Method == "GET" && len(c.Query) == 0 && aboutMe().MatchString(path) {
			a.Values[checkPath] = path
			break
		}
	}
}

// aboutMe are paths that only a live token may read.
var aboutMe = pattern(`^/([\w.-]+/){0,3}(me|whoami|userinfo)$`)

// attachValues sets how the token is attached to requests.
func attachValues(a *Account, t *credential) {
	switch t.in {
	case "query":
		a.Attach, a.Values[queryName] = "query", t.name
		return
	case "cookie":
		a.Attach, a.Values[cookieName] = "cookie", t.name
		return
	}
	a.Attach = "header"
	if !strings.EqualFold(t.name, "Authorization") {
		a.Values[headerName] = t.name
	}
	switch {
	case t.word == "":
		a.Values[scheme] = "none"
	case strings.EqualFold(t.word, "bearer"):
		a.Values[scheme] = "Bearer"
	case slices.Contains(schemes, t.word):
		a.Values[scheme] = t.word
	default:
		a.Values[scheme], a.Values[otherPrefix] = "other", t.word
	}
}

// describe makes an account of a definition for the origin of the group. It reads
// the values of fields from the places where the definition sends them.
func (p *parser) describe(g *group, f *filling) {
	a := &g.account
	a.Definition, a.BaseURL = g.def.Name, p.baseOf(g.def)
	a.Values, a.NewSecrets = map[string]string{}, map[string]secret.String{}
	for i, c := range g.calls {
		g.creds[i] = readFields(a, g.def, c, g.creds[i])
		readBody(a, g.def, c)
	}
	if login, field := pasteLogin(g.def); login != "" && g.token != nil && !g.token.unknown() {
		a.Login, a.NewSecrets[field] = login, secret.New(g.token.value)
	} else {
		a.Login = loginFor(g.def, a)
	}
	p.readLogins(g, g.def, a)
	f.fields = a.NewSecrets
}

// setDefaults lets a new account behave as one that a person adds.
func (p *parser) setDefaults(a *Account) {
	if def := p.definition(a.Definition); def != nil {
		a.SetDefaults(def)
	}
}

// readLogins reads the values of fields from the addresses of logins. One with a
// secret in its address makes no request: the account logs in by itself.
func (p *parser) readLogins(g *group, def *definition.Definition, a *Account) {
	login := def.Login(a.Login)
	if login == nil {
		return
	}
	var calls []*call
	var creds [][]credential
	for i, c := range g.calls {
		values := loginValues(def, login, &a.Account, c)
		holds := false
		for name, value := range values {
			if !a.Exists {
				a.set(def, name, value)
			}
			holds = holds || slices.ContainsFunc(def.FieldsFor(login.Name), func(f definition.Field) bool { return f.Name == name && f.Secret })
		}
		if holds {
			p.note(c.at, "", "%s is the login of %s, and no request of it", c.label(), def.Title)
			continue
		}
		calls, creds = append(calls, c), append(creds, g.creds[i])
	}
	g.calls, g.creds = calls, creds
}

func (p *parser) baseOf(def *definition.Definition) string {
	for i := range p.known.Backends {
		if p.known.Backends[i].Definition == def {
			return p.known.Backends[i].BaseURL
		}
	}
	return ""
}

var oneField = pattern(`^\$\{\s*\.(\w+)\s*\}$`)

// readFields takes the values of fields from the headers and parameters that
// the definition sends on every call. It returns the remaining credentials.
func readFields(a *Account, def *definition.Definition, c *call, creds []credential) []credential {
	take := func(own []definition.Pair, pairs *[]request.Pair, in string) {
		for _, pair := range own {
			m := oneField().FindStringSubmatch(pair.Value.Source())
			if m == nil {
				continue
			}
			is := func(name string) bool { return strings.EqualFold(name, pair.Name.Source()) }
			*pairs = slices.DeleteFunc(*pairs, func(h request.Pair) bool {
				if is(h.Name) {
					a.set(def, m[1], h.Value)
				}
				return is(h.Name)
			})
			creds = slices.DeleteFunc(creds, func(cred credential) bool {
				if cred.in == in && is(cred.name) {
					a.set(def, m[1], cred.value)
					return true
				}
				return false
			})
		}
	}
	take(def.Headers, &c.Headers, "header")
	take(def.Query, &c.Query, "query")
	return creds
}

// set sets the value of a field, in clear or as a secret.
func (a *Account) set(def *definition.Definition, name, value string) {
	if value == "" || placeholder().MatchString(value) {
		return
	}
	for _, f := range def.AllFields() {
		switch {
		case f.Name != name:
		case f.Secret:
			a.NewSecrets[name] = secret.New(value)
		default:
			a.Values[name] = value
		}
	}
}

// readBody takes the values of fields from a body whose members have their
// names: the request of a login.
func readBody(a *Account, def *definition.Definition, c *call) {
	values := map[string]string{}
	for _, l := range body.Leaves(c.BodyType, c.Body) {
		if l.Path == l.Name { // not inside of another
			values[secret.FoldName(l.Name)] = l.Value
		}
	}
	for i := range def.Logins {
		for _, f := range def.Logins[i].Fields {
			a.set(def, f.Name, values[secret.FoldName(f.Name)])
		}
	}
}

// pasteLogin finds a login that takes a token from elsewhere and asks no
// server, or "".
func pasteLogin(def *definition.Definition) (login, field string) {
	for i := range def.Logins {
		l := &def.Logins[i]
		if l.Offline() && len(l.Fields) == 1 && l.Fields[0].Secret {
			return l.Name, l.Fields[0].Name
		}
	}
	return "", ""
}

// loginFor returns the login with the most known fields.
func loginFor(def *definition.Definition, a *Account) string {
	best, most := "", -1
	for i := range def.Logins {
		n := 0
		for _, f := range def.Logins[i].Fields {
			if _, ok := a.Values[f.Name]; ok || !a.NewSecrets[f.Name].IsZero() {
				n++
			}
		}
		if n > most {
			best, most = def.Logins[i].Name, n
		}
	}
	return best
}
