package secret

import (
	"slices"
	"strings"
	"sync"
	"unicode"

	"tokenring/session/lazy"
)

// PasswordName reports whether a name is that of a secret which no request sends in
// place of a token: a password, a PIN.
func PasswordName(name string) bool {
	return SecretName(name) && slices.ContainsFunc([]string{"passw", "pwd", "pass", "secret", "pin", "otp"}, func(part string) bool {
		return strings.Contains(strings.ToLower(name), part)
	})
}

// ForOneCall reports whether a name is that of a secret which serves one call or one page,
// and is no token of a session.
func ForOneCall(name string) bool {
	folded := FoldName(name)
	return slices.ContainsFunc([]string{"csrf", "xsrf", "nonce", "signature", "challenge", "verifier"}, func(part string) bool {
		return strings.Contains(folded, part)
	})
}

// tokenWords end the names of tokens, and keyWords go before key in them.
var (
	tokenWords = []string{
		"authorization", "auth", "authentication", "token", "jwt", "bearer", "credential", "credentials", "session", "sessionid", "sessid", "sid",
		"apikey", "apitoken", "accesstoken", "accesskey", "authtoken", "authkey", "sessiontoken", "usertoken", "appkey", "secretkey", "ticket",
	}
	keyWords = []string{
		"api", "access", "app", "application", "auth", "client", "functions", "license", "master", "private", "rest", "secret",
		"service", "subscription", "user", "account", "session", "admin", "public", "server",
	}
)

// NamesToken reports whether the words of a name are those of a token.
func NamesToken(name string) bool {
	words := wordsOf(name)
	if len(words) == 0 {
		return false
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	return slices.Contains(tokenWords, last) || strings.HasSuffix(last, "token") ||
		last == "key" && slices.Contains(keyWords, before) || last == "id" && (before == "session" || before == "sess")
}

// wordsOf splits a name: X-Api-Key, apiKey and api_key have the words api and key.
func wordsOf(name string) []string {
	var b strings.Builder
	was := rune(0)
	for _, r := range name {
		if unicode.IsUpper(r) && unicode.IsLower(was) {
			b.WriteByte(' ')
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			r = ' '
		}
		b.WriteRune(unicode.ToLower(r))
		was = r
	}
	return strings.Fields(b.String())
}

var (
	number    = lazy.Regexp(`^[-+]?[\d.,:/ TZ-]{1,15}$`)
	language  = lazy.Regexp(`^[a-z]{2,3}([-_][A-Za-z]{2,4})*$`)
	oneWord   = lazy.Regexp(`^[\pL]+$`)
	flag      = lazy.Regexp(`^(?i:true|false|yes|no|on|off|none|null|auto|default|enabled?|disabled?|strict|lax|optional|required|always|never|fetch|nocheck|(no|not|skip|without)[ _-][\pL _-]+)$`)
	someWords = lazy.Regexp(`^[\pL]+([ ._-][\pL]+)*$`)
	bracketed = lazy.Regexp(`^[<\[{(%$]{1,3}[^<>{}\[\]"'=:]*[>\]})%]{1,3}$|^\.{3,}|…|^\*{3,}|^[xX*]{3,}$|\.{3}$|^\$\w+$`)
	fillIn    = lazy.Regexp(`(?i)(^|[ ._-])(your?|my|insert|replace|paste|enter|changeme|change|example|sample|placeholder|todo|xxx+|here|dummy|redacted)([ ._-]|$)`)
	mailbox   = lazy.Regexp(`^[^\s@:/]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$`)
	hostName  = lazy.Regexp(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(:\d+)?$`)
)

// IsPlaceholder reports whether a value says what belongs in its place, as <YOUR-TOKEN>
// does.
func IsPlaceholder(value string) bool {
	return bracketed().MatchString(value) || fillIn().MatchString(value) && someWords().MatchString(strings.Trim(value, `0123456789"'`)) ||
		value == strings.ToUpper(value) && someWords().MatchString(value)
}

// IsWord reports whether a value is one word of letters.
func IsWord(value string) bool { return oneWord().MatchString(value) }

// IsSetting reports whether a value is a number, a language, or yes or no.
func IsSetting(value string) bool {
	return number().MatchString(value) || language().MatchString(value) || flag().MatchString(value)
}

// IsFlag reports whether a value switches something, as false, strict and no-check do.
func IsFlag(value string) bool { return flag().MatchString(value) }

// settingWords end names that only speak of a secret, as password_policy does.
var settingWords = []string{
	"policy", "strength", "length", "rule", "rules", "type", "mode", "status", "expires", "expiry", "reset", "method", "grant", "flow", "level", "format", "encoding", "algorithm", "protection",
}

// NamesSecret reports whether a name says that the value beside it is a secret. No flag is
// one, no placeholder, no number of tokens, and no place in a list, as page_token says.
func NamesSecret(name, value string) bool {
	switch {
	case strings.TrimSpace(value) == "":
		return false
	case strings.EqualFold(name, "authorization"): // a word is before a token
		return !IsWord(strings.TrimSpace(value)) && !IsPlaceholder(value)
	case !SecretName(name), CountsTokens(name, value), IsPosition(name), len(value) < maxName && (IsFlag(value) || IsPlaceholder(value) && !IsWord(value)):
		return false
	}
	words := wordsOf(name)
	return !slices.Contains(settingWords, words[len(words)-1]) || !IsPlain(value, false)
}

// IsPosition reports whether a name says where to go on: in a list, or in a login.
func IsPosition(name string) bool {
	name = strings.ToLower(name)
	return name == "code" || name == "state" || !PasswordName(name) && slices.ContainsFunc([]string{"page", "next", "cursor", "continuation"}, func(part string) bool {
		return strings.Contains(name, part)
	})
}

// IsLogin reports whether a name, such as that of a method, is that of a login.
func IsLogin(name string) bool {
	words := wordsOf(name)
	return len(words) > 0 && login().MatchString(words[len(words)-1])
}

var login = lazy.Regexp(`^(log|sign)(in|on)$|^auth(enticate)?$`)

// IsPlain reports whether a value can be no token: a placeholder, a word, a number, a
// language. In a strong place two words may be one.
func IsPlain(value string, strong bool) bool {
	random := LooksSecret(value) || HighEntropy(value)
	switch {
	case random:
		return false
	case IsPlaceholder(value), IsSetting(value), oneWord().MatchString(value) && len(value) < 24:
		return true
	case strong:
		return false
	}
	return someWords().MatchString(value) || hostName().MatchString(value) || strings.Contains(value, "://") || mailbox().MatchString(value)
}

var (
	graphVariable = lazy.Regexp(`^\$\w+`)
	graphQL       = lazy.Regexp(`(?:^|[({\s])(?:query|mutation|subscription)\b|^\s*\{`)
)

// declaredValues returns the values that the words of a text declare secret:
// password: x, "password": "x", password=x and <password>x</password>. The variables
// of GraphQL and their types are none: $password: String!, password: $password.
func declaredValues(text string, skip func(value string) bool) []span {
	if !strings.ContainsAny(text, ":=>") {
		return nil
	}
	all := pairedValues(text, skip)
	isGraphQL := sync.OnceValue(func() bool { return graphQL().MatchString(text) })
	for at, end := 0, 0; ; {
		i := strings.IndexAny(text[at:], ":=>")
		if i < 0 {
			return merge(all)
		}
		sign := at + i
		at = sign + 1
		from, to := nameBefore(text, sign)
		name := text[from:to]
		if name == "" || !SecretName(name) || strings.HasPrefix(text[at:], "=") {
			continue
		}
		var s span
		s, end = valueAt(text, at, text[sign] == '>', end)
		value := text[s.from:s.to]
		switch {
		case !declares(name, value, skip):
		case text[sign] == ':' && (strings.HasSuffix(text[:from], "$") || graphVariable().MatchString(value)) && isGraphQL():
		default:
			all = append(all, s)
			at = s.to
		}
	}
}

// declares reports whether a name declares the value beside it secret, but for one that is filled
// in later or that skip wants to stay.
func declares(name, value string, skip func(value string) bool) bool {
	return !strings.HasPrefix(value, "${") && (skip == nil || !skip(value)) && NamesSecret(name, value)
}

// PairNames are the members, attributes and elements that hold the name of the value beside them, as in
// {"name": "password", "value": "x"}.
var PairNames = []string{"name", "key", "field", "param", "parameter", "id"}

// paired matches a name that is itself a value, and the value that it names: an element
// or attribute behind name="…", an element behind <name>…</name>, a part of a multipart
// body.
var paired = lazy.Regexp(`(?i)(?:\b(?:` + strings.Join(PairNames, "|") + `)\s*=\s*["']|<(?:\w+:)?(?:` + strings.Join(PairNames, "|") + `)>\s*)([\pL\pN][\pL\pN .:_-]{0,60})(?:` +
	`["'][^<>\r\n]*?\bvalue\s*=\s*["']([^"'<>]+)|` +
	`(?:["'][^<>\r\n]*>|\s*</[\w:]+>)(?:\s*<[\w:]+[^<>]*>)*([^<>]+)</|` +
	`"[^\r\n]*\r?\n(?:[^\r\n]+\r?\n)*\r?\n([^\r\n]+))`)

// pairedValues returns the values of pairs whose name, a value itself, is that of a secret.
func pairedValues(text string, skip func(value string) bool) (all []span) {
	keep := func(name string, s span) {
		if declares(name, text[s.from:s.to], skip) {
			all = append(all, s)
		}
	}
	for _, m := range paired().FindAllStringSubmatchIndex(text, -1) {
		for i := 4; i < len(m); i += 2 {
			if m[i] >= 0 {
				keep(text[m[2]:m[3]], span{m[i], m[i+1]})
			}
		}
	}
	if m := called().FindStringSubmatchIndex(text); m != nil && IsLogin(text[m[2]:m[3]]) {
		values := element().FindAllStringSubmatchIndex(text[m[1]:], -1)
		for i, v := range values {
			if IsArgument(i, len(values), text[m[1]+v[2]:m[1]+v[3]]) {
				keep("password", span{m[1] + v[2], m[1] + v[3]})
			}
		}
	}
	return all
}

// called matches the method of a call in XML, and element a text behind it.
var (
	called  = lazy.Regexp(`(?i)<methodName>\s*([\w.:/-]+)\s*</methodName>`)
	element = lazy.Regexp(`<\w+>([^<>]*)</`)
)

// IsArgument reports whether an argument of a login, which has so many, is its password: the last
// one, and each behind the first that is no word.
func IsArgument(i, of int, value string) bool { return i == of-1 || i > 0 && !IsPlain(value, false) }

// maxName bounds a name, and a value that stands for another one.
const maxName = 200

// nameBefore returns the name that a sign gives a value to: before : and =, in quotes
// or not, and that of the element before >.
func nameBefore(text string, sign int) (from, to int) {
	head := text[max(0, sign-maxName):sign]
	base := sign - len(head)
	if text[sign] == '>' {
		open := strings.LastIndexAny(head, "<>")
		if open < 0 || head[open] == '>' {
			return 0, 0
		}
		name := head[open+1:]
		if end := strings.IndexFunc(name, unicode.IsSpace); end >= 0 {
			name = name[:end]
		}
		skip := strings.LastIndexByte(name, ':') + 1
		return base + open + 1 + skip, base + open + 1 + len(name)
	}
	head = strings.TrimRight(strings.TrimRight(head, " \t"), `"'\`)
	name := head[strings.LastIndexFunc(head, func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) })+1:]
	return base + len(head) - len(name), base + len(head)
}

// CountsTokens reports whether a value counts tokens, as max_tokens: 100 does.
func CountsTokens(name, value string) bool {
	folded := FoldName(name)
	return (strings.HasSuffix(folded, "token") || strings.HasSuffix(folded, "tokens")) && strings.Trim(value, "0123456789") == ""
}

// valueAt returns the value that begins behind a name and a sign, and where it ends if it has
// no quotes. The end of the value before it is that too if it is not reached yet.
func valueAt(text string, at int, isElement bool, end int) (value span, ends int) {
	rest := text[at:]
	if isElement {
		end := strings.IndexByte(rest, '<')
		if cdata, ok := strings.CutPrefix(rest, "<![CDATA["); ok {
			at, rest = at+len(rest)-len(cdata), cdata
			end = strings.Index(rest, "]]>")
		}
		if end < 0 || strings.TrimSpace(rest[:end]) == "" {
			end = 0
		}
		return span{at, at + end}, 0
	}
	at += len(rest) - len(strings.TrimLeft(rest, " \t"))
	rest = text[at:]
	for _, quote := range []string{`\"\"\"`, `"""`, `'''`, `\"`, `"`, `'`} {
		if inner, ok := strings.CutPrefix(rest, quote); ok {
			return span{at + len(quote), at + len(quote) + quoteEnd(inner, quote)}, 0
		}
	}
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "<") {
		return span{at, at}, 0
	}
	if end <= at {
		end = at + valueEnd(rest)
	}
	return span{at, at + len(strings.TrimRight(text[at:end], ",)}]\\"))}, end
}

// valueEnd returns where a value without quotes ends: at a blank, and at a quote or a semicolon
// before what may follow a value.
func valueEnd(rest string) int {
	for i, r := range rest {
		switch {
		case unicode.IsSpace(r), r == '&', r == '<',
			strings.ContainsRune("\"'`;", r) && behindValue().MatchString(rest[i+1:min(len(rest), i+maxName)]),
			r == ';' && nextName().MatchString(rest[i+1:min(len(rest), i+maxName)]):
			return i
		}
	}
	return len(rest)
}

var (
	behindValue = lazy.Regexp("^[\"'`;]*(?:$|[\\s,:)}\\]<&])")
	nextName    = lazy.Regexp(`^\pL[\pL\pN_ -]*[=:]`)
)

// quoteEnd returns where the text in quotes ends that begins here. A quote is a part of it
// behind a backslash, or doubled. Without a quote at the end, all is in it.
func quoteEnd(inner, quote string) int {
	escaped := strings.HasPrefix(quote, `\`) // once more
	for at := 0; ; {
		i := strings.Index(inner[at:], quote)
		if i < 0 {
			return len(inner)
		}
		i += at
		before := len(inner[:i]) - len(strings.TrimRight(inner[:i], `\`))
		at = i + len(quote)
		switch {
		case escaped && before > 0, before%2 == 1:
		case i > 0 && len(quote) == 1 && strings.HasPrefix(inner[at:], quote):
			at += len(quote)
		default:
			return i
		}
	}
}

// CutDeclared cuts the values out that the words of a text declare secret, but for
// those that skip wants to stay. It returns how many they are.
func CutDeclared(text string, skip func(value string) bool) (cut string, n int) {
	return replaceDeclared(text, "", skip)
}

// MaskDeclared returns text with [Hidden] for each value that its words declare secret.
func MaskDeclared(text string) string {
	text, _ = replaceDeclared(text, Hidden, nil)
	return text
}

func replaceDeclared(text, with string, skip func(value string) bool) (replaced string, n int) {
	spans := declaredValues(text, skip)
	if len(spans) == 0 {
		return text, 0
	}
	return string(replaceSpans(text, spans, with)), len(spans)
}

// HoldsDeclared reports whether the words of a text declare a value in it secret.
func HoldsDeclared(text string) bool { return len(declaredValues(text, nil)) > 0 }

// HoldsSecret reports whether a longer text has a secret in it: a word that looks like
// one, a value that the words before it declare to be one, or an argument of a program.
func HoldsSecret(text string) bool {
	return HoldsDeclared(text) || ContainsSecret(text) || InCommand(text)
}

// InCommand reports whether a text has a secret among the arguments of a program, as
// curl -u me:password does, or in an address.
func InCommand(text string) bool {
	return strings.ContainsAny(text, "-/") && inCommand().MatchString(text)
}

// InReference reports whether a command that is kept in clear has a secret in it: behind an
// option too that has a password in some programs, and something else in others.
func InReference(command string) bool {
	return HoldsSecret(command) || inReference().MatchString(command) || slices.ContainsFunc(longOption().FindAllStringSubmatch(command, -1), func(m []string) bool {
		return NamesSecret(m[1], m[2]) && !elsewhere().MatchString(m[1]) || strings.HasSuffix(m[1], "pass")
	})
}

// inReference matches a user and a password, and a password alone, behind options of one
// letter that may stand among others, and in a variable. An address is none, and no option of
// more letters, such as -raw.
var (
	inReference = lazy.Regexp(`(?:^|\s)(?:-[A-Za-z]*[uUa]|--?[\w-]*(?:user|auth|login|creds?|credentials))[ =]?['"]?[^\s:%'"$=/-][^\s:%'"$=]*[:%]\d*[^\s'"$\d/]|` +
		`(?:^|\s)-(?:[xro]?[pP]|xw|[xro]?[pPwWk][ =])['"]?(?:[A-Za-z][^\s'"$=]*[\d!#%^&*?+]|[\d!#^&*?+][^\s'"$=/]*[A-Za-z])|` +
		`(?:^|\s)-[xro]?[pPwW][ =]['"]?[\d:.]*[^\s'"$\d:.%/|\\-]|` +
		`(?:mysql|mariadb|sshpass).*\s-p['"]?[^\s$'"]|(?:redis|valkey).*\s-a ['"]?[^\s'"$-]|` +
		`(?i:\b\w*(?:pass|auth|pw)=['"]?[^\s'"$])|\s/p(?:ass\w*)?:[^\s$]`)
	elsewhere  = lazy.Regexp(`[-_](?:file|path|dir|fd|env|var|cmd|command|helper|stdin)$`)
	longOption = lazy.Regexp(`(?:^|\s)--?([A-Za-z][\w-]+)(?:=|\s+)['"]?([^\s'"$-][^\s'"]*)`)
)

// inCommand matches the arguments of programs that are secrets, and those of addresses.
// A port is not a secret.
var inCommand = lazy.Regexp(`(?:^|\s)(?:-u|--user|-U|--proxy-user)[ =]?['"]?[^\s:'"$]+:[^\s'"$]*[^\s'"$\d][^\s'"$]*|` +
	`(?:^|\s)(?:-p|--password|--pass|--passphrase|--token|--secret|--api-key|--access-token|--oauth2-bearer|--client-secret)[ =]['"]?[\d:.]*[^\s'"$\d:.-][^\s'"]*|` +
	`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'"$]+:[^\s/@'"$]+@`)
