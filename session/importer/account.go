package importer

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// takesToken reports whether a pasted token makes the account.
func (g *group) takesToken() bool {
	if g.def == nil {
		return true
	}
	login, _ := g.def.PasteLogin()
	return login != ""
}

// tokenAccount makes an account of the definition for any API.
func (p *parser) tokenAccount(g *group) {
	a := &g.account
	a.Definition, a.BaseURL = definition.AnyAPI, g.base()
	a.Values = map[string]string{"address": a.BaseURL}
	if t := g.token; t != nil {
		sent, field, value := "", "pasted", t.value
		if user, _, ok := t.basic(); ok {
			field, value = t.basicField("")
			a.Definition, a.Login, g.capture, sent = definition.Basic, field, "credentials", ", sent as HTTP Basic"
			if field == "password" {
				a.Values["username"] = user
				sent += " of " + user
			}
		} else {
			g.capture, sent = "token", attachValues(a, t)
		}
		if !t.unknown() {
			g.sent = secret.New(t.value)
			p.paste(g, field, value)
		}
		a.Token = t.place() + sent
	}
	for _, c := range g.calls {
		if path := c.target(a.BaseURL); c.Method == "GET" && len(c.Query) == 0 && aboutMe().MatchString(path) {
			a.Values["check_path"] = path
			break
		}
	}
}

// basicField returns the secret field of HTTP Basic, which has the name of its login, and the
// value of it: a user who is known and no key has a field of their own.
func (c *credential) basicField(login string) (field, value string) {
	user, password, _ := c.basic()
	person := user != "" && password != "" && !isOpen(user) && secret.Why("", user)+secret.IssuerKind(user) == ""
	if login == "password" || login == "" && person {
		return "password", password
	}
	return "pair", user + ":" + password
}

// paste sets a field of the account to the value that the token of its calls is there, and
// reports whether it did. It notes a token that has expired.
func (p *parser) paste(g *group, field, value string) bool {
	t := g.token
	if t == nil || t.unknown() {
		return false
	}
	if ends, ok := token.Parse(t.value).Expiry(); ok && !p.known.Now.IsZero() && ends.Before(p.known.Now) {
		p.once(g.first.at, "log in to enter another", "the token in %s was left out: it has expired", t.place())
		return false
	}
	g.account.NewSecrets[field], g.account.Token = secret.New(value), t.place()
	return true
}

// base returns the base address that all calls of the group name, or their origin.
func (g *group) base() string {
	c := g.calls[0]
	if c.base != "" && !slices.ContainsFunc(g.calls, func(other *call) bool { return other.base != c.base }) {
		return c.base
	}
	return c.url.Scheme + "://" + c.url.Host
}

// aboutMe are paths that only a live token may read.
var aboutMe = lazy.Regexp(`^/([\w.-]+/){0,3}(me|whoami|userinfo)$`)

// attachValues sets how the token is attached to requests, and describes it.
func attachValues(a *Account, t *credential) string {
	a.Attach = t.in
	if t.in != "header" || !strings.EqualFold(t.name, "Authorization") {
		a.Values[t.in+"_name"] = t.name
	}
	if strings.EqualFold(t.word, "bearer") {
		t.word = "Bearer"
	}
	word := t.word
	switch {
	case t.in == "query":
		return ", sent as the parameter " + t.name
	case t.in == "cookie":
		return ", sent as the cookie " + t.name
	case word == "":
		a.Values["scheme"] = "none"
	case slices.Contains(token.Schemes, word):
		a.Values["scheme"] = word
	default:
		a.Values["scheme"], a.Values["prefix"] = "other", word
	}
	return ", sent as " + t.name + ": " + t.behind("TOKEN")
}

// describe makes an account of a definition for the origin of the group. It reads
// the values of fields from the places where the definition sends them. A token brings
// the login that takes one.
func (p *parser) describe(g *group) {
	a := &g.account
	a.Definition, a.BaseURL = g.def.Name, g.base()
	g.token = nil // it may have been a field of the account
	for _, c := range g.calls {
		readFields(a, g.def, c)
		g.take(primary(c.creds))
	}
	login := p.readLogins(g)
	a.BaseURL = cmp.Or(g.def.BaseWith(a.Values), a.BaseURL)
	switch paste, field := g.def.PasteLogin(); {
	case paste != "" && g.token != nil && p.paste(g, field, g.token.value):
		a.Login, g.sent = paste, a.NewSecrets[field]
		if len(g.def.Attach) > 0 {
			g.capture = g.def.Attach[0].Primary
		}
	case login != "":
		a.Login = login
	default:
		a.Login = loginFor(g.def, a)
	}
}

// recognized finds the definition whose base address a call goes to, and the values
// of fields that make it so. A server on this machine may be anything.
func (p *parser) recognized(c *call) (def *definition.Definition, values map[string]string) {
	if p.options.Backend == definition.AnyAPI {
		return nil, nil
	}
	if def = definition.Named(p.known.Backends, p.options.Backend); def == nil && transport.Loopback(c.origin()) {
		if def = p.local[c.origin()]; def == nil {
			return nil, nil
		}
	}
	found, ok := p.recognizer.Match(c.url, def)
	if def != nil && !ok {
		return def, def.AddressValues(c.url)
	}
	return found.Definition, found.Values
}

// recognizeLocal finds the definition of a server on this machine: it is where the definition
// expects it, and a call is its login.
func (p *parser) recognizeLocal(c *call) {
	if c.Body == "" || p.local[c.origin()] != nil || !transport.Loopback(c.origin()) {
		return
	}
	at := *c.url
	at.Host = net.JoinHostPort("127.0.0.1", at.Port())
	if found, ok := p.recognizer.Match(&at, nil); ok {
		login, values := found.Definition.LoginOf(c.asDefined(), found.Definition.AddressValues(c.url), "")
		if login != nil && len(values) > 0 {
			p.local[c.origin()] = found.Definition
		}
	}
}

// asDefined returns the call in the form that definitions compare.
func (c *call) asDefined() definition.Call {
	return definition.Call{Method: c.Method, URL: c.url, BodyType: c.BodyType, Body: c.Body}
}

// readLogins takes the calls that are a login of the definition out of the group, with
// the values of fields that they hold. It returns the last such login, or "".
func (p *parser) readLogins(g *group) (name string) {
	a, def := &g.account, g.def
	g.calls = slices.DeleteFunc(g.calls, func(c *call) bool {
		login, values := def.LoginOf(c.asDefined(), a.Values, a.Attach)
		if login == nil {
			return false
		}
		for field, value := range values {
			if !a.Exists {
				a.set(def, field, value)
			}
		}
		name = login.Name
		p.out.Had++
		p.note(c.at, "", "%s is the login of %s, and no request of it", c.label(), def.Title)
		return true
	})
	return name
}

// readFields takes the values of fields from the headers and parameters that the
// definition sends: on every call, and with the token. The attach mode of which most is
// there is the account's.
func readFields(a *Account, def *definition.Definition, c *call) {
	take := func(own []definition.Pair, pairs *[]request.Pair, in string) (n int) {
		for _, pair := range own {
			source := pair.Value.Source()
			field := definition.FieldIn(source)
			isField := slices.ContainsFunc(def.AllFields(), func(f definition.Field) bool { return f.Name == field })
			if !isField && strings.Contains(source, "${") {
				continue
			}
			fits := func(name, value string) bool {
				fits := strings.EqualFold(name, pair.Name.Source()) && (isField || value == source)
				if fits && isField {
					a.set(def, field, value)
				}
				return fits
			}
			before := len(*pairs) + len(c.creds)
			*pairs = slices.DeleteFunc(*pairs, func(h request.Pair) bool { return fits(h.Name, h.Value) })
			c.creds = slices.DeleteFunc(c.creds, func(one credential) bool { return one.in == in && fits(one.name, cmp.Or(one.plain, one.value)) })
			n += before - len(*pairs) - len(c.creds)
		}
		return n
	}
	take(def.Headers, &c.Headers, "header")
	take(def.Query, &c.Query, "query")
	most := 0
	for i := range slices.Backward(def.Attach) {
		m := &def.Attach[i]
		if n := take(m.Headers, &c.Headers, "header") + take(m.Query, &c.Query, "query"); n > most {
			a.Attach, most = m.Name, n
		}
	}
}

// set sets the value of a field, in clear or as a secret.
func (a *Account) set(def *definition.Definition, name, value string) {
	if value == "" || isOpen(value) || secret.IsPlaceholder(value) && strings.ContainsAny(value, "<>[]{}$%") {
		return
	}
	for _, f := range def.AllFields() {
		switch {
		case f.Name != name:
		case f.Secret: // a login may have it where other addresses have a value
			a.NewSecrets[name] = secret.New(value)
			maps.DeleteFunc(a.Values, func(other, v string) bool { return v == value && slices.Contains(def.BaseURL.Refs(), other) })
		default:
			a.Values[name] = value
		}
	}
}

// loginFor returns the login with the most known fields.
func loginFor(def *definition.Definition, a *Account) string {
	known := func(l definition.Login) (n int) {
		for _, f := range l.Fields {
			if _, ok := a.Values[f.Name]; ok || !a.NewSecrets[f.Name].IsZero() {
				n++
			}
		}
		return n
	}
	return slices.MaxFunc(def.Logins, func(a, b definition.Login) int { return known(a) - known(b) }).Name
}
