package secret

import "strings"

// undoQuoted undoes quoted-printable, RFC 2045. It is a way of its own, because in other
// text = is before a value.
func undoQuoted(l *layer, known *limits) *layer {
	b := newBuilder(l, known)
	var buf [1]byte
	for i := l.next('=', 0); i < len(l.text); i = l.next('=', i+1) {
		s := l.text[i:min(i+len("=\r\n"), len(l.text))]
		out, n := buf[:0], len(s)
		if s != "=\r\n" && s != "=\r" {
			if out, n = unescapeNumber(s, 1, 2, out); strings.HasPrefix(s, "=\n") {
				n = len("=\n")
			}
		}
		if n > 0 {
			b.replace(i, i+n, out...)
			i += n - 1
		}
	}
	return b.finish()
}
