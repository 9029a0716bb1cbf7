package flow

import (
	"net/url"
	"strings"

	"tokenring/session/secret"
)

// HeaderLines writes what an attach mode puts on a request as curl and HTTP
// files take it, in clear: a header a line, the cookies in one, and query
// parameters in a last one.
func HeaderLines(headers, query, cookies []NameValue) string {
	return headerLines(headers, query, cookies, func(v secret.String) (string, string) {
		return v.Reveal(), url.QueryEscape(v.Reveal())
	})
}

// MaskedLines is HeaderLines with a mask for each value, which leaves a scheme
// in front, such as Bearer, readable.
func MaskedLines(headers, query, cookies []NameValue) string {
	return headerLines(headers, query, cookies, func(v secret.String) (string, string) {
		text := mask(v.Reveal())
		return text, text
	})
}

func headerLines(headers, query, cookies []NameValue, show func(secret.String) (plain, escaped string)) string {
	var lines, jar, params []string
	for _, h := range headers {
		value, _ := show(h.Value)
		lines = append(lines, h.Name+": "+value)
	}
	for _, c := range cookies {
		value, _ := show(c.Value)
		jar = append(jar, c.Name+"="+value)
	}
	if len(jar) > 0 {
		lines = append(lines, "Cookie: "+strings.Join(jar, "; "))
	}
	for _, q := range query {
		_, value := show(q.Value)
		params = append(params, url.QueryEscape(q.Name)+"="+value)
	}
	if len(params) > 0 {
		lines = append(lines, strings.Join(params, "&"))
	}
	return strings.Join(lines, "\n")
}

func mask(raw string) string {
	if scheme, rest, ok := strings.Cut(raw, " "); ok && len(scheme) < 12 {
		return scheme + " " + secret.Mask(rest)
	}
	return secret.Mask(raw)
}
