package secret

import (
	"strings"
	"unicode/utf8"
)

// separator ends each piece of a layer.
const separator = 0x1f

// piece is a part of a run, or of a list, decoded.
type piece struct {
	is   int // where it begins in this text
	run  *run
	bit  int    // where it begins in the run
	bits int    // of a digit: 6 or 4
	list []span // of each byte, if there is no run
}

// run is a range of text in digits of base64, perhaps on several lines.
type run struct {
	from, to int    // with what ends it
	digits   string // without line breaks
	breaks   []lineBreak
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
	if p.run == nil {
		s := p.list[i-p.is]
		return s.from, s.to
	}
	bit := p.bit + 8*(i-p.is)
	if bit+16 > p.bits*len(p.run.digits) { // no byte follows
		return p.run.at(bit / p.bits), p.run.to
	}
	return p.run.at(bit / p.bits), p.run.at((bit+7)/p.bits) + 1
}

// undoRuns decodes what is a text by itself: each run of base64, with both
// alphabets, and each of hex, from every digit that may be the first; and lists.
// It keeps what may be text.
func undoRuns(l *layer, a *automaton) *layer {
	d := &decoder{layer: layer{under: l, split: true}, least: a.shortest}
	d.decodeRuns()
	d.decodeLists()
	if d.pieces == nil {
		return nil
	}
	d.text = string(d.out)
	return &d.layer
}

// decoder makes a layer of pieces.
type decoder struct {
	layer
	out   []byte
	buf   []byte
	least int // characters of a piece
}

func (d *decoder) decodeRuns() {
	const line = 16 // digits that the first line of a run has, unless the pattern is shorter
	text := d.under.text
	digits := (d.least*8 + 5) / 6
	stride := min(digits, line)
	for i, done := stride-1, 0; i < len(text); {
		if values64[text[i]] < 0 {
			i += stride
			continue
		}
		from, end := i, i+1
		for from > done && values64[text[from-1]] >= 0 {
			from--
		}
		for end < len(text) && values64[text[end]] >= 0 {
			end++
		}
		if end-from >= stride {
			if r := readRun(text, from, end); len(r.digits) >= digits {
				d.decodeRun(r)
				end = r.to
			}
		}
		done = end
		i = end + stride
	}
}

// readRun reads a run on from its first line.
func readRun(text string, from, end int) *run {
	r := &run{from: from}
	var joined strings.Builder
	for skipped := 0; ; {
		next := nextLine(text, end)
		if next == end {
			break
		}
		if skipped == 0 {
			joined.WriteString(text[from:end])
		}
		skipped += next - end
		r.breaks = append(r.breaks, lineBreak{joined.Len(), skipped})
		for end = next; end < len(text) && values64[text[end]] >= 0; {
			end++
		}
		joined.WriteString(text[next:end])
	}
	if r.digits = text[from:end]; len(r.breaks) > 0 {
		r.digits = joined.String()
	}
	for r.to = end; r.to < len(text) && r.to < end+2 && text[r.to] == '='; {
		r.to++
	}
	return r
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

func (d *decoder) decodeRun(r *run) {
	for first := range min(4, len(r.digits)) {
		d.buf = decode64(d.buf[:0], r.digits[first:])
		d.keep(r.piece(6*first, 6))
	}
	for i := 0; i < len(r.digits); i++ {
		from := i
		for i < len(r.digits) && isHexDigit[r.digits[i]] {
			i++
		}
		if i-from < 2*d.least {
			continue
		}
		for first := from; first < from+2; first++ {
			d.buf = decode16(d.buf[:0], r.digits[first:i])
			d.keep(r.piece(4*first, 4))
		}
	}
}

// piece returns a function for the pieces of what was decoded from a bit of r on.
func (r *run) piece(bit, bits int) func(first int) piece {
	return func(first int) piece { return piece{run: r, bit: bit + 8*first, bits: bits} }
}

// keep adds the pieces of d.buf that may be text, or text in UTF-16.
func (d *decoder) keep(from func(first int) piece) {
	add := func(first, end int) {
		p := from(first)
		p.is = len(d.out)
		d.pieces = append(d.pieces, p)
		d.out = append(append(d.out, d.buf[first:end]...), separator)
	}
	eachText(d.buf, d.least, add)
	eachUTF16(d.buf, d.least, add)
}

// kinds has what a byte is in a text.
var kinds = func() (t [256]uint8) {
	for c := range t {
		switch {
		case c >= utf8.RuneSelf:
			t[c] = high
		case c < ' ' && c != '\t' && c != '\n' && c != '\r' || c == 0x7f:
			t[c] = control
		}
	}
	return t
}()

const (
	printable uint8 = iota
	control
	high
)

// eachText finds text of at least that many bytes: most of it is ASCII or UTF-8,
// and no more than three other bytes are in a row, as of windows-1252. What is no
// text seldom looks so.
func eachText(buf []byte, least int, found func(from, to int)) {
	const row, cost = 3, 2 // of other bytes
	from, to, score, bad := 0, 0, 0, 0
	end := func(next int) {
		if to-from >= least {
			found(from, to)
		}
		from, to, score, bad = next, next, 0, 0
	}
	for i := 0; i < len(buf); {
		n := 1
		kind := kinds[buf[i]]
		if kind == high {
			_, n = utf8.DecodeRune(buf[i:])
		}
		if kind == printable || n > 1 {
			i += n
			score, bad, to = score+n, 0, i
			continue
		}
		i++
		score, bad = score-cost, bad+1
		if kind == control || bad > row || score < -row*cost {
			end(i)
		}
	}
	end(len(buf))
}

// eachUTF16 finds what has zeros as text in UTF-16 does, with something around it.
func eachUTF16(buf []byte, least int, found func(from, to int)) {
	const apart = 10
	last, first, zeros := -1, 0, 0
	end := func() {
		if zeros > 0 && 2*zeros >= least {
			found(max(first-apart, 0), min(last+apart, len(buf)))
		}
		zeros = 0
	}
	for i, c := range buf {
		if c != 0 {
			continue
		}
		if zeros > 0 && i-last > apart {
			end()
		}
		if zeros == 0 {
			first = i
		}
		last = i
		zeros++
	}
	end()
}

// values64 has the value of each digit of base64 and base64url, or -1.
var values64 = func() (t [256]int8) {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range t {
		t[i] = int8(strings.IndexByte(digits, byte(i)))
	}
	t['-'], t['_'] = t['+'], t['/']
	return t
}()

var isHexDigit = bytesOf("0123456789abcdefABCDEF")

// decode64 appends the bytes that s means in base64, as far as they are whole.
func decode64(buf []byte, s string) []byte {
	for ; len(s) >= 4; s = s[4:] {
		v := uint32(values64[s[0]])<<18 | uint32(values64[s[1]])<<12 | uint32(values64[s[2]])<<6 | uint32(values64[s[3]])
		buf = append(buf, byte(v>>16), byte(v>>8), byte(v))
	}
	var v uint32
	for i := range len(s) {
		v = v<<6 | uint32(values64[s[i]])
	}
	switch len(s) {
	case 2:
		buf = append(buf, byte(v>>4))
	case 3:
		buf = append(buf, byte(v>>10), byte(v>>2))
	}
	return buf
}

func decode16(buf []byte, s string) []byte {
	for i := 0; i+1 < len(s); i += 2 {
		high, _ := hexValue(s[i])
		low, _ := hexValue(s[i+1])
		buf = append(buf, high<<4|low)
	}
	return buf
}
