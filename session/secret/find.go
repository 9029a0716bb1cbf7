package secret

import (
	"cmp"
	"slices"
	"unicode/utf8"
)

// span is the half-open range of bytes [from, to).
type span struct{ from, to int }

// finder finds the patterns of an automaton in a text, and in what the text means
// when its escapes are undone.
type finder struct {
	*automaton
	spans []span
	left  int // bytes that may be undone
}

// find returns the ranges that patterns cover in text, in order and without
// overlaps, including a truncated pattern at the end. A text that escapes in one
// another keep busy for too long is covered whole.
func (a *automaton) find(text string) []span {
	if len(a.nodes) == 1 {
		return nil // there is nothing to find
	}
	const perByte = 64
	f := &finder{automaton: a, left: 1<<20 + perByte*len(text)}
	f.search(&layer{text: text}, maxLevels)
	if f.left < 0 {
		return []span{{0, len(text)}}
	}
	return merge(f.spans)
}

// search looks into a layer and into those over it.
func (f *finder) search(l *layer, depth int) {
	f.scan(l)
	if depth == 0 {
		return
	}
	for _, undo := range undo {
		if f.left < 0 {
			return
		}
		f.left -= len(l.text)
		if over := undo(l, f.wide); over != nil {
			f.search(over, depth-1)
		}
	}
}

// scan looks into one layer.
func (f *finder) scan(l *layer) {
	at, text := int32(0), l.text
	for i := 0; i < len(text); i++ {
		if at == 0 {
			for i+1 < len(text) && !f.begins(text[i], text[i+1]) {
				i++
			}
		}
		at = f.follow(at, text[i])
		if f.nodes[at].ends != 0 {
			f.match(l, at, i+1)
		}
	}
	if n := int(f.nodes[at].depth); n >= minCut {
		f.spans = append(f.spans, l.outer(span{len(text) - n, len(text)}))
	}
}

// match adds the longest pattern that ends in state at, before end.
func (f *finder) match(l *layer, at int32, end int) {
	for n := f.nodes[at].ends; n != 0; n = f.nodes[f.nodes[n].fail].ends {
		s := span{end - int(f.nodes[n].depth), end}
		if !f.nodes[n].weak || alone(l.text, s) {
			f.spans = append(f.spans, l.outer(s))
			return
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

// below returns where the byte at i comes from: the range of one byte, or of an
// escape, in the text below.
func (l *layer) below(i int) (from, to int) {
	n, _ := slices.BinarySearchFunc(l.edits, i+1, func(e edit, i int) int { return cmp.Compare(int(e.is), i) })
	for n--; n >= 0 && l.edits[n].written == 0; n-- { // it became nothing
		if int(l.edits[n].is) < i {
			break
		}
	}
	if n < 0 {
		return i, i + 1
	}
	e := &l.edits[n]
	if i < e.isEnd() {
		return int(e.was), e.wasEnd()
	}
	at := e.wasEnd() + i - e.isEnd()
	return at, at + 1
}

// alone reports whether a word is by itself, and no name of a value.
func alone(text string, s span) bool {
	if s.from > 0 && isWordByte(text[s.from-1]) {
		return false
	}
	i := s.to
	if i < len(text) && isWordByte(text[i]) {
		return false
	}
	for i < len(text) && (text[i] == '\\' || text[i] == '"' || text[i] == '\'' || text[i] == ' ') {
		i++
	}
	return i == len(text) || text[i] != ':' && text[i] != '='
}

func isWordByte(b byte) bool { return isAlnum(b) || b == '_' || b == '-' || b >= utf8.RuneSelf }

// merge sorts the spans and joins those that overlap.
func merge(spans []span) []span {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := spans[:0]
	for _, s := range spans {
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}
