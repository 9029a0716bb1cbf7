package secret

import (
	"fmt"
	"io"
	"slices"
	"unsafe"
)

const (
	minKnown = 6  // bytes; shorter secrets match too many words
	minWord  = 4  // bytes of one that counts as a word by itself
	minCut   = 16 // bytes of a secret that a truncated text ends with
)

// Redactor replaces known secrets in text with [Hidden], also in what the text
// means when it is decoded, up to three times: the escapes of JSON, JavaScript, C,
// URLs, HTML, SQL and CSV, quoted-printable, base64 and hex at each position, on one
// line or several, lists of bytes, UTF-16, and UTF-8 taken for
// windows-1252. Letters count in either case, and in each normalization of Unicode. It
// does not look into compressed or encrypted text. A secret that is a common word, such as "password", is hidden as
// it is spelled, where it is a word by itself and no name of a value. A Redactor is
// safe for concurrent use. A nil Redactor changes nothing.
type Redactor struct {
	known *automaton
	short []String
}

// NewRedactor returns a Redactor of the known secrets. A secret of fewer than 6
// bytes matches only a whole text.
func NewRedactor(known ...String) *Redactor { return newRedactor(known, minKnown) }

// NewDeclared returns a Redactor of what a file calls secret. One of four or five bytes
// counts as a common word does.
func NewDeclared(known ...String) *Redactor { return newRedactor(known, minWord) }

func newRedactor(known []String, least int) *Redactor {
	r := &Redactor{}
	var all []pattern
	for _, k := range withPasswords(known) {
		switch raw := k.Reveal(); {
		case raw == "":
		case len(raw) < least:
			r.short = append(r.short, k)
		default:
			all = append(all, patterns(raw)...)
		}
	}
	r.known = newAutomaton(all)
	return r
}

// Text returns s without the known secrets.
func (r *Redactor) Text(s string) string {
	if out := r.redact(s); out != nil {
		return string(out)
	}
	return s
}

// Bytes returns b without the known secrets: b itself, or a changed copy.
func (r *Redactor) Bytes(b []byte) []byte {
	if out := r.redact(unsafe.String(unsafe.SliceData(b), len(b))); out != nil { // a copy of it takes as long as a search
		return out
	}
	return b
}

// redact returns text without the known secrets, or nil if it has none.
func (r *Redactor) redact(text string) []byte {
	if r == nil || len(text) == 0 {
		return nil
	}
	if len(text) < minKnown && r.isShort(text) {
		return []byte(Hidden)
	}
	spans := r.known.find(text)
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
