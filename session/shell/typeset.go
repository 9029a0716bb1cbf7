package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// plainBlanks replaces Unicode blanks outside of quotes, which web pages and editors
// insert, with spaces. The length in bytes does not change.
func plainBlanks(src string) string {
	if !strings.ContainsFunc(src, isTypesetBlank) {
		return src
	}
	var b strings.Builder
	quote := rune(0)
	escaped := false
	for _, r := range src {
		switch {
		case escaped:
			escaped = false
		case r == '\\' && quote != '\'':
			escaped = true
		case quote == 0 && (r == '"' || r == '\''):
			quote = r
		case r == quote:
			quote = 0
		}
		if quote == 0 && isTypesetBlank(r) {
			b.WriteString(strings.Repeat(" ", utf8.RuneLen(r)))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

func isTypesetBlank(r rune) bool { return r > '~' && unicode.IsSpace(r) }

// typeset maps characters that editors insert to the ones that were typed.
var typeset = map[rune]string{
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '＂': `"`, '″': `"`,
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '´': "'",
	'–': "- or --", '—': "- or --", '‒': "-", '−': "-", '‐': "-", '‑': "-",
	'\u200b': "", '\u200c': "", '\u200d': "", '\u2060': "", '\ufeff': "", '\u00ad': "",
}

// typesetIn returns an error for the first such character outside of quotes, or nil. A
// dash counts only at the beginning of a word's part.
func typesetIn(file *syntax.File) *Error {
	var found *Error
	if file == nil {
		return nil
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.SglQuoted, *syntax.DblQuoted, *syntax.Comment:
			return false
		case *syntax.Redirect:
			return n.Hdoc == nil
		case *syntax.Lit:
			for at, r := range n.Value {
				if own, ok := typeset[r]; ok && found == nil && (own[:min(1, len(own))] != "-" || at == 0) {
					found = &Error{Offset: int(n.Pos().Offset()) + at, Typeset: fmt.Sprintf("an editor replaced %s with %c (U+%04X)", own, r, r)}
					if own == "" {
						found.Typeset = fmt.Sprintf("this word contains an invisible character (U+%04X)", r)
					}
				}
			}
		}
		return found == nil
	})
	return found
}
