package secret

import (
	"strings"
	"unicode/utf8"
)

// undoLoose undoes escapes that the others would misread: those of CSS, which C
// writes octal digits as, entities of HTML without a semicolon, which may be
// escaped itself, and quotes that a shell puts together.
func undoLoose(l *layer, _ *automaton) *layer {
	b := newBuilder(l)
	for i := 0; i < len(l.text); i++ {
		c := l.text[i]
		if c != '\\' && c != '&' && c != '\'' {
			continue
		}
		var buf [2 * utf8.UTFMax]byte
		out, n := buf[:0], 0
		switch s := l.text[i:min(i+maxEscape, len(l.text))]; {
		case c == '&':
			out, n = unescapeEntity(s, out, true)
		case c == '\\':
			out, n = unescapeCSS(s, out)
		case strings.HasPrefix(s, `'\''`):
			out, n = append(out, c), len(`'\''`)
		case strings.HasPrefix(s, `'"'"'`):
			out, n = append(out, c), len(`'"'"'`)
		}
		if n > 0 {
			b.replace(i, i+n, out...)
			i += n - 1
		}
	}
	return b.finish()
}

// unescapeCSS reads up to six hexadecimal digits and a blank that may end them.
func unescapeCSS(s string, buf []byte) (out []byte, n int) {
	const most = 6
	value, n := digits(s[1:], 16, most)
	if n == 0 {
		return nil, 0
	}
	if n++; n < len(s) && strings.IndexByte(" \t\n\f\r", s[n]) >= 0 {
		n++
	}
	return utf8.AppendRune(buf, rune(value)), n
}
