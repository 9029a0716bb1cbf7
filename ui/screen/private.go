package screen

import (
	"net/url"
	"regexp"
	"strings"
	"sync"

	"tokenring/session/secret"
)

// email finds addresses of people; a host without a dot ("admin@edge") is no
// address but a name somebody chose.
var email = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`[\pL\pN._%+'-]+@[\pL\pN-]+(\.[\pL\pN-]+)+`)
})

// Line makes text from elsewhere fit for one line of the screen, without
// e-mail addresses while others are watching.
func (c *Context) Line(s string) string {
	s = secret.CleanLine(s)
	if c.Share && strings.Contains(s, "@") {
		s = email().ReplaceAllString(s, secret.Hidden)
	}
	return s
}

// Person is Line for a text that says who somebody is: hidden while others
// are watching.
func (c *Context) Person(s string) string {
	if c.Share && s != "" {
		return secret.Hidden
	}
	return secret.CleanLine(s)
}

// URL is Line for an address; the user part of its host is never shown while
// others are watching, and its password never at all.
func (c *Context) URL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return c.Line(raw)
	}
	if c.Share {
		u.User = nil
		return c.Line(u.String())
	}
	return c.Line(u.Redacted())
}
