package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	goyaml "go.yaml.in/yaml/v4"

	"tokenring/session/body"
	"tokenring/session/jq"
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
	masked, word := secret.MaskText(plain) != plain, secret.IsWord(strings.TrimSpace(plain))
	why := ""
	switch {
	case strings.TrimSpace(plain) == "", !masked && secret.IsPlaceholder(plain) && !word:
	case !masked && word && plain != value: // the word before a token
	case strings.EqualFold(name, "authorization"), strings.EqualFold(name, "cookie") && !isPlainCookie(plain):
		why = secret.Why("secret", plain)
	default:
		why = cmp.Or(secret.Why(jq.Literals(name), plain), reasonIf(masked || secret.HoldsSecret(plain)))
	}
	e.check(place, name, value, why)
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

// isPlainCookie reports whether a Cookie header holds only settings, as an import keeps
// them.
func isPlainCookie(header string) bool {
	return !slices.ContainsFunc(strings.Split(header, ";"), func(cookie string) bool {
		_, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
		return value != "" && !secret.IsPlain(value, false)
	})
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
		case under == "requests" && key == "target":
			plain := jq.Literals(text)
			e.check(at, key, text, reasonIf(secret.MaskPath(plain) != plain || secret.HoldsDeclared(plain) || secret.InCommand(plain)))
		case under == "requests" && key == "body":
			e.body(at, body.Kind(n.At("body_type").Written()), text)
		case (under == "headers" || under == "query") && key == "value":
			e.value(place, n.At("name").Written(), text)
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
		e.sent(place, root, false)
	}
}

// sentKeys are those of what requests send.
var sentKeys = append([]string{"headers", "query", "cookies"}, body.Kinds()...)

// sent checks the values of a definition or a project that requests send.
func (e *exporter) sent(place string, n *yaml.Node, sends bool) {
	for _, item := range n.Items {
		e.sent(place, item, sends)
	}
	for _, m := range n.Entries {
		name, value, below := m.Key.Text, m.Value.Text, sends || slices.Contains(sentKeys, m.Key.Text)
		if below && (secret.PasswordName(name) || !secret.NamesToken(name) || !secret.IsPlain(jq.Literals(value), false)) {
			e.value(fmt.Sprintf("%s, line %d", place, m.Key.Line), name, value)
		}
		e.sent(place, m.Value, below)
	}
}
