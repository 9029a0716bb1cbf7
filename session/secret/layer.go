package secret

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// layer is a text with something undone, over the text that it was made of.
// Either edits lead back to that text, or pieces do.
type layer struct {
	text   string
	edits  []edit  // what changed, in order
	pieces []piece // what was decoded, in order; the rest is dropped
	runs   []run   // of the pieces
	starts []int32 // of elements of lists, one for each byte of these pieces
	split  bool    // separators end the pieces in text
	under  *layer
	has    [256]presence // of bytes in text
}

// presence tells whether a byte is somewhere in a text.
type presence uint8

const (
	unknown presence = iota
	present
	absent
)

// next returns the first place of a byte from i on, or the end. What the text below has not,
// and no edit wrote, is not looked for again.
func (l *layer) next(c byte, i int) int {
	if l.lacks(c) {
		return len(l.text)
	}
	if n := strings.IndexByte(l.text[i:], c); n >= 0 {
		return i + n
	}
	return len(l.text)
}

// lacks reports whether a byte is nowhere in the text.
func (l *layer) lacks(c byte) bool {
	if l.has[c] == unknown {
		l.has[c] = present
		if l.edits != nil && l.under.lacks(c) || strings.IndexByte(l.text, c) < 0 {
			l.has[c] = absent
		}
	}
	return l.has[c] == absent
}

// edit is an escape and what it became, or several of the same lengths in a row. A text
// may have millions of them.
type edit struct {
	was, is int32  // where it begins, in the text below and in this one
	length  uint16 // bytes of each below
	written uint8  // bytes of each in this text
	count   uint8
}

func (e *edit) wasEnd() int { return int(e.was) + int(e.count)*int(e.length) }
func (e *edit) isEnd() int  { return int(e.is) + int(e.count)*int(e.written) }

// maxLevels is how often a text is decoded: three times, and twice more for what
// is undone early or late in parts of it.
const maxLevels = 5

// builder makes a layer of edits. It leaves out pieces without an edit, and what is out
// of reach of all edits: they were searched.
type builder struct {
	layer
	out   strings.Builder
	done  int // bytes of the text below
	reach int
}

func newBuilder(under *layer, known *limits) builder {
	return builder{layer: layer{under: under, split: under.split}, reach: known.reach}
}

// replace goes on to the text from at to end, and writes out for it.
func (b *builder) replace(at, end int, out ...byte) {
	if b.edits == nil && !b.split {
		b.out.Grow(len(b.under.text))
	}
	if at > b.done {
		b.copy(at)
	}
	b.add(at, end-at, len(out))
	b.out.Write(out)
	for _, c := range out {
		b.has[c] = present
	}
	b.done = end
}

// add adds an edit, and room for as many further ones as there were until here.
func (b *builder) add(was, length, written int) {
	is := b.out.Len()
	if n := len(b.edits); n > 0 {
		e := &b.edits[n-1]
		if e.wasEnd() == was && e.isEnd() == is && int(e.length) == length && int(e.written) == written && e.count < math.MaxUint8 {
			e.count++
			return
		}
		if n == cap(b.edits) {
			const most = 8
			b.edits = slices.Grow(b.edits, min(most*n, n*len(b.under.text)/max(was, 1)))
		}
	}
	b.edits = append(b.edits, edit{int32(was), int32(is), uint16(length), uint8(written), 1})
}

// copy copies the text below until an edit at a place, or until its end. A separator
// takes the place of what is left out.
func (b *builder) copy(at int) {
	gap := b.under.text[b.done:at]
	before, after := min(b.reach, len(gap)), max(0, len(gap)-b.reach) // what the edits at both ends reach
	if b.split {
		if n := strings.IndexByte(gap[:before], separator); n >= 0 {
			before = n
		}
		after += strings.LastIndexByte(gap[after:], separator) + 1
	}
	if b.edits == nil {
		before = 0
	}
	if at == len(b.under.text) {
		after = len(gap)
	}
	if after-before > 1 {
		b.out.WriteString(gap[:before])
		b.leaveOut(b.done+before, b.done+after-1)
		gap = gap[after:]
	}
	b.out.WriteString(gap)
}

// leaveOut leaves out a range, and the byte behind it for a separator.
func (b *builder) leaveOut(from, end int) {
	for from < end {
		n := min(end-from, math.MaxUint16)
		b.add(from, n, 0)
		from += n
	}
	b.add(end, 1, 1)
	b.out.WriteByte(separator)
	b.has[separator] = present
	b.split = true
}

// finish returns a copy, so that a builder that changed nothing costs no memory.
func (b *builder) finish() *layer {
	if b.edits == nil {
		return nil
	}
	b.copy(len(b.under.text))
	made := b.layer
	made.text = b.out.String()
	return &made
}

// places yields where the pieces of a layer begin, or some of its bytes: enough to tell
// it from a layer of the same text that was made of other places.
func (l *layer) places(yield func(i int) bool) {
	const pieces, others = 1 << 10, 16
	step := len(l.text)/others + 1
	if l.split {
		step = len(l.text)/pieces + 1
	}
	for i := 0; i < len(l.text) && yield(i); i += step {
		if next := strings.IndexByte(l.text[i:], separator); l.split && next >= step {
			i += next + 1 - step
		}
	}
}

// outer returns the range of the whole text that s was made of.
func (l *layer) outer(s span) span {
	for ; l.under != nil; l = l.under {
		s.from, _ = l.below(s.from)
		_, s.to = l.below(s.to - 1)
	}
	return s
}

// origin returns where the byte at i begins in the whole text.
func (l *layer) origin(i int) int {
	for ; l.under != nil; l = l.under {
		i, _ = l.below(i)
	}
	return i
}

// isEnd reports whether i is where the whole text ends.
func (l *layer) isEnd(i int) bool {
	for ; l.under != nil; l = l.under {
		if i == len(l.text) {
			i = len(l.under.text)
			continue
		}
		_, i = l.below(i - 1)
	}
	return i == len(l.text)
}

// below returns where the byte at i comes from: the range of one byte, or of what
// was decoded, in the text below.
func (l *layer) below(i int) (from, to int) {
	if l.pieces != nil {
		n, _ := slices.BinarySearchFunc(l.pieces, i+1, func(p piece, i int) int { return cmp.Compare(int(p.is), i) })
		end := len(l.text)
		if n < len(l.pieces) {
			end = int(l.pieces[n].is)
		}
		p := &l.pieces[n-1]
		i = min(i, end-2) // a separator may be a half of a character in UTF-16
		if p.list {
			return l.under.element(int(l.starts[int(p.bit)+i-int(p.is)]), p.bits == 4)
		}
		return l.runs[p.run].below(p, i)
	}
	n, _ := slices.BinarySearchFunc(l.edits, i+1, func(e edit, i int) int { return cmp.Compare(int(e.is), i) })
	if n == 0 {
		return i, i + 1
	}
	e := &l.edits[n-1]
	if i < e.isEnd() {
		from = int(e.was) + (i-int(e.is))/int(e.written)*int(e.length)
		return from, from + int(e.length)
	}
	at := e.wasEnd() + i - e.isEnd()
	return at, at + 1
}
