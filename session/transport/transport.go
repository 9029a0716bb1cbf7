// Package transport is the one HTTP client of the program: it keeps
// credentials at their origin, bounds what an answer may cost, measures the
// phases of a call and the offset of the server's clock, and names what went
// wrong.
//
// The origin rule: what is attached to a [Request] goes to the origin of its
// URL, which must be one the caller listed, and nowhere else. A redirect that
// changes scheme, host or port is followed without credentials, without the
// headers a request brought along, without a body and without a Referer, or it
// is refused; [Hop] says which. net/http would hand custom headers to any host.
package transport

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"tokenring/session/body"
	"tokenring/session/secret"
)

// Request is a call ready for the wire. Everything attached travels to the
// origin of URL and to no other, whatever a redirect says.
type Request struct {
	Method  string
	URL     *url.URL      // without attached query values
	Header  http.Header   // sent to the origin of URL; another one sees Accept and User-Agent alone
	Body    *body.Content // nil: none
	Timeout time.Duration // of the whole exchange; 0: DefaultTimeout

	// The credentials. Their values are sent to the origin of URL, which must
	// be one of AttachTo, and leave it with no redirect.
	AttachHeader http.Header
	AttachQuery  url.Values
	AttachCookie []*http.Cookie
	AttachTo     []Origin

	// Follow follows redirects, at most MaxRedirects. Without it an answer of
	// status 3xx is the answer.
	Follow    bool
	AllowHTTP bool             // plain HTTP beyond loopback was agreed to
	Redact    *secret.Redactor // of what may stand in no address that another origin sees; may be nil
}

// Limits of every exchange.
const (
	DefaultTimeout = 30 * time.Second
	MaxBody        = 10 << 20 // bytes kept of a body, after decompression
	MaxHeader      = 1 << 20  // bytes of an answer's header
	MaxRedirects   = 10
)

// Response is an answer, its body read whole or cut at MaxBody. It is raw,
// because flows capture tokens from it; Redacted gives what may be shown and
// kept.
type Response struct {
	Status    int
	Proto     string
	Header    http.Header
	Cookies   []*http.Cookie // also those of redirects within the origin, in order
	Body      []byte
	Size      int64 // bytes of body that arrived (after decompression)
	Cut       bool  // the body was longer than MaxBody, or broke off
	CutReason string
	Hops      []Hop
	Strayed   bool // a redirect led away from the origin of the request: the credentials stayed behind
	Timings   Timings
	TLS       *tls.ConnectionState
	URL       *url.URL // the last URL asked, without attached query values

	Sent      time.Time     // our clock
	Received  time.Time     // our clock, when the header arrived
	Offset    time.Duration // clock of the request's origin minus ours; valid when HasOffset
	HasOffset bool
}

// Hop is one redirect that was followed or refused. Its addresses are without
// attached query values.
type Hop struct {
	Status   int
	From, To string
	Withheld []string // names of headers, query values and cookies that did not travel on
	Refused  string   // why it was not followed; "" when it was
}

// Timings are the phases of the last hop; Total spans all hops. Zero means the
// phase did not occur (a kept connection has no DNS, connect or TLS).
type Timings struct {
	DNS, Connect, TLS, Wait, Transfer, Total time.Duration
	Reused                                   bool
}

// Redacted returns a copy of r in which red has masked every known secret in
// headers, cookies, body and addresses.
func (r *Response) Redacted(red *secret.Redactor) *Response {
	out := *r
	out.Header = make(http.Header, len(r.Header))
	for name, values := range r.Header {
		for _, v := range values {
			out.Header[name] = append(out.Header[name], red.Text(v))
		}
	}
	out.Cookies = nil
	for _, c := range r.Cookies {
		masked := *c
		masked.Value, masked.Raw = red.Text(c.Value), red.Text(c.Raw)
		out.Cookies = append(out.Cookies, &masked)
	}
	out.Body = red.Bytes(r.Body)
	out.Hops = nil
	for _, h := range r.Hops {
		h.From, h.To = red.Text(h.From), red.Text(h.To)
		out.Hops = append(out.Hops, h)
	}
	out.URL = redactURL(r.URL, red)
	return &out
}

func redactURL(u *url.URL, red *secret.Redactor) *url.URL {
	if u == nil {
		return nil
	}
	out := *u
	if path := red.Text(u.Path); path != u.Path {
		out.Path, out.RawPath = path, ""
	}
	if u.RawPath != "" && red.Text(u.RawPath) != u.RawPath {
		out.Path, out.RawPath = red.Text(u.RawPath), ""
	}
	out.RawQuery = red.Text(u.RawQuery)
	out.Fragment, out.RawFragment = red.Text(u.Fragment), ""
	return &out
}
