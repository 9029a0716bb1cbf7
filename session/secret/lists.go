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
		for _, l := range [...]list{{decoder: d, kinds: &inNumbers, least: d.numbers}, {decoder: d, kinds: &inHex, least: hex}} {
			l.begin, l.from, l.end = from, from, end
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
	kinds     *set // of bytes
	least     int  // bytes of what each pattern has in it
	begin     int  // where it begins
	from, end int  // what is left to look at
	beyond    bool // an element beyond ASCII was read
}

// fails reports whether an element of those that each pattern has in a row is missing from
// here on, and goes on behind the last such one.
func (l *list) fails() bool {
	text, kinds, from := l.under.text, l.kinds, l.from
	at := from + l.least
	for at < l.end && kinds[text[at]] == isElement {
		at++
	}
	for {
		for at > from && kinds[text[at-1]] == isGap {
			at--
		}
		first := at
		for first > from && kinds[text[first-1]] == isElement {
			first--
		}
		switch {
		case first == at:
			l.from = at // behind a letter
			return at > from
		case !l.isPlain(text[first:at], at):
			l.from = behind(first, at)
			return true
		}
		at = first
	}
}

// isPlain reports whether an element before a place may be of what each pattern has:
// ASCII, if that is so. In hex an element may have other bytes too.
func (l *list) isPlain(s string, at int) bool {
	if l.kinds == &inHex {
		if len(s)%2 != 0 {
			return l.isPrefix(at-len(s), at)
		}
		for ; s != "" && l.in[values16[s[0]]<<4|values16[s[1]]] != 0; s = s[2:] {
		}
		return s == ""
	}
	value := numberOf(s)
	return len(s) <= maxDigits && (value < utf8.RuneSelf && l.in[value] != 0 || l.plain == 0 && l.mayBe(value, at-len(s)))
}

// behind returns where a list may begin that an element is not of: its later digits may
// be, after a letter or the digits of an escape.
func behind(first, after int) int {
	const most = 8 + 3
	if after-first > most {
		return after
	}
	return first + 1
}

// rewind goes back over elements that may be text, at last over later digits of one.
func (l *list) rewind() {
	text := l.under.text
	for {
		first := l.from
		for first > l.begin && l.kinds[text[first-1]] == isGap {
			first--
		}
		at := first
		for first > l.begin && l.kinds[text[first-1]] == isElement {
			first--
		}
		whole := first
		for ; first < at; first = behind(first, at) {
			if _, ok := l.read(first); ok {
				l.from = first
				break
			}
		}
		if first == at || first != whole {
			return
		}
	}
}

// decode keeps the elements that may be text, as bytes, and as characters where these
// differ.
func (l *list) decode() {
	l.bits, l.elements = l.bits[:0], l.elements[:0]
	l.rewind()
	text, end := l.under.text, l.end
	l.bits, l.elements, l.beyond = l.bits[:0], l.elements[:0], false
	for l.from < end {
		after, ok := l.from+1, l.kinds[text[l.from]] == isGap
		if l.kinds[text[l.from]] == isElement {
			after, ok = l.read(l.from)
		}
		if !ok {
			after, end = behind(l.from, after), 0
		}
		l.from = after
	}
	l.begin = l.from
	if len(l.bits) < l.shortest {
		return
	}
	p := piece{bits: 8, list: true}
	if l.kinds == &inHex {
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

// numberOf returns the number that a text of digits is, if that is not too long.
func numberOf(s string) (value uint32) {
	for i := range len(s) {
		value = value*10 + uint32(s[i]-'0')
	}
	return value
}

// read adds an element, and reports whether it may be text.
func (l *list) read(first int) (after int, ok bool) {
	if l.kinds == &inHex {
		return l.readHex(first)
	}
	text := l.under.text
	for after = first; after < l.end && inNumbers[text[after]] == isElement; after++ {
	}
	value := numberOf(text[first:after])
	if after-first > maxDigits || !l.mayBe(value, first) {
		return after, false
	}
	signed := l.isSigned(first)
	l.beyond = l.beyond || signed || value >= utf8.RuneSelf
	switch {
	case value > 0xff:
		value = separator
	case signed:
		value = -value
	}
	l.bits = append(l.bits, byte(value))
	l.elements = append(l.elements, int32(first))
	return after, true
}

// mayBe reports whether a number may be of text: a byte, signed or not, or a code point.
func (l *list) mayBe(value uint32, first int) bool {
	if value > 0xff {
		return l.wide && l.mayHave(rune(value))
	}
	return l.points[value] != 0 || l.isSigned(first) && l.in[byte(-value)] != 0
}

// isSigned reports whether an element has a sign, and isPrefix, whether it is that of 0x.
func (l *list) isSigned(first int) bool { return first > 0 && l.under.text[first-1] == '-' }

func (l *list) isPrefix(first, after int) bool {
	return after == first+1 && after < l.end && l.under.text[after]|0x20 == 'x'
}

// readHex reads the bytes of an element. The zero of 0x is none.
func (l *list) readHex(first int) (after int, ok bool) {
	text, size := l.under.text[:l.end], len(l.bits)
	after, ok = first, true
	for ; ok && after+1 < len(text); after += 2 {
		high, low := values16[text[after]], values16[text[after+1]]
		if high|low > 0xf {
			break
		}
		if ok = l.in[high<<4|low] != 0; ok {
			l.bits = append(l.bits, high<<4|low)
			l.elements = append(l.elements, int32(after))
		}
	}
	for odd := after; after < len(text) && inHex[text[after]] != 0; after++ {
		ok = odd == first && l.isPrefix(first, after+1)
	}
	if !ok {
		l.bits, l.elements = l.bits[:size], l.elements[:size]
	}
	return after, ok
}

// element returns the range of an element of a list, or of a byte of one in hex, and of
// what is before its digits.
func (l *layer) element(first int, isHex bool) (from, to int) {
	for to = first + 1; to < len(l.text) && (isHex && to < first+2 || !isHex && inNumbers[l.text[to]] == isElement); to++ {
	}
	switch {
	case first > 1 && l.text[first-1]|0x20 == 'x' && l.text[first-2] == '0':
		return first - 2, to
	case first > 0 && l.text[first-1] == '-':
		return first - 1, to
	}
	return first, to
}
