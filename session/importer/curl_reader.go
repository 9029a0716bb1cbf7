package importer

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/draft"
	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/shell"
)

// curlReader reads one transfer of a command: its own options, or those behind --next.
type curlReader struct {
	*parser
	at      func(offset int) place
	begin   place
	options []shell.Option
	input   *string // the standard input of the command

	c       *call
	data    []string
	parts   []body.Part
	skipped bool // something of the request is missing

	way       draft.Form   // to its server
	proxy     shell.Option // the last that names one
	proxyUser string
	direct    bool
}

// has reports whether an option is given.
func (r *curlReader) has(name string) bool { return slices.ContainsFunc(r.options, named(name)) }

// read makes a call of each address.
func (r *curlReader) read() {
	r.c, r.way.NewSecrets = &call{at: r.begin, kind: Curl}, map[string]secret.String{}
	var addresses []string
	// curl leaves out what an option adds if the command has a header of that name
	slices.SortStableFunc(r.options, func(a, b shell.Option) int { return strings.Count(b.Name, "header") - strings.Count(a.Name, "header") })
	for _, o := range r.options {
		switch o.Name {
		case "": // it cannot be read
			r.note(r.at(o.Offset), "", "%s", o.Fault)
		case "url":
			addresses = append(addresses, o.Value)
		default:
			o.Value = r.fillGiven(o.Value)
			r.option(r.at(o.Offset), o)
		}
	}
	if r.setProxy(); !r.way.Connection.IsZero() || len(r.way.References)+len(r.way.NewSecrets) > 0 {
		r.c.way = &r.way
	}
	if len(addresses) > 1 {
		addresses = slices.DeleteFunc(addresses, r.isMore)
	}
	if len(addresses) == 0 && !r.skipped {
		r.skip(r.begin, "put it in quotes, it may hold a sign that ends the command", "this curl command has no address")
	}
	if r.skipped {
		return
	}
	r.body()
	r.c.Method = cmp.Or(r.c.Method, r.method())
	for _, address := range addresses {
		one := *r.c
		one.Headers, one.cookies = slices.Clone(one.Headers), slices.Clone(one.cookies)
		one.Query, one.raw = slices.Clone(one.Query), maps.Clone(one.raw)
		r.address(&one, address)
	}
}

// method returns the method that curl chooses.
func (r *curlReader) method() string {
	switch {
	case r.has("upload-file"):
		return "PUT"
	case r.has("head"):
		return "HEAD"
	case len(r.parts) > 0, r.data != nil && !r.has("get"):
		return "POST"
	}
	return "GET"
}

// isMore reports whether an address beside others is a variable without a value: it may hold
// options.
func (r *curlReader) isMore(address string) bool {
	if name := firstOpen(address); address == mark(name) {
		r.note(r.begin, "give it with "+varFlag(name, "VALUE"), "a part of this command is in the variable %s, which has no value", name)
		return true
	}
	return false
}

// list matches what makes several addresses of one.
var list = lazy.Regexp(`\{[^{}]*,[^{}]*\}|\[\w+-\w+(:\d+)?\]`)

// address reads an address of the command. {name} in it is a variable of a documentation:
// curl would send the name.
func (r *curlReader) address(c *call, address string) {
	if !r.has("globoff") {
		if bare, _, _ := strings.Cut(address, "?"); list().MatchString(bare) {
			r.skip(c.at, "write an address for each", "a list in its address makes several requests of it")
			return
		}
		address = r.fillBraces(address, nil)
	}
	if !r.goTo(c, address) {
		return
	}
	if !r.has("path-as-is") {
		c.url = c.url.ResolveReference(c.url) // without /./ and /../
	}
	r.add(c)
}

// option applies one option. It ignores those that only change how curl prints or
// waits.
func (r *curlReader) option(at place, o shell.Option) {
	c, value := r.c, o.Value
	switch o.Name {
	case "request":
		if c.Method = strings.ToUpper(value); c.Method != value {
			r.note(at, "", "the method is sent in capital letters")
		}
	case "header":
		r.header(at, value)
	case "cookie":
		r.cookie(at, value)
	case "user-agent":
		c.offer("User-Agent", value)
	case "referer":
		c.offer("Referer", strings.TrimSuffix(value, ";auto"))
	case "range":
		c.offer("Range", "bytes="+value)
	case "user":
		r.user(value)
	case "oauth2-bearer":
		r.declareStrong(value)
		c.offer("Authorization", "Bearer "+value)
	case "data", "data-ascii", "data-binary", "data-raw", "data-urlencode", "json":
		r.data = append(r.data, r.posted(at, o))
	case "url-query":
		query, encoded := strings.CutPrefix(value, "+")
		if !encoded {
			query = r.urlencode(at, value)
		}
		c.addQuery(query)
	case "location", "location-trusted":
		c.Follow = true
	case "insecure":
		r.note(at, "", "certificates are always checked: -k is not supported")
	case "form":
		r.part(at, value)
	case "form-string":
		name, text, _ := strings.Cut(value, "=")
		r.parts = append(r.parts, body.Part{Name: name, Text: text})
	case "upload-file":
		text, _ := r.argument(at, o.Name, "@"+value)
		r.data = []string{text}
	default:
		switch {
		case r.connect(at, o):
		case slices.Contains(oneCallSchemes, o.Name):
			r.leaveOutScheme(c, at, o.Name)
		case slices.Contains(untold, o.Name):
			r.note(at, "", "curl's --%s is not supported", o.Name)
		}
	}
}

// untold are options that change where a request goes or who sends it, and have no place in an
// account; noproxy and resolve with some values.
var untold = []string{
	"config", "capath", "socks4", "preproxy", "connect-to", "unix-socket", "abstract-unix-socket", "netrc", "netrc-optional",
	"netrc-file", "noproxy", "resolve", "anyauth", "request-target", "variable",
}

// skip notes why the request is left out.
func (r *curlReader) skip(at place, hint, format string, args ...any) {
	if !r.skipped {
		r.seen++
	}
	r.skipped = true
	r.note(at, hint, "the request was left out: "+format, args...)
}

// skipOpen leaves the request out if a value of it is in a variable without one.
func (r *curlReader) skipOpen(at place, value, give, what string) {
	if name := firstOpen(value); name != "" {
		r.skip(at, "give it with "+varFlag(name, give), "%s is in the variable %s, which has no value", what, name)
	}
}

// argument returns a value, or the standard input that it names, which was piped. It leaves the
// request out if it names another file.
func (r *curlReader) argument(at place, option, value string) (text string, piped bool) {
	switch {
	case value == "@-" && r.input != nil:
		return *r.input, true
	case strings.HasPrefix(value, "@"):
		r.skip(at, "put the file's text in its place", "the file of --%s is not read", option)
	}
	return value, false
}

// posted returns what an option adds to the body.
func (r *curlReader) posted(at place, o shell.Option) string {
	switch o.Name {
	case "data-raw":
		return o.Value
	case "data-urlencode":
		return r.urlencode(at, o.Value)
	}
	text, piped := r.argument(at, o.Name, o.Value)
	if piped && (o.Name == "data" || o.Name == "data-ascii") {
		text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
	}
	return text
}

var partHeaders = lazy.Regexp(`;[ \t]*(headers|encoder)=("[^"]*"|[^;]*)`)

// part takes a part of a multipart body.
func (r *curlReader) part(at place, value string) {
	if partHeaders().MatchString(value) {
		r.note(at, "", "headers= and encoder= of a part of --form are not supported")
	}
	p, err := body.ParsePart(partHeaders().ReplaceAllString(value, ""))
	switch {
	case err != nil:
		r.skip(at, "write the request by hand", "a part of --form cannot be kept: %v", err)
		return
	case p.File == "" && strings.HasPrefix(p.Text, "<"):
		p.Text, _ = r.argument(at, "form", "@"+p.Text[1:])
	default:
		r.skipOpen(at, p.File, "PATH", "a file of --form")
	}
	r.parts = append(r.parts, p)
}

func (r *curlReader) header(at place, value string) {
	name, text, named := strings.Cut(value, ":")
	empty := !named && strings.HasSuffix(value, ";") // curl's way to send an empty one
	name, text = strings.TrimSpace(strings.TrimSuffix(name, ";")), strings.TrimSpace(text)
	switch {
	case strings.HasPrefix(value, "@"):
		r.note(at, "", "the file of --header is not read")
	case !named && !empty:
		r.note(at, "", "a header without a name was left out")
	case text != "" || empty: // else it takes away one that curl would send
		r.c.put("header", request.Pair{Name: name, Value: text})
	case strings.EqualFold(name, "Content-Type"):
		r.note(at, "", "the header Content-Type is sent all the same if there is a body")
	}
}

// user takes USER or USER:PASSWORD. curl asks for a password that is not there.
func (r *curlReader) user(value string) {
	user, password, given := strings.Cut(value, ":")
	if !given {
		password = mark("password")
	}
	if r.c.header("Authorization") == "" {
		r.basic(r.c, user, password)
	}
}

func (r *curlReader) cookie(at place, value string) {
	switch name := firstOpen(value); {
	case r.c.header("Cookie") != "":
	case strings.Contains(value, "="):
		r.c.addCookies(value)
	case name != "":
		r.note(at, "give them with "+varFlag(name, "NAME=VALUE"), "the cookies are in the variable %s, which has no value", name)
	default:
		r.note(at, "", "the cookie file of -b is not read")
	}
}

// urlencode reads what --data-urlencode takes: text, =text, name=text, and the same with @ and a
// file.
func (r *curlReader) urlencode(at place, value string) string {
	name, text, named := strings.Cut(value, "=")
	if !named {
		name = value[:max(0, strings.IndexByte(value, '@'))]
		text, _ = r.argument(at, "data-urlencode", value[len(name):])
	}
	if name != "" {
		name += "="
	}
	return name + escape(text)
}

func (r *curlReader) body() {
	c := r.c
	switch data := strings.Join(r.data, "&"); {
	case len(r.parts) > 0:
		c.Body, c.BodyType = body.Compose(r.parts...), body.Multipart
	case len(r.data) == 0:
	case r.has("upload-file"):
		if c.Body = data; c.header("Content-Type") == "" {
			r.note(c.at, "name one with -H", "the body of --upload-file is sent with a Content-Type, which curl does not name")
		}
	case r.has("get"):
		c.addQuery(data)
	case r.has("json"):
		c.Body = strings.Join(r.data, "")
		c.offer("Content-Type", "application/json")
		c.offer("Accept", "application/json")
		if !json.Valid([]byte(c.Body)) {
			r.note(c.at, "", "the body of --json is not JSON; it is kept as text")
		}
	default:
		c.Body = data
		c.offer("Content-Type", formType)
	}
}
