package importer

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/prose"
	"tokenring/session/request"
	"tokenring/session/shell"
)

// cmdStyle matches a command line for cmd.exe: lines joined by a caret, or
// carets before quotes.
var cmdStyle = pattern(`\^\r?\n|curl(\.exe)?[ \t]+\^"`)

// curl reads command lines as browsers copy them, and as people write them.
func (p *parser) curl(at place, src string) error {
	read := shell.Commands
	if cmdStyle().MatchString(src) {
		read = shell.WindowsCommands
	}
	commands, err := read(src)
	if err != nil {
		return unreadable(at, src, err)
	}
	found := false
	for _, cmd := range commands {
		words := cmd.Words
		here := at
		here.line, here.column = prose.Position(src, words[0].Offset)
		if !isCurl(words[0].Text) {
			p.note(here, "", "%s is not read, only curl", program(words[0].Text))
			continue
		}
		found = true
		r := &curlReader{p: p, src: src, at: here, c: &call{at: here, kind: Curl}}
		if err := r.read(words[1:]); err != nil {
			return err
		}
		if cmd.Rest != "" {
			p.note(here, "", "what follows the command is not run: %s", beginning(cmd.Rest))
		}
	}
	if !found {
		return fault(at, `in the browser's network list choose "Copy as cURL"`, "there is no curl command in it")
	}
	return nil
}

// unreadable returns the fault of a script that no shell would accept.
func unreadable(at place, src string, err error) error {
	var syntax *shell.Error
	if errors.As(err, &syntax) {
		at.line, at.column = prose.Position(src, syntax.Offset)
		if syntax.Incomplete {
			return fault(at, "copy the whole command", "a quote of this command is not closed")
		}
	}
	return fault(at, "put it in quotes", "%v", err)
}

func isCurl(name string) bool {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	return name == "curl" || strings.EqualFold(name, "curl.exe")
}

// program returns the first word of a command for a note. Of NAME=value, which sets
// the environment or follows an unquoted &, it returns the name alone.
func program(text string) string {
	name, _, _ := strings.Cut(text, "=")
	return name
}

// beginning returns the sign and the word that the rest of a command line begins
// with, and no more, since secrets may follow.
func beginning(rest string) string {
	sign := rest[:len(rest)-len(strings.TrimLeft(rest, "|<>&"))]
	if words := strings.Fields(rest[len(sign):]); len(words) > 0 {
		return sign + " " + program(words[0])
	}
	return sign
}

// curlReader reads the arguments of one command.
type curlReader struct {
	p   *parser
	src string
	at  place
	c   *call

	urls    []string
	data    []string
	parts   []body.Part
	method  string
	get     bool // -G: data go into the query
	head    bool
	isJSON  bool
	skipped bool // something of the request is missing
	urlData []string

	proxyUser string
	noProxy   bool // --noproxy '*'
}

// read takes the words after the program's name.
func (r *curlReader) read(words []shell.Word) error {
	for i := 0; i < len(words); i++ {
		w := words[i]
		r.at.line, r.at.column = prose.Position(r.src, w.Offset)
		switch {
		case w.Text == "--next" || w.Text == "-:":
			if err := r.finish(); err != nil {
				return err
			}
			r = &curlReader{p: r.p, src: r.src, at: r.at, c: &call{at: r.at, kind: Curl}}
		case strings.HasPrefix(w.Text, "--") && len(w.Text) > 2:
			i += r.long(w.Text[2:], words[i+1:])
		case strings.HasPrefix(w.Text, "-") && len(w.Text) > 1:
			i += r.short(w.Text[1:], words[i+1:])
		default:
			r.urls = append(r.urls, w.Text)
		}
	}
	return r.finish()
}

// short reads a cluster of one-letter options and returns how many further words
// it used.
func (r *curlReader) short(cluster string, rest []shell.Word) int {
	for i := 0; i < len(cluster); i++ {
		letter := cluster[i : i+1]
		name, known := shortOptions[letter]
		if !known {
			r.p.note(r.at, "", "curl's option -%s is not known here", letter)
			continue
		}
		if !slices.Contains(valued, name) {
			r.option(name, "")
			continue
		}
		if value := cluster[i+1:]; value != "" {
			r.option(name, value)
			return 0
		}
		if len(rest) == 0 {
			r.p.note(r.at, "", "the option -%s has no value", letter)
			return 0
		}
		r.option(name, rest[0].Text)
		return 1
	}
	return 0
}

// long reads a long option. An unknown one may take a value or not; it counts as
// one that takes none.
func (r *curlReader) long(name string, rest []shell.Word) int {
	name, value, given := strings.Cut(name, "=")
	switch {
	case slices.Contains(valued, name):
		if given {
			r.option(name, value)
			return 0
		}
		if len(rest) == 0 {
			r.p.note(r.at, "", "the option --%s has no value", name)
			return 0
		}
		r.option(name, rest[0].Text)
		return 1
	case slices.Contains(flags, strings.TrimPrefix(name, "no-")):
		r.option(name, "")
	default:
		r.p.note(r.at, "", "curl's option --%s is not known here", name)
	}
	return 0
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
	case "user":
		user, password, _ := strings.Cut(value, ":")
		r.c.basic(user, password)
	case "oauth2-bearer":
		r.c.Headers = append(r.c.Headers, request.Pair{Name: "Authorization", Value: "Bearer " + value})
	case "data", "data-ascii", "data-binary":
		r.fromFile(name, value, func() { r.data = append(r.data, value) })
	case "data-raw":
		r.data = append(r.data, value)
	case "data-urlencode":
		r.urlencode(value, &r.data)
	case "url-query":
		r.urlencode(strings.TrimPrefix(value, "+"), &r.urlData)
	case "json":
		r.isJSON = true
		r.fromFile(name, value, func() { r.data = append(r.data, value) })
	case "get":
		r.get = true
	case "head":
		r.head = true
	case "location", "location-trusted":
		r.c.Follow = true
	case "insecure":
		r.p.note(r.at, "", "certificates are checked all the same: -k is not taken over")
	case "form":
		r.part(value)
	case "form-string":
		name, text, _ := strings.Cut(value, "=")
		r.parts = append(r.parts, body.Part{Name: name, Text: text})
	case "upload-file":
		r.skipped = true
		r.p.note(r.at, "write the request by hand", "a body that is a file (--upload-file) cannot be kept")
	default:
		if !r.connect(name, value) && slices.Contains(untold, name) {
			r.p.note(r.at, "", "curl's --%s is not taken over", name)
		}
	}
}

// fromFile notes a value that names a file, and takes any other.
func (r *curlReader) fromFile(option, value string, take func()) {
	if strings.HasPrefix(value, "@") {
		r.skipped = true
		r.p.note(r.at, "put the file's text in its place", "the file of --%s is not read", option)
		return
	}
	take()
}

// part takes a part of a multipart body.
func (r *curlReader) part(value string) {
	p, err := body.ParsePart(value)
	switch {
	case err != nil:
		r.skipped = true
		r.p.note(r.at, "write the request by hand", "a part of --form cannot be kept: %v", err)
	case p.File == "" && strings.HasPrefix(p.Text, "<"):
		r.fromFile("form", "@", nil)
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
	name, text = strings.TrimSpace(name), strings.TrimSpace(text)
	if !ok || name == "" {
		r.p.note(r.at, "", "a header without a name was left out")
		return
	}
	if text == "" && !strings.HasSuffix(value, ";") {
		return // takes away one that curl would send
	}
	r.c.Headers = append(r.c.Headers, request.Pair{Name: name, Value: text})
}

func (r *curlReader) cookie(value string) {
	if !strings.Contains(value, "=") {
		r.p.note(r.at, "", "the cookie file of -b is not read")
		return
	}
	r.c.addCookies(value)
}

// urlencode reads what --data-urlencode takes: text, =text, name=text, and
// files, which are not read.
func (r *curlReader) urlencode(value string, to *[]string) {
	name, text, named := strings.Cut(value, "=")
	switch {
	case !named && strings.Contains(value, "@"):
		r.fromFile("data-urlencode", "@", nil)
	case !named:
		*to = append(*to, url.QueryEscape(value))
	case name == "":
		*to = append(*to, url.QueryEscape(text))
	default:
		*to = append(*to, name+"="+url.QueryEscape(text))
	}
}

// finish makes calls of what was read.
func (r *curlReader) finish() error {
	c := r.c
	if len(r.urls) == 0 {
		return fault(c.at, "put it in quotes, it may hold a sign that ends the command", "this curl command has no address")
	}
	if r.skipped {
		return nil
	}
	r.body()
	r.connected()
	switch {
	case r.method != "":
		c.Method = strings.ToUpper(r.method)
	case r.head:
		c.Method = "HEAD"
	case len(r.parts) > 0, len(r.data) > 0 && !r.get:
		c.Method = "POST"
	default:
		c.Method = "GET"
	}
	for _, address := range r.urls {
		one := *c
		one.Headers, one.cookies = slices.Clone(c.Headers), slices.Clone(c.cookies)
		one.Query = slices.Clone(c.Query)
		if leading(address) != "" && r.p.base() != "" {
			_, rest, _ := strings.Cut(address, "}}")
			address = r.p.base() + rest
		}
		if !strings.Contains(address, "://") && !strings.HasPrefix(address, "{{") {
			address = "http://" + address // as curl does
		}
		if !one.address(address) {
			if strings.Contains(address, "{{") {
				return fault(c.at, "write the address itself", "the address is in a variable of the shell, which is not read")
			}
			return fault(c.at, "write it like https://api.example.com/users", "the address of this command cannot be read")
		}
		r.p.add(&one)
	}
	return nil
}

func (r *curlReader) body() {
	c := r.c
	for _, q := range r.urlData {
		c.Query = append(c.Query, queryPairs(q)...)
	}
	separator := "&"
	if r.isJSON {
		separator = ""
	}
	data := strings.Join(r.data, separator)
	switch {
	case len(r.parts) > 0:
		c.Body, c.BodyType = body.Compose(r.parts...), body.Multipart
		return
	case len(r.data) == 0:
		return
	case r.get:
		c.Query = append(c.Query, queryPairs(data)...)
		return
	}
	c.Body = data
	if c.header("Content-Type") == "" {
		media := "application/x-www-form-urlencoded"
		if r.isJSON {
			media = "application/json"
		}
		c.Headers = append(c.Headers, request.Pair{Name: "Content-Type", Value: media})
	}
	if r.isJSON && !json.Valid([]byte(data)) {
		r.p.note(c.at, "", "the body of --json is not JSON; it is kept as text")
	}
}

// basic adds the header of HTTP Basic (RFC 7617).
func (c *call) basic(user, password string) {
	if user == "" && password == "" {
		return
	}
	value := base64.StdEncoding.EncodeToString([]byte(user + ":" + password))
	if strings.Contains(user+password, "{{") {
		value = "{{user and password}}"
	}
	c.dropHeader("Authorization")
	c.Headers = append(c.Headers, request.Pair{Name: "Authorization", Value: "Basic " + value})
}
