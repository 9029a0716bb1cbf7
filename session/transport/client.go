package transport

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session/answer"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Options make a Client.
type Options struct {
	Now       func() time.Time  // our wall clock; required
	Transport http.RoundTripper // nil: a *http.Transport with the limits of this package
	UserAgent string            // "tokenring/1.2.3"

	Getenv func(string) string // for the variables that name proxies; nil: there are none
}

// Client sends requests. It keeps no cookies and is safe for concurrent use.
type Client struct {
	now    func() time.Time
	ways   *pool
	agent  string
	getenv func(string) string
}

// New returns a Client.
func New(o Options) *Client {
	if o.Transport == nil {
		o.Transport = newTransport()
	}
	c := &Client{now: o.Now, ways: newPool(o.Transport, o.Now), agent: o.UserAgent, getenv: o.Getenv}
	if c.agent == "" {
		c.agent = "tokenring"
	}
	if c.getenv == nil {
		c.getenv = func(string) string { return "" }
	}
	return c
}

const (
	dialTimeout = 10 * time.Second
	idleTimeout = 30 * time.Second
)

func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  proxyOf,
		OnProxyConnectResponse: tunnelled,
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{GetClientCertificate: show(nil)},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    dialTimeout,
		IdleConnTimeout:        idleTimeout,
		MaxIdleConns:           32,
		MaxIdleConnsPerHost:    16,
		ExpectContinueTimeout:  time.Second,
		MaxResponseHeaderBytes: MaxHeader,
	}
}

// Do sends r, follows redirects if r says so, and reads the answer. The error
// is always an *Error; an answer of any status is not an error.
func (c *Client) Do(ctx context.Context, r *Request) (*Response, error) {
	if err := check(r); err != nil {
		return nil, err
	}
	x := &exchange{
		c: c, r: r, parent: ctx, began: c.now(), timeout: r.Timeout,
		method: r.Method, url: bare(r.URL), body: r.Body.Bytes(), home: true, namedBy: r.NamedBy,
	}
	if x.timeout <= 0 {
		x.timeout = DefaultTimeout
	}
	if x.method == "" {
		x.method = http.MethodGet
	}
	way, release, err := c.ways.acquire(&r.Connection)
	if err != nil {
		return nil, unusable(x.url, err)
	}
	defer release()
	x.way = way
	var cancel context.CancelFunc
	x.ctx, cancel = context.WithTimeout(ctx, x.timeout)
	defer cancel()
	for {
		res, err := x.send()
		if err != nil {
			return nil, err
		}
		if x.redirect(res) {
			discard(res.Body)
			continue
		}
		return x.read(res)
	}
}

// check refuses what must not or cannot be sent.
func check(r *Request) error {
	if r.URL == nil || r.URL.Host == "" || r.URL.Scheme != "http" && r.URL.Scheme != "https" {
		return &Error{Kind: KindInvalid, Text: "the request has no http or https address",
			Hint: "write the whole address, like https://api.example.com"}
	}
	origin := OriginOf(r.URL)
	refuse := func(kind Kind, before, after, hint string) error {
		host := secret.CleanLine(origin.Host())
		return &Error{Kind: kind, Host: host, Text: before + host + after, Hint: hint}
	}
	switch {
	case r.URL.User != nil:
		return refuse(KindInvalid, "the address of ", " holds a user name or password", "take it out of the address; credentials belong in fields")
	case r.URL.Scheme == "http" && !r.AllowHTTP && !isHere(r.URL):
		return refuse(KindPlainHTTP, "plain HTTP to ", " was refused: anyone on the way could read it",
			"write https:// in the address, or allow plain HTTP for this account")
	case r.Attaches() && !slices.Contains(r.AttachTo, origin):
		return refuse(KindOrigin, "the credentials of this account do not belong to ", "", "send the request without them, or to the account's own address")
	case slices.ContainsFunc(r.AttachCookie, func(c *http.Cookie) bool { return strings.ContainsFunc(c.Name+c.Value, isCookieBreak) }):
		return refuse(KindInvalid, "a cookie for ", " holds a character that cannot be sent", "look for line breaks and semicolons in its value")
	}
	return nil
}

// isCookieBreak: such a rune would end the cookie or the header.
func isCookieBreak(c rune) bool { return c < ' ' || c == 0x7f || c == ';' }

// Attaches reports whether the request carries a credential that was attached.
func (r *Request) Attaches() bool {
	return r.AttachInside || len(r.AttachHeader) > 0 || len(r.AttachQuery) > 0 || len(r.AttachCookie) > 0
}

// Complete sets the headers that the client would add by itself. Nothing but Host and
// Content-Length is added to such a request.
func (c *Client) Complete(r *Request) { c.complete(r.Header, r.Method) }

func (c *Client) complete(h http.Header, method string) {
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", c.agent)
	}
	if h["Accept-Encoding"] == nil && h["Range"] == nil && method != http.MethodHead {
		h.Set("Accept-Encoding", answer.Accepted) // by us, so that net/http undoes nothing
	}
}

// Headers returns every header of the request, with what was attached.
func (r *Request) Headers() http.Header {
	out := make(http.Header)
	for name, values := range r.Header {
		out[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	for name, values := range r.AttachHeader {
		out[http.CanonicalHeaderKey(name)] = slices.Clone(values)
	}
	pairs := out.Values("Cookie")
	for _, cookie := range r.AttachCookie {
		pairs = append(pairs, cookie.Name+"="+cookie.Value)
	}
	if len(pairs) > 0 {
		out.Set("Cookie", strings.Join(pairs, "; "))
	}
	return out
}

// Address returns the address with the query values that were attached.
func (r *Request) Address() *url.URL { return r.withAttached(r.URL) }

func (r *Request) withAttached(u *url.URL) *url.URL {
	out := *u
	out.RawQuery = withQuery(u.RawQuery, r.AttachQuery)
	return &out
}

// bare returns a copy of u with nothing a server would not see.
func bare(u *url.URL) *url.URL {
	out := *u
	out.Fragment, out.RawFragment = "", ""
	return &out
}

// exchange is one Do: a call and the redirects that follow.
type exchange struct {
	c       *Client
	r       *Request
	parent  context.Context // the caller's
	ctx     context.Context // with our timeout
	timeout time.Duration
	began   time.Time

	method  string
	url     *url.URL // of this hop, without attached query values
	body    []byte
	home    bool     // no redirect has left the origin of the request's URL
	namedBy []Origin // servers that name url
	hops    []Hop
	way     *way  // of the account
	route   Route // of this hop
	watch   *stopwatch
	sent    time.Time // our clock
	header  time.Time // our clock

	cookies []answer.Cookie // set by redirects within the origin
	offset  time.Duration   // of the server's clock, from their answers
}

// send performs one hop up to the header of its answer.
func (x *exchange) send() (*http.Response, error) {
	var err error
	if x.route, err = x.way.route(x.c.getenv, x.url); err != nil {
		return nil, err
	}
	if x.exposes(x.route, x.url) {
		return nil, x.plainLeaves()
	}
	x.watch = newStopwatch(x.c.now, x.route)
	ctx := x.watch.context(x.ctx)
	if x.namedBy != nil && x.route.Proxy == nil && len(x.way.resolve) == 0 {
		ctx = context.WithValue(ctx, namedBy{}, x.namedBy)
	}
	hop, err := x.build(ctx)
	if err != nil {
		return nil, x.fail(err)
	}
	// The RoundTripper itself: http.Client would follow, add a Referer, and
	// put the whole URL into its errors.
	answer, err := x.way.transport(x.route, x.home, x.namedBy).RoundTrip(hop)
	if err != nil {
		return nil, x.fail(err)
	}
	if answer.StatusCode < http.StatusOK || answer.StatusCode > maxStatus { // the body of a 101 is the connection, which no context closes
		_ = answer.Body.Close()
		return nil, x.fail(noAnswer(answer.StatusCode))
	}
	if x.forwarded() && isOfProxy(answer) {
		_ = answer.Body.Close()
		return nil, x.fail(newProxyAnswer(answer))
	}
	x.sent, x.header = x.watch.header()
	return answer, nil
}

// maxStatus is the last status that can be written (RFC 9110, section 15).
const maxStatus = 999

// waited is how long this exchange has taken: the timeout itself once that has
// passed.
func (x *exchange) waited() time.Duration {
	if x.parent.Err() == nil && x.ctx.Err() != nil {
		return x.timeout
	}
	return x.c.now().Sub(x.began)
}

// build makes the request of one hop, with credentials only at home.
func (x *exchange) build(ctx context.Context) (*http.Request, error) {
	u := x.url
	if x.home {
		u = x.r.withAttached(u)
	}
	var body io.Reader
	if len(x.body) > 0 {
		body = bytes.NewReader(x.body)
	}
	hop, err := http.NewRequestWithContext(ctx, x.method, u.String(), body)
	if err != nil {
		return nil, err
	}
	hop.Header = x.headers()
	return hop, nil
}

func (x *exchange) headers() http.Header {
	out := x.r.Headers()
	for name := range out {
		if !travels(name) && (!x.home || len(x.body) < len(x.r.Body.Bytes()) && isOfBody(name)) {
			delete(out, name)
		}
	}
	if pairs := x.cookiePairs(x.r.Header.Values("Cookie")); x.home && len(pairs) > 0 {
		out.Set("Cookie", strings.Join(pairs, "; ")) // of this hop
	} else {
		out.Del("Cookie")
	}
	x.c.complete(out, x.method)
	return out
}

// cookiePairs returns what a hop sends as cookies, beginning with a request's own
// header. A cookie that a redirect set here, or removed, takes the place of an
// attached one of its name (RFC 6265, section 5.4).
func (x *exchange) cookiePairs(pairs []string) []string {
	secure := x.url.Scheme == "https" || isHere(x.url)
	here := func(c answer.Cookie) bool { return c.Matches(x.url, secure) }
	for _, cookie := range x.r.AttachCookie {
		if !slices.ContainsFunc(x.cookies, func(c answer.Cookie) bool { return c.Name == cookie.Name && here(c) }) {
			pairs = append(pairs, cookie.Name+"="+cookie.Value)
		}
	}
	kept := answer.Kept(x.cookies, x.c.now().Add(x.offset))
	slices.SortStableFunc(kept, func(a, b answer.Cookie) int { return len(b.Path) - len(a.Path) })
	for _, c := range kept {
		if here(c) {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
	}
	return pairs
}

// read reads the body of an answer.
func (x *exchange) read(res *http.Response) (*Response, error) {
	defer res.Body.Close()
	out := &Response{
		Answer: answer.Answer{
			Status: res.StatusCode, Header: res.Header, Cookies: append(x.cookies, answer.ParseCookies(res.Header, x.url)...), Received: x.header.Round(0),
		},
		Proto:       res.Proto,
		Hops:        x.hops,
		CrossOrigin: !x.home,
		URL:         x.url,
		Sent:        x.sent.Round(0),
	}
	if x.forwarded() {
		out.Proxy = x.route.Proxy.Host
	}
	// Whatever the body is, it ends with the context.
	stop := context.AfterFunc(x.ctx, func() { _ = res.Body.Close() })
	part := new(answer.Part)
	if x.r.Arriving != nil {
		begun := *out
		x.r.Arriving(func() *Response {
			now := begun
			now.Answer = part.Of(begun.Answer)
			return &now
		})
	}
	err := out.Read(res.Body, part)
	stop()
	var damaged *answer.CodingError
	switch {
	case err == nil:
	case errors.Is(err, answer.ErrTooLong):
		out.cut(tooLong(res))
	case errors.Is(x.parent.Err(), context.Canceled) && (x.r.Arriving == nil || out.Size == 0):
		return nil, x.fail(err)
	case errors.Is(x.parent.Err(), context.Canceled):
		out.cut("it was cancelled after " + prose.Size(out.Size))
	case errors.Is(err, context.DeadlineExceeded), x.ctx.Err() != nil:
		out.cut(fmt.Sprintf("the answer had not ended after %s; %s arrived", seconds(x.waited()), prose.Size(out.Size)))
	case errors.As(err, &damaged):
		out.cut("its compression (" + damaged.Coding + ") is damaged after " + prose.Size(out.Size))
	case chunkFault(err):
		out.cut("its chunked encoding is damaged after " + prose.Size(out.Size))
	case streamFault(err) != "":
		out.cut("the server ended the stream (" + streamFault(err) + ") after " + prose.Size(out.Size))
	default:
		out.cut("the connection broke off after " + prose.Size(out.Size))
	}
	if x.url.Scheme == "http" && wantsTLS(out) {
		e := &Error{Host: secret.CleanLine(OriginOf(x.url).Host())}
		e.speaksTLS()
		return nil, e
	}
	out.Timings = x.watch.timings(x.began)
	out.Took = out.Timings.Total
	if x.home {
		out.Offset, out.HasOffset = clockOffset(res.Header, out.Sent, out.Received)
	}
	return out, nil
}

func (r *Response) cut(reason string) { r.Cut, r.CutReason = true, reason }

func tooLong(res *http.Response) string {
	limit := prose.Size(answer.MaxBody)
	kept := "only the first " + limit + " are kept"
	if whole := prose.Size(res.ContentLength); res.ContentLength > answer.MaxBody && whole != limit && res.Header.Get("Content-Encoding") == "" {
		return kept + " of " + whole
	}
	return kept
}

// wantsTLS detects the two ways in which servers say that their port is for
// HTTPS: Go's net/http, and nginx with those that copied its words.
func wantsTLS(r *Response) bool {
	return r.Status == http.StatusBadRequest &&
		(bytes.Contains(r.Body, []byte("Client sent an HTTP request to an HTTPS server")) ||
			bytes.Contains(r.Body, []byte("plain HTTP request was sent to HTTPS port")))
}

// drainTime bounds the wait for the rest of an unwanted body.
const drainTime = 100 * time.Millisecond

// discard reads a little of an unwanted body, so that its connection can be used
// again. It closes one that does not come at once.
func discard(body io.ReadCloser) {
	stop := time.AfterFunc(drainTime, func() { _ = body.Close() })
	defer stop.Stop()
	_, _ = io.CopyN(io.Discard, body, 64<<10)
	_ = body.Close()
}
