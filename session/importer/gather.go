package importer

import (
	"cmp"
	"crypto/sha256"
	"fmt"
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
	if c.encoded {
		p.once(c.at, "", "the address of %s is sent percent-encoded", c.label())
	}
	p.tidy(c)
	why := c.unfit()
	if why != "" {
		p.leaveOut(c.at, "", "%s was left out: %s", c.label(), why)
	}
	return why == ""
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
	def     *definition.Definition // of the account; nil: it is for any API
	first   *call
	key     identity
	calls   []*call
	token   *credential
	way     *call // the first that names the way to its server, or nil

	sent    secret.String // the token, if requests read it
	capture string        // its name in the session; "" has none

	secrets []secret.String // of the known account
	have    map[digest]int  // what the known account sends, and how often
	seen    map[digest]bool // what the files send
	names   prose.Names     // of requests
	again   []*call         // that the known account has
}

func (p *parser) newGroup(known *KnownAccount) *group {
	g := &group{known: known, have: map[digest]int{}, seen: map[digest]bool{}, names: prose.Names{}}
	g.account.NewSecrets = map[string]secret.String{}
	if known == nil {
		return g
	}
	g.account.Account, g.account.Exists = known.Account, true
	g.def = definition.Named(p.known.Backends, known.Definition)
	has := p.load(known)
	for i := range has.Requests {
		g.have[sentBy(&has.Requests[i])]++
		g.names[has.Requests[i].Name] = 1
	}
	g.secrets = has.Secrets
	return g
}

// load returns what a known account has.
func (p *parser) load(k *KnownAccount) Holdings {
	if k.Load == nil {
		return Holdings{}
	}
	has, err := k.Load()
	p.err = cmp.Or(p.err, err)
	return has
}

// gather makes accounts of the calls.
func (p *parser) gather() {
	p.out.Seen += p.seen + len(p.calls)
	p.declareBodies()
	for _, c := range p.calls {
		p.recognizeLocal(c)
	}
	groups, byOrigin := []*group(nil), map[transport.Origin][]*group{}
	for _, c := range p.calls {
		if p.credentials(c); primary(c.creds) != nil {
			p.tokens[c.creds[0].value] = true
		}
	}
	for _, c := range p.calls {
		if g := p.place(byOrigin[c.origin()], c); g != nil {
			groups, byOrigin[c.origin()] = append(groups, g), append(byOrigin[c.origin()], g)
		}
	}
	p.calls, byOrigin = nil, nil
	p.out.Accounts = slices.Grow(p.out.Accounts, len(groups))
	named := slices.ContainsFunc(groups, func(g *group) bool { return g.known != nil || g.def != nil || g.token != nil })
	if len(groups) > 0 && !named && groups[0].first.kind == HAR {
		p.note(place{File: groups[0].first.at.File}, `export the HAR "with sensitive data"`, "no credentials are in it: browsers leave them out unless told not to")
	}
	for i, g := range groups {
		groups[i] = nil // of many hosts they may be most of the memory
		if named && g.first.kind == HAR && g.known == nil && g.def == nil && g.token == nil {
			p.note(g.first.at, "", "%s was passed over: no credentials in %s", secret.CleanLine(g.first.origin().Host()), prose.Count(len(g.calls), "request"))
			p.out.Had += len(g.calls)
			continue
		}
		p.finish(g)
	}
}

// place puts a call into the group of its origin that it belongs to, or into a new one,
// which it returns.
func (p *parser) place(groups []*group, c *call) *group {
	token := primary(c.creds)
	key := p.identity(c, token)
	known, ok := p.knownFor(groups, c, key)
	if !ok {
		return nil
	}
	var def *definition.Definition
	var values map[string]string
	if _, _, ok := token.basic(); known == nil && !(ok && p.options.Backend == definition.Basic) {
		def, values = p.recognized(c)
	}
	i := slices.IndexFunc(groups, func(g *group) bool {
		return known == g.known && (known != nil || def == g.def && (def != nil || g.key.fits(key)))
	})
	if i >= 0 {
		p.join(groups[i], c, token, key)
		return nil
	}
	g := p.newGroup(known)
	if g.first = c; known == nil {
		g.def, g.account.Values = def, values
	}
	p.join(g, c, token, key)
	return g
}

// join adds a call to a group.
func (p *parser) join(g *group, c *call, token *credential, key identity) {
	g.calls = append(g.calls, c)
	if g.way == nil && c.way != nil {
		g.way = c
	}
	if g.known == nil || slices.ContainsFunc(p.heldBy(g.known), key.fits) {
		g.key = identity{cmp.Or(g.key.place, key.place), cmp.Or(g.key.whose, key.whose), ""}
		g.take(token)
	}
}

// take makes a credential the token of the group: the last is the newest, unless it says
// otherwise.
func (g *group) take(token *credential) {
	if token != nil && (g.token == nil || !token.unknown() && !older(token.value, g.token.value)) {
		g.token = token
	}
}

// primary returns the credential that is the account's token, or nil.
func primary(creds []credential) *credential {
	if len(creds) == 0 || creds[0].rank == rankNever {
		return nil
	}
	return &creds[0]
}

// identity tells the credentials for one server apart. What is "" is not known.
type identity struct {
	place string // where it is sent, and behind what
	whose string // the user, else the credential itself
	value string
}

// fits reports whether two credentials may be those of one account.
func (i identity) fits(o identity) bool {
	return (i.place == o.place || i.place == "" || o.place == "") && (i.whose == o.whose || i.whose == "" || o.whose == "")
}

// identity returns that of a credential. A log holds the session of one browser, whose token
// changes as it is renewed.
func (p *parser) identity(c *call, cred *credential) (id identity) {
	if cred == nil {
		return id
	}
	id = p.identified(definition.TokenPlace(cred.in, cred.name, cred.word), cred.value)
	if cred.unknown() {
		id.value = ""
	}
	if c.kind != HAR && (id.value != "" || cred.rank == rankDeclared) {
		id.whose = cmp.Or(id.whose, cred.value)
	}
	return id
}

// identified returns the identity of a credential at a place, as far as it says whose it is.
func (p *parser) identified(place, value string) identity {
	whose, known := p.subjects[value]
	if !known {
		if claims := jq.Claims(token.Parse(value)); claims != nil && claims["sub"] != nil {
			whose = fmt.Sprint("sub ", claims["iss"], claims["sub"])
		}
		p.subjects[value] = whose
	}
	if user, password := basicPair(value); place == basicPlace && password != "" && !isOpen(user) {
		whose = user
	}
	return identity{place, whose, value}
}

// heldBy returns the identities of what a known account holds: of all that say whose they are,
// if some do.
func (p *parser) heldBy(k *KnownAccount) []identity {
	if p.held[k] == nil {
		place := definition.Named(p.known.Backends, k.Definition).TokenAt(&k.Account)
		all := []identity{{place: place}}
		if k.Definition == definition.Basic {
			all[0].whose = k.Values["username"]
		}
		for _, s := range p.load(k).Secrets {
			id := p.identified(place, s.Reveal())
			if p.tokens[id.value] {
				id.whose = cmp.Or(id.whose, id.value)
			}
			all = append(all, id)
		}
		if named := slices.DeleteFunc(slices.Clone(all), func(id identity) bool { return id.whose == "" }); len(named) > 0 {
			all = named
		}
		p.held[k] = all
	}
	return p.held[k]
}

// knownFor finds the account that gets the call; false when the call fits none although one was
// named. Of those that may hold its credential it is one that does, else one of the same user;
// then the one with the longest base address, and of the groups first.
func (p *parser) knownFor(groups []*group, c *call, key identity) (best *KnownAccount, ok bool) {
	here := p.servers[c.origin()]
	switch a := p.into; {
	case a != nil && !slices.Contains(here, a):
		origin, _ := transport.ParseOrigin(a.BaseURL)
		p.note(c.at, "", "%s was left out: it goes to %s, not to %s of %s", c.label(), c.origin().Host(), origin.Host(), a.Name)
		return nil, false
	case a != nil, p.options.Name != "":
		return a, true
	case key.value == "":
		key.place = "" // the account sends its own
	}
	var least []int
	for _, k := range here {
		group := slices.IndexFunc(groups, func(g *group) bool { return g.known == k })
		if !slices.ContainsFunc(p.heldBy(k), key.fits) || group >= 0 && !groups[group].key.fits(key) {
			continue
		}
		far := []int{2, len(c.target(k.BaseURL)), -min(group, 0)}
		for _, id := range p.heldBy(k) {
			switch {
			case key.value != "" && id.value == key.value:
				far[0] = 0
			case key.whose != "" && id.whose == key.whose:
				far[0] = min(far[0], 1)
			}
		}
		if best == nil || slices.Compare(far, least) < 0 {
			best, least = k, far
		}
	}
	return best, true
}

// finish makes the group's account and its requests.
func (p *parser) finish(g *group) {
	switch {
	case g.known != nil:
		for _, a := range p.servers[g.first.origin()] {
			if a != g.known && p.into == nil {
				g.account.Also = append(g.account.Also, a.Name)
			}
		}
		if g.def != nil {
			p.readLogins(g)
			p.renew(g)
		}
	case g.def != nil:
		p.describe(g)
	default:
		p.tokenAccount(g)
	}
	p.takeConnection(g)
	def := definition.Named(p.known.Backends, g.account.Definition)
	if def != nil {
		for i := range def.Requests { // a name means these first
			g.names[def.Requests[i].Name] = 1
		}
	}
	lost := false
	for i, c := range g.calls {
		lost = p.request(g, c) || lost
		g.calls[i] = nil
	}
	switch n := len(g.again); {
	case n == 1:
		p.note(g.again[0].at, "", "%s is there already", g.again[0].label())
	case n > 1:
		p.note(g.again[0].at, "", "%s and %s are there already", g.again[0].label(), prose.Count(n-1, "further request"))
	}
	if !g.account.Exists {
		g.account.Name = p.freeName(g)
		if def != nil {
			g.account.SetDefaults(def) // as of one that a person adds
		}
	}
	if nothing := len(g.account.Requests)+len(g.account.NewSecrets) == 0; nothing && (g.account.Exists || lost) {
		return
	}
	p.out.Accounts = append(p.out.Accounts, g.account)
}

// renew gives the token of the calls to a known account whose login takes one, unless what it
// holds is newer or cannot be compared.
func (p *parser) renew(g *group) {
	t, compared := g.token, len(g.secrets) > 0 || len(g.known.Secrets) == 0
	if t == nil || !compared || slices.ContainsFunc(g.secrets, func(s secret.String) bool { return older(t.value, s.Reveal()) }) {
		return
	}
	login, field := g.def.PasteLogin()
	value := t.value
	if _, _, ok := t.basic(); ok && g.def.Name == definition.Basic {
		field, value = t.basicField(g.known.Login)
		login = field
	}
	if login != "" && login == g.known.Login && g.known.References[field] == "" && !g.holds(value) {
		p.paste(g, field, value)
	}
}

// older reports whether a token was issued before another, or else ends before it.
func older(value, than string) bool {
	if value == than {
		return false
	}
	a, b := token.Parse(value), token.Parse(than)
	for _, claim := range []string{"iat", "exp"} {
		x, ok := a.Time(claim)
		if y, also := b.Time(claim); ok && also && !x.Equal(y) {
			return x.Before(y)
		}
	}
	return false
}

// holds reports whether the known account holds a secret already.
func (g *group) holds(value string) bool {
	return slices.ContainsFunc(g.secrets, secret.New(value).Equal)
}

// request adds a call to the account's requests and notes the parts that were left
// out. It reports whether that is all of it.
func (p *parser) request(g *group, c *call) (lost bool) {
	f := &filling{parser: p, group: g, left: c.left}
	for i := range c.creds {
		if one := &c.creds[i]; f.sendsToken(one) {
			c.put(one.in, request.Pair{Name: one.name, Value: one.behind(one.value)})
		} else {
			p.tell(g, c, one)
		}
	}
	if c.bare {
		if g.known != nil {
			p.out.Had++
		}
		return false
	}
	if g.known == nil && g.def == nil && primary(c.creds) == nil {
		c.Attach = definition.AttachNone // as its source sends it
	}
	spec := c.spec(f)
	if f.lost {
		p.note(c.at, "write it by hand", "%s was left out: it holds a secret that cannot be cut out", c.label())
		return true
	}
	for _, where := range slices.Compact(f.left) {
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
	for _, name := range f.open {
		p.opened[name] = true
	}
	p.tellFiles(c.at, &spec)
	var kept exporter
	kept.request("", &spec)
	for _, one := range kept.found {
		p.once(c.at, "", "%s of %s may hold a secret: it is sealed, and export refuses to write it", strings.Trim(one.Place, "."), c.label())
	}
	spec.Name = g.names.Free(spec.Name)
	g.account.Requests = append(g.account.Requests, spec)
	return false
}

// has reports whether the account has a request already. Two of the files that differ
// in what was left out of them are two, and one that the account has is taken for one.
func (g *group) has(c *call, spec *request.Spec) bool {
	text, sent := c.digest(), sentBy(spec)
	was := g.seen[text]
	if g.seen[text] = true; g.have[sent] > 0 {
		g.have[sent]--
		return true
	}
	return was
}

// sentBy returns equal digests for requests that send the same.
func sentBy(s *request.Spec) digest {
	return digestOf(strings.ToUpper(s.Method), s.Target, s.Body, s.Query, s.Headers)
}

// digest identifies a text that is only compared: a log has many long ones.
type digest = [sha256.Size]byte

func digestOf(parts ...any) digest { return sha256.Sum256(fmt.Appendf(nil, "%q", parts)) }

// tellFiles notes the files that a request will send.
func (p *parser) tellFiles(at place, spec *request.Spec) {
	b, _ := body.Parse(spec.BodyType, spec.Body) // checked when it was made
	body.MapFiles(b, func(path string) string {
		p.note(at, "", "%s sends the file %s, read each time it is sent", spec.Name, path)
		return path
	})
}

// tell adds a note for a credential that is not the account's token.
func (p *parser) tell(g *group, c *call, cred *credential) {
	takes := g.known == nil && g.takesToken()
	if t := g.token; t != nil && cred.in == t.in && cred.name == t.name {
		if takes && cred.unknown() && t.unknown() {
			p.once(c.at, "it is asked for at login", "the token of %s in %s has no value yet", c.origin().Host(), cred.place())
		}
		taken := takes || g.known != nil && len(g.account.NewSecrets) > 0 || g.holds(cred.value)
		if taken && (cred.value == t.value || cred.unknown() || c.kind == HAR) {
			return
		}
	}
	what := "the value of " + cred.place()
	switch {
	case g.known != nil && cred.unknown(): // it sends its own
	case slices.Contains(oneCallSchemes, strings.ToLower(cred.word)):
		p.leaveOutScheme(c, c.at, strings.ToLower(cred.word))
	case cred.rank == rankNever && cred.in == "cookie":
		p.once(c.at, "", "cookies of %s were left out", c.origin().Host())
	case g.known != nil && cred.rank != rankNever:
		p.once(c.at, "a newer token goes in with: tokenring login "+shell.Quote(g.known.Name), "%s was left out: %s sends what its own session holds", what, g.known.Name)
	case g.known == nil && !takes:
		p.once(c.at, "log in to get a session of its own", "%s was left out: accounts of %s log in", what, g.def.Title)
	default:
		why := "it is a secret beside the token"
		if g.known == nil && g.token == nil {
			why = "it is a secret, and no token of an account"
		}
		p.once(c.at, "where it is needed, write a definition that sends it", "%s was left out: %s", what, why)
	}
}

// freeName returns the name of a new account: the wanted one, or that of its host.
func (p *parser) freeName(g *group) string {
	origin := g.first.origin()
	name := secret.CleanLine(origin.Host())
	if transport.Loopback(origin) {
		name = "localhost-" + string(origin[strings.LastIndexByte(string(origin), ':')+1:])
	}
	return p.accounts.Free(cmp.Or(p.options.Name, name))
}
