package request

import (
	"strings"

	"tokenring/session/shell"
)

// text is one argument of a command line: literal text and variables.
type text []word

// word is a literal, or the value of a shell variable.
type word struct {
	literal  string
	variable string
}

func literal(s string) text {
	if s == "" {
		return nil
	}
	return text{{literal: s}}
}

// separated appends a separator unless t is empty.
func (t text) separated(by string) text {
	if len(t) == 0 {
		return t
	}
	return append(t, word{literal: by})
}

// shell quotes the argument for a POSIX shell (XCU 2.2): single quotes for literals, double
// quotes with a variable, none for a plain word.
func (t text) shell() string {
	plain, variables := "", false
	for _, w := range t {
		plain += w.literal
		variables = variables || w.variable != ""
	}
	switch {
	case !variables:
		return shell.Quote(plain)
	case strings.ContainsRune(plain, '!'): // bash expands it in double quotes, and a backslash before it stays
		return t.mixed()
	}
	return t.doubleQuoted()
}

func (t text) mixed() string {
	var b strings.Builder
	for _, w := range t {
		if w.variable != "" {
			b.WriteString(`"$` + w.variable + `"`)
		} else {
			b.WriteString(shell.Quote(w.literal))
		}
	}
	return b.String()
}

func (t text) doubleQuoted() string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "`", "\\`")
	var b strings.Builder
	b.WriteByte('"')
	for i, w := range t {
		switch {
		case w.variable == "":
			b.WriteString(escape.Replace(w.literal))
		case i+1 < len(t) && t[i+1].literal != "" && isNameByte(t[i+1].literal[0]):
			b.WriteString("${" + w.variable + "}")
		default:
			b.WriteString("$" + w.variable)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// isNameByte reports whether c would continue the name of a variable.
func isNameByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}
