package definition

import (
	"slices"
	"strings"
	"unicode"

	"tokenring/session/yaml"
)

// Names are checked without regular expressions, which every start of the program would compile.

// consistsOf reports whether a text begins with a first rune and continues with others.
func consistsOf(s string, first, other func(rune) bool) bool {
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

func isSmallOrDigit(c rune) bool   { return isSmall(c) || isDigit(c) }
func isIdentifierRune(c rune) bool { return isSmallOrDigit(c) || strings.ContainsRune("_.-", c) }

func isValueStart(c rune) bool { return isCapital(c) || isSmall(c) || c == '_' }
func isValueRune(c rune) bool  { return isValueStart(c) || isDigit(c) }

func isTitleStart(c rune) bool { return unicode.IsLetter(c) || unicode.IsNumber(c) }
func isTitleRune(c rune) bool  { return isTitleStart(c) || strings.ContainsRune(" _.,/-", c) }

const maxName = 64

// isHeaderRune reports whether c can be in a field name (RFC 9110, section 5.6.2).
func isHeaderRune(c rune) bool {
	return isCapital(c) || isSmallOrDigit(c) || strings.ContainsRune("!#$%&'*+.^_`|~-", c)
}

// checkValueName checks the name of a field, prompt or capture, which jq reads as .name.
func (d *decoder) checkValueName(n *yaml.Node, name string) bool {
	switch {
	case !consistsOf(name, isValueStart, isValueRune) || len(name) > maxName:
		d.Problem(n, "letters, digits and _, not beginning with a digit", "%q cannot be a name that jq reads", yaml.Clip(name))
	case slices.Contains(reserved, name):
		d.Problem(n, "choose another", "the name %s is the format's own", name)
	default:
		return true
	}
	return false
}

// checkTitleName checks the name of a request, which lists show.
func (d *decoder) checkTitleName(n *yaml.Node, name string) bool {
	return d.checkRunes(n, name, isTitleStart, isTitleRune, "letters, digits, blanks and . , _ / -")
}

// checkIdentifier checks the name of a definition, login or attach mode.
func (d *decoder) checkIdentifier(n *yaml.Node, name string) bool {
	return d.checkRunes(n, name, isSmallOrDigit, isIdentifierRune, "lower-case letters, digits, . _ and -")
}

func (d *decoder) checkRunes(n *yaml.Node, name string, first, other func(rune) bool, hint string) bool {
	ok := consistsOf(name, first, other) && len(name) <= maxName
	if !ok {
		d.Problem(n, hint, "%q cannot be a name", yaml.Clip(name))
	}
	return ok
}

// unique reports a duplicate name and returns the list with the name.
func (d *decoder) unique(n *yaml.Node, what, name string, taken []string) []string {
	if slices.Contains(taken, name) {
		d.Problem(n, "names are unique", "a second %s named %s", what, name)
		return taken
	}
	return append(taken, name)
}
