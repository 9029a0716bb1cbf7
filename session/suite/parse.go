package suite

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Bounds of a suite.
const (
	maxCases   = 1000
	maxRetries = 100
	maxEvery   = 10 * time.Minute
)

// varsName is the jq name of the variables and captures.
const varsName = "vars"

// DefaultKey is the key in expect for other accounts, and in a variable for other
// environments.
const DefaultKey = "default"

// Parse reads a suite from the file of r and reports its mistakes to r. accounts and vars
// are those of the file. readable lists the values of an account that an expectation may
// read; nil accepts every name.
func Parse(r *yaml.Reader, name, at *yaml.Node, accounts []string, vars Variables, readable func() []string) *Suite {
	p := &parser{Reader: r, parts: definition.NewParts(r, varsName), accounts: accounts, vars: vars, readable: readable}
	if secret.CleanLine(name.Text) != name.Text || strings.TrimSpace(name.Text) != name.Text || name.Text == "" || strings.HasPrefix(name.Text, "-") {
		r.Problem(name, "use a word", "%q cannot be the name of a suite", yaml.Clip(name.Text))
	}
	s := &Suite{Name: name.Text, Vars: vars}
	f := r.Mapping(at)
	s.Title = f.Text("title")
	for _, n := range f.List("as") {
		if name, ok := r.Scalar(n); ok && p.known(n, name) {
			s.As = p.unique(n, request.AccountName(name), s.As)
		}
	}
	s.Timeout = f.Duration("timeout", session.MinTimeout, session.MaxTimeout)
	requests := f.Need("requests", "a list of requests with their expectations")
	list := f.List("requests")
	if requests != nil && requests.Kind == yaml.Sequence && len(list) == 0 {
		r.Problem(requests, "- {name: me, get: /me}", "the suite has no requests")
	}
	if len(list) > maxCases {
		r.Problem(list[maxCases], "split it into two suites", "more than %d requests in a suite", maxCases)
		list = list[:maxCases]
	}
	p.lookAhead(list)
	var taken []string
	for _, n := range list {
		var c *Case
		if c, taken = p.oneCase(n, taken); c != nil {
			c.Request.Timeout = cmp.Or(c.Request.Timeout, s.Timeout)
			s.Cases = append(s.Cases, c)
		}
	}
	f.Done()
	return s
}

// parser reads one suite.
type parser struct {
	*yaml.Reader
	parts    *definition.Parts
	accounts []string
	vars     Variables
	readable func() []string

	captures []string // of earlier requests
	required []string // the required ones of captures
	all      []string // of the whole suite
}

// lookAhead collects the captures of the suite, for hints.
func (p *parser) lookAhead(list []*yaml.Node) {
	for _, n := range list {
		if c := n.Lookup("capture"); c != nil {
			for _, e := range c.Entries {
				p.all = append(p.all, strings.TrimSuffix(e.Key.Text, "?"))
			}
		}
	}
}

// known reports whether the file lists an account, and adds a problem if not.
func (p *parser) known(n *yaml.Node, name string) bool {
	if request.AccountName(name) == Anonymous || len(p.accounts) == 0 || slices.Contains(p.accounts, name) {
		return true
	}
	p.Problem(n, yaml.Suggest(name, append(slices.Clone(p.accounts), Anonymous)), "accounts does not name %q", yaml.Clip(name))
	return false
}

func (p *parser) unique(n *yaml.Node, name string, taken []string) []string {
	if slices.Contains(taken, name) {
		p.Problem(n, "keep one", "%s is listed twice", name)
		return taken
	}
	return append(taken, name)
}

// oneCase reads one item of requests.
func (p *parser) oneCase(n *yaml.Node, taken []string) (*Case, []string) {
	f := p.Mapping(n)
	if n.Kind != yaml.Mapping {
		return nil, taken
	}
	c := &Case{Line: n.Line}
	if at := f.Need("name", "the name in the table, for example name: me"); at != nil {
		c.Name, taken = p.parts.Name(at, taken)
	}
	c.Title, c.Tags = cmp.Or(f.Text("title"), c.Name), f.Lines("tags")
	expect, retries, capture := f.Get("expect"), f.Get("retries"), f.Get("capture")
	c.Request = p.parts.Request(f)
	c.Request.Name, c.Request.Title = c.Name, c.Title
	p.noSecrets(n)
	p.reads(c, false)
	if expect != nil {
		c.Expect = p.expectations(expect)
	}
	if retries != nil {
		c.Retry = p.retry(retries)
	}
	if capture != nil {
		c.Capture = p.parts.Captures(capture)
	}
	p.reads(c, true)
	for _, k := range c.Capture {
		p.captures = append(p.captures, k.Name)
		if !k.Optional {
			p.required = append(p.required, k.Name)
		}
	}
	return c, taken
}

func (p *parser) expectations(n *yaml.Node) Expectations {
	if n.Kind != yaml.Mapping {
		return Expectations{Default: p.parts.Condition(n)}
	}
	e := Expectations{}
	for _, one := range n.Entries {
		q := p.parts.Condition(one.Value)
		switch {
		case q == nil:
		case one.Key.Text == DefaultKey:
			e.Default = q
		case p.known(one.Key, one.Key.Text):
			if e.By == nil {
				e.By = map[string]*jq.Query{}
			}
			e.By[request.AccountName(one.Key.Text)] = q
		}
	}
	return e
}

func (p *parser) retry(n *yaml.Node) Retry {
	f := p.Mapping(n)
	r := Retry{Every: cmp.Or(f.Duration("every", time.Millisecond, maxEvery), time.Second)}
	if at := f.Need("times", "how often at most, such as times: 3"); at != nil {
		times, err := strconv.Atoi(at.Text)
		if err != nil || times < 1 || times > maxRetries {
			p.Problem(at, fmt.Sprintf("from 1 to %d", maxRetries), "times must be a number")
		}
		r.Times = times
	}
	r.When = p.parts.Condition(f.Get("when"))
	f.Done()
	return r
}

// reads checks the names that expressions parsed since its last call read, and adds those
// of .vars to the case. after says that they run after the answer.
func (p *parser) reads(c *Case, after bool) {
	for _, r := range p.parts.Readings() {
		for _, name := range r.Vars {
			_, given := p.vars[name]
			switch {
			case given:
				c.Given = add(c.Given, name)
			case !slices.Contains(p.captures, name):
				p.Problem(r.Node, p.varHint(name), "no variable or earlier capture sets .vars.%s", name)
			case slices.Contains(p.required, name):
				c.Needs = add(c.Needs, name)
			case !after:
				c.Reads = add(c.Reads, name)
			}
		}
		for _, name := range r.Names {
			if !after && slices.Contains(answer.Names(), name) {
				p.Problem(r.Node, "capture it in an earlier request and read ${.vars.NAME}", "no answer yet to read .%s from", name)
			}
			if after {
				p.checkRoot(r.Node, name)
			}
		}
	}
}

// checkRoot adds a problem for a name that is neither of the answer nor of an account.
func (p *parser) checkRoot(n *yaml.Node, name string) {
	known := append(answer.Names(), varsName)
	if p.readable == nil || slices.Contains(known, name) {
		return
	}
	if known = append(known, p.readable()...); slices.Contains(known, name) {
		return
	}
	e := jq.UnknownRoot(n.Text, name, known)
	line, col := p.Locate(n, e.Offset)
	p.ProblemAt(line, col, n.Path, e.Hint, "%s", e.Msg)
}

// add appends a name unless names contains it.
func add(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func (p *parser) varHint(name string) string {
	known := slices.Clone(p.captures)
	for v := range p.vars {
		known = append(known, v)
	}
	slices.Sort(known)
	if hint := yaml.DidYouMean(name, known); hint != "" {
		return hint
	}
	if slices.Contains(p.all, name) {
		return "a later request captures it; move that request up"
	}
	return "set it under variables or capture it in an earlier request"
}

// noSecrets adds a problem for each secret, since others can read the file.
func (p *parser) noSecrets(n *yaml.Node) {
	if headers := n.Lookup("headers"); headers != nil {
		for _, e := range headers.Entries {
			p.noCredential(e)
		}
	}
	for _, key := range append(body.Kinds(), "name", "title", "headers", "query") {
		if part := n.Lookup(key); part != nil {
			p.noSecret(part)
		}
	}
	for _, key := range append(definition.Shorthands(), "path", "url") {
		if at := n.Lookup(strings.ToLower(key)); at != nil && slices.ContainsFunc(strings.FieldsFunc(at.Text, isJoint), isToken) {
			p.Problem(at, keepOut, "this looks like a secret")
		}
	}
}

// isJoint reports whether r separates the parts of an address.
func isJoint(r rune) bool { return strings.ContainsRune("/?&=#;", r) }

// isToken is LooksSecret for a part of an address. There a random word may be an id, unless
// it follows the id of a bot.
func isToken(part string) bool {
	return secret.LooksSecret(part) || secret.IssuerKind(part) != "" || strings.Contains(part, ":") && secret.MaskPath(part) != part
}

const keepOut = "everyone with access to the folder can read this file: store the secret in an account, whose token is attached automatically"

// minCredential is the minimum length of a credential, in bytes.
const minCredential = 16

// credentialHeaders lists headers that carry only credentials.
var credentialHeaders = []string{"authorization", "cookie", "proxy-authorization"}

// noCredential adds a problem for a header with a literal credential. A short word counts
// as deliberately wrong.
func (p *parser) noCredential(e yaml.Entry) {
	name, words := strings.ToLower(e.Key.Text), strings.Fields(e.Value.Text)
	if len(words) == 0 || strings.Contains(e.Value.Text, "${") || LooksSecret(e.Value.Text) ||
		!slices.Contains(credentialHeaders, name) && !secret.SecretName(name) {
		return
	}
	long := func(word string) bool { return len(word) >= minCredential }
	if slices.ContainsFunc(words, long) || strings.EqualFold(words[0], "basic") {
		p.Problem(e.Value, keepOut, "%s holds a credential", e.Key.Text)
	}
}

// noSecret adds a problem for each name and value in n that looks like a secret.
func (p *parser) noSecret(n *yaml.Node) {
	if n.Kind == yaml.Text && LooksSecret(n.Text) {
		p.Problem(n, keepOut, "this looks like a secret")
	}
	for _, item := range n.Items {
		p.noSecret(item)
	}
	for _, e := range n.Entries {
		p.noSecret(e.Key)
		p.noSecret(e.Value)
	}
}

// LooksSecret reports whether a text or a word in it looks like a secret.
func LooksSecret(text string) bool { return secret.LooksSecret(text) || secret.ContainsSecret(text) }
