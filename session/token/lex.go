package token

import (
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session/lazy"
	"tokenring/session/secret"
)

// splitPair splits a word into a name and its value. A token may itself have the sign between them, so either must look so.
func splitPair(s string) (name, value string, ok bool) {
	s = strings.TrimPrefix(s, "$env:")
	at := strings.IndexAny(s[:min(len(s), maxName)], ":=")
	if at < 0 || !keyWord().MatchString(s[:at]) || strings.Trim(s[at:], ":=") == "" || strings.HasPrefix(s[at:], "://") {
		return "", "", false
	}
	name, value = strings.TrimLeft(s[:at], "-$"), s[at+1:]
	looks := rankOf("", value)
	return name, value, rankOf(name, "") < rankWord || looks == rankToken || s[at] == '=' && (looks < rankWord || strings.ToUpper(name) == name)
}

var (
	keyEnds = lazy.Regexp(`^(?:\$env:|[-$]*)([A-Za-z_][\w.\-]*)["']*(?::|=|:=|=>)$`)
	keyWord = lazy.Regexp(`^(?:\$env:|[-$]*)[A-Za-z_][\w.\-\[\]]*$`)
)

func isAuthorization(name string) bool {
	return strings.HasSuffix(secret.FoldName(name), "authorization")
}

// isAuthorizationBefore reports whether a word is the name of the header and the scheme.
func isAuthorizationBefore(word string) bool {
	name, value, _ := splitPair(word)
	return isAuthorization(name) && isScheme(value)
}

// Schemes are the words before the token in an Authorization header.
var Schemes = []string{"Bearer", "JWT", "Token", "Basic"}

// isWordBefore reports whether a part is what commands and programs write before a value.
func isWordBefore(p part) bool {
	return !p.quoted && slices.Contains([]string{"export", "set", "setx", "const", "let", "var", "-h", "--header", "-b", "--cookie"}, strings.ToLower(p.text))
}

// isScheme reports whether a word is the scheme of an Authorization header before a token.
func isScheme(word string) bool {
	return slices.ContainsFunc(Schemes, func(scheme string) bool { return strings.EqualFold(word, scheme) })
}

// A key is a name or a scheme among the parts of a text, and the number of the part with its value.
type key struct {
	name   string
	next   int
	option bool
}

// keyAt reads the key at a part. Where there is none, the part itself is a value.
func keyAt(parts []part, i int) key {
	p := parts[i]
	name := strings.TrimLeft(p.text, "{[(<,;&?")
	switch {
	case i+1 < len(parts) && parts[i+1].isSign() && (p.quoted || keyWord().MatchString(name)):
		return key{name: name, next: i + 2}
	case p.quoted && i+2 < len(parts) && secret.NamesToken(name) && parts[i+1].text == "," && parts[i+2].quoted:
		return key{name: name, next: i + 2} // the arguments of a call
	case p.quoted:
	case isAuthorizationBefore(name) && i+1 < len(parts):
		return key{name: "Authorization", next: i + 1}
	case i+1 < len(parts) && keyEnds().MatchString(name):
		return key{name: keyEnds().FindStringSubmatch(name)[1], next: i + 1}
	case isScheme(name) && i+1 < len(parts) && !parts[i+1].quoted && !isScheme(parts[i+1].text) && keyAt(parts, i+1).name == "":
		return key{name: name, next: i + 1}
	case strings.HasPrefix(name, "--") && keyWord().MatchString(name) && secret.NamesToken(name):
		return key{name: name, next: i + 1, option: true}
	}
	return key{next: i}
}

// sameLine reports whether a part is a word in the line of the one before it, and no name.
func sameLine(parts []part, i int) bool {
	return i < len(parts) && !parts[i].quoted && !parts[i].isSign() && parts[i].line == parts[i-1].line && keyAt(parts, i).name == ""
}

// isProse reports whether a plain word comes after a part, as in "the token: see below".
func isProse(parts []part, i int) bool {
	return sameLine(parts, i+1) && strings.IndexAny(parts[i+1].text, `-#\&|;/`) != 0 && !strings.Contains(parts[i+1].text, "=")
}

// A part is a word of a text, or what is in quotes.
type part struct {
	text   string
	quoted bool
	at     int // where it begins
	line   int
}

func (p part) isSign() bool { return !p.quoted && strings.Trim(p.text, ":=>") == "" }

// lex splits a text at blanks and quotes. A quote begins a part, or comes after a sign or an option.
func lex(s string) (parts []part) {
	line, begin, endless := 0, 0, "" // quotes that do not end
	flush := func(end int) {
		text := strings.TrimFunc(strings.TrimRight(s[begin:end], `\^`), isBlank)
		if rest := strings.TrimLeft(text, ":=>"); rest != "" && len(rest) < len(text) {
			parts = append(parts, part{text: text[:len(text)-len(rest)], at: begin, line: line})
			begin, text = begin+len(text)-len(rest), rest
		}
		if text != "" {
			parts = append(parts, part{text: text, at: begin, line: line})
		}
	}
	for i, r := range s {
		switch {
		case i < begin: // in quotes
		case strings.HasPrefix(s[i:], "]("): // a link
			flush(i)
			begin = i + 2
		case unicode.IsSpace(r):
			flush(i)
			begin = i + utf8.RuneLen(r)
			if r == '\n' {
				line++
			}
		case strings.ContainsRune(quotes, r) && !strings.ContainsRune(endless, r) && (i == begin || s[begin] == '-' || strings.IndexByte(`=:,([{<$\^`, s[i-1]) >= 0):
			inner, length := quoted(s[i:])
			if length == 0 {
				endless += string(r)
				continue
			}
			flush(i)
			parts = append(parts, part{text: inner, quoted: true, at: i, line: line})
			begin = i + length
		}
	}
	flush(len(s))
	return parts
}

// quoted returns what is in the quotes that a text begins with, and the length with them; 0 if they do not end.
func quoted(s string) (inner string, length int) {
	open, size := utf8.DecodeRuneInString(s)
	ends := map[rune]string{'“': "”", '„': "“”", '‘': "’", '«': "»", '»': "«"}[open]
	if ends == "" {
		ends = string(open)
	}
	for i := size; i < len(s); i++ {
		if s[i] == '\\' && open != '\'' {
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if !strings.ContainsRune(ends, r) {
			continue
		}
		inner = s[size:i]
		if plain, ok := text(json.RawMessage(s[:i+n])); ok && strings.Contains(inner, `\`) && json.Valid([]byte(s[:i+n])) {
			inner = plain
		}
		return inner, i + n
	}
	return "", 0
}
