package importer

import (
	"net/url"
	"regexp"
	"slices"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// variable is a name with a value, of a .env file or an environment of Postman.
type variable struct {
	name, value string
	at          place
	secret      bool // the file says so
}

var envLine = pattern(`^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*=\s*(.*)$`)

// dotenv reads NAME=VALUE lines as shells and their libraries do: quotes,
// comments, export, and $NAME of a line before.
func (p *parser) dotenv(at place, src string) error {
	var vars []variable
	values := map[string]string{}
	lines := strings.Split(strings.ReplaceAll(src, "\r\n", "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		here := at
		here.line, here.column = i+1, 1
		line := strings.TrimSpace(lines[i])
		if line == "" || line[0] == '#' {
			continue
		}
		m := envLine().FindStringSubmatch(line)
		if m == nil {
			p.note(here, "a line is NAME=VALUE", "this line is not understood")
			continue
		}
		for quote := m[2]; unclosed(quote) && i+1 < len(lines); quote = m[2] { // a value of several lines
			i++
			m[2] += "\n" + lines[i]
		}
		if unclosed(m[2]) {
			return fault(here, "end it with the same quote", "the quote of %s is not closed", m[1])
		}
		values[m[1]] = envValue(m[2], values)
		vars = append(vars, variable{name: m[1], value: values[m[1]], at: here})
	}
	return p.fromVariables(at, vars)
}

// unclosed reports whether a value begins with a quote that does not end.
func unclosed(v string) bool {
	return v != "" && (v[0] == '"' || v[0] == '\'') && quoteEnd(v) < 0
}

// quoteEnd is where the quote that v begins with ends; -1 nowhere.
func quoteEnd(v string) int {
	for i := 1; i < len(v); i++ {
		switch {
		case v[0] == '"' && v[i] == '\\':
			i++
		case v[i] == v[0]:
			return i
		}
	}
	return -1
}

var envReference = pattern(`\$\{?(\w+)\}?`)

func envValue(raw string, known map[string]string) string {
	fill := func(s string) string {
		return envReference().ReplaceAllStringFunc(s, func(m string) string {
			if value, ok := known[strings.Trim(m, "${}")]; ok {
				return value
			}
			return m
		})
	}
	switch {
	case raw == "":
		return ""
	case raw[0] == '\'':
		return raw[1:quoteEnd(raw)]
	case raw[0] == '"':
		inside := strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\"`, `"`, `\\`, `\`, `\$`, `$`).Replace(raw[1:quoteEnd(raw)])
		return fill(inside)
	}
	if i := strings.Index(raw, " #"); i >= 0 {
		raw = raw[:i]
	}
	return fill(strings.TrimSpace(raw))
}

// role is what a variable is for.
type role int

const (
	roleNone role = iota
	roleAddress
	roleToken
	roleKey
	roleUser
	rolePassword
	roleSecret // of another kind
)

var (
	addressName  = pattern(`(?i)_?(base_?)?(api_?)?(base_?)?(url|uri|host|endpoint|address|server|origin|base|root)$`)
	keyName      = pattern(`(?i)_?(api_?)?(access_?)?key$`)
	tokenName    = pattern(`(?i)_?(api_?|access_?|auth_?|bearer_?|id_?|personal_?)*(token|jwt|bearer|pat)$`)
	userName     = pattern(`(?i)_?(api_?)?(user_?name|user|login|e?mail|user_?email)$`)
	passwordName = pattern(`(?i)_?(api_?)?(user_?)?(password|passwd|pass|pwd)$`)
	foreignName  = pattern(`(?i)(^|_)(db|database|postgres|pg|mysql|redis|smtp|mail|s3|aws|jwt_secret|refresh)_`)
)

// roleOf tells by name and value what a variable is for, and gives the name
// without the words that said so.
func roleOf(v *variable) (role, string) {
	for _, t := range []struct {
		name func() *regexp.Regexp
		role role
	}{{passwordName, rolePassword}, {tokenName, roleToken}, {keyName, roleKey}, {userName, roleUser}, {addressName, roleAddress}} {
		loc := t.name().FindStringIndex(v.name)
		switch {
		case loc == nil:
		case t.role == roleAddress && !isWebAddress(v.value):
		case t.role == roleToken && strings.Contains(strings.ToLower(v.name), "refresh"):
		case foreignName().MatchString(v.name) && t.role != roleAddress:
		default:
			return t.role, strings.ToLower(v.name[:loc[0]])
		}
	}
	if v.secret || secret.Named(v.name) || secret.Looks(v.value) || secret.Random(v.value) {
		return roleSecret, ""
	}
	return roleNone, ""
}

func isWebAddress(s string) bool {
	u, err := url.Parse(strings.TrimSpace(s))
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// site is an address with the credentials that go with it by their names.
type site struct {
	address *variable
	stem    string // of the name, lower case
	token   *variable
	key     *variable
	user    *variable
	pass    *variable
}

// fromVariables proposes an account for every web address among the variables.
func (p *parser) fromVariables(at place, vars []variable) error {
	var sites []*site
	var left, plain []string
	for i := range vars {
		if r, stem := roleOf(&vars[i]); r == roleAddress {
			sites = append(sites, &site{address: &vars[i], stem: stem})
		}
	}
	for i := range vars {
		v := &vars[i]
		r, stem := roleOf(v)
		s := nearest(sites, stem)
		switch {
		case r == roleAddress || v.value == "":
		case s == nil || r == roleNone || r == roleSecret || !s.take(r, v):
			if r == roleNone || r == roleUser {
				plain = append(plain, v.name)
			} else {
				left = append(left, v.name)
			}
		}
	}
	if len(sites) == 0 {
		return fault(at, "an address is named like API_URL and begins with https://", "no variable of it is the address of an API")
	}
	for _, s := range sites {
		p.site(s)
	}
	p.names(at, "is a secret of no address here and was left out", "are secrets of no address here and were left out", left)
	p.names(at, "was not used", "were not used", plain)
	return nil
}

func (p *parser) names(at place, one, many string, names []string) {
	const most = 10
	verb := many
	switch {
	case len(names) == 0:
		return
	case len(names) == 1:
		verb = one
	case len(names) > most:
		names = append(names[:most:most], "others")
	}
	p.note(at, "", "%s %s", strings.Join(names, ", "), verb)
}

// nearest is the site whose name has most in common with a credential's.
func nearest(sites []*site, stem string) *site {
	var best *site
	most := -1
	for _, s := range sites {
		n := common(s.stem, stem)
		switch {
		case len(sites) > 1 && s.stem != "" && stem != "" && n == 0:
		case n > most || n == most && len(s.stem) < len(best.stem):
			best, most = s, n
		}
	}
	return best
}

// common counts the words that two names begin with together.
func common(a, b string) int {
	x, y := strings.FieldsFunc(a, isJoint), strings.FieldsFunc(b, isJoint)
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

func isJoint(r rune) bool { return r == '_' || r == '.' || r == '-' }

// take gives the site a credential; false when it has one.
func (s *site) take(r role, v *variable) bool {
	slot := map[role]**variable{roleToken: &s.token, roleKey: &s.key, roleUser: &s.user, rolePassword: &s.pass}[r]
	if *slot != nil {
		return false
	}
	*slot = v
	return true
}

// site makes an account of an address and its credentials.
func (p *parser) site(s *site) {
	c := &call{at: s.address.at, kind: Env, Spec: request.Spec{Method: "GET"}}
	if !c.address(s.address.value) {
		p.note(s.address.at, "", "%s is no address", s.address.name)
		return
	}
	if known, ok := p.knownFor(c); known != nil || !ok {
		if known != nil {
			p.note(s.address.at, "give a name to add another one", "%s is the address of %s already", s.address.name, known.Name)
		}
		return
	}
	g := &group{origin: c.origin(), def: p.backendFor(c), calls: []*call{c}, creds: [][]credential{nil}}
	if g.def == nil {
		p.credentialsOf(c, s)
	}
	found := c.credentials()
	g.token = primary(found)
	base := strings.TrimRight(c.url.String(), "/")
	f := &filling{}
	if g.def != nil {
		p.describe(g, f)
		g.account.fill(g, s)
		if g.account.Login == "" || g.token == nil {
			g.account.Login = loginFor(g.def, &g.account)
		}
	} else {
		p.tokenAccount(g, f)
		g.account.Values[address], g.account.BaseURL = base, base
		delete(g.account.Values, checkPath)
	}
	for i := range found {
		if &found[i] != g.token {
			p.tell(g, c, &found[i])
		}
	}
	g.account.Name = p.freeName(g)
	p.out.Accounts = append(p.out.Accounts, g.account)
}

// credentialsOf puts the site's credential on the call as an API would have it.
func (p *parser) credentialsOf(c *call, s *site) {
	switch {
	case s.token != nil:
		p.beside(s, s.key, s.user, s.pass)
		word := "Bearer "
		if strings.Contains(s.token.value, " ") {
			word = ""
		}
		c.Headers = append(c.Headers, request.Pair{Name: "Authorization", Value: word + s.token.value})
	case s.key != nil:
		p.beside(s, s.user, s.pass)
		c.Headers = append(c.Headers, request.Pair{Name: "X-Api-Key", Value: s.key.value})
	case s.user != nil && s.pass != nil:
		c.basic(s.user.value, s.pass.value)
	default:
		p.beside(s, s.user, s.pass)
	}
}

// beside tells of credentials that have no place beside the one that is taken.
func (p *parser) beside(s *site, others ...*variable) {
	for _, v := range others {
		if v != nil {
			p.note(v.at, "", "%s was not used for %s", v.name, s.address.name)
		}
	}
}

// fill gives a user name and a password to the fields of the definition that
// are for them.
func (a *Account) fill(g *group, s *site) {
	for _, give := range []struct {
		from  *variable
		names []string
	}{{s.user, []string{"username", "user", "email", "login"}}, {s.pass, []string{"password"}}} {
		for _, name := range give.names {
			if give.from != nil && slices.ContainsFunc(allFields(g.def), func(f definition.Field) bool { return f.Name == name }) {
				a.set(g.def, name, give.from.value)
				break
			}
		}
	}
}
