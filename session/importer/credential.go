package importer

import (
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
	value string
	rank  int
}

// How likely a credential is the token of an account.
const (
	rankAuthorization = iota
	rankHeader
	rankQuery
	rankLook // by its value alone
	rankCookie
	rankOnlyCookie
	rankNever // a secret all the same
)

// unknown reports whether the value is a variable without a value.
func (c *credential) unknown() bool { return placeholder().MatchString(c.value) }

func (c *credential) place() string { return c.in + " " + c.name }

// credentials takes every secret out of the call's headers, query and cookies;
// the likeliest token first.
func (c *call) credentials() []credential {
	var found []credential
	take := func(pairs []request.Pair, look func(request.Pair) *credential) []request.Pair {
		return slices.DeleteFunc(slices.Clone(pairs), func(p request.Pair) bool {
			one := look(p)
			if one != nil && !p.Off {
				found = append(found, *one)
			}
			return one != nil
		})
	}
	c.Headers = take(c.Headers, headerCredential)
	c.Query = take(c.Query, queryCredential)
	only := len(c.cookies) == 1
	for _, p := range c.cookies {
		if one := cookieCredential(p, only); one != nil {
			found = append(found, *one)
		}
	}
	c.cookies = nil
	slices.SortStableFunc(found, func(a, b credential) int { return a.rank - b.rank })
	return found
}

// oneCallSchemes sign or answer a single call: no token of them can be kept.
var oneCallSchemes = []string{"digest", "negotiate", "ntlm", "hawk", "oauth", "aws4-hmac-sha256", "signature", "dpop"}

func headerCredential(p request.Pair) *credential {
	c := &credential{in: "header", name: p.Name, value: strings.TrimSpace(p.Value), rank: rankHeader}
	name := strings.ToLower(p.Name)
	switch {
	case name == "authorization":
		c.rank = rankAuthorization
		if word, rest, ok := strings.Cut(c.value, " "); ok {
			c.word, c.value = word, strings.TrimSpace(rest)
		}
		if slices.Contains(oneCallSchemes, strings.ToLower(c.word)) {
			c.rank = rankNever
		}
	case isNever(name):
		c.rank = rankNever
	case secretHeader(name):
	case slices.Contains([]string{"accept", "content-type", "idempotency-key"}, name):
		return nil
	case secret.LooksSecret(c.value), secret.HasIssuerPrefix(c.value):
		c.rank = rankLook
	case secret.HighEntropy(c.value):
		c.rank = rankNever
	default:
		return nil
	}
	if word, rest, ok := strings.Cut(c.value, " "); c.rank == rankHeader && ok {
		c.word, c.value = word, strings.TrimSpace(rest)
	}
	if c.value == "" {
		c.rank = rankNever
	}
	return c
}

// isNever reports whether a secret serves only one call or one page.
func isNever(name string) bool {
	return containsAny(name, "csrf", "xsrf", "signature", "nonce")
}

func secretHeader(name string) bool {
	return secret.SecretName(name) || name != "idempotency-key" &&
		(strings.HasSuffix(name, "-key") || containsAny(name, "auth", "token", "session", "apikey", "credential", "secret", "jwt"))
}

func containsAny(s string, parts ...string) bool {
	return slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(s, p) })
}

var secretParameters = []string{"key", "apikey", "api_key", "api-key", "auth", "jwt", "sid", "session", "session_id", "sessionid", "ticket", "appid"}

func queryCredential(p request.Pair) *credential {
	c := &credential{in: "query", name: p.Name, value: p.Value, rank: rankQuery}
	name := strings.ToLower(p.Name)
	switch {
	case p.Value == "":
		return nil
	case isNever(name), name == "sig":
		c.rank = rankNever
	case containsAny(name, "page", "next", "cursor", "continuation"), name == "code", name == "state":
		c.rank = rankNever
		if !secret.LooksSecret(p.Value) && !secret.HighEntropy(p.Value) {
			return nil
		}
	case secret.SecretName(name) && containsAny(name, "passw", "pwd", "pass", "secret", "pin", "otp"):
		c.rank = rankNever
	case secret.SecretName(name), slices.Contains(secretParameters, name):
	case secret.LooksSecret(p.Value), secret.HasIssuerPrefix(p.Value):
		c.rank = rankLook
	case secret.HighEntropy(p.Value):
		c.rank = rankNever
	default:
		return nil
	}
	return c
}

var (
	sessionCookie = pattern(`(?i)(sess|sid$|token|auth|jwt|remember|identity|login)`)
	countCookie   = pattern(`(?i)^(_ga|_gid|_gat|_fbp|_gcl|__utm|_hj|_pk_|ajs_|amplitude|intercom|mp_|optimizely|_dd_s|cookieconsent|locale|lang|theme)`)
)

// cookieCredential treats every cookie as a secret, except those that only count
// or remember settings.
func cookieCredential(p request.Pair, only bool) *credential {
	c := &credential{in: "cookie", name: p.Name, value: p.Value, rank: rankNever}
	switch {
	case countCookie().MatchString(p.Name):
		return nil
	case p.Value == "" || isNever(strings.ToLower(p.Name)):
	case sessionCookie().MatchString(p.Name), secret.LooksSecret(p.Value):
		c.rank = rankCookie
	case only:
		c.rank = rankOnlyCookie
	}
	return c
}

var (
	tellsSecret = pattern(`(?i)(?:passw(?:or)?d|secret|api_?key|token)(?:["']?\s*[:=]\s*\\?["']?|>)([^\s"'\\${}:=,<>]+)`)
	graphType   = pattern(`^\[?[A-Z]\w*[!\])]*$`) // of a variable: $password: String!
)

// holdsSecret reports whether a longer text has a secret in it.
func holdsSecret(text string) bool { return declaresSecret(text) || secret.ContainsSecret(text) }

// declaresSecret reports whether a text gives a value to what is named like a secret.
// The type of a GraphQL variable is none: $password: String!
func declaresSecret(text string) bool {
	for _, m := range tellsSecret().FindAllStringSubmatchIndex(text, -1) {
		before := strings.TrimRightFunc(text[:m[0]], func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) })
		if !strings.HasSuffix(before, "$") || !graphType().MatchString(text[m[2]:m[3]]) {
			return true
		}
	}
	return false
}
