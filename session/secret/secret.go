// Package secret holds values that must not be seen by accident, and makes
// text that came from elsewhere fit to be seen.
//
// [String] keeps a credential or a token and prints as a mask, whatever prints
// it. [Redactor] finds known secrets in text that a server sent back.
// [CleanLine] and [CleanText] take away everything in foreign text that a
// terminal would obey or that would make it show something else than it says.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is printed in place of a secret.
const Hidden = "••••••"

// String is a secret text. Every way to print, log or marshal it writes
// [Hidden]; only [String.Reveal] returns the text itself. The zero value is an
// absent secret.
//
// Strings are compared with [String.Equal]; == compares identities.
type String struct {
	// A pointer, because fmt reads unexported fields without asking their
	// methods, and of a nested pointer it prints the address alone.
	p *string
}

// New returns s as a secret.
func New(s string) String { return String{p: &s} }

// Reveal returns the raw text. It is for the wire, the vault, the clipboard,
// and for what a person asked to see.
func (s String) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether there is no text in s.
func (s String) IsZero() bool { return s.Reveal() == "" }

// Equal reports whether s and o hold the same text, in a time that depends on
// their lengths only.
func (s String) Equal(o String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String returns [Hidden].
func (String) String() string { return Hidden }

// GoString returns [Hidden].
func (String) GoString() string { return Hidden }

// Format writes [Hidden] for every verb.
func (String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }

// LogValue returns [Hidden].
func (String) LogValue() slog.Value { return slog.StringValue(Hidden) }

// MarshalText returns [Hidden].
func (String) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

// MarshalJSON returns [Hidden] as a JSON string.
func (String) MarshalJSON() ([]byte, error) { return []byte(`"` + Hidden + `"`), nil }

const (
	maskHead = 6
	maskTail = 4
	// A text is masked head and tail only when the mask hides more of it than
	// it shows.
	maskMin = 2*(maskHead+maskTail) + 1
)

// Mask shortens a token so that a person can recognise it and nobody can use
// it: the first 6 and the last 4 characters around an ellipsis. Texts of up to
// 20 characters become [Hidden]. The result is safe for a terminal.
func Mask(raw string) string {
	clean := []rune(CleanLine(raw))
	if len(clean) < maskMin {
		return Hidden
	}
	return CleanLine(string(clean[:maskHead]) + "…" + string(clean[len(clean)-maskTail:]))
}
