package transport

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tokenring/session/address"
	"tokenring/session/answer"
	"tokenring/session/secret"
)

// redirect prepares the next hop and reports whether there is one. It adds
// the followed or refused hop to x.hops.
func (x *exchange) redirect(res *http.Response) bool {
	location := res.Header.Get("Location")
	if !x.r.Follow || !isRedirect(res.StatusCode) || location == "" {
		return false
	}
	hop := Hop{Status: res.StatusCode, From: x.url.String()}
	to, err := x.url.Parse(location)
	if err == nil && to.Host != "" && strings.HasPrefix(to.Scheme, "http") {
		to, err = address.Parse(to.String())
	}
	if err != nil {
		hop.Refused = "its Location is not an address"
		x.hops = append(x.hops, hop)
		return false
	}
	to = bare(to)
	to.RawQuery = dropQuery(to.RawQuery, x.isAttached)
	hop.To = withoutUser(to)
	method, body := after(res.StatusCode, x.method, x.body)
	leaves := OriginOf(to) != OriginOf(x.url)
	hop.Refused = x.refusal(to, leaves, method)
	if hop.Refused == "" && leaves && x.home {
		hop.Stripped = x.stripped()
	}
	x.hops = append(x.hops, hop)
	if hop.Refused != "" {
		return false
	}
	if x.home {
		x.cookies = append(x.cookies, answer.ParseCookies(res.Header, x.url)...)
		if offset, ok := clockOffset(res.Header, x.sent, x.header); ok {
			x.offset = offset
		}
	}
	if leaves {
		x.home, body, x.namedBy = false, nil, []Origin{OriginOf(x.url)}
	}
	x.url, x.method, x.body = to, method, body
	return true
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// after returns the method and body of the request that follows a redirect
// (RFC 9110, section 15.4): 303 asks with GET, and so do 301 and 302 after a
// POST, as every browser does.
func after(status int, method string, body []byte) (string, []byte) {
	safe := method == http.MethodGet || method == http.MethodHead
	switch {
	case status == http.StatusSeeOther && !safe,
		status < http.StatusSeeOther && method == http.MethodPost:
		return http.MethodGet, nil
	}
	return method, body
}

// refusal says why a redirect is not followed, or "".
func (x *exchange) refusal(to *url.URL, leaves bool, method string) string {
	route, _ := x.way.route(x.c.getenv, to) // its error ends the next hop
	switch {
	case to.Scheme != "http" && to.Scheme != "https" || to.Host == "":
		return "its Location is not an http address"
	case to.User != nil:
		return "its Location holds a user name or password"
	case len(x.hops) >= MaxRedirects:
		return "too many redirects"
	case to.Scheme == "http" && !x.r.AllowHTTP && x.url.Scheme == "https", x.exposes(route, to):
		return "it leads to plain HTTP"
	case leaves && method != http.MethodGet && method != http.MethodHead:
		return "it would send this request to another origin"
	case leaves && x.r.Stay:
		return "it leads to another origin, and the request reads a credential"
	case leaves && x.tells(to):
		return "its Location carries a credential to another origin"
	}
	return ""
}

// attached returns the credentials of this request.
func (x *exchange) attached() []secret.String {
	var known []secret.String
	for _, values := range x.r.AttachHeader {
		for _, v := range values {
			known = append(known, secret.New(v))
			words := strings.Fields(v)
			for _, word := range words[min(1, len(words)):] { // the first is a scheme, or v itself
				known = append(known, secret.New(word))
			}
		}
	}
	for _, values := range x.r.AttachQuery {
		for _, v := range values {
			known = append(known, secret.New(v))
		}
	}
	for _, c := range x.r.AttachCookie {
		known = append(known, secret.New(c.Value))
	}
	return known
}

// tells reports whether an address holds a secret of this request.
func (x *exchange) tells(to *url.URL) bool {
	attached := secret.NewRedactor(x.attached()...)
	query, _ := url.QueryUnescape(to.RawQuery)
	for _, text := range []string{to.String(), to.Path, query} {
		if attached.Text(text) != text || x.r.Redact.Text(text) != text {
			return true
		}
	}
	return false
}

// stripped names what is dropped when a redirect leaves the origin.
func (x *exchange) stripped() []string {
	var names []string
	for name := range x.r.Header {
		if name = http.CanonicalHeaderKey(name); !travels(name) && !isOfBody(name) {
			names = append(names, name)
		}
	}
	for name := range x.r.AttachHeader {
		names = append(names, http.CanonicalHeaderKey(name))
	}
	for name := range x.r.AttachQuery {
		names = append(names, name+" (query)")
	}
	for _, c := range x.r.AttachCookie {
		names = append(names, c.Name+" (cookie)")
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// travels reports whether a header may go to any host. Every other one may be
// a key under a name of its own.
func travels(name string) bool {
	switch name {
	case "Accept", "Accept-Language", "User-Agent":
		return true
	}
	return false
}

// isOfBody reports whether a header describes the body, and stays with it.
func isOfBody(name string) bool {
	return strings.HasPrefix(name, "Content-")
}

func (x *exchange) isAttached(name, value string) bool {
	return slices.Contains(x.r.AttachQuery[name], value)
}

// withQuery puts attached values into a raw query in place of any of the same
// names, and leaves the rest as it was written.
func withQuery(raw string, attached url.Values) string {
	if len(attached) == 0 {
		return raw
	}
	raw = dropQuery(raw, func(name, _ string) bool { return attached.Has(name) })
	if raw == "" {
		return attached.Encode()
	}
	return raw + "&" + attached.Encode()
}

func dropQuery(raw string, drop func(name, value string) bool) string {
	var kept []string
	for pair := range strings.SplitSeq(raw, "&") {
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		value, err2 := url.QueryUnescape(value)
		if err != nil || err2 != nil || !drop(name, value) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

func withoutUser(u *url.URL) string {
	out := *u
	out.User = nil
	return out.String()
}
