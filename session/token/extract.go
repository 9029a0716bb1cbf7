package token

import (
	"encoding/json"
	"errors"
	"html"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/lazy"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// A place is where a text stands in a longer one.
type place struct {
	name  string // what calls it, or ""
	depth int
	notes []string // what was left out around it and inside it
}

// of returns the place of the value of a name.
func (p place) of(name string) place {
	p.name, p.depth = name, p.depth+1
	return p
}

func (p place) without(what string) place {
	p.notes = note(slices.Clip(p.notes), what)
	return p
}

// A candidate is a possible token.
type candidate struct {
	place
	text string
	rank rank
}

// rank orders candidates: of several only the likeliest kind counts.
type rank int

const (
	rankToken  rank = iota // by its name, by a scheme, or as a whole JWT
	rankSecret             // by the name of another secret
	rankRandom             // by its look alone
	rankWord               // as the only word of a text
)

const (
	moreText   = "more text around it"
	noToken    = "no token can be told apart in it"
	signs      = "quotes or other signs around it"
	wrapped    = "line breaks inside it"
	spaced     = "white space inside it" // removed from a JWT
	maxNesting = 8                       // texts in texts
	maxPiece   = 64 << 10                // bytes of a text that is searched as one thing
	maxName    = 60                      // bytes
	quotes     = "\"'`“”‘’„«»"
)

// Found is a token in a longer text.
type Found struct {
	Name string // what calls it there, or ""
	Text secret.String
}

// MaxText bounds a text that Find searches, in bytes, and MaxFound the tokens in it.
const (
	MaxText  = 16 << 20
	MaxFound = 10_000
)

var (
	// ErrNoToken reports a text in which Find finds nothing.
	ErrNoToken = errors.New("no token found in it")
	// ErrTooLong reports a text longer than MaxText.
	ErrTooLong = errors.New("the text is longer than 16 MiB")
	// ErrTooMany reports a text with more than MaxFound tokens.
	ErrTooMany = errors.New("the text holds more than 10,000 tokens")
)

// Find returns the tokens of a text in their order: the text itself, with what Parse names around its one token, or
// those of an answer, a command, an address, headers or a log. A word alone counts as a token. It returns ErrNoToken,
// ErrTooLong or ErrTooMany, or at least one token.
func Find(raw string) ([]Found, error) {
	if len(raw) > MaxText {
		return nil, ErrTooLong
	}
	x := search(raw)
	switch {
	case len(x.found) == 0:
		return nil, ErrNoToken
	case x.over:
		return nil, ErrTooMany
	}
	if len(x.found) == 1 && len(x.text) <= maxPiece {
		return []Found{{Text: secret.New(raw)}}, nil
	}
	all := make([]Found, len(x.found))
	for i, c := range x.found {
		all[i] = Found{c.name, secret.New(c.text)}
	}
	return all, nil
}

// AddressIn returns scheme and host of the first address in a text, such as that of a curl command, or "".
func AddressIn(text string) string { return addresses().FindString(text[:min(len(text), maxPiece)]) }

// An extraction looks for tokens in a text.
type extraction struct {
	text  string          // without the escape sequences of a terminal, and what is blank around it
	found []candidate     // those of the best rank so far
	seen  map[string]bool // their texts
	more  bool            // there is more than words: an answer, an address, a log
	over  bool            // there are more than MaxFound
}

// search looks through a text for its likeliest tokens. One that is too long to be one thing, such as a log, is searched
// line by line, where a line holds a JWT or speaks of a token.
func search(raw string) *extraction {
	plain := withoutEscapes(raw)
	s := strings.TrimFunc(plain, isBlank)
	x, p := &extraction{text: s, seen: map[string]bool{}}, place{}
	if len(plain) < len(raw) {
		p = p.without("escape sequences in it")
	}
	if len(s) < len(plain) {
		p = p.without("white space around it")
	}
	switch {
	case strings.IndexByte(s, 0) >= 0: // no text
	case s != "" && isBare(s):
		x.add(p, s, rankWord)
	case len(s) <= maxPiece || !strings.ContainsFunc(s, isBlank):
		x.in(p, s)
	case !x.json(p, s):
		x.more = true
		for line := range strings.Lines(s) {
			folded := strings.ToLower(line)
			speaks := slices.ContainsFunc([]string{"eyj", "token", "auth", "bearer", "cookie", "session"}, func(word string) bool {
				return strings.Contains(folded, word)
			})
			if speaks {
				x.in(place{}, line)
			}
		}
	}
	if x.more && len(x.found) > 0 && x.found[0].rank == rankWord {
		x.found = nil // a word counts where it is the only one
	}
	return x
}

// fault says why there is not one token. It repeats nothing but names.
func (x *extraction) fault() string {
	switch len(x.found) {
	case 0:
		return noToken
	case 1:
		return ""
	}
	fault := "it holds " + prose.Count(len(x.found), "token")
	if names := x.names(); names != "" {
		fault += ", by the name of " + names
	}
	return fault
}

// names returns what calls the tokens.
func (x *extraction) names() string {
	var names []string
	for _, c := range x.found {
		if c.name != "" && len(names) < maxNamed {
			names = note(names, quoteName(c.name))
		}
	}
	return strings.Join(names, ", ")
}

// leftOut names what is around the one token, and what was inside it. It repeats nothing but names.
func (x *extraction) leftOut() []string {
	notes := x.found[0].notes
	if !x.more {
		return notes
	}
	around := moreText
	if named := x.names(); named != "" {
		around += "; the token was taken out of " + named
	}
	notes = slices.DeleteFunc(slices.Clone(notes), func(what string) bool { return what != wrapped && what != spaced })
	return append(notes, around)
}

// in looks through the text at a place.
func (x *extraction) in(p place, s string) {
	s = strings.TrimFunc(s, isBlank)
	switch {
	case s == "" || p.depth > maxNesting:
		return
	case isUnencoded(s) || isSerialization(s):
		x.add(p, s, rankToken)
		return
	case x.json(p, s):
		return
	case len(s) > maxPiece:
		if !strings.ContainsFunc(s, isBlank) {
			x.word(p, s)
		}
		return
	}
	if elements := element().FindAllStringSubmatch(s, -1); len(elements) > 0 {
		x.more = true
		for _, m := range elements {
			x.in(p.of(m[1]), html.UnescapeString(m[2]))
		}
		return
	}
	x.parts(p, s, lex(s))
}

// json looks through the strings of JSON, and reports whether it is such a text.
func (x *extraction) json(p place, s string) bool {
	if strings.IndexByte(`"{[`, s[0]) < 0 {
		return false
	}
	data := []byte(s)
	if !json.Valid(data) {
		return false
	}
	x.value(p, data)
	return true
}

// value looks through the strings of a JSON value.
func (x *extraction) value(p place, raw json.RawMessage) {
	switch {
	case p.depth > maxNesting:
	case raw[0] == '"':
		s, _ := text(raw)
		x.in(p.of(p.name).without(signs), s)
	case raw[0] == '{':
		x.more = true
		all, _ := members(raw)
		for _, m := range all {
			x.value(p.of(m.Name), m.Raw)
		}
	case raw[0] == '[':
		x.more = true
		for item := range elements(raw) {
			x.value(p.of(p.name), item)
		}
	}
}

// parts looks through the words and quotes of a text for names with values, options, and schemes.
func (x *extraction) parts(p place, s string, parts []part) {
	if len(parts) == 2 && isAuthorization(p.name) && !parts[1].quoted && keyAt(parts, 1).name == "" {
		x.word(p, parts[1].text) // of any scheme
		return
	}
	first := true
	for i := 0; i < len(parts); i++ {
		if len(parts) > i+1 && isWordBefore(parts[i]) {
			p = p.without(quoteName(parts[i].text) + " before it")
			continue
		}
		key := keyAt(parts, i)
		if isAuthorization(key.name) && sameLine(parts, key.next) && sameLine(parts, key.next+1) {
			key.next++ // after its scheme
		}
		if key.next >= len(parts) {
			return
		}
		value, at := parts[key.next], p
		if key.next > i {
			at = p.of(strings.TrimLeft(key.name, "-")).without(quoteName(key.name) + " before it")
		}
		if key.next > i && !value.quoted && keyAt(parts, key.next).name != "" {
			p.notes = at.notes[:min(len(at.notes), maxNesting)]
			continue
		}
		if first && !value.quoted {
			if one, what := unwrap(s[value.at:]); what != "" {
				x.word(at.without(what), one)
				return
			}
		}
		first = false
		switch {
		case value.quoted:
			x.in(at.of(at.name).without(signs), value.text)
		case key.name != "" && !key.option && isProse(parts, key.next):
			continue
		case len(parts) > 1 && strings.Trim(value.text, "|*-#$%>:=/.,;") == "":
			p = p.without(signs)
		default:
			x.word(at, value.text)
		}
		i = key.next
	}
}

// word looks through a text without blanks and quotes: a pair, an address, a form, an element of XML.
func (x *extraction) word(p place, s string) {
	if bare := trimSigns(s); len(bare) < len(s) {
		p, s = p.without(signs), bare
	}
	if p.depth > maxNesting || len(s) > maxPiece {
		x.leaf(p, s)
		return
	}
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		x.more = true
		if password, ok := u.User.Password(); ok {
			x.add(p.of("password"), password, rankToken)
		}
		for segment := range strings.SplitSeq(u.Path, "/") {
			x.leaf(p.of(""), segment)
		}
		x.form(p, u.EscapedPath()) // as in //host/:name=value
		x.form(p, u.RawQuery)
		x.form(p, u.EscapedFragment())
		return
	}
	if at := formBegins().FindStringIndex(s); at != nil {
		if before := s[:at[0]]; !strings.Contains(before, "=") {
			x.leaf(p, before)
			s = s[at[0]+1:]
		}
		x.form(p, s)
		return
	}
	if name, value, ok := splitPair(s); ok {
		p = p.without(quoteName(name) + " before it")
		if !secret.NamesToken(p.name) {
			p.name = name
		}
		x.in(p.of(p.name), value)
		return
	}
	x.leaf(p, s)
}

// form looks through the pairs of a query, a fragment or a form. Their percent escapes are undone.
func (x *extraction) form(p place, s string) {
	pairs := strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune("&;?#", r) })
	x.more = x.more || len(pairs) > 1
	for _, one := range pairs {
		name, value, ok := strings.Cut(one, "=")
		value = address.Unescape(value)
		if name = strings.TrimLeft(name, "/:"); ok {
			x.in(p.of(name).without(quoteName(name)+" before it"), value)
		}
	}
}

// leaf adds a text that has no parts.
func (x *extraction) leaf(p place, s string) {
	if plain, ok := unescape(s); ok { // with its scheme, it may be
		x.in(p.of(p.name).without("its encoding"), plain)
		return
	}
	if s == "" || isScheme(s) {
		return
	}
	var items []string
	if len(s) <= maxPiece {
		items = strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(",;|", r) })
	}
	items = slices.DeleteFunc(items, func(item string) bool { return len(items) == 1 || rankOf("", item) != rankToken })
	if len(items) == 0 {
		x.add(p, s, rankOf(p.name, s))
	}
	for _, item := range items { // of a row of CSV
		x.more = true
		x.add(p, item, rankToken)
	}
}

// rankOf judges a text by its name and its look.
func rankOf(name, s string) rank {
	switch {
	case strings.HasPrefix(s, "$"), strings.Contains(s, "{{"), s != "" && strings.Trim(s, ".…*•xX") == "": // a placeholder
		return rankWord
	case secret.ForOneCall(name):
		return rankWord
	case isWhole(s), isScheme(name), secret.NamesToken(name), secret.IssuerKind(s) != "":
		return rankToken
	case secret.SecretName(name), strings.HasSuffix(secret.FoldName(name), "key"):
		return rankSecret
	case secret.HighEntropy(s[strings.LastIndexByte(s, ':')+1:]): // r:random
		return rankRandom
	}
	return rankWord
}

// add adds a candidate, unless there is a better one, or the same. What is worse than it goes.
func (x *extraction) add(p place, text string, rank rank) {
	if len(x.found) > 0 {
		x.more = true
		switch best := x.found[0].rank; {
		case rank > best, rank == rankWord, x.seen[text] && rank == best:
			return
		case rank < best:
			x.found = nil
			clear(x.seen)
		case len(x.found) == MaxFound:
			x.over = true
			return
		}
	}
	x.seen[text] = true
	x.found = append(x.found, candidate{p, text, rank})
}

var (
	addresses  = lazy.Regexp(`https?://[\w.\-\[\]:]+`)
	formBegins = lazy.Regexp(`[?&;,#][A-Za-z_][\w.\-\[\]]*=`)
	element    = lazy.Regexp(`<([\w:.-]+)(?:\s[^<>]*)?>([^<>]+)</`)
)
