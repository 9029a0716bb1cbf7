package jq

import "strings"

// word is a name in the source of an expression, not a field or a part of a string.
type word struct {
	text string // with the $ of a variable
	at   int
}

// scanner finds the end of an expression and its words. It only distinguishes code from strings
// and comments.
type scanner struct {
	src     string
	words   []word
	assigns []int // of each = that is not part of a comparison
}

// group scans from i, after an open bracket, to the byte after the matching end, or returns -1.
func (s *scanner) group(i int, open, end byte) int {
	for depth := 1; i >= 0 && i < len(s.src); {
		switch c := s.src[i]; {
		case c == end:
			i++
			if depth--; depth == 0 {
				return i
			}
		case c == open:
			i, depth = i+1, depth+1
		case c == '"':
			i = s.str(i + 1)
		case c == '#':
			i = s.comment(i)
		case isWordByte(c) || c == '$' || c == '.' || c == '@':
			i = s.word(i)
		case c == '=':
			i = s.equals(i)
		default:
			i++
		}
	}
	return -1
}

// equals scans a = and records it unless it belongs to ==, !=, <= or >=.
func (s *scanner) equals(i int) int {
	if strings.HasPrefix(s.src[i:], "==") {
		return i + 2
	}
	if i == 0 || !strings.ContainsRune("!<>", rune(s.src[i-1])) {
		s.assigns = append(s.assigns, i)
	}
	return i + 1
}

// all scans the whole source.
func (s *scanner) all() {
	s.src += "\n}"
	s.group(0, '{', '}')
}

// str scans from i, after a quote, to the byte after the closing quote.
func (s *scanner) str(i int) int {
	for i < len(s.src) {
		switch {
		case s.src[i] == '"':
			return i + 1
		case strings.HasPrefix(s.src[i:], `\(`):
			if i = s.group(i+2, '(', ')'); i < 0 {
				return -1
			}
		case s.src[i] == '\\':
			i += 2
		default:
			i++
		}
	}
	return -1
}

// comment scans from a # to the end of its line, over escaped line ends.
func (s *scanner) comment(i int) int {
	for i < len(s.src) && s.src[i] != '\n' {
		if s.src[i] == '\\' {
			i++
		}
		i++
	}
	return i
}

// word scans a name, number, field or format, and records a name or a variable.
func (s *scanner) word(from int) int {
	i := from + 1
	for i < len(s.src) && isWordByte(s.src[i]) {
		i++
	}
	if first := s.src[from]; first == '$' || isWordByte(first) && (first < '0' || first > '9') {
		s.words = append(s.words, word{s.src[from:i], from})
	}
	return i
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// find returns the first offset of name in src where it is not a key of an object, or 0.
func find(src, name string) int {
	s := scanner{src: src}
	s.all()
	at := -1
	for _, w := range s.words {
		if w.text != name {
			continue
		}
		after := strings.TrimLeft(src[w.at+len(name):], " \t\r\n")
		if !strings.HasPrefix(after, ":") {
			return w.at
		}
		if at < 0 {
			at = w.at
		}
	}
	return max(at, 0)
}
