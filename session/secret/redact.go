package secret

import (
	"fmt"
	"io"
	"slices"
)

const (
	minKnown = 6  // bytes; shorter secrets match too many words
	minCut   = 16 // bytes of a secret that a truncated text ends with
)

// Redactor replaces known secrets in text with [Hidden], in any common
// encoding: raw, escaped for a query, a path or JSON, base64 of both alphabets
// (also inside a longer text), or hex. It is safe for concurrent use. A nil
// Redactor changes nothing.
type Redactor struct {
	find  *automaton
	short []String
}

// NewRedactor returns a Redactor of the known secrets. A secret of fewer than 6
// bytes matches only a whole text.
func NewRedactor(known ...String) *Redactor {
	r := &Redactor{}
	var patterns []string
	for _, k := range known {
		switch raw := k.Reveal(); {
		case raw == "":
		case len(raw) < minKnown:
			r.short = append(r.short, k)
		default:
			patterns = append(patterns, encodings(raw)...)
		}
	}
	slices.Sort(patterns)
	r.find = newAutomaton(slices.Compact(patterns))
	return r
}

// Text returns s without the known secrets.
func (r *Redactor) Text(s string) string {
	if out := redact(r, s); out != nil {
		return string(out)
	}
	return s
}

// Bytes returns b without the known secrets: b itself, or a changed copy.
func (r *Redactor) Bytes(b []byte) []byte {
	if out := redact(r, b); out != nil {
		return out
	}
	return b
}

// redact returns text without the known secrets, or nil if it has none.
func redact[T string | []byte](r *Redactor, text T) []byte {
	if r == nil || len(text) == 0 {
		return nil
	}
	if len(text) < minKnown && r.isShort(string(text)) {
		return []byte(Hidden)
	}
	spans := scan(r.find, text)
	if len(spans) == 0 {
		return nil
	}
	out := make([]byte, 0, len(text)+len(spans)*len(Hidden))
	at := 0
	for _, sp := range spans {
		out = append(out, text[at:sp.from]...)
		out = append(out, Hidden...)
		at = sp.to
	}
	return append(out, text[at:]...)
}

func (r *Redactor) isShort(s string) bool {
	return slices.ContainsFunc(r.short, func(k String) bool { return k.Reveal() == s })
}

// Format writes [Hidden]: the tables of r contain secrets.
func (*Redactor) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }
