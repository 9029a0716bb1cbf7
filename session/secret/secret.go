// Package secret protects secrets from accidental display, and sanitizes foreign
// text. [String] holds a credential or token and always prints as a mask,
// [Redactor] finds known secrets in a server's text, and [CleanLine] and
// [CleanText] remove what a terminal would obey or what would mislead a reader.
package secret

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// Hidden is printed in place of a secret.
const Hidden = "••••••"

// String is a secret text. It prints, logs and marshals as [Hidden]; only
// [String.Reveal] returns the text. Compare with [String.Equal]; == compares
// identities. The zero value is an absent secret.
type String struct {
	// A pointer, because fmt prints unexported fields without their methods, but
	// nested pointers only as addresses.
	p *string
}

// New returns s as a secret.
func New(s string) String { return String{p: &s} }

// Reveal returns the text for the wire, the vault, the clipboard, or a person's
// request.
func (s String) Reveal() string {
	if s.p == nil {
		return ""
	}
	return *s.p
}

// IsZero reports whether s is empty.
func (s String) IsZero() bool { return s.Reveal() == "" }

// Equal reports whether s and o hold the same text, in constant time.
func (s String) Equal(o String) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(o.Reveal())) == 1
}

// String returns [Hidden].
func (String) String() string { return Hidden }

// Format writes [Hidden] for every verb.
func (String) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Hidden) }

// LogValue returns [Hidden].
func (String) LogValue() slog.Value { return slog.StringValue(Hidden) }

// MarshalText returns [Hidden], which JSON takes too.
func (String) MarshalText() ([]byte, error) { return []byte(Hidden), nil }

const (
	maskHead = 6
	maskTail = 4
	maskMin  = 2*(maskHead+maskTail) + 1 // the mask must hide more than it shows
)

// Mask shortens a token so that a person recognises it but cannot use it: the
// first 6 and last 4 characters around an ellipsis, or [Hidden] for up to 20
// characters. The result is safe for a terminal.
func Mask(raw string) string {
	clean := []rune(CleanLine(raw))
	if len(clean) < maskMin {
		return Hidden
	}
	return CleanLine(string(clean[:maskHead]) + "…" + string(clean[len(clean)-maskTail:]))
}
