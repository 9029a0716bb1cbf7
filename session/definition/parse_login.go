package definition

import (
	"tokenring/session/yaml"
)

func (d *decoder) discover(n *yaml.Node, s *scope) *Discover {
	f, answered := d.Mapping(n), *s
	defer f.Done()
	answered.answer = true
	return &Discover{
		Issuer: d.template(f.Need("issuer", "the address that the server calls itself"), s), MTLS: d.query(f.Get("mtls"), &answered),
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
		Issuer: d.template(f.Get("issuer"), s), NamesItself: d.query(f.Get("names_itself"), s),
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
