package definition

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/jq"
	"tokenring/session/yaml"
)

func (d *decoder) login(f *yaml.Fields) (l Login) {
	names := &loginScope{}
	d.logins = append(d.logins, names)
	l.Name = d.name(f, "login", "what the account's form shows: name: password", d.checkIdentifier, &d.loginNames)
	l.Title = cmp.Or(f.Text("title"), l.Name)
	l.Fields = d.fieldList(f.Mappings("fields"), &scope{login: names}, &names.fields)
	l.When = d.condition(f.Get("when"), &scope{account: true})
	l.Unattended = f.Flag("unattended", true)
	l.Notes = f.Lines("notes")
	if n := f.Get("oauth2"); n != nil {
		if steps := f.Get("steps"); steps != nil {
			d.Problem(steps, "make it two logins", "a login has one of steps and oauth2")
		}
		l.Steps = d.grantLogin(n, l.Name, names)
		f.Done()
		return l
	}
	f.Need("steps", "a list of requests and captures")
	l.Steps = d.steps(f.Mappings("steps"), &scope{login: names}, &names.steps)
	f.Done()
	d.later(func() {
		if !capturesAny(l.Steps) && len(d.def.EachAnswer) == 0 && !d.isBlurred() {
			d.Problem(f.At, "capture: {access: .body.access_token}", "this login captures nothing, so it starts no session")
		}
	})
	return l
}

func (d *decoder) refresh(n *yaml.Node) *Refresh {
	f, out := d.Mapping(n), &Refresh{}
	var prompts []string
	s := &scope{captures: true, prompts: &prompts}
	if at := f.Get("needs"); at != nil {
		if out.Needs, _ = d.Scalar(at); out.Needs != "" {
			d.later(func() { d.mustCapture(at, out.Needs) })
		}
	}
	out.When = d.condition(f.Get("when"), s)
	f.Need("steps", "the request that renews, and what to capture of its answer")
	out.Steps = d.steps(f.Mappings("steps"), s, &prompts)
	if len(out.Steps) > 0 && !capturesAny(out.Steps) && len(d.def.EachAnswer) == 0 { // each_answer is read before
		d.Problem(n, "capture: {access: .body.access_token}", "this refresh captures nothing")
	}
	f.Done()
	return out
}

func (d *decoder) check(n *yaml.Node) *Check {
	f, out := d.Mapping(n), &Check{}
	s := &scope{captures: true}
	out.When = d.condition(f.Get("when"), s)
	out.Sign = d.signStep(f.Get("sign"), s, new([]string))
	if at := f.Need("request", "a call that only a live session is answered well"); at != nil {
		out.Request = d.request(d.Mapping(at), s)
	}
	out.Alive = d.condition(f.Get("alive"), &scope{captures: true, answer: true})
	out.Capture = d.captures(f.Get("capture"), &scope{captures: true, answer: true})
	f.Done()
	return out
}

func (d *decoder) logout(n *yaml.Node) *Logout {
	f, out := d.Mapping(n), &Logout{}
	var prompts []string
	s := &scope{captures: true, prompts: &prompts}
	out.When = d.condition(f.Get("when"), s)
	f.Need("steps", "the request that ends the session")
	out.Steps = d.steps(f.Mappings("steps"), s, &prompts)
	out.Gone = d.condition(f.Get("gone"), &scope{captures: true, answer: true})
	f.Done()
	return out
}

// steps reads the steps of a flow. names collects the names of prompts and captures for later
// steps.
func (d *decoder) steps(list []*yaml.Fields, s *scope, names *[]string) []Step {
	var out []Step
	for i, f := range list {
		before, after := *s, *s
		before.answer, after.answer = i > 0, true
		st := Step{Name: f.Text("name"), When: d.condition(f.Get("when"), &before)}
		st.Sign = d.signStep(f.Get("sign"), &before, names)
		d.stepWork(f, &st, &before, names)
		st.Capture = d.captures(f.Get("capture"), &after)
		*names = append(*names, namesOf(st.Capture)...)
		if at := f.Get("repeat"); at != nil {
			st.Repeat = d.repeat(at, &after)
			if !f.Has("request") {
				d.Problem(at, "", "repeat needs a request in the same step")
			}
		}
		f.Done()
		at := f.At.Lookup("capture")
		keeps := at != nil && (len(at.Entries) > 0 || at.Kind != yaml.Mapping)
		if !slices.ContainsFunc(stepKinds, f.Has) && !keeps && !f.Has("sign") {
			d.Problem(f.At, "give it a "+strings.Join(stepKinds, ", ")+", sign or capture", "this step does nothing")
		}
		out = append(out, st)
	}
	return out
}

// stepKinds lists the keys for the work of a step.
var stepKinds = []string{"request", "discover", "authorize", "browser", "identify", "prompt", "show", "fail", "note"}

// stepWork reads the one of stepKinds that a step has.
func (d *decoder) stepWork(f *yaml.Fields, st *Step, s *scope, names *[]string) {
	works := 0
	for _, key := range stepKinds {
		n := f.Get(key)
		if n == nil {
			continue
		}
		if works++; works > 1 {
			d.Problem(n, "make it two steps", "a step has one of %s", strings.Join(stepKinds, ", "))
			continue
		}
		if f.Has("sign") && key != "request" {
			d.Problem(n, "make it two steps", "sign stands alone or beside a request")
		}
		switch key {
		case "request":
			st.Request = d.request(d.Mapping(n), s)
		case "discover":
			st.Discover = d.discover(n, s)
		case "authorize":
			st.Authorize = d.authorize(n, s, names)
		case "browser":
			st.Browser = d.browser(n, s, names)
		case "identify":
			st.Identify = d.identify(n, s)
		case "prompt":
			st.Prompt = d.prompt(n, names)
		case "show":
			st.Show = d.show(n, s)
		case "note":
			st.Note = d.template(n, s)
		case "fail":
			st.Fail = d.fail(f, n, s)
		}
	}
}

func (d *decoder) prompt(n *yaml.Node, names *[]string) *Prompt {
	f := d.Mapping(n)
	defer f.Done()
	name := d.name(f, "prompt", "what later steps read the answer by", d.checkValueName, new([]string))
	if name != "" {
		d.prompted(names, name)
		d.later(func() { d.notAField(n.Lookup("name"), name) })
	}
	return &Prompt{Name: name, Label: cmp.Or(f.Text("label"), name), Help: f.Text("help"), Secret: f.Flag("secret", false)}
}

// prompted adds names to those of a flow and of the file.
func (d *decoder) prompted(names *[]string, more ...string) {
	*names, d.prompts = append(*names, more...), append(d.prompts, more...)
}

func (d *decoder) show(n *yaml.Node, s *scope) *Show {
	f := d.Mapping(n)
	defer f.Done()
	if n.Kind == yaml.Mapping && !f.Has("text") && !f.Has("url") && !f.Has("code") {
		d.Problem(n, "text, url or code", "there is nothing to show")
	}
	return &Show{
		Text: d.template(f.Get("text"), s), URL: d.template(f.Get("url"), s), Code: d.template(f.Get("code"), s),
		QR: d.template(f.Get("qr"), s), Ends: d.query(f.Get("ends"), s),
	}
}

// fail reads the fail at n of a step.
func (d *decoder) fail(step *yaml.Fields, n *yaml.Node, s *scope) *Fail {
	f := d.Mapping(n)
	kinds := slices.DeleteFunc(slices.Clone(kindNames), func(kind string) bool { return kind == string(session.Challenge) })
	is := d.WordOf(f.Need("is", yaml.OneOf(kinds)), kinds)
	out := &Fail{Is: session.OutcomeKind(is), Message: d.template(f.Get("message"), s)}
	f.Done()
	if !step.Has("when") {
		d.Problem(n, "when: the condition to refuse by", "this step fails every time")
	}
	if step.Has("capture") {
		d.Problem(step.At.Lookup("capture"), "capture in a step before it", "a step that fails captures nothing")
	}
	return out
}

func (d *decoder) repeat(n *yaml.Node, s *scope) *Repeat {
	f := d.Mapping(n)
	defer f.Done()
	return &Repeat{
		Until: d.condition(f.Need("until", "jq over the answer that ends the polling"), s),
		Every: cmp.Or(f.Duration("every", time.Millisecond, maxEvery), defaultEvery),
		For:   cmp.Or(f.Duration("for", time.Millisecond, maxFor), defaultFor),

		Interval: d.query(f.Get("interval"), s), Slower: d.condition(f.Get("slower"), s),
	}
}

// captures reads captures.
func (d *decoder) captures(n *yaml.Node, s *scope) []Capture {
	var out []Capture
	for _, e := range d.Mapping(n).At.Entries {
		name, optional := strings.CutSuffix(e.Key.Text, "?")
		switch {
		case !d.checkValueName(e.Key, name):
		case slices.Contains(namesOf(out), name):
			d.Problem(e.Key, "keep one", "%s is captured twice here", name)
		default:
			d.capture(e.Key, name)
			out = append(out, Capture{Name: name, Optional: optional, Query: d.query(e.Value, s)})
		}
	}
	return out
}

// capture records a name that a flow captures.
func (d *decoder) capture(n *yaml.Node, name string) {
	if !slices.Contains(d.captured, name) {
		d.captured = append(d.captured, name)
	}
	d.later(func() { d.notAField(n, name) })
}

func namesOf(captures []Capture) (names []string) {
	for _, c := range captures {
		names = append(names, c.Name)
	}
	return names
}

// capturesAny reports whether steps capture or sign anything.
func capturesAny(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return len(s.Capture) > 0 || s.Sign != nil && s.Sign.Name != "" })
}

func (d *decoder) requests(list []*yaml.Fields) {
	var taken []string
	for _, f := range list {
		s := &scope{captures: true}
		name := d.name(f, "request", "what the list of requests shows", d.checkTitleName, &taken)
		title, when := cmp.Or(f.Text("title"), name), d.condition(f.Get("when"), s)
		expect := d.condition(f.Get("expect"), &scope{captures: true, answer: true, expects: true})
		noProof := !f.Flag("proves", true)
		r := d.request(f, s)
		if r.NoProof = noProof; noProof {
			d.later(func() { d.noProof(f.At.Lookup("proves"), r) })
		}
		r.Name, r.Title, r.When, r.Expect = name, title, when, expect
		d.def.Requests = append(d.def.Requests, *r)
	}
}

// clientHeaders lists the headers that only the HTTP client sets.
var clientHeaders = []string{"connection", "content-length", "host", "transfer-encoding", "upgrade", "te", "trailer"}

// request reads a request and closes its mapping.
func (d *decoder) request(f *yaml.Fields, s *scope) *Request {
	r := &Request{Method: "GET", Headers: d.headers(f, "headers", s), Query: d.pairs(f, "query", s)}
	d.target(f, d.methodAndPath(f, r), r, s)
	r.Timeout = f.Duration("timeout", session.MinTimeout, session.MaxTimeout)
	r.Body = body.Read(d.Reader, f, func(n *yaml.Node) *jq.Template { return d.template(n, s) }, d.partial)
	if follow := f.Flag("follow", true); f.Has("follow") {
		r.Follow = &follow
	}
	if n := f.Get("attach"); n != nil {
		r.Attach, _ = d.Scalar(n)
		d.later(func() {
			if known := append([]string{AttachNone}, d.attach...); !slices.Contains(known, r.Attach) {
				d.Problem(n, yaml.Suggest(r.Attach, known), "no attach mode is named %q", yaml.Clip(r.Attach))
			}
		})
	}
	f.Done()
	return r
}

// methods lists the common methods. Each in lower case is a key for method and path.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"}

// methodAndPath reads the method and returns the path of the request.
func (d *decoder) methodAndPath(f *yaml.Fields, r *Request) (path *yaml.Node) {
	long, path := f.Get("method"), f.Get("path")
	if long != nil {
		r.Method = d.method(long)
	}
	for _, m := range methods {
		n := f.Get(strings.ToLower(m))
		switch {
		case n == nil:
		case long != nil || path != nil:
			d.Problem(n, "get: /me is method: GET with path: /me", "one of them says it already")
		default:
			r.Method, path = m, n
		}
	}
	return path
}

// method reads a method, possibly of an extension of HTTP.
func (d *decoder) method(n *yaml.Node) string {
	m, _ := d.Scalar(n)
	upper := strings.ToUpper(m)
	switch {
	case m != upper && slices.Contains(methods, upper):
		d.Problem(n, "write "+upper, "methods are in capitals")
	case !consistsOf(m, isCapital, isCapital) || m == "CONNECT" || m == "TRACE":
		d.Problem(n, "GET, POST, PUT, PATCH, DELETE, …, in capitals", "not a method")
	case !slices.Contains(methods, m) && yaml.DidYouMean(m, methods) != "":
		d.Problem(n, yaml.DidYouMean(m, methods), "%s is not a method", yaml.Clip(m))
	}
	return cmp.Or(m, "GET")
}

// target reads url, or the given path.
func (d *decoder) target(f *yaml.Fields, path *yaml.Node, r *Request, s *scope) {
	url := f.Get("url")
	switch {
	case path != nil && url != nil:
		d.Problem(url, "path is appended to base_url, url is a whole address", "a request has one of path and url")
	case url != nil:
		d.address(url)
		d.listed(url)
		r.URL = d.template(url, s)
	case path != nil:
		if path.Text != "" && !strings.HasPrefix(path.Text, "/") && !strings.HasPrefix(path.Text, "${") {
			d.Problem(path, "it is appended to base_url unchanged", "a path begins with /")
		}
		if i := strings.IndexAny(path.Text, "?#"); i >= 0 && !strings.Contains(path.Text, "${") {
			d.Problem(path, "write it under query:", "a path holds no ? and no #")
		}
		r.Path = cmp.Or(d.template(path, s), jq.Literal(""))
	case f.At.Kind == yaml.Mapping && !slices.ContainsFunc(append(Shorthands(), "path", "url"), func(key string) bool { return f.Has(strings.ToLower(key)) }):
		d.Problem(f.At, "path: /login, or path: \"\" for base_url itself", "path is missing")
	}
}

// headers reads pairs whose names must be names of headers or cookies.
func (d *decoder) headers(f *yaml.Fields, key string, s *scope) []Pair {
	out := d.pairs(f, key, s)
	n := f.At.Lookup(key)
	if n == nil {
		return out
	}
	for _, e := range n.Entries {
		switch name := e.Key.Text; {
		case strings.Contains(name, "${"):
		case !consistsOf(name, isHeaderRune, isHeaderRune):
			d.Problem(e.Key, "letters, digits and -", "%q cannot be a name here", yaml.Clip(name))
		case key == "headers" && slices.Contains(clientHeaders, strings.ToLower(name)):
			d.Problem(e.Key, "leave it out", "%s is set by the client itself", name)
		}
		if strings.ContainsAny(e.Value.Text, "\r\n") && !strings.Contains(e.Value.Text, "${") {
			d.Problem(e.Value, "", "a line break in %s", e.Key.Text)
		}
	}
	return out
}
