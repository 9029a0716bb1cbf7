package secret

import (
	"encoding/binary"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// limits is what undoing needs to know of the patterns.
type limits struct {
	wide     bool          // a pattern has bytes beyond ASCII
	shortest int           // characters of the shortest pattern, or of the beginning that a cut-off text is to have
	plain    int           // characters of ASCII in a row that each of these has, 8 at most
	shifts   []uint        // bits to shift eight bytes by, so that each has the bits of so many
	numbers  int           // bytes of a list of all that each of these has, or of the shortest one without any
	reach    int           // bytes of a form of the longest one, as it is when one form is undone
	in       set           // bytes of patterns in every form
	runes    map[rune]bool // beyond ASCII, likewise
	bytes    set           // of patterns themselves, also in windows-1252, and of most text in ASCII
	pairs    pairs         // of bytes in a row, likewise
}

// isControl reports whether c is a control character that is rare in text.
func isControl(c byte) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f }

// add adds the bytes of a pattern, as they are, in either case and normalization, and
// misread.
func (k *limits) add(text string) {
	for i := range len(text) {
		k.in[text[i]], k.bytes[text[i]] = 1, 1
	}
	if plainRun(text) == len(text) {
		return
	}
	k.wide = true
	for _, s := range []string{text, strings.ToUpper(text), strings.ToLower(text)} {
		for _, r := range s + norm.NFC.String(s) {
			k.addRune(r)
			if b, ok := windows1252(r); ok {
				k.bytes[b] = 1
			}
		}
	}
}

// mayHave reports whether a character may be in a form of a pattern.
func (k *limits) mayHave(r rune) bool {
	return k.runes[r] || r < utf8.RuneSelf && k.in[r] != 0
}

// addRune adds the bytes of a character in UTF-8, UTF-16 and windows-1252, and those of
// what misreads these.
func (k *limits) addRune(r rune) {
	if r < utf8.RuneSelf || r == utf8.RuneError || k.runes[r] {
		return
	}
	k.runes[r] = true
	for _, unit := range utf16.AppendRune(nil, r) {
		k.in[byte(unit>>8)], k.in[byte(unit)] = 1, 1
	}
	if b, ok := windows1252(r); ok {
		k.in[b] = 1
	}
	one := utf8.AppendRune(nil, r)
	for _, b := range one {
		k.in[b] = 1
		k.addRune(rune(b))
		k.addRune(charmap.Windows1252.DecodeByte(b))
	}
	for _, part := range string(norm.NFD.Properties(one).Decomposition()) {
		k.addRune(part)
	}
}

// pairs has a bit for each two bytes.
type pairs [1 << 16 / 64]uint64

// noText is behind bytes that are read many at once.
var noText = [16]byte(slices.Repeat([]byte{0xff}, 16))

func (p *pairs) add(first, second byte) { p[int(first)<<2|int(second)>>6] |= 1 << (second & 63) }

// has reports whether it has the two bytes that begin at a bit of s.
func (p *pairs) has(s []byte, bit int) bool {
	pair := binary.BigEndian.Uint32(s) << bit >> 16
	return p[pair>>6]>>(pair&63)&1 != 0
}

// addPairs adds the bytes that may be in a row where forms of patterns are text.
func (k *limits) addPairs() {
	all, bytes := slices.Collect(maps.Keys(k.runes)), []rune(nil)
	for c, is := range k.bytes {
		if is == 0 {
			continue
		}
		bytes = append(bytes, rune(c))
		if c < utf8.RuneSelf {
			all = append(all, rune(c))
		}
	}
	k.addPairsIn(bytes, func(buf []byte, r rune) []byte { return append(buf, byte(r)) })
	k.addPairsIn(all, utf8.AppendRune)
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		k.addPairsIn(all, func(buf []byte, r rune) []byte {
			for _, unit := range utf16.AppendRune(nil, r) {
				buf = order.AppendUint16(buf, unit)
			}
			return buf
		})
	}
}

// addPairsIn adds those that any two characters of an alphabet have in an encoding.
func (k *limits) addPairsIn(alphabet []rune, encode func(buf []byte, r rune) []byte) {
	var lasts set
	var buf [utf8.UTFMax]byte
	firsts := make([]byte, 0, len(alphabet))
	for _, r := range alphabet {
		b := encode(buf[:0], r)
		for i := range len(b) - 1 {
			k.pairs.add(b[i], b[i+1])
		}
		firsts = append(firsts, b[0])
		lasts[b[len(b)-1]] = 1
	}
	for last, isLast := range lasts {
		for i := 0; isLast != 0 && i < len(firsts); i++ {
			k.pairs.add(byte(last), firsts[i])
		}
	}
}

// textAround returns the range around a byte, from a first one to a last one, of bytes that
// may be in a row. The bytes begin at a bit of s, and some follow them.
func (k *limits) textAround(s []byte, bit, first, at, last int) (from, end int) {
	for from = at; from > first && k.pairs.has(s[from-1:], bit); from-- {
	}
	for end = at + 1; end < last; end++ {
		for end+8 <= last && arePrintable(s[end:], bit) {
			end += 8
		}
		if end == last || !k.pairs.has(s[end-1:], bit) {
			break
		}
	}
	return from, end
}

// arePrintable reports whether the eight bytes that begin at a bit of s are of printable
// ASCII.
func arePrintable(s []byte, bit int) bool {
	const high = 0x8080808080808080
	word := binary.BigEndian.Uint64(s)<<bit | uint64(s[8]>>(8-bit))
	return word&high == 0 && (word<<1|word<<2)&high == high // from the blank on
}

// plainRun returns how many characters of ASCII a text has in a row.
func plainRun(text string) (most int) {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return r >= utf8.RuneSelf }) {
		most = max(most, len(run))
	}
	return most
}

// bytesInNumbers returns how long a list is at least of so many characters of a text: each
// has two digits or more, but for some control characters, and one byte before the next.
func bytesInNumbers(text string, count int) int {
	bytes := 3*count - 1
	for _, r := range text {
		if r < 10 {
			bytes--
		}
	}
	return max(bytes, 1)
}

// beginning returns as much of a text as is found where a text is cut off, or the whole
// text.
func beginning(text string) string {
	for i := range text {
		if len(fold(text[:i])) >= minCut {
			return text[:i]
		}
	}
	return text
}
