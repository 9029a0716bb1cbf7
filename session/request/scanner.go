package request

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// maxDepth bounds the nesting of a document, as in encoding/json and jsontext.
const maxDepth = 10000

// mark is the depth of a line, and markKey if it begins with a member's name.
type mark uint16

const markKey mark = 1 << 15

func (m mark) depth() int { return int(m &^ markKey) }

// scanner reads JSON text one line of its indented form at a time. It accepts the JSON of
// encoding/json, and several values in a row.
type scanner struct {
	*jsontext.Decoder
	src    []byte
	opened bool // the last token opened an object or array
}

func newScanner(src []byte) *scanner {
	return &scanner{src: src, Decoder: jsontext.NewDecoder(bytes.NewBuffer(src),
		jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))}
}

// line scans the next line. If it is damaged or incomplete, the text from off on is shown
// unchanged.
func (s *scanner) line() (off int, m mark, ok bool) {
	depth := s.StackDepth()
	off = skipSpace(s.src, int(s.InputOffset()))
	if depth > 0 && !s.opened && off < len(s.src) && s.src[off] == ',' {
		off = skipSpace(s.src, off+1)
	}
	kind := s.PeekKind()
	m = mark(depth)
	if in, length := s.StackIndex(depth); kind == '"' && in == '{' && length%2 == 0 {
		if s.SkipValue() != nil {
			return off, m, false
		}
		kind, m = s.PeekKind(), m|markKey
	}
	s.opened = false
	switch kind {
	case '{', '[':
		if _, err := s.ReadToken(); err != nil {
			return off, m, false
		}
		if s.PeekKind() != kind+2 { // in ASCII, ] is [ + 2 and } is { + 2
			s.opened = true
			return off, m, true
		}
	case '}', ']':
		m--
	case '0', 't', 'f', 'n':
		_, err := s.ReadToken()
		rest := s.src[s.InputOffset():]
		ends := len(rest) == 0 || strings.IndexByte(" \n\t\r,]}{[\":", rest[0]) >= 0 // 2024-01-01 is text
		return off, m, err == nil && ends
	}
	_, err := s.ReadToken()
	return off, m, err == nil
}

func skipSpace(src []byte, at int) int {
	for at < len(src) && (src[at] == ' ' || src[at] == '\n' || src[at] == '\t' || src[at] == '\r') {
		at++
	}
	return at
}

// stringEnd returns the offset after the string at the start of src, or -1 if it does not
// end in src.
func stringEnd(src []byte) int {
	for i := 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}
