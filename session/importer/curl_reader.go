package importer

import (
	"cmp"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/request"
	"tokenring/session/shell"
)

// curlReader reads the arguments of one command.
type curlReader struct {
	p    *parser
	text *text
	from int // of the script in the text
	at   place
	c    *call

	input    *string // the standard input of the command
	urls     []string
	data     []string
	parts    []body.Part
	method   string
	get      bool // -G: data go into the query
	head     bool
	isJSON   bool
	glob     bool // lists in addresses are not read
	upload   bool // -T
	pathAsIs bool
	skipped  bool // something of the request is missing
	urlData  []string

	proxy     string // its address, with user and password as curl takes them
	proxyUser string // and password
	noProxy   bool   // --noproxy '*'
}

// read takes words of the command. It returns the reader of the last of its transfers.
func (r *curlReader) read(words []shell.Word) *curlReader {
	for _, o := range shell.CurlOptions(words) {
		r.at = r.text.place(r.from + o.Offset)
		switch {
		case o.Fault != "":
			r.p.note(r.at, "", "%s", o.Fault)
		case o.Name == "next":
			r.finish()
			r = &curlReader{p: r.p, text: r.text, from: r.from, at: r.at, c: &call{at: r.at, kind: Curl}, input: r.input}
		default:
			r.option(o.Name, o.Value)
		}
	}
	return r
}

// option applies one option. It ignores those that only change how curl prints or
// waits.
func (r *curlReader) option(name, value string) {
	switch name {
	case "url":
		r.urls = append(r.urls, value)
	case "request":
		r.method = value
	case "header":
		r.header(value)
	case "cookie":
		r.cookie(value)
	case "user-agent":
		r.c.offer("User-Agent", value)
	case "referer":
		r.c.offer("Referer", strings.TrimSuffix(value, ";auto"))
	case "range":
		r.c.offer("Range", "bytes="+value)
	case "user":
		user, password, given := strings.Cut(value, ":")
		if !given {
			password = mark("password")
		}
		r.p.basic(r.c, user, password)
	case "oauth2-bearer":
		r.p.declareStrong(value)
		r.c.Headers = append(r.c.Headers, request.Pair{Name: "Authorization", Value: "Bearer " + value})
	case "data", "data-ascii", "data-binary":
		text, piped, ok := r.argument(name, value)
		if piped && name != "data-binary" {
			text = strings.NewReplacer("\r", "", "\n", "").Replace(text)
		}
		if ok {
			r.data = append(r.data, text)
		}
	case "data-raw":
		r.data = append(r.data, value)
	case "data-urlencode":
		r.urlencode(value, &r.data)
	case "url-query":
		r.urlencode(strings.TrimPrefix(value, "+"), &r.urlData)
	case "json":
		r.isJSON = true
		if text, _, ok := r.argument(name, value); ok {
			r.data = append(r.data, text)
		}
	case "globoff":
		r.glob = true
	case "path-as-is":
		r.pathAsIs = true
	case "get":
		r.get = true
	case "head":
		r.head = true
	case "location", "location-trusted":
		r.c.Follow = true
	case "insecure":
		r.p.note(r.at, "", "certificates are always checked: -k is not supported")
	case "form":
		r.part(value)
	case "form-string":
		name, text, _ := strings.Cut(value, "=")
		r.parts = append(r.parts, body.Part{Name: name, Text: text})
	case "upload-file":
		if text, _, ok := r.argument(name, "@"+value); ok {
			r.data, r.method, r.upload = []string{text}, cmp.Or(r.method, "PUT"), true
		}
	default:
		if !r.connect(name, value) && slices.Contains(untold, name) {
			r.p.note(r.at, "", "curl's --%s is not supported", name)
		}
	}
}

// argument returns a value, or the standard input that it names, which was piped. It notes
// one that names another file.
func (r *curlReader) argument(option, value string) (text string, piped, ok bool) {
	switch {
	case value == "@-" && r.input != nil:
		return *r.input, true, true
	case strings.HasPrefix(value, "@"):
		r.skip("put the file's text in its place", "the file of --%s is not read", option)
		return "", false, false
	}
	return value, false, true
}

// skip notes why the request is left out.
func (r *curlReader) skip(hint, format string, args ...any) {
	if !r.skipped {
		r.p.seen++
	}
	r.skipped = true
	r.p.note(r.at, hint, "the request was left out: "+format, args...)
}

// part takes a part of a multipart body.
func (r *curlReader) part(value string) {
	p, err := body.ParsePart(value)
	switch {
	case err != nil:
		r.skip("write the request by hand", "a part of --form cannot be kept: %v", err)
	case p.File == "" && p.Text == "<-" && r.input != nil:
		p.Text = *r.input
		r.parts = append(r.parts, p)
	case isOpen(p.File):
		name := nameOf(anyMark().FindString(p.File))
		r.skip("give it with "+varFlag(name, "PATH"), "a file of --form is in the variable %s, which has no value", name)
	case p.File == "" && strings.HasPrefix(p.Text, "<"):
		r.argument("form", "@")
	default:
		r.parts = append(r.parts, p)
	}
}

func (r *curlReader) header(value string) {
	if strings.HasPrefix(value, "@") {
		r.p.note(r.at, "", "the file of --header is not read")
		return
	}
	name, text, ok := strings.Cut(value, ":")
	if !ok {
		name, ok = strings.CutSuffix(value, ";") // curl's way to send an empty one
	}
	if !ok {
		r.p.note(r.at, "", "a header without a name was left out")
		return
	}
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if text == "" && !strings.HasSuffix(value, ";") { // takes away one that curl would send
		if strings.EqualFold(name, "Content-Type") {
			r.p.note(r.at, "", "the header Content-Type is sent all the same if there is a body")
		}
		return
	}
	r.c.Headers = append(r.c.Headers, request.Pair{Name: name, Value: text})
}

func (r *curlReader) cookie(value string) {
	switch name := leading(value); {
	case strings.Contains(value, "="):
		r.c.addCookies(value)
	case name != "":
		r.p.note(r.at, "give them with "+varFlag(name, "NAME=VALUE"), "the cookies are in the variable %s, which has no value", name)
	default:
		r.p.note(r.at, "", "the cookie file of -b is not read")
	}
}

// urlencode reads what --data-urlencode takes: text, =text, name=text, and
// files, which are not read.
func (r *curlReader) urlencode(value string, to *[]string) {
	name, text, named := strings.Cut(value, "=")
	switch {
	case !named && strings.Contains(value, "@"):
		var ok bool
		name, _, _ = strings.Cut(value, "@")
		if text, _, ok = r.argument("data-urlencode", strings.TrimPrefix(value, name)); !ok {
			return
		}
	case !named:
		name, text = "", value
	}
	if name != "" {
		name += "="
	}
	*to = append(*to, name+escape(text))
}

// untold are options that change where a request goes or who sends it, and have
// no place in an account.
var untold = []string{
	"config", "capath", "noproxy", "socks4", "preproxy", "resolve", "connect-to", "unix-socket", "abstract-unix-socket", "netrc", "netrc-optional",
	"netrc-file", "digest", "ntlm", "negotiate", "anyauth", "aws-sigv4", "request-target", "variable",
}
