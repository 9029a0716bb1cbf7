package transport

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"syscall"

	"tokenring/session/address"
)

// dial connects to a server or proxy. A name that is this machine (RFC 6761, section
// 6.3) is not looked up: it is this machine whatever a name server says.
func dial(ctx context.Context, network, to string) (net.Conn, error) {
	dialer := &net.Dialer{Timeout: dialTimeout, ControlContext: judgeAddress}
	host, port, err := net.SplitHostPort(to)
	if err == nil && address.IsLocal(host) {
		if conn, err := dialer.DialContext(ctx, network, net.JoinHostPort("::1", port)); err == nil {
			return &patientConn{Conn: conn}, nil
		}
		to = net.JoinHostPort("127.0.0.1", port)
	}
	conn, err := dialer.DialContext(ctx, network, to)
	if err != nil {
		return nil, err
	}
	return &patientConn{Conn: conn}, nil
}

// patientConn is a new connection that, once the other side has closed it, tells that
// to readers alone. What came before, such as the TLS alert that says why, is still to
// be read, and net/http would close the connection for a write that failed.
type patientConn struct {
	net.Conn
	kept   atomic.Bool // used for a second request: net/http sends that again if it cannot be written
	closed atomic.Bool // by the other side
}

// Write writes, or drops p.
func (c *patientConn) Write(p []byte) (int, error) {
	if c.closed.Load() {
		return len(p), nil
	}
	n, err := c.Conn.Write(p)
	if !c.kept.Load() && (errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)) {
		c.closed.Store(true)
		return len(p), nil
	}
	return n, err
}

// keep notes that a connection is used again.
func keep(conn net.Conn) {
	for {
		switch c := conn.(type) {
		case *patientConn:
			c.kept.Store(true)
			return
		case interface{ NetConn() net.Conn }: // TLS
			conn = c.NetConn()
		default:
			return
		}
	}
}
