package secret

import (
	"slices"
	"unicode/utf8"
)

// decodeLists adds the lists of bytes or characters that are as long as the shortest
// pattern, as programs print arrays and dumps.
func (d *decoder) decodeLists() {
	hex := 2 * d.shortest
	least := min(hex, d.numbers)
	d.edit = 0
	for from, end := d.next(0, least, &inLists); from < end; from, end = d.next(end, least, &inLists) {
		for _, l := range []list{{d, &inNumber, d.numbers, from, end, false}, {d, &inHex, hex, from, end, false}} {
			for l.from+l.least <= l.end {
				if !l.fails() {
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
	least     int  // bytes that the shortest pattern takes
	from, end int
	beyond    bool // an element beyond ASCII was read
}

// fails reports whether one of the elements that the shortest pattern takes from here on is
// no text, and goes on behind the last such one.
func (l *list) fails() bool {
	text, digits := l.under.text, l.digits
	at := l.from + l.least
	for at < l.end && digits[text[at]] != 0 {
		at++
	}
	for {
		for at > l.from && digits[text[at-1]] == 0 {
			at--
		}
		first := at
		for first > l.from && digits[text[first-1]] != 0 {
			first--
		}
		if first == at {
			return false
		}
		if _, ok := l.read(first); !ok {
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

// decode keeps the elements that may be text, as bytes, and as characters where these
// differ.
func (l *list) decode() {
	text, end := l.under.text, l.end
	l.bits, l.elements, l.beyond = l.bits[:0], l.elements[:0], false
	for l.from < end {
		if l.digits[text[l.from]] == 0 {
			l.from++
		} else if after, ok := l.read(l.from); ok {
			l.from = after
		} else {
			l.from, end = l.behind(l.from, after), 0
		}
	}
	p := piece{bits: 8, list: true}
	if l.digits == &inHex {
		p.bits = 4
	}
	l.keep(0x80, 8*len(l.bits), p)
	if !l.wide || !l.beyond {
		return
	}
	starts := slices.Clone(l.elements)
	l.bits, l.elements = l.bits[:0], l.elements[:0]
	for _, first := range starts {
		value, _ := digits(text[first:], 10, maxDigits)
		l.bits = utf8.AppendRune(l.bits, rune(value))
		for len(l.elements) < len(l.bits) {
			l.elements = append(l.elements, first)
		}
	}
	l.keep(0x80, 8*len(l.bits), p)
}

// maxDigits is how long a number may be: a code point.
const maxDigits = 7

// read adds an element, and reports whether it may be text: a byte, signed or not, or a
// code point, or bytes in hex.
func (l *list) read(first int) (after int, ok bool) {
	text := l.under.text
	if l.digits == &inHex {
		return l.readHex(first)
	}
	value := uint32(0)
	for after = first; after < l.end && inNumber[text[after]] != 0; after++ {
		value = value*10 + uint32(text[after]-'0')
	}
	signed := first > 0 && text[first-1] == '-'
	l.beyond = l.beyond || signed || value >= utf8.RuneSelf
	switch {
	case after-first > maxDigits:
		return after, false
	case value > 0xff:
		ok, value = l.wide && l.mayHave(rune(value)), separator
	case signed:
		ok, value = (l.points[value]|l.in[byte(-value)]) != 0, -value
	default:
		ok = l.points[value] != 0
	}
	if ok {
		l.bits = append(l.bits, byte(value))
		l.elements = append(l.elements, int32(first))
	}
	return after, ok
}

// readHex reads the bytes of an element. The zero of 0x is none.
func (l *list) readHex(first int) (after int, ok bool) {
	text := l.under.text
	for after = first; after < l.end && inHex[text[after]] != 0; after++ {
	}
	if (after-first)%2 != 0 {
		return after, after == first+1 && after < l.end && text[after]|0x20 == 'x'
	}
	for i := first; i < after; i += 2 {
		value := values16[text[i]]<<4 | values16[text[i+1]]
		if l.in[value] == 0 {
			l.bits, l.elements = l.bits[:len(l.bits)-(i-first)/2], l.elements[:len(l.elements)-(i-first)/2]
			return after, false
		}
		l.bits = append(l.bits, value)
		l.elements = append(l.elements, int32(i))
	}
	return after, true
}

// element returns the range of an element of a list, or of a byte of one in hex, and of
// what is before its digits.
func (l *layer) element(first int, isHex bool) (from, to int) {
	for to = first + 1; to < len(l.text) && (isHex && to < first+2 || !isHex && inNumber[l.text[to]] != 0); to++ {
	}
	switch {
	case first > 1 && l.text[first-1]|0x20 == 'x' && l.text[first-2] == '0':
		return first - 2, to
	case first > 0 && l.text[first-1] == '-':
		return first - 1, to
	}
	return first, to
}
