package screen

import (
	"net/url"
	"strings"

	"tokenring/session/address"
	"tokenring/session/lazy"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// email matches e-mail addresses. A host without a dot ("admin@edge") makes a
// name that the user chose.
var email = lazy.Regexp(`[\pL\pN._%+'-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)

// Line sanitizes text from elsewhere for one line of the screen, and hides e-mail
// addresses while others are watching.
func (c *Context) Line(s string) string {
	s = secret.CleanLine(s)
	if c.Share && strings.Contains(s, "@") {
		s = email().ReplaceAllString(s, secret.Hidden)
	}
	return s
}

// URL is Line for a URL. It never shows a password, and no user name while others
// are watching.
func (c *Context) URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return c.Line(address.Show(raw))
	}
	if c.Share {
		u.User = nil
		return c.Line(u.String())
	}
	return c.Line(u.Redacted())
}

// Unwrap makes one line of a pasted secret of several: it is a token that was
// wrapped. A longer text stays, until the field that it is for takes the token out.
func Unwrap(pasted string) string {
	if value, note, fault := token.Enter(secret.New(pasted)); note == "" && fault == "" {
		return value.Reveal()
	}
	return pasted
}
