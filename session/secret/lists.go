package secret

import "unicode/utf8"

// decodeLists adds the lists of bytes or characters that are as long as the shortest
// pattern, as programs print arrays and dumps.
func (d *decoder) decodeLists() {
	const least = 2 // digits of a byte in hex, where an element has several
	text := d.under.text
	stride := least*d.shortest - 1
	d.edit = 0
	for from, end := next(text, 0, stride, &inLists); from < end; from, end = next(text, end, stride, &inLists) {
		if !d.isNew(from, end) {
			continue
		}
		for _, digits := range []*set{&inNumber, &inHex} {
			l := list{d, digits, from, end}
			for l.from+stride <= l.end {
				if !l.fails(l.from + stride) {
					l.decode()
				}
			}
		}
	}
}

// list is the rest of one, in numbers or in hex.
type list struct {
	*decoder
	digits    *set // of elements
	from, end int
}

// fails reports whether an element is no text, from the one at a place back, and goes on
// behind it.
func (l *list) fails(at int) bool {
	text := l.under.text
	for at < l.end && l.digits[text[at]] != 0 {
		at++
	}
	for {
		for at > l.from && l.digits[text[at-1]] == 0 {
			at--
		}
		first := at
		for first > l.from && l.digits[text[first-1]] != 0 {
			first--
		}
		if first == at {
			return false
		}
		if !l.mayBe(first, at) {
			l.from = l.behind(first, at)
			return true
		}
		at = first
	}
}

// behind returns where a list may begin that an element is not of: its later digits may
// be, after a letter.
func (l *list) behind(first, after int) int {
	const most = 8
	if after-first > most {
		return after
	}
	return first + 1
}

// mayBe reports whether an element may be text: a byte, signed or not, or a code point,
// or bytes in hex.
func (l *list) mayBe(first, after int) bool {
	s := l.under.text[first:after]
	if l.digits == &inHex {
		for ; len(s) > 1 && l.in[values16[s[0]]<<4|values16[s[1]]] != 0; s = s[2:] {
		}
		return s == "" || l.isPrefix(first, after)
	}
	value, n := digits(s, 10, maxDigits)
	switch {
	case n < len(s):
		return false
	case value > 0xff:
		return l.wide && l.mayHave(rune(value))
	}
	return l.points[value] != 0 || l.isSigned(first) && l.in[byte(-value)] != 0
}

// isPrefix reports whether an element is that of 0x, and isSigned, whether it has a sign.
func (l *list) isPrefix(first, after int) bool {
	return after-first == 1 && after < l.end && l.under.text[after]|0x20 == 'x'
}

func (l *list) isSigned(first int) bool { return first > 0 && l.under.text[first-1] == '-' }

// decode keeps the elements that may be text, as bytes and as characters.
func (l *list) decode() {
	start, end := l.from, l.from
	for l.from < l.end {
		first, after := l.element(l.from, l.end)
		if first < after && !l.mayBe(first, after) {
			l.from = l.behind(first, after)
			break
		}
		l.from, end = after, after
	}
	if l.digits == &inHex {
		l.read(start, end, func(buf []byte, first, after int) []byte {
			if l.isPrefix(first, after) {
				return buf
			}
			return decode16(buf, []byte(l.under.text[first:after]))
		})
		return
	}
	number := func(first, after int) uint32 {
		value, _ := digits(l.under.text[first:after], 10, maxDigits)
		return value
	}
	l.read(start, end, func(buf []byte, first, after int) []byte {
		value := number(first, after)
		switch {
		case value > 0xff:
			value = separator
		case l.isSigned(first):
			value = -value
		}
		return append(buf, byte(value))
	})
	if l.wide {
		l.read(start, end, func(buf []byte, first, after int) []byte {
			return utf8.AppendRune(buf, rune(number(first, after)))
		})
	}
}

// maxDigits is how long a number may be: a code point.
const maxDigits = 7

// element returns the next element.
func (l *list) element(from, end int) (first, after int) {
	text := l.under.text
	for first = from; first < end && l.digits[text[first]] == 0; first++ {
	}
	for after = first; after < end && l.digits[text[after]] != 0; after++ {
	}
	return first, after
}

// read keeps the elements of a range in one notation.
func (l *list) read(from, end int, write func(buf []byte, first, after int) []byte) {
	l.begin()
	l.bits = l.bits[:0]
	for from < end {
		first, after := l.element(from, end)
		if first < after {
			l.bits = write(l.bits, first, after)
		}
		for n := 0; len(l.list) < len(l.bits); n++ {
			l.list = append(l.list, l.shown(first, after, n))
		}
		from = after
	}
	l.keep(0, 8*len(l.bits), piece{bits: 8})
}

// shown returns the range of a byte of an element: of its two digits in hex, else of the
// element. The first one has what is before the digits.
func (l *list) shown(first, after, n int) span {
	text := l.under.text
	if l.digits == &inHex {
		after = min(first+2*n+2, after)
		first += 2 * n
	}
	switch {
	case n > 0:
	case first > 1 && text[first-1]|0x20 == 'x' && text[first-2] == '0':
		first -= 2
	case first > 0 && text[first-1] == '-':
		first--
	}
	return span{first, after}
}
