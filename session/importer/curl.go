package importer

import (
	"errors"
	"slices"
	"strings"

	"tokenring/session/lazy"
	"tokenring/session/shell"
)

// cmdStyle matches a command line for cmd.exe: lines joined by a caret, or
// carets before quotes.
var cmdStyle = lazy.Regexp(`\^\r?\n|curl(\.exe)?[ \t]+\^"`)

// curl reads command lines as browsers copy them, and as people write them, alone or in
// the code of a page of Markdown, of which a script that cannot be read is left out.
func (p *parser) curl(at place, data []byte) error {
	src, find := string(data), at.within(data)
	scripts := shell.Fences(src, curlBegins().MatchString)
	page, found := len(scripts) > 0, false
	if !page {
		scripts = []shell.Block{{Code: src}}
	}
	for _, script := range scripts {
		some, err := p.script(script.Code, func(offset int) place { return find(script.Offset + offset) })
		if err != nil && !page {
			return err
		}
		if n, ok := errors.AsType[Note](err); ok {
			p.seen++
			p.out.Notes = append(p.out.Notes, n)
		}
		found = found || some || err != nil
	}
	if !found {
		return fault(at, `in the browser's network list choose "Copy as cURL"`, "it has no curl command")
	}
	return nil
}

// script reads the commands of a script, and reports whether one is curl.
func (p *parser) script(src string, at func(offset int) place) (found bool, err error) {
	read := func(src string) ([]shell.Command, error) {
		return shell.Commands(src, shell.Variables{Given: p.given, Open: mark, Set: p.declareNamed})
	}
	if cmdStyle().MatchString(src) {
		read = shell.WindowsCommands
	}
	commands, err := read(src)
	if err != nil {
		return false, unreadable(at, err)
	}
	var calls []shell.Command // of curl
	for _, cmd := range commands {
		first, last := cmd.Words[0], len(calls)-1
		here := at(first.Offset)
		switch {
		case isCurl().MatchString(first.Text):
			calls = append(calls, cmd)
		case last >= 0 && goesOn(calls[last].Words[1:], first.Text):
			p.note(here, "", "the line before does not end in \\, and is read on all the same")
			calls[last].Words = append(calls[last].Words, cmd.Words...)
		case strings.IndexAny(first.Text, "{[<") == 0:
			return false, fault(here, "put each into a file of its own", "this is no command: there are two formats in the file")
		default:
			hint, before := "", strings.TrimRight(src[:first.Offset], " \t")
			if strings.HasSuffix(before, "&") && !strings.HasSuffix(before, "&&") {
				hint = "an address with & in it needs quotes"
			}
			p.once(here, hint, "a command other than curl is not read")
		}
		if cmd.Rest != "" && len(calls) > 0 {
			p.note(here, "", "what follows %s is not run", cmd.Rest[:len(cmd.Rest)-len(strings.TrimLeft(cmd.Rest, "|<>&"))])
		}
	}
	for _, cmd := range calls {
		here, options := cmd.Words[0].Offset, shell.CurlOptions(cmd.Words[1:])
		for more := true; more; {
			r := &curlReader{parser: p, at: at, begin: at(here), input: cmd.Input, options: options}
			next := slices.IndexFunc(options, named("next"))
			if more = next >= 0; more {
				here, r.options, options = options[next].Offset, options[:next], options[next+1:]
			}
			r.read()
		}
	}
	return len(calls) > 0, nil
}

// goesOn reports whether a word that begins a command belongs to the curl command before it.
func goesOn(words []shell.Word, word string) bool {
	return strings.HasPrefix(word, "-") || strings.Contains(word, "://") && !slices.ContainsFunc(shell.CurlOptions(words), named("url"))
}

// named returns a test for the options with a name.
func named(name string) func(shell.Option) bool {
	return func(o shell.Option) bool { return o.Name == name }
}

// unreadable returns the fault of a script that no shell would accept.
func unreadable(at func(offset int) place, err error) error {
	syntax, _ := errors.AsType[*shell.Error](err)
	hint, text := "put it in quotes", err.Error()
	switch {
	case syntax.Typeset != "":
		hint = "type the plain character"
	case syntax.Incomplete:
		hint, text = "copy the whole command", "a quote of this command is not closed"
	}
	return fault(at(syntax.Offset), hint, "%s", text)
}

var isCurl = lazy.Regexp(`(^|[/\\])(curl|(?i:curl\.exe))$`)
