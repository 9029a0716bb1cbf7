package importer

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"

	goyaml "go.yaml.in/yaml/v4"

	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// head begins an export.
const head = "# Accounts of tokenring, without their secrets. Import it with: tokenring import FILE\n"

// Suspicion is a value of an export that looks like a secret.
type Suspicion struct {
	Place string // accounts.admin@edge.values.app_key
	Name  string // that allows it
	Why   string
}

// SuspicionError reports an export that was refused.
type SuspicionError []Suspicion

func (e SuspicionError) Error() string {
	lines := []string{"nothing was exported, for something in it looks like a secret:"}
	for _, s := range e {
		lines = append(lines, "  "+s.Place+": "+s.Why)
	}
	return strings.Join(lines, "\n")
}

// exported is the file.
type exported struct {
	Version  int `yaml:"tokenring"`
	Proposal `yaml:",inline"`
}

// Export writes what Parse reads again. Secrets are not written. What looks like
// one, or is one that p.Clear knows, is a SuspicionError wherever it is, unless its
// name, or its whole place, is allowed.
func Export(p *Proposal, allow []string) ([]byte, error) {
	text, err := goyaml.Dump(exported{version, *p}, goyaml.WithCompactSeqIndent(false), goyaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("the export cannot be written: %w", err)
	}
	text = append([]byte(head), text...)
	r := yaml.New("the export")
	r.Large = true
	root := r.Read(text, "")
	if err := r.Err(); err != nil {
		return nil, fmt.Errorf("the export could not be imported: %w", err)
	}
	e := &exporter{allow: allow, clear: p.Clear}
	e.tree("", "", root)
	for i := range p.Accounts {
		for j := range p.Accounts[i].Requests {
			s := &p.Accounts[i].Requests[j]
			e.request(e.at(e.at("accounts", p.Accounts[i].Name)+".requests", s.Name), s)
		}
	}
	e.whole("the file", "", string(text), false)
	if len(e.found) > 0 {
		return nil, SuspicionError(e.found)
	}
	return text, nil
}

// exporter searches the finished file for secrets.
type exporter struct {
	allow   []string
	allowed []string // values
	clear   *secret.Clear
	found   []Suspicion
}

// check suspects a text if it holds a secret that is known, or why says how it looks like
// one, unless it is allowed.
func (e *exporter) check(place, name, text, why string) {
	if e.clear.Knows(text) {
		why = "it holds a secret of an account of this ring"
	}
	switch {
	case why == "":
	case slices.Contains(e.allow, name), slices.Contains(e.allow, place):
		e.allowed = append(e.allowed, text)
	default:
		e.found = append(e.found, Suspicion{Place: secret.CleanLine(place), Name: e.clear.Text(cmp.Or(name, place)), Why: why})
	}
}

// reasonIf returns why a text is suspected if a secret was found in it, else "".
func reasonIf(found bool) string {
	if found {
		return "there is a secret in it"
	}
	return ""
}

// value checks one named value.
func (e *exporter) value(place, name, value string) {
	plain := jq.Literals(value)
	masked := secret.MaskText(plain) != plain
	why := ""
	if masked || plain == value || !secret.IsWord(strings.TrimSpace(plain)) || secret.PasswordName(name) { // else the word before a token
		why = cmp.Or(secret.Why(jq.Literals(name), plain), reasonIf(masked || secret.HoldsSecret(plain)))
	}
	e.check(place, name, value, why)
}

// pair checks a header or a parameter as an import judges it.
func (e *exporter) pair(place, in string, p request.Pair) {
	plain := jq.Literals(p.Value)
	c, pairs, why := &call{url: &url.URL{}}, []request.Pair{{Name: p.Name, Value: plain}}, ""
	if in == "header" && strings.EqualFold(p.Name, "cookie") {
		c.addCookies(plain)
		in, pairs = "cookie", c.cookies
	}
	for _, one := range pairs {
		cred := c.judge(in, one)
		if cred != nil && cred.value != "" && (cred.plain == "" || cred.rank == rankAuthorization) && (plain == p.Value || secret.Why("", cred.value) != "") {
			why = cmp.Or(secret.Why(p.Name, plain), "it is sent where a secret is")
		}
	}
	e.check(place, p.Name, p.Value, cmp.Or(why, reasonIf(!plainHeader(in, p.Name) && secret.HoldsSecret(plain))))
}

// request checks a saved request.
func (e *exporter) request(place string, s *request.Spec) {
	e.value(place+".name", "name", s.Name)
	e.value(place+".title", "title", s.Title)
	e.value(place+".expect", "expect", s.Expect)
	plain := jq.Literals(s.Target)
	e.check(place+".target", "target", s.Target, reasonIf(secret.MaskPath(plain) != plain || secret.HoldsDeclared(plain) || secret.InCommand(plain)))
	for i, p := range slices.Concat(s.Query, s.Headers) {
		in, at := "query", e.at(place+".query", p.Name)
		if i >= len(s.Query) {
			in, at = "header", e.at(place+".headers", p.Name)
		}
		e.value(at, "name", p.Name)
		e.pair(at, in, p)
	}
	e.body(place+".body", s.BodyType, s.Body)
}

// whole checks a text with all that is in it, names too, when its values were checked.
func (e *exporter) whole(place, name, text string, looks bool) {
	for _, v := range e.allowed {
		text = strings.ReplaceAll(text, v, "")
	}
	if len(e.found) == 0 {
		plain := jq.Literals(text)
		e.check(place, name, text, reasonIf(looks && secret.MaskText(plain) != plain))
	}
}

// tree checks what is under a key. The items of a list are called by their names.
func (e *exporter) tree(place, under string, n *yaml.Node) {
	for _, item := range n.Items {
		if item.Kind != yaml.Mapping {
			e.value(place, "", item.Text)
		}
		e.tree(e.at(place, item.At("name").Written()), under, item)
	}
	for _, m := range n.Entries {
		key, at, text := m.Key.Text, e.at(place, m.Key.Text), m.Value.Text
		e.value(place, "name", key)
		switch {
		case under == "definitions", place == "" && key == "project":
			e.inner(at, text)
		case under == "accounts" && key == "requests": // checked as they are
			continue
		case under == "references" && secret.InReference(text):
			e.check(at, "", text, reasonIf(true))
		case under == "references", under == "lenders": // named as the secret that is elsewhere
			e.value(at, "", text)
		default:
			e.value(at, key, text)
		}
		e.tree(at, key, m.Value)
	}
}

// at returns the place of a name below another.
func (e *exporter) at(place, name string) string {
	return strings.Trim(place+"."+e.clear.Text(name), ".")
}

// body checks each value by its name, and then the whole: names and numbers are in it.
func (e *exporter) body(place string, kind body.Kind, text string) {
	for _, l := range body.Leaves(kind, text) {
		if !l.Number {
			e.value(e.at(place, l.Path), cmp.Or(l.Name, "body"), l.Value)
		}
	}
	e.whole(place, "body", text, true)
}

// inner checks a text that is a file of its own: every word, and by their names the
// values that it sends. Other names say nothing: a definition mentions passwords all
// the time.
func (e *exporter) inner(place, text string) {
	for n, line := range strings.Split(text, "\n") {
		plain := jq.Literals(line)
		e.check(fmt.Sprintf("%s, line %d", place, n+1), place, line, reasonIf(secret.InCommand(plain) || secret.ContainsSecret(plain)))
	}
	if root := yaml.New(place).Read([]byte(text), ""); root != nil {
		e.sent(place, root, "")
	}
}

// sentIn are the keys of what requests send, and what they are in.
var sentIn = map[string]string{"headers": "header", "query": "query", "cookies": "cookie"}

// sent checks the values of a definition or a project that requests send in a place.
func (e *exporter) sent(place string, n *yaml.Node, in string) {
	for _, item := range n.Items {
		e.sent(place, item, in)
	}
	for _, m := range n.Entries {
		name, value, below := m.Key.Text, m.Value.Text, cmp.Or(in, sentIn[m.Key.Text])
		if below == "" && slices.Contains(body.Kinds(), name) {
			below = "body"
		}
		if in == "body" && (name == "text" || name == "value") { // of a part
			name = cmp.Or(n.At("name").Written(), name)
		}
		at := fmt.Sprintf("%s, line %d", place, m.Key.Line)
		switch {
		case below == "", !secret.PasswordName(name) && secret.NamesToken(name) && secret.IsPlain(jq.Literals(value), false):
		case below == "body":
			e.value(at, name, value)
		default:
			e.pair(at, below, request.Pair{Name: name, Value: value})
		}
		e.sent(place, m.Value, below)
	}
}
