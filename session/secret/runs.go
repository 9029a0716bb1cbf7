package secret

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
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
		if kinds[l.text[i]] == control {
			others++
		}
	}
	if others*few*step <= len(l.text) {
		return nil
	}
	d := &decoder{layer: layer{under: l, split: true}, limits: known}
	d.buf = []byte(l.text)
	d.run = run{to: int32(len(l.text)), count: int32(len(l.text))}
	d.keep(piece{bits: 8})
	return d.finish()
}

// decoder makes a layer of pieces.
type decoder struct {
	layer
	*limits
	parts
	out    strings.Builder
	run    run  // the last one
	kept   bool // it is the last of the layer's
	digits []byte
	bits   []byte // of these
	buf    []byte // bytes from a digit on
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
			d.decodeRun()
			end = int(d.run.to)
		}
		from, end = next(text, end, min(least, line), &inBase64)
	}
}

// next returns the first range from i on of bytes in a set, at least so many of them. Of
// other bytes it looks at few: at four together, where a branch for each costs more.
func next[T string | []byte](text T, i, least int, in *set) (from, end int) {
	const together = 4
	for end = i + least; end <= len(text); end = i + least {
		if s := text[max(end-together, 0):end]; len(s) == together && least >= together && in[s[0]]&in[s[1]]&in[s[2]]&in[s[3]] == 0 {
			i = end - together + 1
			continue
		}
		for from = end; from > i && in[text[from-1]] != 0; {
			from--
		}
		if from > i {
			i = from
			continue
		}
		for end < len(text) && in[text[end]] != 0 {
			end++
		}
		return i, end
	}
	return len(text), len(text)
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
// first: it moves the bits of what it decoded.
func (d *decoder) decodeRun() {
	d.bits = decode64(d.bits[:0], d.digits)
	for first := range 4 {
		d.keepFrom(6*first, 6, len(d.digits), 0)
	}
	for from, end := next(d.digits, 0, 2*d.shortest, &inHex); from < end; {
		d.bits = decode16(d.bits[:0], d.digits[from:end])
		d.keepFrom(0, 4, end-from, from)
		d.keepFrom(4, 4, end-from, from)
		from, end = next(d.digits, end, 2*d.shortest, &inHex)
	}
}

// keepFrom keeps what d.bits are from a bit on, which are so many digits of a run, from
// a first one on.
func (d *decoder) keepFrom(bit, width, count, first int) {
	size := (width*count - bit) / 8
	d.buf = moveBits(d.buf[:0], d.bits[bit/8:], bit%8)[:size]
	d.keep(piece{bit: int32(width*first + bit), bits: int8(width)})
}

// keep adds the pieces of d.buf that may be text, or text in UTF-16: it has zeros. The
// bytes of d.buf are those of the run from a first piece on.
func (d *decoder) keep(first piece) {
	for from, end := next(d.buf, 0, d.shortest, &d.in); from < end; {
		s := d.buf[from:end]
		zeros := bytes.Count(s, []byte{0})
		isText := zeros == 0 && utf8.Valid(s)
		if isText || 2*zeros >= d.shortest {
			d.add(first, from, end)
		}
		if !isText {
			for at, to := range texts(s, d.shortest) {
				d.add(first, from+at, from+to)
			}
		}
		from, end = next(d.buf, end, d.shortest, &d.in)
	}
}

// add adds a piece of d.buf.
func (d *decoder) add(p piece, from, end int) {
	if !d.kept {
		d.kept = true
		if len(d.breaks)+len(d.list) > 0 {
			d.run.parts = &parts{slices.Clone(d.breaks), slices.Clone(d.list)}
		}
		d.runs = append(d.runs, d.run)
	}
	p.is, p.bit, p.run = int32(d.out.Len()), p.bit+int32(8*from), int32(len(d.runs)-1)
	d.pieces = append(d.pieces, p)
	d.out.Write(d.buf[from:end])
	d.out.WriteByte(separator)
}
