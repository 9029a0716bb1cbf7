package request

import (
	"context"
	"strings"
	"unicode"
)

// Matches returns the lines whose indented text contains pattern; those found so far if ctx
// ends.
func (d *Document) Matches(ctx context.Context, pattern Pattern) (lines []int) {
	var text []byte
	for i := 0; pattern != "" && ctx.Err() == nil; i++ {
		if i >= d.Lines() && d.Index(blockLines) && i >= d.Lines() {
			break
		}
		if text = d.appendLine(text[:0], i); pattern.In(string(text)) >= 0 {
			lines = append(lines, i)
		}
	}
	return lines
}

// appendLine appends the indented text of line i, not sanitised.
func (d *Document) appendLine(to []byte, i int) []byte {
	d.pieces(i, len(d.src), func(_ Role, text []byte) bool {
		to = append(to, text...)
		return true
	})
	return to
}

// Pattern is a text to search for. It ignores case unless it contains an upper-case letter.
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

// lower returns a text in lower case, with every byte offset unchanged.
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
