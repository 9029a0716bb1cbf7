package importer

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/shell"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// fits tidies a call and reports whether it is small enough.
func (p *parser) fits(c *call) bool {
	c.Name, _ = secret.CutDeclared(c.Name, nil)
	c.Title, _ = secret.CutDeclared(c.Title, nil)
	for _, name := range c.tidy() {
		p.once(c.at, "", "the header %s was left out, since the client sets it itself", name)
	}
	what := c.tooLarge()
	if what != "" {
		p.seen++
		p.note(c.at, "", "%s was left out: %s is too large", c.label(), what)
	}
	return what == ""
}

// add adds a call, if it fits.
func (p *parser) add(c *call) {
	if p.fits(c) {
		p.calls = append(p.calls, c)
	}
}

// group collects the calls of one account.
type group struct {
	account Account
	known   *KnownAccount
	def     *definition.Definition
	values  map[string]string // of fields of def
	origin  transport.Origin
	key     string
	calls   []*call
	creds   [][]credential // of each call
	token   *credential

	have  []request.Spec  // of the known account
	names map[string]bool // of its requests and the new ones
	seen  map[string]bool // what the files send
	again []*call         // that are there already
}

// gather makes accounts of the calls.
func (p *parser) gather() {
	p.out.Seen += p.seen + len(p.calls)
	groups, byOrigin := []*group(nil), map[transport.Origin][]*group{}
	for _, c := range p.calls {
		if g, isNew := p.place(byOrigin[c.origin()], c, p.credentials(c)); isNew {
			groups, byOrigin[c.origin()] = append(groups, g), append(byOrigin[c.origin()], g)
		}
	}
	named := slices.ContainsFunc(groups, func(g *group) bool { return g.known != nil || g.def != nil || g.token != nil })
	for _, g := range groups {
		if named && g.calls[0].kind == HAR && g.known == nil && g.def == nil && g.token == nil {
			p.note(g.calls[0].at, "", "%s was passed over: no credentials in %s", secret.CleanLine(g.origin.Host()), prose.Count(len(g.calls), "request"))
			p.out.Had += len(g.calls) // there is nothing to take of them
			continue
		}
		p.finish(g)
	}
	if len(groups) > 0 && !named && groups[0].calls[0].kind == HAR {
		p.note(place{file: groups[0].calls[0].at.file}, `export the HAR "with sensitive data"`, "no credentials are in it: browsers leave them out unless told not to")
	}
}

// place puts a call into the group of its origin that it belongs to, or a new one.
func (p *parser) place(groups []*group, c *call, creds []credential) (in *group, isNew bool) {
	known, ok := p.knownFor(c)
	if !ok {
		return nil, false
	}
	token := primary(creds)
	var def *definition.Definition
	var values map[string]string
	if known == nil {
		def, values = p.recognized(c)
	}
	key := ""
	if def == nil {
		key = identity(c, token)
	}
	i := slices.IndexFunc(groups, func(g *group) bool {
		return known == g.known && def == g.def && (known != nil || g.key == key || g.key == "" || key == "")
	})
	if i >= 0 {
		groups[i].add(c, creds, token, key)
		return groups[i], false
	}
	g := &group{known: known, def: def, values: values, origin: c.origin()}
	g.add(c, creds, token, key)
	return g, true
}

func (g *group) add(c *call, creds []credential, token *credential, key string) {
	g.calls, g.creds = append(g.calls, c), append(g.creds, creds)
	if g.key == "" {
		g.key = key
	}
	if token != nil && (g.token == nil || !token.unknown()) {
		g.token = token // the last is the newest
	}
}

// primary returns the credential that is the account's token, or nil.
func primary(creds []credential) *credential {
	if len(creds) == 0 || creds[0].rank == rankNever {
		return nil
	}
	return &creds[0]
}

// identity distinguishes the tokens of several people. A log holds the session of
// one browser, whose token changes as it is renewed.
func identity(c *call, cred *credential) string {
	if cred == nil {
		return ""
	}
	if claims := jq.Claims(token.Parse(cred.value)); claims != nil && claims["sub"] != nil {
		return fmt.Sprint("sub ", claims["iss"], claims["sub"])
	}
	switch {
	case cred.rank == rankDeclared:
		return cred.in + " " + strings.ToLower(cred.name) + " " + cred.value
	case c.kind == HAR || cred.unknown():
		return ""
	}
	return cred.in + cred.name + cred.value
}

// knownFor finds the account that gets the call; false when the call fits none
// although one was named.
func (p *parser) knownFor(c *call) (*KnownAccount, bool) {
	var best *KnownAccount
	for i := range p.known.Accounts {
		a := &p.known.Accounts[i]
		origin, err := transport.ParseOrigin(a.BaseURL)
		switch {
		case p.options.Account != "" && a.Name != p.options.Account:
		case p.options.Account != "" && origin != c.origin():
			p.note(c.at, "", "%s was left out: it goes to %s, not to %s of %s", c.label(), c.origin().Host(), origin.Host(), a.Name)
			return nil, false
		case err != nil || origin != c.origin() || p.options.Name != "":
		case best == nil || len(c.target(a.BaseURL)) < len(c.target(best.BaseURL)):
			best = a
		}
	}
	return best, best != nil || p.options.Account == ""
}

// definition returns a definition of the ring, or nil.
func (p *parser) definition(name string) *definition.Definition {
	for i := range p.known.Backends {
		if p.known.Backends[i].Name == name {
			return p.known.Backends[i]
		}
	}
	return nil
}

// finish makes the group's account and its requests.
func (p *parser) finish(g *group) {
	f := &filling{p: p}
	switch {
	case g.known != nil:
		g.account = existing(g.known)
		g.account.Also = p.others(g)
		if def := p.definition(g.known.Definition); def != nil {
			p.readLogins(g, def, &g.account)
			p.renew(g, def)
		}
	case g.def != nil:
		p.describe(g, f)
	default:
		p.tokenAccount(g, f)
	}
	if g.known != nil {
		g.have = slices.Clone(g.known.Requests)
	}
	lost := false
	for i, c := range g.calls {
		lost = p.request(g, c, g.creds[i], f) || lost
	}
	switch n := len(g.again); {
	case n == 1:
		p.note(g.again[0].at, "", "%s is there already", g.again[0].label())
	case n > 1:
		p.note(g.again[0].at, "", "%s and %s are there already", g.again[0].label(), prose.Count(n-1, "further request"))
	}
	p.takeConnection(g)
	if !g.account.Exists {
		g.account.Name = p.freeName(g)
		p.setDefaults(&g.account)
	}
	if nothing := len(g.account.Requests)+len(g.account.NewSecrets) == 0; nothing && (g.account.Exists || lost) {
		return
	}
	p.out.Accounts = append(p.out.Accounts, g.account)
}

// renew gives a known account whose login takes a token the one that its calls carry.
func (p *parser) renew(g *group, def *definition.Definition) {
	login, field := def.PasteLogin()
	t := g.token
	if t == nil || t.unknown() || login == "" || login != g.known.Login || g.known.References[field] != "" || g.known.holds(t.value) {
		return
	}
	if p.isExpired(t.value) {
		p.once(g.calls[0].at, "", "the token in %s was left out: it has expired", t.place())
		return
	}
	g.account.NewSecrets, g.account.Token = map[string]secret.String{field: secret.New(t.value)}, t.place()
}

// holds reports whether the account holds a secret already.
func (k *KnownAccount) holds(value string) bool {
	return k != nil && slices.ContainsFunc(k.Secrets, func(s secret.String) bool { return s.Reveal() == value })
}

// request adds a call to the account's requests and notes the parts that were left
// out. It reports whether that is all of it.
func (p *parser) request(g *group, c *call, creds []credential, f *filling) (lost bool) {
	for i := range creds {
		p.tell(g, c, &creds[i])
	}
	if c.bare {
		if g.known != nil {
			p.out.Had++
		}
		return false
	}
	one := *f
	one.left, one.open, one.lost = nil, nil, false
	if g.known == nil && g.def == nil && primary(creds) == nil {
		c.Attach = definition.AttachNone // as its source sends it
	}
	spec := c.spec(g.account.BaseURL, &one)
	if slices.ContainsFunc(strings.Split(c.url.Path, "/"), func(s string) bool {
		return (secret.LooksSecret(s) || secret.IssuerKind(s) != "") && !one.holdsToken(s)
	}) {
		one.lost = true
	}
	if one.lost {
		p.note(c.at, "write it by hand", "%s was left out: it holds a secret that cannot be cut out", c.label())
		return true
	}
	for _, where := range slices.Compact(one.left) {
		p.note(c.at, "", "%s of %s is a secret and was left empty", where, c.label())
	}
	if _, err := spec.Compile(); err != nil {
		p.note(c.at, "", "%s was left out: %v", c.label(), err)
		return true
	}
	if g.has(c, &spec) {
		p.out.Had++
		g.again = append(g.again, c)
		return false
	}
	for _, name := range one.open {
		p.opened[name] = true
	}
	p.tellFiles(c.at, &spec)
	if len(secret.InPath(spec.Target)) > 0 {
		p.once(c.at, "", "the path of %s holds a secret: it is sealed, and export refuses to write it", c.label())
	}
	spec.Name = freeWord(spec.Name, g.names)
	g.names[spec.Name] = true
	g.account.Requests = append(g.account.Requests, spec)
	return false
}

// has reports whether the account has a request already. Two of the files that differ
// in what was left out of them are two, and one that the account has is taken for one.
func (g *group) has(c *call, spec *request.Spec) bool {
	if g.names == nil {
		g.names, g.seen = map[string]bool{}, map[string]bool{}
		for _, s := range g.have {
			g.names[s.Name] = true
		}
	}
	if i := slices.IndexFunc(g.have, func(s request.Spec) bool { return same(&s, spec) }); i >= 0 {
		g.have = slices.Delete(g.have, i, i+1)
		g.seen[c.text()] = true
		return true
	}
	was := g.seen[c.text()]
	g.seen[c.text()] = true
	return was
}

// same reports whether two requests send the same.
func same(a, b *request.Spec) bool {
	return strings.EqualFold(a.Method, b.Method) && a.Target == b.Target && a.Body == b.Body &&
		slices.Equal(a.Query, b.Query) && slices.Equal(a.Headers, b.Headers)
}

// tellFiles notes the files that a request will send.
func (p *parser) tellFiles(at place, spec *request.Spec) {
	b, err := body.Parse(spec.BodyType, spec.Body)
	if err != nil {
		return
	}
	body.MapFiles(b, func(path string) string {
		p.note(at, "", "%s sends the file %s, read each time it is fired", spec.Name, path)
		return path
	})
}

func freeWord(name string, taken map[string]bool) string {
	return free(name, func(n string) bool { return taken[n] })
}

// free numbers a name until it is not taken.
func free(name string, taken func(string) bool) string {
	free := name
	for n := 2; taken(free); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// tell adds a note for a credential that is not the account's token.
func (p *parser) tell(g *group, c *call, cred *credential) {
	if t := g.token; t != nil && cred.in == t.in && cred.name == t.name {
		if g.known == nil && cred.unknown() && t.unknown() {
			p.once(c.at, "it is asked for at login", "the token of %s in %s has no value yet", c.origin().Host(), cred.place())
		}
		taken := g.known == nil && g.takesToken() || g.known != nil && len(g.account.NewSecrets) > 0 || g.known.holds(cred.value)
		if taken && (cred.value == t.value || cred.unknown() || c.kind == HAR) {
			return
		}
	}
	what := "the value of " + cred.place()
	switch {
	case g.known != nil && cred.unknown(): // it sends its own
	case cred.rank == rankNever && cred.in == "cookie":
		p.once(c.at, "", "cookies of %s were left out", c.origin().Host())
	case g.known != nil && cred.rank != rankNever:
		p.once(c.at, "a newer token goes in with: tokenring login "+shell.Quote(g.known.Name), "%s was left out: %s sends what its own session holds", what, g.known.Name)
	case g.known == nil && !g.takesToken():
		p.once(c.at, "log in to get a session of its own", "%s was left out: accounts of %s log in", what, g.def.Title)
	default:
		p.once(c.at, "where it is needed, write a definition that sends it", "%s was left out: it is a secret beside the token", what)
	}
}

// others lists further accounts of the same origin, for the person to choose from.
func (p *parser) others(g *group) []string {
	var names []string
	for i := range p.known.Accounts {
		a := &p.known.Accounts[i]
		if origin, err := transport.ParseOrigin(a.BaseURL); err == nil && origin == g.origin && a.Name != g.known.Name && p.options.Account == "" {
			names = append(names, a.Name)
		}
	}
	return names
}

// freeName returns the name of a new account: the wanted one, or that of its host.
func (p *parser) freeName(g *group) string {
	name := p.options.Name
	if name == "" {
		name = secret.CleanLine(g.origin.Host())
		if u, err := url.Parse(string(g.origin)); err == nil && transport.Loopback(g.origin) {
			name = "localhost-" + u.Port()
		}
	}
	return free(name, func(n string) bool {
		return slices.ContainsFunc(p.known.Accounts, func(a KnownAccount) bool { return a.Name == n }) ||
			slices.ContainsFunc(p.out.Accounts, func(a Account) bool { return a.Name == n })
	})
}
