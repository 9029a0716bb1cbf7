package project

import (
	"slices"
	"strings"

	"tokenring/session/definition"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/session/yaml"
)

// Parse parses the text of the file name. readable lists the values of accounts that
// expectations may read; nil accepts every name. The error is a *yaml.Problems.
func Parse(name string, text []byte, readable func() []string) (*Project, error) {
	r := yaml.New(name)
	p := &Project{Source: suite.Source{Hash: Hash(text)}}
	if root := r.Read(text, "begin with accounts: or suites:"); root != nil {
		(&parser{r, p, readable}).file(root)
	}
	if err := r.Err(); err != nil {
		return nil, err
	}
	return p, nil
}

type parser struct {
	*yaml.Reader
	p        *Project
	readable func() []string
}

func (d *parser) file(root *yaml.Node) {
	f, p := d.Mapping(root), d.p
	for _, n := range f.List("accounts") {
		if name, ok := d.accountName(n); ok {
			p.Accounts = append(p.Accounts, name)
		}
	}
	if len(p.Accounts) > 0 {
		p.Default = p.Accounts[0]
	}
	if n := f.Get("default"); n != nil {
		d.defaultAccount(n)
	}
	p.Environment = f.Text("environment")
	if n := f.Get("variables"); n != nil {
		p.Variables = d.variables(n)
	}
	if n := f.Get("suites"); n != nil {
		d.suites(n)
	}
	f.Done()
}

func (d *parser) accountName(n *yaml.Node) (string, bool) {
	name, ok := d.Scalar(n)
	switch {
	case !ok:
	case request.AccountName(name) == suite.Anonymous:
		d.Problem(n, "write it under as: of a suite", "%s is not an account: it sends no token", suite.Anonymous)
	case strings.TrimSpace(name) == "" || secret.CleanLine(name) != name:
		d.Problem(n, "use a name that tokenring ls prints", "this is not the name of an account")
	case slices.Contains(d.p.Accounts, name):
		d.Problem(n, "keep one", "%s is listed twice", name)
	default:
		return name, true
	}
	return "", false
}

func (d *parser) defaultAccount(n *yaml.Node) {
	name, ok := d.Scalar(n)
	switch {
	case !ok:
	case len(d.p.Accounts) > 0 && !slices.Contains(d.p.Accounts, name):
		d.Problem(n, yaml.Suggest(name, d.p.Accounts), "accounts does not name %q", yaml.Clip(name))
	default:
		d.p.Default = name
	}
}

// variables reads variables, each a plain value or a mapping of environments to values. A
// variable without a value must be set for each run.
func (d *parser) variables(n *yaml.Node) suite.Variables {
	parts := definition.NewParts(d.Reader)
	vars := suite.Variables{}
	d.Mapping(n)
	for _, e := range n.Entries {
		v := suite.Variable{}
		values := []yaml.Entry{{Key: e.Key, Value: e.Value}}
		if e.Value.Kind == yaml.Mapping {
			v.By, values = map[string]any{}, e.Value.Entries
		}
		if !parts.ValueName(e.Key) {
			continue
		}
		for _, one := range values {
			value := d.variable(e.Key.Text, one.Value)
			if v.By == nil || one.Key.Text == suite.DefaultKey {
				v.Default = value
			} else {
				v.By[one.Key.Text] = value
			}
		}
		vars[e.Key.Text] = v
	}
	return vars
}

// variable reads one value of a variable, or returns nil.
func (d *parser) variable(name string, n *yaml.Node) any {
	if n.Kind == yaml.Null {
		return nil
	}
	text, ok := d.Scalar(n)
	switch {
	case !ok:
	case n.Kind == yaml.Text && secret.SecretName(name) || suite.LooksSecret(text):
		d.Problem(n, "store it in an account: everyone with access to the folder can read this file", "%s looks like a secret", name)
	default:
		return n.Plain()
	}
	return nil
}

// subcommands lists the subcommands of tokenring smoke, which no suite can be named.
var subcommands = []string{"list", "help"}

func (d *parser) suites(n *yaml.Node) {
	d.Mapping(n)
	for _, e := range n.Entries {
		if slices.Contains(subcommands, e.Key.Text) {
			d.Problem(e.Key, "choose another name", "tokenring smoke %s is a command", e.Key.Text)
		}
		s := suite.Parse(d.Reader, e.Key, e.Value, d.p.Accounts, d.p.Variables, d.readable)
		s.Environment, s.Source = d.p.Environment, d.p.Source
		d.p.Suites = append(d.p.Suites, s)
	}
}
