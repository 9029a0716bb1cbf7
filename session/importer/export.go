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
	for _, d := range root.At("definitions").Members() {
		e.inner("definitions."+d.Key.Text, d.Value.Text)
	}
	for _, a := range root.At("accounts").All() {
		e.tree("accounts."+e.clear.Text(a.At("name").Written()), "", a)
	}
	e.inner("project", root.At("project").Written())
	e.whole("the file", "", string(text), e.clear.Knows)
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

// whole checks a text with all that is in it, names too, when its values were checked.
func (e *exporter) whole(place, name, text string, holds func(string) bool) {
	for _, v := range e.allowed {
		text = strings.ReplaceAll(text, v, "")
	}
	if len(e.found) == 0 && holds(text) {
		e.suspect(place, name, text, "there is a secret in it")
	}
}

// value checks one named value.
func (e *exporter) value(place, name, value string) {
	plain, why := jq.Literals(value), ""
	switch masked := secret.MaskText(plain) != plain; {
	case e.clear.Knows(value):
		why = "it holds a secret of an account of this ring"
	case strings.TrimSpace(plain) == "", !masked && secret.IsPlaceholder(plain) && !secret.IsWord(plain):
	case !masked && plain != value && secret.IsWord(strings.TrimSpace(plain)): // the word before a token
	case strings.EqualFold(name, "authorization"), strings.EqualFold(name, "cookie") && !isPlainCookie(plain):
		why = secret.Why("secret", plain)
	default:
		if why = secret.Why(jq.Literals(name), plain); why == "" && (masked || secret.HoldsSecret(plain)) {
			why = "there is a secret in it"
		}
	}
	if why != "" {
		e.suspect(place, name, value, why)
	}
}

// isPlainCookie reports whether a Cookie header holds only settings, as an import keeps
// them.
func isPlainCookie(header string) bool {
	for part := range strings.SplitSeq(header, ";") {
		if _, value, _ := strings.Cut(strings.TrimSpace(part), "="); value != "" && !secret.IsPlain(value, false) {
			return false
		}
	}
	return true
}

// suspect notes a value that looks like a secret, unless it is allowed.
func (e *exporter) suspect(place, name, value, why string) {
	if slices.Contains(e.allow, name) || slices.Contains(e.allow, place) {
		e.allowed = append(e.allowed, value)
		return
	}
	e.found = append(e.found, Suspicion{Place: secret.CleanLine(place), Name: e.clear.Text(cmp.Or(name, place)), Why: why})
}

// target checks the address of a request.
func (e *exporter) target(place, target string) {
	plain := jq.Literals(target)
	if secret.MaskPath(plain) == plain && !secret.HoldsDeclared(plain) && !secret.InCommand(plain) && !e.clear.Knows(target) {
		return
	}
	e.suspect(place, "target", target, "there is a secret in it")
}

// inner checks a text that is a file of its own: every word, and by their names the
// values that it sends. Other names say nothing: a definition mentions passwords all
// the time.
func (e *exporter) inner(place, text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		if plain := jq.Literals(line); secret.InCommand(plain) || secret.ContainsSecret(plain) || e.clear.Knows(line) {
			e.suspect(fmt.Sprintf("%s, line %d", place, n), place, line, "there is a secret in it")
		}
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
	for _, entry := range n.Entries {
		name, value := entry.Key.Text, entry.Value.Text
		below := sends || slices.Contains(sentKeys, name)
		switch at := fmt.Sprintf("%s, line %d", place, entry.Key.Line); {
		case len(entry.Value.Entries)+len(entry.Value.Items) > 0:
			e.sent(place, entry.Value, below)
		case below && (secret.PasswordName(name) || !secret.NamesToken(name) || !secret.IsPlain(jq.Literals(value), false)):
			e.value(at, name, value)
		}
	}
}

// tree checks what an account or a request holds under a key. The items of a list are called
// by their names.
func (e *exporter) tree(place, under string, n *yaml.Node) {
	for _, item := range n.Items {
		name, value := item.At("name").Written(), item.At("value")
		switch {
		case item.Kind != yaml.Mapping:
			e.value(place, "", item.Text)
		case value != nil: // a header or a parameter
			e.value(place, "name", name)
			e.value(place+"."+e.clear.Text(name), name, value.Text)
		default:
			e.tree(place+"."+e.clear.Text(name), "", item)
		}
	}
	isRequest := n.At("target") != nil && n.At("follow") != nil
	for _, m := range n.Entries {
		key, at, text := m.Key.Text, place+"."+e.clear.Text(m.Key.Text), m.Value.Text
		e.value(place, "name", key)
		switch {
		case len(m.Value.Items)+len(m.Value.Entries) > 0:
			e.tree(at, key, m.Value)
		case isRequest && key == "target":
			e.target(at, text)
		case isRequest && key == "body":
			e.body(at, body.Kind(n.At("body_type").Written()), text)
		case under == "references":
			_, ref, _ := strings.Cut(text, ":")
			e.value(at, "", ref)
		case under == "lenders":
			e.value(at, "", text)
		default:
			e.value(at, key, text)
		}
	}
}

// body checks each value by its name, and then the whole: names and numbers are in it.
func (e *exporter) body(place string, kind body.Kind, text string) {
	for _, l := range body.Leaves(kind, text) {
		switch {
		case l.Number:
		case l.Path == "":
			e.value(place, "body", l.Value)
		default:
			e.value(place+"."+e.clear.Text(l.Path), l.Name, l.Value)
		}
	}
	e.whole(place, "body", text, func(text string) bool {
		plain := jq.Literals(text)
		return e.clear.Knows(text) || secret.MaskText(plain) != plain
	})
}
