package definition

import (
	"tokenring/session/jq"
	"tokenring/session/yaml"
)

// Parts reads parts of the format in another file: the requests of a suite. It does not check the
// names that their expressions read, because it has no definition; Readings lists them.
type Parts struct{ d *decoder }

// Reading is a text of a file in which jq reads names.
type Reading struct {
	Node  *yaml.Node
	Names []string // read from what there is
	Vars  []string // read in .vars
}

// NewParts returns a Parts for the file of r. A known name in text without ${…} is a problem.
func NewParts(r *yaml.Reader, known ...string) *Parts {
	return &Parts{&decoder{Reader: r, def: &Definition{}, partial: true, accountFields: known}}
}

// Request reads a request and closes its mapping.
func (p *Parts) Request(f *yaml.Fields) *Request {
	first := len(p.d.readings)
	r := p.d.request(f, &scope{})
	for i := range p.d.readings[first:] {
		p.d.checkBare(&p.d.readings[first+i])
	}
	return r
}

// Condition reads a jq expression that must hold.
func (p *Parts) Condition(n *yaml.Node) *jq.Query { return p.d.condition(n, &scope{}) }

// Captures reads captures.
func (p *Parts) Captures(n *yaml.Node) []Capture { return p.d.captures(n, &scope{}) }

// Name reads the unique name of a request and returns it and taken with it.
func (p *Parts) Name(n *yaml.Node, taken []string) (name string, all []string) {
	name, ok := p.d.Scalar(n)
	if !ok || !p.d.checkTitleName(n, name) {
		return "", taken
	}
	return name, p.d.unique(n, "request", name, taken)
}

// ValueName checks a key, which jq must be able to read as .name.
func (p *Parts) ValueName(n *yaml.Node) bool { return p.d.checkValueName(n, n.Text) }

// Readings returns the readings since the last call.
func (p *Parts) Readings() []Reading {
	var all []Reading
	for i := range p.d.readings {
		r := &p.d.readings[i]
		p.d.headerCase(r)
		all = append(all, Reading{r.at, r.names(), r.vars()})
	}
	p.d.readings = nil
	return all
}

// Shorthands lists the methods that are also keys, in upper case.
func Shorthands() []string { return append([]string{}, methods...) }
