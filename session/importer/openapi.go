package importer

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/yaml"
)

// description is an OpenAPI description (3.0 or 3.1) being read. Its servers, security
// schemes and operations become requests; nothing is made of schemas.
type description struct {
	p    *parser
	d    *document
	told map[string]bool // schemes that were told
	bare int             // operations whose body has no example
}

// openAPI reads a description in JSON or YAML.
func (p *parser) openAPI(at place, data []byte) error {
	if strings.HasPrefix(strings.TrimSpace(string(data)), "{") {
		return p.json(at, data, OpenAPI)
	}
	if len(data) > yaml.MaxFile {
		return fault(at, "convert it to JSON, which may be larger", "this YAML is larger than %d MiB", yaml.MaxFile>>20)
	}
	r := yaml.New(at.file)
	root := r.Read(data, "a description begins with openapi: 3")
	if root == nil || r.Err() != nil {
		return r.Err()
	}
	return p.describeAPI(&document{text: text{at: at}, root: nodeOf(root), yaml: true})
}

// nodeOf returns a node of YAML as one of JSON, with line and column for its bytes.
func nodeOf(y *yaml.Node) *node {
	n := &node{from: y.Line, to: y.Column, object: y.Kind == yaml.Mapping, list: y.Kind == yaml.Sequence}
	for _, e := range y.Entries {
		n.members = append(n.members, member{e.Key.Text, nodeOf(e.Value)})
	}
	for _, item := range y.Items {
		n.items = append(n.items, nodeOf(item))
	}
	if !n.object && !n.list {
		n.value = y.Plain()
		if _, ok := n.value.(bool); !ok && y.Kind != yaml.Null {
			n.value = y.Text
			n.bare = y.Kind == yaml.Number
		}
	}
	return n
}

var operations = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (p *parser) describeAPI(d *document) error {
	o := &description{p: p, d: d, told: map[string]bool{}}
	paths := d.root.get("paths")
	if paths == nil || len(paths.members) == 0 {
		return fault(d.place(d.root), "", "this description has no paths")
	}
	for _, m := range paths.members {
		item := o.ref(m.node)
		if item == nil {
			continue
		}
		for _, op := range item.members {
			if slices.Contains(operations, op.name) && op.node.object {
				o.operation(m.name, item, op.name, op.node)
			}
		}
	}
	if o.bare > 0 {
		p.note(place{file: d.at.file}, "write it into the request", "%s without a body: the description has no example of it", prose.Count(o.bare, "request"))
	}
	return nil
}

// ref follows the reference that a node may be, within the description.
func (o *description) ref(n *node) *node {
	const most = 20
	for range most {
		to := n.get("$ref").text()
		if to == "" {
			return n
		}
		path, local := strings.CutPrefix(to, "#/")
		if !local {
			o.p.once(o.d.place(n), "put it into the file", "references to other files and addresses are not read")
			return nil
		}
		n = o.d.root
		for name := range strings.SplitSeq(path, "/") {
			plain, _ := url.PathUnescape(strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
			n = n.get(plain)
		}
	}
	if n != nil {
		o.p.once(o.d.place(n), "", "a reference leads to itself")
	}
	return nil
}

func (o *description) operation(path string, item *node, method string, op *node) {
	c := &call{at: o.d.place(op), kind: OpenAPI, Spec: request.Spec{Method: strings.ToUpper(method), Name: op.get("operationId").text(), Follow: true}}
	if tags := op.get("tags").all(); len(tags) > 0 {
		c.Title = tags[0].text()
	}
	c.base = o.server(op, item)
	if !c.address(c.base + o.open(path)) {
		o.p.lost(c.at, c.base)
		return
	}
	o.parameters(c, slices.Concat(item.get("parameters").all(), op.get("parameters").all()))
	o.body(c, o.ref(op.get("requestBody")))
	security := op.get("security")
	if security == nil {
		security = o.d.root.get("security")
	}
	o.secure(c, security)
	o.p.add(c)
}

// open replaces {name} by its value, or by a mark.
func (o *description) open(text string) string {
	return inBraces().ReplaceAllStringFunc(text, func(m string) string {
		if value, ok := o.p.given(m[1 : len(m)-1]); ok {
			return url.PathEscape(value)
		}
		return mark(m[1 : len(m)-1])
	})
}

// server returns the base address of an operation: the first server that is named.
func (o *description) server(from ...*node) string {
	for _, n := range append(from, o.d.root) {
		servers := n.get("servers").all()
		if len(servers) == 0 {
			continue
		}
		address := servers[0].get("url").text()
		for _, m := range servers[0].get("variables").pairs() {
			value, ok := o.p.given(m.name)
			if !ok {
				value = m.node.get("default").text()
			}
			address = strings.ReplaceAll(address, "{"+m.name+"}", value)
		}
		if strings.Contains(address, "://") {
			return strings.TrimRight(address, "/")
		}
		return o.p.fill("{{server}}", nil) + strings.TrimRight(address, "/")
	}
	return o.p.fill("{{server}}", nil)
}

// parameters adds what an operation needs, and what it takes besides switched off. The
// last of a name counts.
func (o *description) parameters(c *call, list []*node) {
	last := map[string]*node{}
	for i, n := range list {
		list[i] = o.ref(n)
		last[list[i].get("in").text()+" "+list[i].get("name").text()] = list[i]
	}
	for _, n := range list {
		in, name := n.get("in").text(), n.get("name").text()
		if n == nil || name == "" || last[in+" "+name] != n {
			continue
		}
		pair := request.Pair{Name: name, Off: !n.get("required").isTrue(), Value: o.example(n)}
		if value, ok := o.p.given(name); ok {
			pair.Value, pair.Off = value, false
		} else if pair.Value == "" && !pair.Off {
			pair.Value = mark(name)
		}
		switch in {
		case "query":
			c.Query = append(c.Query, pair)
		case "header":
			if !slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(name)) {
				c.Headers = append(c.Headers, pair)
			}
		case "cookie":
			if !pair.Off {
				c.cookies = append(c.cookies, pair)
			}
		}
	}
}

// example returns the value that a description shows for a parameter, or "".
func (o *description) example(n *node) string {
	schema := o.ref(n.get("schema"))
	value := cmp.Or(n.get("example").text(), schema.get("example").text(), schema.get("default").text())
	if all := n.get("examples").pairs(); value == "" && len(all) > 0 {
		value = o.ref(all[0].node).get("value").text()
	}
	return value
}

// body takes the example of a body.
func (o *description) body(c *call, n *node) {
	media := n.get("content").pairs()
	if len(media) == 0 {
		return
	}
	chosen := media[0]
	if i := slices.IndexFunc(media, func(m member) bool { return strings.Contains(m.name, "json") }); i >= 0 {
		chosen = media[i]
	}
	example := chosen.node.get("example")
	if all := chosen.node.get("examples").pairs(); example == nil && len(all) > 0 {
		example = o.ref(all[0].node).get("value")
	}
	switch {
	case example == nil:
		o.bare++
		return
	case strings.HasPrefix(chosen.name, "multipart/") && example.object:
		var parts []body.Part
		for _, m := range example.members {
			parts = append(parts, body.Part{Name: m.name, Text: m.node.text()})
		}
		c.Body, c.BodyType = body.Compose(parts...), body.Multipart
		return
	case chosen.name == formType && example.object:
		for _, m := range example.members {
			c.addForm(m.name, m.node.text())
		}
		return
	case example.object || example.list || strings.Contains(chosen.name, "json") && !strings.HasPrefix(strings.TrimSpace(example.text()), "{"):
		c.Body = example.json()
	default:
		c.Body = example.text()
	}
	c.setHeader("Content-Type", chosen.name)
}

// json writes a node as JSON.
func (n *node) json() string {
	var parts []string
	switch {
	case n.object:
		for _, m := range n.members {
			parts = append(parts, jq.Quote(m.name)+": "+m.node.json())
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case n.list:
		for _, item := range n.items {
			parts = append(parts, item.json())
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case n.value == nil:
		return "null"
	}
	if text, ok := n.value.(string); ok && !n.bare {
		return jq.Quote(text)
	}
	return n.text()
}

// secure adds the credentials of the first way to be let in.
func (o *description) secure(c *call, security *node) {
	ways := security.all()
	if len(ways) == 0 || slices.ContainsFunc(ways, func(way *node) bool { return len(way.members) == 0 }) {
		return // anybody is let in
	}
	if len(ways) > 1 {
		o.p.once(o.d.place(security), "", "of several ways to be let in, the first is taken")
	}
	for _, m := range ways[0].members {
		o.scheme(c, m.name, o.ref(o.d.root.get("components", "securitySchemes", m.name)), m.node)
	}
}

func (o *description) scheme(c *call, name string, scheme, scopes *node) {
	kind, in, header, word := scheme.get("type").text(), "header", "Authorization", "Bearer"
	switch {
	case kind == "http" && strings.EqualFold(scheme.get("scheme").text(), "basic"):
		word = "Basic"
	case kind == "http" && strings.EqualFold(scheme.get("scheme").text(), "bearer"):
	case kind == "apiKey":
		in, header, word = scheme.get("in").text(), scheme.get("name").text(), ""
	case kind == "oauth2":
		o.tellOAuth(name, scheme, scopes)
	case kind == "openIdConnect":
		o.tell(name, scheme, "OpenID Connect at %s", scheme.get("openIdConnectUrl").text())
	default:
		o.tell(name, scheme, "%s is a way to be let in that is not known here", cmp.Or(scheme.get("scheme").text(), kind, name))
		return
	}
	o.p.declareName(in, header)
	pair := request.Pair{Name: header, Value: strings.TrimSpace(word + " " + mark(cmp.Or(name, "token")))}
	switch in {
	case "query":
		c.Query = append(c.Query, pair)
	case "cookie":
		c.cookies = append(c.cookies, pair)
	default:
		c.Headers = append(c.Headers, pair)
	}
}

func (o *description) tell(name string, at *node, format string, args ...any) {
	if !o.told[name] {
		o.told[name] = true
		o.p.note(o.d.place(at), "write a definition with an oauth2 login of them, or enter a token at login", format, args...)
	}
}

// tellOAuth names the settings of OAuth 2, of which an account can be made.
func (o *description) tellOAuth(name string, scheme, scopes *node) {
	for _, flow := range scheme.get("flows").pairs() {
		text := "its OAuth 2 settings: grant " + flow.name
		for _, m := range []struct{ name, key string }{{"token address", "tokenUrl"}, {"authorization address", "authorizationUrl"}} {
			if value := flow.node.get(m.key).text(); value != "" {
				text += ", " + m.name + " " + value
			}
		}
		var names []string
		for _, s := range scopes.all() {
			names = append(names, s.text())
		}
		for _, m := range flow.node.get("scopes").pairs() {
			if len(scopes.all()) == 0 {
				names = append(names, m.name)
			}
		}
		if len(names) > 0 {
			text += ", scopes " + strings.Join(names, " ")
		}
		o.tell(name+flow.name, scheme, "%s", text)
	}
}
