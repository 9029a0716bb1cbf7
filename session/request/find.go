package request

import (
	"context"
	"math"
	"strings"
	"unicode"
)

// Find returns the first line at or after from (backwards: at or before) whose
// indented text contains pattern. It indexes as far as needed and stops when ctx
// ends.
func (d *Document) Find(ctx context.Context, pattern Pattern, from int, backwards bool) (line int, ok bool) {
	if pattern == "" || backwards && from < 0 {
		return 0, false
	}
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
		if text = d.appendLine(text[:0], i); pattern.In(string(text)) >= 0 {
			return i, true
		}
	}
	return 0, false
}

// appendLine appends the whole indented text of line i, not sanitised.
func (d *Document) appendLine(to []byte, i int) []byte {
	d.pieces(i, len(d.src), func(_ Role, text []byte) bool {
		to = append(to, text...)
		return true
	})
	return to
}

// Pattern is a text to search for. Case matters only if it has upper case.
type Pattern string

// In returns the byte offset of the pattern in a text, or -1.
func (p Pattern) In(text string) int {
	if p == "" {
		return -1
	}
	if strings.IndexFunc(string(p), unicode.IsUpper) < 0 {
		text = lower(text)
	}
	return strings.Index(text, string(p))
}

// lower returns a text in lower case without moving a byte.
func lower(text string) string {
	if s := strings.ToLower(text); len(s) == len(text) {
		return s
	}
	b := []byte(text)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
