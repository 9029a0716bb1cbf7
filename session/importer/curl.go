package importer

import (
	"errors"
	"slices"
	"strings"

	"tokenring/session/shell"
)

// curl reads command lines as browsers copy them, and as people write them, alone or in
// the code of a page of Markdown, of which a script that cannot be read is left out.
func (p *parser) curl(at place, data []byte) error {
	within, found := at.within(data), false
	blocks := shell.Blocks(string(data))
	page := len(blocks) != 1 || blocks[0].Code != string(data)
	vars := &shell.Variables{Given: p.given, Open: mark, Set: p.declareNamed}
	for _, b := range blocks {
		at := func(offset int) place { return within(b.Place(offset)) }
		commands, err := shell.Commands(b.Code, vars)
		some := false
		switch {
		case err != nil:
			err = unreadable(at, err)
		case b.Curl:
			some, err = p.script(b.Code, commands, page, at)
		}
		if n, ok := errors.AsType[Note](err); ok && b.Curl {
			if !page {
				return err
			}
			some = true
			p.seen++
			p.out.Notes = append(p.out.Notes, n)
		}
		found = found || some
	}
	if !found {
		return fault(at, `copy the curl command alone, or in the browser's network list choose "Copy as cURL"`, "it has no curl command that can be read")
	}
	return nil
}

// script reads the commands of a script, and reports whether one is curl.
func (p *parser) script(src string, commands []shell.Command, page bool, at func(offset int) place) (found bool, err error) {
	var calls []shell.Command // of curl
	for _, cmd := range commands {
		first, last := cmd.Words[0], len(calls)-1
		here, words := at(first.Offset), cmd.Curl()
		switch {
		case words != nil:
			cmd.Words = words
			calls = append(calls, cmd)
		case last >= 0 && goesOn(calls[last].Words[1:], first.Text):
			p.note(here, "", "the line before does not end in \\, and is read on all the same")
			calls[last].Words = append(calls[last].Words, cmd.Words...)
		case strings.IndexAny(first.Text, "{[<") == 0 && !page:
			return false, fault(here, "put each into a file of its own", "this is no command: there are two formats in the file")
		case cmd.HidesCurl():
			p.note(here, "copy the curl command alone", "this command runs curl in a way that is not read")
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
