package definition

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/yaml"
)

// decoder builds a Definition from a file, and lints the file in the end.
type decoder struct {
	*yaml.Reader
	def *Definition

	partial       bool // the file has only parts of a definition
	accountFields []string
	secretFields  []string
	logins        []*loginScope
	captured      []string // captured anywhere
	prompts       []string // prompted for anywhere
	loginNames    []string
	attach        []string

	grants    []*grant // of the logins
	generated bool     // the current nodes were not written by the user

	readings []reading
	checks   []func() // run when every name is known
}

// Bounds of the times in a definition.
const (
	maxEvery = time.Hour
	maxFor   = 24 * time.Hour

	defaultEvery = 5 * time.Second
	defaultFor   = 15 * time.Minute
)

// Parse parses a definition of a user. source names the file in problems and in
// Definition.Source. The error is a *yaml.Problems.
func Parse(source string, src []byte) (*Definition, error) { return parse(source, "", src) }

// parse parses a definition, which must have the given name unless that is "". It does not lint a
// built-in definition or compile its jq, which tests cover.
func parse(source, name string, src []byte) (*Definition, error) {
	d := &decoder{Reader: yaml.New(source), def: &Definition{Source: source}}
	d.Trusted = source == SourceBuiltin
	if root := d.Read(src, "begin with name: and base_url:"); root != nil {
		d.definition(root)
		if name != "" && d.def.Name != "" && d.def.Name != name {
			d.ProblemAt(root.Lookup("name").Line, 1, "name", "write name: "+name+", or rename the file to "+d.def.Name+".yaml",
				"the file of %s names itself %s", name, d.def.Name)
		}
		if !d.Trusted {
			d.lint()
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return d.def, nil
}

// definition reads the whole file.
func (d *decoder) definition(root *yaml.Node) {
	f := d.Mapping(root)
	if root.Kind != yaml.Mapping {
		return
	}
	def := d.def
	def.Name = d.name(f, "definition", "what accounts refer to: name: my-api", d.checkIdentifier, new([]string))
	def.Title, def.Docs = cmp.Or(f.Text("title"), def.Name), d.webAddress("docs", f.Get("docs"))
	d.proof(f)
	def.Fields = d.fieldList(f.Mappings("fields"), &scope{account: true}, &d.accountFields)
	addresses := &scope{public: true}
	if n := f.Need("base_url", "the address every path is appended to"); n != nil {
		def.BaseURL = d.template(n, addresses)
		d.address(n)
	}
	d.apiURL(f.Get("api_url"))
	def.Origins = d.origins(f.List("origins"), addresses)
	d.hosts(f.Get("hosts"))
	always := &scope{captures: true}
	def.Headers = d.headers(f, "headers", always)
	def.Query = d.pairs(f, "query", always)
	def.Timeout = f.Duration("timeout", session.MinTimeout, session.MaxTimeout)
	d.connection(f.Get("connection"))

	d.flows(f)
	d.tokens(f.Get("tokens"))
	for _, mode := range d.needList(f, "attach", "mode", "how the token is put on a request: a list of modes") {
		d.attachMode(mode)
	}
	d.outcomes(f.Mappings("outcomes"))
	after := &scope{captures: true, allPrompts: true, answer: true}
	def.Message = d.query(f.Get("message"), after)
	d.grantFlows()
	d.claims(f.Get("claims"))
	d.requests(f.Mappings("requests"))
	def.Notes = f.Lines("notes")
	f.Done()
}

// flows reads the logins and the other three flows.
func (d *decoder) flows(f *yaml.Fields) {
	each := d.Mapping(f.Get("each_answer"))
	d.def.EachAnswer = d.captures(each.Need("capture", "what to keep of every answer"), &scope{captures: true, answer: true})
	each.Done()
	for _, login := range d.needList(f, "logins", "login", "a list of ways to log in") {
		d.def.Logins = append(d.def.Logins, d.login(login))
	}
	if n := f.Get("refresh"); n != nil {
		d.def.Refresh = d.refresh(n)
	}
	if n := f.Get("check"); n != nil {
		d.def.Check = d.check(n)
	}
	if n := f.Get("logout"); n != nil {
		d.def.Logout = d.logout(n)
	}
}

func (d *decoder) tokens(n *yaml.Node) {
	for _, e := range d.Mapping(n).At.Entries {
		d.later(func() { d.mustCapture(e.Key, e.Key.Text) })
		d.def.Tokens = append(d.def.Tokens, d.token(e.Key.Text, e.Value))
	}
}

func (d *decoder) token(name string, n *yaml.Node) TokenSpec {
	t, f := TokenSpec{Name: name}, d.Mapping(n)
	s := &scope{captures: true, answer: true, claims: true}
	for _, one := range f.List("expires_at") {
		d.lifetime(one)
		if q := d.query(one, s); q != nil {
			t.ExpiresAt = append(t.ExpiresAt, q)
		}
	}
	t.Idle = d.query(f.Get("idle"), &scope{captures: true})
	t.Expect = d.condition(f.Get("expect"), s)
	f.Done()
	return t
}

// needList opens the mappings of a required list, which must not be empty.
func (d *decoder) needList(f *yaml.Fields, key, what, hint string) []*yaml.Fields {
	n := f.Need(key, hint)
	if n != nil && n.Kind == yaml.Sequence && len(n.Items) == 0 {
		d.Problem(n, "at least one "+what, "%s is empty", key)
	}
	return f.Mappings(key)
}

func (d *decoder) attachMode(f *yaml.Fields) {
	n, s := f.At, &scope{captures: true}
	a := Attach{When: d.condition(f.Get("when"), s)}
	a.Name = d.name(f, "attach mode", "what the account's form shows: name: bearer", d.checkIdentifier, &d.attach)
	if a.Name == AttachNone {
		d.Problem(n.Lookup("name"), "choose another", "the name none means no token")
	}
	a.Title = cmp.Or(f.Text("title"), a.Name)
	var texts []reading
	for _, e := range n.Entries { // in the file's order: the first token is the primary one
		first := len(d.readings)
		switch e.Key.Text {
		case PlaceHeaders:
			a.Headers = d.headers(f, PlaceHeaders, s)
		case PlaceQuery:
			a.Query = d.pairs(f, PlaceQuery, s)
		case PlaceCookies:
			a.Cookies = d.headers(f, PlaceCookies, s)
		case "path":
			if text, ok := d.Scalar(e.Value); ok && !strings.HasPrefix(text, "/") {
				d.Problem(e.Value, "path: /bot${.token}", "a path begins with /")
			}
			a.Path = d.template(e.Value, s)
		case "body":
			a.Body = d.template(e.Value, &scope{captures: true, request: true})
		case "sign":
			a.Sign = d.sign(e.Value)
		}
		texts = append(texts, d.readings[first:]...)
	}
	f.Known(PlaceHeaders, PlaceQuery, PlaceCookies, "path", "body", "sign")
	f.Done()
	a.Primary = d.primary(texts)
	d.def.Attach = append(d.def.Attach, a)
	d.later(func() {
		if a.Primary == "" && !d.isBlurred() && !d.Faulty(n.Path) && !d.meansCapture(texts) {
			d.Problem(n, "name one in headers, query, cookies, path, body or sign: Authorization: \"Bearer ${.access}\"",
				"this mode puts no captured token on a request")
		}
	})
}

// sign reads the computed values of an attach mode, in the file's order.
func (d *decoder) sign(n *yaml.Node) []Signed {
	s, f := &scope{captures: true, request: true, now: true}, d.Mapping(n)
	var out []Signed
	for _, e := range n.Entries {
		var pairs []Pair
		switch e.Key.Text {
		case PlaceHeaders, PlaceCookies:
			pairs = d.headers(f, e.Key.Text, s)
		case PlaceQuery:
			pairs = d.pairs(f, PlaceQuery, s)
		}
		for _, p := range pairs {
			out = append(out, Signed{e.Key.Text, p})
		}
	}
	f.Known(PlaceHeaders, PlaceQuery, PlaceCookies)
	f.Done()
	return out
}

// primary returns the first captured name that a mode reads, in the file's order. The flows are
// read before.
func (d *decoder) primary(texts []reading) string {
	for i := range texts {
		for _, name := range texts[i].names() {
			if slices.Contains(d.captured, name) {
				return name
			}
		}
	}
	return ""
}

// flowNames are the flows an outcome may be bound to.
var flowNames = []string{
	string(session.FlowLogin), string(session.FlowRefresh), string(session.FlowCheck), string(session.FlowLogout), string(session.FlowRequest),
}

// kindNames are the meanings that an outcome may have.
var kindNames = []string{
	string(session.BadCredentials), string(session.Locked), string(session.Disabled), string(session.Unconfirmed), string(session.RateLimited),
	string(session.TokenRejected), string(session.Forbidden), string(session.BadConfig), string(session.AuthDisabled), string(session.Challenge),
	string(session.Unavailable),
}

func (d *decoder) outcomes(list []*yaml.Fields) {
	s := &scope{captures: true, allPrompts: true, answer: true}
	for _, f := range list {
		o := Outcome{}
		for _, on := range f.List("on") {
			if w := d.WordOf(on, flowNames); w != "" {
				o.On = append(o.On, session.Flow(w))
			}
		}
		o.When = d.condition(f.Need("when", "jq over .status, .headers and .body"), s)
		o.Is = session.OutcomeKind(d.WordOf(f.Need("is", yaml.OneOf(kindNames)), kindNames))
		o.RetryAfter = d.query(f.Get("retry_after"), s)
		f.Done()
		d.def.Outcomes = append(d.def.Outcomes, o)
	}
}

func (d *decoder) claims(n *yaml.Node) {
	d.def.Claims = token.Labels{}
	for _, e := range d.Mapping(n).At.Entries {
		f := d.Mapping(e.Value)
		c := token.Label{Label: f.Text("label"), Format: f.Word("format", "time", "duration", "enum"), Mask: f.Flag("mask", false)}
		if values := f.Get("values"); values != nil {
			c.Enum = map[string]string{}
			for _, v := range d.Mapping(values).At.Entries {
				if s, ok := d.Scalar(v.Value); ok {
					c.Enum[v.Key.Text] = secret.CleanLine(s)
				}
			}
		}
		if (c.Format == "enum") != f.Has("values") {
			d.Problem(e.Value, "format: enum and values: {value: meaning} go together", "one of format: enum and values is missing")
		}
		f.Done()
		d.def.Claims[e.Key.Text] = c
	}
}

// name reads the required name of a mapping and adds it to taken, or returns "" if it is invalid.
// what describes the mapping in a problem.
func (d *decoder) name(f *yaml.Fields, what, hint string, valid func(*yaml.Node, string) bool, taken *[]string) string {
	at := f.Need("name", hint)
	s, ok := d.Scalar(at)
	if !ok || !valid(at, s) {
		return ""
	}
	*taken = d.unique(at, what, s, *taken)
	return s
}

// pairs reads a mapping of templates to templates, in the file's order.
func (d *decoder) pairs(f *yaml.Fields, key string, s *scope) []Pair {
	n := f.Get(key)
	if n == nil {
		return nil
	}
	if n.Kind != yaml.Mapping {
		d.Problem(n, "write name: value", "%s must be a mapping, this is %s", key, n.Kind)
		return nil
	}
	var out []Pair
	for _, e := range n.Entries {
		name, value := d.template(e.Key, s), d.template(e.Value, s)
		if name != nil && value != nil {
			out = append(out, Pair{Name: name, Value: value})
		}
	}
	return out
}

// query reads a bare jq expression and records it for lint.
func (d *decoder) query(n *yaml.Node, s *scope) *jq.Query { return d.record(n, s, d.Query(n)) }

// condition is query for an expression that must hold.
func (d *decoder) condition(n *yaml.Node, s *scope) *jq.Query { return d.record(n, s, d.Condition(n)) }

func (d *decoder) record(n *yaml.Node, s *scope, q *jq.Query) *jq.Query {
	if q != nil && !d.generated {
		d.readings = append(d.readings, reading{at: n, scope: s, queries: []*jq.Query{q}})
	}
	return q
}

// template reads a text with ${…} and records it for lint.
func (d *decoder) template(n *yaml.Node, s *scope) *jq.Template {
	t := d.Template(n)
	if t != nil && !d.generated {
		d.readings = append(d.readings, reading{at: n, scope: s, queries: t.Queries(), template: t})
	}
	return t
}
