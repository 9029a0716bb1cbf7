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
	"net/http"
	"net/url"
	"time"

	"tokenring/session/answer"
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

	// Connection is the account's own way to its servers. Its client certificate is
	// shown to the origin of URL alone, and neither to a proxy nor where a redirect
	// to another origin leads.
	Connection Connection

	// The credentials. Their values are sent to the origin of URL, which must
	// be one of AttachTo, and leave it with no redirect.
	AttachHeader http.Header
	AttachQuery  url.Values
	AttachCookie []*http.Cookie
	AttachInside bool     // a credential was put into URL or Body
	Unsent       []string // what of the credentials does not belong to URL, for a person
	AttachTo     []Origin

	// NamedBy are servers, one of which names the address of URL; nil: a person or a file
	// does. If none of them is on this machine or in a private network, the call is not
	// made to an address that is.
	NamedBy []Origin

	// Arriving, unless nil, receives an answer when its header is there: part returns it with
	// the whole lines of its body that have come by the time of the call, and may be called
	// until Do has returned and after it. A call that is cancelled while the body arrives then
	// returns what came.
	Arriving func(part func() *Response)

	// Follow follows redirects, at most MaxRedirects. Without it an answer of
	// status 3xx is the answer.
	Follow    bool
	Stay      bool             // follow none to another origin: what was sent is made of a credential, in a form that Redact may not know
	AllowHTTP bool             // plain HTTP beyond loopback was agreed to
	Redact    *secret.Redactor // of what may stand in no address that another origin sees; may be nil
}

// Limits of every exchange.
const (
	DefaultTimeout = 30 * time.Second
	MaxHeader      = 1 << 20 // bytes of an answer's header
	MaxRedirects   = 10
)

// Response is an answer with the facts of its call. It is raw, because
// flows capture tokens from it.
type Response struct {
	answer.Answer // Offset is valid when HasOffset

	Proto       string
	Hops        []Hop
	CrossOrigin bool // a redirect led away from the origin of the request: the credentials stayed behind
	Timings     Timings
	URL         *url.URL  // the last URL asked, without attached query values
	Sent        time.Time // our clock
	HasOffset   bool
	Proxy       string // host of the proxy that handed the answer on, or wrote it without saying so; "" where none can
}

// Hop is one redirect that was followed or refused. Its addresses are without
// attached query values.
type Hop struct {
	Status   int
	From, To string
	Stripped []string `json:"Withheld"` // names of headers, query values and cookies that did not travel on
	Refused  string   // why it was not followed; "" when it was
}

// Timings are the phases of the last hop; Total spans all hops. Zero means the
// phase did not occur (a kept connection has no DNS, connect or TLS).
type Timings struct {
	DNS, Connect, TLS, Wait, Transfer, Total time.Duration `json:",omitempty"`
	Reused                                   bool          `json:",omitempty"`
}
