package answer

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// CodingError reports a body that is not valid in its content coding.
type CodingError struct{ Coding string }

func (e *CodingError) Error() string { return "the body is not valid " + e.Coding }

// Accepted is the default Accept-Encoding of a request.
const Accepted = "gzip"

// maxCodings bounds the codings of one body.
const maxCodings = 4

// maxWindow bounds the memory that a zstd body can demand, in bytes (RFC 9659).
const maxWindow = 8 << 20

// codings has a decoder for each content coding of RFC 9110, section 8.4.1, RFC 7932 and
// RFC 8878.
var codings = map[string]func(*bufio.Reader) (io.Reader, error){
	"gzip":    openGzip,
	"x-gzip":  openGzip,
	"deflate": openDeflate,
	"br":      func(r *bufio.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	"zstd":    openZstd,
}

func openGzip(r *bufio.Reader) (io.Reader, error) { return gzip.NewReader(r) }

// openDeflate opens a zlib stream, or a bare deflate stream, which some servers send
// (RFC 9110, section 8.4.1.2).
func openDeflate(r *bufio.Reader) (io.Reader, error) {
	const method, deflate, check = 0x0f, 8, 31 // RFC 1950, section 2.2
	if h, _ := r.Peek(2); len(h) == 2 && h[0]&method == deflate && (int(h[0])<<8|int(h[1]))%check == 0 {
		return zlib.NewReader(r)
	}
	return flate.NewReader(r), nil
}

// openZstd opens a stream that is decoded synchronously.
func openZstd(r *bufio.Reader) (io.Reader, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow))
}

// decoded returns a reader that undoes the content codings that h names, and a note if
// one of them remains.
func decoded(h http.Header, body io.Reader) (r io.Reader, note string) {
	names := strings.Split(strings.ToLower(strings.Join(h.Values("Content-Encoding"), ",")), ",")
	source := &faultReader{r: body}
	r = source
	undone := 0
	for _, name := range slices.Backward(names) {
		name = strings.TrimSpace(name)
		open, known := codings[name]
		switch {
		case name == "" || name == "identity":
			continue
		case !known:
			return r, "its content coding " + named(name) + " is not supported"
		case undone == maxCodings:
			return r, fmt.Sprintf("it has more than %d content codings", maxCodings)
		}
		undone++
		r = &codingReader{coding: name, open: open, coded: r, source: source}
	}
	return r, ""
}

// faultReader remembers the error that ended its source, because a decoder may report it
// as damage.
type faultReader struct {
	r   io.Reader
	err error // nil at the end of the body
}

func (f *faultReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		f.err = err
	}
	return n, err
}

// codingReader undoes one coding. It opens the decoder at the first byte, because an
// answer without a body, such as to HEAD, may name a coding too. It limits its output
// like a body, so that nested codings cost no more.
type codingReader struct {
	coding string
	open   func(*bufio.Reader) (io.Reader, error)
	coded  io.Reader
	source *faultReader

	plain io.Reader // nil before the first byte
	read  int64
}

func (c *codingReader) Read(p []byte) (n int, err error) {
	if c.plain == nil {
		coded := bufio.NewReader(c.coded)
		if _, err := coded.Peek(1); err != nil {
			return 0, err
		}
		if c.plain, err = c.open(coded); err != nil {
			c.plain = nil
			return 0, c.fault(err)
		}
	}
	if c.read > MaxBody {
		return 0, ErrTooLong
	}
	n, err = c.plain.Read(p)
	c.read += int64(n)
	return n, c.fault(err)
}

// fault prefers the error of the source: then the body did not arrive.
func (c *codingReader) fault(err error) error {
	var inner *CodingError
	switch {
	case err == nil || err == io.EOF || errors.Is(err, ErrTooLong) || errors.As(err, &inner):
		return err
	case c.source.err != nil:
		return c.source.err
	}
	return &CodingError{c.coding}
}
