package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// word is one word of a command line, taken apart as a shell does. Nothing is
// expanded: a variable stays as {{NAME}}, the way an unknown value is written
// everywhere in this package.
type word struct {
	text string
	at   int // byte of the command line
}

// command is one command of a script.
type command struct {
	words []word
	rest  string // of the pipeline or redirection behind it; "" none
	open  bool   // a quote is not closed
	at    int
}

// shell reads a POSIX shell's words.
type shell struct {
	src   string
	i     int
	word  strings.Builder
	begun bool
	start int
}

// posix splits a script into its commands.
func posix(src string) []command {
	s := &shell{src: src}
	var all []command
	for s.i < len(s.src) {
		c := s.command()
		if len(c.words) > 0 || c.open {
			all = append(all, c)
		}
	}
	return all
}

func (s *shell) command() command {
	c := command{at: s.i}
	end := func() {
		if s.begun {
			c.words = append(c.words, word{s.word.String(), s.start})
		}
		s.word.Reset()
		s.begun = false
	}
	for s.i < len(s.src) {
		ch := s.src[s.i]
		switch {
		case ch == '\\' && s.i+1 < len(s.src):
			s.escape()
		case ch == '\'' || ch == '"' || ch == '$' && s.i+1 < len(s.src) && s.src[s.i+1] == '\'':
			if !s.quoted() {
				c.open = true
			}
		case ch == '$' || ch == '`':
			s.variable()
		case ch == ' ' || ch == '\t' || ch == '\r':
			end()
			s.i++
		case ch == '#' && !s.begun:
			s.skipTo("\n")
		case ch == '\n' || ch == ';' || ch == '&':
			end()
			s.i++
			return c
		case strings.IndexByte("|<>", ch) >= 0:
			if s.begun && (ch == '<' || ch == '>') && strings.Trim(s.word.String(), "0123456789") == "" {
				s.word.Reset() // 2>file
				s.begun = false
			}
			end()
			from := s.i
			s.skipTo("\n;")
			c.rest = strings.TrimSpace(s.src[from:s.i])
			return c
		default:
			s.begin()
			s.word.WriteByte(ch)
			s.i++
		}
	}
	end()
	return c
}

func (s *shell) begin() {
	if !s.begun {
		s.begun, s.start = true, s.i
	}
}

func (s *shell) skipTo(any string) {
	if n := strings.IndexAny(s.src[s.i:], any); n >= 0 {
		s.i += n
	} else {
		s.i = len(s.src)
	}
}

// escape is a backslash outside of quotes; at the end of a line it joins two.
func (s *shell) escape() {
	if rest := s.src[s.i+1:]; rest[0] == '\n' || strings.HasPrefix(rest, "\r\n") {
		s.i += 2 + strings.IndexByte(rest, '\n')
		return
	}
	s.begin()
	_, size := utf8.DecodeRuneInString(s.src[s.i+1:])
	s.word.WriteString(s.src[s.i+1 : s.i+1+size])
	s.i += 1 + size
}

// quoted reads '…', "…" or $'…'; false when it is not closed.
func (s *shell) quoted() bool {
	s.begin()
	switch s.src[s.i] {
	case '\'':
		return s.single()
	case '"':
		return s.double()
	}
	return s.ansi()
}

func (s *shell) single() bool {
	n := strings.IndexByte(s.src[s.i+1:], '\'')
	if n < 0 {
		s.word.WriteString(s.src[s.i+1:])
		s.i = len(s.src)
		return false
	}
	s.word.WriteString(s.src[s.i+1 : s.i+1+n])
	s.i += n + 2
	return true
}

func (s *shell) double() bool {
	for s.i++; s.i < len(s.src); {
		switch c := s.src[s.i]; {
		case c == '"':
			s.i++
			return true
		case c == '\\' && s.i+1 < len(s.src) && strings.IndexByte("\\\"$`\n", s.src[s.i+1]) >= 0:
			if s.src[s.i+1] != '\n' {
				s.word.WriteByte(s.src[s.i+1])
			}
			s.i += 2
		case c == '$' || c == '`':
			s.variable()
		default:
			s.word.WriteByte(c)
			s.i++
		}
	}
	return false
}

// ansi reads $'…' (Bash manual, ANSI-C quoting).
func (s *shell) ansi() bool {
	for s.i += 2; s.i < len(s.src); {
		c := s.src[s.i]
		switch {
		case c == '\'':
			s.i++
			return true
		case c == '\\' && s.i+1 < len(s.src):
			s.i++
			s.ansiEscape()
		default:
			s.word.WriteByte(c)
			s.i++
		}
	}
	return false
}

var ansiLetters = map[byte]byte{
	'a': '\a', 'b': '\b', 'e': 0x1b, 'E': 0x1b, 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v',
	'\\': '\\', '\'': '\'', '"': '"', '?': '?',
}

// ansiDigits are the most digits that follow the letter of a number.
var ansiDigits = map[byte]int{'x': 2, 'u': 4, 'U': 8}

func (s *shell) ansiEscape() {
	c := s.src[s.i]
	if plain, ok := ansiLetters[c]; ok {
		s.word.WriteByte(plain)
		s.i++
		return
	}
	base, most, from := 16, ansiDigits[c], s.i+1
	if c >= '0' && c <= '7' {
		base, most, from = 8, 3, s.i
	}
	to := from
	for to < len(s.src) && to < from+most && isDigitOf(s.src[to], base) {
		to++
	}
	n, err := strconv.ParseUint(s.src[from:to], base, 32)
	if err != nil {
		s.word.WriteByte('\\')
		s.word.WriteByte(c)
		s.i++
		return
	}
	if c == 'u' || c == 'U' {
		s.word.WriteRune(rune(n))
	} else {
		s.word.WriteByte(byte(n))
	}
	s.i = to
}

func isDigitOf(c byte, base int) bool {
	if base == 8 {
		return c >= '0' && c <= '7'
	}
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// variable reads $NAME, ${NAME…}, $(…) or `…` without expanding it.
func (s *shell) variable() {
	s.begin()
	rest := s.src[s.i+1:]
	name, size := "", 0
	switch {
	case s.src[s.i] == '`':
		if n := strings.IndexByte(rest, '`'); n >= 0 {
			name, size = "command", n+1
		}
	case strings.HasPrefix(rest, "("):
		if n := strings.IndexByte(rest, ')'); n >= 0 {
			name, size = "command", n+1
		}
	case strings.HasPrefix(rest, "{"):
		if n := strings.IndexByte(rest, '}'); n >= 0 {
			name, size = rest[1:1+nameLength(rest[1:])], n+1
		}
	default:
		size = nameLength(rest)
		name = rest[:size]
	}
	if name == "" {
		s.word.WriteByte(s.src[s.i])
		s.i++
		return
	}
	s.word.WriteString("{{" + name + "}}")
	s.i += 1 + size
}

func nameLength(s string) int {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] >= '0' && s[n] <= '9' && n > 0 || s[n]|0x20 >= 'a' && s[n]|0x20 <= 'z') {
		n++
	}
	return n
}
