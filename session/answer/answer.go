// Package answer reads the answers of servers and builds the scope that jq sees of them
// in flows, captures, checks, expectations and suites.
package answer

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"tokenring/session/jq"
)

// MaxBody bounds a decoded and converted body, in bytes.
const MaxBody = 10 << 20

// ErrTooLong reports a body longer than MaxBody.
var ErrTooLong = errors.New("the body is too long")

// Answer is an answer of a server. Its body may be incomplete.
type Answer struct {
	Status    int
	Header    http.Header
	Cookies   []Cookie // in the order they were set, including redirects within the origin
	Body      []byte   // UTF-8 unless Media is MediaBinary
	Media     Media
	Size      int64 // bytes of the body that arrived, after decompression
	Cut       bool  // Body is incomplete
	CutReason string
	Note      string        // the content coding or charset that prevents reading Body; or ""
	Received  time.Time     // our clock, when the header arrived
	Offset    time.Duration // the server's clock minus ours
	Took      time.Duration
}

// Read reads up to MaxBody bytes of the body into part, undoes its content codings and
// converts text to UTF-8. After an error of r, ErrTooLong or a *CodingError, the body holds
// what was read before.
func (a *Answer) Read(r io.Reader, part *Part) error {
	plain, coded := decoded(a.Header, r)
	part.coded = coded
	err := part.fill(io.LimitReader(plain, MaxBody+1))
	a.take(part.read, coded)
	a.Size = min(a.Size, MaxBody)
	if len(a.Body) > MaxBody {
		a.Body = a.Body[:MaxBody]
		if err == nil {
			err = ErrTooLong
		}
	}
	if err != nil && a.Media != MediaBinary {
		a.Note = "" // a character was cut
	}
	return err
}

// take sets the body; coded is the note of a coding that could not be undone.
func (a *Answer) take(body []byte, coded string) {
	a.Size = int64(len(body))
	a.Media, a.Body, a.Note = Detect(a.Header.Get("Content-Type"), body)
	if coded != "" && len(body) > 0 {
		if a.Media == MediaBinary || a.Note != "" {
			a.Media, a.Body = MediaBinary, body
		}
		a.Note = coded
	}
}

// Part is the part of a body read so far. The zero value is empty.
type Part struct {
	mu    sync.Mutex // guards read
	read  []byte     // only appended to
	coded string     // the note of decoded; set before reading begins
}

// fill reads the whole of r, as io.ReadAll does.
func (p *Part) fill(r io.Reader) error {
	for read := make([]byte, 0, bytes.MinRead); ; {
		n, err := r.Read(read[len(read):cap(read)])
		read = read[:len(read)+n]
		p.mu.Lock()
		p.read = read
		p.mu.Unlock()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if len(read) == cap(read) {
			read = append(read, 0)[:len(read)]
		}
	}
}

// Of returns the answer with the complete lines of its body read so far: the rest may be
// the beginning of a secret, which cannot be masked yet. It is safe to call during Read.
func (p *Part) Of(a Answer) Answer {
	p.mu.Lock()
	read := p.read
	p.mu.Unlock()
	read = read[:bytes.LastIndexByte(read, '\n')+1]
	if len(read) > 0 {
		a.take(read[:len(read):len(read)], p.coded)
	}
	a.Cut, a.CutReason = true, "it is still arriving"
	return a
}

// Fault returns why the body cannot be used, or "": it is incomplete, or its coding is
// not supported.
func (a *Answer) Fault() string {
	switch {
	case a.Cut:
		return cmp.Or(a.CutReason, "it was cut")
	case a.Media == MediaBinary:
		return a.Note
	}
	return ""
}

// ServerTime returns when the answer arrived, on the server's clock.
func (a *Answer) ServerTime() time.Time { return a.Received.Add(a.Offset).Round(0) }

// Jar returns the cookies that a client keeps from the answer. See [Kept].
func (a *Answer) Jar() []Cookie { return Kept(a.Cookies, a.ServerTime()) }

// Names lists the names of a scope.
func Names() []string {
	return []string{"status", "headers", "cookies", "body", "text", "received", "ms", "size"}
}

// Scope returns the answer as values for jq, and whether its body is JSON.
func (a *Answer) Scope() (scope jq.Scope, isJSON bool) {
	body, isJSON := a.JSON()
	headers := make(map[string]any, len(a.Header))
	for name, values := range a.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	cookies := make(map[string]any, len(a.Cookies))
	for _, c := range a.Jar() {
		cookies[c.Name] = c.Value
	}
	return jq.Scope{
		"status": a.Status, "headers": headers, "cookies": cookies, "body": body,
		"text": strings.ToValidUTF8(string(a.Body), "\ufffd"), "received": int(a.ServerTime().Unix()),
		"ms": int(a.Took.Milliseconds()), "size": int(a.Size),
	}, isJSON
}

// JSON parses the body as JSON. It ignores the Content-Type: servers label JSON as text,
// and error pages as JSON.
func (a *Answer) JSON() (v any, ok bool) {
	if a.Fault() != "" {
		return nil, false
	}
	return jq.DecodeJSON(bytes.TrimPrefix(a.Body, []byte("\ufeff")))
}
