package response

import (
	"strings"
	"unicode"

	"tokenring/session/request"
)

// piece is a part of a line in one look.
type piece struct {
	text string
	role request.Role
	hit  bool // a match
}

// matcher finds what was searched for in the lines seen. Case counts only
// when the pattern has upper case, as in request.Document.Find.
type matcher struct {
	pattern string
	exact   bool
}

func newMatcher(pattern string) matcher {
	return matcher{pattern: pattern, exact: strings.IndexFunc(pattern, unicode.IsUpper) >= 0}
}

// first finds the first match in text, as an offset in bytes.
func (m matcher) first(text string) (at int, ok bool) {
	if m.pattern == "" {
		return 0, false
	}
	if !m.exact {
		text = lower(text)
	}
	at = strings.Index(text, m.pattern)
	return at, at >= 0
}

// lower is text in lower case with every byte in its place.
func lower(text string) string {
	if s := strings.ToLower(text); len(s) == len(text) {
		return s
	}
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// split parts the spans of a line where matches begin and end. A match may
// reach over several spans.
func (m matcher) split(spans []request.Span) []piece {
	out := make([]piece, 0, len(spans)+2)
	if m.pattern == "" {
		for _, s := range spans {
			out = append(out, piece{text: s.Text, role: s.Role})
		}
		return out
	}
	var whole strings.Builder
	for _, s := range spans {
		whole.WriteString(s.Text)
	}
	rest := whole.String()
	hit, left := false, m.next(rest) // left: bytes to the next change
	for _, s := range spans {
		for s.Text != "" {
			n := min(left, len(s.Text))
			if n > 0 {
				out = append(out, piece{text: s.Text[:n], role: s.Role, hit: hit})
			}
			s.Text, rest, left = s.Text[n:], rest[n:], left-n
			if left > 0 {
				continue
			}
			if hit = !hit; hit {
				left = len(m.pattern)
			} else {
				left = m.next(rest)
			}
			if left == 0 { // two matches touch
				hit, left = true, len(m.pattern)
			}
		}
	}
	return out
}

// next is how many bytes come before the next match.
func (m matcher) next(text string) int {
	if at, ok := m.first(text); ok {
		return at
	}
	return len(text) + 1
}
