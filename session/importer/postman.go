package importer

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/request"
)

// collection is a Postman collection (v2.0 or v2.1) being read.
type collection struct {
	p    *parser
	d    *document
	vars map[string]variable
	told map[string]bool // kinds of authorisation that were told
}

// maxFolders bounds how deep folders may lie in each other.
const maxFolders = 50

func (p *parser) postman(d *document) error {
	root := d.root
	if wrapped := root.get("collection"); wrapped != nil {
		root = wrapped
	}
	c := &collection{p: p, d: d, vars: map[string]variable{}, told: map[string]bool{}}
	for _, v := range root.get("variable").all() {
		if !v.get("disabled").isTrue() {
			c.vars[cmp.Or(v.get("key").text(), v.get("id").text())] = variableOf(v)
		}
	}
	maps.Copy(c.vars, p.variables)
	c.scripts(root, "the collection")
	c.items(root.get("item"), root.get("auth"), "", 0)
	return nil
}

func variableOf(n *node) variable {
	return variable{n.get("value").text(), n.get("type").text() == "secret"}
}

// items reads a folder. Its authorisation applies to every item without one.
func (c *collection) items(list, auth *node, path string, depth int) {
	if depth > maxFolders {
		c.p.note(c.d.place(list), "", "folders in folders beyond %d are not read", maxFolders)
		return
	}
	for _, item := range list.all() {
		name := item.get("name").text()
		own := auth
		if a := item.get("auth"); a != nil && a.object {
			own = a
		}
		if item.get("item") != nil {
			c.scripts(item, "the folder "+name)
			c.items(item.get("item"), own, strings.TrimPrefix(path+"/"+name, "/"), depth+1)
			continue
		}
		c.request(item, own, path)
	}
}

// fill returns the text of a node with the values of its variables.
func (c *collection) fill(n *node) string { return c.p.fill(n.text(), c.vars) }

func (c *collection) request(item, auth *node, folder string) {
	ask, name := item.get("request"), item.get("name").text()
	if ask == nil {
		c.p.seen++
		c.p.note(c.d.place(item), "", "%s has no request", name)
		return
	}
	call := &call{at: c.d.place(item), kind: Postman, Spec: request.Spec{Name: name, Title: folder, Method: "GET", Follow: true}}
	address := ask
	if ask.object {
		call.Method = strings.ToUpper(cmp.Or(strings.TrimSpace(ask.get("method").text()), "GET"))
		address = ask.get("url")
		if own := ask.get("auth"); own != nil && own.object {
			auth = own
		}
	}
	if !c.address(call, address) {
		return
	}
	for _, h := range ask.get("header").all() {
		call.Headers = append(call.Headers, request.Pair{Name: c.fill(h.get("key")), Value: c.fill(h.get("value")), Off: h.get("disabled").isTrue()})
	}
	pruned := slices.Contains([]string{"GET", "HEAD", "COPY", "PURGE", "UNLOCK"}, call.Method) &&
		!item.get("protocolProfileBehavior", "disableBodyPruning").isTrue() // as Postman does
	if !pruned && !c.body(call, ask.get("body")) {
		c.p.seen++
		return
	}
	c.authorise(call, auth)
	c.tests(call, item)
	c.p.add(call)
}

// address reads the url of a request: a text, or an object with the text and
// its parts.
func (c *collection) address(call *call, u *node) bool {
	text := u
	if u != nil && u.object {
		text = u.get("raw")
	}
	raw := c.fill(text)
	if name := leading(raw); name != "" && c.p.base() != "" {
		_, rest, _ := strings.Cut(raw, markEnd)
		raw = c.p.base() + rest
	}
	raw, query, _ := strings.Cut(raw, "?")
	known := map[string]string{}
	for _, v := range u.get("variable").all() {
		known[v.get("key").text()] = c.fill(v.get("value"))
	}
	raw = pathVariable().ReplaceAllStringFunc(raw, func(m string) string {
		if value := known[m[2:]]; value != "" {
			return "/" + value
		}
		return "/" + c.p.fill("{{"+m[2:]+"}}", nil)
	})
	if !strings.Contains(raw, "://") && raw != "" && !isOpen(raw[:min(len(raw), len(markBegin))]) {
		raw = "http://" + raw // as Postman does
	}
	if !call.address(raw) {
		c.p.lost(call.at, raw)
		return false
	}
	pairs := u.get("query").all()
	if len(pairs) == 0 {
		call.addQuery(encodePostman(query))
	}
	for _, q := range pairs {
		name, value := c.fill(q.get("key")), c.fill(q.get("value"))
		if q.get("disabled").isTrue() {
			call.Query = append(call.Query, request.Pair{Name: name, Value: value, Off: true})
			continue
		}
		part := name + "=" + value
		if n := q.get("value"); n == nil || n.value == nil {
			part = name
		}
		call.addQuery(encodePostman(part))
	}
	return true
}

var pathVariable = pattern(`/:[A-Za-z_][\w-]*`)

// encodePostman escapes a query as Postman does: what cannot be sent, and no more.
func encodePostman(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c <= ' ' || c == 0x7f || strings.IndexByte("\"#'<>", c) >= 0, c >= 0x80 && !isOpen(text):
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// base returns the address of the account that the options name, or "".
func (p *parser) base() string {
	for i := range p.known.Accounts {
		if a := &p.known.Accounts[i]; a.Name == p.options.Account {
			return strings.TrimRight(a.BaseURL, "/")
		}
	}
	return ""
}

// languages are the media types of raw bodies by their language.
var languages = map[string]string{
	"json": "application/json", "xml": "application/xml", "html": "text/html", "javascript": "application/javascript",
}

// body reads the body and reports whether it can be kept. An empty one is none.
func (c *collection) body(call *call, n *node) bool {
	if n == nil || n.get("disabled").isTrue() {
		return true
	}
	switch mode := n.get("mode").text(); mode {
	case "":
	case "raw":
		call.Body = c.fill(n.get("raw"))
		if call.Body != "" && call.header("Content-Type") == "" {
			call.setHeader("Content-Type", cmp.Or(languages[n.get("options", "raw", "language").text()], "text/plain"))
		}
	case "urlencoded":
		written := call.header("Content-Type")
		for _, f := range n.get("urlencoded").all() {
			if !f.get("disabled").isTrue() {
				call.addForm(c.fill(f.get("key")), c.fill(f.get("value")))
			}
		}
		if call.Body != "" && written != "" {
			call.setHeader("Content-Type", written)
		}
	case "formdata":
		return c.parts(call, n.get("formdata"))
	case "graphql":
		call.Body = c.graphql(n.get("graphql"))
		if call.header("Content-Type") == "" {
			call.setHeader("Content-Type", "application/json")
		}
	default:
		file := n.get(mode)
		if len(file.all()) == 0 && len(file.get("src").text()+file.get("content").text()) == 0 {
			return true
		}
		c.p.note(c.d.place(n), "write the request by hand", "%s was left out: a body of kind %s cannot be kept", call.Name, mode)
		return false
	}
	return true
}

// parts reads a multipart body; false if the file of a part is not named.
func (c *collection) parts(call *call, list *node) bool {
	var parts []body.Part
	for _, f := range list.all() {
		if f.get("disabled").isTrue() {
			continue
		}
		p := body.Part{Name: c.fill(f.get("key")), Type: f.get("contentType").text()}
		if f.get("type").text() != "file" {
			p.Text = c.fill(f.get("value"))
			parts = append(parts, p)
			continue
		}
		src := append([]*node{f.get("src")}, f.get("src").all()...) // a path, or a list of them
		before := len(parts)
		for _, n := range src {
			if p.File = n.text(); p.File != "" {
				parts = append(parts, p)
			}
		}
		if len(parts) == before {
			c.p.note(c.d.place(f), "choose the file in Postman and export again", "%s was left out: no file is named for its part %s", call.Name, p.Name)
			return false
		}
	}
	if len(parts) > 0 {
		call.Body, call.BodyType = body.Compose(parts...), body.Multipart
	}
	return true
}

// graphql writes the body as Postman does.
func (c *collection) graphql(g *node) string {
	text := `{"query":` + jq.Quote(c.fill(g.get("query")))
	if name := c.fill(g.get("operationName")); name != "" {
		text += `,"operationName":` + jq.Quote(name)
	}
	variables := c.fill(g.get("variables"))
	var compact bytes.Buffer
	if json.Compact(&compact, []byte(variables)) == nil {
		variables = compact.String()
	}
	if strings.HasPrefix(strings.TrimSpace(variables), "{") {
		text += `,"variables":` + variables
	}
	return text + "}"
}

func (c *call) setHeader(name, value string) {
	c.dropHeader(name)
	c.Headers = append(c.Headers, request.Pair{Name: name, Value: value})
}

var expectsStatus = pattern(`pm\.response\.to\.have\.status\(\s*(\d{3})\s*\)`)

// tests imports the one test that most requests have, the status, and adds a note
// for scripts that do more.
func (c *collection) tests(call *call, item *node) {
	for _, e := range item.get("event").all() {
		code := scriptOf(e)
		if strings.TrimSpace(code) == "" {
			continue
		}
		status := expectsStatus().FindStringSubmatch(code)
		if status != nil {
			call.Expect = ".status == " + status[1]
		}
		if status == nil || strings.Count(code, "pm.")+strings.Count(code, "postman.") > 2 { // the test and what it holds
			c.p.note(c.d.place(e), "write what matters as its expectation", "the script of %s was not taken over", call.Name)
		}
	}
}

func (c *collection) scripts(n *node, whose string) {
	for _, e := range n.get("event").all() {
		if strings.TrimSpace(scriptOf(e)) != "" {
			c.p.note(c.d.place(e), "", "the script of %s was not taken over", whose)
		}
	}
}

func scriptOf(event *node) string {
	exec := event.get("script", "exec")
	lines := []string{exec.text()}
	for _, line := range exec.all() {
		lines = append(lines, line.text())
	}
	return strings.Join(lines, "\n")
}

// environment reads the variables of an environment, which its collections use.
func (p *parser) environment(d *document) error {
	for _, v := range d.root.get("values").all() {
		if !v.get("enabled").isFalse() {
			p.variables[v.get("key").text()] = variableOf(v)
		}
	}
	p.later = append(p.later, func() error {
		if p.collection {
			return nil
		}
		return fault(d.at, "give the collection's file too", "an environment alone has no requests")
	})
	return nil
}
