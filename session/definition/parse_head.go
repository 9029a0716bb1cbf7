package definition

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"tokenring/session/address"
	"tokenring/session/yaml"
)

// webAddress reads the address of a web page.
func (d *decoder) webAddress(key string, n *yaml.Node) string {
	s, ok := d.Scalar(n)
	if ok && !isWebAddress(s) {
		d.Problem(n, "begin with https://", "%s must be a web address", key)
		return ""
	}
	return s
}

// proof reads the evidence that the definition is correct, which a built-in one must have.
func (d *decoder) proof(f *yaml.Fields) {
	if n := f.Get("proven"); n != nil {
		p := d.Mapping(n)
		p.Need("on", "the server and its version: on: PocketBase 0.40.4")
		d.def.Proven.On = p.Text("on")
		at := p.Need("when", "the day of the test: when: 2026-11-29")
		day, ok := d.Scalar(at)
		if _, err := time.Parse(time.DateOnly, day); ok && err != nil {
			d.Problem(at, "write it like 2026-11-29", "%q is not a day", yaml.Clip(day))
		}
		d.def.Proven.When = day
		p.Done()
	}
	for _, n := range f.List("from") {
		if s := d.webAddress("from", n); s != "" {
			d.def.From = append(d.def.From, s)
		}
	}
	if d.Trusted && d.def.Proven.On == "" && len(d.def.From) == 0 {
		d.Problem(f.At, "name the server that answered each call, proven: {on: …, when: …}, or the pages that describe each call, from: [https://…]",
			"nothing shows that this definition is right")
	}
}

// address checks the part of an address without expressions.
func (d *decoder) address(n *yaml.Node) {
	fixed, _, open := strings.Cut(n.Text, "${")
	switch {
	case n.Kind != yaml.Text, open && fixed == "":
	case !isWebAddress(fixed):
		d.Problem(n, "begin with https://, or with ${…} of a field of type url", "not a web address")
	case !open || strings.Contains(strings.SplitN(fixed, "://", 2)[1], "/"): // the host is whole
		if _, err := address.Parse(fixed); err != nil {
			d.Problem(n, "write it like https://api.example.com", "%v", err)
		}
	}
}

// isWebAddress reports whether a text begins like a web address.
func isWebAddress(s string) bool {
	rest, ok := strings.CutPrefix(address.Trim(s), "https://")
	if !ok {
		rest, ok = strings.CutPrefix(address.Trim(s), "http://")
	}
	return ok && !strings.ContainsAny(rest, " \t\n")
}

func (d *decoder) origins(list []*yaml.Node, s *scope) []Origin {
	var out []Origin
	for _, n := range list {
		o, at := Origin{}, n
		if n.Kind == yaml.Mapping {
			f := d.Mapping(n)
			at = f.Need("url", "scheme, host and port")
			o.Attach = f.Flag("attach", false)
			f.Done()
		}
		if at == nil {
			continue
		}
		d.address(at)
		if o.URL = d.template(at, s); o.URL != nil {
			out = append(out, o)
		}
	}
	return out
}

// apiURL reads the address of the API, a template or {url, within}.
func (d *decoder) apiURL(n *yaml.Node) {
	if n == nil {
		return
	}
	at := n
	if n.Kind == yaml.Mapping {
		f := d.Mapping(n)
		at = f.Need("url", "what a login captured: ${.instance_url}")
		for _, one := range f.List("within") {
			text, ok := d.Scalar(one)
			if u, err := address.Parse(text); ok && (err != nil || !isPattern(u)) {
				d.Problem(one, "write it like https://*.example.com", "this is not a pattern of addresses with https")
			}
			d.def.Within = append(d.def.Within, text)
		}
		f.Done()
	}
	d.def.APIURL = d.template(at, &scope{captures: true, public: true})
}

// isPattern reports whether an address is a pattern for every host below a domain.
func isPattern(u *url.URL) bool {
	domain, below := strings.CutPrefix(u.Hostname(), "*.")
	return below && u.Scheme == "https" && u.User == nil && u.Path+u.RawQuery+u.Fragment == "" &&
		strings.Contains(strings.Trim(domain, "."), ".") && !strings.Contains(domain, "*")
}

func (d *decoder) hosts(n *yaml.Node) {
	for _, e := range d.Mapping(n).At.Entries {
		h := Host{Pattern: e.Key.Text, Values: map[string]string{}}
		if _, err := path.Match(h.Pattern, ""); err != nil {
			d.Problem(e.Key, "write it like *.example.com", "this is not a pattern of hosts")
		}
		for _, v := range d.Mapping(e.Value).At.Entries {
			text, _ := d.Scalar(v.Value)
			f := first(d.def.Fields, func(f *Field) bool { return f.Name == v.Key.Text && !f.Secret })
			if f == nil || f.Type == TypeEnum && !slices.Contains(f.Options, text) {
				d.Problem(v.Key, "name a field and a value that it takes", "no field has this value")
			}
			h.Values[v.Key.Text] = text
		}
		d.def.Hosts = append(d.def.Hosts, h)
	}
}
