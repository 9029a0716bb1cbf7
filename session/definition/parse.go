package definition

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// decoder makes a Definition of a file.
type decoder struct {
	*yaml.Reader
	def   *Definition
	lint  *linter
	modes [][]reading // the texts of each attach mode
}

func newDecoder(r *yaml.Reader, def *Definition) *decoder {
	return &decoder{Reader: r, def: def, lint: &linter{Reader: r, def: def}}
}

// Bounds of the times a definition may set.
const (
	maxTimeout = 5 * time.Minute
	maxEvery   = time.Hour
	maxFor     = 24 * time.Hour

	defaultEvery = 5 * time.Second
	defaultFor   = 15 * time.Minute
)

// Parse reads a definition that a person wrote. source names the file in
// problems and in Definition.Source. The error is a *yaml.Problems with
// everything that is wrong, up to a bound, each with its line, column and, where
// one is known, a hint.
func Parse(source string, src []byte) (*Definition, error) {
	return parse(yaml.New(source), source, src)
}

// parse neither lints the file of a trusted reader nor compiles its jq.
func parse(r *yaml.Reader, source string, src []byte) (*Definition, error) {
	d := newDecoder(r, &Definition{Source: source})
	if root := d.Read(src, "begin with name: and base_url:"); root != nil {
		d.definition(root)
		for i, texts := range d.modes {
			d.def.Attach[i].Primary = d.primary(texts)
		}
		if !d.Trusted {
			d.lint.run()
		}
	}
	if err := d.Err(); err != nil {
		return nil, err
	}
	return d.def, nil
}

// definition reads the whole file.
func (d *decoder) definition(root *yaml.Node) {
	f := d.mapping(root)
	if root.Kind != yaml.Mapping {
		return
	}
	def := d.def
	d.head(f)
	def.Fields = d.fieldList(f.List("fields"), &scope{account: true}, &d.lint.accountFields)
	addresses := &scope{public: true}
	if n := f.Need("base_url", "the address every path is appended to"); n != nil {
		def.BaseURL = d.template(n, addresses)
		d.address(n)
	}
	def.Origins = d.origins(f.List("origins"), addresses)
	always := &scope{captures: true}
	def.Headers = d.headers(f, "headers", always)
	def.Query = f.pairs("query", always)
	def.Timeout = f.Duration("timeout", time.Second, maxTimeout)

	d.flows(f)
	d.tokens(f.Get("tokens"))
	d.attachModes(f)
	d.outcomes(f.List("outcomes"))
	after := &scope{captures: true, allPrompts: true, answer: true}
	def.Message = f.jq("message", after)
	d.claims(f.Get("claims"))
	d.requests(f.List("requests"))
	def.Notes = f.Lines("notes")
	f.Done()
}

// head reads what names the definition.
func (d *decoder) head(f *fields) {
	d.def.Name = f.name("definition", "what accounts refer to: name: my-api", d.checkIdentifier, new([]string))
	d.def.Title = cmp.Or(f.Text("title"), d.def.Name)
	n := f.Get("docs")
	if s, ok := d.Scalar(n); ok && isWebAddress(s) {
		d.def.Docs = s
	} else if ok {
		d.Problem(n, "begin with https://", "docs must be a web address")
	}
}

// flows reads the logins and the other three flows.
func (d *decoder) flows(f *fields) {
	if n := f.Get("each_answer"); n != nil {
		each := d.mapping(n)
		if c := each.Need("capture", "what to keep of every answer"); c != nil {
			d.def.EachAnswer = d.captures(c, &scope{captures: true, answer: true}, &d.lint.eachAnswer)
		}
		each.Done()
	}
	if n := f.Need("logins", "a list of ways to log in"); n != nil {
		d.loginList(f.List("logins"), n)
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

// address checks the part of an address that no expression makes.
func (d *decoder) address(n *yaml.Node) {
	fixed, _, open := strings.Cut(n.Text, "${")
	switch {
	case n.Kind != yaml.Text, open && fixed == "":
	case !isWebAddress(fixed):
		d.Problem(n, "begin with https://, or with ${…} of a field of type url", "this is not a web address")
	}
}

// isWebAddress reports whether a text begins like one.
func isWebAddress(s string) bool {
	rest, ok := strings.CutPrefix(s, "https://")
	if !ok {
		rest, ok = strings.CutPrefix(s, "http://")
	}
	return ok && !strings.ContainsAny(rest, " \t\n")
}

func (d *decoder) origins(list []*yaml.Node, s *scope) []Origin {
	var out []Origin
	for _, n := range list {
		o, at := Origin{}, n
		if n.Kind == yaml.Mapping {
			f := d.mapping(n)
			at = f.Need("url", "scheme, host and port")
			o.Attach = f.Flag("attach", false)
			f.Done()
		}
		if at == nil {
			continue
		}
		d.address(at)
		if o.URL = d.template(at, s); o.URL != nil {
			out = append(out, o)
		}
	}
	return out
}

func (d *decoder) tokens(n *yaml.Node) {
	for _, e := range d.mapping(n).At.Entries {
		d.lint.later(func() { d.lint.mustCapture(e.Key, e.Key.Text) })
		d.def.Tokens = append(d.def.Tokens, d.token(e.Key.Text, e.Value))
	}
}

func (d *decoder) token(name string, n *yaml.Node) TokenSpec {
	t, f := TokenSpec{Name: name}, d.mapping(n)
	s := &scope{captures: true, answer: true, claims: true}
	for _, one := range f.List("expires_at") {
		d.lint.lifetime(one)
		if q := d.query(one, s); q != nil {
			t.ExpiresAt = append(t.ExpiresAt, q)
		}
	}
	t.Idle = f.jq("idle", &scope{captures: true})
	t.Expect = f.jq("expect", s)
	f.Done()
	return t
}

func (d *decoder) attachModes(f *fields) {
	n := f.Need("attach", "how the token is put on a request: a list of modes")
	if n == nil {
		return
	}
	list := f.List("attach")
	if n.Kind == yaml.Sequence && len(list) == 0 {
		d.Problem(n, "one mode at least", "attach is empty")
	}
	for _, one := range list {
		d.attachMode(one)
	}
}

func (d *decoder) attachMode(n *yaml.Node) {
	f, s := d.mapping(n), &scope{captures: true}
	a := Attach{When: f.jq("when", s)}
	a.Name = f.name("attach mode", "what the account's form shows: name: bearer", d.checkIdentifier, &d.lint.attach)
	if a.Name == AttachNone {
		d.Problem(n.Lookup("name"), "choose another", "the name none means no token")
	}
	a.Title = cmp.Or(f.Text("title"), a.Name)
	var texts []reading
	for _, e := range n.Entries { // in the file's order: the first token is the primary one
		first := len(d.lint.readings)
		switch e.Key.Text {
		case "headers":
			a.Headers = d.headers(f, "headers", s)
		case "query":
			a.Query = f.pairs("query", s)
		case "cookies":
			a.Cookies = d.headers(f, "cookies", s)
		}
		texts = append(texts, d.lint.readings[first:]...)
	}
	for _, key := range []string{"headers", "query", "cookies"} {
		f.Know(key)
	}
	f.Done()
	d.def.Attach, d.modes = append(d.def.Attach, a), append(d.modes, texts)
	if n.Kind == yaml.Mapping {
		index := len(d.modes) - 1
		d.lint.later(func() { d.lint.attachesToken(n, &d.def.Attach[index], texts) })
	}
}

// primary returns the first captured name that a mode reads, in the file's
// order.
func (d *decoder) primary(texts []reading) string {
	for i := range texts {
		for _, name := range texts[i].names() {
			if slices.Contains(d.lint.captured, name) {
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

func (d *decoder) outcomes(list []*yaml.Node) {
	s := &scope{captures: true, allPrompts: true, answer: true}
	for _, n := range list {
		f, o := d.mapping(n), Outcome{}
		for _, on := range f.List("on") {
			if w := d.WordOf(on, flowNames); w != "" {
				o.On = append(o.On, session.Flow(w))
			}
		}
		f.Need("when", "jq over .status, .headers and .body")
		o.When = f.jq("when", s)
		f.Need("is", yaml.OneOf(kindNames))
		o.Is = session.OutcomeKind(f.Word("is", kindNames...))
		o.RetryAfter = f.jq("retry_after", s)
		f.Done()
		d.def.Outcomes = append(d.def.Outcomes, o)
	}
}

func (d *decoder) claims(n *yaml.Node) {
	for _, e := range d.mapping(n).At.Entries {
		f, c := d.mapping(e.Value), ClaimSpec{Name: e.Key.Text}
		c.Label = f.Text("label")
		c.Format = f.Word("format", "time", "duration", "enum")
		c.Mask = f.Flag("mask", false)
		if values := f.Get("values"); values != nil {
			c.Enum = d.claimValues(values)
		}
		if (c.Format == "enum") != f.Has("values") {
			d.Problem(e.Value, "format: enum and values: {value: meaning} go together", "one of format: enum and values is missing")
		}
		f.Done()
		d.def.Claims = append(d.def.Claims, c)
	}
}

func (d *decoder) claimValues(n *yaml.Node) map[string]string {
	d.mapping(n)
	out := make(map[string]string, len(n.Entries))
	for _, e := range n.Entries {
		if s, ok := d.Scalar(e.Value); ok {
			out[e.Key.Text] = secret.CleanLine(s)
		}
	}
	return out
}

// templateOrEmpty is the empty text's template where none could be read.
func templateOrEmpty(t *jq.Template) *jq.Template {
	if t == nil {
		return jq.Literal("")
	}
	return t
}
