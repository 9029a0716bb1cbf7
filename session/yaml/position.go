package yaml

import (
	"strconv"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// Locate converts a byte offset in a node's text to a place in the file. YAML folds lines and
// unescapes, so it counts the characters that are not blank, and stops where file and text differ.
func (r *Reader) Locate(n *Node, offset int) (line, col int) {
	line, col = n.Line-1, n.Column-1
	switch {
	case n.style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) != 0:
		col++
	case n.style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0: // below its header
		line, col = line+1, 0
	}
	offset = min(offset, len(n.Text))
	for _, want := range n.Text[:offset] {
		if unicode.IsSpace(want) {
			continue
		}
		nextLine, nextCol, c, size := r.next(line, col, n.style)
		if c != want && c != anyRune {
			return line + 1, col + 1
		}
		line, col = nextLine, nextCol+size
	}
	if c, _ := utf8.DecodeRuneInString(n.Text[offset:]); offset < len(n.Text) && !unicode.IsSpace(c) {
		line, col, _, _ = r.next(line, col, n.style)
	}
	return line + 1, col + 1
}

// anyRune stands for an escape that is not blank.
const anyRune = unicode.MaxRune + 1

// next returns the place of the first character from a place on that is not blank, and its length
// there. At the end of the file it is 0.
func (r *Reader) next(line, col int, style yaml.Style) (atLine, atCol int, c rune, size int) {
	for i := line; i < len(r.lines); i, col = i+1, 0 {
		for chars := r.chars(i); col < len(chars); col += size {
			if c, size = character(chars[col:], style); !unicode.IsSpace(c) {
				return i, col, c, size
			}
		}
	}
	return line, col, 0, 0
}

// character reads the first character of a part of a line.
func character(chars []rune, style yaml.Style) (c rune, size int) {
	switch {
	case style&yaml.SingleQuotedStyle != 0 && chars[0] == '\'':
		return '\'', 2
	case style&yaml.DoubleQuotedStyle == 0 || chars[0] != '\\':
		return chars[0], 1
	case len(chars) == 1: // the line goes on in the next
		return ' ', 1
	}
	size = 2
	switch chars[1] {
	case 't', 'n', 'v', 'f', 'r', ' ', '\t', 'N', '_', 'L', 'P':
		return ' ', size
	case 'x':
		size = 4
	case 'u':
		size = 6
	case 'U':
		size = 10
	}
	if code, err := strconv.ParseUint(string(chars[2:min(size, len(chars))]), 16, 32); err == nil && unicode.IsSpace(rune(code)) {
		return ' ', size
	}
	return anyRune, size
}

// chars returns the characters of a line, counted from 0. It caches one line: a file may
// have all of its values on the same line.
func (r *Reader) chars(line int) []rune {
	if line < 0 || line >= len(r.lines) {
		return nil
	}
	if r.lastLine != line+1 {
		r.last, r.lastLine = []rune(r.lines[line]), line+1
	}
	return r.last
}
