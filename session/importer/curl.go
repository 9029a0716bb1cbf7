package importer

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/lazy"
	"tokenring/session/shell"
)

// cmdStyle matches a command line for cmd.exe: lines joined by a caret, or
// carets before quotes.
var cmdStyle = lazy.Regexp(`\^\r?\n|curl(\.exe)?[ \t]+\^"`)

// curl reads command lines as browsers copy them, and as people write them, alone or in
// the code of a page of Markdown.
func (p *parser) curl(at place, data []byte) error {
	src, text := string(data), newText(at.file, data)
	blocks := shell.Fences(src, curlBegins().MatchString)
	if len(blocks) == 0 {
		found, err := p.script(text, shell.Block{Code: src})
		if err == nil && !found {
			err = fault(at, `in the browser's network list choose "Copy as cURL"`, "it has no curl command")
		}
		return err
	}
	any := false
	for _, block := range blocks {
		found, err := p.script(text, block)
		var n Note
		if errors.As(err, &n) {
			p.seen++
			p.out.Notes = append(p.out.Notes, n)
		}
		any = any || found || err != nil
	}
	if !any {
		return fault(at, "", "its code has no curl command")
	}
	return nil
}

// script reads the commands of a script, which is a part of the text.
func (p *parser) script(text *text, script shell.Block) (found bool, err error) {
	read := func(src string) ([]shell.Command, error) {
		return shell.Commands(src, shell.Variables{Given: p.options.Variables, Open: mark, Set: p.declareNamed})
	}
	if cmdStyle().MatchString(script.Code) {
		read = shell.WindowsCommands
	}
	for name := range p.options.Variables {
		if strings.Contains(script.Code, "$"+name) || strings.Contains(script.Code, "${"+name) {
			p.used[name] = true
		}
	}
	commands, err := read(script.Code)
	if err != nil {
		return false, unreadable(text, script, err)
	}
	var last *curlReader
	for _, cmd := range commands {
		words := cmd.Words
		here := text.place(script.Offset + words[0].Offset)
		switch {
		case isCurl(words[0].Text):
			last.finish()
			found = true
			last = &curlReader{p: p, text: text, from: script.Offset, at: here, c: &call{at: here, kind: Curl}, input: cmd.Input}
			last = last.read(words[1:])
		case last != nil && last.goesOn(words[0].Text):
			p.note(here, "", "the line before does not end in \\, and is read on all the same")
			last = last.read(words)
		case strings.IndexAny(words[0].Text, "{[<") == 0:
			return false, fault(here, "put each into a file of its own", "this is no command: there are two formats in the file")
		default:
			hint, before := "", strings.TrimRight(script.Code[:words[0].Offset], " \t")
			if strings.HasSuffix(before, "&") && !strings.HasSuffix(before, "&&") {
				hint = "an address with & in it needs quotes"
			}
			p.once(here, hint, "a command other than curl is not read")
		}
		if cmd.Rest != "" && found {
			p.note(here, "", "what follows %s is not run", cmd.Rest[:len(cmd.Rest)-len(strings.TrimLeft(cmd.Rest, "|<>&"))])
		}
	}
	last.finish()
	return found, nil
}

// goesOn reports whether a word that begins a command belongs to the previous curl command.
func (r *curlReader) goesOn(word string) bool {
	return strings.HasPrefix(word, "-") || len(r.urls) == 0 && strings.Contains(word, "://")
}

// unreadable returns the fault of a script that no shell would accept.
func unreadable(text *text, script shell.Block, err error) error {
	at := place{file: text.file}
	var syntax *shell.Error
	if errors.As(err, &syntax) {
		at = text.place(script.Offset + syntax.Offset)
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
		one.Query, one.raw = slices.Clone(c.Query), maps.Clone(c.raw)
		r.address(&one, address)
	}
}

// list matches what makes several addresses of one.
var list = lazy.Regexp(`\{[^{}]*,[^{}]*\}|\[\w+-\w+(:\d+)?\]`)

// address reads an address of the command. {name} in it is a variable of a documentation:
// curl would send the name.
func (r *curlReader) address(c *call, address string) {
	if !r.glob {
		if bare, _, _ := strings.Cut(address, "?"); list().MatchString(bare) {
			r.at = c.at
			r.skip("write an address for each", "a list in its address makes several requests of it")
			return
		}
		address = r.p.fillBraces(address)
	}
	if !r.p.goTo(c, address) {
		return
	}
	if !r.pathAsIs {
		c.url = c.url.ResolveReference(c.url) // without /./ and /../
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
		if c.Body = data; c.header("Content-Type") == "" {
			r.p.note(c.at, "name one with -H", "the body of --upload-file is sent with a Content-Type, which curl does not name")
		}
		return
	case r.get:
		c.addQuery(data)
		return
	}
	if c.Body = data; !r.isJSON {
		c.offer("Content-Type", formType)
		return
	}
	c.offer("Content-Type", "application/json")
	c.offer("Accept", "application/json")
	if !json.Valid([]byte(data)) {
		r.p.note(c.at, "", "the body of --json is not JSON; it is kept as text")
	}
}
