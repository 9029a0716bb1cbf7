package emulatortest

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"tokenring/session/emulator"
)

// Request is an entry of a Proxy's log.
type Request struct {
	Method string
	Path   string // escaped, without the query
	Status int    // 0 while unanswered, and for a dropped connection

	// Credentials names the credentials of the request, without their values: header
	// names in canonical form, then query parameters as "?token".
	Credentials []string
}

// Proxy is a handler in front of a backend. It logs requests and injects faults.
type Proxy struct {
	backend http.Handler
	clock   func() time.Time

	mu       sync.Mutex
	log      []*Request
	latency  time.Duration
	failures int
	failWith int
	losses   int
	limited  string // the path whose next requests are told to wait
	limits   int
	wait     time.Duration
}

// NewProxy returns a Proxy in front of a backend; now is the clock of the backend.
func NewProxy(backend http.Handler, now func() time.Time) *Proxy {
	return &Proxy{backend: backend, clock: now}
}

// Rotating is a backend behind a Proxy.
type Rotating struct {
	*emulator.Rotating
	*Proxy
}

// NewRotating makes a Rotating backend behind a Proxy.
func NewRotating(o emulator.RotatingOptions) *Rotating {
	m := emulator.NewRotating(o)
	return &Rotating{m, NewProxy(m, o.Now)}
}

// Datarhei is a backend behind a Proxy.
type Datarhei struct {
	*emulator.Datarhei
	*Proxy
}

// NewDatarhei makes a Datarhei backend behind a Proxy.
func NewDatarhei(o emulator.DatarheiOptions) *Datarhei {
	d := emulator.NewDatarhei(o)
	return &Datarhei{d, NewProxy(d, o.Now)}
}

// Requests returns the log so far, oldest first.
func (p *Proxy) Requests() []Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make([]Request, len(p.log))
	for i, r := range p.log {
		out[i] = *r
		out[i].Credentials = slices.Clone(r.Credentials)
	}
	return out
}

// Calls returns the number of requests to a path.
func (p *Proxy) Calls(path string) int {
	n := 0
	for _, r := range p.Requests() {
		if r.Path == path {
			n++
		}
	}
	return n
}

// FailNext makes the next n requests fail with the status and a plain text body.
func (p *Proxy) FailNext(n, status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures, p.failWith = n, status
}

// LimitNext makes the next n requests for a path fail with 429, and asks them to wait.
func (p *Proxy) LimitNext(path string, n int, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.limited, p.limits, p.wait = path, n, wait
}

// LoseNext passes the next n requests to the backend and then drops the connection
// instead of answering.
func (p *Proxy) LoseNext(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.losses = n
}

// SetLatency makes every request wait before it is handled.
func (p *Proxy) SetLatency(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latency = d
}

// ServeHTTP answers like the backend, or with a fault.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := &Request{Method: r.Method, Path: r.URL.EscapedPath(), Credentials: credentialNames(r)}
	p.mu.Lock()
	p.log = append(p.log, entry)
	latency := p.latency
	fail, lose := p.failures > 0, p.losses > 0
	limit := p.limits > 0 && p.limited == entry.Path
	status, wait := p.failWith, p.wait
	switch {
	case limit:
		p.limits--
	case fail:
		p.failures--
	case lose:
		p.losses--
	}
	p.mu.Unlock()

	if err := emulator.Sleep(r.Context(), latency); err != nil {
		panic(http.ErrAbortHandler)
	}
	rec := &recorder{ResponseWriter: w, proxy: p, entry: entry}
	if limit {
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
		fail, status = true, http.StatusTooManyRequests
	}
	switch {
	case fail:
		w.Header().Set("Date", p.clock().UTC().Format(http.TimeFormat))
		http.Error(rec, http.StatusText(status), status)
	case lose:
		p.backend.ServeHTTP(discard{header: make(http.Header)}, r)
		panic(http.ErrAbortHandler)
	default:
		p.backend.ServeHTTP(rec, r)
	}
}

// credentialNames lists the names of the credentials of r.
func credentialNames(r *http.Request) []string {
	var names []string
	for _, h := range []string{
		"Authorization", "Cookie", "X-Access-Token", "X-Access-Key", "User-Token",
		"X-Knack-Application-Id", "X-Knack-Rest-Api-Key", "Access-Token", "Client", "Uid",
	} {
		if r.Header.Get(h) != "" {
			names = append(names, h)
		}
	}
	query := r.URL.Query()
	for _, q := range []string{"token", "access_token", "access_key", "access-token"} {
		if query.Has(q) {
			names = append(names, "?"+q)
		}
	}
	return names
}

// recorder writes the status to the log before the first byte of the answer, so that
// a client that has the answer also finds it in the log.
type recorder struct {
	http.ResponseWriter
	proxy *Proxy
	entry *Request
}

func (w *recorder) note(status int) {
	w.proxy.mu.Lock()
	defer w.proxy.mu.Unlock()
	w.entry.Status = cmp.Or(w.entry.Status, status)
}

func (w *recorder) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.note(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard is the writer of a lost answer.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(b []byte) (int, error) { return len(b), nil }
func (d discard) WriteHeader(int)             {}
