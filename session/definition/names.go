package definition

import (
	"strings"
	"unicode"
)

// Names are checked without regular expressions, which every start of the
// program would have to compile, also one that reads no definition.

// isMade reports whether a text is not empty, begins with a first rune, and
// goes on with others.
func isMade(s string, first, other func(rune) bool) bool {
	for i, c := range s {
		if i == 0 && !first(c) || i > 0 && !other(c) {
			return false
		}
	}
	return s != ""
}

func isCapital(c rune) bool { return c >= 'A' && c <= 'Z' }
func isSmall(c rune) bool   { return c >= 'a' && c <= 'z' }
func isDigit(c rune) bool   { return c >= '0' && c <= '9' }

func isSmallOrDigit(c rune) bool { return isSmall(c) || isDigit(c) }
func isThingRune(c rune) bool    { return isSmallOrDigit(c) || strings.ContainsRune("_.-", c) }

func isValueStart(c rune) bool { return isCapital(c) || isSmall(c) || c == '_' }
func isValueRune(c rune) bool  { return isValueStart(c) || isDigit(c) }

func isTitleStart(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }
func isTitleRune(c rune) bool  { return isTitleStart(c) || strings.ContainsRune(" _.,/-", c) }

// isHeaderRune knows the characters of a field name (RFC 9110, section 5.6.2).
func isHeaderRune(c rune) bool {
	return isCapital(c) || isSmallOrDigit(c) || strings.ContainsRune("!#$%&'*+.^_`|~-", c)
}
