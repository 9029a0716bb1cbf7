package backend

import (
	"slices"
	"strings"
	"time"
)

func (d *decoder) loginList(list []*node, at *node) {
	if at.kind == kindSequence && len(list) == 0 {
		d.problem(at, "one login at least", "logins is empty")
	}
	var taken []string
	for _, n := range list {
		f := d.mapping(n)
		if n.kind != kindMapping {
			continue
		}
		l := Login{}
		if at := f.need("name", "what the account's form shows: name: password"); at != nil {
			if s, ok := d.scalar(at); ok && d.thingNameOf(at, s) {
				l.Name, taken = s, d.unique(at, "login", s, taken)
			}
		}
		d.login(f, &l)
		d.def.Logins = append(d.def.Logins, l)
	}
}

// login reads one login but its name.
func (d *decoder) login(f *fields, l *Login) {
	names := &loginNames{}
	d.logins = append(d.logins, names)
	l.Title = f.text("title")
	if l.Title == "" {
		l.Title = l.Name
	}
	l.Fields = d.fieldList(f.list("fields"), &scope{login: names}, &names.fields)
	l.When = f.jq("when", &scope{account: true})
	l.Unattended = f.flag("unattended", true)
	l.Notes = f.lines("notes")
	if f.has("oauth2") {
		d.oauth2(f.get("oauth2"))
		f.get("steps")
		f.done()
		return
	}
	f.need("steps", "a list of requests and captures")
	var captured []string
	l.Steps = d.steps(f.list("steps"), &scope{login: names}, &names.steps, &captured)
	f.done()
	d.later = append(d.later, func() { d.loginSuffices(f.at, captured) })
}

// oauth2 is where a login's grant will be read.
func (d *decoder) oauth2(n *node) {
	if n != nil {
		d.problem(n, "not supported yet: write the token request as steps", "oauth2 cannot be used in a login")
	}
}

// loginSuffices reports a login after which an attach mode has no token.
func (d *decoder) loginSuffices(n *node, captured []string) {
	have := slices.Concat(captured, d.eachAnswer)
	if len(have) == 0 {
		d.problem(n, "capture: {access: .body.access_token}", "this login captures nothing, so it gives no session")
		return
	}
	for _, a := range d.def.Attach {
		if a.When == nil && a.Primary != "" && !slices.Contains(have, a.Primary) {
			d.problem(n, "capture it, or give the mode a when:",
				"this login captures no %s, which attach mode %s needs", a.Primary, a.Name)
		}
	}
}

func (d *decoder) refresh(n *node) *Refresh {
	f, out := d.mapping(n), &Refresh{}
	var prompts []string
	s := &scope{captures: true, prompts: &prompts}
	if at := f.get("needs"); at != nil {
		if out.Needs, _ = d.scalar(at); out.Needs != "" {
			d.later = append(d.later, func() { d.mustCapture(at, out.Needs) })
		}
	}
	out.When = f.jq("when", s)
	f.need("steps", "the request that renews, and what to capture of its answer")
	var captured []string
	out.Steps = d.steps(f.list("steps"), s, &prompts, &captured)
	if len(out.Steps) > 0 && len(captured) == 0 {
		d.later = append(d.later, func() {
			if len(d.eachAnswer) == 0 {
				d.problem(n, "capture: {access: .body.access_token}", "this refresh captures nothing")
			}
		})
	}
	f.done()
	return out
}

func (d *decoder) check(n *node) *Check {
	f, out := d.mapping(n), &Check{}
	s := &scope{captures: true}
	out.When = f.jq("when", s)
	if at := f.need("request", "a call that only a live session is answered well"); at != nil {
		out.Request = d.request(d.mapping(at), s)
	}
	out.Alive = f.jq("alive", &scope{captures: true, answer: true})
	f.done()
	return out
}

func (d *decoder) logout(n *node) *Logout {
	f, out := d.mapping(n), &Logout{}
	var prompts, captured []string
	s := &scope{captures: true, prompts: &prompts}
	out.When = f.jq("when", s)
	f.need("steps", "the request that ends the session")
	out.Steps = d.steps(f.list("steps"), s, &prompts, &captured)
	out.Gone = f.jq("gone", &scope{captures: true, answer: true})
	f.done()
	return out
}

// steps reads the steps of a flow. names gathers what prompts and captures
// give to later steps, captured the captures alone.
func (d *decoder) steps(list []*node, s *scope, names, captured *[]string) []Step {
	var out []Step
	for i, n := range list {
		before, after := *s, *s
		before.answer, after.answer = i > 0, true
		f := d.mapping(n)
		if n.kind != kindMapping {
			continue
		}
		st := Step{Name: f.text("name"), When: f.jq("when", &before)}
		d.stepWork(f, &st, &before, names)
		if at := f.get("capture"); at != nil {
			var got []string
			st.Capture = d.captures(at, &after, &got)
			*captured = append(*captured, got...)
			*names = append(*names, got...)
		}
		if at := f.get("repeat"); at != nil {
			st.Repeat = d.repeat(at, &after)
			if !f.has("request") {
				d.problem(at, "", "repeat needs a request in the same step")
			}
		}
		f.done()
		if st.Request == nil && st.Prompt == nil && st.Show == nil && len(st.Capture) == 0 {
			d.problem(n, "give it a request, prompt, show or capture", "this step does nothing")
		}
		out = append(out, st)
	}
	return out
}

// stepWork reads the one of request, prompt and show that a step has.
func (d *decoder) stepWork(f *fields, st *Step, s *scope, names *[]string) {
	works := 0
	for _, key := range []string{"request", "prompt", "show"} {
		n := f.get(key)
		if n == nil {
			continue
		}
		if works++; works > 1 {
			d.problem(n, "make it two steps", "a step has one of request, prompt and show")
			continue
		}
		switch key {
		case "request":
			st.Request = d.request(d.mapping(n), s)
		case "prompt":
			st.Prompt = d.prompt(n, names)
		case "show":
			st.Show = d.show(n, s)
		}
	}
}

func (d *decoder) prompt(n *node, names *[]string) *Prompt {
	f, out := d.mapping(n), &Prompt{}
	if at := f.need("name", "what later steps read the answer by"); at != nil {
		if s, ok := d.scalar(at); ok && d.valueNameOf(at, s) {
			out.Name = s
			*names, d.asked = append(*names, s), append(d.asked, s)
			d.later = append(d.later, func() { d.notAField(at, s) })
		}
	}
	out.Label, out.Help, out.Secret = f.text("label"), f.text("help"), f.flag("secret", false)
	if out.Label == "" {
		out.Label = out.Name
	}
	f.done()
	return out
}

func (d *decoder) show(n *node, s *scope) *Show {
	f := d.mapping(n)
	out := &Show{Text: f.template("text", s), URL: f.template("url", s), Code: f.template("code", s)}
	if n.kind == kindMapping && !f.has("text") && !f.has("url") && !f.has("code") {
		d.problem(n, "text, url or code", "there is nothing to show")
	}
	f.done()
	return out
}

func (d *decoder) repeat(n *node, s *scope) *Repeat {
	f := d.mapping(n)
	f.need("until", "jq over the answer that ends the polling")
	out := &Repeat{
		Until: f.jq("until", s),
		Every: f.duration("every", time.Millisecond, maxEvery),
		For:   f.duration("for", time.Millisecond, maxFor),
	}
	if !f.has("every") {
		out.Every = defaultEvery
	}
	if !f.has("for") {
		out.For = defaultFor
	}
	f.done()
	return out
}

// captures reads what to keep of an answer; got gathers the names.
func (d *decoder) captures(n *node, s *scope, got *[]string) []Capture {
	d.mapping(n)
	var out []Capture
	for _, e := range n.entries {
		name, optional := strings.CutSuffix(e.key.text, "?")
		if !d.valueNameOf(e.key, name) {
			continue
		}
		if slices.Contains(*got, name) {
			d.problem(e.key, "keep one", "%s is captured twice here", name)
			continue
		}
		*got = append(*got, name)
		if !slices.Contains(d.captured, name) {
			d.captured = append(d.captured, name)
		}
		d.later = append(d.later, func() { d.notAField(e.key, name) })
		if q := d.query(e.value, s); q != nil {
			out = append(out, Capture{Name: name, Optional: optional, Query: q})
		}
	}
	return out
}

// notAField reports a capture or prompt that would hide a field.
func (d *decoder) notAField(n *node, name string) {
	if slices.Contains(d.allFields(), name) {
		d.problem(n, "rename one of them", "%s is the name of a field already", name)
	}
}

func (d *decoder) requests(list []*node) {
	var taken []string
	for _, n := range list {
		f, s := d.mapping(n), &scope{captures: true}
		if n.kind != kindMapping {
			continue
		}
		name := ""
		if at := f.need("name", "what the list of requests shows"); at != nil {
			if text, ok := d.scalar(at); ok && d.titleNameOf(at, text) {
				name, taken = text, d.unique(at, "request", text, taken)
			}
		}
		title, when := f.text("title"), f.jq("when", s)
		expect := f.jq("expect", &scope{captures: true, answer: true, expects: true})
		r := d.request(f, s)
		r.Name, r.Title, r.When, r.Expect = name, title, when, expect
		if r.Title == "" {
			r.Title = name
		}
		d.def.Requests = append(d.def.Requests, *r)
	}
}

// clientHeaders are written by the HTTP client alone.
var clientHeaders = []string{"connection", "content-length", "host", "transfer-encoding", "upgrade", "te", "trailer"}

// request reads what is sent, and closes the mapping it stands in.
func (d *decoder) request(f *fields, s *scope) *Request {
	r := &Request{Method: "GET", Headers: d.headers(f, "headers", s), Query: f.pairs("query", s)}
	if n := f.get("method"); n != nil {
		if m, _ := d.scalar(n); isMade(m, isCapital, isCapital) && m != "CONNECT" && m != "TRACE" {
			r.Method = m
		} else {
			d.problem(n, "GET, POST, PUT, PATCH, DELETE, …, in capitals", "this is not a method")
		}
	}
	d.target(f, r, s)
	d.body(f, r, s)
	if f.has("follow") {
		follow := f.flag("follow", true)
		r.Follow = &follow
	}
	if n := f.get("attach"); n != nil {
		r.Attach, _ = d.scalar(n)
		d.later = append(d.later, func() { d.attachKnown(n, r.Attach) })
	}
	f.done()
	return r
}

func (d *decoder) attachKnown(n *node, name string) {
	if name != AttachNone && !slices.Contains(d.attach, name) {
		d.problem(n, suggest(name, append([]string{AttachNone}, d.attach...)), "no attach mode is named %q", clip(name))
	}
}

// target reads path or url.
func (d *decoder) target(f *fields, r *Request, s *scope) {
	path, url := f.get("path"), f.get("url")
	switch {
	case path != nil && url != nil:
		d.problem(url, "path is appended to base_url, url stands alone", "a request has one of path and url")
	case url != nil:
		d.address(url)
		r.URL = d.template(url, s)
	case path != nil:
		if path.text != "" && !strings.HasPrefix(path.text, "/") && !strings.HasPrefix(path.text, "${") {
			d.problem(path, "it is appended to base_url as it stands", "a path begins with /")
		}
		if i := strings.IndexAny(path.text, "?#"); i >= 0 && !strings.Contains(path.text, "${") {
			d.problem(path, "write it under query:", "a path holds no ? and no #")
		}
		r.Path = templateOrEmpty(d.template(path, s))
	case f.at.kind == kindMapping && !f.has("path") && !f.has("url"):
		d.problem(f.at, "path: /login, or path: \"\" for base_url itself", "path is missing")
	}
}

// body reads the one of json, form and text that a request has.
func (d *decoder) body(f *fields, r *Request, s *scope) {
	json, form, text := f.get("json"), f.pairs("form", s), f.template("text", s)
	bodies := 0
	for _, key := range []string{"json", "form", "text"} {
		if f.has(key) {
			bodies++
		}
	}
	if bodies > 1 {
		d.problem(f.at, "keep one", "a request has one body: json, form or text")
	}
	if json != nil {
		r.JSON = d.tree(json, s)
	}
	r.Form, r.Text = form, text
}

// headers reads pairs whose names must be names of headers or cookies.
func (d *decoder) headers(f *fields, key string, s *scope) []Pair {
	out := f.pairs(key, s)
	n := f.at.lookup(key)
	if n == nil {
		return out
	}
	for _, e := range n.entries {
		switch name := e.key.text; {
		case strings.Contains(name, "${"):
		case !isMade(name, isHeaderRune, isHeaderRune):
			d.problem(e.key, "letters, digits and -", "%q cannot be a name here", clip(name))
		case key == "headers" && slices.Contains(clientHeaders, strings.ToLower(name)):
			d.problem(e.key, "leave it out", "%s is set by the client itself", name)
		}
		if strings.ContainsAny(e.value.text, "\r\n") && !strings.Contains(e.value.text, "${") {
			d.problem(e.value, "", "a line break in %s", e.key.text)
		}
	}
	return out
}
