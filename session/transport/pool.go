package transport

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"tokenring/session"
	"tokenring/session/address"
)

// idleConnection is how long a connection's transports are kept that no call uses.
const idleConnection = 2 * time.Minute

// pool keeps the transports of connections, by what these consist of. Accounts with
// different certificates, keys, authorities or proxies never share one, nor its kept
// connections.
type pool struct {
	base http.RoundTripper
	now  func() time.Time

	mu   sync.Mutex
	open map[[sha256.Size]byte]*way
}

// way is a prepared connection with its transports.
type way struct {
	*prepared
	prepare    func() (*prepared, error) // parses the connection once
	base       http.RoundTripper
	used       time.Time
	calls      int
	mu         sync.Mutex
	transports map[transportKey]http.RoundTripper
}

// transportKey tells apart the transports of one way.
type transportKey struct {
	shows bool   // the client certificate is for the account's own origins
	proxy string // with its password
	by    string // the servers that named the address, which decide where a connection may lead
}

// maxTransports of one way are kept: a server may name addresses without end.
const maxTransports = 16

func newPool(base http.RoundTripper, now func() time.Time) *pool {
	return &pool{base: base, now: now, open: map[[sha256.Size]byte]*way{}}
}

// acquire returns the way of a connection, and what to call when it is no longer used.
// The error is a *ConnectionError.
func (p *pool) acquire(c *Connection) (w *way, release func(), err error) {
	m, err := c.read()
	if err != nil {
		return nil, nil, err
	}
	now := p.now()
	w = p.hold(&m, now)
	ready, err := w.prepare()
	if err == nil {
		err = ready.inForce(now)
	}
	if err != nil {
		p.release(w)
		return nil, nil, err
	}
	return w, func() { p.release(w) }, nil
}

// hold counts a call of a way, which it makes if there is none, and closes those that
// have been idle for long. It prepares nothing: a key may take seconds.
func (p *pool) hold(m *material, now time.Time) *way {
	id := m.id()
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, w := range p.open {
		if w.calls == 0 && now.Sub(w.used) > idleConnection {
			w.close()
			delete(p.open, id)
		}
	}
	w := p.open[id]
	if w == nil {
		w = &way{base: p.base, transports: map[transportKey]http.RoundTripper{}}
		w.prepare = sync.OnceValues(func() (*prepared, error) {
			var err error
			w.prepared, err = m.prepare()
			return w.prepared, err
		})
		p.open[id] = w
	}
	w.calls++
	w.used = now
	return w
}

func (p *pool) release(w *way) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.calls--
}

func (w *way) close() {
	for _, rt := range w.transports {
		if t, ok := rt.(*http.Transport); ok {
			t.CloseIdleConnections()
		}
	}
}

// transport returns the transport for a route. shows says that the call goes to the
// account's own origin, which alone sees the client certificate. by are servers that named
// the address: a kept connection was dialled without them, or for others.
func (w *way) transport(route Route, shows bool, by []Origin) http.RoundTripper {
	if w.isPlain() && by == nil {
		return w.base
	}
	key := transportKey{shows: shows && w.certificate != nil, by: fmt.Sprint(by)}
	if route.Proxy != nil {
		key.proxy = route.Proxy.String()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.transports[key] == nil {
		if len(w.transports) == maxTransports {
			w.close()
			clear(w.transports)
		}
		w.transports[key] = w.newTransport(key.shows, route.Proxy)
	}
	return w.transports[key]
}

// isPlain reports whether calls need no transport of their own.
func (w *way) isPlain() bool {
	return w.certificate == nil && w.roots == nil && len(w.resolve) == 0 && w.proxy == nil
}

func (w *way) newTransport(shows bool, proxy *url.URL) http.RoundTripper {
	base, ok := w.base.(*http.Transport)
	if !ok {
		return w.base // a test's own
	}
	t := base.Clone()
	if t.TLSClientConfig == nil {
		t.TLSClientConfig = &tls.Config{}
	}
	t.TLSClientConfig.RootCAs = w.roots
	t.Proxy = proxyOf
	if t.DialContext == nil {
		t.DialContext = dial
	}
	if len(w.resolve) > 0 {
		t.DialContext = w.dialResolved(t.DialContext)
	}
	if proxy != nil && proxy.Scheme == "https" {
		t.DialTLSContext = dialProxy(t.DialContext, t.TLSClientConfig.Clone())
	}
	if shows {
		t.TLSClientConfig.GetClientCertificate = show(w.certificate)
		t.TLSClientConfig.Renegotiation = tls.RenegotiateOnceAsClient // servers that ask for a certificate by path
	}
	return t
}

// dialProxy returns a dialer for a proxy that is reached by TLS. The transport itself
// would show the proxy the client certificate.
func dialProxy(dial func(ctx context.Context, network, address string) (net.Conn, error), config *tls.Config) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		own := config.Clone()
		own.ServerName, _ = splitHostPort(address)
		own.NextProtos = []string{"http/1.1"}
		secured := tls.Client(conn, own)
		ctx, cancel := context.WithTimeout(ctx, dialTimeout) // net/http sets none for a connection of ours
		defer cancel()
		if err := secured.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return secured, nil
	}
}

// dialResolved dials the addresses of the connection in the place of a host's own, one
// after the other.
func (w *way) dialResolved(dial func(ctx context.Context, network, address string) (net.Conn, error)) func(ctx context.Context, network, address string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		addresses := w.addressesOf(address)
		if addresses == nil {
			return dial(ctx, network, address)
		}
		_, port := splitHostPort(address)
		var errs []error
		for _, a := range addresses {
			conn, err := dial(ctx, network, net.JoinHostPort(a, port))
			if err == nil {
				return conn, nil
			}
			errs = append(errs, err)
		}
		return nil, errors.Join(errs...)
	}
}

// route returns how a call reaches its server: the account's own way, else what the
// environment says. The error is an *Error.
func (p *prepared) route(getenv func(string) string, u *url.URL) (Route, error) {
	switch {
	case p.direct:
		return Route{Source: sourceAccount, Exempt: session.ProxyDirect}, nil
	case p.proxy != nil:
		return Route{Proxy: p.proxy, Source: sourceAccount}, nil
	}
	route, err := EnvironmentRoute(getenv, u)
	if err == nil && route.Proxy != nil && p.addressesOf(withPort(u)) != nil {
		return route, &Error{Kind: KindInvalid, Host: OriginOf(u).Host(),
			Text: "the account resolves " + OriginOf(u).Host() + " itself, and " + route.Source + " names a proxy, which would look it up",
			Hint: "set the proxy of the account to " + session.ProxyDirect + ", or take resolve out"}
	}
	return route, err
}

// unusable returns the error of a call whose connection cannot be used.
func unusable(u *url.URL, err error) *Error {
	e := &Error{Kind: KindConnection, Host: OriginOf(u).Host(), Text: err.Error(), Err: err}
	var part *ConnectionError
	if errors.As(err, &part) {
		e.Hint = part.Hint
	}
	return e
}

// withPort returns "host:port" of an address, its port written out.
func withPort(u *url.URL) string {
	port := u.Port()
	if port == "" {
		if port = address.DefaultPort(u.Scheme); port == "" {
			port = "1080" // of SOCKS
		}
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func splitHostPort(address string) (host, port string) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address, ""
	}
	return host, port
}
