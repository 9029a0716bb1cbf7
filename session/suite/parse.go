package suite

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenring/session/answer"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// Bounds of what a suite may say.
const (
	maxCases   = 1000
	maxRetries = 100
	maxEvery   = 10 * time.Minute
)

// varsName is the name by which jq reads variables and captures.
const varsName = "vars"

// anybody is the key of expect that stands for every account without its own.
const anybody = "default"

// Parse reads a suite out of a file that r reads; what is wrong is among the
// problems of r. accounts are those the file names; vars the variables it gives.
// readable lists what an expectation may read of an account; nil accepts every
// name.
func Parse(r *yaml.Reader, name, at *yaml.Node, accounts []string, vars map[string]any, readable func() []string) *Suite {
	p := &parser{Reader: r, parts: definition.NewParts(r, varsName), accounts: accounts, vars: vars, readable: readable}
	if secret.CleanLine(name.Text) != name.Text || strings.TrimSpace(name.Text) != name.Text || name.Text == "" || strings.HasPrefix(name.Text, "-") {
		r.Problem(name, "a word, as you would type it", "%q cannot be the name of a suite", yaml.Clip(name.Text))
	}
	s := &Suite{Name: name.Text, Vars: vars}
	f := r.Mapping(at)
	s.Title = f.Text("title")
	for _, n := range f.List("as") {
		if who, ok := r.Scalar(n); ok && p.known(n, who) {
			s.As = p.unique(n, request.AccountName(who), s.As)
		}
	}
	requests := f.Need("requests", "a list of requests with what is expected of them")
	list := f.List("requests")
	if requests != nil && requests.Kind == yaml.Sequence && len(list) == 0 {
		r.Problem(requests, "- {name: me, get: /me}", "the suite has no request")
	}
	if len(list) > maxCases {
		r.Problem(list[maxCases], "make it two suites", "more than %d requests in a suite", maxCases)
		list = list[:maxCases]
	}
	p.ahead(list)
	var taken []string
	for _, n := range list {
		var c *Case
		if c, taken = p.oneCase(n, taken); c != nil {
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
	vars     map[string]any
	readable func() []string

	captured []string // by the requests before
	surely   []string // those of them that are not optional
	later    []string // captured anywhere in the suite
}

// ahead notes what the suite captures, for hints.
func (p *parser) ahead(list []*yaml.Node) {
	for _, n := range list {
		if c := n.Lookup("capture"); c != nil {
			for _, e := range c.Entries {
				p.later = append(p.later, strings.TrimSuffix(e.Key.Text, "?"))
			}
		}
	}
}

// known reports an account that the file does not name.
func (p *parser) known(n *yaml.Node, who string) bool {
	if request.AccountName(who) == Anonymous || len(p.accounts) == 0 || slices.Contains(p.accounts, who) {
		return true
	}
	p.Problem(n, yaml.Suggest(who, append(slices.Clone(p.accounts), Anonymous)), "accounts does not name %q", yaml.Clip(who))
	return false
}

func (p *parser) unique(n *yaml.Node, who string, taken []string) []string {
	if slices.Contains(taken, who) {
		p.Problem(n, "keep one", "%s stands here twice", who)
		return taken
	}
	return append(taken, who)
}

// oneCase reads a request with all that belongs to it.
func (p *parser) oneCase(n *yaml.Node, taken []string) (*Case, []string) {
	f := p.Mapping(n)
	if n.Kind != yaml.Mapping {
		return nil, taken
	}
	c := &Case{}
	if at := f.Need("name", "what the table shows: name: me"); at != nil {
		c.Name, taken = p.parts.Name(at, taken)
	}
	if c.Title = f.Text("title"); c.Title == "" {
		c.Title = c.Name
	}
	for _, t := range f.List("tags") {
		if tag, ok := p.Scalar(t); ok {
			c.Tags = append(c.Tags, secret.CleanLine(tag))
		}
	}
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
		p.captured = append(p.captured, k.Name)
		if !k.Optional {
			p.surely = append(p.surely, k.Name)
		}
	}
	return c, taken
}

func (p *parser) expectations(n *yaml.Node) Expectations {
	if n.Kind != yaml.Mapping {
		return Expectations{Default: p.parts.Query(n)}
	}
	e := Expectations{}
	for _, one := range n.Entries {
		q := p.parts.Query(one.Value)
		switch {
		case q == nil:
		case one.Key.Text == anybody:
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
	r := Retry{Every: f.Duration("every", time.Millisecond, maxEvery)}
	if !f.Has("every") {
		r.Every = time.Second
	}
	if at := f.Need("times", "how often at most"); at != nil {
		times, err := strconv.Atoi(at.Text)
		if err != nil || times < 1 || times > maxRetries {
			p.Problem(at, fmt.Sprintf("from 1 to %d", maxRetries), "times must be a number")
		}
		r.Times = times
	}
	if at := f.Get("when"); at != nil {
		r.When = p.parts.Query(at)
	}
	f.Done()
	return r
}

// reads checks what was read of .vars since it was called last, and notes what
// the case needs of it. after says that an answer is there to be read.
func (p *parser) reads(c *Case, after bool) {
	for _, r := range p.parts.Readings() {
		for _, name := range r.Vars {
			_, given := p.vars[name]
			switch {
			case given:
			case !slices.Contains(p.captured, name):
				p.Problem(r.Node, p.varHint(name), "nothing gives .vars.%s here", name)
			case slices.Contains(p.surely, name):
				c.Needs = add(c.Needs, name)
			case !after:
				c.Reads = add(c.Reads, name)
			}
		}
		for _, name := range r.Names {
			if !after && slices.Contains(answer.Names(), name) {
				p.Problem(r.Node, "capture it in a request before and read ${.vars.NAME}", "there is no answer to read .%s of", name)
			}
			if after {
				p.checkRoot(r.Node, name)
			}
		}
	}
}

// checkRoot reports a name that neither the answer nor an account has.
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

// add appends a name that is not there yet.
func add(names []string, name string) []string {
	if slices.Contains(names, name) {
		return names
	}
	return append(names, name)
}

func (p *parser) varHint(name string) string {
	known := slices.Clone(p.captured)
	for v := range p.vars {
		known = append(known, v)
	}
	slices.Sort(known)
	if hint := yaml.DidYouMean(name, known); hint != "" {
		return hint
	}
	if slices.Contains(p.later, name) {
		return "it is captured by a request that comes later"
	}
	return "give it under variables or capture it in a request before"
}

// noSecrets reports what has no place in a file that others read.
func (p *parser) noSecrets(n *yaml.Node) {
	if headers := n.Lookup("headers"); headers != nil {
		for _, e := range headers.Entries {
			p.noCredential(e)
		}
	}
	for _, key := range append(body.Kinds(), "headers", "query") {
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

// isJoint parts an address into segments, names and values.
func isJoint(r rune) bool { return strings.ContainsRune("/?&=#;", r) }

// isToken is LooksSecret for a part of an address, where a random word may be
// an id.
func isToken(part string) bool { return secret.LooksSecret(part) || secret.HasIssuerPrefix(part) }

const keepOut = "this file is read by everybody who has the folder: store it in an account, whose token is attached by itself"

// minCredential is how long a word is that may be a credential, in bytes.
const minCredential = 16

// credentialHeaders carry credentials and nothing else.
var credentialHeaders = []string{"authorization", "cookie", "proxy-authorization"}

// noCredential reports a header that brings a credential of its own. A short
// word is none: it stands there to be refused.
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

// noSecret reports values that look like secrets, however deep they stand.
func (p *parser) noSecret(n *yaml.Node) {
	if n.Kind == yaml.Text && LooksSecret(n.Text) {
		p.Problem(n, keepOut, "this looks like a secret")
	}
	for _, item := range n.Items {
		p.noSecret(item)
	}
	for _, e := range n.Entries {
		p.noSecret(e.Value)
	}
}

// LooksSecret reports whether a text has no place in a file that others read:
// it looks like a secret, or a word in it does.
func LooksSecret(text string) bool { return secret.LooksSecret(text) || secret.ContainsSecret(text) }
