package request

import (
	"bytes"
	"context"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Find returns the first line at or after line from whose indented text holds
// pattern or, backwards, the first at or before it. Case counts only when the
// pattern has upper case. It indexes as far as it has to, and gives up when ctx
// ends.
func (d *Document) Find(ctx context.Context, pattern string, from int, backwards bool) (line int, ok bool) {
	if pattern == "" || backwards && from < 0 {
		return 0, false
	}
	f := newFinder(pattern, strings.IndexFunc(pattern, unicode.IsUpper) >= 0)
	step := 1
	if backwards {
		d.Index(max(0, min(from, math.MaxInt32)+1-d.Lines()))
		step, from = -1, min(from, d.Lines()-1)
	}
	var text []byte
	for i := max(from, 0); i >= 0 && ctx.Err() == nil; i += step {
		if i >= d.Lines() && d.Index(blockLines) && i >= d.Lines() {
			return 0, false
		}
		if text = d.appendLine(text[:0], i); f.in(text) {
			return i, true
		}
	}
	return 0, false
}

// appendLine appends the whole indented text of line i as it stands in the
// source.
func (d *Document) appendLine(to []byte, i int) []byte {
	d.pieces(i, len(d.src), func(_ Role, text []byte) bool {
		to = append(to, text...)
		return true
	})
	return to
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

// in reports whether b holds the pattern.
func (f *finder) in(b []byte) bool {
	if f.runes == nil {
		return bytes.Contains(b, f.pattern)
	}
	for i, c := range b {
		if f.first[c] && f.matches(b[i:]) {
			return true
		}
	}
	return false
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
