package secret

import "unicode/utf8"

// notation is one of bytes or characters in a list, as programs print arrays and dumps.
type notation struct {
	set  *set // of elements
	read func(buf []byte, s string, isSigned bool) (out []byte, ok bool)
}

// notations are all; those beyond the second one are of characters beyond ASCII.
var notations = [...]notation{{&inNumber, readDecimal}, {&inHex, readHex}, {&inNumber, readCodePoint}}

// readDecimal appends a byte, signed or not.
func readDecimal(buf []byte, s string, isSigned bool) (out []byte, ok bool) {
	value, n := digits(s, 10, 3)
	if isSigned {
		value = -value & 0xff
	}
	return append(buf, byte(value)), n == len(s) && value <= 0xff
}

// readHex appends bytes of two digits each.
func readHex(buf []byte, s string, _ bool) (out []byte, ok bool) {
	return decode16(buf, []byte(s)), len(s)%2 == 0
}

// readCodePoint appends the character of a code point.
func readCodePoint(buf []byte, s string, _ bool) (out []byte, ok bool) {
	const most = 7
	value, n := digits(s, 10, most)
	return utf8.AppendRune(buf, rune(value)), n == len(s)
}

// decodeLists adds the lists that are as long as the shortest pattern.
func (d *decoder) decodeLists() {
	const least = 3 // bytes of an element and a separator
	known := notations[:]
	if !d.wide {
		known = known[:2]
	}
	stride := least*d.shortest - 1
	for from, end := next(d.under.text, 0, stride, &inLists); from < end; {
		for _, n := range known {
			l := list{d, n, from, end}
			l.decode(stride)
		}
		from, end = next(d.under.text, end, stride, &inLists)
	}
}

// list is the rest of one, in a notation.
type list struct {
	*decoder
	notation
	from, end int
}

// decode keeps what may be text. Like [next], it looks first at what is a stride away.
func (l *list) decode(stride int) {
	for l.from+stride <= l.end {
		if l.fails(l.from + stride) {
			continue
		}
		l.begin()
		l.buf = l.buf[:0]
		for ok := true; ok && l.from < l.end; {
			first, after := l.first()
			if l.buf, ok = l.element(first, after); !ok {
				l.from = l.behind(first, after)
				break
			}
			for len(l.list) < len(l.buf) {
				l.list = append(l.list, l.shown(first, after))
			}
			l.from = after
		}
		l.keep(piece{bits: 8})
	}
}

// fails reports whether an element is no text, from the one at a place back, and goes on
// behind it.
func (l *list) fails(at int) bool {
	text := l.under.text
	for at < l.end && l.set[text[at]] != 0 {
		at++
	}
	for {
		for at > l.from && l.set[text[at-1]] == 0 {
			at--
		}
		first := at
		for first > l.from && l.set[text[first-1]] != 0 {
			first--
		}
		if first == at {
			return false
		}
		if _, ok := l.element(first, at); !ok {
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

// first returns the next element.
func (l *list) first() (first, after int) {
	text := l.under.text
	for first = l.from; first < l.end && l.set[text[first]] == 0; first++ {
	}
	for after = first; after < l.end && l.set[text[after]] != 0; after++ {
	}
	return first, after
}

// element returns l.buf with an element, and whether it may be text.
func (l *list) element(first, after int) (out []byte, ok bool) {
	text := l.under.text
	if first == after || after-first == 1 && after < l.end && text[after]|0x20 == 'x' { // 0x
		return l.buf, true
	}
	out, ok = l.read(l.buf, text[first:after], first > l.from && text[first-1] == '-')
	for _, b := range out[len(l.buf):] {
		ok = ok && l.in[b] != 0
	}
	if !ok {
		out = l.buf
	}
	return out, ok
}

// shown returns the range of an element with what is before its digits.
func (l *list) shown(first, after int) span {
	text := l.under.text
	switch {
	case first > 1 && text[first-1]|0x20 == 'x' && text[first-2] == '0':
		first -= 2
	case first > 0 && text[first-1] == '-':
		first--
	}
	return span{first, after}
}
