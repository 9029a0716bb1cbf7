package theme

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

const reset = "\x1b[m"

// Style is a compiled style for one line of text: rendering is two
// concatenations, since a list draws hundreds of cells a frame.
type Style struct {
	open string
	lip  lipgloss.Style
}

func compile(s lipgloss.Style) Style {
	open, _, _ := strings.Cut(s.Render("x"), "x")
	return Style{open: open, lip: s}
}

// Render returns the text in this style. The text must be one line.
func (s Style) Render(text string) string {
	if s.open == "" || text == "" {
		return text
	}
	return s.open + text + reset
}

// Under applies the style below a line that is already styled, so that it shows
// where the line's own styles leave something unset, usually the background.
func (s Style) Under(line string) string {
	if s.open == "" {
		return line
	}
	return s.open + strings.ReplaceAll(line, reset, reset+s.open) + reset
}

// Over replaces every style of a line by this one.
func (s Style) Over(line string) string { return s.Render(ansi.Strip(line)) }

// Lipgloss returns the same style for the parts that lay out several lines.
func (s Style) Lipgloss() lipgloss.Style { return s.lip }
