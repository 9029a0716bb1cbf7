package secret

import (
	"html"
	"math/bits"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// maxEscape is the length in bytes of the longest escape of a character.
const maxEscape = 32

// undoEscapes undoes the escapes of JSON, JavaScript, C, URLs and HTML, and the
// doubled quotes of SQL and CSV. If patterns are wide, it also replaces each
// character of windows-1252 and Latin-1 by its byte there: UTF-8 that was read in
// these charsets becomes UTF-8 again.
func undoEscapes(l *layer, known *limits) *layer {
	b := newBuilder(l, known)
	var buf [2 * utf8.UTFMax]byte
	text := l.text
	leads := leads{layer: l, wide: known.wide}
	for i := leads.next(0); i < len(text); i = leads.next(i + 1) {
		if c := text[i]; c == '"' || c == '\'' {
			b.replace(i, i+2, c)
			i++
			continue
		}
		if n := combined(l.text, i); n > 0 && i > b.done { // Unicode normalized what was misread
			if out, m := unescape(norm.NFC.String(l.text[i-1:i+n]), buf[:0]); m > 0 {
				b.replace(i-1, i+n, out...)
			}
			i += n - 1
			continue
		}
		out, n := unescape(l.text[i:min(i+maxEscape, len(l.text))], buf[:0])
		if n > 0 {
			b.replace(i, i+n, out...)
			i += n - 1
		}
	}
	return b.finish()
}

// leads finds the places where escapes may begin.
type leads struct {
	*layer
	wide bool   // also bytes beyond ASCII
	at   [4]int // the next place of each byte that begins an escape, or one that was passed, and that of the others
}

// next returns the first place from i on, or the end.
func (l *leads) next(i int) int {
	if i == 0 {
		l.at = [4]int{-1, -1, -1, -1}
	}
	end := len(l.text)
	if i >= end {
		return end
	}
	const escapes = `\%&`
	first := end
	for n := range l.at {
		if l.at[n] < i && n < len(escapes) {
			l.at[n] = l.layer.next(escapes[n], i)
		} else if l.at[n] < i {
			l.at[n] = l.nextOther(i)
		}
		first = min(first, l.at[n])
	}
	return first
}

// nextOther returns the next place of doubled quotes or of a byte beyond ASCII. It looks at
// eight bytes at once.
func (l *leads) nextOther(i int) int {
	const every = 0x0101010101010101
	const high = 0x80 * every
	const quote, others = every * '"', every * ('"' ^ '\'') // both quotes are the same without the others
	beyond := uint64(0)
	if l.wide {
		beyond = high
	}
	text := l.text
	for i+8 <= len(text) {
		s := text[i : i+8]
		word := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		differs := (word^quote)&^others | (word ^ word>>8) // in the bytes that are no quote, or unlike the next one
		found := (differs-every)&^differs&high | word&beyond
		if found == 0 {
			i += 7
			continue
		}
		if i += bits.TrailingZeros64(found) / 8; l.isOther(i) {
			return i
		}
		i++
	}
	for i < len(text) && !l.isOther(i) {
		i++
	}
	return i
}

func (l *leads) isOther(i int) bool {
	switch c := l.text[i]; c {
	case '"', '\'':
		return i+1 < len(l.text) && l.text[i+1] == c
	default:
		return l.wide && c >= utf8.RuneSelf
	}
}

// combined returns the length of a combining accent after an ASCII letter, or 0.
func combined(text string, i int) int {
	const first, last = '\u0300', '\u036f'
	if text[i] != 0xcc && text[i] != 0xcd || i == 0 || !isAlnum(text[i-1]) {
		return 0
	}
	if r, n := utf8.DecodeRuneInString(text[i:]); r >= first && r <= last {
		return n
	}
	return 0
}

// unescape appends to buf what the escape at the beginning of s means, and
// returns the length of the escape: 0 if there is none. One that is broken off
// by the end of s means nothing.
func unescape(s string, buf []byte) (out []byte, n int) {
	switch {
	case s[0] == '\\':
		return unescapeBackslash(s, buf)
	case s[0] == '%' && len(s) > 1 && s[1] == 'u':
		return unescapeUnits(s, "%u", buf)
	case s[0] == '%':
		return unescapeNumber(s, 1, 2, buf)
	case s[0] == '&':
		return unescapeEntity(s, buf)
	}
	r, n := utf8.DecodeRuneInString(s)
	if b, ok := windows1252(r); ok && n > 1 {
		return append(buf, b), n
	}
	return nil, 0
}

// controls are the control characters that a letter after a backslash stands for.
var controls = [256]byte{'a': '\a', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t', 'v': '\v'}

func unescapeBackslash(s string, buf []byte) (out []byte, n int) {
	if len(s) == 1 {
		return buf, 1
	}
	switch c := s[1]; {
	case (c == 'u' || c == 'x') && len(s) > 2 && s[2] == '{':
		value, n := digits(s[3:], 16, 6)
		if n == 0 || !strings.HasPrefix(s[3+n:], "}") {
			return nil, 0
		}
		return utf8.AppendRune(buf, rune(value)), n + len(`\u{}`)
	case c == 'u':
		return unescapeUnits(s, `\u`, buf)
	case c == 'U':
		return unescapeNumber(s, 2, 8, buf)
	case c|0x20 == 'x':
		return unescapeNumber(s, 2, 2, buf)
	case c >= '0' && c <= '7':
		value, n := digits(s[1:], 8, 3)
		return append(buf, byte(value)), 1 + n
	case c == '%' || c == '&' || c == '=': // these begin escapes themselves
		return nil, 0
	case controls[c] != 0:
		return append(buf, controls[c]), 2
	}
	return append(buf, s[1]), 2
}

// unescapeNumber reads count hexadecimal digits after a prefix of that length: of a
// byte, or of a character if they are more than two.
func unescapeNumber(s string, prefix, count int, buf []byte) (out []byte, n int) {
	value, n := digits(s[prefix:], 16, count)
	switch {
	case n < count && prefix+n == len(s):
		return buf, len(s)
	case n < count:
		return nil, 0
	case count == 2:
		return append(buf, byte(value)), prefix + n
	}
	return utf8.AppendRune(buf, rune(value)), prefix + n
}

// unescapeUnits reads a character of one unit of UTF-16, or of two, each after the
// prefix.
func unescapeUnits(s, prefix string, buf []byte) (out []byte, n int) {
	const count = 4
	high, n := digits(s[len(prefix):], 16, count)
	n += len(prefix)
	switch {
	case n == len(s) && n < len(prefix)+count:
		return buf, n
	case n < len(prefix)+count:
		return nil, 0
	case !utf16.IsSurrogate(rune(high)):
		return utf8.AppendRune(buf, rune(high)), n
	}
	if rest, ok := strings.CutPrefix(s[n:], prefix); ok {
		if low, m := digits(rest, 16, count); m == count {
			return utf8.AppendRune(buf, utf16.DecodeRune(rune(high), rune(low))), 2 * n
		}
	}
	return nil, 0
}

// unescapeEntity reads an entity of HTML with its semicolon.
func unescapeEntity(s string, buf []byte) (out []byte, n int) {
	n = 1
	isNumber := strings.HasPrefix(s, "&#")
	if isNumber {
		base, at := uint8(10), 2
		if len(s) > at && s[at]|0x20 == 'x' {
			base, at = 16, 3
		}
		_, n = digits(s[at:], base, maxEscape)
		n += at
	}
	for n < len(s) && !isNumber && isAlnum(s[n]) {
		n++
	}
	switch {
	case n == len(s) && n < maxEscape: // it is cut off
		return buf, n
	case n == len(s) || s[n] != ';':
		return nil, 0
	}
	name := s[:n+1]
	text := html.UnescapeString(name)
	if text == name {
		return nil, 0
	}
	return append(buf, text...), len(name)
}

// digits returns the number that the first digits of s are, of count of them at
// most, and how many there are.
func digits(s string, base uint8, count int) (value uint32, n int) {
	for ; n < min(len(s), count); n++ {
		d, ok := hexValue(s[n])
		if !ok || d >= base {
			break
		}
		value = value*uint32(base) + uint32(d)
	}
	return value, n
}

func hexValue(c byte) (value uint8, ok bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// windows1252 returns the byte of r in windows-1252, or in Latin-1 for the bytes
// that windows-1252 does not define.
func windows1252(r rune) (b byte, ok bool) {
	const afterLatin, punctuation, last = '\u02dd', '\u2013', '\u2122' // there are others between
	switch {
	case r >= 0x80 && r <= 0xff:
		return byte(r), true
	case r < 0x80, r >= afterLatin && r < punctuation, r > last:
		return 0, false
	}
	b, ok = charmap.Windows1252.EncodeRune(r)
	return b, ok && b >= 0x80
}

func isAlnum(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9'
}

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
