package importer

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strings"

	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/lazy"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// credential is a secret of a call, and its place.
type credential struct {
	in    string // header, query or cookie
	name  string
	word  string // before the token in a header
	value string // a mark: it is asked for at login
	plain string // the value there, if it cannot be a token
	rank  int
}

// How likely a credential is the token of an account.
const (
	rankDeclared = iota // the source says that its place has one
	rankAuthorization
	rankHeader
	rankQuery
	rankValue // the source says that the value is one
	rankLook  // by its value alone
	rankCookie
	rankOnlyCookie
	rankNever // a secret all the same
)

// unknown reports whether the value is not known.
func (c *credential) unknown() bool { return isOpen(c.value) }

func (c *credential) place() string { return called(c.in, c.name) }

// behind returns a token behind the credential's word.
func (c *credential) behind(token string) string {
	if c.word == "" || strings.HasSuffix(c.word, "=") {
		return c.word + token
	}
	return c.word + " " + token
}

// basicPlace is where HTTP Basic is sent.
const basicPlace = "header authorization basic"

// basic returns the user and password of HTTP Basic.
func (c *credential) basic() (user, password string, ok bool) {
	if c == nil {
		return "", "", false
	}
	user, password = basicPair(c.value)
	return user, password, user+password != "" && definition.TokenPlace(c.in, c.name, c.word) == basicPlace
}

// basicPair returns the user and password of HTTP Basic, or "". Open ones are not encoded.
func basicPair(value string) (user, password string) {
	text, err := base64.StdEncoding.DecodeString(value)
	if isOpen(value) {
		text, err = []byte(value), nil
	}
	user, password, ok := strings.Cut(string(text), ":")
	if err != nil || !ok && !isOpen(user) {
		return "", ""
	}
	return user, password
}

// declare notes that a source calls a value secret.
func (p *parser) declare(value string) {
	if value != "" && !isOpen(value) {
		p.declared[value], p.declared[secret.CleanLine(value)] = true, true // as notes write it, too
	}
}

// declareStrong is declare for a value that is no common word: its place is known, and
// elsewhere the word says something else.
func (p *parser) declareStrong(value string) {
	if len(value) >= minToken || !secret.IsPlain(value, false) {
		p.declare(value)
	}
}

// declareNamed is declare for the value of a variable whose name is that of a secret.
func (p *parser) declareNamed(name, value string) {
	if secret.SecretName(name) || secret.NamesToken(name) {
		p.declareStrong(value)
	}
}

// declareName notes that a source calls the value of a header or parameter secret.
func (p *parser) declareName(in, name string) { p.secretNames[in+" "+strings.ToLower(name)] = true }

// credentialAt puts a token into a call, at a place that its source calls secret; in a header
// behind a word. Without a value it is asked for.
func (p *parser) credentialAt(c *call, in, name, word, token string) {
	token = cmp.Or(token, mark("token"))
	value := token
	if in != "query" && in != "cookie" {
		in, value = "header", strings.TrimSpace(word+" "+token)
		c.dropHeader(name)
	}
	p.declareName(in, name)
	p.declare(token)
	c.put(in, request.Pair{Name: name, Value: value})
}

// basic puts a user and password into a call, as HTTP Basic (RFC 7617) sends them. A key may
// be the user alone.
func (p *parser) basic(c *call, user, password string) {
	p.declareStrong(cmp.Or(password, user))
	switch {
	case c.oneCall:
		return
	case user+password == "":
		user, password = mark("user"), mark("password")
	}
	value := user + ":" + password
	if !isOpen(value) {
		value = base64.StdEncoding.EncodeToString([]byte(value))
	}
	c.setHeader("Authorization", "Basic "+value)
}

// declareBodies declares the secrets of bodies, which are some in addresses and headers too.
func (p *parser) declareBodies() {
	for _, c := range p.calls {
		for _, l := range body.Leaves(c.BodyType, c.Body) {
			if secret.NamesSecret(l.Name, l.Value) && !l.Number && !isOpen(l.Value) && !secret.IsPlaceholder(l.Value) {
				p.declareStrong(l.Value)
			}
		}
	}
	var all []secret.String
	for value := range p.declared {
		all = append(all, secret.New(value))
	}
	p.sieve = secret.NewDeclared(all...)
}

// holdsDeclared reports whether a value that a source calls secret is in a text.
func (p *parser) holdsDeclared(text string) bool { return p.sieve.Text(text) != text }

// credentials takes every secret out of the call's headers, query and cookies;
// the likeliest token first. Cookies that are no secrets become a header again.
func (p *parser) credentials(c *call) {
	take := func(in string, pairs []request.Pair) (kept []request.Pair) {
		for _, pair := range pairs {
			one := p.credential(c, in, pair)
			if one != nil && !pair.Off {
				c.creds = append(c.creds, *one)
				continue
			}
			if (one != nil || pair.Off && secret.SecretName(pair.Name)) && pair.Value != "" && !isOpen(pair.Value) {
				c.left, pair.Value = append(c.left, called(in, pair.Name)), ""
			}
			kept = append(kept, pair)
		}
		return kept
	}
	c.Headers = take("header", c.Headers)
	c.Query = take("query", c.Query)
	var plain []string
	for _, cookie := range take("cookie", c.cookies) {
		if c.browser && countCookie().MatchString(cookie.Name) {
			continue
		}
		plain = append(plain, cookie.Name+"="+cookie.Value)
	}
	if len(plain) > 0 {
		c.Headers = append(c.Headers, request.Pair{Name: "Cookie", Value: strings.Join(plain, "; ")})
	}
	c.cookies = nil
	slices.SortStableFunc(c.creds, func(a, b credential) int { return a.rank - b.rank })
}

// credential returns the credential that a pair is, or nil: as its source says, and else by its
// place and value.
func (p *parser) credential(c *call, in string, pair request.Pair) *credential {
	one, named := c.judge(in, pair), p.secretNames[in+" "+strings.ToLower(pair.Name)]
	declared := named || p.holdsDeclared(pair.Value)
	switch {
	case one == nil && !declared:
		return nil
	case one == nil:
		one = &credential{in: in, name: pair.Name, value: strings.TrimSpace(pair.Value), rank: rankValue}
		one.split()
	}
	if declared && isOpen(one.value) && one.word == "" {
		one.value = strings.TrimSpace(pair.Value)
	}
	if named {
		one.rank = rankDeclared
	}
	if _, _, fault := token.Enter(secret.New(one.value)); one.rank != rankNever && !one.unknown() && (fault != "" || masked().MatchString(one.value)) {
		one.value, one.plain = mark(one.name), one.value
	}
	return one
}

// masked matches a token that was shortened, or hidden in part.
var masked = lazy.Regexp(`\.{3}|\*{3}|[•●…]`)

// oneCallSchemes sign or answer a single call: no token of them can be kept. In headers, and as
// options of curl.
var oneCallSchemes = []string{"digest", "negotiate", "ntlm", "hawk", "oauth", "aws4-hmac-sha256", "aws-sigv4", "signature", "dpop"}

// leaveOutScheme notes that the values of a scheme are not kept.
func (p *parser) leaveOutScheme(c *call, at place, scheme string) {
	c.oneCall = true
	c.dropHeader("Authorization")
	p.once(at, "add the account by hand", "authorisation of kind %s is not supported; its values were left out", scheme)
}

// plainHeaders say nothing about who calls.
var plainHeaders = []string{
	"accept", "accept-language", "accept-encoding", "content-type", "user-agent", "referer", "origin", "idempotency-key", "if-none-match",
	"if-match", "traceparent", "tracestate", "x-request-id", "x-correlation-id", "cache-control", "date",
}

// plainHeader reports whether a header says nothing about who calls.
func plainHeader(in, name string) bool {
	return in == "header" && slices.Contains(plainHeaders, strings.ToLower(name))
}

// judge returns the credential that a header, a parameter or a cookie is, or nil: by its
// name, and else by its value.
func (c *call) judge(in string, pair request.Pair) *credential {
	one := &credential{in: in, name: pair.Name, value: strings.TrimSpace(pair.Value), rank: rankNever}
	if in == "cookie" {
		return c.judgeCookie(one)
	}
	name, isQuery := strings.ToLower(pair.Name), in == "query"
	looks := secret.LooksSecret(one.value) || secret.IssuerKind(one.value) != ""
	random := looks || secret.HighEntropy(one.value)
	neutral := c.isAddress(one.value) || plainHeader(in, name)
	position, listed := isQuery && secret.IsPosition(name), isQuery && slices.Contains(secretParameters, name)
	switch {
	case !isQuery && name == "authorization":
		one.judgeAuthorization()
	case isQuery && one.value == "", neutral && !looks, position && !random, secret.IsFlag(one.value),
		listed && !isOpen(one.value) && secret.IsPlain(one.value, false):
		return nil
	case neutral, position, secret.ForOneCall(name), isQuery && name == "sig", // a secret all the same
		secret.PasswordName(pair.Name) && (one.value == "" || secret.NamesSecret(pair.Name, one.value)):
	case listed, secret.NamesToken(pair.Name), secret.NamesSecret(pair.Name, one.value):
		one.rank = rankHeader
		if one.split(); isQuery {
			one.rank = rankQuery
		}
		one.askPlain(false)
	case looks:
		one.rank = rankLook
	case !random:
		return nil
	}
	if one.value == "" {
		one.value = mark(one.name)
	}
	return one
}

// split takes the scheme of a header apart, with the name of its one parameter, as in
// Token token=x.
func (c *credential) split() {
	if c.in != "header" {
		return
	}
	word, rest, ok := strings.Cut(c.value, " ")
	if ok || slices.ContainsFunc(token.Schemes, func(s string) bool { return strings.EqualFold(s, word) }) {
		c.word, c.value = word, cmp.Or(strings.TrimSpace(rest), mark(c.name))
	}
	name, rest, _ := strings.Cut(c.value, "=")
	if rest != "" && !strings.ContainsAny(rest, ",; ") && (secret.NamesToken(name) || slices.Contains(secretParameters, name)) {
		c.word, c.value = strings.TrimSpace(c.word+" "+name+"="), strings.Trim(rest, `"`)
	}
}

func (c *credential) judgeAuthorization() {
	c.split()
	if slices.Contains(oneCallSchemes, strings.ToLower(c.word)) {
		return
	}
	c.rank = rankAuthorization
	user, password, ok := c.basic()
	switch {
	case !ok:
		c.askPlain(true)
	case secret.IsPlaceholder(cmp.Or(password, user)), masked().MatchString(password):
		if secret.IsPlaceholder(user) {
			user = mark("user")
		}
		c.value = user + ":" + mark("password")
	}
}

// askPlain lets a value that is no token be asked for at login.
func (c *credential) askPlain(strong bool) {
	if c.value != "" && !isOpen(c.value) && secret.IsPlain(c.value, strong) {
		c.value, c.plain = mark(c.name), c.value
	}
}

var secretParameters = []string{"key", "auth", "sid", "session", "ticket", "appid", "access_key"}

var (
	sessionCookie = lazy.Regexp(`(?i)(sess|sid$|token|auth|jwt|remember|identity|login)`)
	countCookie   = lazy.Regexp(`(?i)^(_ga|_gid|_gat|_fbp|_gcl|__utm|_hj|_pk_|ajs_|amplitude|intercom|mp_|optimizely|_dd_s|cookieconsent)`)
	settingCookie = lazy.Regexp(`(?i)^(locale|lang|theme)`)
)

// judgeCookie takes the cookies of a session, and every other that may be one: of a browser
// all but settings, of a person those with a value of chance.
func (c *call) judgeCookie(one *credential) *credential {
	switch v := one.value; {
	case v == "", countCookie().MatchString(one.name), settingCookie().MatchString(one.name), secret.IsSetting(v):
		return nil
	case secret.ForOneCall(one.name):
	case sessionCookie().MatchString(one.name), secret.LooksSecret(v):
		if one.rank = rankCookie; secret.IsPlaceholder(v) {
			one.value = mark(one.name)
		}
	case !c.browser && !isOpen(v) && secret.IsPlain(v, false):
		return nil
	case len(c.cookies) == 1:
		one.rank = rankOnlyCookie
	case !c.browser && !secret.HighEntropy(v):
		return nil
	}
	return one
}

// isAddress reports whether a value is the host of the call, or an address.
func (c *call) isAddress(value string) bool {
	return strings.EqualFold(value, c.url.Host) || strings.EqualFold(value, c.url.Hostname()) || strings.Contains(value, "://")
}
