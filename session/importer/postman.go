package importer

import (
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/request"
)

// collection is a Postman collection (v2.0 or v2.1) being read.
type collection struct {
	p    *parser
	d    *document
	vars map[string]string
	lost map[string]bool // variables without a value that were told
}

// maxFolders bounds how deep folders may lie in each other.
const maxFolders = 50

func (p *parser) postman(d *document) error {
	root := d.root
	if wrapped := root.get("collection"); wrapped != nil {
		root = wrapped
	}
	c := &collection{p: p, d: d, vars: map[string]string{}, lost: map[string]bool{}}
	for _, v := range root.get("variable").all() {
		if !v.get("disabled").isTrue() {
			c.vars[variableName(v)] = v.get("value").text()
		}
	}
	for name, value := range p.variables {
		c.vars[name] = value
	}
	c.scripts(root, "the collection")
	c.items(root.get("item"), root.get("auth"), "", 0)
	return nil
}

func variableName(v *node) string {
	if name := v.get("key").text(); name != "" {
		return name
	}
	return v.get("id").text()
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

// fill replaces {{name}} by its value; what has none stays.
func (c *collection) fill(n *node) string {
	text := n.text()
	for range 10 { // values may name others
		next := placeholder().ReplaceAllStringFunc(text, func(m string) string {
			if value, ok := c.vars[placeholderName(m)]; ok && value != "" {
				return value
			}
			return m
		})
		if next == text || len(next) > maxCallBody {
			break
		}
		text = next
	}
	for _, m := range placeholder().FindAllString(text, -1) {
		c.missing(n, placeholderName(m))
	}
	return text
}

// placeholder matches a value that is not known: {{name}}.
var placeholder = pattern(`\{\{\s*[^{}]+?\s*\}\}`)

func placeholderName(m string) string { return strings.TrimSpace(m[2 : len(m)-2]) }

func (c *collection) missing(n *node, name string) {
	if c.lost[name] {
		return
	}
	c.lost[name] = true
	hint := "give the environment's file too, or --account"
	if strings.HasPrefix(name, "$") {
		hint = "write jq in its place, such as ${uuid}"
	}
	c.p.note(c.d.place(n), hint, "the variable {{%s}} has no value", name)
}

func (c *collection) request(item, auth *node, folder string) {
	ask, name := item.get("request"), item.get("name").text()
	if ask == nil {
		c.p.note(c.d.place(item), "", "%s has no request", name)
		return
	}
	call := &call{at: c.d.place(item), kind: Postman, Spec: request.Spec{Name: name, Title: folder, Method: "GET", Follow: true}}
	address := ask
	if ask.object {
		if method := ask.get("method").text(); method != "" {
			call.Method = strings.ToUpper(method)
		}
		address = ask.get("url")
		if own := ask.get("auth"); own != nil && own.object {
			auth = own
		}
	}
	if !c.address(call, address) {
		c.p.note(c.d.place(item), "give the environment's file too, or the account with --account", "%s was left out: its address is not known", name)
		return
	}
	for _, h := range ask.get("header").all() {
		call.Headers = append(call.Headers, request.Pair{Name: c.fill(h.get("key")), Value: c.fill(h.get("value")), Off: h.get("disabled").isTrue()})
	}
	if !c.body(call, ask.get("body")) {
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
	if name := leading(text.text()); name != "" && c.vars[name] == "" {
		c.vars[name] = c.p.base()
	}
	raw := c.fill(text)
	for _, v := range u.get("variable").all() {
		if value := c.fill(v.get("value")); value != "" {
			raw = strings.ReplaceAll(raw+"/", "/:"+v.get("key").text()+"/", "/"+value+"/")
			raw = strings.TrimSuffix(raw, "/")
		}
	}
	if !strings.Contains(raw, "://") && raw != "" && !strings.HasPrefix(raw, "{{") {
		raw = "http://" + raw // as Postman does
	}
	if base, _, _ := strings.Cut(raw, "?"); strings.Contains(base[:min(len(base), len("https://")+2)], "{{") {
		return false
	}
	query := u.get("query").all()
	if len(query) > 0 {
		raw, _, _ = strings.Cut(raw, "?")
	}
	if !call.address(raw) {
		return false
	}
	for _, q := range query {
		call.Query = append(call.Query, request.Pair{Name: c.fill(q.get("key")), Value: c.fill(q.get("value")), Off: q.get("disabled").isTrue()})
	}
	return true
}

// leading returns the name of the variable that a text begins with, or "".
func leading(text string) string {
	if at := placeholder().FindStringIndex(text); at != nil && at[0] == 0 {
		return placeholderName(text[:at[1]])
	}
	return ""
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

// body reads the body and reports whether it can be kept.
func (c *collection) body(call *call, n *node) bool {
	if n == nil || n.get("disabled").isTrue() {
		return true
	}
	switch mode := n.get("mode").text(); mode {
	case "":
	case "raw":
		call.Body = c.fill(n.get("raw"))
		if n.get("options", "raw", "language").text() == "json" && call.header("Content-Type") == "" {
			call.Headers = append(call.Headers, request.Pair{Name: "Content-Type", Value: "application/json"})
		}
	case "urlencoded":
		for _, f := range n.get("urlencoded").all() {
			if !f.get("disabled").isTrue() {
				call.addForm(c.fill(f.get("key")), c.fill(f.get("value")))
			}
		}
	case "formdata":
		return c.parts(call, n.get("formdata"))
	case "graphql":
		call.Body = c.graphql(n.get("graphql"))
	default:
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
	call.Body, call.BodyType = body.Compose(parts...), body.Multipart
	return true
}

func (c *collection) graphql(g *node) string {
	body := `{"query":` + jq.Quote(c.fill(g.get("query")))
	if variables := strings.TrimSpace(c.fill(g.get("variables"))); strings.HasPrefix(variables, "{") {
		body += `,"variables":` + variables
	}
	return body + "}"
}

// authorise adds the credentials of an authorisation to the call.
func (c *collection) authorise(call *call, auth *node) {
	switch kind := auth.get("type").text(); kind {
	case "":
	case "noauth":
		call.Attach = definition.AttachNone
	case "bearer":
		call.setHeader("Authorization", "Bearer "+c.value(auth, "bearer", "token"))
	case "basic":
		call.basic(c.value(auth, "basic", "username"), c.value(auth, "basic", "password"))
	case "oauth2":
		prefix := c.value(auth, "oauth2", "headerPrefix")
		if prefix == "" {
			prefix = "Bearer"
		}
		if token := c.value(auth, "oauth2", "accessToken"); token != "" {
			call.setHeader("Authorization", strings.TrimSpace(prefix)+" "+token)
		}
	case "apikey":
		name, value := c.value(auth, "apikey", "key"), c.value(auth, "apikey", "value")
		if c.value(auth, "apikey", "in") == "query" {
			call.Query = append(call.Query, request.Pair{Name: name, Value: value})
		} else {
			call.setHeader(name, value)
		}
	default:
		if !c.lost["auth "+kind] {
			c.lost["auth "+kind] = true
			c.p.note(c.d.place(auth), "add the account by hand", "authorisation of kind %s is not known here", kind)
		}
	}
}

// value reads a part of an authorisation: v2.1 has a list of pairs, v2.0 an
// object.
func (c *collection) value(auth *node, kind, name string) string {
	part := auth.get(kind)
	if n := part.get(name); n != nil {
		return c.fill(n)
	}
	for _, pair := range part.all() {
		if pair.get("key").text() == name {
			return c.fill(pair.get("value"))
		}
	}
	return ""
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
			p.variables[v.get("key").text()] = v.get("value").text()
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
