package importer

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/yaml"
)

// collection is a Postman collection (v2.0 or v2.1) being read.
type collection struct {
	source
	vars map[string]variable
}

// maxFolders bounds how deep folders may lie in each other.
const maxFolders = 50

func (p *parser) postman(s source) error {
	root := cmp.Or(s.root.At("collection"), s.root)
	if list := root.At("item"); list.Kind != yaml.Sequence {
		return fault(s.place(list), "", "item is not a list")
	}
	c := &collection{s, map[string]variable{}}
	for _, v := range enabled(root.At("variable")) {
		c.vars[cmp.Or(v.At("key").Written(), v.At("id").Written())] = variableOf(v)
	}
	maps.Copy(c.vars, p.variables)
	for name, v := range c.vars { // one may stand where it is not read
		p.value(name, v)
	}
	c.scripts(root, "the collection", nil)
	c.folder(root, nil, "", 0)
	return nil
}

// enabled returns the items of a list that are not switched off.
func enabled(list *yaml.Node) []*yaml.Node {
	return slices.DeleteFunc(slices.Clone(list.All()), func(n *yaml.Node) bool { return n.At("disabled").Is("true") || n.At("enabled").Is("false") })
}

func variableOf(n *yaml.Node) variable {
	return variable{n.At("value").Written(), n.At("type").Written() == "secret"}
}

// folder reads a folder, or the collection. Its authorisation applies to every item without one.
func (c *collection) folder(n, auth *yaml.Node, path string, depth int) {
	if depth > maxFolders {
		c.leaveOut(c.place(n), "move it up", "a folder in more than %d others was left out", maxFolders)
		return
	}
	auth = authOf(n, auth)
	for _, item := range n.At("item").All() {
		if item.At("item") == nil {
			c.request(item, authOf(item, auth), path)
			continue
		}
		name := item.At("name").Written()
		c.scripts(item, "the folder "+name, nil)
		c.folder(item, auth, strings.TrimPrefix(path+"/"+name, "/"), depth+1)
	}
}

// authOf returns the authorisation of an item, else the one around it.
func authOf(n, outer *yaml.Node) *yaml.Node {
	if own := n.At("auth"); own != nil && own.Kind == yaml.Mapping {
		return own
	}
	return outer
}

// fill returns the text of a node with the values of its variables.
func (c *collection) fill(n *yaml.Node) string { return c.fillIn(n.Written(), c.vars) }

// pair reads a name with its value.
func (c *collection) pair(n *yaml.Node) request.Pair {
	return request.Pair{Name: c.fill(n.At("key")), Value: c.fill(n.At("value")), Off: n.At("disabled").Is("true")}
}

func (c *collection) request(item, auth *yaml.Node, folder string) {
	ask, name := item.At("request"), item.At("name").Written()
	if ask == nil {
		c.leaveOut(c.place(item), "", "%s has no request", cmp.Or(name, "an item"))
		return
	}
	method := strings.ToUpper(cmp.Or(strings.TrimSpace(ask.At("method").Written()), "GET"))
	call := &call{at: c.place(item), kind: Postman, Spec: request.Spec{Name: name, Title: folder, Method: method, Follow: true}}
	if !c.target(call, cmp.Or(ask.At("url"), ask)) { // it may be the address alone
		return
	}
	for _, h := range ask.At("header").All() {
		call.Headers = append(call.Headers, c.pair(h))
	}
	for line := range strings.Lines(c.fill(ask.At("header"))) {
		if name, value, ok := strings.Cut(line, ":"); ok {
			call.put("header", request.Pair{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)})
		}
	}
	pruned := slices.Contains([]string{"GET", "HEAD", "COPY", "PURGE", "UNLOCK"}, call.Method) &&
		!item.At("protocolProfileBehavior", "disableBodyPruning").Is("true") // as Postman does
	if !pruned && !c.body(call, ask.At("body")) {
		return
	}
	c.authorise(call, authOf(ask, auth))
	c.scripts(item, name, call)
	c.add(call)
}

// target reads the url of a request: a text, or an object with the text and
// its parts.
func (c *collection) target(call *call, u *yaml.Node) bool {
	written, _, _ := strings.Cut(cmp.Or(u.At("raw").Written(), u.Written(), joinURL(u)), "#")
	raw, query, asks := strings.Cut(c.fillIn(written, c.vars), "?")
	known := map[string]string{}
	for _, v := range u.At("variable").All() {
		known[v.At("key").Written()] = c.fill(v.At("value"))
	}
	raw = pathVariable().ReplaceAllStringFunc(raw, func(m string) string {
		return "/" + c.value(m[2:], variable{value: known[m[2:]]})
	})
	var parts []string
	pairs := u.At("query").All()
	for _, q := range pairs {
		pair := c.pair(q)
		switch n := q.At("value"); {
		case pair.Off:
			call.Query = append(call.Query, pair)
		case n == nil || n.Kind == yaml.Null:
			parts = append(parts, pair.Name)
		default:
			parts = append(parts, pair.Name+"="+pair.Value)
		}
	}
	if len(pairs) > 0 {
		query, asks = strings.Join(parts, "&"), len(parts) > 0
	}
	if asks {
		raw += "?" + unescapeMarks.Replace(escapeBytes(query, "\"#'<>")) // as Postman does: what cannot be sent, and no more
	}
	return c.goTo(call, raw)
}

// joinURL joins the parts of an url that has no text.
func joinURL(u *yaml.Node) string {
	join := func(name, between string) string {
		n := u.At(name)
		words := []string{n.Written()}
		for i, word := range n.All() {
			words = append(words[:i], cmp.Or(word.Written(), word.At("value").Written()))
		}
		return strings.Join(words, between)
	}
	text := join("host", ".")
	if protocol := join("protocol", ""); protocol != "" {
		text = strings.TrimSuffix(protocol, "://") + "://" + text
	}
	if port := join("port", ""); port != "" {
		text += ":" + port
	}
	return text + "/" + strings.TrimPrefix(join("path", "/"), "/")
}

var pathVariable = lazy.Regexp(`/:[A-Za-z_][\w-]*`)

// comment matches a comment of JSON, and a text, which may look like one.
var comment = lazy.Regexp(`("(?:[^"\\]|\\.)*")|//[^\r\n]*|/\*[\s\S]*?\*/`)

// languages are the media types of raw bodies by their language.
var languages = map[string]string{
	"json": "application/json", "xml": "application/xml", "html": "text/html", "javascript": "application/javascript",
}

// body reads the body and reports whether it can be kept. It drops an empty one.
func (c *collection) body(call *call, n *yaml.Node) bool {
	if n == nil || n.At("disabled").Is("true") {
		return true
	}
	switch mode := n.At("mode").Written(); mode {
	case "":
	case "raw":
		call.Body = c.fill(n.At("raw"))
		language := n.At("options", "raw", "language").Written()
		if language == "json" {
			call.Body = comment().ReplaceAllString(call.Body, "$1")
		}
		if call.Body != "" {
			call.offer("Content-Type", cmp.Or(languages[language], "text/plain"))
		}
	case "urlencoded":
		call.Body = c.fill(n.At("urlencoded"))
		for _, f := range enabled(n.At("urlencoded")) {
			call.addForm(c.fill(f.At("key")), c.fill(f.At("value")))
		}
		if call.Body != "" {
			call.setHeader("Content-Type", formType)
		}
	case "formdata":
		return c.parts(call, n.At("formdata"))
	case "graphql":
		call.Body = c.graphql(n.At("graphql"))
		call.offer("Content-Type", "application/json")
	default:
		file := n.At(mode)
		if len(file.All()) == 0 && len(file.At("src").Written()+file.At("content").Written()) == 0 {
			return true
		}
		c.leaveOut(c.place(n), "write the request by hand", "%s was left out: a body of kind %s cannot be kept", call.Name, mode)
		return false
	}
	return true
}

// parts reads a multipart body; false if the file of a part is not named.
func (c *collection) parts(call *call, list *yaml.Node) bool {
	var parts []body.Part
	for _, f := range enabled(list) {
		p := body.Part{Name: c.fill(f.At("key")), Type: f.At("contentType").Written()}
		if f.At("type").Written() != "file" {
			p.Text = c.fill(f.At("value"))
			parts = append(parts, p)
			continue
		}
		src := append([]*yaml.Node{f.At("src")}, f.At("src").All()...) // a path, or a list of them
		src = slices.DeleteFunc(src, func(n *yaml.Node) bool { return n.Written() == "" })
		for _, n := range src {
			p.File = n.Written()
			parts = append(parts, p)
		}
		if len(src) == 0 {
			c.leaveOut(c.place(f), "choose the file in Postman and export again", "%s was left out: no file is named for its part %s", call.Name, p.Name)
			return false
		}
	}
	if len(parts) > 0 {
		call.Body, call.BodyType = body.Compose(parts...), body.Multipart
	}
	return true
}

// graphql writes the body as Postman does.
func (c *collection) graphql(g *yaml.Node) string {
	text := `{"query":` + jq.Quote(c.fill(g.At("query")))
	if name := c.fill(g.At("operationName")); name != "" {
		text += `,"operationName":` + jq.Quote(name)
	}
	variables := c.fill(g.At("variables"))
	if strings.HasPrefix(strings.TrimSpace(variables), "{") {
		text += `,"variables":` + variables
	}
	return text + "}"
}

var expectsStatus = lazy.Regexp(`pm\.response\.to\.have\.status\(\s*(\d{3})\s*\)`)

// scripts adds a note for each script. From those of a call, if it has one, it imports the one
// test that most requests have, the status.
func (c *collection) scripts(n *yaml.Node, whose string, call *call) {
	for _, e := range n.At("event").All() {
		exec := e.At("script", "exec")
		code := exec.Written()
		for _, line := range exec.All() {
			code += "\n" + line.Written()
		}
		status := expectsStatus().FindStringSubmatch(code)
		if status != nil && call != nil {
			call.Expect = ".status == " + status[1]
		}
		onlyStatus := call != nil && status != nil && strings.Count(code, "pm.")+strings.Count(code, "postman.") <= 2 // the test and what it holds
		if strings.TrimSpace(code) != "" && !onlyStatus {
			c.note(c.place(e), "write what matters as its expectation", "the script of %s was not imported", whose)
		}
	}
}

// environment reads the variables of an environment, which its collections use.
func (p *parser) environment(s source) {
	for _, v := range enabled(s.root.At("values")) {
		p.variables[v.At("key").Written()] = variableOf(v)
	}
	p.environments = append(p.environments, s.file)
}
