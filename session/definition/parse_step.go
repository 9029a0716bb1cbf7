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
	out.When = d.condition(f.Get("when"), s)
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

func (d *decoder) discover(n *yaml.Node, s *scope) *Discover {
	f, answered := d.Mapping(n), *s
	defer f.Done()
	answered.answer = true
	return &Discover{
		Issuer: d.template(f.Need("issuer", "the address that the server calls itself"), s), MTLS: d.condition(f.Get("mtls"), &answered),
	}
}

// authorized lists the names that an authorize step adds for later steps.
var authorized = []string{"code", "code_verifier", "redirect_uri", "nonce"}

func (d *decoder) authorize(n *yaml.Node, s *scope, names *[]string) *Authorize {
	f := d.Mapping(n)
	defer f.Done()
	d.prompted(names, authorized...)
	return &Authorize{
		URL: d.template(f.Need("url", "the login page"), s), Query: d.pairs(f, "query", s), Redirect: d.template(f.Get("redirect"), s),
		Issuer: d.template(f.Get("issuer"), s), NamesItself: d.condition(f.Get("names_itself"), s),
	}
}

// browser reads a login with a browser that returns with credentials.
func (d *decoder) browser(n *yaml.Node, s *scope, names *[]string) *Browser {
	f, out := d.Mapping(n), &Browser{}
	for _, one := range f.List("returns") {
		if name, ok := d.Scalar(one); ok && d.checkValueName(one, name) {
			out.Returns = append(out.Returns, name)
			d.later(func() { d.notAField(one, name) })
		}
	}
	d.prompted(names, append([]string{"callback", "state"}, out.Returns...)...)
	out.Callback = d.template(f.Get("callback"), s)
	out.URL, out.Query = d.template(f.Need("url", "the page to log in at"), s), d.pairs(f, "query", s)
	f.Need("returns", "the parameters that come back: [user_login, password]")
	f.Done()
	return out
}

func (d *decoder) identify(n *yaml.Node, s *scope) *Identify {
	f := d.Mapping(n)
	defer f.Done()
	return &Identify{
		Token: d.template(f.Need("token", "the ID token: ${.id}"), s), Issuer: d.template(f.Need("issuer", "whom it is from"), s),
		Client: d.template(f.Need("client", "whom it is for"), s), Keys: d.template(f.Get("keys"), s),
	}
}
