package request

import (
	"bytes"
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Find returns the first line at or after line from that holds pattern or,
// backwards, the first at or before it. Case counts only when the pattern has
// upper case. It searches the source and indexes as far as it has to; it gives
// up when ctx ends.
func (d *Document) Find(ctx context.Context, pattern string, from int, backwards bool) (line int, ok bool) {
	from = min(from, math.MaxInt32)
	lo, hi, ok := d.searchRange(from, backwards)
	if !ok || pattern == "" {
		return 0, false
	}
	exact := strings.IndexFunc(pattern, unicode.IsUpper) >= 0
	whole, piece := newFinder(pattern, exact), pattern
	if d.json {
		piece = longestPiece(pattern)
	}
	if piece == "" {
		return d.findByLine(ctx, whole, from, backwards)
	}
	part := newFinder(piece, exact)
	for {
		hit := part.search(ctx, d.src[:hi], lo, backwards)
		if hit < 0 {
			return 0, false
		}
		line := d.lineAt(hit)
		if piece == pattern || d.holds(line, whole) {
			return line, true
		}
		if backwards {
			hi, _, _, ok = d.entry(line)
		} else {
			lo, _, _, ok = d.entry(line + 1)
		}
		if !ok {
			return 0, false
		}
	}
}

// searchRange returns the part of the source that a search from a line covers.
func (d *Document) searchRange(from int, backwards bool) (lo, hi int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grow(max(from, 0) + 2)
	hi = len(d.src)
	if backwards {
		if from+1 < d.count && from >= 0 {
			hi = d.offset(from + 1)
		}
		return 0, hi, from >= 0
	}
	if max(from, 0) >= d.count {
		return 0, 0, false
	}
	return d.offset(max(from, 0)), hi, true
}

// findByLine looks into one line after the other. It is for patterns made of
// nothing but brackets, quotes and blanks, which the source may have elsewhere.
func (d *Document) findByLine(ctx context.Context, f *finder, from int, backwards bool) (line int, ok bool) {
	step := 1
	if backwards {
		d.Index(max(0, from+1-d.Lines()))
		step, from = -1, min(from, d.Lines()-1)
	}
	for i := max(from, 0); i >= 0 && ctx.Err() == nil; i += step {
		if i >= d.Lines() && d.Index(blockLines) && i >= d.Lines() {
			return 0, false
		}
		if d.holds(i, f) {
			return i, true
		}
	}
	return 0, false
}

// holds reports whether the indented text of line i matches.
func (d *Document) holds(i int, f *finder) bool {
	return f.next(d.raw(i)) >= 0
}

// raw returns the whole indented text of line i as it stands in the source.
func (d *Document) raw(i int) []byte {
	var line []byte
	d.pieces(i, len(d.src), func(_ Role, text []byte) bool {
		line = append(line, text...)
		return true
	})
	return line
}

// longestPiece returns the longest part of pattern that can only be found
// within one token of JSON, and looks in the source as it does when indented.
func longestPiece(pattern string) string {
	longest := ""
	for piece := range strings.FieldsFuncSeq(pattern, func(r rune) bool {
		return strings.ContainsRune("{}[],:\" \t\r\n", r)
	}) {
		if len(piece) > len(longest) {
			longest = piece
		}
	}
	return longest
}

// finder finds one pattern.
type finder struct {
	pattern []byte
	runes   []rune    // of the pattern, when case does not count; else nil
	first   [256]bool // bytes a match may begin with
}

func newFinder(pattern string, exact bool) *finder {
	f := &finder{pattern: []byte(pattern)}
	if exact {
		return f
	}
	f.runes = []rune(pattern)
	r := f.runes[0]
	f.first[f.pattern[0]] = true
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		f.first[string(other)[0]] = true
	}
	return f
}

// searchStep is how much is searched between two looks at the context.
const searchStep = 1 << 20

// search returns where in src, from lo on, the first match begins or,
// backwards, the last one; -1 when there is none or ctx has ended.
func (f *finder) search(ctx context.Context, src []byte, lo int, backwards bool) int {
	overlap := utf8.UTFMax * len(f.pattern)
	if backwards {
		for end := len(src); end > lo && ctx.Err() == nil; end -= searchStep {
			start := max(lo, end-searchStep)
			if n := f.last(src[start:min(len(src), end+overlap)]); n >= 0 {
				return start + n
			}
		}
		return -1
	}
	for at := lo; at < len(src) && ctx.Err() == nil; at += searchStep {
		if n := f.next(src[at:min(len(src), at+searchStep+overlap)]); n >= 0 {
			return at + n
		}
	}
	return -1
}

// next returns where the first match in b begins, or -1.
func (f *finder) next(b []byte) int {
	if f.runes == nil {
		return bytes.Index(b, f.pattern)
	}
	for i, c := range b {
		if f.first[c] && f.matches(b[i:]) {
			return i
		}
	}
	return -1
}

// last returns where the last match in b begins, or -1.
func (f *finder) last(b []byte) int {
	if f.runes == nil {
		return bytes.LastIndex(b, f.pattern)
	}
	for i := len(b) - 1; i >= 0; i-- {
		if f.first[b[i]] && f.matches(b[i:]) {
			return i
		}
	}
	return -1
}

// matches reports whether b begins with the pattern, whatever its case.
func (f *finder) matches(b []byte) bool {
	for _, want := range f.runes {
		if len(b) == 0 {
			return false
		}
		r, size := rune(b[0]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRune(b)
		}
		if r != want && !foldsTo(r, want) {
			return false
		}
		b = b[size:]
	}
	return true
}

// foldsTo reports whether a and b differ in case only.
func foldsTo(a, b rune) bool {
	if a < utf8.RuneSelf && b < utf8.RuneSelf {
		return a|0x20 == b|0x20 && a|0x20 >= 'a' && a|0x20 <= 'z'
	}
	for r := unicode.SimpleFold(a); r != a; r = unicode.SimpleFold(r) {
		if r == b {
			return true
		}
	}
	return false
}
