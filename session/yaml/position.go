package yaml

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Locate converts a byte offset in a node's text to a place in the file. It walks the file
// and the text in parallel, because YAML folds and unescapes, and stops where they differ.
func (r *Reader) Locate(n *Node, offset int) (line, col int) {
	w := &walker{r: r, style: n.style}
	w.enter(n.Line-1, n.Column-1)
	switch n.style {
	case styleSingle, styleDouble:
		w.col++
	case styleBlock:
		w.enterBlock()
	}
	for rest := n.Text; offset > 0 && rest != ""; {
		size, ok := w.step(rest)
		if !ok || size > offset {
			break
		}
		offset -= size
		rest = rest[size:]
	}
	return w.line + 1, w.col + 1
}

// walker walks through the source of a text.
type walker struct {
	r         *Reader
	line, col int    // from 0; col in characters
	chars     []rune // of the line
	indent    int    // of a block scalar
	style     style
}

func (w *walker) enter(line, col int) {
	w.line, w.col, w.chars = line, col, w.r.chars(line)
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

// enterBlock moves from the header of a block scalar to its first line.
func (w *walker) enterBlock() {
	first := w.line + 1
	for _, line := range w.r.lines[min(first, len(w.r.lines)):] {
		if trimmed := strings.TrimLeft(line, " "); trimmed != "" {
			w.indent = len(line) - len(trimmed)
			break
		}
	}
	w.enter(first, w.indent)
}

// step skips the source of the next character of text and returns its length in text.
func (w *walker) step(text string) (size int, ok bool) {
	left := w.chars[min(w.col, len(w.chars)):]
	if w.atEnd(left) {
		return w.newline(text)
	}
	want, size := utf8.DecodeRuneInString(text)
	switch {
	case w.style == styleSingle && left[0] == '\'':
		w.col += 2
		return size, want == '\''
	case w.style == styleDouble && left[0] == '\\':
		w.col += escapeLength(left)
		return size, true
	}
	w.col++
	return size, left[0] == want
}

// atEnd reports whether the line has no more text.
func (w *walker) atEnd(left []rune) bool {
	switch {
	case w.style == styleBlock:
		return len(left) == 0
	case w.style == styleDouble && len(left) == 1 && left[0] == '\\':
		return true
	}
	return !slices.ContainsFunc(left, func(c rune) bool { return c != ' ' && c != '\t' })
}

// newline skips a line break and the blanks around it, which YAML folds into one blank,
// into line breaks, or into nothing.
func (w *walker) newline(text string) (size int, ok bool) {
	next, empty := w.line+1, 0
	for next < len(w.r.lines) && strings.Trim(w.r.lines[next], " \t") == "" {
		next, empty = next+1, empty+1
	}
	if next >= len(w.r.lines) {
		return 0, false
	}
	line := w.r.lines[next]
	col := len(line) - len(strings.TrimLeft(line, " \t"))
	if w.style == styleBlock {
		col = min(col, w.indent)
	}
	w.enter(next, col)
	if breaks := len(text) - len(strings.TrimLeft(text, "\n")); breaks > 0 {
		return min(breaks, empty+1), true
	}
	if text[0] == ' ' {
		return 1, true
	}
	return 0, true
}

// escapeLength returns the length of an escape in a double-quoted text, in characters.
func escapeLength(left []rune) int {
	if len(left) < 2 {
		return 1
	}
	switch left[1] {
	case 'x':
		return 4
	case 'u':
		return 6
	case 'U':
		return 10
	}
	return 2
}
