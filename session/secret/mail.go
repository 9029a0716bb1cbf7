package secret

import (
	"strings"
	"unicode/utf8"
)

// undoMail undoes quoted-printable, RFC 2045, and encoded words, RFC 2047, with
// the blanks between them. It is a way of its own, because in other text = is
// before a value.
func undoMail(l *layer, known *limits) *layer {
	b := newBuilder(l, known)
	for i := l.next('=', 0); i < len(l.text); i = l.next('=', i) {
		if end := b.replaceWord(i); end > 0 {
			i = end
			continue
		}
		i += max(b.replaceQuoted(i), 1)
	}
	return b.finish()
}

// replaceQuoted replaces a character in quoted-printable, or a soft line break, and
// returns its length, or 0.
func (b *builder) replaceQuoted(i int) int {
	s := b.under.text[i:min(i+len("=\r\n"), len(b.under.text))]
	var buf [1]byte
	out, n := buf[:0], len(s)
	if s != "=\r\n" && s != "=\r" {
		if out, n = unescapeNumber(s, 1, 2, out); strings.HasPrefix(s, "=\n") {
			n = len("=\n")
		}
	}
	if n > 0 {
		b.replace(i, i+n, out...)
	}
	return n
}

// replaceWord replaces an encoded word that begins at i, and returns its end, or 0.
// A next one follows immediately. The last one may be cut off.
func (b *builder) replaceWord(i int) (end int) {
	const most = 1 << 10
	text := b.under.text
	whole := text[i:min(i+most, len(text))]
	if n := strings.IndexByte(whole, separator); n >= 0 && b.under.split {
		whole = whole[:n]
	}
	head, rest, ok := cutWord(whole)
	size := strings.Index(rest, "?=")
	if size < 0 && len(whole) < most {
		size = len(strings.TrimSuffix(rest, "?"))
	}
	if !ok || size < 0 || strings.ContainsAny(rest[:size], " \r\n") {
		return 0
	}
	next := i + min(head+size+len("?="), len(whole))
	b.replace(i, i+head)
	i += head
	end = i + size
	if text[i-2]|0x20 == 'q' {
		for ; i < end; i++ {
			switch text[i] {
			case '_':
				b.replace(i, i+1, ' ')
			case '=':
				i += max(b.replaceQuoted(i)-1, 0)
			}
		}
	} else {
		for ; i < end; i += 4 {
			var buf [3]byte
			quantum := text[i:min(i+4, end)]
			digits := strings.TrimRight(quantum, "=")
			b.replace(i, i+len(quantum), decode64(buf[:0], digits)[:len(digits)*6/8]...)
		}
	}
	after := text[next:min(next+2*maxEscape, len(text))]
	blanks := len(after) - len(strings.TrimLeft(after, " +\t\r\n"))
	if _, _, ok := cutWord(after[blanks:]); !ok {
		blanks = 0
	}
	b.replace(end, next+blanks)
	return next + blanks
}

// cutWord splits an encoded word behind its charset and encoding.
func cutWord(s string) (head int, rest string, ok bool) {
	if !strings.HasPrefix(s, "=?") {
		return 0, "", false
	}
	charset := strings.IndexByte(s[2:min(len(s), 2+maxEscape)], '?')
	head = 2 + charset + len("?q?")
	if charset < 1 || len(s) < head || !strings.ContainsRune("bBqQ", rune(s[head-2])) || s[head-1] != '?' {
		return 0, "", false
	}
	return head, s[head:], true
}

// undoSections joins the sections of a parameter, RFC 2231: it takes out what is between
// two, such as "; name*1*=".
func undoSections(l *layer, known *limits) *layer {
	const longest = 100 // bytes of a name, and what is before it
	b := newBuilder(l, known)
	quoted := false // the section before
	for i := l.next('*', 0); i < len(l.text); i = l.next('*', i+1) {
		number, n := digits(l.text[i+1:], 10, maxDigits)
		sign, encoded := strings.CutPrefix(l.text[i+1+n:], "*")
		value, isSection := strings.CutPrefix(sign, "=")
		if n == 0 || !isSection {
			continue
		}
		closed := quoted
		if quoted = !encoded && strings.HasPrefix(value, `"`); quoted {
			value = value[1:]
		}
		head := l.text[max(b.done, i-longest):i]
		before, ok := strings.CutSuffix(strings.TrimRight(strings.TrimRightFunc(head, isOfName), " +\t\r\n"), ";")
		if closed {
			before = strings.TrimSuffix(before, `"`)
		}
		if end := len(l.text) - len(value); number > 0 && ok {
			b.replace(i-len(head)+len(before), end)
			i = end - 1
		}
	}
	return b.finish()
}

func isOfName(r rune) bool { return r < utf8.RuneSelf && (isAlnum(byte(r)) || r == '-' || r == '_') }
