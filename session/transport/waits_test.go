package transport_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"tokenring/session/body"
	"tokenring/session/transport"
)

// stalls maps what a server does for ever to how it does it, after it has received
// a request.
func stalls() map[string]func(net.Conn) {
	const head = "HTTP/1.1 200 OK\r\n"
	again := func(text string) func(net.Conn) {
		return func(conn net.Conn) {
			for {
				if _, err := io.WriteString(conn, text); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}
	}
	after := func(text string, then func(net.Conn)) func(net.Conn) {
		return func(conn net.Conn) {
			_, _ = io.WriteString(conn, text)
			then(conn)
		}
	}
	silent := func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }
	return map[string]func(net.Conn){
		"says nothing":                       silent,
		"does not end the status":            after("HTTP/1.1 200 O", silent),
		"does not end the header":            after(head+"X-One: 1\r\n", silent),
		"sends a header in drops":            after(head+"X-One: ", again("a")),
		"sends headers in drops":             after(head, again("X-One: 1\r\n")),
		"is about to begin":                  again("HTTP/1.1 102 Processing\r\n\r\n"),
		"lets continue for ever":             again("HTTP/1.1 100 Continue\r\n\r\n"),
		"sends no body":                      after(head+"Content-Length: 9\r\n\r\n", silent),
		"does not close":                     after(head+"\r\n{}", silent),
		"sends a body in drops":              after(head+"\r\n", again(" ")),
		"sends chunks in drops":              after(head+"Transfer-Encoding: chunked\r\n\r\n", again("1\r\na\r\n")),
		"does not end a chunk":               after(head+"Transfer-Encoding: chunked\r\n\r\n5\r\na", silent),
		"does not end the size of a chunk":   after(head+"Transfer-Encoding: chunked\r\n\r\n00", silent),
		"does not end the trailers":          after(head+"Transfer-Encoding: chunked\r\nTrailer: X\r\n\r\n0\r\nX: ", silent),
		"sends no compressed body":           after(head+"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08", silent),
		"sends nothing compressed for ever":  after(head+"Content-Encoding: gzip, br\r\n\r\n", again("\x06")),
		"changes the protocol":               after("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", silent),
		"redirects to itself without an end": after("HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 9\r\n\r\n", silent),
		"does not end a page of a redirect":  after("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", again(" ")),
		"refuses in drops":                   after("HTTP/1.1 401 Unauthorized\r\n\r\n", again("no ")),
	}
}

// requests are the kinds of calls that may wait.
func requests() map[string]transport.Request {
	return map[string]transport.Request{
		"GET":     {},
		"HEAD":    {Method: http.MethodHead, Follow: true},
		"CONNECT": {Method: http.MethodConnect},
		"expects": {Method: http.MethodPost, Body: body.Raw([]byte("{}"), "application/json"), Header: http.Header{"Expect": {"100-continue"}}, Follow: true},
		"uploads": {Method: http.MethodPost, Body: body.Raw(make([]byte, 32<<20), ""), Follow: true},
	}
}

// endsInTime fails a test whose call waits beyond its limit. The limit is far above
// that of the call, for a machine that is busy.
func endsInTime(t *testing.T, what string, call func() error) (err error) {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err = <-done:
	case <-time.After(5 * time.Minute):
		t.Errorf("%s is waited for beyond every limit", what)
	}
	return err
}

// TestEveryWaitEndsWithItsContext sends each kind of call to each kind of server that
// stalls: it ends with its timeout, and at once when it is cancelled.
func TestEveryWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for what, stall := range stalls() {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{}, 64)
			host := raw(t, func(conn net.Conn) {
				_, _ = http.ReadRequest(bufio.NewReader(conn))
				select {
				case asked <- struct{}{}:
				default:
				}
				stall(conn)
			})
			for kind, r := range requests() {
				r.URL, r.Timeout = parse(t, "http://"+host+"/"), 100*time.Millisecond
				endsInTime(t, kind+" to a server that "+what, func() error {
					res, err := client(t).Do(t.Context(), &r)
					if err == nil && !res.Cut && kind != "HEAD" && len(res.Body) > 0 && what != "does not end the trailers" {
						t.Errorf("%s: the body %.40q is whole", kind, res.Body)
					}
					return err
				})
				drain(asked)
				r.Timeout = time.Hour
				ctx, cancel := context.WithCancel(t.Context())
				go func() { <-asked; cancel() }()
				_ = endsInTime(t, kind+" to a server that "+what+", when cancelled,", func() error {
					_, err := client(t).Do(ctx, &r)
					return err
				})
				cancel()
			}
		})
	}
}

func drain(c chan struct{}) {
	for {
		select {
		case <-c:
		default:
			return
		}
	}
}

// TestEveryWaitOfHTTP2EndsWithItsContext is the same over HTTP/2 and TLS.
func TestEveryWaitOfHTTP2EndsWithItsContext(t *testing.T) {
	t.Parallel()
	for what, stall := range map[string]http.HandlerFunc{
		"says nothing":   func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"does not close": func(w http.ResponseWriter, r *http.Request) { flush(w, "{}"); <-r.Context().Done() },
		"sends drops": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				flush(w, " ")
				time.Sleep(5 * time.Millisecond)
			}
		},
		"is about to begin": func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				w.WriteHeader(http.StatusProcessing)
				time.Sleep(5 * time.Millisecond)
			}
		},
	} {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			asked := make(chan struct{}, 64)
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				asked <- struct{}{}
				stall(w, r)
			}))
			s.EnableHTTP2 = true
			s.StartTLS()
			t.Cleanup(s.Close)
			c := transport.New(transport.Options{Now: time.Now, Transport: s.Client().Transport})
			_ = endsInTime(t, "a server that "+what, func() error {
				_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, s.URL), Timeout: 300 * time.Millisecond})
				return err
			})
			drain(asked)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			go func() { <-asked; cancel() }()
			err := endsInTime(t, "a server that "+what+", when cancelled,", func() error {
				_, err := c.Do(ctx, &transport.Request{URL: parse(t, s.URL), Timeout: time.Hour})
				return err
			})
			var e *transport.Error
			if !errors.As(err, &e) || e.Kind != transport.KindCanceled {
				t.Errorf("cancelled: %v", err)
			}
		})
	}
}

func flush(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	_ = http.NewResponseController(w).Flush()
}

// TestARedirectIsFollowedWhileItsPageComes checks that a body that nobody reads holds
// up nothing.
func TestARedirectIsFollowedWhileItsPageComes(t *testing.T) {
	t.Parallel()
	s := server(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/there" {
			ok(w, r)
			return
		}
		w.Header().Set("Location", "/there")
		w.WriteHeader(http.StatusFound)
		flush(w, "moved")
		<-r.Context().Done()
	})
	res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, s.URL), Follow: true})
	if err != nil || string(res.Body) != "fine" {
		t.Errorf("%v, %+v", err, res)
	}
}

func TestAStatusThatIsNoneIsNamed(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]string{
		"99": "status 99", "1000": "status 1000", "OK": "status OK", "-12": "status -12", "2e2": "status 2e2", "000": "status 000",
		"": "status x", "\x1b[31m": "a status that is not a number of three digits",
		"canary-7f3a9c51e2": "a status that is not a number of three digits",
	} {
		_, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, "http://"+raw(t, says("HTTP/1.1 "+status+" x\r\n\r\n")))})
		var e *transport.Error
		if !errors.As(err, &e) || e.Kind != transport.KindNotHTTP || !strings.Contains(e.Text, "answered with "+want+",") {
			t.Errorf("%q: %v", status, err)
		}
	}
}

// Frames of HTTP/2 (RFC 9113, sections 6.4, 6.5 and 6.8).
const (
	settings   = "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
	resetFirst = "\x00\x00\x04\x03\x00\x00\x00\x00\x01\x00\x00\x00"
	goAway     = "\x00\x00\x08\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
)

// TestARefusedStreamIsNamed ends each call with a frame.
func TestARefusedStreamIsNamed(t *testing.T) {
	t.Parallel()
	certified := tlsServer(t)
	for frame, want := range map[string]string{
		resetFirst + "\x0d": "does not take this call over HTTP/2 (HTTP_1_1_REQUIRED)",
		resetFirst + "\x0b": "refused the call before it looked at it (ENHANCE_YOUR_CALM)",
		resetFirst + "\x02": "ended the HTTP/2 exchange before it answered (INTERNAL_ERROR)",
		resetFirst + "\x77": "ended the HTTP/2 exchange before it answered (error 0x77)",
		goAway + "\x0b":     "refused the call before it looked at it (GOAWAY, ENHANCE_YOUR_CALM)",
		goAway + "\x0d":     "(GOAWAY, HTTP_1_1_REQUIRED)",
	} {
		host := raw(t, func(conn net.Conn) {
			config := certified.TLS.Clone()
			config.NextProtos = []string{"h2"}
			secured := tls.Server(conn, config)
			_, _ = io.WriteString(secured, settings)
			_, _ = io.ReadFull(secured, make([]byte, 200)) // the preface, its frames, and a request
			_, _ = io.WriteString(secured, frame)
			_, _ = io.Copy(io.Discard, secured)
		})
		trusting := certified.Client().Transport.(*http.Transport).Clone()
		trusting.ForceAttemptHTTP2 = true
		c := transport.New(transport.Options{Now: time.Now, Transport: trusting})
		_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "https://"+host), Header: http.Header{"X-Long": {strings.Repeat("x!", 200)}}})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}

// TestACallThatIsRefusedAgainAndAgainIsNamed refuses the stream of every try, which
// net/http takes as a reason to try again until the time is over.
func TestACallThatIsRefusedAgainAndAgainIsNamed(t *testing.T) {
	t.Parallel()
	certified := tlsServer(t)
	host := raw(t, func(conn net.Conn) {
		config := certified.TLS.Clone()
		config.NextProtos = []string{"h2"}
		secured := tls.Server(conn, config)
		_, _ = io.WriteString(secured, settings)
		_, _ = io.ReadFull(secured, make([]byte, len("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")))
		for head := make([]byte, 9); ; {
			if _, err := io.ReadFull(secured, head); err != nil {
				return
			}
			_, _ = io.CopyN(io.Discard, secured, int64(head[0])<<16|int64(head[1])<<8|int64(head[2]))
			if head[3] == 1 { // a request
				_, _ = io.WriteString(secured, "\x00\x00\x04\x03\x00"+string(head[5:])+"\x00\x00\x00\x07")
			}
		}
	})
	trusting := certified.Client().Transport.(*http.Transport).Clone()
	trusting.ForceAttemptHTTP2 = true
	c := transport.New(transport.Options{Now: time.Now, Transport: trusting})
	_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "https://"+host), Timeout: 6 * time.Second})
	if err == nil || !strings.Contains(err.Error(), "did not accept the request: ") {
		t.Error(err)
	}
}
