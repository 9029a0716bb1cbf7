package secret

import (
	"slices"
	"strings"
)

// separator ends each piece of a layer.
const separator = 0x1f

// piece is a part of a run, or of a list, decoded.
type piece struct {
	is   int32 // where it begins in this text
	bit  int32 // where it begins in the run
	bits int8  // of a digit: 6 or 4, or 8 of a byte as it is
	run  *run
}

// run is a range of text in digits of base64, perhaps on several lines, or a list.
type run struct {
	from, to int // with what ends it
	count    int // of digits
	breaks   []lineBreak
	list     []span // of each byte, if it is a list
}

// lineBreak is between two digits of a run.
type lineBreak struct{ before, skipped int }

// at returns where a digit of r is.
func (r *run) at(digit int) int {
	skipped := 0
	for lo, hi := 0, len(r.breaks); lo < hi; {
		mid := (lo + hi) / 2
		if r.breaks[mid].before > digit {
			hi = mid
			continue
		}
		skipped = r.breaks[mid].skipped
		lo = mid + 1
	}
	return r.from + digit + skipped
}

// below returns the range that the byte at i was made of.
func (p *piece) below(i int) (from, to int) {
	bit, bits := int(p.bit)+8*(i-int(p.is)), int(p.bits)
	if p.run.list != nil {
		s := p.run.list[bit/8]
		return s.from, s.to
	}
	if bit+16 > bits*p.run.count { // no byte follows
		return p.run.at(bit / bits), p.run.to
	}
	return p.run.at(bit / bits), p.run.at((bit+7)/bits) + 1
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
		if kinds[l.text[i]] == control {
			others++
		}
	}
	if others*few*step <= len(l.text) {
		return nil
	}
	d := &decoder{layer: layer{under: l, split: true}, limits: known}
	d.digits = append(make([]byte, 0, len(l.text)+len(ones)), l.text...)
	d.run = run{to: len(l.text), count: len(l.text)}
	d.decode(d.digits, 0, 8)
	return d.finish()
}

// decoder makes a layer of pieces.
type decoder struct {
	layer
	*limits
	out    strings.Builder
	buf    []byte
	run    run    // the last one
	digits []byte // their values
	nibble []byte // the values of digits of hex in a row
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
	digits := (d.shortest*8 + 5) / 6
	stride := min(digits, line)
	for i, done := stride-1, 0; i < len(text); {
		if values64[text[i]] < 0 {
			i += stride
			continue
		}
		from := i
		for from > done && values64[text[from-1]] >= 0 {
			from--
		}
		end := d.readLine(from, 0)
		if end-from >= stride {
			if d.readRun(from, end); d.run.count >= digits {
				d.decodeRun()
				end = d.run.to
			}
		}
		done = end
		i = end + stride
	}
}

// readLine reads the digits at a place, behind those that there are, and returns
// where they end.
func (d *decoder) readLine(at, have int) (end int) {
	line := d.under.text[at:]
	n := 0
	for n < len(line) && values64[line[n]] >= 0 {
		n++
	}
	d.digits = slices.Grow(d.digits[:have], n+len(ones))[:have+n]
	for i, values := 0, d.digits[have:]; i < len(values); i++ {
		values[i] = byte(values64[line[i]])
	}
	return at + n
}

// readRun reads a run on from its first line.
func (d *decoder) readRun(from, end int) {
	text := d.under.text
	d.run = run{from: from}
	for skipped := 0; ; {
		next := nextLine(text, end)
		if next == end {
			break
		}
		skipped += next - end
		d.run.breaks = append(d.run.breaks, lineBreak{len(d.digits), skipped})
		end = d.readLine(next, len(d.digits))
	}
	d.run.count = len(d.digits)
	for d.run.to = end; d.run.to < len(text) && d.run.to < end+2 && text[d.run.to] == '='; {
		d.run.to++
	}
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
	if next == len(text) || values64[text[next]] < 0 {
		return end
	}
	return next
}

func (d *decoder) decodeRun() {
	d.decode(d.digits, 0, 6)
	digits, stride := d.digits, 2*d.shortest
	for i, done := stride-1, 0; i < len(digits); {
		if values16[digits[i]] < 0 {
			i += stride
			continue
		}
		from, end := i, i+1
		for from > done && values16[digits[from-1]] >= 0 {
			from--
		}
		for end < len(digits) && values16[digits[end]] >= 0 {
			end++
		}
		done, i = end, end+stride
		if end-from < stride {
			continue
		}
		d.nibble = slices.Grow(d.nibble[:0], end-from+len(ones))
		for _, v := range digits[from:end] {
			d.nibble = append(d.nibble, byte(values16[v]))
		}
		d.decode(d.nibble, from, 4)
	}
}

// decode keeps the texts that digits of that many bits may be, whichever digit is the
// first of one. The first digit is that one of the run.
func (d *decoder) decode(digits []byte, first, bits int) {
	var made *run
	padded := pad(digits)
	for _, found := range sieve(padded, len(digits), bits, d.limits) {
		d.buf = decodeBits(d.buf[:0], padded, bits, found)
		if made == nil {
			made = new(d.run)
		}
		d.keep(piece{run: made, bit: int32(bits*first + found.bit), bits: int8(bits)})
	}
}

// keep adds the pieces of d.buf, of which it has the first, that may be text, or text in
// UTF-16.
func (d *decoder) keep(first piece) {
	add := func(from, end int) {
		p := first
		p.is, p.bit = int32(d.out.Len()), p.bit+int32(8*from)
		d.pieces = append(d.pieces, p)
		d.out.Write(d.buf[from:end])
		d.out.WriteByte(separator)
	}
	eachText(d.buf, d.shortest, add)
	eachUTF16(d.buf, d.shortest, add)
}
