// Package widget holds the basic parts of the screen: they draw what they are
// given, know nothing of accounts, and measure in cells.
package widget

import (
	"strings"
	"unicode/utf8"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/ui/theme"
)

const blanks = "                                                                                                                                "

// Blank returns n blank cells.
func Blank(n int) string {
	switch {
	case n <= 0:
		return ""
	case n <= len(blanks):
		return blanks[:n]
	}
	return strings.Repeat(" ", n)
}

// Width measures a line in cells.
func Width(s string) int {
	if isPlain(s) {
		return len(s)
	}
	return ansi.StringWidth(s)
}

// isPlain reports whether every byte is one printable cell: the usual case,
// and a hundred times cheaper to measure than the general one.
func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// Cut shortens a line to w cells at most; what was cut shows as "…".
func Cut(s string, w int) string {
	if w <= 0 {
		return ""
	}
	if isPlain(s) {
		if len(s) <= w {
			return s
		}
		return s[:w-1] + theme.SignMore
	}
	return ansi.Truncate(s, w, theme.SignMore)
}

// Fit makes a line exactly w cells wide, cut or filled on the right.
func Fit(s string, w int) string {
	s = Cut(s, w)
	return s + Blank(w-Width(s))
}

// FitRight is Fit with the blanks on the left.
func FitRight(s string, w int) string {
	s = Cut(s, w)
	return Blank(w-Width(s)) + s
}

// FitMiddle is Fit with the cut in the middle.
func FitMiddle(s string, w int) string { return Fit(CutMiddle(s, w), w) }

// CutMiddle shortens a line in its middle, for what is known by both ends.
func CutMiddle(s string, w int) string {
	if Width(s) <= w {
		return s
	}
	if w < 5 {
		return Cut(s, w)
	}
	tail := (w - 1) / 2
	end, _ := rightOf(s, Width(s)-tail)
	return ansi.Truncate(s, w-1-tail, "") + theme.SignMore + end
}

// CutLeft returns a line without its first n cells.
func CutLeft(s string, n int) string {
	if n <= 0 {
		return s
	}
	text, cells := rightOf(s, n)
	return Blank(cells-Width(text)) + text
}

// rightOf returns the part of a line from column x on, and how many cells
// that is. A wide rune which x cuts in half is left out, so that the text may
// be a cell narrower.
func rightOf(s string, x int) (text string, cells int) {
	cells = max(0, Width(s)-x)
	text = ansi.TruncateLeft(s, x, "")
	if Width(text) > cells {
		text = ansi.TruncateLeft(s, x+1, "")
	}
	return text, cells
}

// Spread puts left and right at the ends of a line of w cells. Where they do
// not fit, left is cut.
func Spread(left, right string, w int) string {
	r := Width(right)
	if r >= w {
		return Fit(right, w)
	}
	if r == 0 {
		return Fit(left, w)
	}
	return Fit(left, w-r-1) + " " + right
}

// Wrap breaks text into lines of at most w cells, between words where it can.
// Line breaks in the text are kept, and a look that goes over one goes on
// behind it.
func Wrap(text string, w int) []string {
	if w <= 0 || text == "" {
		return nil
	}
	if !strings.Contains(text, scheme) {
		return strings.Split(lipgloss.Wrap(text, w, " -/"), "\n")
	}
	whole := lipgloss.Wrap(strings.ReplaceAll(text, scheme, unbroken), w, " -/")
	return strings.Split(strings.ReplaceAll(whole, unbroken, scheme), "\n")
}

// Noted is Wrap for a text behind a sign, "" for none, in one look.
func Noted(look theme.Style, sign, text string, w int) []string {
	if sign != "" {
		sign += " "
	}
	var out []string
	for _, l := range Wrap(text, w-Width(sign)) {
		out = append(out, look.Render(sign+l))
		sign = Blank(Width(sign))
	}
	return out
}

// Paragraph is Wrap in one look, two cells in on both sides.
func Paragraph(look theme.Style, text string, w int) []string {
	out := Wrap(text, w-4)
	for i, l := range out {
		out[i] = "  " + look.Render(l)
	}
	return out
}

// Clip returns the first n rows; if there are more, the last one ends in "…" and has w cells at most.
func Clip(rows []string, n, w int) []string {
	if len(rows) <= n {
		return rows
	}
	return append(rows[:n-1:n-1], ansi.Truncate(rows[n-1], w-1, "")+theme.SignMore)
}

// An address is not broken behind its scheme: what stands in for that while
// breaking is as wide, and has no place to break at.
const (
	scheme   = "://"
	unbroken = ":\ue000\ue001"
)

// Lines splits a view into its lines, cut and filled to exactly w by h.
func Lines(view string, w, h int) []string {
	out := make([]string, 0, h)
	for line := range strings.SplitSeq(view, "\n") {
		if len(out) == h {
			break
		}
		out = append(out, Fit(line, w))
	}
	for len(out) < h {
		out = append(out, Blank(w))
	}
	return out
}

// Indent sets every line of a view n cells in.
func Indent(view string, n int) string {
	if view == "" {
		return ""
	}
	pad := Blank(n)
	return pad + strings.ReplaceAll(view, "\n", "\n"+pad)
}

// CutAt returns the longest beginning of a plain text that fits into w cells,
// and at least one character.
func CutAt(s string, w int) string {
	if isPlain(s) {
		return s[:max(1, min(w, len(s)))]
	}
	if head := ansi.Truncate(s, w, ""); head != "" {
		return head
	}
	_, size := utf8.DecodeRuneInString(s)
	return s[:size]
}

// Fill appends empty lines until there are h.
func Fill(lines []string, h int) []string {
	for len(lines) < h {
		lines = append(lines, "")
	}
	return lines
}
