package secret

import (
	"strings"
	"unicode/utf8"
)

// notations are how the bytes or characters of a list are written, as programs
// print arrays and dumps. Each appends an element at the beginning of s and returns
// its length. One list may be read in several.
var notations = []func(buf []byte, s string) (out []byte, n int){readDecimal, readCodePoint, readHex}

// inLists has the bytes of lists.
var inLists = bytesOf("0123456789abcdefABCDEFxX-:+, ;|\"'\t\r\n")

func bytesOf(s string) (t [256]bool) {
	for i := range len(s) {
		t[s[i]] = true
	}
	return t
}

// readDecimal appends a byte, signed or not.
func readDecimal(buf []byte, s string) (out []byte, n int) {
	const most = 3
	digit := strings.TrimPrefix(s, "-")
	value, n := digits(digit, 10, most)
	switch {
	case n == 0:
		return buf, 0
	case len(digit) < len(s):
		return append(buf, byte(-int(value))), n + 1
	}
	return append(buf, byte(value)), n
}

// readCodePoint appends the character of a code point.
func readCodePoint(buf []byte, s string) (out []byte, n int) {
	const most = 7
	value, n := digits(s, 10, most)
	if n == 0 {
		return buf, 0
	}
	return utf8.AppendRune(buf, rune(value)), n
}

// readHex appends bytes of two digits each.
func readHex(buf []byte, s string) (out []byte, n int) {
	if len(s) > 1 && s[0] == '0' && s[1]|0x20 == 'x' {
		n = 2
	}
	for {
		value, count := digits(s[n:], 16, 2)
		if count < 2 {
			return buf, n
		}
		buf = append(buf, byte(value))
		n += 2
	}
}

// decodeLists adds the lists that are as long as the shortest pattern.
func (d *decoder) decodeLists() {
	const least = 3 // bytes of an element and a separator
	text := d.under.text
	stride := least*d.least - 1
	for i, done := stride-1, 0; i < len(text); {
		if !inLists[text[i]] {
			i += stride
			continue
		}
		from, end := i, i+1
		for from > done && inLists[text[from-1]] {
			from--
		}
		for end < len(text) && inLists[text[end]] {
			end++
		}
		if end-from >= stride {
			for _, read := range notations {
				d.decodeList(from, end, read)
			}
		}
		done = end
		i = end + stride
	}
}

func (d *decoder) decodeList(from, end int, read func([]byte, string) ([]byte, int)) {
	text := d.under.text
	var list []span // of each byte
	d.buf = d.buf[:0]
	keep := func() {
		d.keep(func(first int) piece { return piece{list: list[first:]} })
		d.buf, list = d.buf[:0], nil
	}
	for i := from; i < end; {
		if i > 0 && isAlnum(text[i-1]) || !isAlnum(text[i]) && text[i] != '-' {
			i++
			continue
		}
		out, n := read(d.buf, text[i:end])
		after := i + n
		switch {
		case after < len(text) && isAlnum(text[after]):
			keep()
		case n > 0:
			d.buf = out
			for len(list) < len(out) {
				list = append(list, span{i, after})
			}
		}
		i = max(after, i+1)
	}
	keep()
}
