package token

import (
	"encoding/json"
	"strconv"
	"strings"
)

// scanner walks JSON text byte by byte. encoding/json keeps neither the order nor the duplicates of an object, and
// gives up whole on damaged text; the scanner keeps what stands before the damage. It does not recurse, so that
// no depth of nesting can exhaust the stack.
type scanner struct {
	s    string
	i    int
	open []byte // brackets entered and not yet left
	deep int    // the deepest nesting met in the last value
}

// members reads the object that text should be. It returns those members that could be read, never nil if text
// is an object at all, and what is wrong, or "".
func members(data []byte) ([]Member, string) {
	all, problem := readMembers(data)
	markDuplicates(all)
	return all, problem
}

func readMembers(data []byte) ([]Member, string) {
	p := scanner{s: string(data)}
	p.space()
	if p.peek() != '{' {
		return nil, "is not a JSON object"
	}
	p.i++
	out := make([]Member, 0, 8)
	problem := ""
	for p.space(); p.peek() != '}'; p.space() {
		if len(out) > 0 && !p.take(',') {
			return out, p.broken()
		}
		name, ok := p.key()
		if !ok {
			return out, p.broken()
		}
		p.space()
		start := p.i
		if !p.value() {
			return out, p.broken()
		}
		if p.deep > maxDepth {
			problem = "nests " + quote(name) + " too deep, which is left out"
			out = append(out, Member{Name: name, Raw: json.RawMessage(`"…"`)})
			continue
		}
		out = append(out, Member{Name: name, Raw: json.RawMessage(data[start:p.i:p.i])})
	}
	p.i++
	p.space()
	if p.i < len(p.s) {
		problem = "has something after its JSON object"
	}
	return out, problem
}

// elements reads the values of a valid JSON list.
func elements(raw json.RawMessage) []json.RawMessage {
	p := scanner{s: string(raw), i: 1}
	var out []json.RawMessage
	for p.space(); p.i < len(p.s) && p.peek() != ']'; p.space() {
		if len(out) > 0 {
			p.take(',')
			p.space()
		}
		start := p.i
		if !p.value() {
			break
		}
		out = append(out, raw[start:p.i:p.i])
	}
	return out
}

// broken says where the text stops being JSON.
func (p *scanner) broken() string {
	if p.i >= len(p.s) {
		return "ends in the middle of its JSON"
	}
	return "is not valid JSON from byte " + strconv.Itoa(p.i+1) + " on"
}

// value passes over one value of any kind.
func (p *scanner) value() bool {
	p.open, p.deep = p.open[:0], 0
	for {
		p.space()
		opened, ok := p.start()
		if !ok {
			return false
		}
		if opened {
			p.deep = max(p.deep, len(p.open))
			continue
		}
		more, ok := p.finish()
		if !more {
			return ok
		}
	}
}

// start passes over a scalar, an empty container, or the opening of a filled one.
func (p *scanner) start() (opened, ok bool) {
	switch c := p.peek(); c {
	case '{', '[':
		p.i++
		p.space()
		if p.peek() == c+2 { // '}' and ']' stand two after their partners in ASCII
			p.i++
			return false, true
		}
		p.open = append(p.open, c)
		if c == '{' {
			return true, p.name()
		}
		return true, true
	case '"':
		return false, p.text()
	case 't':
		return false, p.word("true")
	case 'f':
		return false, p.word("false")
	case 'n':
		return false, p.word("null")
	default:
		return false, p.number()
	}
}

// finish follows a value: it leaves the containers that end here, and says whether another value must come.
func (p *scanner) finish() (more, ok bool) {
	for len(p.open) > 0 {
		p.space()
		top := p.open[len(p.open)-1]
		if p.take(',') {
			if top == '{' {
				p.space()
				return p.nameThen()
			}
			return true, true
		}
		if !p.take(top + 2) {
			return false, false
		}
		p.open = p.open[:len(p.open)-1]
	}
	return false, true
}

func (p *scanner) nameThen() (more, ok bool) {
	ok = p.name()
	return ok, ok
}

// key reads a name and its colon.
func (p *scanner) key() (string, bool) {
	p.space()
	start := p.i
	if !p.text() {
		return "", false
	}
	name := unquote(p.s[start:p.i])
	p.space()
	return name, p.take(':')
}

// name passes over a name and its colon.
func (p *scanner) name() bool {
	if !p.text() {
		return false
	}
	p.space()
	return p.take(':')
}

func (p *scanner) text() bool {
	if !p.take('"') {
		return false
	}
	for ; p.i < len(p.s); p.i++ {
		switch c := p.s[p.i]; {
		case c == '"':
			p.i++
			return true
		case c == '\\':
			p.i++
			if !p.escape() {
				return false
			}
		case c < ' ':
			return false
		}
	}
	return false
}

// escape stands after a backslash and ends on the last byte of the escape.
func (p *scanner) escape() bool {
	switch p.peek() {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			p.i++
			if !strings.ContainsRune("0123456789abcdefABCDEF", rune(p.peek())) {
				return false
			}
		}
		return true
	}
	return false
}

func (p *scanner) number() bool {
	p.take('-')
	if !p.take('0') && !p.digits() {
		return false
	}
	if p.take('.') && !p.digits() {
		return false
	}
	if p.take('e') || p.take('E') {
		if !p.take('+') {
			p.take('-')
		}
		return p.digits()
	}
	return true
}

func (p *scanner) digits() bool {
	start := p.i
	for p.peek() >= '0' && p.peek() <= '9' {
		p.i++
	}
	return p.i > start
}

func (p *scanner) word(w string) bool {
	if !strings.HasPrefix(p.s[p.i:], w) {
		return false
	}
	p.i += len(w)
	return true
}

func (p *scanner) space() {
	for p.i < len(p.s) {
		switch p.s[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// peek gives the byte to come, or 0 at the end; a 0 byte is never valid JSON.
func (p *scanner) peek() byte {
	if p.i < len(p.s) {
		return p.s[p.i]
	}
	return 0
}

func (p *scanner) take(c byte) bool {
	if p.i < len(p.s) && p.s[p.i] == c {
		p.i++
		return true
	}
	return false
}

// unquote decodes a valid JSON string. Most names and texts hold no escape and are a slice of what was read.
func unquote(quoted string) string {
	plain := quoted[1 : len(quoted)-1]
	if isPlain(plain) {
		return plain
	}
	var s string
	if json.Unmarshal([]byte(quoted), &s) != nil {
		return plain
	}
	return s
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] == '\\' || s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func markDuplicates(all []Member) {
	if len(all) > 32 {
		first := make(map[string]int, len(all))
		for i := range all {
			if j, seen := first[all[i].Name]; seen {
				all[i].Duplicate, all[j].Duplicate = true, true
			} else {
				first[all[i].Name] = i
			}
		}
		return
	}
	for i := range all {
		for j := range i {
			if all[i].Name == all[j].Name {
				all[i].Duplicate, all[j].Duplicate = true, true
			}
		}
	}
}
