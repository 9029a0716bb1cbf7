package importer

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// head begins an export.
const head = "# Accounts of tokenring, without their secrets: take them in with tokenring import.\n"

// Suspicion is a value of an export that looks like a secret.
type Suspicion struct {
	Place string // accounts.admin@edge.values.app_key
	Why   string
}

// SuspicionError says that an export was refused.
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
	Accounts    []exportedAccount `yaml:"accounts,omitempty"`
	Project     string            `yaml:"project,omitempty"`
}

type exportedAccount struct {
	Name        string            `yaml:"name"`
	Backend     string            `yaml:"backend"`
	Login       string            `yaml:"login,omitempty"`
	Attach      string            `yaml:"attach,omitempty"`
	Environment string            `yaml:"environment,omitempty"`
	Guard       string            `yaml:"guard,omitempty"`
	KeepAlive   bool              `yaml:"keep_alive,omitempty"`
	Relogin     bool              `yaml:"relogin,omitempty"`
	AllowHTTP   bool              `yaml:"allow_http,omitempty"`
	Origins     []string          `yaml:"origins,omitempty"`
	Values      map[string]string `yaml:"values,omitempty"`
	Lenders     map[string]string `yaml:"lenders,omitempty"`
	References  map[string]string `yaml:"references,omitempty"`
	Requests    []exportedRequest `yaml:"requests,omitempty"`
}

type exportedRequest struct {
	Name     string         `yaml:"name,omitempty"`
	Title    string         `yaml:"title,omitempty"`
	Method   string         `yaml:"method,omitempty"`
	Target   string         `yaml:"target"`
	Query    []exportedPair `yaml:"query,omitempty"`
	Headers  []exportedPair `yaml:"headers,omitempty"`
	Body     string         `yaml:"body,omitempty"`
	BodyType body.Kind      `yaml:"body_type,omitempty"`
	Attach   string         `yaml:"attach,omitempty"`
	Follow   bool           `yaml:"follow"`
	Expect   string         `yaml:"expect,omitempty"`
}

type exportedPair struct {
	Name  string `yaml:"name"`
	Value string `yaml:"value"`
	Off   bool   `yaml:"off,omitempty"`
}

// Export writes what Parse reads again. Secrets are not written, and a value
// that looks like one is a SuspicionError unless its name, or its whole place,
// is allowed.
func Export(p *Proposal, allow []string) ([]byte, error) {
	e := &exporter{allow: allow}
	file := exported{Version: 1, Definitions: map[string]string{}, Project: p.Project}
	for _, d := range p.Definitions {
		e.lines("definitions."+d.Name, d.Text)
		file.Definitions[d.Name] = d.Text
	}
	for i := range p.Accounts {
		file.Accounts = append(file.Accounts, e.account(&p.Accounts[i]))
	}
	e.lines("project", p.Project)
	if len(e.found) > 0 {
		return nil, SuspicionError(e.found)
	}
	var out bytes.Buffer
	out.WriteString(head)
	enc := yaml.NewEncoder(&out, yaml.UseLiteralStyleIfMultiline(true), yaml.IndentSequence(true))
	if err := enc.Encode(file); err != nil {
		return nil, fmt.Errorf("the export cannot be written: %w", err)
	}
	return out.Bytes(), nil
}

// exporter looks at everything before it is written.
type exporter struct {
	allow []string
	found []Suspicion
}

// value looks at one value with a name.
func (e *exporter) value(place, name, value string) {
	why := ""
	switch plain := withoutTemplates(value); {
	case strings.TrimSpace(plain) == "":
	case secret.LooksSecret(plain):
		why = "it is a token, a key or the hash of a password"
	case secret.HighEntropy(plain):
		why = "it is one long random word"
	case secret.SecretName(name), strings.EqualFold(name, "authorization"), strings.EqualFold(name, "cookie"):
		why = "its name says that it is a secret"
	case holdsSecret(plain):
		why = "there is a secret in it"
	}
	if why != "" && !slices.Contains(e.allow, name) && !slices.Contains(e.allow, place) {
		e.found = append(e.found, Suspicion{Place: secret.CleanLine(place), Why: why})
	}
}

// withoutTemplates takes out the jq of a text: what it names is not in the file.
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

// lines looks at the words of a text that is a file of its own. Names in it are
// no sign: a definition speaks of passwords all the time.
func (e *exporter) lines(place, text string) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		for word := range secret.Words(withoutTemplates(line)) {
			if secret.LooksSecret(word) || secret.HighEntropy(word) {
				e.value(fmt.Sprintf("%s, line %d", place, n), place, word)
				break
			}
		}
	}
}

func (e *exporter) account(a *Account) exportedAccount {
	place := "accounts." + a.Name
	for _, name := range sortedKeys(a.Values) {
		e.value(place+".values."+name, name, a.Values[name])
	}
	for _, name := range sortedKeys(a.References) {
		_, ref, _ := strings.Cut(a.References[name], ":")
		e.value(place+".references."+name, "", ref)
	}
	out := exportedAccount{
		Name: a.Name, Backend: a.Definition, Login: a.Login, Attach: a.Attach, Environment: a.Environment, Guard: a.Guard,
		KeepAlive: a.KeepAlive, Relogin: a.Relogin, AllowHTTP: a.AllowHTTP, Origins: a.Origins,
		Values: a.Values, Lenders: a.Lenders, References: a.References,
	}
	for i := range a.Requests {
		out.Requests = append(out.Requests, e.request(place, &a.Requests[i]))
	}
	return out
}

func (e *exporter) request(place string, s *request.Spec) exportedRequest {
	place += ".requests." + s.Name
	e.value(place+".target", "target", s.Target)
	e.value(place+".expect", "expect", s.Expect)
	e.body(place, s)
	return exportedRequest{
		Name: s.Name, Title: s.Title, Method: s.Method, Target: s.Target,
		Query: e.pairs(place+".query.", s.Query), Headers: e.pairs(place+".headers.", s.Headers),
		Body: s.Body, BodyType: s.BodyType, Attach: s.Attach, Follow: s.Follow, Expect: s.Expect,
	}
}

// body looks at each value by its name, and at a text as a whole.
func (e *exporter) body(place string, s *request.Spec) {
	place += ".body"
	for _, l := range body.Leaves(s.BodyType, s.Body) {
		switch {
		case l.Number:
		case l.Path == "":
			e.value(place, "body", l.Value)
		default:
			e.value(place+"."+l.Path, l.Name, l.Value)
		}
	}
}

func (e *exporter) pairs(place string, pairs []request.Pair) []exportedPair {
	var out []exportedPair
	for _, p := range pairs {
		e.value(place+p.Name, p.Name, p.Value)
		out = append(out, exportedPair{p.Name, p.Value, p.Off})
	}
	return out
}
