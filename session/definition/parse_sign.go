package definition

import (
	"strings"

	"tokenring/session/jq"
	"tokenring/session/token"
	"tokenring/session/yaml"
)

// signStep reads a JWT that a flow signs, if it does, and adds its name to names.
func (d *decoder) signStep(n *yaml.Node, s *scope, names *[]string) *Sign {
	if n == nil {
		return nil
	}
	f, out := d.Mapping(n), &Sign{}
	out.When = d.query(f.Get("when"), s)
	if at := f.Need("jwt", "{alg, key, header, claims}"); at != nil {
		d.jwt(at, s, out)
	}
	at := f.Need("capture", "the name that later steps read it by")
	if name, ok := d.Scalar(at); ok && d.checkValueName(at, name) {
		out.Name, *names = name, append(*names, name)
		d.capture(at, name)
	}
	f.Done()
	return out
}

// jwt reads the content of a JWT and its key.
func (d *decoder) jwt(n *yaml.Node, s *scope, out *Sign) {
	timed := *s
	timed.now = true
	f := d.Mapping(n)
	out.Alg = d.choice(f.Need("alg", yaml.OneOf(token.SignAlgorithms())), token.SignAlgorithms(), s)
	d.key(f.Need("key", "{from: .private_key}"), s, out)
	out.Header, out.Claims = d.object("header", f.Get("header"), &timed), d.object("claims", f.Get("claims"), &timed)
	f.Need("claims", "what the token says: {iss: …, exp: \"${.now + 60}\"}")
	f.Done()
}

// object reads a JSON object whose texts are templates.
func (d *decoder) object(key string, n *yaml.Node, s *scope) *jq.Tree {
	if n == nil {
		return nil
	}
	if n.Kind != yaml.Mapping {
		d.Problem(n, "write name: value", "%s must be a mapping, this is %s", key, n.Kind)
		return nil
	}
	return d.Tree(n, func(text *yaml.Node) { d.template(text, s) })
}

// key reads the source of a key.
func (d *decoder) key(n *yaml.Node, s *scope, out *Sign) {
	f := d.Mapping(n)
	out.Key = d.query(f.Need("from", "jq for the key: .private_key"), s)
	out.As = d.choice(f.Get("as"), KeyEncodings, s)
	f.Done()
}

// choice reads a word of a list, or a template that makes one.
func (d *decoder) choice(n *yaml.Node, known []string, s *scope) *jq.Template {
	if n == nil {
		return nil
	}
	if !strings.Contains(n.Text, "${") && d.WordOf(n, known) == "" {
		return nil
	}
	return d.template(n, s)
}
