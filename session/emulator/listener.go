package emulator

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
)

// Listener serves a handler.
type Listener struct {
	URL string // scheme, host and port, without a trailing slash

	// DialContext connects to this listener, whatever the address. Use it in an
	// http.Transport.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)

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
	l := Serve(ln, h)
	l.URL = "http://" + ln.Addr().String()
	return l, nil
}

// Close drops every connection, ends the contexts of waiting handlers, and returns
// when the listener has ended.
func (l *Listener) Close() error {
	l.cancel()
	err := l.server.Close()
	<-l.served
	return err
}

// Serve serves h on ln. The caller sets the URL.
func Serve(ln net.Listener, h http.Handler) *Listener {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Listener{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, ln.Addr().Network(), ln.Addr().String())
		},
		server: &http.Server{
			Handler:     h,
			BaseContext: func(net.Listener) context.Context { return ctx },
			ErrorLog:    log.New(io.Discard, "", 0), // dropped connections are intended
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
