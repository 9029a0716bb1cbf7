package transport_test

import (
	"bufio"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenring/session/transport"
)

// raw listens and lets answer deal with the first connection.
func raw(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				answer(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// says reads the head of a request, then writes text.
func says(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		_, _ = io.WriteString(conn, text)
	}
}

func tlsServer(t *testing.T) *httptest.Server {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(ok))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // refused handshakes are the purpose here
	s.StartTLS()
	t.Cleanup(s.Close)
	return s
}

// closedPort is tcpmux, where nothing listens.
const closedPort = "127.0.0.1:1"

func TestFailedExchanges(t *testing.T) {
	t.Parallel()
	selfSigned := tlsServer(t)
	plain := server(t, ok)
	hang := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	tests := []struct {
		name, address string
		kind          transport.Kind
		text, hint    string
	}{
		{"nobody listens", "http://" + closedPort, transport.KindRefused, "refused the connection", "server runs"},
		{"unknown authority", selfSigned.URL, transport.KindTLS, "is self-signed", "SSL_CERT_FILE"},
		{"TLS to a plain port", strings.Replace(plain.URL, "http:", "https:", 1), transport.KindTLS, "does not speak TLS", "http://"},
		{"plain to a TLS port", strings.Replace(selfSigned.URL, "https:", "http:", 1), transport.KindNotHTTP, "expects HTTPS", "https://"},
		{"a TLS alert as answer", "http://" + raw(t, says("\x15\x03\x01\x00\x02\x02\x46")), transport.KindNotHTTP, "expects HTTPS", "https://"},
		{"another protocol", "http://" + raw(t, says("SSH-2.0-OpenSSH_9.6\r\n\r\n")), transport.KindNotHTTP, "not HTTP", "port"},
		{"a malformed header", "http://" + raw(t, says("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")), transport.KindNotHTTP, "not HTTP", "port"},
		{"closed before the answer", "http://" + raw(t, says("")), transport.KindBroken, "closed the connection", "log"},
		{"silence", "http://" + raw(t, hang), transport.KindTimeout, "did not answer within 0.3 s", "timeout"},
		{"a TLS handshake without end", "https://" + raw(t, hang), transport.KindTimeout, "TLS handshake within 0.3 s", "TLS"},
		{"a header bomb", "http://" + raw(t, says("HTTP/1.1 200 OK\r\nX-Bomb: "+strings.Repeat("x", 2<<20)+"\r\n\r\n")),
			transport.KindTooLarge, "larger than 1024 KiB", "cookies"},
		{"plain HTTP beyond loopback", "http://api.example.com/v1", transport.KindPlainHTTP, "plain HTTP to api.example.com", "https://"},
		{"a password in the address", "https://me:pw@api.example.com/v1", transport.KindInvalid, "user name or password", "fields"},
		{"no address", "ftp://127.0.0.1/", transport.KindInvalid, "no http or https address", "https://"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			req := &transport.Request{URL: parse(t, tt.address)}
			if tt.kind == transport.KindTimeout {
				req.Timeout = 300 * time.Millisecond
			}
			res, err := client(t).Do(t.Context(), req)
			var e *transport.Error
			if !errors.As(err, &e) {
				t.Fatalf("no *Error but %v, %+v", err, res)
			}
			if e.Kind != tt.kind || !strings.Contains(e.Text, tt.text) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("%s: %q (%q)\nwant %s: %q (%q)", e.Kind, e.Text, e.Hint, tt.kind, tt.text, tt.hint)
			}
		})
	}
}

func TestCertificateTrouble(t *testing.T) {
	t.Parallel()
	s := tlsServer(t)
	pool := s.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	tests := []struct {
		name, text string
		config     *tls.Config
	}{
		{"expired", "expired on", &tls.Config{RootCAs: pool, Time: func() time.Time { return time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC) }}},
		{"another name", "is for another name", &tls.Config{RootCAs: pool, ServerName: "elsewhere.test"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rt := &http.Transport{TLSClientConfig: tt.config}
			c := transport.New(transport.Options{Now: time.Now, Transport: rt})
			_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, s.URL)})
			var e *transport.Error
			if !errors.As(err, &e) || e.Kind != transport.KindTLS || !strings.Contains(e.Text, tt.text) {
				t.Errorf("err = %v", err)
			}
		})
	}
}

func TestUnknownHost(t *testing.T) {
	t.Parallel()
	lookup := roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", Name: "nowhere.test", IsNotFound: true}}
	})
	c := transport.New(transport.Options{Now: time.Now, Transport: lookup})
	_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "https://nowhere.test/v1")})
	var e *transport.Error
	if !errors.As(err, &e) || e.Kind != transport.KindDNS || e.Text != "there is no host named nowhere.test" {
		t.Errorf("err = %v", err)
	}
}

func TestNothingIsAttachedToAForeignOrigin(t *testing.T) {
	t.Parallel()
	called := false
	s := server(t, func(http.ResponseWriter, *http.Request) { called = true })
	req := laden(t, s.URL)
	req.AttachTo = []transport.Origin{"https://api.example.com:443"}
	_, err := client(t).Do(t.Context(), req)
	var e *transport.Error
	if !errors.As(err, &e) || e.Kind != transport.KindOrigin || called {
		t.Errorf("err = %v, server called: %v", err, called)
	}
}

func TestCookieThatWouldBreakTheHeader(t *testing.T) {
	t.Parallel()
	s := server(t, ok)
	req := laden(t, s.URL)
	req.AttachCookie[0].Value = "a; admin=1"
	_, err := client(t).Do(t.Context(), req)
	var e *transport.Error
	if !errors.As(err, &e) || e.Kind != transport.KindInvalid {
		t.Errorf("err = %v", err)
	}
}

func TestOrigins(t *testing.T) {
	t.Parallel()
	tests := []struct {
		in       string
		origin   transport.Origin
		host     string
		loopback bool
	}{
		{"https://API.Example.com/v1?x=1", "https://api.example.com:443", "api.example.com", false},
		{"https://api.example.com:443", "https://api.example.com:443", "api.example.com", false},
		{"http://api.example.com:8080/", "http://api.example.com:8080", "api.example.com:8080", false},
		{"HTTP://127.0.0.1", "http://127.0.0.1:80", "127.0.0.1", true},
		{"http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080", "[::1]:8080", true},
		{"http://[::ffff:127.0.0.1]", "http://[::ffff:127.0.0.1]:80", "[::ffff:127.0.0.1]", true},
		{"http://localhost:3000", "http://localhost:3000", "localhost:3000", true},
		{"http://app.localhost:3000", "http://app.localhost:3000", "app.localhost:3000", true},
		{"http://localhost.", "http://localhost.:80", "localhost.", true},
		{"http://127.9.9.9", "http://127.9.9.9:80", "127.9.9.9", true},
		{"http://notlocalhost", "http://notlocalhost:80", "notlocalhost", false},
		{"http://localhost.example.com", "http://localhost.example.com:80", "localhost.example.com", false},
		{"http://127.0.0.1.example.com", "http://127.0.0.1.example.com:80", "127.0.0.1.example.com", false},
	}
	for _, tt := range tests {
		got, err := transport.ParseOrigin(tt.in)
		if err != nil {
			t.Errorf("%s: %v", tt.in, err)
			continue
		}
		if got != tt.origin || got.Host() != tt.host || transport.Loopback(got) != tt.loopback {
			t.Errorf("%s: %q, host %q, loopback %v", tt.in, got, got.Host(), transport.Loopback(got))
		}
	}
	for _, bad := range []string{"", "api.example.com", "ftp://x", "https://", "https://:443", "http://[::1"} {
		if o, err := transport.ParseOrigin(bad); err == nil {
			t.Errorf("%q gave %q", bad, o)
		}
	}
}

func TestAStatusThatIsNoAnswerEndsTheCallAtOnce(t *testing.T) {
	t.Parallel()
	for _, status := range []string{"101 Switching Protocols", "000 Zero", "042 Odd"} {
		ended := make(chan struct{})
		host := raw(t, func(conn net.Conn) {
			says("HTTP/1.1 " + status + "\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n")(conn)
			_, _ = io.Copy(io.Discard, conn) // until the other side closes
			close(ended)
		})
		_, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, "http://"+host)})
		var e *transport.Error
		if !errors.As(err, &e) || e.Kind != transport.KindNotHTTP || !strings.Contains(e.Text, "status "+status[:3]) {
			t.Errorf("%s: %v", status, err)
		}
		<-ended
	}
}
