package importer

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/yaml"
)

// description is an OpenAPI description (3.0 or 3.1) being read. Its servers, security
// schemes and operations become requests; nothing is made of schemas.
type description struct {
	source
	bare int // operations whose body has no example
}

var operations = []string{"get", "put", "post", "delete", "options", "head", "patch", "trace"}

func (p *parser) describeAPI(s source) error {
	o := &description{source: s}
	paths := s.root.At("paths")
	if paths == nil || len(paths.Entries) == 0 {
		return fault(s.place(s.root), "", "this description has no paths")
	}
	for _, m := range paths.Entries {
		item := o.ref(m.Value)
		if item == nil {
			continue
		}
		for _, op := range item.Entries {
			if slices.Contains(operations, op.Key.Text) && op.Value.Kind == yaml.Mapping {
				o.operation(m.Key.Text, item, op.Key.Text, op.Value)
			}
		}
	}
	if o.bare > 0 {
		p.note(place{File: s.file.File}, "write it into the request", "%s without a body: the description has no example of it", prose.Count(o.bare, "request"))
	}
	return nil
}

// ref follows the reference that a node may be, within the description.
func (o *description) ref(n *yaml.Node) *yaml.Node {
	const most = 20
	from := n
	for range most {
		to := n.At("$ref").Written()
		if to == "" {
			return n
		}
		path, local := strings.CutPrefix(to, "#/")
		if !local {
			o.once(o.place(n), "put it into the file", "references to other files and addresses are not read")
			return nil
		}
		n = o.root
		for name := range strings.SplitSeq(path, "/") {
			n = n.At(strings.NewReplacer("~1", "/", "~0", "~").Replace(address.Unescape(name)))
		}
		if n == nil {
			o.once(o.place(from), "is the file complete?", "the reference %s leads to nothing in the file", to)
			return nil
		}
	}
	o.once(o.place(from), "", "a reference leads to itself")
	return nil
}

func (o *description) operation(path string, item *yaml.Node, method string, op *yaml.Node) {
	c := &call{at: o.place(op), kind: OpenAPI, Spec: request.Spec{Method: strings.ToUpper(method), Name: op.At("operationId").Written(), Follow: true}}
	if tags := op.At("tags").All(); len(tags) > 0 {
		c.Title = tags[0].Written()
	}
	server := o.server(cmp.Or(firstServer(op), firstServer(item), firstServer(o.root)))
	if !isOpen(server) {
		c.base = server
	}
	vars := o.parameters(c, slices.Concat(op.At("parameters").All(), item.At("parameters").All()))
	if !o.goTo(c, server+o.fillBraces(path, vars)) {
		return
	}
	o.body(c, o.ref(op.At("requestBody")))
	o.secure(c, cmp.Or(op.At("security"), o.root.At("security")))
	o.add(c)
}

// firstServer returns the first server that a part of the description names, or nil.
func firstServer(n *yaml.Node) *yaml.Node {
	if servers := n.At("servers").All(); len(servers) > 0 {
		return servers[0]
	}
	return nil
}

// server returns the base address of an operation.
func (o *description) server(n *yaml.Node) string {
	address := n.At("url").Written()
	for _, m := range n.At("variables").Members() {
		v := variable{value: m.Value.At("default").Written()}
		if secret.SecretName(m.Key.Text) {
			v.value = ""
		}
		address = strings.ReplaceAll(address, "{"+m.Key.Text+"}", o.value(m.Key.Text, v))
	}
	if !strings.Contains(address, "://") {
		address = o.value("server", variable{}) + address
	}
	return strings.TrimRight(address, "/")
}

// parameters adds what an operation needs, and what it takes besides switched off. The
// first of a name counts. It returns those of the path.
func (o *description) parameters(c *call, list []*yaml.Node) map[string]variable {
	seen, ofPath := map[string]bool{}, map[string]variable{}
	for _, n := range list {
		n = o.ref(n)
		in, name := n.At("in").Written(), n.At("name").Written()
		if name == "" || seen[in+" "+name] {
			continue
		}
		seen[in+" "+name] = true
		schema := o.ref(n.At("schema"))
		pair := request.Pair{
			Name: name, Off: !n.At("required").Is("true"),
			Value: cmp.Or(o.example(n).Written(), o.example(schema).Written(), schema.At("default").Written()),
		}
		if in == "path" {
			ofPath[name] = variable{value: pair.Value}
		} else if value, ok := o.given(name); ok {
			pair.Value, pair.Off = value, false
		} else if pair.Value == "" && !pair.Off {
			pair.Value = mark(name)
		}
		ignored := in == "header" && slices.Contains([]string{"accept", "content-type", "authorization"}, strings.ToLower(name))
		if !ignored && (in != "cookie" || !pair.Off) {
			c.put(in, pair)
		}
	}
	return ofPath
}

// example returns the example of a parameter, a schema or a body, or nil.
func (o *description) example(n *yaml.Node) *yaml.Node {
	all := n.At("examples") // of a schema a list, in 3.1
	switch one := n.At("example"); {
	case one != nil:
		return one
	case len(all.All()) > 0:
		return all.Items[0]
	case len(all.Members()) > 0:
		return o.ref(all.Entries[0].Value).At("value")
	}
	return nil
}

// body takes the example of a body.
func (o *description) body(c *call, n *yaml.Node) {
	media := n.At("content").Members()
	if len(media) == 0 {
		return
	}
	chosen := media[max(0, slices.IndexFunc(media, func(m yaml.Entry) bool { return strings.Contains(m.Key.Text, "json") }))] // or the first
	example := cmp.Or(o.example(chosen.Value), o.example(o.ref(chosen.Value.At("schema"))))
	switch {
	case example == nil:
		o.bare++
		return
	case strings.HasPrefix(chosen.Key.Text, "multipart/") && example.Kind == yaml.Mapping:
		var parts []body.Part
		for _, m := range example.Entries {
			parts = append(parts, body.Part{Name: m.Key.Text, Text: m.Value.Written()})
		}
		c.Body, c.BodyType = body.Compose(parts...), body.Multipart
	case chosen.Key.Text == formType && example.Kind == yaml.Mapping:
		for _, m := range example.Entries {
			c.addForm(m.Key.Text, m.Value.Written())
		}
	case example.Kind == yaml.Mapping || example.Kind == yaml.Sequence || strings.Contains(chosen.Key.Text, "json") && !strings.HasPrefix(strings.TrimSpace(example.Written()), "{"):
		c.Body = writeJSON(example)
	default:
		c.Body = example.Written()
	}
	c.setHeader("Content-Type", chosen.Key.Text)
}

// writeJSON writes a node as JSON.
func writeJSON(n *yaml.Node) string {
	var parts []string
	switch n.Kind {
	case yaml.Mapping:
		for _, e := range n.Entries {
			parts = append(parts, jq.Quote(e.Key.Text)+": "+writeJSON(e.Value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case yaml.Sequence:
		for _, item := range n.Items {
			parts = append(parts, writeJSON(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case yaml.Null:
		return "null"
	case yaml.Text:
		return jq.Quote(n.Text)
	}
	return n.Text
}

// secure adds the credentials of the first security requirement.
func (o *description) secure(c *call, security *yaml.Node) {
	ways := security.All()
	if len(ways) == 0 || slices.ContainsFunc(ways, func(way *yaml.Node) bool { return len(way.Entries) == 0 }) {
		return // no credentials needed
	}
	if len(ways) > 1 {
		o.once(o.place(security), "", "only the first of several security requirements was imported")
	}
	for _, m := range ways[0].Entries {
		o.scheme(c, m.Key.Text, o.ref(o.root.At("components", "securitySchemes", m.Key.Text)), m.Value)
	}
}

func (o *description) scheme(c *call, name string, scheme, scopes *yaml.Node) {
	if scheme == nil {
		o.once(o.place(scopes), "is the file complete?", "the security scheme %s is not in the file", name)
		return
	}
	in, header, word := "header", "Authorization", "Bearer"
	switch kind := cmp.Or(strings.ToLower(scheme.At("scheme").Written()), scheme.At("type").Written()); kind {
	case "basic":
		word = "Basic"
	case "bearer":
	case "apiKey":
		in, header, word = scheme.At("in").Written(), scheme.At("name").Written(), ""
	case "oauth2":
		o.tellOAuth(scheme, scopes)
	case "openIdConnect":
		o.once(o.place(scheme), "tokenring add NAME --backend ADDRESS makes an account of it", "OpenID Connect at %s", scheme.At("openIdConnectUrl").Written())
	default:
		o.once(o.place(scheme), "add the account by hand", "the security scheme %s is not supported", cmp.Or(kind, name))
		return
	}
	o.credentialAt(c, in, header, word, mark(cmp.Or(name, "token")))
}

// tellOAuth names the settings of OAuth 2, of which an account can be made.
func (o *description) tellOAuth(scheme, scopes *yaml.Node) {
	for _, flow := range scheme.At("flows").Members() {
		var names []string
		for _, s := range scopes.All() {
			names = append(names, s.Written())
		}
		for _, m := range flow.Value.At("scopes").Members() {
			if len(scopes.All()) == 0 {
				names = append(names, m.Key.Text)
			}
		}
		text := oauthSettings(flow.Key.Text, flow.Value.At("tokenUrl").Written(), flow.Value.At("authorizationUrl").Written(), strings.Join(names, " "), "")
		o.once(o.place(scheme), oauthHint, "%s", text)
	}
}
