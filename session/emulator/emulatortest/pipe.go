package emulatortest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"

	"tokenring/session/emulator"
)

// StartPipe serves h over net.Pipe, so that waiting for it counts as idle in a
// testing/synctest bubble. Nothing listens at its loopback URL: only DialContext
// connects to it.
func StartPipe(h http.Handler) *emulator.Listener {
	ln := &pipeListener{conns: make(chan net.Conn), closed: make(chan struct{})}
	l := emulator.Serve(ln, h)
	l.URL = "http://127.0.0.1:1"
	l.DialContext = ln.dial
	return l
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
