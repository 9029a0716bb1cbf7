package secret

import (
	"math/bits"
	"strings"
	"unicode/utf8"
)

// reader is a notation of the bytes or characters of a list, as programs print arrays
// and dumps. It appends the element at the beginning of s and returns its length.
type reader func(buf []byte, s string) (out []byte, n int)

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
	stride := least*d.shortest - 1
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
			d.sieveList(from, end)
		}
		done = end
		i = end + stride
	}
}

// sieveList decodes the parts of a list that may be text in a notation, as [sieve]
// finds those of a run. It reads an element once for all notations.
func (d *decoder) sieveList(from, end int) {
	text := d.under.text
	var decimal, points, hex elements
	var starts [8]int // of the last elements
	for i, n := from, 0; i < end; n++ {
		for i < end && !isAlnum(text[i]) {
			i++
		}
		first, value, isNumber := i, 0, true
		for ; i < len(text) && isAlnum(text[i]); i++ {
			isNumber = isNumber && text[i] <= '9'
			value = value*10 + int(text[i]-'0')
		}
		at := span{first, i}
		size := i - first
		signed := value
		if first > from && text[first-1] == '-' {
			at.from, signed = first-1, 0x100-value
		}
		before := starts[(n+1)%len(starts)]
		if starts[n%len(starts)] = at.from; n < len(starts) {
			before = from
		}
		if !isNumber || size > 3 || !decimal.takes(signed, d.wide) {
			decimal.end(d, readDecimal)
		} else {
			decimal.add(at, before)
		}
		if !isNumber || size > 7 || !points.takesRune(value, d.limits) {
			points.end(d, readCodePoint)
		} else {
			points.add(at, before)
		}
		if size%2 != 0 || !hex.takesHex(text[first:i], d.wide) {
			hex.end(d, readHex)
		} else {
			hex.add(at, before)
		}
	}
	decimal.end(d, readDecimal)
	points.end(d, readCodePoint)
	hex.end(d, readHex)
}

// elements are those of a list that may be text in one notation.
type elements struct {
	span
	count int // bytes or characters
	rest  int // bytes of UTF-8 that have to follow
	zeros int // of UTF-16
	apart int // bytes since the last zero
	row   int // zeros in a row
	plain int // what is likely of a text
}

// add adds an element. The first zero is that of a later character, perhaps.
func (e *elements) add(at span, before int) {
	switch {
	case e.zeros == 1 && e.apart == 0:
		e.from = before
	case e.to == 0:
		e.from = at.from
	}
	e.to = at.to
}

// end decodes the elements up to here.
func (e *elements) end(d *decoder, read reader) {
	if e.count >= d.shortest && 2*e.plain >= e.count {
		d.decodeList(e.from, e.to, read)
	}
	*e = elements{}
}

// takes reports whether a byte goes on with a text.
func (e *elements) takes(b int, wide bool) bool {
	const row = 3 // of UTF-16 that is in UTF-16 itself
	e.count++
	e.apart++
	switch {
	case b == 0:
		if e.apart > 1 {
			e.row = 0
		}
		e.row, e.zeros, e.apart = e.row+1, e.zeros+1, 0
		e.plain++
		return e.row <= row
	case b > 0 && b < utf8.RuneSelf && kinds[b] == printable && e.rest == 0:
		e.plain++
		return true
	case e.zeros > 0 && e.apart <= apart:
		return true
	case b < utf8.RuneSelf:
		return false
	case b < 0xc0:
		e.plain++
		e.rest--
		return e.rest >= 0
	case !wide || b > 0xff || e.rest > 0:
		return false
	}
	e.plain++
	e.rest = bits.LeadingZeros8(^uint8(b)) - 1
	return e.rest <= 3
}

// takesRune reports whether a code point does: it is of ASCII, misread, or as in a
// pattern.
func (e *elements) takesRune(r int, known *limits) bool {
	const row = 6 // of characters that UTF-8 became
	e.count++
	e.rest++
	switch {
	case r < utf8.RuneSelf:
		e.rest = 0
		e.plain++
		return kinds[r] == printable
	case !known.wide || r > utf8.MaxRune:
		return false
	case r < 0x100:
		return e.rest <= row
	}
	if known.mayBe(rune(r)) {
		e.plain++
		return true
	}
	_, misread := windows1252(rune(r))
	return misread
}

// takesHex reports whether bytes in hex do.
func (e *elements) takesHex(s string, wide bool) bool {
	if len(s) > 2 && s[0] == '0' && s[1]|0x20 == 'x' {
		s = s[2:]
	}
	for ; len(s) > 1; s = s[2:] {
		high, ok := hexValue(s[0])
		low, too := hexValue(s[1])
		if !ok || !too || !e.takes(int(high)<<4|int(low), wide) {
			return false
		}
	}
	return true
}

func (d *decoder) decodeList(from, end int, read reader) {
	text := d.under.text
	var list []span // of each byte
	d.buf = d.buf[:0]
	keep := func() {
		if len(list) >= d.shortest {
			d.keep(piece{run: &run{list: list}, bits: 8})
		}
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
