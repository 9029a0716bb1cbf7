package secret

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"unicode"

	"tokenring/session/lazy"
)

// Clear is the one check of text that is about to be written where no key
// protects it: an export, a column that lists read, a project's file, a name. It
// finds known secrets and what looks like one. A nil Clear knows none.
type Clear struct {
	redactors []func() *Redactor
	parts     []String // too common or short for a redactor, but a part of a path may be one
}

// NewClear returns a Clear that knows these secrets. A common word is no
// evidence, and neither is a short text.
func NewClear(known ...String) *Clear {
	var none *Clear
	return none.With(known...)
}

// With returns a Clear that knows further secrets too.
func (c *Clear) With(further ...String) *Clear {
	all := &Clear{}
	if c != nil {
		*all = *c
	}
	strong := slices.DeleteFunc(withPasswords(further), func(s String) bool {
		raw := s.Reveal()
		return len(raw) < minKnown || isWeak(raw)
	})
	if len(strong) > 0 {
		redactor := sync.OnceValue(func() *Redactor { return NewRedactor(strong...) })
		all.redactors = append(slices.Clip(all.redactors), redactor)
	}
	return all
}

// Of returns a Clear for what an account writes, which knows its own secrets too. A
// part of a path that is one is masked whatever it looks like.
func (c *Clear) Of(own ...String) *Clear {
	all := c.With(own...)
	all.parts = append(slices.DeleteFunc(slices.Clone(own), String.IsZero), all.parts...)
	return all
}

// Knows reports whether a known secret is in a text, in whatever form.
func (c *Clear) Knows(text string) bool { return c.mask(text) != text }

// Text returns text without its secrets, for names and titles.
func (c *Clear) Text(text string) string { return MaskText(c.mask(text)) }

// Path returns the path or address of a request without its secrets, for lists.
func (c *Clear) Path(path string) string { return MaskPath(c.maskParts(c.mask(path), isJoint)) }

// Made is Text for a name that was made of a path: it does not have what Path hides.
func (c *Clear) Made(name, path string) string {
	name = c.With(InPath(path)...).Text(name)
	if c.maskParts(path, isJoint) == path {
		return name
	}
	return c.maskParts(name, func(r rune) bool { return isJoint(r) || strings.ContainsRune("-_.", r) })
}

// maskParts hides the parts of a text that are a secret of the account itself.
func (c *Clear) maskParts(text string, separates func(rune) bool) string {
	if c == nil || len(c.parts) == 0 {
		return text
	}
	return replaceFields(text, separates, func(part string) string {
		if c.isPart(part) {
			return Hidden
		}
		return part
	})
}

// isPart reports whether a part of a path is a secret of the account itself, as it is or
// percent-encoded up to three times.
func (c *Clear) isPart(part string) bool {
	for range 4 {
		if slices.ContainsFunc(c.parts, func(s String) bool { return s.Reveal() == part }) {
			return true
		}
		part, _ = url.PathUnescape(part)
	}
	return false
}

// mask hides the known secrets.
func (c *Clear) mask(text string) string {
	if c == nil {
		return text
	}
	for _, redactor := range c.redactors {
		text = redactor().Text(text)
	}
	return text
}

// MayHold reports whether a known secret could be in text at all: a word of it is
// neither common nor short. To gather what is known may take long.
func MayHold(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r > '~' }) || slices.ContainsFunc(strings.FieldsFunc(text, isJoint), func(word string) bool {
		return len(word) >= minKnown && !isWeak(word)
	})
}

// MaskText returns text with [Hidden] for each word that looks like a secret.
func MaskText(text string) string {
	return replaceFields(text, isBreak, func(word string) string {
		if strings.ContainsRune(word, '/') {
			return MaskPath(word)
		}
		return maskWord(word)
	})
}

// MaskPath returns a path or an address with [Hidden] for each part that looks like
// a secret: a webhook's, a bot's, an API key's. An id in a path is no secret; of
// an absolute address, and behind another one, it may be a key.
func MaskPath(path string) string {
	masked, _ := maskPath(path)
	return masked
}

// InPath returns the parts of a path or an address that MaskPath hides.
func InPath(path string) []String {
	_, parts := maskPath(path)
	return parts
}

func maskPath(path string) (masked string, hidden []String) {
	keys, was, before := strings.Contains(path, "://"), "", ""
	masked = replaceFields(path, isJoint, func(part string) string {
		isKey := IsUUID(part) && (keys || IsUUID(was) || maskWord(was) != was)
		plain, err := url.PathUnescape(part)
		shown := maskWord(part)
		isSecret := err == nil && isChosen(before, was, plain)
		before, was = was, part
		switch {
		case isSecret && shown == part:
			if id, _, ok := strings.Cut(part, ":"); ok {
				shown = id + ":"
			} else {
				shown = ""
			}
			shown += Hidden
		case isKey, err == nil && plain != part && maskWord(plain) != plain:
			shown = Hidden
		case shown == part:
			return part
		}
		hidden = append(hidden, New(strings.TrimPrefix(part, strings.TrimSuffix(shown, Hidden))))
		if _, key, ok := strings.Cut(part, ":"); ok {
			hidden = append(hidden, New(key))
		}
		return shown
	})
	return masked, hidden
}

// isChosen reports whether a part of a path is by its place a password: behind /password/ or
// /login/, with a user before it or not. No word is one, and no number of a resource.
func isChosen(before, was, part string) bool {
	user, key, ok := strings.Cut(part, ":")
	if ok = ok && userName().MatchString(user); !ok {
		key = part
	}
	login := func(name string) bool { return IsLogin(name) && FoldName(name)[:2] != "au" } // below /auth/ is much else
	mixed := strings.ContainsFunc(key, unicode.IsLetter) && strings.ContainsFunc(key, unicode.IsDigit)
	odd := strings.ContainsAny(key, "!#$%^&*?+")
	switch {
	case !strings.ContainsFunc(key, notLetter), strings.Contains(key, "${"), strings.Contains(key, Hidden):
		return false
	case ok && mixed && odd:
		return true
	case strings.HasSuffix(was, "s") && !strings.HasSuffix(was, "pass"): // of all there are
		return false
	case PasswordName(was) && FoldName(was) != "secret":
		return !isNamed(key) || len(key) >= 4 && strings.Trim(key, "0123456789") == ""
	case SecretName(was):
		return mixed && (odd || len(key) >= 8 && isWord(key) && !IsUUID(key) && !strings.ContainsAny(key, "-_."))
	case login(was):
		return !isNamed(key) && (ok || odd)
	}
	return login(before) && mixed && (odd || !strings.ContainsAny(key, "-_.")) && !isNamed(key) && !version().MatchString(was)
}

// isNamed reports whether a part of a path is a word, a number, a file or a version.
func isNamed(part string) bool {
	return IsPlaceholder(part) || IsSetting(part) || someWords().MatchString(part) || hostName().MatchString(part) || version().MatchString(part)
}

var (
	version  = lazy.Regexp(`^(v|step|oauth|saml)\d+([._-]\w+)*$`)
	userName = lazy.Regexp(`^[\pL\pN._@-]+$`)
)

// isJoint reports whether r separates the parts of an address; isBreak, the words
// of a text.
func isJoint(r rune) bool { return strings.ContainsRune("/?&=#; ", r) }
func isBreak(r rune) bool { return strings.ContainsRune(" \t\r\n\"'<>()[]{},;&?|`\\", r) }

// maxColons is how many colons a word that is one secret may have.
const maxColons = 64

// maskWord hides a word that looks like a secret, but not the word before the id of
// a bot: bot123456:ABC… is bot and a secret.
func maskWord(word string) string {
	looks := func(s string) bool { return LooksSecret(s) || HighEntropy(s) }
	id, key, ok := strings.Cut(word, ":")
	switch {
	case strings.Count(word, ":") > maxColons:
		return replaceFields(word, func(r rune) bool { return r == ':' }, maskWord)
	case looks(word):
		return Hidden
	case !ok:
		return word
	case looks(key), isBot(id) && len(key) >= minRandom && isWord(key):
		return strings.TrimRight(id, "0123456789") + Hidden
	}
	return maskWord(id) + ":" + maskWord(key)
}

// isBot reports whether s ends in an id.
func isBot(s string) bool { return strings.TrimRight(s, "0123456789") != s }

// replaceFields replaces the fields of s between separators.
func replaceFields(s string, separates func(rune) bool, replace func(string) string) string {
	var out strings.Builder
	for s != "" {
		end := strings.IndexFunc(s, separates)
		switch {
		case end < 0:
			out.WriteString(replace(s))
			return out.String()
		case end == 0:
			end = 1
			out.WriteByte(s[0])
		default:
			out.WriteString(replace(s[:end]))
		}
		s = s[end:]
	}
	return out.String()
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) }
