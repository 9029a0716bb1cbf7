package secret

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// CleanLine makes foreign text safe for one line of a terminal.
//
// It replaces whatever a terminal would obey, and whatever would hide or reorder
// the text around it: control characters by their pictures (U+001B by ␛, a line
// feed by ␊), and invalid UTF-8, C1 controls, bidirectional controls, zero-width
// and tag characters, private-use and unassigned code points by U+FFFD.
//
// Ordinary writing does not change, including accents, joined emoji, and the
// joiners in the spelling of Arabic and Indic scripts.
func CleanLine(s string) string { return clean(s, false) }

// CleanText is [CleanLine] for several lines: line feeds stay, CRLF becomes a
// line feed, and a tab four spaces.
func CleanText(s string) string { return clean(s, true) }

const (
	zwnj    = '\u200c'
	zwj     = '\u200d'
	textVS  = '\ufe0e'
	emojiVS = '\ufe0f'
	keycap  = '\u20e3'
	dotted  = '\u25cc'
	lineSep = '\u2028'
	paraSep = '\u2029'
	newline = '\u2424'
	tab     = "    "

	// More marks on one letter paint over the lines around it.
	maxMarks = 6
	// Unicode has no emoji of more than four pictures, and terminals draw longer
	// chains wider than the one cell they count.
	maxJoins = 3
)

// joinedScripts need ZWNJ and ZWJ between letters.
var joinedScripts = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
	unicode.Malayalam, unicode.Sinhala,
}

func clean(s string, lines bool) string {
	if isPlain(s, lines) {
		return s
	}
	c := &cleaner{lines: lines}
	c.out.Grow(len(s) + len(s)/8)
	for i := 0; i < len(s); {
		if n := plainPrefix(s[i:]); n > 0 {
			c.addPlain(s[i : i+n])
			i += n
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		next, _ := utf8.DecodeRuneInString(s[i+size:])
		if lines && r == '\r' && next == '\n' {
			i += size
			continue
		}
		c.add(r, next)
		i += size
	}
	return c.out.String()
}

// isPlain reports whether s is printable ASCII.
func isPlain(s string, lines bool) bool {
	for {
		n := plainPrefix(s)
		if n == len(s) {
			return true
		}
		if s[n] != '\n' || !lines {
			return false
		}
		s = s[n+1:]
	}
}

// plainPrefix returns the length of the printable ASCII at the start of s.
func plainPrefix(s string) int {
	n := 0
	for n < len(s) && s[n] >= ' ' && s[n] <= '~' {
		n++
	}
	return n
}

// cleaner writes runes and remembers what the next one would attach to.
type cleaner struct {
	out   strings.Builder
	lines bool
	prev  rune
	base  rune // the last rune that is not a mark, selector or joiner; 0 at the start of a line
	marks int  // marks written since base
	joins int  // joiners in this chain of emoji
}

func (c *cleaner) add(r, next rune) {
	switch {
	case r == '\n' && c.lines:
		c.out.WriteByte('\n')
		c.prev, c.base, c.marks, c.joins = 0, 0, 0, 0
	case r == '\t' && c.lines:
		c.addPlain(tab)
	case r == zwj || r == zwnj:
		c.addJoiner(r, next)
	case r == textVS || r == emojiVS:
		if !c.takesSelector(next) {
			r = utf8.RuneError
		}
		c.write(r)
	case isAttached(r):
		c.addMark(r)
	default:
		c.write(StandIn(r))
	}
}

func (c *cleaner) addPlain(s string) {
	c.out.WriteString(s)
	c.prev = rune(s[len(s)-1])
	c.base, c.marks, c.joins = c.prev, 0, 0
}

// write appends r and makes it the base, unless it attaches to another rune.
func (c *cleaner) write(r rune) {
	c.out.WriteRune(r)
	c.prev = r
	if r == zwj || r == zwnj || r == textVS || r == emojiVS {
		return
	}
	if !isPicture(r) {
		c.joins = 0
	}
	c.base, c.marks = r, 0
}

// addMark writes a character that combines with the one before it, or with a
// dotted circle: it must not combine with the screen around the text.
func (c *cleaner) addMark(r rune) {
	if c.base == 0 {
		c.write(dotted)
	}
	if c.marks == maxMarks {
		c.write(utf8.RuneError)
		return
	}
	c.out.WriteRune(r)
	c.prev = r
	c.marks++
}

func (c *cleaner) addJoiner(r, next rune) {
	afterJoiner := c.prev == zwj || c.prev == zwnj
	switch {
	case afterJoiner:
		r = utf8.RuneError
	case r == zwj && isPicture(c.base) && isPicture(next) && c.joins < maxJoins:
		c.joins++
	case unicode.In(c.base, joinedScripts...) && unicode.In(next, joinedScripts...):
	default:
		r = utf8.RuneError
	}
	c.write(r)
}

// takesSelector reports whether a variation selector may follow: after a
// symbol, or the character of a keycap.
func (c *cleaner) takesSelector(next rune) bool {
	if c.prev != c.base {
		return false
	}
	switch {
	case c.base == '\u203c' || c.base == '\u2049' || c.base == '\u3030':
		return true
	case c.base == '#' || c.base == '*' || c.base >= '0' && c.base <= '9':
		return next == keycap
	}
	return c.base > unicode.MaxASCII && unicode.IsSymbol(c.base)
}

// isPicture reports whether r can be part of a joined emoji.
func isPicture(r rune) bool {
	switch {
	case r >= 0x1f3fb && r <= 0x1f3ff: // skin tones
		return true
	case r < 0x2190 || r == utf8.RuneError || r >= 0x2400 && r <= 0x243f:
		return false
	}
	return unicode.In(r, unicode.So, unicode.Sm)
}

// isAttached reports whether r shares the cell of the character before it:
// combining and enclosing marks, and conjoining vowels and finals of Hangul.
func isAttached(r rune) bool {
	switch {
	case r < 0x300 || isHidden(r):
		return false
	case r >= 0x1161 && r <= 0x11ff, r >= 0xd7b0 && r <= 0xd7fb:
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me)
}

func isHidden(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

// StandIn returns r if it is safe to print wherever it is, else its replacement. The selectors
// of text and emoji are, but [CleanLine] judges them by what is around.
func StandIn(r rune) rune {
	switch {
	case r == textVS || r == emojiVS:
		return r
	case r < ' ':
		return 0x2400 + r
	case r <= '~':
		return r
	case r == 0x7f:
		return 0x2421
	case r == lineSep || r == paraSep:
		return newline
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return r // the only visible format characters
	case !unicode.IsGraphic(r) || isHidden(r):
		return utf8.RuneError
	}
	return r
}
