package importer

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	goyaml "go.yaml.in/yaml/v4"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// head begins an export.
const head = "# Accounts of tokenring, without their secrets. Import it with: tokenring import FILE\n"

// Suspicion is a value of an export that looks like a secret.
type Suspicion struct {
	Place string // accounts.admin@edge.values.app_key
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
	Version     int               `yaml:"tokenring"`
	Definitions map[string]string `yaml:"definitions,omitempty"`
	Accounts    []Account         `yaml:"accounts,omitempty"`
	Project     string            `yaml:"project,omitempty"`
}

// Export writes what Parse reads again. Secrets are not written. What looks like
// one, or is one that p.Clear knows, is a SuspicionError wherever it is, unless its
// name, or its whole place, is allowed.
func Export(p *Proposal, allow []string) ([]byte, error) {
	e := &exporter{allow: allow, clear: p.Clear}
	file := exported{Version: version, Definitions: map[string]string{}, Accounts: p.Accounts, Project: p.Project}
	for _, d := range p.Definitions {
		e.inner("definitions."+d.Name, d.Text)
		file.Definitions[d.Name] = d.Text
	}
	for i := range p.Accounts {
		e.account(&p.Accounts[i])
	}
	e.inner("project", p.Project)
	var out bytes.Buffer
	out.WriteString(head)
	text, err := goyaml.Dump(file, goyaml.WithCompactSeqIndent(false), goyaml.WithLineWidth(-1))
	if err != nil {
		return nil, fmt.Errorf("the export cannot be written: %w", err)
	}
	out.Write(text)
	if len(e.found) == 0 {
		e.finished(out.String())
	}
	if len(e.found) > 0 {
		return nil, SuspicionError(e.found)
	}
	return out.Bytes(), nil
}

// exporter searches everything for secrets before it is written.
type exporter struct {
	allow   []string
	allowed []string // values
	clear   *secret.Clear
	found   []Suspicion
}

// finished checks every line of the finished file, the names in it too. In the
// texts of definitions and of the project lines has looked for what looks like a
// secret.
func (e *exporter) finished(text string) {
	section, account, n := "", "", 0
	for line := range strings.Lines(text) {
		n++
		if line[0] != ' ' {
			section, _, _ = strings.Cut(line, ":")
		}
		if name, ok := strings.CutPrefix(line, "  - name: "); ok && section == "accounts" {
			account = ".accounts." + strings.TrimSpace(name)
		}
		for _, v := range e.allowed {
			line = strings.ReplaceAll(line, v, "")
		}
		plain, why := withoutTemplates(line), ""
		switch {
		case e.clear.Knows(line):
			why = "it holds a secret of an account of this ring"
		case section == "accounts" && secret.MaskText(plain) != plain:
			why = "there is a secret in it"
		default:
			continue
		}
		where := section
		if section == "accounts" {
			where = account[1:]
		}
		e.found = append(e.found, Suspicion{Place: secret.CleanLine(fmt.Sprintf("%s, line %d of the file", where, n)), Why: why})
	}
	if len(e.found) == 0 && len(e.allowed) == 0 && e.clear.Knows(text) {
		e.found = append(e.found, Suspicion{Place: "the file", Why: "it holds a secret of an account of this ring"})
	}
}

// value checks one named value.
func (e *exporter) value(place, name, value string) {
	why := ""
	switch plain := withoutTemplates(value); {
	case strings.TrimSpace(plain) == "", secret.IsPlaceholder(plain) && !secret.IsWord(plain):
	case plain != value && secret.IsWord(strings.TrimSpace(plain)): // the word before a token
	case secret.LooksSecret(plain):
		why = "it is a token, a key or the hash of a password"
	case secret.HighEntropy(plain):
		why = "it is one long random word"
	case secret.SecretName(withoutTemplates(name)), strings.EqualFold(name, "authorization"), strings.EqualFold(name, "cookie") && !isPlainCookie(plain):
		why = "its name says that it is a secret"
	case secret.HoldsSecret(plain):
		why = "there is a secret in it"
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
	e.found = append(e.found, Suspicion{Place: secret.CleanLine(place), Why: why})
}

// target checks the address of a request.
func (e *exporter) target(place, target string) {
	plain := withoutTemplates(target)
	if secret.MaskPath(plain) == plain && !secret.HoldsDeclared(plain) && !secret.InCommand(plain) {
		return
	}
	e.suspect(place, "target", target, "there is a secret in it")
}

// withoutTemplates removes the jq from a text, since the file does not hold the
// values that it reads.
func withoutTemplates(s string) string {
	for {
		from := strings.Index(s, "${")
		if from < 0 || from > 0 && s[from-1] == '$' {
			return s
		}
		to := strings.IndexByte(s[from:], '}')
		if to < 0 {
			return s
		}
		s = s[:from] + s[from+to+1:]
	}
}

// inner checks a text that is a file of its own: every word, and by their names the
// values that it sends. Other names say nothing: a definition mentions passwords all
// the time.
func (e *exporter) inner(place, text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		plain := withoutTemplates(line)
		if secret.InCommand(plain) {
			e.value(fmt.Sprintf("%s, line %d", place, n), place, plain)
			continue
		}
		for word := range secret.Words(plain) {
			if secret.LooksSecret(word) || secret.HighEntropy(word) {
				e.value(fmt.Sprintf("%s, line %d", place, n), place, word)
				break
			}
		}
	}
	if root := yaml.New(place).Read([]byte(text), ""); root != nil {
		e.tree(place, root, false)
	}
}

// sent are the keys of what requests send.
var sent = append([]string{"headers", "query", "cookies"}, body.Kinds()...)

func (e *exporter) tree(place string, n *yaml.Node, sends bool) {
	for _, item := range n.Items {
		e.tree(place, item, sends)
	}
	for _, entry := range n.Entries {
		name, value := entry.Key.Text, entry.Value.Text
		below := sends || slices.Contains(sent, name)
		switch at := fmt.Sprintf("%s, line %d", place, entry.Key.Line); {
		case len(entry.Value.Entries)+len(entry.Value.Items) > 0:
			e.tree(place, entry.Value, below)
		case below && (secret.PasswordName(name) || !secret.NamesToken(name) || !secret.IsPlain(withoutTemplates(value), false)):
			e.value(at, name, value)
		}
	}
}

func (e *exporter) account(a *Account) {
	place := "accounts." + a.Name
	e.value(place, "name", a.Name)
	e.value(place+".environment", "environment", a.Environment)
	for _, name := range slices.Sorted(maps.Keys(a.Values)) {
		e.value(place+".values."+name, name, a.Values[name])
	}
	for _, name := range slices.Sorted(maps.Keys(a.References)) {
		_, ref, _ := strings.Cut(a.References[name], ":")
		e.value(place+".references."+name, "", ref)
	}
	for i := range a.Requests {
		e.request(place, &a.Requests[i])
	}
}

func (e *exporter) request(place string, s *request.Spec) {
	e.value(place+".requests", "name", s.Name)
	place += ".requests." + s.Name
	e.value(place+".title", "title", s.Title)
	e.target(place+".target", s.Target)
	e.value(place+".expect", "expect", s.Expect)
	e.pairs(place+".query.", s.Query)
	e.pairs(place+".headers.", s.Headers)
	e.body(place+".body", s)
}

// body checks each value by its name, and a text as a whole.
func (e *exporter) body(place string, s *request.Spec) {
	for _, l := range body.Leaves(s.BodyType, s.Body) {
		switch {
		case l.Number:
		case l.Path == "":
			e.value(place, "body", l.Value)
		default:
			e.value(place+"."+e.clear.Text(l.Path), l.Name, l.Value)
		}
	}
}

func (e *exporter) pairs(place string, pairs []request.Pair) {
	for _, p := range pairs {
		e.value(place+e.clear.Text(p.Name), p.Name, p.Value)
	}
}
