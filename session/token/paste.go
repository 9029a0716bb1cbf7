package token

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tokenring/session/lazy"
	"tokenring/session/secret"
)

// Enter returns the one token of what a person entered, cleaned as by Clean. The note says out of what it was taken,
// and is "" where only signs around it came off. The fault says why nothing can be sent as a token, or is "". Neither
// repeats anything but names.
func Enter(entered secret.String) (value secret.String, note, fault string) {
	text, ignored, fault := Clean(entered.Reveal())
	for _, what := range ignored {
		if strings.HasPrefix(what, moreText) {
			note = "there is " + what
		}
	}
	if fault == "" {
		fault = Fault(text)
	}
	if at := strings.IndexByte(text, ' '); fault == "" && at >= 0 {
		fault = "character " + strconv.Itoa(at+1) + " is a blank, and a token has none"
	}
	return secret.New(text), note, fault
}

// blanksInside is how Clean names blanks that it removed from a JWT.
const blanksInside = "white space inside it"

// Clean returns a token without what people copy along with it, and names that: white space, quotes and commas, the escape
// sequences of a terminal, an authorization scheme, the name of a header, a JSON member or a variable before it, curl's -H,
// and the percent-encoding of a JWT. Line breaks inside are those of a wrapped line and go too; blanks inside go from a JWT,
// which has none. Out of a longer text, such as a command or an answer, it takes the one token; the fault says that there
// are several or none, such as a scheme alone. Every token that a person enters passes through Clean, so that the stored
// text is the one that was shown.
func Clean(raw string) (text string, ignored []string, fault string) {
	s, ignored := strip(raw)
	if isScheme(s) {
		return "", nil, noToken
	}
	if isSerialization(s) || !strings.ContainsFunc(s, isBlank) && !hasParts(s) {
		return s, ignored, ""
	}
	if one, ok := unwrap(s); !ok && !hasParts(s) && !strings.ContainsFunc(s, unicode.IsSpace) {
		return s, ignored, "" // with invisible characters, which Fault names
	} else if ok {
		what := blanksInside
		if strings.ContainsFunc(s, isLineBreak) {
			what = "line breaks inside it"
		}
		return one, note(ignored, what), ""
	}
	one, what, fault := extract(raw)
	if fault != "" {
		return "", nil, fault
	}
	if one, ignored, fault = Clean(one); fault != "" {
		return "", nil, fault
	}
	return one, note(ignored, what), ""
}

// hasParts reports whether a text without blanks is more than a token: an address, a form, a part of JSON or XML. One of megabytes is a token.
func hasParts(s string) bool {
	return len(s) <= maxPiece && strings.ContainsAny(s, marksOfParts) && !isUnencoded(s) && (structure().MatchString(s) || formBegins().MatchString(s))
}

// isUnencoded reports whether s is a JWS whose payload is plain text (RFC 7797): its signs are its own.
func isUnencoded(s string) bool {
	first, rest, _ := strings.Cut(s, ".")
	header, _ := decode(new([]byte), first)
	var says struct {
		B64 *bool `json:"b64"`
	}
	return strings.Contains(rest, ".") && json.Unmarshal(header, &says) == nil && says.B64 != nil && !*says.B64
}

// marksOfParts are the characters of which structure and formBegins need one. Most tokens have none.
const marksOfParts = `:"'<>[]{}?&;,#`

var structure = lazy.Regexp(`^[A-Za-z][A-Za-z0-9+.\-]*://|^[{\[].+[:"'].+[}\]]$|["'][:=,]|[:=,]["']|^<.+>$|^\[.+\]\(`)

// unwrap joins the lines of one wrapped token, and the pieces of a JWT.
func unwrap(s string) (one string, ok bool) {
	lines := strings.FieldsFunc(s, isLineBreak)
	for i := range lines {
		lines[i] = strings.TrimFunc(strings.TrimSuffix(lines[i], `\`), isBlank)
	}
	one = strings.Join(lines, "")
	apart := slices.ContainsFunc(lines, func(line string) bool {
		_, sep, _ := cutName(line)
		return sep != "" || hasParts(line) || strings.ContainsFunc(line, isBlank)
	})
	if len(lines) > 1 && !apart && !severalOf(lines) {
		return one, true
	}
	words := strings.FieldsFunc(s, isBlank)
	one = strings.Join(words, "")
	if len(words) < 2 || strings.Trim(one, jwtCharacters) != "" || isWhole(words[0]) && hasSignature(words[0]) {
		return "", false
	}
	first, _, _ := strings.Cut(one, ".")
	header, _ := decode(new([]byte), first)
	return one, isObject(header) && json.Valid(header)
}

const jwtCharacters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=_-."

// severalOf reports whether lines are tokens of their own.
func severalOf(lines []string) bool {
	whole := 0
	for _, line := range lines {
		if isWhole(line) && hasSignature(line) || secret.IssuerKind(line) != "" || secret.IsUUID(line) {
			whole++
		}
	}
	return whole > 1 || whole == 1 && isWhole(lines[0])
}

// hasSignature reports whether the last part of a JWT has the length of a signature (RFC 7518 section 3, RFC 8037).
func hasSignature(s string) bool {
	return slices.Contains([]int{43, 64, 86, 128, 176, 342, 512, 683}, len(s)-strings.LastIndexByte(s, '.')-1)
}

// Fault returns what is wrong with a text that is to be sent as a token, or "". A token has printable ASCII alone
// (RFC 6749, appendix A.12). The sentence names the place, and nothing of the text.
func Fault(text string) string {
	if isShortened(text) {
		return shortened
	}
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

// ScopeFault is Fault for the scopes that a login asks for, with blanks between (RFC 6749, appendix A.4).
func ScopeFault(text string) string {
	at := strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
	if at < 0 {
		return ""
	}
	return character(text, at) + `, and a scope has printable ASCII without " and \ alone`
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
	case r <= unicode.MaxASCII:
		what = string(r)
	}
	return "character " + strconv.Itoa(utf8.RuneCountInString(text[:at])+1) + " is " + what
}

const (
	quotes    = "\"'`“”‘’„«»"
	ending    = ",;\\"
	maxName   = 60 // characters
	maxScheme = 20
)

// strip removes the text around a token, and names it.
func strip(raw string) (s string, ignored []string) {
	s = raw
	authorizes := false // a scheme may follow
	for {
		before := len(s)
		if s = strings.TrimFunc(s, isBlank); len(s) < before {
			ignored = note(ignored, "white space around it")
		}
		if plain := withoutEscapes(s); len(plain) < len(s) {
			s, ignored = plain, note(ignored, "escape sequences in it")
		}
		inner := strings.TrimRight(strings.Trim(strings.TrimRight(s, ending), quotes+`\`), ending)
		if len(inner) < len(s) {
			s, ignored = inner, note(ignored, "quotes or a comma around it")
		}
		if inner, ok := cutBrackets(s); ok {
			s, ignored = inner, note(ignored, "brackets around it")
		}
		if name, sep, rest := cutName(s); sep != "" {
			s, ignored = rest, note(ignored, quoteName(name+sep)+" before it")
			authorizes = secret.FoldName(name) == "authorization"
		}
		if word, rest := cutWord(s, authorizes); word != "" {
			s, ignored, authorizes = rest, note(ignored, quoteName(word)+" before it"), false
		}
		if plain, ok := unescape(s); ok {
			s, ignored = plain, note(ignored, "its percent-encoding")
		}
		if len(s) == before {
			return s, ignored
		}
	}
}

var escapes = lazy.Regexp(`\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-Z])`)

// withoutEscapes removes the escape sequences of a terminal (ECMA-48), as of a log in colours.
func withoutEscapes(s string) string {
	if strings.IndexByte(s, '\x1b') < 0 {
		return s
	}
	return escapes().ReplaceAllString(s, "")
}

// unescape undoes the percent-encoding of a JWT, with its scheme or not, as often as it was applied. Tokens of other
// formats may contain the sign.
func unescape(s string) (plain string, ok bool) {
	plain = s
	for range maxNesting {
		next, err := url.PathUnescape(plain)
		if err != nil || next == plain {
			break
		}
		plain = next
		if _, rest := cutWord(plain, true); isWhole(rest) {
			return plain, true
		}
	}
	return s, false
}

// cutBrackets removes brackets around a word, as around a place to fill in.
func cutBrackets(s string) (inner string, ok bool) {
	if len(s) < 3 {
		return s, false
	}
	inner = s[1 : len(s)-1]
	switch s[:1] + s[len(s)-1:] {
	case "<>":
		return inner, !strings.ContainsAny(inner, "<>"+quotes) && !strings.ContainsFunc(inner, isBlank)
	case "[]", "()", "{}":
		return inner, strings.Trim(inner, jwtCharacters) == ""
	}
	return s, false
}

// Schemes are the words before the token in an Authorization header.
var Schemes = []string{"Bearer", "JWT", "Token", "Basic"}

// wordsBefore are these, and what commands and programs write before a value.
var wordsBefore = append([]string{"export", "set", "setx", "const", "let", "var", "-H", "--header", "-b", "--cookie"}, Schemes...)

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
