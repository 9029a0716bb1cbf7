package emulatortest

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"strconv"
	"sync"
	"testing"
)

// ForwardProxy is a forward proxy for tests: an HTTP proxy with CONNECT (RFC 9110, section
// 9.3.6), or SOCKS5 (RFC 1928).
type ForwardProxy struct {
	URL      string // without user and password
	User     string // if set, it asks for them
	Password string
	Dial     func(address string) (net.Conn, error) // nil: net.Dial; where a test's names lead

	mu    sync.Mutex
	asked []string // "host:port"
}

// Asked returns the servers that the proxy was asked for, "host:port".
func (p *ForwardProxy) Asked() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.asked...)
}

func (p *ForwardProxy) dial(address string) (net.Conn, error) {
	p.mu.Lock()
	p.asked = append(p.asked, address)
	p.mu.Unlock()
	if p.Dial != nil {
		return p.Dial(address)
	}
	return net.Dial("tcp", address)
}

// ServeHTTP answers as an HTTP proxy.
func (p *ForwardProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte(p.User+":"+p.Password))
	if p.User != "" && r.Header.Get("Proxy-Authorization") != want {
		w.Header().Set("Proxy-Authenticate", `Basic realm="proxy"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	if r.Method != http.MethodConnect {
		(&httputil.ReverseProxy{Rewrite: func(*httputil.ProxyRequest) {}, Transport: &http.Transport{
			DialContext: func(_ context.Context, _, address string) (net.Conn, error) { return p.dial(address) }, DisableKeepAlives: true,
		}}).ServeHTTP(w, r)
		return
	}
	to, err := p.dial(r.Host)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	from, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		_ = to.Close()
		return
	}
	_, _ = io.WriteString(from, "HTTP/1.1 200 Connection established\r\n\r\n")
	join(from, to)
}

// NewForwardProxy starts an HTTP proxy.
func NewForwardProxy(t testing.TB) *ForwardProxy {
	t.Helper()
	p := &ForwardProxy{}
	s := httptest.NewServer(p)
	t.Cleanup(s.Close)
	p.URL = s.URL
	return p
}

// NewSOCKS starts a SOCKS5 proxy.
func NewSOCKS(t testing.TB) *ForwardProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := &ForwardProxy{URL: "socks5://" + l.Addr().String()}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go p.socks(conn)
		}
	}()
	return p
}

// socks serves one connection.
func (p *ForwardProxy) socks(conn net.Conn) {
	to, err := p.negotiate(conn)
	if err != nil {
		_ = conn.Close()
		return
	}
	join(conn, to)
}

// negotiate reads what a client of SOCKS5 asks for. Only names and IPv4 addresses are
// known.
func (p *ForwardProxy) negotiate(conn net.Conn) (net.Conn, error) {
	head, err := take(conn, 2)
	if err == nil {
		_, err = take(conn, int(head[1]))
	}
	if err != nil {
		return nil, err
	}
	if p.User == "" {
		_, err = conn.Write([]byte{5, 0})
	} else {
		err = p.logIn(conn)
	}
	if err != nil {
		return nil, err
	}
	if head, err = take(conn, 4); err != nil {
		return nil, err
	}
	host := ""
	switch head[3] {
	case 1:
		address, err := take(conn, 4)
		if err != nil {
			return nil, err
		}
		host = net.IP(address).String()
	case 3:
		name, err := counted(conn)
		if err != nil {
			return nil, err
		}
		host = name
	}
	port, err := take(conn, 2)
	if err != nil {
		return nil, err
	}
	to, err := p.dial(net.JoinHostPort(host, strconv.Itoa(int(binary.BigEndian.Uint16(port)))))
	if err != nil {
		_, _ = conn.Write([]byte{5, 5, 0, 1, 0, 0, 0, 0, 0, 0})
		return nil, err
	}
	_, err = conn.Write([]byte{5, 0, 0, 1, 0, 0, 0, 0, 0, 0})
	return to, err
}

// logIn asks for user and password (RFC 1929).
func (p *ForwardProxy) logIn(conn net.Conn) error {
	if _, err := conn.Write([]byte{5, 2}); err != nil {
		return err
	}
	if _, err := take(conn, 1); err != nil {
		return err
	}
	user, err := counted(conn)
	if err != nil {
		return err
	}
	password, err := counted(conn)
	if err != nil {
		return err
	}
	if user != p.User || password != p.Password {
		_, _ = conn.Write([]byte{1, 1})
		return io.ErrUnexpectedEOF
	}
	_, err = conn.Write([]byte{1, 0})
	return err
}

func take(r io.Reader, n int) ([]byte, error) {
	b := make([]byte, n)
	_, err := io.ReadFull(r, b)
	return b, err
}

// counted reads a text that its length precedes.
func counted(r io.Reader) (string, error) {
	n, err := take(r, 1)
	if err != nil {
		return "", err
	}
	text, err := take(r, int(n[0]))
	return string(text), err
}

// join copies between two connections until one ends.
func join(a, b net.Conn) {
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			_ = pair[0].Close()
			_ = pair[1].Close()
			done <- struct{}{}
		}()
	}
	<-done
	<-done
}
