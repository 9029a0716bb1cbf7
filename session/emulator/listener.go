package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
)

// Listener is a handler being served.
type Listener struct {
	URL string // scheme, host and port, without a slash at the end

	// DialContext connects to this listener, whatever the address says. It is
	// the only way to one made by StartPipe, and meant for an http.Transport.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

	// Certificate is what the listener presents, in PEM; nil without TLS.
	Certificate []byte

	server *http.Server
	cancel context.CancelFunc
	served chan struct{}
}

// Start serves h on a free port of 127.0.0.1.
func Start(h http.Handler) (*Listener, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	l := serve(ln, h)
	l.URL = "http://" + ln.Addr().String()
	l.DialContext = dialTo(ln.Addr())
	return l, nil
}

// StartPipe serves h over net.Pipe alone, so that waiting for it counts as
// idle inside a testing/synctest bubble. Its URL is a loopback one where
// nothing listens: only DialContext leads there.
func StartPipe(h http.Handler) *Listener {
	ln := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	l := serve(ln, h)
	l.URL = "http://127.0.0.1:1"
	l.DialContext = ln.dial
	return l
}

// Close drops every connection and returns when the listener has ended.
// Handlers that still wait are told by their context.
func (l *Listener) Close() error {
	l.cancel()
	err := l.server.Close()
	<-l.served
	return err
}

func serve(ln net.Listener, h http.Handler) *Listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Listener{
		server: &http.Server{
			Handler:     h,
			BaseContext: func(net.Listener) context.Context { return ctx },
			ErrorLog:    log.New(io.Discard, "", 0), // dropped connections are the purpose here
		},
		cancel: cancel,
		served: make(chan struct{}),
	}
	go func() {
		defer close(l.served)
		_ = l.server.Serve(ln) // ends with ErrServerClosed
	}()
	return l
}

func dialTo(addr net.Addr) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, addr.Network(), addr.String())
	}
}

// pipeListener accepts the far ends of pipes.
type pipeListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

var errPipeClosed = errors.New("emulator: the listener is closed")

func (p *pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, errPipeClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, errPipeClosed
	}
}

func (p *pipeListener) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipeListener) Addr() net.Addr { return pipeAddr{} }

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
