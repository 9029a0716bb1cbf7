package token

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// A candidate is a possible token in a longer text, with the name or the scheme before it.
type candidate struct {
	name, text string
	rank       rank
}

// rank orders candidates: of several only the likeliest kind counts.
type rank int

const (
	rankToken  rank = iota // by its name, by a scheme, or as a whole JWT
	rankSecret             // by the name of another secret
	rankRandom             // by its look alone
)

const (
	moreText   = "more text around it"
	noToken    = "no token can be told apart in it"
	maxNesting = 8        // texts in texts
	maxPiece   = 64 << 10 // bytes of a text that is searched as one thing
	opening    = "{[(<,;&?"
)

// Found is a token in a longer text.
type Found struct {
	Name string // what calls it there, or ""
	Text secret.String
}

// MaxText bounds a text that Find searches, in bytes.
const MaxText = 16 << 20

var (
	// ErrNoToken reports a text in which Find finds nothing.
	ErrNoToken = errors.New("no token found in it")
	// ErrTooLong reports a text longer than MaxText.
	ErrTooLong = errors.New("the text is longer than 16 MiB")
)

// Find returns the tokens of a text in their order: the text itself, with what Parse names around its one token, or
// those of an answer, a command, an address, headers or a log. A word alone counts as a token. It returns ErrNoToken or
// ErrTooLong, or at least one token.
func Find(raw string) ([]Found, error) {
	if len(raw) > MaxText {
		return nil, ErrTooLong
	}
	if isOne := len(raw) <= maxPiece || !strings.ContainsFunc(strings.TrimFunc(raw, isBlank), isBlank); isOne {
		if text, _, fault := Clean(raw); fault == "" && text != "" {
			return []Found{{Text: secret.New(raw)}}, nil
		}
	}
	var all []Found
	seen := map[string]bool{}
	for _, c := range likeliest(candidates(raw)) {
		if text, _, fault := Clean(c.text); fault == "" && !seen[text] {
			seen[text] = true
			all = append(all, Found{c.name, secret.New(text)})
		}
	}
	if len(all) == 0 {
		return nil, ErrNoToken
	}
	return all, nil
}

// AddressIn returns scheme and host of the first address in a text, such as that of a curl command, or "".
func AddressIn(text string) string { return addresses().FindString(text[:min(len(text), maxPiece)]) }

// candidates looks through a text. One that is too long to be one thing, such as a log, is searched line by line, where a
// line holds a JWT or speaks of a token.
func candidates(raw string) []candidate {
	x := extraction{}
	raw = withoutEscapes(raw)
	if len(raw) <= maxPiece {
		x.text("", raw, 0)
		return x.found
	}
	for line := range strings.Lines(raw) {
		folded := strings.ToLower(line)
		speaks := slices.ContainsFunc([]string{"eyj", "token", "auth", "bearer", "cookie", "session"}, func(word string) bool {
			return strings.Contains(folded, word)
		})
		if speaks && len(line) <= maxPiece {
			x.text("", line, 0)
		}
	}
	return x.found
}

// likeliest returns the candidates of the first rank that there is.
func likeliest(all []candidate) []candidate {
	if len(all) == 0 {
		return nil
	}
	best := slices.MinFunc(all, func(a, b candidate) int { return int(a.rank - b.rank) }).rank
	return slices.DeleteFunc(all, func(c candidate) bool { return c.rank != best })
}

// extract finds the one token in a longer text. The note says that there is more and what calls the token; it repeats
// nothing else.
func extract(raw string) (text, note, fault string) {
	var found []candidate
	if len(raw) <= maxPiece {
		found = likeliest(candidates(raw))
	}
	if len(found) == 0 {
		return "", "", noToken
	}
	var names, values []string
	for _, c := range found {
		if slices.Contains(values, c.text) {
			continue
		}
		values = append(values, c.text)
		if name := quoteName(c.name); c.name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	named := strings.Join(names[:min(len(names), maxNamed)], ", ")
	switch {
	case len(values) > 1 && named != "":
		return "", "", "it holds " + prose.Count(len(values), "token") + ", by the name of " + named
	case len(values) > 1:
		return "", "", "it holds " + prose.Count(len(values), "token")
	case named != "":
		return values[0], moreText + "; the token was taken out of " + named, ""
	}
	return values[0], moreText, ""
}

type extraction struct{ found []candidate }

// text looks through a text: the value of a name, or the whole.
func (x *extraction) text(name, s string, depth int) {
	s = strings.TrimFunc(s, isBlank)
	if s == "" || depth > maxNesting || x.json(name, s, depth) {
		return
	}
	if one, ok := unwrap(s); ok {
		s = one
	}
	if elements := element().FindAllStringSubmatch(s, -1); len(elements) > 0 {
		for _, m := range elements {
			x.text(m[1], html.UnescapeString(m[2]), depth+1)
		}
		return
	}
	parts := lex(s)
	if len(parts) == 1 && !parts[0].quoted {
		x.word(name, parts[0].text, depth)
		return
	}
	x.parts(name, parts, depth)
}

// json looks through the strings of a JSON object or array, and reports whether it is one.
func (x *extraction) json(name, s string, depth int) bool {
	if s[0] == '"' && name != "" {
		if text, ok := text(json.RawMessage(s)); ok && json.Valid([]byte(s)) {
			x.text(name, text, depth+1)
			return true
		}
	}
	if depth > maxNesting || s[0] != '{' && s[0] != '[' || !json.Valid([]byte(s)) {
		return false
	}
	if s[0] == '{' {
		all, _ := members([]byte(s))
		for _, m := range all {
			if raw := string(m.Raw); strings.IndexByte(`"{[`, raw[0]) >= 0 {
				x.json(m.Name, raw, depth+1)
			}
		}
		return true
	}
	var items []json.RawMessage
	_ = json.Unmarshal([]byte(s), &items) // it is valid
	for _, item := range items {
		if strings.IndexByte(`"{[`, item[0]) >= 0 {
			x.json(name, string(item), depth+1)
		}
	}
	return true
}

// parts looks through the words and quotes of a text for names with values, options, and schemes.
func (x *extraction) parts(name string, parts []part, depth int) {
	if len(parts) == 2 && isAuthorization(name) && !parts[1].quoted && keyAt(parts, 1).name == "" {
		x.word(name, parts[1].text, depth) // of any scheme
		return
	}
	for i := 0; i < len(parts); i++ {
		key := keyAt(parts, i)
		if isAuthorization(key.name) && sameLine(parts, key.next) && sameLine(parts, key.next+1) {
			key.next++ // after its scheme
		}
		switch {
		case key.next >= len(parts):
			return
		case key.next > i && !parts[key.next].quoted && keyAt(parts, key.next).name != "":
			continue
		case parts[key.next].quoted:
			x.text(key.name, parts[key.next].text, depth+1)
		case key.name != "" && !key.option && isProse(parts, key.next):
			continue
		default:
			x.word(key.name, parts[key.next].text, depth)
		}
		i = key.next
	}
}

// word looks through a text without blanks and quotes: a pair, an address, a form, an element of XML.
func (x *extraction) word(name, s string, depth int) {
	s = strings.TrimRight(strings.TrimLeft(s, opening), "}])>,;")
	if depth > maxNesting || s == "" {
		return
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		if password, ok := u.User.Password(); ok {
			x.add("password", password, rankToken)
		}
		for segment := range strings.SplitSeq(u.Path, "/") {
			x.leaf("", segment)
		}
		x.form(u.RawQuery, depth)
		x.form(u.EscapedFragment(), depth)
		return
	}
	if at := formBegins().FindStringIndex(s); at != nil {
		if before := s[:at[0]]; !pair().MatchString(before) {
			x.leaf(name, before)
			s = s[at[0]+1:]
		}
		x.form(s, depth)
		return
	}
	m := pair().FindStringSubmatch(s)
	if m == nil || secret.NamesToken(name) && !secret.NamesToken(m[1]) || strings.HasPrefix(m[2], "//") {
		x.leaf(name, s)
		return
	}
	x.text(m[1], m[2], depth+1)
}

// form looks through the pairs of a query, a fragment or a form. Their percent escapes are undone.
func (x *extraction) form(s string, depth int) {
	for one := range strings.FieldsFuncSeq(s, func(r rune) bool { return strings.ContainsRune("&;,?#", r) }) {
		name, value, ok := strings.Cut(one, "=")
		if plain, err := url.QueryUnescape(value); err == nil {
			value = plain
		}
		if ok {
			x.text(name, value, depth+1)
		}
	}
}

// leaf adds a text that has no parts, if it may be the token.
func (x *extraction) leaf(name, s string) {
	folded := secret.FoldName(name)
	if plain, ok := unescape(s); ok { // with its scheme, it may be
		x.text(name, plain, 0)
		return
	}
	switch {
	case s == "" || isScheme(s) || strings.HasPrefix(s, "$") || strings.Contains(s, "{{") || strings.Trim(s, ".…*•xX") == "":
		// a placeholder
	case secret.ForOneCall(name):
	case isWhole(s), isScheme(name), secret.NamesToken(name), secret.IssuerKind(s) != "":
		x.add(name, s, rankToken)
	case secret.SecretName(name), strings.HasSuffix(folded, "key"):
		x.add(name, s, rankSecret)
	case secret.HighEntropy(s):
		x.add(name, s, rankRandom)
	}
}

func (x *extraction) add(name, text string, rank rank) {
	x.found = append(x.found, candidate{strings.TrimLeft(name, "-"), text, rank})
}

var (
	pair       = lazy.Regexp(`^[-$]*([A-Za-z_][\w.\-\[\]:]*?)[:=](.*[^=].*)$`)
	addresses  = lazy.Regexp(`https?://[\w.\-\[\]:]+`)
	formBegins = lazy.Regexp(`[?&;,#][A-Za-z_][\w.\-\[\]]*=`)
	element    = lazy.Regexp(`<([\w:.-]+)(?:\s[^<>]*)?>([^<>]+)</`)
	keyEnds    = lazy.Regexp(`^(?:\$env:)?[-$]*([A-Za-z_][\w.\-]*)["']*(?::|=|:=|=>)$`)
	keyWord    = lazy.Regexp(`^[-$]*[A-Za-z_][\w.\-]*$`)
)

func isAuthorization(name string) bool {
	return strings.HasSuffix(secret.FoldName(name), "authorization")
}

// isAuthorizationBefore reports whether a word is the name of the header and the scheme.
func isAuthorizationBefore(word string) bool {
	m := pair().FindStringSubmatch(word)
	return m != nil && isAuthorization(m[1]) && isScheme(m[2])
}

// isScheme reports whether a word is the scheme of an Authorization header before a token.
func isScheme(word string) bool {
	return slices.ContainsFunc(Schemes, func(scheme string) bool { return strings.EqualFold(word, scheme) })
}

// isWhole reports whether a text is a JWT with all its parts.
func isWhole(s string) bool {
	if strings.Count(s, ".") < 2 || strings.ContainsFunc(s, func(r rune) bool { return r != '.' && isNotBase64URL(r) }) {
		return false
	}
	t := Token{Segments: strings.Count(s, ".") + 1}
	t.read(s)
	return t.Kind != Opaque && t.Header != nil && len(t.Damage) == 0
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
	name := strings.TrimLeft(p.text, opening)
	switch {
	case i+1 < len(parts) && parts[i+1].isSign() && (p.quoted || keyWord().MatchString(name)):
		return key{name: name, next: i + 2}
	case p.quoted && i+2 < len(parts) && secret.NamesToken(name) && parts[i+1].text == "," && parts[i+2].quoted:
		return key{name: name, next: i + 2} // the arguments of a call
	case p.quoted:
	case isAuthorizationBefore(name) && i+1 < len(parts):
		return key{name: "Authorization", next: i + 1}
	case keyEnds().MatchString(name):
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
	return sameLine(parts, i+1) && strings.IndexAny(parts[i+1].text, `-#\&|;/`) != 0 && !pair().MatchString(parts[i+1].text)
}

// A part is a word of a text, or what is in quotes.
type part struct {
	text   string
	quoted bool
	line   int
}

func (p part) isSign() bool { return !p.quoted && strings.Trim(p.text, ":=>") == "" }

// lex splits a text at blanks and quotes. A quote begins a part, or comes after a sign or an option.
func lex(s string) (parts []part) {
	line, begin := 0, 0
	flush := func(end int) {
		text := strings.TrimRight(s[begin:end], `\^`)
		if rest := strings.TrimLeft(text, ":=>"); rest != "" && len(rest) < len(text) {
			parts = append(parts, part{text: text[:len(text)-len(rest)], line: line})
			text = rest
		}
		if text != "" {
			parts = append(parts, part{text: text, line: line})
		}
	}
	for i, r := range s {
		switch {
		case i < begin: // in quotes
		case strings.HasPrefix(s[i:], "]("): // a link
			flush(i)
			begin = i + 2
		case isBlank(r):
			flush(i)
			begin = i + utf8.RuneLen(r)
			if r == '\n' {
				line++
			}
		case strings.ContainsRune(quotes, r) && (i == begin || s[begin] == '-' || strings.IndexByte(`=:,([{<$\^`, s[i-1]) >= 0):
			inner, length := quoted(s[i:])
			if length == 0 {
				continue
			}
			flush(i)
			parts = append(parts, part{text: inner, quoted: true, line: line})
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
