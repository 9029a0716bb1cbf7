package importer

import (
	"cmp"
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

// curl reads command lines as browsers copy them, and as people write them, alone or in
// the code of a page of Markdown.
func (p *parser) curl(at place, src string) error {
	blocks := fences(src)
	if len(blocks) == 0 {
		found, err := p.script(at, src, src)
		if err == nil && !found {
			err = fault(at, `in the browser's network list choose "Copy as cURL"`, "there is no curl command in it")
		}
		return err
	}
	any := false
	for _, block := range blocks {
		found, err := p.script(at, src, block)
		var n Note
		if errors.As(err, &n) {
			p.seen++
			p.out.Notes = append(p.out.Notes, n)
		}
		any = any || found || err != nil
	}
	if !any {
		return fault(at, "", "there is no curl command in its code")
	}
	return nil
}

var fence = pattern("(?m)^[ \t>]*(```+|~~~+)[ \t]*([\\w-]*)[^\n]*$")

// fences returns the code of a page of Markdown that may have commands, each block with
// blanks in place of all that is before it.
func fences(src string) []string {
	var blocks []string
	begins := -1
	mark := ""
	for _, m := range fence().FindAllStringSubmatchIndex(src, -1) {
		sign, language := src[m[2]:m[3]], strings.ToLower(src[m[4]:m[5]])
		switch {
		case begins < 0:
			begins, mark = m[1], sign
			if !slices.Contains([]string{"", "sh", "bash", "shell", "zsh", "console", "curl", "shellsession", "shell-session", "terminal", "cmd"}, language) {
				mark += " " + language
			}
		case strings.HasPrefix(sign, strings.Fields(mark)[0]):
			if code := src[begins:m[0]]; !strings.Contains(mark, " ") && curlBegins().MatchString(code) {
				blank := strings.Map(func(r rune) rune {
					if r == '\n' {
						return r
					}
					return ' '
				}, src[:begins])
				blank += strings.Repeat(" ", begins-len(blank))
				blocks = append(blocks, blank+code)
			}
			begins = -1
		}
	}
	return blocks
}

// script reads the commands of a script, which is a part of the source.
func (p *parser) script(at place, src, script string) (found bool, err error) {
	read := func(src string) ([]shell.Command, error) { return shell.Commands(src, p.options.Variables, mark) }
	if cmdStyle().MatchString(script) {
		read = shell.WindowsCommands
	}
	for name := range p.options.Variables {
		if strings.Contains(script, "$"+name) || strings.Contains(script, "${"+name) {
			p.used[name] = true
		}
	}
	commands, err := read(script)
	if err != nil {
		return false, unreadable(at, src, err)
	}
	var last *curlReader
	for _, cmd := range commands {
		words := cmd.Words
		here := at
		here.line, here.column = prose.Position(src, words[0].Offset)
		switch {
		case isCurl(words[0].Text):
			last.finish()
			found = true
			last = &curlReader{p: p, src: src, at: here, c: &call{at: here, kind: Curl}, input: cmd.Input}
			last = last.read(words[1:])
		case last != nil && last.goesOn(words[0].Text):
			p.note(here, "", "the line before does not end in \\, and is read on all the same")
			last = last.read(words)
		case strings.IndexAny(words[0].Text, "{[<") == 0:
			return false, fault(here, "put each into a file of its own", "this is no command: there are two formats in the file")
		default:
			p.note(here, "", "%s is not read, only curl", program(words[0].Text))
		}
		if cmd.Rest != "" && found {
			p.note(here, "", "what follows the command is not run: %s", beginning(cmd.Rest))
		}
	}
	last.finish()
	return found, nil
}

// goesOn reports whether a word that begins a command belongs to the curl command before.
func (r *curlReader) goesOn(word string) bool {
	return strings.HasPrefix(word, "-") || len(r.urls) == 0 && strings.Contains(word, "://")
}

// unreadable returns the fault of a script that no shell would accept.
func unreadable(at place, src string, err error) error {
	var syntax *shell.Error
	if errors.As(err, &syntax) {
		at.line, at.column = prose.Position(src, syntax.Offset)
		switch {
		case syntax.Typeset != "":
			return fault(at, "type the plain character", "%s", syntax.Typeset)
		case syntax.Incomplete:
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

	input   *string // the standard input of the command
	urls    []string
	data    []string
	parts   []body.Part
	method  string
	get     bool // -G: data go into the query
	head    bool
	isJSON  bool
	glob    bool // lists in addresses are not read
	upload  bool // -T
	skipped bool // something of the request is missing
	urlData []string

	proxyUser string
	noProxy   bool // --noproxy '*'
}

// read takes words of the command. It returns the reader of the last of its transfers.
func (r *curlReader) read(words []shell.Word) *curlReader {
	for i := 0; i < len(words); i++ {
		w := words[i]
		r.at.line, r.at.column = prose.Position(r.src, w.Offset)
		switch {
		case w.Text == "--next" || w.Text == "-:":
			r.finish()
			r = &curlReader{p: r.p, src: r.src, at: r.at, c: &call{at: r.at, kind: Curl}, input: r.input}
		case strings.HasPrefix(w.Text, "--") && len(w.Text) > 2:
			i += r.long(w.Text[2:], words[i+1:])
		case strings.HasPrefix(w.Text, "-") && len(w.Text) > 1:
			i += r.short(w.Text[1:], words[i+1:])
		case strings.TrimSpace(w.Text) != "": // a backslash before a blank makes a word of it
			r.urls = append(r.urls, w.Text)
		}
	}
	return r
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
	case "user-agent":
		r.setHeader("User-Agent", value)
	case "referer":
		r.setHeader("Referer", strings.TrimSuffix(value, ";auto"))
	case "range":
		r.setHeader("Range", "bytes="+value)
	case "user":
		user, password, given := strings.Cut(value, ":")
		if !given {
			password = mark("password")
		}
		r.p.declareStrong(cmp.Or(password, user))
		r.c.basic(user, password)
	case "oauth2-bearer":
		r.p.declareStrong(value)
		r.c.Headers = append(r.c.Headers, request.Pair{Name: "Authorization", Value: "Bearer " + value})
	case "data", "data-ascii", "data-binary":
		r.fromFile(name, value, func(value string) {
			if name != "data-binary" && strings.HasPrefix(value, inputMark) {
				value = strings.NewReplacer("\r", "", "\n", "").Replace(value)
			}
			r.data = append(r.data, strings.TrimPrefix(value, inputMark))
		})
	case "data-raw":
		r.data = append(r.data, value)
	case "data-urlencode":
		r.urlencode(value, &r.data)
	case "url-query":
		r.urlencode(strings.TrimPrefix(value, "+"), &r.urlData)
	case "json":
		r.isJSON = true
		r.fromFile(name, value, func(value string) { r.data = append(r.data, strings.TrimPrefix(value, inputMark)) })
	case "globoff":
		r.glob = true
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
		r.fromFile(name, "@"+value, func(value string) {
			r.data, r.method = []string{strings.TrimPrefix(value, inputMark)}, cmp.Or(r.method, "PUT")
			r.upload = true
		})
	default:
		if !r.connect(name, value) && slices.Contains(untold, name) {
			r.p.note(r.at, "", "curl's --%s is not taken over", name)
		}
	}
}

// setHeader sets a header that an option of its own gives, unless -H does.
func (r *curlReader) setHeader(name, value string) {
	if value != "" && r.c.header(name) == "" {
		r.c.Headers = append(r.c.Headers, request.Pair{Name: name, Value: value})
	}
}

// inputMark begins a value that came from standard input.
const inputMark = "\x00"

// fromFile takes a value, or the standard input that it names. It notes one that names
// another file.
func (r *curlReader) fromFile(option, value string, take func(string)) {
	switch {
	case value == "@-" && r.input != nil:
		take(inputMark + *r.input)
	case strings.HasPrefix(value, "@"):
		r.skip("put the file's text in its place", "the file of --%s is not read", option)
	default:
		take(value)
	}
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
	if text == "" && !strings.HasSuffix(value, ";") { // takes away one that curl would send
		if strings.EqualFold(name, "Content-Type") {
			r.p.note(r.at, "", "the header Content-Type is sent all the same if there is a body")
		}
		return
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
		name, _, _ = strings.Cut(value, "@")
		r.fromFile("data-urlencode", strings.TrimPrefix(value, name), func(value string) {
			text := escape(strings.TrimPrefix(value, inputMark))
			if name != "" {
				text = name + "=" + text
			}
			*to = append(*to, text)
		})
	case !named:
		*to = append(*to, escape(value))
	case name == "":
		*to = append(*to, escape(text))
	default:
		*to = append(*to, name+"="+escape(text))
	}
}

// finish makes calls of what was read.
func (r *curlReader) finish() {
	switch {
	case r == nil || r.skipped:
		return
	case len(r.urls) == 0:
		r.at = r.c.at
		r.skip("put it in quotes, it may hold a sign that ends the command", "this curl command has no address")
		return
	}
	c := r.c
	r.body()
	r.connected()
	switch {
	case r.method != "":
		c.Method = strings.ToUpper(r.method)
	case r.head:
		c.Method = "HEAD"
	case len(r.parts) > 0, r.data != nil && !r.get:
		c.Method = "POST"
	default:
		c.Method = "GET"
	}
	for _, address := range r.urls {
		one := *c
		one.Headers, one.cookies = slices.Clone(c.Headers), slices.Clone(c.cookies)
		one.Query = slices.Clone(c.Query)
		r.address(&one, address)
	}
}

var (
	inBraces = pattern(`\{([\w.-]+)\}`)
	list     = pattern(`\{[^{}]*,[^{}]*\}|\[\w+-\w+(:\d+)?\]`)
)

// address reads an address of the command. {name} in it is a variable of a documentation:
// curl would send the name.
func (r *curlReader) address(c *call, address string) {
	if name := leading(address); name != "" && r.p.base() != "" {
		_, rest, _ := strings.Cut(address, markEnd)
		address = r.p.base() + rest
	}
	if !r.glob {
		if bare, _, _ := strings.Cut(address, "?"); list().MatchString(bare) {
			r.at = c.at
			r.skip("write an address for each", "a list in its address makes several requests of it")
			return
		}
		address = inBraces().ReplaceAllStringFunc(address, func(m string) string {
			name := m[1 : len(m)-1]
			if value, ok := r.p.given(name); ok {
				return url.PathEscape(value)
			}
			return mark(name)
		})
	}
	if !strings.Contains(address, "://") && !isOpen(address[:min(len(address), len(markBegin))]) {
		address = "http://" + address // as curl does
	}
	if !c.address(address) {
		r.p.lost(c.at, address)
		return
	}
	r.p.add(c)
}

func (r *curlReader) body() {
	c := r.c
	for _, q := range r.urlData {
		c.addQuery(q)
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
	case r.upload:
		c.Body = data
		return
	case r.get:
		c.addQuery(data)
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
	if r.isJSON {
		r.setHeader("Accept", "application/json")
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
	if isOpen(user + password) {
		value = mark("user and password")
	}
	c.dropHeader("Authorization")
	c.Headers = append(c.Headers, request.Pair{Name: "Authorization", Value: "Basic " + value})
}
