package secret

import "unicode/utf8"

// decodeLists adds the lists of bytes that are as long as the shortest pattern, as programs
// print arrays and dumps.
func (d *decoder) decodeLists() {
	hex := 2 * d.shortest
	least := min(hex, d.numbers)
	d.edit = 0
	for from, end := d.next(0, least, &inLists); from < end; from, end = d.next(end, least, &inLists) {
		for _, l := range [...]list{{kinds: &inNumbers, least: d.numbers}, {kinds: &inHex, least: hex}} {
			l.decoder, l.text, l.begin, l.from = d, d.under.text[:end], from, from
			for l.from+l.least <= end {
				if first, stopped := l.back(l.from, l.elementEnd(l.from+l.least), l.plain > 0); stopped {
					l.from = first
				} else {
					l.decode()
				}
			}
		}
	}
}

// list is the rest of one, in numbers or in hex.
type list struct {
	*decoder
	text  string // until its end
	kinds *set   // of bytes
	least int    // bytes of what each pattern has in it
	begin int    // where it begins
	from  int    // where what is left of it begins
}

// elementEnd returns where an element ends that a place is in, or the place.
func (l *list) elementEnd(at int) int {
	text, kinds := l.text, l.kinds
	for at < len(text) && kinds[text[at]] == isElement {
		at++
	}
	return at
}

// back goes back from a place to begin, over elements that may be text, or only over ASCII.
// It reports whether it stopped at another one: its later digits may be an element, after a
// letter or the digits of an escape.
func (l *list) back(begin, at int, plain bool) (first int, stopped bool) {
	text, kinds := l.text, l.kinds
	for first = at; first > begin; {
		if at = first; kinds[text[at-1]] == isGap {
			first--
			continue
		}
		if kinds == &inHex {
			first = l.hexBefore(begin, at)
		} else {
			first = l.numberBefore(begin, at, plain)
		}
		if first == at || first > begin && kinds[text[first-1]] == isElement {
			return first, true
		}
	}
	return first, false
}

// numberBefore returns where the number before a place begins, or its second digit if it may
// not be text.
func (l *list) numberBefore(begin, at int, plain bool) (first int) {
	text, value, scale := l.text, uint32(0), uint32(1)
	begin = max(begin, at-maxDigits)
	for first = at; first > begin && inNumbers[text[first-1]] == isElement; {
		first--
		value += scale * uint32(text[first]-'0')
		scale *= 10
	}
	if first < at && (!l.mayBe(value) || plain && value >= utf8.RuneSelf) {
		first++
	}
	return first
}

// hexBefore returns where the most digits in hex before a place begin that may be text.
func (l *list) hexBefore(begin, at int) (first int) {
	text := l.text
	for first = at; first-2 >= begin; first -= 2 {
		high, low := values16[text[first-2]], values16[text[first-1]]
		if high|low > 0xf || l.in[high<<4|low] == 0 {
			break
		}
	}
	if first == at && first > begin && inHex[text[at-1]] != 0 && at < len(text) && text[at]|0x20 == 'x' {
		first-- // the zero of 0x
	}
	return first
}

// decode keeps the elements that may be text.
func (l *list) decode() {
	first, stopped := l.back(l.begin, l.elementEnd(l.from), false)
	if l.from = first; stopped {
		l.from = l.behind(first)
	}
	text, end := l.text, len(l.text)
	l.bits, l.elements = l.bits[:0], l.elements[:0]
	for l.from < end {
		after, ok := l.from+1, l.kinds[text[l.from]] == isGap
		if l.kinds[text[l.from]] == isElement {
			after, ok = l.read(l.from)
		}
		if !ok {
			after, end = l.behind(l.from+1), 0
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
}

// behind returns where a list may begin that the element before a place is not of: there, or
// at its end if it has more digits than an escape and a number.
func (l *list) behind(first int) int {
	const most = 8 + 3
	from, end := first, l.elementEnd(first)
	for from > l.begin && end-from <= most && l.kinds[l.text[from-1]] == isElement {
		from--
	}
	if end-from > most {
		return end
	}
	return first
}

// maxDigits is how long a number may be.
const maxDigits = 3

// read adds an element, and reports whether it may be text.
func (l *list) read(first int) (after int, ok bool) {
	if l.kinds == &inHex {
		return l.readHex(first)
	}
	text, value := l.text, uint32(0)
	for after = first; after < len(text) && inNumbers[text[after]] == isElement; after++ {
		value = value*10 + uint32(text[after]-'0')
	}
	if after-first > maxDigits || !l.mayBe(value) {
		return after, false
	}
	l.bits = append(l.bits, byte(value))
	l.elements = append(l.elements, int32(first))
	return after, true
}

// mayBe reports whether a number may be a byte of text.
func (l *list) mayBe(value uint32) bool { return value <= 0xff && l.in[value] != 0 }

// readHex reads the bytes of an element, but for the zero of 0x.
func (l *list) readHex(first int) (after int, ok bool) {
	after = l.elementEnd(first)
	if l.hexBefore(first, after) > first {
		return after, false
	}
	for ; first+1 < after; first += 2 {
		l.bits = append(l.bits, values16[l.text[first]]<<4|values16[l.text[first+1]])
		l.elements = append(l.elements, int32(first))
	}
	return after, true
}

// element returns the range of an element of a list, or of a byte of one in hex, and of
// what is before its digits.
func (l *layer) element(first int, isHex bool) (from, to int) {
	for to = first + 1; to < len(l.text) && (isHex && to < first+2 || !isHex && inNumbers[l.text[to]] == isElement); to++ {
	}
	if first > 1 && l.text[first-1]|0x20 == 'x' && l.text[first-2] == '0' {
		return first - 2, to
	}
	return first, to
}
