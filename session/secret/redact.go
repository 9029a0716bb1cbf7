package secret

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
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
	return replaceSpans(text, spans, Hidden)
}

func (r *Redactor) isShort(s string) bool {
	return slices.ContainsFunc(r.short, func(k String) bool { return k.Reveal() == s })
}

// Format writes [Hidden]: the tables of r contain secrets.
func (*Redactor) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }

// patterns returns what a [Redactor] looks for: raw, and what undoing escapes makes
// of that, because a text is undone as a whole. What folding leaves too little of, or makes a common word,
// must be spelled as in raw.
func patterns(raw string) []pattern {
	const levels = 3
	texts := []string{raw}
	from := 0
	for range levels {
		done := len(texts)
		for _, text := range texts[from:done] {
			for _, undo := range undoInText {
				if l := undo(&layer{text: text}, &limits{wide: true, reach: len(text)}); l != nil && len(l.text) >= minKnown {
					texts = append(texts, l.text)
				}
			}
		}
		from = done
	}
	slices.Sort(texts)
	var all []pattern
	for _, text := range slices.Compact(texts) {
		folded := fold(text)
		if len(folded) < 2 {
			continue
		}
		all = append(all, pattern{text, folded, isWeak(raw) || isWeak(folded) || len(folded) < minKnown, isWeak(raw) || len(raw) < minKnown})
	}
	return all
}

// withPasswords adds the password of each credential of HTTP Basic, RFC 7617: a
// server that reads it may repeat the password alone.
func withPasswords(known []String) []String {
	all := slices.Clone(known)
	for _, k := range known {
		pair, err := base64.StdEncoding.DecodeString(k.Reveal())
		if _, password, ok := strings.Cut(string(pair), ":"); err == nil && ok && utf8.Valid(pair) {
			all = append(all, New(password))
		}
	}
	return all
}

// isWeak reports whether raw is likely a part of other words: a short word, with
// a capital at most, or a short number.
func isWeak(raw string) bool {
	const short = 16
	rest := strings.TrimLeft(raw[1:], "abcdefghijklmnopqrstuvwxyz")
	number := strings.Trim(raw, "0123456789")
	return len(raw) <= short && (rest == "" && isAlnum(raw[0]) || number == "")
}
