// Package transport is the one HTTP client of the program: it keeps
// credentials at their origin, bounds what an answer may cost, measures the
// phases of a call and the offset of the server's clock, and names what went
// wrong.
package transport

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"tokenring/session/secret"
)

// Origin is a scheme, host and port in the form "https://api.example.com:443".
type Origin string

// Request is a call ready for the wire. Everything attached travels to the
// origins in AttachTo and to no other, whatever a redirect says.
type Request struct {
	Method  string
	URL     *url.URL    // without attached query values
	Header  http.Header // what any host on the way may see
	Body    []byte
	Timeout time.Duration // of the whole exchange; 0: DefaultTimeout

	// The credentials. Their values are sent at first to URL, which must be
	// one of AttachTo, and never leave those origins.
	AttachHeader http.Header
	AttachQuery  url.Values
	AttachCookie []*http.Cookie
	AttachTo     []Origin

	Follow    bool // follow redirects (GET and HEAD, at most MaxRedirects)
	AllowHTTP bool // plain HTTP beyond loopback was agreed to
	Redact    *secret.Redactor
}

// Limits of every exchange.
const (
	DefaultTimeout = 30 * time.Second
	MaxBody        = 10 << 20 // bytes kept of a body
	MaxRedirects   = 10
)

// Response is an answer, its body read whole or cut at MaxBody. Header, Body
// and Hops are already redacted with Request.Redact when Redacted is called,
// never before: flows capture tokens from the raw answer.
type Response struct {
	Status    int
	Proto     string
	Header    http.Header
	Cookies   []*http.Cookie
	Body      []byte
	Size      int64 // bytes of body that arrived (after decompression)
	Cut       bool  // the body was longer than MaxBody, or broke off
	CutReason string
	Hops      []Hop
	Timings   Timings
	TLS       *tls.ConnectionState
	URL       *url.URL // the last URL asked, without attached query values

	Sent      time.Time     // our clock
	Received  time.Time     // our clock, when the header arrived
	Offset    time.Duration // server clock minus ours; valid when HasOffset
	HasOffset bool
}

// Hop is one redirect that was followed or refused.
type Hop struct {
	Status   int
	From, To string
	Withheld []string // names of credentials that did not travel on
	Refused  string   // why it was not followed; "" when it was
}

// Timings are the phases of the last hop. Zero means the phase did not occur
// (a kept connection has no DNS, connect or TLS).
type Timings struct {
	DNS, Connect, TLS, Wait, Transfer, Total time.Duration
	Reused                                   bool
}

// Kind says what kept an exchange from giving an answer.
type Kind string

// The kinds of failed exchanges.
const (
	KindDNS         Kind = "address not found"
	KindRefused     Kind = "connection refused"
	KindUnreachable Kind = "unreachable"
	KindTLS         Kind = "TLS trouble"
	KindTimeout     Kind = "timeout"
	KindCanceled    Kind = "cancelled"
	KindNotHTTP     Kind = "not HTTP"
	KindBroken      Kind = "connection broken"
	KindPlainHTTP   Kind = "plain HTTP refused"
	KindOrigin      Kind = "foreign origin"
	KindTooLarge    Kind = "header too large"
)

// Error is a failed exchange. Its text names host and reason and holds no
// credential; Hint says what to do next.
type Error struct {
	Kind Kind
	Host string
	Text string
	Hint string
	Err  error // the cause, for errors.Is; its text is not shown
}
