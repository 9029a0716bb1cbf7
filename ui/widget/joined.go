package widget

import (
	"strings"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"
)

// Unjoin draws each character that is joined of several, in as many cells as it has, by
// its first one: an emoji of a family as a man. Terminals that do not measure whole
// characters (mode 2027) count each of its parts, and would move what follows. A flag is
// its two letters.
func Unjoin(frame string) string {
	if !strings.ContainsFunc(frame, mayJoin) {
		return frame
	}
	var b strings.Builder
	b.Grow(len(frame))
	for line := range strings.Lines(frame) {
		if !strings.ContainsFunc(line, mayJoin) {
			b.WriteString(line)
			continue
		}
		for line != "" {
			one, cells := ansi.FirstGraphemeCluster(line, ansi.GraphemeWidth)
			if line[0] < ' ' {
				_, _, n, _ := ansi.DecodeSequence(line, 0, nil)
				one, cells = line[:max(1, n)], 0
			}
			line = line[len(one):]
			if cells > 0 && strings.ContainsFunc(one, mayJoin) {
				one = unjoined(one, cells)
			}
			b.WriteString(one)
		}
	}
	return b.String()
}

// mayJoin reports whether terminals may disagree on how wide a rune is beside another.
func mayJoin(r rune) bool {
	return r >= 0x300 && (r < 0x2010 || r > 0x2bff && r < 0x2e80 || r >= 0xfe00 && r < 0xfe10 || r >= 0x1f000) && r != utf8.RuneError ||
		r == keycap
}

// The parts of a character that are no picture of their own.
const (
	keycap      = '\u20e3'
	firstLetter = '\U0001f1e6' // of a flag, A
	lastLetter  = '\U0001f1ff'
)

// unjoined draws one character of several runes in a number of cells.
func unjoined(s string, cells int) string {
	first, size := utf8.DecodeRuneInString(s)
	if first >= firstLetter && first <= lastLetter {
		letters := ""
		for _, r := range s {
			letters += string('A' + r - firstLetter)
		}
		return Fit(letters, cells)
	}
	if size == len(s) || ansi.StringWidthWc(s) == cells && !strings.ContainsAny(s, "\u200d\ufe0f") {
		return s
	}
	alone := s[:size]
	if ansi.StringWidthWc(alone) > cells {
		alone = string(utf8.RuneError)
	}
	return alone + Blank(cells-ansi.StringWidthWc(alone))
}
