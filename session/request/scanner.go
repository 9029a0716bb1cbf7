package request

// maxDepth is how deep a document may nest, as in encoding/json.
const maxDepth = 10000

// expectation is what has to come next in JSON text.
type expectation uint8

const (
	wantRoot   expectation = iota // a value of its own, or the end
	wantMember                    // a member or an element
	wantClose                     // the end of what is open
)

// mark is what the index keeps of a line beside its offset: its depth, and
// whether it begins with the name of a member.
type mark uint16

const markKey mark = 1 << 15

func (m mark) depth() int { return int(m &^ markKey) }

// scanner walks through JSON text one line of its indented form at a time. It
// accepts what encoding/json accepts, and several values one after the other.
type scanner struct {
	src     []byte
	pos     int
	depth   int
	want    expectation
	objects [maxDepth/64 + 1]uint64 // one bit for each level: an object is open there
}

// outcome is how the scan of one line went.
type outcome uint8

const (
	scanned outcome = iota
	ended           // there are no more lines
	damaged         // from here on it is not JSON
)

// line scans the next line. Where it is damaged, off is the place from which
// the text has to be shown as it stands.
func (s *scanner) line() (off int, m mark, o outcome) {
	s.pos = skipSpace(s.src, s.pos)
	off = s.pos
	if off == len(s.src) {
		if s.want == wantRoot {
			return off, 0, ended
		}
		return off, 0, damaged
	}
	if s.want == wantClose {
		if !s.close() {
			return off, 0, damaged
		}
		return off, mark(s.depth), scanned
	}
	m = mark(s.depth)
	if s.depth > 0 && s.inObject() {
		if !s.key() {
			return off, m, damaged
		}
		m |= markKey
	}
	if !s.value() {
		return off, m, damaged
	}
	return off, m, scanned
}

func (s *scanner) inObject() bool {
	return s.objects[s.depth/64]>>(s.depth%64)&1 == 1
}

func (s *scanner) close() bool {
	want := byte(']')
	if s.inObject() {
		want = '}'
	}
	if s.src[s.pos] != want {
		return false
	}
	s.pos++
	s.depth--
	s.tail()
	return true
}

// tail takes the comma after a value and notes what may follow.
func (s *scanner) tail() {
	if s.depth == 0 {
		s.want = wantRoot
		return
	}
	s.want = wantClose
	s.pos = skipSpace(s.src, s.pos)
	if s.pos < len(s.src) && s.src[s.pos] == ',' {
		s.pos++
		s.want = wantMember
	}
}

func (s *scanner) key() bool {
	end, ok := scanString(s.src, s.pos)
	if !ok {
		return false
	}
	end = skipSpace(s.src, end)
	if end == len(s.src) || s.src[end] != ':' {
		return false
	}
	s.pos = skipSpace(s.src, end+1)
	return s.pos < len(s.src)
}

func (s *scanner) value() bool {
	var ok bool
	switch c := s.src[s.pos]; c {
	case '{', '[':
		return s.open(c)
	case '"':
		s.pos, ok = scanString(s.src, s.pos)
	case 't':
		s.pos, ok = scanWord(s.src, s.pos, "true")
	case 'f':
		s.pos, ok = scanWord(s.src, s.pos, "false")
	case 'n':
		s.pos, ok = scanWord(s.src, s.pos, "null")
	default:
		s.pos, ok = scanNumber(s.src, s.pos)
	}
	if ok {
		s.tail()
	}
	return ok
}

// open begins an object or array; an empty one ends on the same line.
func (s *scanner) open(c byte) bool {
	if s.depth == maxDepth {
		return false
	}
	at := skipSpace(s.src, s.pos+1)
	if at < len(s.src) && s.src[at] == c+2 { // in ASCII, ] is [ + 2 and } is { + 2
		s.pos = at + 1
		s.tail()
		return true
	}
	s.pos = at
	s.depth++
	s.want = wantMember
	bit := uint64(1) << (s.depth % 64)
	if c == '{' {
		s.objects[s.depth/64] |= bit
	} else {
		s.objects[s.depth/64] &^= bit
	}
	return true
}

func skipSpace(src []byte, at int) int {
	for at < len(src) && src[at] <= ' ' {
		switch src[at] {
		case ' ', '\n', '\t', '\r':
			at++
		default:
			return at
		}
	}
	return at
}

// inString is set for the bytes that stand for themselves in a string.
var inString = func() (table [256]bool) {
	for c := range table {
		table[c] = c >= ' ' && c != '"' && c != '\\'
	}
	return table
}()

// scanString returns the offset behind the string that begins at src[at].
// Without its end it returns len(src) and false.
func scanString(src []byte, at int) (end int, ok bool) {
	if src[at] != '"' {
		return at, false
	}
	for at++; at < len(src); {
		switch c := src[at]; {
		case inString[c]:
			at++
		case c == '"':
			return at + 1, true
		case c == '\\':
			n := escapeLength(src[at:])
			if n == 0 {
				return at, false
			}
			at += n
		default:
			return at, false
		}
	}
	return at, false
}

// escapeLength returns the length of the escape sequence at the start of b, 0
// when it is none.
func escapeLength(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if len(b) >= 6 && isHex(b[2]) && isHex(b[3]) && isHex(b[4]) && isHex(b[5]) {
			return 6
		}
	}
	return 0
}

func isHex(c byte) bool {
	return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func scanWord(src []byte, at int, word string) (end int, ok bool) {
	end = at + len(word)
	if end > len(src) || string(src[at:end]) != word {
		return at, false
	}
	return end, endsToken(src, end)
}

// endsToken reports whether a number or literal may end before src[at].
func endsToken(src []byte, at int) bool {
	if at == len(src) {
		return true
	}
	switch src[at] {
	case ' ', '\n', '\t', '\r', ',', ']', '}', '{', '[', '"', ':':
		return true
	}
	return false
}

func scanNumber(src []byte, at int) (end int, ok bool) {
	if at < len(src) && src[at] == '-' {
		at++
	}
	switch {
	case at == len(src) || !isDigit(src[at]):
		return at, false
	case src[at] == '0':
		at++
	default:
		at = skipDigits(src, at)
	}
	if at < len(src) && src[at] == '.' {
		was := at + 1
		if at = skipDigits(src, was); at == was {
			return at, false
		}
	}
	if at < len(src) && src[at]|0x20 == 'e' {
		at++
		if at < len(src) && (src[at] == '+' || src[at] == '-') {
			at++
		}
		was := at
		if at = skipDigits(src, was); at == was {
			return at, false
		}
	}
	return at, endsToken(src, at)
}

func skipDigits(src []byte, at int) int {
	for at < len(src) && isDigit(src[at]) {
		at++
	}
	return at
}
