package secret

import (
	"cmp"
	"hash/maphash"
	"slices"
	"strings"
	"unicode/utf8"
)

// span is the half-open range of bytes [from, to).
type span struct{ from, to int }

// undoInText are the ways to undo what is written in the middle of a text, and
// undoAll these and the ways to decode what is a text by itself. Each returns
// nil if there is nothing to undo; it may leave out what is shorter than the
// shortest pattern. What is in each other's way, or can be read in two ways, is
// undone by different ones: each is tried on the result of each.
var (
	undoInText = []func(*layer, *limits) *layer{undoEscapes, undoQuoted}
	undoAll    = append([]func(*layer, *limits) *layer{
		undoRuns, undoUTF16LE, undoUTF16BE,
	}, undoInText...)
)

// finder finds the patterns of an automaton in a text, and in what it is decoded.
type finder struct {
	*automaton
	spans  []span
	left   int            // bytes that may be searched
	beyond int            // where the last character beyond ASCII in a pattern ends, of this layer
	seed   maphash.Seed   // of the hashes in seen
	seen   map[uint64]int // the depth to which a text was searched
}

// find returns the ranges that patterns cover in text, in order and without
// overlaps, including a truncated pattern at the end. A text that escapes in one
// another keep busy for too long is covered whole.
func (a *automaton) find(text string) []span {
	if len(a.nodes) == 1 || len(text) < a.shortest {
		return nil // there is nothing to find
	}
	const perByte = 64
	f := &finder{automaton: a, left: 1<<22 + perByte*len(text), seed: maphash.MakeSeed(), seen: map[uint64]int{}}
	whole := &layer{text: text}
	if some := undoBinary(whole, &f.limits); some != nil {
		f.scan(whole)
		whole = some
	}
	f.search(whole, maxLevels)
	if f.left < 0 {
		return []span{{0, len(text)}}
	}
	return merge(f.spans)
}

// search looks into a layer and into those over it.
func (f *finder) search(l *layer, depth int) {
	if f.left -= len(l.text); f.left < 0 {
		return
	}
	f.scan(l)
	if depth == 0 {
		return
	}
	for _, undo := range undoAll {
		if over := undo(l, &f.limits); over != nil && f.isNew(over, depth) {
			f.search(over, depth-1)
		}
	}
}

// isNew reports whether a layer was not searched to a depth: escapes that are undone
// in another order often make the same text of the same places.
func (f *finder) isNew(l *layer, depth int) bool {
	hash := maphash.String(f.seed, l.text)
	for i := range l.places {
		hash = hash*31 + uint64(l.origin(i))
	}
	if f.seen[hash] >= depth {
		return false
	}
	f.seen[hash] = depth
	return true
}

// scan looks into one layer.
func (f *finder) scan(l *layer) {
	at, text, nodes := int32(0), l.text, f.nodes
	f.beyond = 0
	for i := 0; i < len(text); {
		if at == 0 {
			if i = f.skip(text, i); i == len(text) {
				break
			}
		}
		c := text[i]
		next := at + 1 // most are along one pattern
		if nodes[at].child == next && nodes[next].label == lowerCase[c] && nodes[next].ends == 0 && c < utf8.RuneSelf && c != separator {
			at, i = next, i+1
		} else {
			at, i = f.follow(l, at, i)
		}
	}
	f.cut(l, at, len(text))
}

// follow returns the node of the longest pattern prefix before the end of the character at
// i, and that end. It adds a pattern that ends there.
func (f *finder) follow(l *layer, at int32, i int) (node int32, end int) {
	c := l.text[i]
	if c == separator {
		f.cut(l, at, i)
	}
	if c < utf8.RuneSelf || !f.wide {
		at = f.automaton.follow(at, lowerCase[c])
		end = i + 1
	} else {
		var buf [32]byte
		folded, n := foldRune(buf[:0], l.text[i:])
		for _, b := range folded {
			at = f.automaton.follow(at, b)
		}
		end = i + n
		if f.beyond = end; len(folded) == 0 {
			return at, end
		}
	}
	if f.nodes[at].ends != 0 {
		f.match(l, at, end)
	}
	return at, end
}

// cut adds what may be the beginning of a pattern, before an end where the whole
// text breaks off.
func (f *finder) cut(l *layer, at int32, end int) {
	if n := int(f.nodes[at].depth); n >= minCut && l.isEnd(end) {
		f.spans = append(f.spans, l.outer(span{f.back(l.text, end, n), end}))
	}
}

// match adds the longest pattern that ends in state at, before end.
func (f *finder) match(l *layer, at int32, end int) {
	for n := f.nodes[at].ends; n != 0; n = f.nodes[f.nodes[n].fail].ends {
		s := span{f.back(l.text, end, int(f.nodes[n].depth)), end}
		spelled := func(p pattern) bool {
			return sameSpelling(l.text[s.from:s.to], p.text) && (!p.alone || alone(l.text, s))
		}
		if !f.nodes[n].exact || slices.ContainsFunc(f.words[n], spelled) {
			f.spans = append(f.spans, l.outer(s))
			return
		}
	}
}

// sameSpelling reports whether two texts are the same; a form may write a blank as a plus.
func sameSpelling(a, b string) bool {
	return a == b || strings.Contains(b, " ") && strings.ReplaceAll(a, "+", " ") == strings.ReplaceAll(b, "+", " ")
}

// back returns where the text begins that ends before end and has that many
// bytes when folded.
func (f *finder) back(text string, end, folded int) int {
	if from := end - folded; from >= f.beyond {
		return from
	}
	var buf [32]byte
	for folded > 0 {
		if text[end-1] < utf8.RuneSelf || !f.wide {
			end--
			folded--
			continue
		}
		_, n := utf8.DecodeLastRuneInString(text[:end])
		end -= n
		out, _ := foldRune(buf[:0], text[end:])
		folded -= len(out)
	}
	return end
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
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.to, b.to)) })
	var out []span
	for _, s := range spans {
		if n := len(out); n > 0 && s.from < out[n-1].to {
			out[n-1].to = max(out[n-1].to, s.to)
			continue
		}
		out = append(out, s)
	}
	return out
}

// replaceSpans returns a text with another in place of each span.
func replaceSpans(text string, spans []span, with string) []byte {
	out := make([]byte, 0, len(text)+len(spans)*len(with))
	at := 0
	for _, s := range spans {
		out = append(append(out, text[at:s.from]...), with...)
		at = s.to
	}
	return append(out, text[at:]...)
}
