package secret

import (
	"cmp"
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
}

// run is a range of text in digits of base64, perhaps on several lines, or a list.
type run struct {
	from, to int32 // with what ends it
	count    int32 // of digits
	*parts
}

// parts are those of a run that is not in one row.
type parts struct {
	breaks []lineBreak
	list   []span // of each byte, if it is a list
}

// lineBreak is between two digits of a run.
type lineBreak struct{ before, skipped int }

// at returns where a digit of r is.
func (r *run) at(digit int) int {
	at := int(r.from) + digit
	if r.parts != nil {
		n, _ := slices.BinarySearchFunc(r.breaks, digit+1, func(b lineBreak, digit int) int { return cmp.Compare(b.before, digit) })
		if n > 0 {
			at += r.breaks[n-1].skipped
		}
	}
	return at
}

// below returns the range that the byte at i in a piece was made of.
func (r *run) below(p *piece, i int) (from, to int) {
	bit, bits := int(p.bit)+8*(i-int(p.is)), int(p.bits)
	switch {
	case r.parts != nil && len(r.list) > 0:
		s := r.list[bit/8]
		return s.from, s.to
	case bit+16 > bits*int(r.count): // no byte follows
		return r.at(bit / bits), int(r.to)
	}
	return r.at(bit / bits), r.at((bit+7)/bits) + 1
}

// undoRuns decodes what is a text by itself: each run of base64, with both
// alphabets, and each of hex, from every digit that may be the first; and lists.
// It keeps what may be text.
func undoRuns(l *layer, known *limits) *layer {
	d := &decoder{layer: layer{under: l, split: true}, limits: known}
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
	d := &decoder{layer: layer{under: l, split: true}, limits: known}
	d.bits = []byte(l.text)
	d.run = run{to: int32(len(l.text)), count: int32(len(l.text))}
	d.keep(0, 8*len(l.text), piece{bits: 8})
	return d.finish()
}

// decoder makes a layer of pieces.
type decoder struct {
	layer
	*limits
	parts
	out    strings.Builder
	edit   int  // of the layer below, the next one
	run    run  // the last one
	kept   bool // it is the last of the layer's
	digits []byte
	bits   []byte // of these
	buf    []byte // some of these
}

func (d *decoder) finish() *layer {
	if d.pieces == nil {
		return nil
	}
	d.text = d.out.String()
	return &d.layer
}

func (d *decoder) decodeRuns() {
	const line = 16 // digits that the first line of a run has, unless the pattern is shorter
	text := d.under.text
	least := (d.shortest*8 + 5) / 6
	for from, end := next(text, 0, min(least, line), &inBase64); from < end; {
		if d.readRun(from, end); len(d.digits) >= max(least, 4) {
			if end = int(d.run.to); d.isNew(from, end) {
				d.decodeRun()
			}
		}
		from, end = next(text, end, min(least, line), &inBase64)
	}
}

// next returns the first range from i on of bytes in a set, at least so many of them. It
// looks at the eight bytes before an end at once, and goes on behind the last one that is
// not in the set.
func next[T string | []byte](s T, i, least int, in *set) (from, end int) {
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
		for end < len(s) && in[s[end]] != 0 {
			end++
		}
		return i, end
	}
	return len(s), len(s)
}

// isNew reports whether an edit made or touches what is at a place behind all that it was
// asked about. Else the layer below has the same, and it was decoded there.
func (d *decoder) isNew(from, end int) bool {
	edits := d.under.edits
	for d.edit < len(edits) && edits[d.edit].isEnd() < from {
		d.edit++
	}
	return edits == nil || d.edit < len(edits) && int(edits[d.edit].is) <= end
}

// readRun reads the digits of a run, on further lines too.
func (d *decoder) readRun(from, end int) {
	text := d.under.text
	d.begin()
	d.digits = append(d.digits[:0], text[from:end]...)
	for skipped := 0; ; {
		next := nextLine(text, end)
		if next == end {
			break
		}
		skipped += next - end
		d.breaks = append(d.breaks, lineBreak{len(d.digits), skipped})
		for end = next; end < len(text) && inBase64[text[end]] != 0; {
			end++
		}
		d.digits = append(d.digits, text[next:end]...)
	}
	for pad := end + 2; end < min(len(text), pad) && text[end] == '='; {
		end++
	}
	d.run = run{from: int32(from), to: int32(end), count: int32(len(d.digits))}
}

// begin begins a run, of which nothing is kept yet.
func (d *decoder) begin() {
	d.run, d.kept, d.parts = run{}, false, parts{d.breaks[:0], d.list[:0]}
}

// nextLine returns where a run goes on after a line break at end, or end.
func nextLine(text string, end int) int {
	if end == len(text) || text[end] != '\r' && text[end] != '\n' {
		return end
	}
	next := end
	for next < len(text) && strings.IndexByte("\r\n\t ", text[next]) >= 0 {
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
	d.bits = decode64(d.bits[:0], d.digits)
	for bit := 0; bit < 4*6; bit += 6 {
		d.keep(bit, 6*len(d.digits), piece{bit: int32(bit), bits: 6})
	}
	for from, end := next(d.digits, 0, 2*d.shortest, &inHex); from < end; {
		d.bits = decode16(d.bits[:0], d.digits[from:end])
		for bit := 0; bit < 2*4; bit += 4 {
			d.keep(bit, 4*(end-from), piece{bit: int32(4*from + bit), bits: 4})
		}
		from, end = next(d.digits, end, 2*d.shortest, &inHex)
	}
}

// keep adds the pieces of d.bits that may be text. It takes from which bit to which one,
// and the piece that is there.
func (d *decoder) keep(bit, end int, first piece) {
	size := (end - bit) / 8
	d.bits = append(d.bits, make([]byte, lookAhead)...)
	s := d.bits[bit/8:]
	bit %= 8
	for from, end := d.nextText(s, bit, size, 0); from < end; from, end = d.nextText(s, bit, size, end) {
		d.buf = moveBits(d.buf[:0], s[from:end+1], bit)[:end-from]
		p := first
		p.bit += int32(8 * from)
		d.add(p)
	}
}

// add adds a piece, which is d.buf.
func (d *decoder) add(p piece) {
	if !d.kept {
		d.kept = true
		if len(d.breaks)+len(d.list) > 0 {
			d.run.parts = &parts{slices.Clone(d.breaks), slices.Clone(d.list)}
		}
		d.runs = append(d.runs, d.run)
	}
	p.is, p.run = int32(d.out.Len()), int32(len(d.runs)-1)
	d.pieces = append(d.pieces, p)
	d.out.Write(d.buf)
	d.out.WriteByte(separator)
}
