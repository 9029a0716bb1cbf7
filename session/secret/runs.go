package secret

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
)

// separator ends each piece of a layer.
const separator = 0x1f

// piece is a part of a run, or of a list, decoded.
type piece struct {
	is   int32 // where it begins in this text
	bit  int32 // where it begins in the run
	run  int32 // which one of the layer
	bits int8  // of a digit: 6 or 4, or 8 of a byte as it is
	list bool  // bit counts the elements of the layer's lists: in hex if bits are 4
}

// run is a range of text in digits of base64, perhaps on several lines.
type run struct {
	from, to int32 // with what ends it
	count    int32 // of digits
	breaks   []lineBreak
}

// lineBreak is between two digits of a run.
type lineBreak struct{ before, skipped int }

// at returns where a digit of r is.
func (r *run) at(digit int) int {
	at := int(r.from) + digit
	n, _ := slices.BinarySearchFunc(r.breaks, digit+1, func(b lineBreak, digit int) int { return cmp.Compare(b.before, digit) })
	if n > 0 {
		at += r.breaks[n-1].skipped
	}
	return at
}

// below returns the range that the byte at i in a piece was made of.
func (r *run) below(p *piece, i int) (from, to int) {
	bit, bits := int(p.bit)+8*(i-int(p.is)), int(p.bits)
	if bit+16 > bits*int(r.count) { // no byte follows
		return r.at(bit / bits), int(r.to)
	}
	return r.at(bit / bits), r.at((bit+7)/bits) + 1
}

// undoRuns decodes what is a text by itself: each run of base64, with both
// alphabets, and each of hex, from every digit that may be the first; and lists.
// It keeps what may be text.
func undoRuns(l *layer, known *limits) *layer {
	d := decoder{layer: layer{under: l, split: true}, limits: known}
	d.decodeRuns()
	d.decodeLists()
	return d.finish()
}

// undoBinary keeps what may be text among other bytes, or returns nil where there are
// few of these.
func undoBinary(l *layer, known *limits) *layer {
	const few = 64  // bytes of text to another one
	const step = 17 // it looks at one byte of these
	others := 0
	for i := 0; i < len(l.text); i += step {
		if isControl(l.text[i]) {
			others++
		}
	}
	if others*few*step <= len(l.text) {
		return nil
	}
	d := decoder{layer: layer{under: l, split: true}, limits: known}
	d.bits = []byte(l.text)
	d.run = run{to: int32(len(l.text)), count: int32(len(l.text))}
	d.keep(0x80, 8*len(l.text), piece{bits: 8})
	return d.finish()
}

// decoder makes a layer of pieces.
type decoder struct {
	layer
	*limits
	out      strings.Builder
	edit     int  // of the layer below, the next one
	run      run  // the last one
	kept     bool // it is the last of the layer's
	digits   string
	bits     []byte  // of these
	buf      []byte  // some of these
	elements []int32 // where each of these begins, of a list
}

func (d *decoder) finish() *layer {
	if d.pieces == nil {
		return nil
	}
	made := d.layer
	made.text = d.out.String()
	return &made
}

func (d *decoder) decodeRuns() {
	const line = 16 // digits that the first line of a run has, unless the pattern is shorter
	least := (d.shortest*8 + 5) / 6
	for from, end := d.next(0, min(least, line), &inBase64); from < end; from, end = d.next(end, min(least, line), &inBase64) {
		if d.readRun(from, end); len(d.digits) >= max(least, 4) {
			end = int(d.run.to)
			d.decodeRun()
		}
	}
}

// next returns the first range from i on of bytes in a set, at least so many of them, that
// an edit made or joined, on the same line or a further one. Else the layer below has the
// same, and it was decoded there.
func (d *decoder) next(i, least int, in *set) (from, end int) {
	text, edits := d.under.text, d.under.edits
	if edits == nil {
		return next(text, i, least, in)
	}
	for ; d.edit < len(edits); d.edit++ {
		e := &edits[d.edit]
		at := max(i, int(e.is))
		if e.written > 0 {
			for at < e.isEnd() && (in[text[at]]|inJoints[text[at]]) == 0 {
				at++
			}
			if at >= e.isEnd() {
				continue
			}
		}
		for at > i && text[at-1] == '=' {
			at-- // it pads what is before
		}
		for ; at <= e.isEnd(); at = end + 1 {
			from = firstLine(text, i, at, in)
			for end = from; end < len(text) && in[text[end]] != 0; end++ {
			}
			if end-from >= least {
				return from, end
			}
			i = end
		}
	}
	return len(text), len(text)
}

// firstLine returns where a range of bytes in a set begins that reaches a place from one
// from i on, also over line breaks.
func firstLine(text string, i, at int, in *set) int {
	for {
		for at > i && in[text[at-1]] != 0 {
			at--
		}
		end := at
		for end > i && isBlank(text[end-1]) {
			end--
		}
		if end == i || end == at || in[text[end-1]] == 0 || text[end] != '\r' && text[end] != '\n' {
			return at
		}
		at = end
	}
}

// inJoints has what may be between two lines of base64, and behind it.
var inJoints = bytesOf("\r\n\t =")

func isBlank(c byte) bool { return c == '\r' || c == '\n' || c == '\t' || c == ' ' }

// next returns the first range from i on of bytes in a set, at least so many of them. It
// looks at the eight bytes before an end at once, and goes on behind the last one that is
// not in the set.
func next(s string, i, least int, in *set) (from, end int) {
	const together = 8
	for end = i + least; end <= len(s); end = i + least {
		from = end
		if at := end - together; at >= 0 {
			b := s[at:end]
			if at+together/2 >= i && in[b[7]]&in[b[6]]&in[b[5]]&in[b[4]] == 0 {
				i = max(i, end-together/2) + 1
				continue
			}
			are := in[b[7]]<<7 | in[b[6]]<<6 | in[b[5]]<<5 | in[b[4]]<<4 | in[b[3]]<<3 | in[b[2]]<<2 | in[b[1]]<<1 | in[b[0]]
			last := bits.LeadingZeros8(^are)
			if last < min(together, least) {
				i = end - last
				continue
			}
			from -= last
		}
		for from > i && in[s[from-1]] != 0 {
			from--
		}
		if from > i {
			i = from
			continue
		}
		for end+together <= len(s) {
			b := s[end : end+together]
			if in[b[0]]&in[b[1]]&in[b[2]]&in[b[3]]&in[b[4]]&in[b[5]]&in[b[6]]&in[b[7]] == 0 {
				break
			}
			end += together
		}
		for end < len(s) && in[s[end]] != 0 {
			end++
		}
		return i, end
	}
	return len(s), len(s)
}

// readRun reads the digits of a run, on further lines too.
func (d *decoder) readRun(from, end int) {
	text := d.under.text
	breaks := d.run.breaks[:0]
	d.digits = text[from:end]
	var lines strings.Builder // if they are several
	for skipped := 0; ; {
		next := nextLine(text, end)
		if next == end {
			break
		}
		if skipped == 0 {
			lines.WriteString(d.digits)
		}
		skipped += next - end
		breaks = append(breaks, lineBreak{lines.Len(), skipped})
		for end = next; end < len(text) && inBase64[text[end]] != 0; {
			end++
		}
		lines.WriteString(text[next:end])
		d.digits = lines.String()
	}
	for pad := end + 2; end < min(len(text), pad) && text[end] == '='; {
		end++
	}
	d.run, d.kept = run{int32(from), int32(end), int32(len(d.digits)), breaks}, false
}

// nextLine returns where a run goes on after a line break at end, or end.
func nextLine(text string, end int) int {
	if end == len(text) || text[end] != '\r' && text[end] != '\n' {
		return end
	}
	next := end
	for next < len(text) && isBlank(text[next]) {
		next++
	}
	if next == len(text) || inBase64[text[next]] == 0 {
		return end
	}
	return next
}

// decodeRun keeps what a run is in base64 and in hex, from each digit that may be the
// first.
func (d *decoder) decodeRun() {
	const base64, hex = 0x80 | 0x02 | 0x08 | 0x20, 0x80 | 0x08
	d.bits = decode64(d.bits[:0], d.digits)
	d.keep(base64, 6*len(d.digits), piece{bits: 6})
	for from, end := next(d.digits, 0, 2*d.shortest, &inHex); from < end; {
		d.bits = decode16(d.bits[:0], d.digits[from:end])
		d.keep(hex, 4*(end-from), piece{bit: int32(4 * from), bits: 4})
		from, end = next(d.digits, end, 2*d.shortest, &inHex)
	}
}

// keep adds the pieces of d.bits that may be text: they have at least so many bytes as the
// shortest pattern has, and as much ASCII in a row as all have. Firsts has the bits at
// which a byte may begin, and size is that of all.
func (d *decoder) keep(firsts uint64, size int, p piece) {
	const every, together = 0x0101010101010101, 8
	d.bits = append(d.bits, noText[:]...)
	s, bit := d.bits, p.bit
	var done [8]int // for each first bit
	for at := 0; 8*at < size; at += together {
		beyond, next := binary.LittleEndian.Uint64(s[at:]), binary.LittleEndian.Uint64(s[at+together:])
		for _, n := range d.shifts { // in each byte the bits of those from there on
			beyond |= beyond>>(n%64) | next<<((64-n)%64)
			next |= next >> (n % 64)
		}
		if d.plain == 0 {
			beyond = 0
		}
		for ascii := ^beyond & (firsts * every); ascii != 0; {
			n := bits.TrailingZeros64(ascii)
			i, first := at+n/8, 7-n%8
			last := (size - first) / 8
			if ascii &= ascii - 1; at+together <= done[first] {
				ascii &^= every << (n % 8)
			}
			if i < done[first] || i+d.plain > last {
				continue
			}
			from, end := d.textAround(s, first, done[first], i, last)
			if done[first] = end; end-from < d.shortest {
				continue
			}
			d.buf = moveBits(d.buf[:0], s[from:end+1], first)[:end-from]
			p.bit = bit + int32(8*from+first)
			d.add(p)
		}
	}
}

// add adds a piece, which is d.buf.
func (d *decoder) add(p piece) {
	if p.list {
		from := int(p.bit / 8)
		p.bit = int32(len(d.starts))
		d.starts = append(double(d.starts, len(d.buf)), d.elements[from:from+len(d.buf)]...)
	} else if !d.kept {
		d.kept = true
		d.runs = append(d.runs, d.run)
		d.runs[len(d.runs)-1].breaks = slices.Clone(d.run.breaks)
	}
	p.is, p.run = int32(d.out.Len()), int32(len(d.runs)-1)
	d.pieces = append(double(d.pieces, 1), p)
	d.out.Grow(len(d.buf) + 1)
	d.out.Write(d.buf)
	d.out.WriteByte(separator)
}

// double returns s with room for n more. To add to a long slice without it copies it five
// times.
func double[T any](s []T, n int) []T {
	if cap(s)-len(s) < n {
		return slices.Grow(s, len(s)+n)
	}
	return s
}
