package request

import (
	"bytes"
	"strings"
)

// colon separates a name from its value.
var colon = []byte(": ")

// pieces passes line i to yield in pieces until yield returns false. A token
// longer than limit bytes ends the line.
func (d *Document) pieces(i, limit int, yield func(Role, []byte) bool) {
	off, m, text, ok := d.entry(i)
	if !ok {
		return
	}
	if text {
		yield(RolePlain, textLine(d.src[off:], limit))
		return
	}
	if m.depth() > 0 && !yield(RolePlain, bytes.Repeat([]byte("  "), m.depth())) {
		return
	}
	p := printer{src: d.src, pos: off, limit: limit, yield: yield}
	if m&markKey != 0 && !p.key() {
		return
	}
	p.value(m.depth() > 0)
}

// textLine returns the first line of b without its line break, at most limit bytes of it.
func textLine(b []byte, limit int) []byte {
	b = b[:min(len(b), max(limit, 0))]
	if n := bytes.IndexByte(b, '\n'); n >= 0 {
		b = bytes.TrimSuffix(b[:n], []byte("\r"))
	}
	return b
}

// printer yields the tokens of one indexed line.
type printer struct {
	src   []byte
	pos   int
	limit int
	yield func(Role, []byte) bool
}

func (p *printer) key() bool {
	if !p.text(RoleKey) {
		return false
	}
	p.pos = skipSpace(p.src, skipSpace(p.src, p.pos)+1)
	return p.yield(RolePunct, colon)
}

// text yields the string at pos.
func (p *printer) text(role Role) bool {
	token := p.src[p.pos:min(len(p.src), p.pos+p.limit)]
	end := stringEnd(token)
	if end >= 0 {
		token = token[:end]
	}
	return p.token(role, p.pos+len(token)) && end >= 0
}

// value yields the value or bracket at pos and, inside an object or array, the
// comma after it.
func (p *printer) value(inside bool) {
	ok := false
	switch c := p.src[p.pos]; c {
	case '{', '[':
		at := skipSpace(p.src, p.pos+1)
		if at == len(p.src) || p.src[at] != c+2 {
			p.yield(RolePunct, p.src[p.pos:p.pos+1])
			return
		}
		p.pos = at + 1
		ok = p.yield(RolePunct, []byte{c, c + 2})
	case '}', ']':
		ok = p.token(RolePunct, p.pos+1)
	case '"':
		ok = p.text(RoleString)
	case 't':
		ok = p.token(RoleBool, p.pos+len("true"))
	case 'f':
		ok = p.token(RoleBool, p.pos+len("false"))
	case 'n':
		ok = p.token(RoleNull, p.pos+len("null"))
	default:
		length := bytes.IndexFunc(p.src[p.pos:], func(c rune) bool { return !strings.ContainsRune("+-.eE0123456789", c) })
		if length < 0 {
			length = len(p.src) - p.pos
		}
		ok = p.token(RoleNumber, p.pos+length)
	}
	if !ok || !inside {
		return
	}
	if at := skipSpace(p.src, p.pos); at < len(p.src) && p.src[at] == ',' {
		p.yield(RolePunct, p.src[at:at+1])
	}
}

func (p *printer) token(role Role, end int) bool {
	token := p.src[p.pos:end]
	p.pos = end
	return p.yield(role, token)
}
