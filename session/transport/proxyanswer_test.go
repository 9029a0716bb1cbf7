package transport_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/transport"
)

// socks answers the greeting of a SOCKS client with method, and its further messages
// with replies.
func socks(method byte, replies ...string) func(net.Conn) {
	return func(conn net.Conn) {
		buf := make([]byte, 512)
		_, _ = conn.Read(buf)
		_, _ = conn.Write([]byte{5, method})
		for _, reply := range replies {
			_, _ = conn.Read(buf)
			_, _ = io.WriteString(conn, reply)
		}
	}
}

// greets reads what a client sends first, and answers with text.
func greets(text string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 512))
		_, _ = io.WriteString(conn, text)
	}
}

// joins answers CONNECT and joins the client to address.
func joins(address string) func(net.Conn) {
	return func(conn net.Conn) {
		_, _ = http.ReadRequest(bufio.NewReader(conn))
		server, err := net.Dial("tcp", address)
		if err != nil {
			return
		}
		defer server.Close()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() { _, _ = io.Copy(server, conn) }()
		_, _ = io.Copy(conn, server)
	}
}

func hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }

func TestAProxyHasItsOwnVoice(t *testing.T) {
	t.Parallel()
	const login = "me:" + canary + "@"
	answer := func(head string) func(net.Conn) {
		return says("HTTP/1.1 " + head + "\r\nContent-Length: 3\r\nConnection: close\r\n\r\n<p>")
	}
	secure := tlsServer(t)
	tests := []struct {
		name, scheme, user, url string
		serve                   func(net.Conn)
		kind                    transport.Kind
		text, hint              string
	}{
		{"asks for a login", "http", "", "https", answer("407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"office\""),
			transport.KindProxy, "asks for a login (407)", "put user and password into ALL_PROXY"},
		{"refuses the login", "http", login, "https", answer("407 no, " + canary), transport.KindProxy, "does not accept the user and password in ALL_PROXY (407)", "correct"},
		{"wants another login", "http", "", "https", answer("407 x\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM"),
			transport.KindProxy, "by Negotiate, NTLM, which is not supported", "on this machine"},
		{"wants the password as a login", "http", login, "https", answer("407 x\r\nProxy-Authenticate: " + canary), transport.KindProxy, "by another scheme, which", "on this machine"},
		{"wants control characters as a login", "http", "", "https", answer("407 x\r\nProxy-Authenticate: a\u009b31m\u202eb"), transport.KindProxy, "by a", "on this machine"},
		{"wants a long login", "http", "", "https", answer("407 x\r\nProxy-Authenticate: " + strings.Repeat("a", 5000)), transport.KindProxy, "by aaa", "on this machine"},
		{"wants a login, plain", "http", login, "http", answer("407 x\r\nProxy-Authenticate: Negotiate, " + canary), transport.KindProxy, "by Negotiate, which", "on this machine"},
		{"blocks", "http", "", "https", answer("403 Blocked by policy"), transport.KindProxy, "refuses to connect to api.office.test (403 Blocked by policy)", "NO_PROXY"},
		{"blocks, and repeats the password", "http", login, "https", answer("403 " + canary), transport.KindProxy, "(403 Forbidden)", "NO_PROXY"},
		{"blocks with an escape sequence", "http", "", "https", answer("403 a\x1b[2Jb"), transport.KindProxy, "(403 a", "NO_PROXY"},
		{"blocks by an unknown status", "http", "", "https", answer("499 "), transport.KindProxy, "(499)", "NO_PROXY"},
		{"finds no server", "http", "", "https", answer("502 Bad Gateway"), transport.KindProxy, "got no answer from api.office.test (502 Bad Gateway)", "address"},
		{"is overloaded", "http", "", "https", answer("503 Service Unavailable"), transport.KindProxy, "got no answer from api.office.test (503", "address"},
		{"is a web server", "http", "", "https", answer("405 Method Not Allowed"), transport.KindProxy, "does not connect to api.office.test (405", "web server"},
		{"speaks another protocol", "http", "", "https", says("SSH-2.0-OpenSSH_9.6\r\n\r\n"), transport.KindProxy, "not HTTP", "ALL_PROXY"},
		{"expects TLS", "http", "", "https", says("\x15\x03\x01\x00\x02\x02\x46"), transport.KindProxy, "expects TLS", "https://"},
		{"closes", "http", "", "https", says(""), transport.KindProxy, "closed the connection", "ALL_PROXY"},
		{"is silent", "http", "", "https", hang, transport.KindProxy, "made no connection to api.office.test within 0.3 s", "ALL_PROXY"},
		{"speaks no TLS", "https", login, "https", answer("200 OK"), transport.KindProxy, "does not speak TLS", "http://"},

		{"asks for a login, plain", "http", "", "http", answer("407 x\r\nProxy-Authenticate: Basic"), transport.KindProxy, "asks for a login (407)", "ALL_PROXY"},
		{"refuses the login, plain", "http", login, "http", answer("407 x"), transport.KindProxy, "does not accept the user and password", "correct"},
		{"blocks, plain", "http", "", "http", answer("403 Forbidden\r\nX-Squid-Error: ERR_ACCESS_DENIED 0"), transport.KindProxy, "refuses to connect to api.office.test (403", "NO_PROXY"},
		{"finds no server, plain", "http", "", "http", answer("503 x\r\nProxy-Status: squid; error=connection_refused"), transport.KindProxy, "got no answer from api.office.test (503", "address"},
		{"loses the server, plain", "http", "", "http", answer("502 x\r\nProxy-Status: p, q; error=connection_terminated"), transport.KindBroken, "got no answer from api.office.test (502", "address"},
		{"speaks another protocol, plain", "http", "", "http", says("SSH-2.0\r\n\r\n"), transport.KindNotHTTP, "not HTTP", "ALL_PROXY"},
		{"closes, plain", "http", "", "http", says(""), transport.KindBroken, "closed the connection", "ALL_PROXY"},
		{"is silent, plain", "http", "", "http", hang, transport.KindTimeout, "did not answer within", "ALL_PROXY"},

		{"SOCKS asks for a login", "socks5", "", "https", socks(0xff), transport.KindProxy, "asks for a login", "ALL_PROXY"},
		{"SOCKS refuses the login", "socks5h", login, "https", socks(2, "\x01\x01"), transport.KindProxy, "does not accept the user and password", "correct"},
		{"SOCKS blocks", "socks5", "", "http", socks(0, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"), transport.KindProxy, "refuses to connect to api.office.test (connection not allowed by ruleset)", "NO_PROXY"},
		{"SOCKS is refused", "socks5h", "", "https", socks(0, "\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00"), transport.KindProxy, "could not connect to api.office.test (connection refused)", "address"},
		{"SOCKS 4", "socks5", "", "https", greets("\x00\x5b\x00\x00\x00\x00\x00\x00"), transport.KindProxy, "does not speak SOCKS 5", "scheme"},
		{"SOCKS that is a web server", "socks5", "", "https", socks(0x54, "HTTP/1.1 400 Bad Request\r\n\r\n"), transport.KindProxy, "", "ALL_PROXY"},
		{"SOCKS closes", "socks5", "", "https", greets(""), transport.KindProxy, "closed the connection", "ALL_PROXY"},
		{"SOCKS is silent", "socks5", "", "https", hang, transport.KindProxy, "made no connection to api.office.test within", "ALL_PROXY"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			proxy := raw(t, tt.serve)
			e := failure(t, "ALL_PROXY="+tt.scheme+"://"+tt.user+proxy, tt.url+"://api.office.test/v1")
			if e.Kind != tt.kind || !strings.Contains(e.Text, "the proxy "+proxy+" ") || !strings.Contains(e.Text, tt.text) || !strings.Contains(e.Hint, tt.hint) {
				t.Errorf("%s: %q (%q)\nwant %s: %q (%q)", e.Kind, e.Text, e.Hint, tt.kind, tt.text, tt.hint)
			}
			if strings.Contains(e.Text+e.Hint, canary) || strings.ContainsAny(e.Text, "\x1b\u009b\u202e") || len(e.Text) > 400 {
				t.Errorf("%q shows what must not be shown", e.Text)
			}
		})
	}
	t.Run("asks an account for a login", func(t *testing.T) {
		t.Parallel()
		proxy := raw(t, answer("407 x\r\nProxy-Authenticate: Basic"))
		_, err := get(t, client(t), "https://api.office.test", transport.Connection{Connection: session.Connection{Proxy: "http://" + proxy}})
		var e *transport.Error
		if !errors.As(err, &e) || !strings.Contains(e.Text, "asks for a login (407)") || !strings.Contains(e.Hint, "enter the password of the proxy") {
			t.Errorf("%v, %+v", err, e)
		}
	})
	t.Run("cannot be reached", func(t *testing.T) {
		t.Parallel()
		proxy := closedPort
		for _, scheme := range []string{"http", "https", "socks5", "socks5h"} {
			for _, url := range []string{"http", "https"} {
				e := failure(t, "all_proxy="+scheme+"://"+login+proxy, url+"://api.office.test")
				if e.Kind != transport.KindProxy || e.Text != "the proxy "+proxy+" refused the connection" || !strings.Contains(e.Hint, "check all_proxy") {
					t.Errorf("%s for %s: %s: %q (%q)", scheme, url, e.Kind, e.Text, e.Hint)
				}
			}
		}
	})
	t.Run("has a certificate that is not trusted", func(t *testing.T) {
		t.Parallel()
		proxy := strings.TrimPrefix(secure.URL, "https://")
		e := failure(t, "ALL_PROXY=https://"+proxy, "https://api.office.test")
		if e.Kind != transport.KindProxy || !strings.HasPrefix(e.Text, "the certificate of the proxy "+proxy) {
			t.Errorf("%s: %q (%q)", e.Kind, e.Text, e.Hint)
		}
	})
}

func TestBehindAProxyTheServerHasItsOwnVoice(t *testing.T) {
	t.Parallel()
	secure := tlsServer(t)
	for _, tt := range []struct{ name, address, text string }{
		{"an unknown authority", strings.TrimPrefix(secure.URL, "https://"), "the certificate of api.example.com is self-signed"},
		{"an alert", raw(t, greets("\x15\x03\x03\x00\x02\x02\x28")), "handshake failure"},
		{"no TLS", raw(t, greets("SSH-2.0\r\n")), "api.example.com does not speak TLS"},
		{"silence", raw(t, hang), "api.example.com did not finish the TLS handshake within 0.3 s"},
		{"an end", raw(t, func(net.Conn) {}), "api.example.com broke off the TLS handshake"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := failure(t, "HTTPS_PROXY="+raw(t, joins(tt.address)), "https://api.example.com/v1")
			if e.Kind != transport.KindTLS && e.Kind != transport.KindTimeout || !strings.Contains(e.Text, tt.text) || strings.Contains(e.Text, "proxy") {
				t.Errorf("%s: %q (%q)", e.Kind, e.Text, e.Hint)
			}
		})
	}
	page := "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 7\r\nConnection: close\r\n\r\nblocked" // in place of a tunnel
	e := failure(t, "HTTPS_PROXY="+raw(t, says(page)), "https://api.example.com/v1")
	if e.Kind != transport.KindTLS || !strings.Contains(e.Hint, "which may have answered itself: check HTTPS_PROXY") {
		t.Errorf("a page of the proxy: %s: %q (%q)", e.Kind, e.Text, e.Hint)
	}
}

// TestAProxyRepeatsNoCredential: a proxy of plain HTTP reads the request, and may put
// what it read into each of its words.
func TestAProxyRepeatsNoCredential(t *testing.T) {
	t.Parallel()
	for _, line := range []string{"403 %s\r\nX-Squid-Error: x", "407 x\r\nProxy-Authenticate: %s", "407 x\r\nProxy-Authenticate: NTLM\r\nProxy-Authenticate: %s"} {
		proxy := raw(t, greets("HTTP/1.1 "+strings.ReplaceAll(line, "%s", canary)+"\r\nContent-Length: 0\r\n\r\n"))
		c := transport.New(transport.Options{Now: time.Now, Getenv: environment("HTTP_PROXY=" + proxy)})
		req := laden(t, "http://api.office.test/v1")
		req.AllowHTTP = true
		_, err := c.Do(t.Context(), req)
		var e *transport.Error
		if !errors.As(err, &e) || strings.Contains(e.Text+e.Hint, canary) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// An answer that may be the server's as well as the proxy's is handed on, with the way
// it came.
func TestAnAnswerThatAProxyHandsOn(t *testing.T) {
	t.Parallel()
	proxy := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Host != "api.office.test" || r.Header.Get("Proxy-Authorization") != "Basic bWU6cHc=" {
			t.Errorf("the proxy was asked for %s with %v", r.URL, r.Header)
		}
		w.Header().Set("Via", "1.1 office")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	host := strings.TrimPrefix(proxy.URL, "http://")
	c := transport.New(transport.Options{Now: time.Now, Getenv: environment("HTTP_PROXY=me:pw@" + host)})
	res, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "http://api.office.test/v1"), AllowHTTP: true})
	if err != nil || res.Status != http.StatusServiceUnavailable || res.Proxy != host {
		t.Errorf("%+v, %v", res, err)
	}
	direct := httptest.NewServer(http.HandlerFunc(ok))
	defer direct.Close()
	if res, err = c.Do(t.Context(), &transport.Request{URL: parse(t, direct.URL)}); err != nil || res.Proxy != "" {
		t.Errorf("%+v, %v", res, err)
	}
}

// failure sends a request where env is set, and returns the error.
func failure(t *testing.T, env, address string) *transport.Error {
	t.Helper()
	c := transport.New(transport.Options{Now: time.Now, Getenv: environment(env)})
	req := &transport.Request{URL: parse(t, address), AllowHTTP: true, Timeout: 5 * time.Minute}
	if strings.Contains(t.Name(), "silen") {
		req.Timeout = 300 * time.Millisecond
	}
	res, err := c.Do(t.Context(), req)
	var e *transport.Error
	if !errors.As(err, &e) {
		t.Fatalf("no *Error but %v, %+v", err, res)
	}
	return e
}
