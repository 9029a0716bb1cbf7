package secret

import (
	"html"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// layer is a text with escapes undone, over the text that it was made of.
type layer struct {
	text  string
	edits []edit // in order
	under *layer
}

// edit is an escape and what it became. A text may have millions of them.
type edit struct {
	was, is         int32 // where it begins, in the text below and in this one
	length, written uint8 // bytes, in the same order
}

func (e *edit) wasEnd() int { return int(e.was) + int(e.length) }
func (e *edit) isEnd() int  { return int(e.is) + int(e.written) }

// maxLevels is how often escapes are undone: three in one another, and two more
// for what is undone early or late in parts of a text.
const maxLevels = 5

// maxEscape is the length in bytes of the longest escape of a character.
const maxEscape = 32

// builder makes a layer.
type builder struct {
	layer
	out  strings.Builder
	done int // bytes of the text below
}

// replace goes on to the text from at to end, and writes out for it.
func (b *builder) replace(at, end int, out ...byte) {
	if b.edits == nil {
		b.out.Grow(len(b.under.text))
	}
	b.out.WriteString(b.under.text[b.done:at])
	b.edits = append(b.edits, edit{int32(at), int32(b.out.Len()), uint8(end - at), uint8(len(out))})
	b.out.Write(out)
	b.done = end
}

func (b *builder) finish() *layer {
	if b.edits == nil {
		return nil
	}
	b.out.WriteString(b.under.text[b.done:])
	b.text = b.out.String()
	return &b.layer
}

// undo are the ways to undo one level of escapes. Each returns nil if there are
// none. The first does together what is not in the way of each other.
var undo = []func(l *layer, wide bool) *layer{undoEscapes, undoQuotedPrintable, undoUTF16}

// undoEscapes undoes the escapes of JSON, JavaScript, C, URLs and HTML. If wide,
// it also replaces each character of windows-1252 and Latin-1 by its byte there:
// UTF-8 that was read in these charsets becomes UTF-8 again, and text in UTF-8
// the same bytes as text in them.
func undoEscapes(l *layer, wide bool) *layer {
	b := builder{layer: layer{under: l}}
	var buf [2 * utf8.UTFMax]byte
	for i := 0; i < len(l.text); i++ {
		if c := l.text[i]; leads[c] == 0 || leads[c] == beyond && !wide {
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

// leads has the bytes that may begin what undoEscapes undoes.
var leads = func() (t [256]uint8) {
	t['\\'], t['%'], t['&'] = begins, begins, begins
	for c := utf8.RuneSelf; c < len(t); c++ {
		t[c] = beyond
	}
	return t
}()

const (
	begins uint8 = 1 + iota
	beyond       // ASCII
)

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
	case c == 'u' && len(s) > 2 && s[2] == '{':
		value, n := digits(s[3:], 16, 6)
		if n == 0 || !strings.HasPrefix(s[3+n:], "}") {
			return nil, 0
		}
		return utf8.AppendRune(buf, rune(value)), n + len(`\u{}`)
	case c == 'u':
		return unescapeUnits(s, `\u`, buf)
	case c == 'U':
		return unescapeNumber(s, 2, 8, buf)
	case c == 'x':
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

func unescapeEntity(s string, buf []byte) (out []byte, n int) {
	n = 1
	for n < len(s) && (s[n] == '#' || isAlnum(s[n])) {
		n++
	}
	switch {
	case n == len(s) && n < maxEscape:
		return buf, n
	case n == len(s) || s[n] != ';':
		return nil, 0
	}
	n++
	text := html.UnescapeString(s[:n])
	if text == s[:n] {
		return nil, 0
	}
	return append(buf, text...), n
}

// undoQuotedPrintable undoes quoted-printable, RFC 2045. It is a way of its own,
// because in other text = is before a value.
func undoQuotedPrintable(l *layer, _ bool) *layer {
	b := builder{layer: layer{under: l}}
	for i := 0; ; i++ {
		next := strings.IndexByte(l.text[i:], '=')
		if next < 0 {
			return b.finish()
		}
		i += next
		s := l.text[i:min(i+len("=\r\n"), len(l.text))]
		var buf [1]byte
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
}

// undoUTF16 turns UTF-16 of both byte orders into UTF-8, wherever it is.
func undoUTF16(l *layer, _ bool) *layer {
	b := builder{layer: layer{under: l}}
	for i := 0; ; {
		zero := strings.IndexByte(l.text[i:], 0)
		if zero < 0 {
			return b.finish()
		}
		at, high := i+zero, 0 // where in a unit its high byte is
		if zero > 0 {
			at, high = at-1, 1
		}
		for i = at; latin(l.text, i, high); {
			r, n := unitAt(l.text, i, high), 2
			if utf16.IsSurrogate(r) {
				r, n = utf16.DecodeRune(r, unitAt(l.text, i+2, high)), 4
			}
			b.replace(i, i+n, []byte(string(r))...)
			i += n
		}
		i = max(i, at+1+min(zero, 1))
	}
}

// latin reports whether a unit of UTF-16 of a Latin character is at i, or soon
// after it.
func latin(text string, i, high int) bool {
	const soon = 4
	for end := i + 2*soon; i < end && i+2 <= len(text); i += 2 {
		if u := unitAt(text, i, high); u > 0 && u < 0x100 {
			return true
		}
	}
	return false
}

// unitAt returns the unit of UTF-16 at i, whose high byte is the first or second.
func unitAt(text string, i, high int) rune {
	return rune(text[i+high])<<8 | rune(text[i+1-high])
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
	if r >= 0x80 && r <= 0xff {
		return byte(r), true
	}
	b, ok = charmap.Windows1252.EncodeRune(r)
	return b, ok && b >= 0x80
}

func isAlnum(b byte) bool {
	return b|0x20 >= 'a' && b|0x20 <= 'z' || b >= '0' && b <= '9'
}
