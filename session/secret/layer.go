package secret

import (

	"cmp"
	"slices"
	"strings"
)

// layer is a text with something undone, over the text that it was made of.
// Either edits lead back to that text, or pieces do.
type layer struct {
	text   string
	edits  []edit  // what changed, in order
	pieces []piece // what was decoded, in order; the rest is dropped
	under  *layer
}

// edit is an escape and what it became. A text may have millions of them.
type edit struct {
	was, is         int32 // where it begins, in the text below and in this one
	length, written uint8 // bytes, in the same order
}

func (e *edit) wasEnd() int { return int(e.was) + int(e.length) }
func (e *edit) isEnd() int  { return int(e.is) + int(e.written) }

// maxLevels is how often a text is decoded: three times, and twice more for what
// is undone early or late in parts of it.
const maxLevels = 5

// builder makes a layer of edits.
type builder struct {
	layer
	out  strings.Builder
	done int // bytes of the text below
}

func newBuilder(under *layer) *builder { return &builder{layer: layer{under: under}} }

// replace goes on to the text from at to end, and writes out for it.
func (b *builder) replace(at, end int, out ...byte) {
	if b.edits == nil {
		b.out.Grow(len(b.under.text))
	}
	b.out.WriteString(b.under.text[b.done:at])
	b.edits = append(b.edits, edit{int32(at), int32(b.out.Len()), uint8(end - at), uint8(len(out))})
	b.out.Write(out)
	b.done = end
}

func (b *builder) finish() *layer {
	if b.edits == nil {
		return nil
	}
	b.out.WriteString(b.under.text[b.done:])
	b.text = b.out.String()
	return &b.layer
}

// outer returns the range of the whole text that s was made of.
func (l *layer) outer(s span) span {
	for ; l.under != nil; l = l.under {
		s.from, _ = l.below(s.from)
		_, s.to = l.below(s.to - 1)
	}
	return s
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
		if l.text[i] == separator { // as a half of a character in UTF-16
			i--
		}
		n, _ := slices.BinarySearchFunc(l.pieces, i+1, func(p piece, i int) int { return cmp.Compare(p.is, i) })
		return l.pieces[n-1].below(i)
	}
	n, _ := slices.BinarySearchFunc(l.edits, i+1, func(e edit, i int) int { return cmp.Compare(int(e.is), i) })
	if n == 0 {
		return i, i + 1
	}
	e := &l.edits[n-1]
	if i < e.isEnd() {
		return int(e.was), e.wasEnd()
	}
	at := e.wasEnd() + i - e.isEnd()
	return at, at + 1
}
