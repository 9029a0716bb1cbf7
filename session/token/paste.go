package token

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session/secret"
)

// Clean returns a token without what people copy along with it, and names that: white space, quotes and commas, an
// authorization scheme, the name of a header, a JSON member or a variable before it, and curl's -H. Line breaks inside
// are those of a wrapped line and go too; blanks inside go from a JWT, which has none. Whatever takes a token from a
// person takes it through Clean, so that what is stored is what was shown.
func Clean(raw string) (text string, ignored []string) {
	s, ignored := strip(raw)
	if !strings.ContainsFunc(s, isBlank) {
		return s, ignored
	}
	lines := strings.FieldsFunc(s, isLineBreak)
	for i := range lines {
		lines[i] = strings.TrimFunc(strings.TrimSuffix(lines[i], `\`), isBlank)
	}
	if s = strings.Join(lines, ""); len(lines) > 1 {
		ignored = note(ignored, "line breaks inside it")
	}
	if one := joined(s); len(one) < len(s) && new(Token).isJWT(one) {
		return one, note(ignored, "white space inside it")
	}
	return s, ignored
}

// Fault returns what is wrong with a text that is to be sent as a token, or "". A token has printable ASCII alone
// (RFC 6749, appendix A.12). The sentence names the place, and nothing of the text.
func Fault(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' })
	if at < 0 {
		return ""
	}
	return character(text, at) + ", and a token has printable ASCII alone"
}

// LineFault is Fault for a text that is a part of a header or a path: it has no control character.
func LineFault(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return isLineBreak(r) || unicode.IsControl(r) })
	if at < 0 {
		return ""
	}
	return character(text, at) + ", which no header or path can have"
}

// character says which character of a text is at a byte, and of what kind it is.
func character(text string, at int) string {
	r, _ := utf8.DecodeRuneInString(text[at:])
	what := "not ASCII"
	switch {
	case isLineBreak(r):
		what = "a line break"
	case unicode.IsControl(r):
		what = "a control character"
	case isBlank(r):
		what = "an invisible character"
	}
	return "character " + strconv.Itoa(utf8.RuneCountInString(text[:at])+1) + " is " + what
}

const (
	quotes    = "\"'`“”‘’„«»"
	ending    = ",;\\"
	maxName   = 60 // characters
	maxScheme = 20
)

// strip removes what stands around a token, and names it.
func strip(raw string) (s string, ignored []string) {
	s = raw
	authorizes := false // a scheme may follow
	for {
		before := len(s)
		if s = strings.TrimFunc(s, isBlank); len(s) < before {
			ignored = note(ignored, "white space around it")
		}
		inner := strings.TrimRight(strings.Trim(strings.TrimRight(s, ending), quotes+`\`), ending)
		if len(inner) < len(s) {
			s, ignored = inner, note(ignored, "quotes or a comma around it")
		}
		if name, sep, rest := cutName(s); sep != "" {
			s, ignored = rest, note(ignored, quoteName(name+sep)+" before it")
			authorizes = secret.FoldName(name) == "authorization"
		}
		if word, rest := cutWord(s, authorizes); word != "" {
			s, ignored, authorizes = rest, note(ignored, quoteName(word)+" before it"), false
		}
		if len(s) == before {
			return s, ignored
		}
	}
}

// wordsBefore are schemes of Authorization headers, and what commands and programs write before a value.
var wordsBefore = []string{
	"Bearer", "JWT", "Token", "Basic",
	"export", "set", "setx", "const", "let", "var", "-H", "--header", "-b", "--cookie",
}

// cutWord removes a word that ends at a blank. In an Authorization header it may be any scheme.
func cutWord(s string, authorizes bool) (word, rest string) {
	for _, word := range wordsBefore {
		if len(s) <= len(word) || !strings.EqualFold(s[:len(word)], word) {
			continue
		}
		rest := strings.TrimLeftFunc(s[len(word):], isBlank)
		if len(rest)+len(word) < len(s) || word[0] == '-' && strings.IndexAny(rest, quotes) == 0 {
			return word, rest
		}
	}
	word, rest, ok := strings.Cut(s, " ")
	if !authorizes || !ok || strings.ContainsFunc(word, isNotBase64URL) || len(word) > maxScheme || strings.ContainsFunc(strings.TrimSpace(rest), isBlank) {
		return "", s
	}
	return word, strings.TrimSpace(rest)
}

// cutName removes the name of a header, a member or a variable, with the sign after it; sep is "" where there is none.
// A token may itself contain such a sign, so the name must look like one.
func cutName(s string) (name, sep, rest string) {
	begin := strings.TrimPrefix(strings.TrimLeft(s, "?&"+quotes), "$env:")
	end := strings.IndexFunc(begin[:min(len(begin), maxName)], func(r rune) bool { return isNotBase64URL(r) && r != '.' })
	if end <= 0 || begin[0] >= '0' && begin[0] <= '9' {
		return "", "", s
	}
	after := strings.TrimLeft(begin[end:], quotes+" \t")
	if after == "" || after[0] != ':' && after[0] != '=' {
		return "", "", s
	}
	name, sep = begin[:end], after[:1]
	rest = strings.TrimLeftFunc(after[1:], isBlank)
	apart := len(after) < len(begin)-end || len(rest) < len(after)-1 || strings.IndexAny(rest, quotes) == 0
	if strings.Trim(rest, "=") == "" || !apart && !isLabel(name, sep) {
		return "", "", s
	}
	return name, sep, rest
}

// isLabel reports whether a name with a sign and no blank or quote around it is not rather a part of the token itself.
func isLabel(name, sep string) bool {
	folded := secret.FoldName(name)
	if secret.SecretName(name) || folded == "authorization" {
		return true
	}
	return sep == "=" && (strings.ToUpper(name) == name ||
		slices.ContainsFunc([]string{"auth", "token", "session", "key", "cookie", "sid"}, func(part string) bool { return strings.Contains(folded, part) }))
}

// isJWT reports whether a text can be read as one.
func (t *Token) isJWT(s string) bool {
	t.read(s)
	return t.Kind != Opaque
}

// joined returns s without its white space.
func joined(s string) string { return strings.Join(strings.FieldsFunc(s, isBlank), "") }

// isBlank reports white space and the invisible characters that chats and web pages add.
func isBlank(r rune) bool {
	if r > ' ' && r < 0x7f { // most of a token, and it may be megabytes long
		return false
	}
	return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
}

func isLineBreak(r rune) bool {
	return r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029' || r == '\u0085'
}

func note(notes []string, text string) []string {
	if slices.Contains(notes, text) {
		return notes
	}
	return append(notes, text)
}
