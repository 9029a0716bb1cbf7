package shell

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"mvdan.cc/sh/v3/syntax"
)

// plainBlanks replaces the blanks outside quotes that a web page or an editor put in
// place of plain ones, and the breaks of lines of other systems. The result is as long
// as the source.
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

// typeset has the characters that editors put in place of the shell's own.
var typeset = map[rune]string{
	'“': `"`, '”': `"`, '„': `"`, '‟': `"`, '«': `"`, '»': `"`, '＂': `"`, '″': `"`,
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '′': "'", '´': "'",
	'–': "- or --", '—': "- or --", '‒': "-", '−': "-", '‐': "-", '‑': "-",
	'\u200b': "", '\u200c': "", '\u200d': "", '\u2060': "", '\ufeff': "", '\u00ad': "",
}

// typesetIn returns the first such character at the beginning of an unquoted part of a
// word, or nil.
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
					found = &Error{Offset: int(n.Pos().Offset()) + at, Typeset: fmt.Sprintf("an editor put %c (U+%04X) in place of %s", r, r, own)}
					if own == "" {
						found.Typeset = fmt.Sprintf("an invisible character (U+%04X) is in this word", r)
					}
				}
			}
		}
		return found == nil
	})
	return found
}
