package oauth

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/secret"
)

// Challenge is what an API demands when it refuses a request with a bearer token (RFC
// 6750, section 3; RFC 9470, section 3; RFC 9728, section 5.1). Its texts are sanitized.
type Challenge struct {
	Error, Scope string
	ACR, MaxAge  string // of the login: its strength, and its age in seconds
	Realm        string // where the tokens of a Docker registry come from; see TokensAt
	Description  string // the API's words
	Metadata     string // the address of the metadata of the API, not sanitized
}

// ReadChallenge returns the first challenge for a bearer token in the headers of an answer,
// or false.
func ReadChallenge(h http.Header) (Challenge, bool) {
	for _, c := range challenges(h) {
		if strings.EqualFold(c.scheme, "bearer") || strings.EqualFold(c.scheme, "dpop") {
			text := func(name string) string { return secret.CleanLine(c.values[name]) }
			return Challenge{text("error"), text("scope"), text("acr_values"), text("max_age"), text("realm"), text("error_description"), c.values["resource_metadata"]}, true
		}
	}
	return Challenge{}, false
}

// maxScheme is the longest name of a scheme, in bytes; a longer one is data.
const maxScheme = 20

// OtherScheme says which authentication schemes an answer asks for and what to do next, or "" if
// it names none or authorization, the header of the request, has one of them.
func OtherScheme(h http.Header, authorization string) (asks, next string) {
	sent, _, _ := strings.Cut(authorization, " ")
	var names []string
	for _, c := range challenges(h) {
		switch same := func(name string) bool { return strings.EqualFold(name, c.scheme) }; {
		case same(sent):
			return "", ""
		case len(c.scheme) <= maxScheme && !slices.ContainsFunc(names, same):
			names = append(names, c.scheme)
		}
	}
	if len(names) == 0 {
		return "", ""
	}
	schemes := secret.CleanLine(strings.Join(names, " or "))
	return "this API asks for the scheme " + schemes + ", which the request does not send", "use an account of a backend that sends " + schemes
}

// challenge is a challenge of any scheme (RFC 9110, section 11.6.1).
type challenge struct {
	scheme string
	values map[string]string // by name, in lower case
}

func challenges(h http.Header) (all []challenge) {
	for _, field := range h.Values("WWW-Authenticate") {
		before := len(all)
		for rest := field; ; {
			var word, value string
			var pair bool
			if word, value, pair, rest = nextPart(rest); word == "" {
				break
			}
			name := strings.ToLower(word)
			switch {
			case !pair:
				all = append(all, challenge{word, map[string]string{}})
			case len(all) > before && all[len(all)-1].values[name] == "":
				all[len(all)-1].values[name] = value
			}
		}
	}
	return all
}

// nextPart cuts a scheme, or a parameter with its value, off a field (RFC 9110, section
// 11.6.1). The word is "" at the end.
func nextPart(s string) (word, value string, pair bool, rest string) {
	s = strings.TrimLeft(s, ", \t")
	end := strings.IndexAny(s, "=, \t")
	if end < 0 {
		end = len(s)
	}
	word, s = s[:end], s[end:]
	after, pair := strings.CutPrefix(strings.TrimLeft(s, " \t"), "=")
	if !pair {
		return word, "", false, s
	}
	if after = strings.TrimLeft(after, " \t"); !strings.HasPrefix(after, `"`) {
		value, rest, _ = strings.Cut(after, ",")
		return word, strings.TrimSpace(value), true, rest
	}
	var out strings.Builder
	for i := 1; i < len(after); i++ {
		switch after[i] {
		case '\\':
			if i++; i < len(after) {
				out.WriteByte(after[i])
			}
		case '"':
			return word, out.String(), true, after[i+1:]
		default:
			out.WriteByte(after[i])
		}
	}
	return word, out.String(), true, ""
}

// Resource is the metadata of an API (RFC 9728, section 2).
type Resource struct{ Issuer, Scope string } // sanitized; "": not stated

// ReadResource reads the metadata of an API. It returns zero unless the address that was called begins with its "resource"
// (section 3.3).
func ReadResource(metadata map[string]any, called string) Resource {
	of, _ := metadata["resource"].(string)
	if of == "" || called != of && !strings.HasPrefix(called, strings.TrimSuffix(of, "/")+"/") {
		return Resource{}
	}
	list := func(name string) []string { return audience(metadata[name]) }
	return Resource{secret.CleanLine(first(list("authorization_servers"))), secret.CleanLine(strings.Join(list("scopes_supported"), " "))}
}

// TokensAt returns the address that tokens for the API come from; "" if the challenge names none.
func (c Challenge) TokensAt() string {
	if at, err := address.Parse(c.Realm); err == nil && at.Host != "" {
		return c.Realm
	}
	return ""
}

// Explain says what a challenge asks for and what to do next, or "" if it asks for nothing. fits names an account of the
// ring that has it, or is "".
func (c Challenge) Explain(r Resource, fits string) (asks, next string) {
	if fits != "" {
		fits = ", which " + fits + " has"
	}
	switch {
	case c.Error == "insufficient_scope" && c.Scope != "":
		return "this API requires the scope " + c.Scope + fits, "edit the account, add the scope, and log in again"
	case c.Error == "insufficient_scope":
		return "this API requires more scopes than the token has", "edit the account, add the scope, and log in again"
	case c.Error == "insufficient_user_authentication":
		asks = "this API requires a login"
		if c.ACR != "" {
			asks += " of strength " + c.ACR
		}
		if c.MaxAge != "" {
			asks += " that is at most " + c.MaxAge + " seconds old"
		}
		return asks, "log in again"
	case r.Issuer != "":
		asks, next = "this API takes tokens of the issuer "+r.Issuer, "use an account of that issuer, or add an oidc account with it"
		if scope := cmp.Or(c.Scope, r.Scope); scope != "" {
			asks += ", scope " + scope
		}
		if fits != "" {
			next = "use that account"
		}
		return asks + fits, next
	}
	if at := c.TokensAt(); at != "" {
		return "tokens for this API come from " + at, "use an account of a backend that gets its tokens there"
	}
	if _, err := address.Parse(c.Metadata); err == nil {
		return "this API names the issuer of its tokens at " + secret.CleanLine(c.Metadata), "open that address, and use an account of the issuer"
	}
	if c.Description != "" {
		return "this API says “" + c.Description + "”", ""
	}
	return "", ""
}
