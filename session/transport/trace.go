package transport

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/http/httptrace"
	"sync"
	"time"
)

// phase is the progress of an exchange.
type phase int

const (
	phaseStart     phase = iota // no connection yet
	phaseConnected              // TCP is connected, to the proxy where there is one
	phaseTunnel                 // the proxy has connected to the server, TLS with it is not done
	phaseReady                  // the connection can carry the request
)

// stopwatch takes the times of one hop, and notes how far it came. It travels in
// the context of the request, to where connections are made. net/http may still call
// it for a lost dial after the answer is there, hence the lock.
type stopwatch struct {
	now   func() time.Time
	route Route

	mu      sync.Mutex
	phase   phase
	sends   int  // connections taken; net/http sends again what a server refused (RFC 9113, section 8.7)
	shaking bool // a TLS handshake has begun and not ended well
	began   time.Time
	dns     time.Time
	connect time.Time
	tls     time.Time
	wrote   time.Time
	answer  time.Time
	t       Timings

	requested, shown bool     // see certificateRequested
	conn             net.Conn // new, or nil; for lastWord
}

func newStopwatch(now func() time.Time, route Route) *stopwatch {
	return &stopwatch{now: now, route: route, began: now()}
}

type stopwatchKey struct{}

// context returns ctx with w in it, which net/http calls.
func (w *stopwatch) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(context.WithValue(ctx, stopwatchKey{}, w), w.trace())
}

// watchOf returns the stopwatch that a connection is made under.
func watchOf(ctx context.Context) *stopwatch {
	w, _ := ctx.Value(stopwatchKey{}).(*stopwatch)
	return w
}

func (w *stopwatch) trace() *httptrace.ClientTrace {
	return &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { w.at(func(now time.Time) { w.dns = now }) },
		DNSDone:  func(httptrace.DNSDoneInfo) { w.at(func(now time.Time) { w.t.DNS = now.Sub(w.dns) }) },
		ConnectStart: func(string, string) {
			w.at(func(now time.Time) {
				if w.connect.IsZero() {
					w.connect = now
				}
			})
		},
		ConnectDone: func(_, _ string, err error) {
			w.at(func(now time.Time) {
				if err == nil && w.phase == phaseStart {
					w.t.Connect, w.phase = now.Sub(w.connect), phaseConnected
				}
			})
		},
		TLSHandshakeStart: func() {
			w.at(func(now time.Time) {
				w.tls, w.shaking = now, true
				if w.phase == phaseConnected && w.route.isSOCKS() {
					w.phase = phaseTunnel
				}
			})
		},
		TLSHandshakeDone: func(_ tls.ConnectionState, err error) {
			w.at(func(now time.Time) {
				if err == nil {
					w.t.TLS, w.shaking = now.Sub(w.tls), false
				}
			})
		},
		GotConn: func(info httptrace.GotConnInfo) {
			w.at(func(time.Time) {
				w.phase, w.t.Reused = phaseReady, info.Reused
				w.sends++
				if info.Reused {
					keep(info.Conn)
				} else {
					w.conn = info.Conn
				}
			})
		},
		WroteRequest: func(httptrace.WroteRequestInfo) { w.at(func(now time.Time) { w.wrote = now }) },
	}
}

// show returns the answer to a server that asks for a client certificate, which notes
// in the stopwatch that it asked. nil: none is shown.
func show(cert *tls.Certificate) func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	shown := cert != nil
	if !shown {
		cert = &tls.Certificate{}
	}
	return func(request *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if w := watchOf(request.Context()); w != nil {
			w.at(func(time.Time) { w.requested, w.shown = true, shown })
		}
		return cert, nil
	}
}

// certificateRequested reports whether the server asked for a client certificate, and
// whether one was shown.
func (w *stopwatch) certificateRequested() (requested, shown bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.requested, w.shown
}

func (w *stopwatch) at(note func(now time.Time)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	note(w.now())
}

// header notes that the header of the answer is here. It returns when the
// request was written, or the hop's begin where that was not seen.
func (w *stopwatch) header() (sent, received time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = w.now()
	sent = w.wrote
	if sent.IsZero() {
		sent = w.began
	}
	w.t.Wait = w.answer.Sub(sent)
	return sent, w.answer
}

// tunnel notes that the proxy has connected to the server.
func (w *stopwatch) tunnel() { w.at(func(time.Time) { w.phase = phaseTunnel }) }

// lastWord closes a new connection that broke, and returns the TLS alert that came
// before. net/http may report a write alone that failed for that reason.
func (w *stopwatch) lastWord() (tls.AlertError, bool) {
	w.mu.Lock()
	conn := w.conn
	w.mu.Unlock()
	secured, ok := conn.(*tls.Conn)
	if !ok {
		return 0, false
	}
	_ = secured.Close()
	_, err := secured.Read(make([]byte, 1)) // of what came it returns the error that ended the reading
	return alertOf(err)
}

// inHandshake reports whether a TLS handshake has begun and not succeeded.
func (w *stopwatch) inHandshake() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.shaking
}

// refusals returns how often the call was sent again.
func (w *stopwatch) refusals() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return max(0, w.sends-1)
}

func (w *stopwatch) reached() phase {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.phase
}

// timings closes the watch: the body is read.
func (w *stopwatch) timings(began time.Time) Timings {
	w.mu.Lock()
	defer w.mu.Unlock()
	end := w.now()
	t := w.t
	t.Transfer, t.Total = end.Sub(w.answer), end.Sub(began)
	if t.Reused {
		t.DNS, t.Connect, t.TLS = 0, 0, 0
	}
	for _, d := range []*time.Duration{&t.DNS, &t.Connect, &t.TLS, &t.Wait, &t.Transfer, &t.Total} {
		*d = max(0, *d) // our clock was set back meanwhile
	}
	return t
}

// clockOffset reads the Date header (RFC 9110, section 6.6.1): the server's
// clock minus ours.
//
// Date has whole seconds and was written at some moment between sent and
// received, so the offset lies between date-received and date+1s-sent. When
// nothing in there contradicts equal clocks it is 0, else the middle.
func clockOffset(h http.Header, sent, received time.Time) (time.Duration, bool) {
	if h.Get("Age") != "" {
		return 0, false // a cache answered with the date of the day it was filled
	}
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil || date.Year() < 2000 || date.Year() >= 2200 { // no clock that runs
		return 0, false
	}
	if received.Before(sent) { // our clock was set back meanwhile
		sent = received
	}
	least, most := date.Sub(received), date.Add(time.Second).Sub(sent)
	if least <= 0 && most >= 0 {
		return 0, true
	}
	return (least + most) / 2, true
}
