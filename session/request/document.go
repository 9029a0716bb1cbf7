package request

import (
	"bytes"
	"context"
	"encoding/hex"
	"math"
	"strings"
	"sync"
	"unicode/utf8"

	"tokenring/session/answer"
	"tokenring/session/secret"
)

// Role is the kind of a piece of a line, for colouring.
type Role uint8

// The roles.
const (
	RolePlain Role = iota // indentation, and text that is not JSON
	RoleKey               // the name of a member, with its quotes
	RoleString
	RoleNumber
	RoleBool
	RoleNull
	RolePunct
)

// Span is a piece of a line in one role. Its text is safe for a terminal.
type Span struct {
	Text string
	Role Role
}

// MaxColumns bounds the length of a line of [Document.Line].
const MaxColumns = 4096

// Document is a body for display: JSON indented by two spaces, with its numbers, key order
// and duplicate keys unchanged, and other text line by line. The indented text never exists
// as a whole: a Document holds the offset and depth of each line, six bytes per line, and
// indexes them step by step ([Document.Index]), so that the first page of a large body is
// cheap.
//
// After the place where JSON is damaged or cut, it shows the source unchanged. A Document is
// safe for concurrent use. The body must not change.
type Document struct {
	src   []byte
	bytes []byte             // the binary body that src describes; nil: the body is text
	json  bool               // show src as JSON
	fault string             // why src is not the whole body; or ""
	raw   []byte             // src with its secrets, for filters; nil: src
	hide  []*secret.Redactor // mask the outputs of filters

	mu       sync.Mutex // guards the fields below
	scan     *scanner   // nil: the rest is text
	next     int        // offset of the next line of text
	blocks   []*block
	count    int
	textFrom int // the first line that is shown unchanged
	done     bool
}

const blockLines = 1024

// block is the index of blockLines lines. Growing the index adds blocks and copies none.
type block struct {
	offset [blockLines]uint32
	mark   [blockLines]mark
}

// NewDocument returns the document of a body. No line is indexed yet. It shows the beginning
// of a binary body in hex.
func NewDocument(body []byte, media answer.Media) *Document {
	if media == answer.MediaBinary {
		return newBinary(body, "", int64(len(body)))
	}
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	body = body[:min(len(body), math.MaxUint32)]
	d := &Document{src: body, json: media == answer.MediaJSON, textFrom: math.MaxInt}
	if d.json {
		d.scan = newScanner(body)
	} else {
		d.textFrom = 0
	}
	return d
}

// Source returns the raw body, which is not safe for a terminal.
func (d *Document) Source() []byte { return d.src }

// Bytes returns the whole document for export: JSON with its indentation, and any other body
// unchanged. It is not safe for a terminal, and incomplete if ctx ends.
func (d *Document) Bytes(ctx context.Context) []byte {
	switch {
	case d.bytes != nil:
		return d.bytes
	case !d.json:
		return d.src
	}
	for !d.Index(blockLines) && ctx.Err() == nil {
	}
	out := make([]byte, 0, 2*len(d.src))
	for line := 0; line < d.Lines() && ctx.Err() == nil; line++ {
		out = append(d.appendLine(out, line), '\n')
	}
	return out
}

// Printable returns the whole document, safe for a terminal; a binary body in hex.
func (d *Document) Printable(ctx context.Context) string {
	if d.bytes != nil {
		return hex.Dump(d.bytes)
	}
	return secret.CleanText(string(d.Bytes(ctx)))
}

// Index indexes up to lines more lines and reports whether the whole body is indexed.
// Index(0) only reports.
func (d *Document) Index(lines int) (done bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.grow(d.count + lines)
	return d.done
}

// Lines returns the number of indexed lines.
func (d *Document) Lines() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

// Damage returns the first line that is shown unchanged because it is not JSON, or Lines()
// if the JSON only ends early. ok is false if no damage is known yet.
func (d *Document) Damage() (line int, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.textFrom, d.json && d.textFrom != math.MaxInt
}

// Line returns line i in pieces, cut after [MaxColumns] with an ellipsis, or nil if the line
// is not indexed.
func (d *Document) Line(i int) []Span {
	spans, more := d.LineSlice(i, 0, MaxColumns)
	if more {
		spans = append(spans, Span{Text: "…", Role: RolePunct})
	}
	return spans
}

// LineSlice returns width characters of line i from character from on, in pieces, and whether
// the line continues. A character is a code point of the source; some are two cells wide.
func (d *Document) LineSlice(i, from, width int) (spans []Span, more bool) {
	longest := len(d.src) + 2*maxDepth + len(colon)
	from, width = min(max(from, 0), longest), min(max(width, 0), longest)
	w := window{from: from, to: from + width}
	// A code point has at most four bytes, so this is enough of any token.
	d.pieces(i, (from+width+1)*utf8.UTFMax, w.add)
	return w.spans, w.more
}

// window collects the part of a line between two columns.
type window struct {
	from, to int
	col      int
	spans    []Span
	more     bool
}

// add takes the next piece of the line and reports whether more are wanted.
func (w *window) add(role Role, text []byte) bool {
	if w.col < w.from {
		var skipped int
		text, skipped = skipRunes(text, w.from-w.col)
		w.col += skipped
	}
	if len(text) == 0 {
		return true
	}
	rest, taken := skipRunes(text, w.to-w.col)
	w.col += taken
	if text = text[:len(text)-len(rest)]; len(text) > 0 {
		w.spans = append(w.spans, Span{Text: clean(role, text), Role: role})
	}
	w.more = len(rest) > 0
	return !w.more
}

func clean(role Role, text []byte) string {
	s := string(text)
	if role == RolePlain {
		s = strings.ReplaceAll(s, "\t", "    ")
	}
	return secret.CleanLine(s)
}

// skipRunes skips up to n code points of b and returns the rest and how many it skipped.
func skipRunes(b []byte, n int) (rest []byte, skipped int) {
	for skipped < n && len(b) > 0 {
		size := 1
		if b[0] >= utf8.RuneSelf {
			_, size = utf8.DecodeRune(b)
		}
		b = b[size:]
		skipped++
	}
	return b, skipped
}

// grow indexes lines until there are n or none are left. The caller holds mu.
func (d *Document) grow(n int) {
	for d.count < n && !d.done {
		if d.scan == nil {
			d.growText()
			continue
		}
		off, m, ok := d.scan.line()
		switch {
		case ok:
			d.push(off, m)
		case off == len(d.src) && m == 0:
			d.finish()
		default:
			d.scan, d.next, d.textFrom = nil, off, d.count
		}
	}
}

func (d *Document) growText() {
	if d.next >= len(d.src) {
		d.finish()
		return
	}
	d.push(d.next, 0)
	if n := bytes.IndexByte(d.src[d.next:], '\n'); n >= 0 {
		d.next += n + 1
	} else {
		d.next = len(d.src)
	}
}

func (d *Document) finish() { d.done, d.scan = true, nil }

func (d *Document) push(off int, m mark) {
	at := d.count % blockLines
	if at == 0 {
		d.blocks = append(d.blocks, new(block))
	}
	b := d.blocks[len(d.blocks)-1]
	b.offset[at], b.mark[at] = uint32(off), m
	d.count++
}

// entry returns the index of line i.
func (d *Document) entry(i int) (off int, m mark, text, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if i < 0 || i >= d.count {
		return 0, 0, false, false
	}
	b := d.blocks[i/blockLines]
	return int(b.offset[i%blockLines]), b.mark[i%blockLines], i >= d.textFrom, true
}
