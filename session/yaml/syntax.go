package yaml

import (
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v4"
)

// lineBreaks replaces everything that the parser counts as a line break.
var lineBreaks = strings.NewReplacer("\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// syntax reports an error of the YAML parser.
func (r *Reader) syntax(err error) {
	line, col, text := 0, 0, "cannot be read as YAML"
	if at, ok := errors.AsType[*yaml.LoadError](err); ok {
		mark := at.Mark
		end := len(r.lines)
		atEnd := mark.Line > end || mark.Line == end && mark.Column > len(r.chars(end-1))
		if open := at.ContextMark; open.Line > 0 && atEnd {
			mark = open // the unclosed bracket or quote
		}
		line, col, text = mark.Line, mark.Column, strings.TrimSpace(at.Message+" "+at.ContextMsg)
	}
	r.ProblemAt(line, col, "", r.syntaxHint(line, text), "not YAML: %s", text)
}

// syntaxHint guesses the cause: the encoding, a tab, an open quote, the indentation, or a
// text that needs quotes.
func (r *Reader) syntaxHint(line int, text string) string {
	const quote = `quote text that holds ": " or " #", and inside [ ] and { } also brackets, commas and ${…}`
	if line < 1 || line > len(r.lines) {
		return "save it as text in UTF-8, without control characters"
	}
	this := r.lines[line-1]
	if indent := this[:len(this)-len(strings.TrimLeft(this, " \t"))]; strings.Contains(indent, "\t") {
		return "indent with spaces, not tabs"
	}
	if open := r.openQuote(line); open > 0 {
		return fmt.Sprintf("close the quote on line %d", open)
	}
	switch {
	case strings.HasPrefix(this, "%"):
		return "remove this line: directives are not needed"
	case strings.HasPrefix(text, "unknown anchor"):
		return "define an anchor before its aliases"
	case strings.Contains(text, "not allowed in this context"), strings.Contains(text, "expected key"):
		return "align the line with its neighbours; " + quote
	}
	return quote
}

// openQuote returns the first line up to the given one whose value opens a double quote
// without closing it, or 0.
func (r *Reader) openQuote(line int) int {
	for i, one := range r.lines[:line] {
		value := strings.TrimLeft(one, " -")
		if _, after, ok := strings.Cut(value, ": "); ok {
			value = strings.TrimLeft(after, " ")
		}
		if strings.HasPrefix(value, `"`) && strings.Count(strings.ReplaceAll(value, `\"`, ""), `"`)%2 == 1 {
			return i + 1
		}
	}
	return 0
}
