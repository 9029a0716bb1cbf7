package secret

import (
	"strings"
	"unicode/utf8"
)

// undoLoose undoes escapes that the others would misread: those of CSS, which C
// writes octal digits as, entities of HTML without a semicolon, which may be
// escaped itself, and quotes that a shell puts together.
func undoLoose(l *layer, known *limits) *layer {
	text := l.text
	b := newBuilder(l, known)
	var buf [2 * utf8.UTFMax]byte
	leads := leads{layer: l, first: `\&`}
	for i := leads.next(0); i < len(text); i = leads.next(i + 1) {
		out, at, n := buf[:0], i, 0
		switch text[i] {
		case '&':
			out, n = unescapeEntity(text[i:min(i+maxEscape, len(text))], out, true)
		case '\\':
			switch {
			case i+1 < len(text) && inHex[text[i+1]] != 0:
				out, n = unescapeCSS(text[i:min(i+maxEscape, len(text))], out)
			case i > b.done && text[i-1] == '\'' && strings.HasPrefix(text[i:], `\''`):
				at, out, n = i-1, append(out, '\''), len(`\''`)
			}
		}
		if n > 0 {
			b.replace(at, i+n, out...)
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
	if n++; n < len(s) && strings.IndexByte(" +\t\n\f\r", s[n]) >= 0 {
		n++
	}
	return utf8.AppendRune(buf, rune(value)), n
}
