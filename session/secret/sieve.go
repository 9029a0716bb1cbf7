package secret

import (
	"encoding/binary"
	"math/bits"
)

// found is where digits may be text: bytes from a bit on.
type found struct{ bit, bytes int }

const (
	blockBits  = 48 // of both six digits of eight bits, eight of six, and twelve of four
	blockBytes = blockBits / 8
	apart      = 10 // bytes between zeros in UTF-16
	everyByte  = 0x0101010101010101
	everyHigh  = 0x80 * everyByte
)

// sieve returns where digits of that many bits (8, 6 or 4) may be text as long as the
// shortest pattern, or text in UTF-16, whichever digit is the first. It looks at six
// bytes at once, and takes a little more than text: almost all of what is not text
// is never decoded. Behind the count, digits are padded.
func sieve(digits []byte, count, width int, known *limits) []found {
	s := siever{width: width, limits: known, count: count}
	step := width & -width // between the bits of a byte where a text may begin
	per := blockBits / width
	// Where a block begins in a text, so many bytes of one of them are text at least.
	head := min(max(known.shortest-blockBytes+1, 1), blockBytes)
	need := uint64(everyHigh) << (8 * (blockBytes - head)) & inner
	var last [4]uint64 // what is no text in the last block, of each bit
	var before uint64
	block := blockOf(digits, width)
	for at := 0; at < count; at += per {
		after := blockOf(digits[at+per:], width)
		for bit := 0; bit < 8; bit += step {
			word := before<<((56+bit)&63) | block<<((8+bit)&63) | after>>((40-bit)&63)
			others := ^textOf(word)
			if known.wide {
				others &^= beyondOf(word)
			}
			zeros := (word - everyByte) &^ word & everyHigh
			switch {
			case zeros&(zeros<<16) != 0:
				s.found(bit, at/per*blockBytes, apart)
			case others&need == 0 && s.isLong(last[bit/2], others&inner):
				s.found(bit, at/per*blockBytes, blockBytes)
			}
			last[bit/2] = others & inner
		}
		before, block = block, after
	}
	for bit := 0; bit < 8; bit += step {
		s.add(bit, s.open[bit/2])
	}
	return s.all
}

// inner has the bit of each byte of a block in a word, which has a byte beside it at
// both ends.
const inner = everyHigh &^ (0x80<<56 | 0x80)

// textOf returns the high bit of each byte that is printable ASCII, or a control
// character from \b to SI.
func textOf(word uint64) uint64 { return ^word & (word<<1 | word<<2 | word<<4&^(word<<3)) & everyHigh }

// beyondOf returns the high bit of each byte that goes with the one beside it in UTF-8.
func beyondOf(word uint64) uint64 {
	lead := word & (word << 1) & everyHigh
	rest := word &^ (word << 1) & everyHigh
	return lead&(rest<<8) | rest&(word>>8)
}

// pad returns digits with ones behind them, so that whole blocks can be read.
func pad(digits []byte) []byte { return append(digits, ones...) }

const ones = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"

type siever struct {
	*limits
	width, count int
	all          []found
	open         [4]span // the last found of each bit, which may go on
}

// isLong reports whether what is text at the end of the last block and at the beginning
// of this one may be long enough, or goes on.
func (s *siever) isLong(last, others uint64) bool {
	end, head := bits.TrailingZeros64(last)/8-1, bits.LeadingZeros64(others)/8-1
	return end >= blockBytes || head >= blockBytes || end+head >= s.shortest
}

// found adds a block, whose bytes begin at a bit, and the bytes beside it.
func (s *siever) found(bit, at, beside int) {
	open := &s.open[bit/2]
	if at-beside > open.to {
		s.add(bit, *open)
		open.from = at - beside
	}
	open.to = max(open.to, at+blockBytes+beside)
}

func (s *siever) add(bit int, at span) {
	at.from = max(at.from, 0)
	at.to = min(at.to, (s.width*s.count-bit)/8)
	if at.to-at.from >= s.shortest {
		s.all = append(s.all, found{bit + 8*at.from, at.to - at.from})
	}
}

// blockOf returns the bits of the first digits, of at least 16.
func blockOf(digits []byte, width int) uint64 {
	v := binary.BigEndian.Uint64(digits)
	switch width {
	case 8:
		return v >> 16
	case 6:
		v = v&0x003f003f003f003f | v&0x3f003f003f003f00>>2
		v = v&0x00000fff00000fff | v&0x0fff00000fff0000>>4
		return v&0xffffff | v>>32<<24
	}
	return nibbles(v)<<16 | nibbles(uint64(binary.BigEndian.Uint32(digits[8:])))
}

// nibbles joins eight digits of hex.
func nibbles(v uint64) uint64 {
	v &= 0x0f * everyByte
	v = (v | v>>4) & 0x00ff00ff00ff00ff
	v = (v | v>>8) & 0x0000ffff0000ffff
	return (v | v>>16) & 0xffffffff
}

// decodeBits appends the bytes that were found in digits, which are padded.
func decodeBits(buf, digits []byte, width int, at found) []byte {
	end := len(buf) + at.bytes
	digits = digits[at.bit/width:]
	skip := at.bit % width // bits of the first digit, which are of the byte before
	for per := blockBits / width; len(buf) < end; digits = digits[per:] {
		v := blockOf(digits, width)<<(16+skip) | uint64(digits[per]&(1<<width-1))<<(16-width+skip)
		buf = binary.BigEndian.AppendUint64(buf, v)[:len(buf)+blockBytes]
	}
	return buf[:end]
}
