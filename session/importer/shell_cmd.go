package importer

import "strings"

// cmdStyle tells a command line written for cmd.exe: lines joined by a caret,
// or carets before quotes.
var cmdStyle = pattern(`\^\r?\n|curl(\.exe)?[ \t]+\^"`)

// windows splits a script for cmd.exe into its commands. Browsers double every
// backslash, though the program would take them as they stand, so they are
// halved again.
func windows(src string) []command {
	var all []command
	for _, line := range caretLines(src) {
		c := command{at: line.at}
		c.words, c.open = line.split()
		if len(c.words) > 0 {
			all = append(all, c)
		}
	}
	return all
}

// caretLine is a command after the carets are gone, with where each byte stood.
type caretLine struct {
	text []byte
	from []int
	at   int
}

func (l *caretLine) add(c byte, from int) {
	l.text, l.from = append(l.text, c), append(l.from, from)
}

// caretLines does what cmd.exe does: ^ takes the meaning from the character
// behind it, a line break included, and & parts commands.
func caretLines(src string) []caretLine {
	src = strings.ReplaceAll(src, "\r\n", "\n")
	var all []caretLine
	line, quoted := caretLine{}, false
	for i := 0; i < len(src); i++ {
		c := src[i]
		switch {
		case c == '^' && !quoted && i+1 < len(src):
			i++
			if src[i] == '\n' { // joins the lines; what begins the next is literal
				if i++; i >= len(src) {
					continue
				}
			}
			line.add(src[i], i)
		case c == '"':
			quoted = !quoted
			line.add(c, i)
		case c == '\n' || c == '&' && !quoted:
			all = append(all, line)
			line, quoted = caretLine{at: i + 1}, false
		default:
			line.add(c, i)
		}
	}
	return append(all, line)
}

// split takes a line apart as a C program's start does: quotes group, \" is a
// quote, and "" inside of quotes is one too.
func (l *caretLine) split() (words []word, open bool) {
	var b strings.Builder
	begun, start := false, 0
	end := func() {
		if begun {
			words = append(words, word{b.String(), start})
		}
		b.Reset()
		begun = false
	}
	for i := 0; i < len(l.text); i++ {
		c := l.text[i]
		next := byte(0)
		if i+1 < len(l.text) {
			next = l.text[i+1]
		}
		if !begun && c != ' ' && c != '\t' && c != '\n' {
			begun, start = true, l.from[i]
		}
		switch {
		case c == '\\' && (next == '"' || next == '\\'):
			b.WriteByte(next)
			i++
		case c == '"' && open && next == '"':
			b.WriteByte('"')
			i++
		case c == '"':
			open = !open
		case !open && (c == ' ' || c == '\t' || c == '\n'):
			end()
		default:
			b.WriteByte(c)
		}
	}
	end()
	return words, open
}
