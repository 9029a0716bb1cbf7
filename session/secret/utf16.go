package secret

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// undoUTF16LE and undoUTF16BE turn UTF-16 of one byte order into UTF-8, wherever
// it is.
func undoUTF16LE(l *layer, known *limits) *layer { return undoUTF16(l, known, 1) }
func undoUTF16BE(l *layer, known *limits) *layer { return undoUTF16(l, known, 0) }

// halfUnit is a unit that a piece breaks off in.
const halfUnit = "\x00" + string(rune(separator))

// undoUTF16 takes which byte of a unit is the high one. It undoes what is around a zero.
// One unit alone is a byte beside a zero.
func undoUTF16(l *layer, known *limits, high int) *layer {
	const least = 2 // units
	b := newBuilder(l, known)
	var buf [utf8.UTFMax]byte
	for i := 0; ; {
		zero := l.next(0, i)
		if zero == len(l.text) {
			return b.finish()
		}
		at := zero - high
		if i = zero + 1; at < b.done {
			continue
		}
		for at-2 >= b.done && known.mayHaveUnit(unitAt(l.text, at-2, high)) {
			at -= 2
		}
		end := at
		for end+2 <= len(l.text) && known.hasUnitSoon(l.text, end, high) {
			end += 2
		}
		i = max(i, end)
		if end-at < 2*least {
			continue
		}
		for at < end {
			r, n := unitAt(l.text, at, high), 2
			if utf16.IsSurrogate(r) && at+4 <= len(l.text) {
				r, n = utf16.DecodeRune(r, unitAt(l.text, at+2, high)), 4
			}
			if rest := l.text[at+n:]; high == 0 && (rest == "\x00" || l.split && strings.HasPrefix(rest, halfUnit)) {
				n++
				end = at + n
			}
			b.replace(at, at+n, utf8.AppendRune(buf[:0], r)...)
			at += n
		}
		i = max(i, b.done)
	}
}

// mayHaveUnit reports whether a unit of UTF-16 is of Latin-1, or may be in a form of a
// pattern.
func (k *limits) mayHaveUnit(r rune) bool {
	return r > 0 && (r <= 0xff || utf16.IsSurrogate(r) || k.mayHave(r))
}

// hasUnitSoon reports whether such a unit is at i, or soon after it.
func (k *limits) hasUnitSoon(text string, i, high int) bool {
	const soon = 4
	for end := i + 2*soon; i < end && i+2 <= len(text); i += 2 {
		if k.mayHaveUnit(unitAt(text, i, high)) {
			return true
		}
	}
	return false
}

// unitAt returns the unit of UTF-16 at i, whose high byte is the first or second.
func unitAt(text string, i, high int) rune {
	return rune(text[i+high])<<8 | rune(text[i+1-high])
}
