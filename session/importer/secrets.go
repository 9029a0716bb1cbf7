package importer

import (
	"bytes"
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"tokenring/session/request"
	"tokenring/session/secret"
)

// credential is a secret of a call, and where it stood.
type credential struct {
	in    string // header, query or cookie
	name  string
	word  string // before the token in a header
	value string // a mark: it is asked for at login
	plain string // what stood there, if that can be no token
	rank  int
}

// How likely a credential is the token of an account.
const (
	rankDeclared = iota // the source says that it is one
	rankAuthorization
	rankHeader
	rankQuery
	rankLook // by its value alone
	rankCookie
	rankOnlyCookie
	rankNever // a secret all the same
)

// unknown reports whether the value is not known.
func (c *credential) unknown() bool { return isOpen(c.value) }

func (c *credential) place() string { return c.in + " " + c.name }

// declare notes that a source calls a value secret.
func (p *parser) declare(value string) {
	if value != "" && !isOpen(value) {
		p.declared[value] = true
	}
}

// declareStrong is declare for a value that is no common word: its place is known, and
// elsewhere the word says something else.
func (p *parser) declareStrong(value string) {
	if len(value) >= minToken || !isPlain(value, false) {
		p.declare(value)
	}
}

// declareName notes that a source calls the value of a header or parameter secret.
func (p *parser) declareName(in, name string) { p.names[in+" "+strings.ToLower(name)] = true }

// holdsDeclared reports whether a value that a source calls secret is in a text.
func (p *parser) holdsDeclared(text string) bool {
	for value := range p.declared {
		if text == value || len(value) >= minToken && strings.Contains(text, value) {
			return true
		}
	}
	return false
}

// credentials takes every secret out of the call's headers, query and cookies;
// the likeliest token first. Cookies that are no secrets become a header again.
func (p *parser) credentials(c *call) []credential {
	var found []credential
	take := func(in string, pairs []request.Pair, look func(*call, request.Pair) *credential) []request.Pair {
		return slices.DeleteFunc(slices.Clone(pairs), func(pair request.Pair) bool {
			one := look(c, pair)
			if p.names[in+" "+strings.ToLower(pair.Name)] || p.declared[pair.Value] || p.holdsDeclared(pair.Value) {
				one = p.declaredIn(in, pair, one)
			}
			if one == nil {
				return false
			}
			if one.in = in; !pair.Off {
				found = append(found, *one)
			}
			return true
		})
	}
	c.Headers = take("header", c.Headers, inHeader)
	c.Query = take("query", c.Query, inQuery)
	var plain []string
	for _, cookie := range take("cookie", c.cookies, inCookie) {
		if c.browser && countCookie().MatchString(cookie.Name) {
			continue
		}
		plain = append(plain, cookie.Name+"="+cookie.Value)
	}
	if len(plain) > 0 {
		c.Headers = append(c.Headers, request.Pair{Name: "Cookie", Value: strings.Join(plain, "; ")})
	}
	c.cookies = nil
	slices.SortStableFunc(found, func(a, b credential) int { return a.rank - b.rank })
	return found
}

// declaredIn returns the credential of a pair that its source calls secret; one is what
// its place and value say.
func (p *parser) declaredIn(in string, pair request.Pair, one *credential) *credential {
	if one == nil {
		one = &credential{name: pair.Name, value: strings.TrimSpace(pair.Value)}
		if word, rest, ok := strings.Cut(one.value, " "); in == "header" && ok {
			one.word, one.value = word, strings.TrimSpace(rest)
		}
	}
	if isOpen(one.value) && one.word == "" {
		one.value = strings.TrimSpace(pair.Value)
	}
	if one.rank != rankNever || !isNever(strings.ToLower(pair.Name)) {
		one.rank = rankDeclared
	}
	return one
}

// oneCallSchemes sign or answer a single call: no token of them can be kept.
var oneCallSchemes = []string{"digest", "negotiate", "ntlm", "hawk", "oauth", "aws4-hmac-sha256", "signature", "dpop"}

// plainHeaders say nothing about who calls.
var plainHeaders = []string{
	"accept", "accept-language", "accept-encoding", "content-type", "user-agent", "referer", "origin", "idempotency-key", "if-none-match",
	"if-match", "traceparent", "tracestate", "x-request-id", "x-correlation-id", "cache-control", "date",
}

func inHeader(c *call, pair request.Pair) *credential {
	one := &credential{name: pair.Name, value: strings.TrimSpace(pair.Value), rank: rankHeader}
	name := strings.ToLower(pair.Name)
	switch {
	case name == "authorization":
		one.rank = rankAuthorization
		if word, rest, ok := strings.Cut(one.value, " "); ok {
			one.word, one.value = word, strings.TrimSpace(rest)
		}
		pair, err := base64.StdEncoding.DecodeString(one.value)
		switch {
		case slices.Contains(oneCallSchemes, strings.ToLower(one.word)):
			one.rank = rankNever
		case !strings.EqualFold(one.word, "basic") || err != nil || !bytes.Contains(pair, []byte(":")):
			one.askPlain(true)
		}
	case slices.Contains(plainHeaders, name), c.isAddress(one.value):
		if !secret.LooksSecret(one.value) && !secret.HasIssuerPrefix(one.value) {
			return nil
		}
		one.rank = rankNever
	case isNever(name), isPasswordName(name):
		one.rank = rankNever
	case namesToken(pair.Name):
		if word, rest, ok := strings.Cut(one.value, " "); ok {
			one.word, one.value = word, strings.TrimSpace(rest)
		}
		one.askPlain(false)
	case secret.LooksSecret(one.value), secret.HasIssuerPrefix(one.value):
		one.rank = rankLook
	case secret.HighEntropy(one.value):
		one.rank = rankNever
	default:
		return nil
	}
	if one.value == "" {
		one.rank = rankNever
	}
	return one
}

// askPlain lets a value that is no token be asked for at login.
func (c *credential) askPlain(strong bool) {
	if c.value != "" && !isOpen(c.value) && isPlain(c.value, strong) {
		c.value, c.plain = mark(c.name), c.value
	}
}

// isNever reports whether a secret serves only one call or one page.
func isNever(name string) bool {
	return containsAny(name, "csrf", "xsrf", "signature", "nonce")
}

func isPasswordName(name string) bool {
	return secret.SecretName(name) && containsAny(name, "passw", "pwd", "pass", "secret", "pin", "otp")
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
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

// namesToken reports whether the words of a name are those of a token.
func namesToken(name string) bool {
	words := wordsOf(name)
	if len(words) == 0 {
		return false
	}
	last, before := words[len(words)-1], ""
	if len(words) > 1 {
		before = words[len(words)-2]
	}
	return slices.Contains(tokenWords, last) ||
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

var secretParameters = []string{"key", "auth", "sid", "session", "ticket", "appid", "access_key", "sig"}

func inQuery(c *call, pair request.Pair) *credential {
	one := &credential{name: pair.Name, value: pair.Value, rank: rankQuery}
	name := strings.ToLower(pair.Name)
	switch {
	case pair.Value == "", c.isAddress(pair.Value):
		return nil
	case isNever(name), name == "sig", isPasswordName(name):
		one.rank = rankNever
	case containsAny(name, "page", "next", "cursor", "continuation"), name == "code", name == "state":
		one.rank = rankNever
		if !secret.LooksSecret(pair.Value) && !secret.HighEntropy(pair.Value) {
			return nil
		}
	case slices.Contains(secretParameters, name):
		if !isOpen(one.value) && isPlain(one.value, false) {
			return nil
		}
	case namesToken(pair.Name):
		one.askPlain(false)
	case secret.LooksSecret(pair.Value), secret.HasIssuerPrefix(pair.Value):
		one.rank = rankLook
	case secret.HighEntropy(pair.Value):
		one.rank = rankNever
	default:
		return nil
	}
	return one
}

var (
	sessionCookie = pattern(`(?i)(sess|sid$|token|auth|jwt|remember|identity|login)`)
	countCookie   = pattern(`(?i)^(_ga|_gid|_gat|_fbp|_gcl|__utm|_hj|_pk_|ajs_|amplitude|intercom|mp_|optimizely|_dd_s|cookieconsent|locale|lang|theme)`)
)

// inCookie takes the cookies of a session, and every other that may be one: of a browser
// all but settings, of a person those with a value of chance.
func inCookie(c *call, pair request.Pair) *credential {
	one := &credential{name: pair.Name, value: pair.Value, rank: rankNever}
	switch v := pair.Value; {
	case v == "", countCookie().MatchString(pair.Name), number().MatchString(v), language().MatchString(v), flag().MatchString(v):
		return nil
	case isNever(strings.ToLower(pair.Name)):
	case sessionCookie().MatchString(pair.Name), secret.LooksSecret(v):
		if one.rank = rankCookie; isPlaceholder(v) {
			one.value = mark(pair.Name)
		}
	case !c.browser && !isOpen(v) && isPlain(v, false):
		return nil
	case len(c.cookies) == 1:
		one.rank = rankOnlyCookie
	case !c.browser && !secret.HighEntropy(v):
		return nil
	}
	return one
}

var (
	number    = pattern(`^[-+]?[\d.,:/ TZ-]{1,15}$`)
	language  = pattern(`^[a-z]{2,3}([-_][A-Za-z]{2,4})*$`)
	oneWord   = pattern(`^[\pL]+$`)
	flag      = pattern(`^(?i:true|false|yes|no|on|off)$`)
	someWords = pattern(`^[\pL]+([ ._-][\pL]+)*$`)
	bracketed = pattern(`^[<\[{(%$].*[>\]})%]$|^\.{3,}|…|^\*{3,}|^[xX*]{3,}$|\.{3}$|^\$\w+$`)
	fillIn    = pattern(`(?i)(^|[ ._-])(your?|my|insert|replace|paste|enter|changeme|change|example|sample|placeholder|todo|xxx+|here|dummy|redacted)([ ._-]|$)`)
	hostName  = pattern(`^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}(:\d+)?$`)
)

// isPlaceholder reports whether a value says what belongs in its place, as <YOUR-TOKEN>
// does.
func isPlaceholder(value string) bool {
	return bracketed().MatchString(value) || fillIn().MatchString(value) && someWords().MatchString(strings.Trim(value, `0123456789"'`)) ||
		value == strings.ToUpper(value) && someWords().MatchString(value)
}

// isPlain reports whether a value can be no token: a placeholder, a word, a number, a
// language. In a strong place two words may be one.
func isPlain(value string, strong bool) bool {
	random := secret.LooksSecret(value) || secret.HighEntropy(value)
	switch {
	case random:
		return false
	case isPlaceholder(value), number().MatchString(value), language().MatchString(value), oneWord().MatchString(value) && len(value) < 24:
		return true
	case strong:
		return false
	}
	return someWords().MatchString(value) || hostName().MatchString(value) || strings.Contains(value, "://") || strings.Contains(value, "@")
}

// isAddress reports whether a value is the host of the call, or an address.
func (c *call) isAddress(value string) bool {
	return strings.EqualFold(value, c.url.Host) || strings.EqualFold(value, c.url.Hostname()) || strings.Contains(value, "://")
}

// span is a part of a text, in bytes.
type span struct{ from, to int }

var (
	graphVariable = pattern(`^\$\w+`)
	graphQL       = pattern(`(?:^|[({\s])(?:query|mutation|subscription)\b|^\s*\{`)
)

// declaredValues returns the values that the words of a text declare secret:
// password: x, "password": "x", password=x and <password>x</password>. The variables
// of GraphQL and their types are none: $password: String!, password: $password.
func declaredValues(text string) []span {
	var all []span
	for at := 0; ; {
		i := strings.IndexAny(text[at:], ":=>")
		if i < 0 {
			return all
		}
		sign := at + i
		at = sign + 1
		from, to := nameBefore(text, sign)
		if name := text[from:to]; name == "" || !secret.SecretName(name) || strings.HasPrefix(text[at:], "=") {
			continue
		}
		s := valueAt(text, at, text[sign] == '>')
		value := text[s.from:s.to]
		switch {
		case value == "" || value == "null" || strings.HasPrefix(value, "${") || isOpen(value) || isTokenCount(text[from:to], value):
		case text[sign] == ':' && (strings.HasSuffix(text[:from], "$") || graphVariable().MatchString(value)) && graphQL().MatchString(text):
		default:
			all = append(all, s)
			at = s.to
		}
	}
}

// nameBefore returns the name that a sign gives a value to: before : and =, in quotes
// or not, and that of the element before >.
func nameBefore(text string, sign int) (from, to int) {
	const longest = 200
	head := text[max(0, sign-longest):sign]
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

// isTokenCount reports whether a value counts tokens, as max_tokens: 100 does.
func isTokenCount(name, value string) bool {
	folded := secret.FoldName(name)
	return (strings.HasSuffix(folded, "token") || strings.HasSuffix(folded, "tokens")) && strings.Trim(value, "0123456789") == ""
}

// valueAt returns the value that begins behind a name and a sign.
func valueAt(text string, at int, isElement bool) span {
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
		return span{at, at + end}
	}
	at += len(rest) - len(strings.TrimLeft(rest, " \t"))
	rest = text[at:]
	for _, quote := range []string{`\"`, `"`, `'`} {
		if inner, ok := strings.CutPrefix(rest, quote); ok {
			if end := strings.Index(inner, quote); end >= 0 {
				return span{at + len(quote), at + len(quote) + end}
			}
		}
	}
	if strings.HasPrefix(rest, "{") || strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "<") {
		return span{at, at}
	}
	if end := strings.IndexFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("&;<\"'`", r) }); end >= 0 {
		rest = rest[:end]
	}
	return span{at, at + len(strings.TrimRight(rest, ",)}]\\"))}
}

// withoutDeclared cuts the values out that the words of a text declare secret.
func withoutDeclared(text string) (cut string, n int) {
	spans := declaredValues(text)
	for _, s := range slices.Backward(spans) {
		text = text[:s.from] + text[s.to:]
	}
	return text, len(spans)
}

// holdsSecret reports whether a longer text has a secret in it.
func holdsSecret(text string) bool {
	return len(declaredValues(text)) > 0 || secret.ContainsSecret(text) || inCommand().MatchString(text)
}

// inCommand matches the arguments of programs that are secrets, and those of addresses.
// A port is none.
var inCommand = pattern(`(?:^|\s)(?:-u|--user|-U|--proxy-user)[ =]?['"]?[^\s:'"$]+:[^\s'"$]*[^\s'"$\d][^\s'"$]*|` +
	`(?:^|\s)(?:-p|--password|--pass|--passphrase|--token|--secret|--api-key|--access-token|--oauth2-bearer|--client-secret)[ =]['"]?[\d:.]*[^\s'"$\d:.-][^\s'"]*|` +
	`[A-Za-z][A-Za-z0-9+.-]*://[^\s/:@'"$]+:[^\s/@'"$]+@`)
