package shell

import (
	"strings"

	"tokenring/session/lazy"
)

// Signs of a shell of Windows: lines joined by a caret or a backtick, or carets before quotes.
var (
	cmdStyle        = lazy.Regexp(`\^\r?\n|curl(\.exe)?[ \t]+\^"`)
	powerShellStyle = lazy.Regexp("(?m)^[^`\\n]*[ \\t]`\\r?$|\\$env:\\w")
	powerShellEnv   = lazy.Regexp(`\$env:(\w+)`)
)

// fromPowerShell writes a script for PowerShell for bash, as far as they agree. The length in
// bytes does not change.
func fromPowerShell(src string) string {
	if !powerShellStyle().MatchString(src) {
		return src
	}
	return powerShellEnv().ReplaceAllString(strings.ReplaceAll(src, "`", `\`), "${$1:?}")
}

// windowsCommands parses a script for cmd.exe. Browsers escape every backslash although
// programs take it literally, so it unescapes them.
func windowsCommands(src string) ([]Command, error) {
	var all []Command
	for _, line := range caretLines(src) {
		words, closed := line.split()
		if !closed {
			return nil, &Error{Offset: words[0].Offset, Incomplete: true}
		}
		if len(words) > 0 {
			all = append(all, Command{Words: words})
		}
	}
	return all, nil
}

// caretLine is a command whose carets have been removed.
type caretLine []char

type char struct {
	c      byte
	offset int
}

// caretLines splits a script into commands like cmd.exe: ^ makes the next character
// literal, even a line break, and & separates commands.
func caretLines(src string) []caretLine {
	var all []caretLine
	var line caretLine
	quoted := false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '^' && !quoted && i+1 < len(src):
			i++
			if strings.HasPrefix(src[i:], "\r\n") {
				i++
			}
			if src[i] == '\n' { // join the lines; the next character is literal
				if i++; i >= len(src) {
					continue
				}
			}
			line = append(line, char{src[i], i})
		case c == '\n' || c == '&' && !quoted:
			all, line, quoted = append(all, line), nil, false
		default:
			quoted = quoted != (c == '"')
			line = append(line, char{c, i})
		}
	}
	return append(all, line)
}

// split separates arguments like the C runtime: quotes group, and \" is a quote, as is ""
// inside quotes.
func (l caretLine) split() (words []Word, closed bool) {
	var text []byte // nil between words
	begin := 0
	end := func() {
		if text != nil {
			words = append(words, Word{string(text), begin})
		}
		text = nil
	}
	closed = true
	for i := 0; i < len(l); i++ {
		c, next := l[i].c, byte(0)
		if i+1 < len(l) {
			next = l[i+1].c
		}
		if closed && strings.IndexByte(" \t\r\n", c) >= 0 {
			end()
			continue
		}
		if text == nil {
			text, begin = []byte{}, l[i].offset
		}
		switch {
		case c == '\\' && (next == '"' || next == '\\'), c == '"' && !closed && next == '"':
			text = append(text, next)
			i++
		case c == '"':
			closed = !closed
		default:
			text = append(text, c)
		}
	}
	end()
	return words, closed
}
