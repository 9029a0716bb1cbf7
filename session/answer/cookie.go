package answer

import (
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tokenring/session/lazy"
)

// Cookie is a cookie as a server set it (RFC 6265, section 5.2). net/http would drop a
// value with quotes, blanks, commas or non-ASCII characters, or strip its quotes.
type Cookie struct {
	CookieScope

	Value   string
	HasPath bool      // the server stated Path
	MaxAge  *int64    // seconds; nil: not stated
	Expires time.Time // zero: not stated
}

// CookieScope is the name of a cookie and where it is sent.
type CookieScope struct {
	Name   string
	Host   string // the only host that receives it; "" with a Domain
	Domain string // its subdomains receive the cookie too
	Path   string
	Secure bool
}

// ParseCookies parses the Set-Cookie headers of an answer of u. It omits cookies for
// another domain.
func ParseCookies(h http.Header, u *url.URL) (cookies []Cookie) {
	for _, line := range h["Set-Cookie"] {
		if c, ok := parseCookie(line, u); ok {
			cookies = append(cookies, c)
		}
	}
	return cookies
}

func parseCookie(line string, u *url.URL) (c Cookie, ok bool) {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, found := strings.Cut(pair, "=")
	c = Cookie{CookieScope: CookieScope{Name: trimBlank(name), Path: defaultPath(u.EscapedPath())}, Value: trimBlank(value)}
	for attribute := range strings.SplitSeq(attributes, ";") {
		name, value, _ := strings.Cut(attribute, "=")
		c.set(strings.ToLower(trimBlank(name)), trimBlank(value), u)
	}
	if c.Domain == "" {
		c.Host = strings.ToLower(u.Hostname())
	}
	return c, found && c.Name != "" && c.hosts(u)
}

// set applies one attribute and ignores unknown and invalid ones.
func (c *Cookie) set(name, value string, u *url.URL) {
	switch name {
	case "expires":
		if at, ok := cookieDate(value); ok {
			c.Expires = at
		}
	case "max-age":
		if digits := strings.TrimPrefix(value, "-"); digits == "" || strings.Trim(digits, "0123456789") != "" {
			return
		}
		seconds, err := strconv.ParseInt(value, 10, 64)
		if err != nil { // too large
			seconds = math.MaxInt64
		}
		if strings.HasPrefix(value, "-") {
			seconds = 0
		}
		c.MaxAge = &seconds
	case "domain":
		c.Domain = strings.ToLower(strings.TrimPrefix(value, "."))
	case "path":
		c.Path, c.HasPath = value, strings.HasPrefix(value, "/")
		if !c.HasPath {
			c.Path = defaultPath(u.EscapedPath())
		}
	case "secure":
		c.Secure = true
	}
}

func trimBlank(s string) string { return strings.Trim(s, " \t") }

// defaultPath returns the path of a cookie without that attribute (section 5.1.4).
func defaultPath(of string) string {
	if !strings.HasPrefix(of, "/") {
		return "/"
	}
	return path.Dir(of + "x") // without a trailing slash
}

func domainMatches(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain) && net.ParseIP(host) == nil
}

// Stated returns the scope that the server stated, without the default path of section
// 5.1.4.
func (c *Cookie) Stated() CookieScope {
	s := c.CookieScope
	if !c.HasPath {
		s.Path = "/"
	}
	return s
}

// hosts reports whether the cookie is for the host of u.
func (s *CookieScope) hosts(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if s.Domain == "" {
		return host == s.Host
	}
	return domainMatches(host, s.Domain)
}

// Matches reports whether the cookie is sent to u (section 5.4). secure says that u is a
// secure origin or this machine.
func (s *CookieScope) Matches(u *url.URL, secure bool) bool {
	at := u.EscapedPath()
	if at == "" {
		at = "/"
	}
	within := at == s.Path || strings.HasPrefix(at, s.Path) && (strings.HasSuffix(s.Path, "/") || at[len(s.Path)] == '/')
	return s.hosts(u) && within && (secure || !s.Secure)
}

// End returns when a cookie that was set at a time of the server's clock expires on that
// clock, or zero. source is the attribute that decides: Max-Age before Expires (section
// 5.3).
func (c *Cookie) End(set time.Time) (at time.Time, source string) {
	switch {
	case c.MaxAge == nil:
		if !c.Expires.IsZero() {
			source = "Expires"
		}
		return c.Expires, source
	case *c.MaxAge > latest.Unix()-set.Unix():
		return latest, "Max-Age"
	}
	return time.Unix(set.Unix()+*c.MaxAge, int64(set.Nanosecond())).UTC(), "Max-Age"
}

// latest is the last date that RFC 3339 can write.
var latest = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// Kept returns the cookies that a client keeps at a time of the server's clock: a later
// cookie replaces one of the same name, domain and path, and an expired one removes it.
func Kept(cookies []Cookie, now time.Time) (kept []Cookie) {
	last := map[CookieScope]int{}
	scope := func(i int) CookieScope {
		s := cookies[i].CookieScope
		s.Secure = false
		return s
	}
	for i := range cookies {
		last[scope(i)] = i
	}
	for i := range cookies {
		if end, source := cookies[i].End(now); last[scope(i)] == i && (source == "" || end.After(now)) {
			kept = append(kept, cookies[i])
		}
	}
	return kept
}

// The parts of a date in section 5.1.1. Anything but a digit may follow a number.
var (
	cookieTime  = lazy.Regexp(`^(\d{1,2}:\d{1,2}:\d{1,2})(?:\D|$)`)
	cookieDay   = lazy.Regexp(`^(\d{1,2})(?:\D|$)`)
	cookieMonth = lazy.Regexp(`^(?i)(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)`)
	cookieYear  = lazy.Regexp(`^(\d{2,4})(?:\D|$)`)
	notInDates  = lazy.Regexp(`[\t -/;-@\[-\x60{-~]+`)
)

// cookieDate parses a date by section 5.1.1, which accepts more than RFC 9110.
func cookieDate(text string) (time.Time, bool) {
	var clock, day, month, year string
	for _, word := range notInDates().Split(text, -1) {
		for _, part := range []struct {
			found *string
			form  *regexp.Regexp
		}{{&clock, cookieTime()}, {&day, cookieDay()}, {&month, cookieMonth()}, {&year, cookieYear()}} {
			if *part.found != "" {
				continue
			}
			if m := part.form.FindStringSubmatch(word); m != nil {
				*part.found = m[1]
				break
			}
		}
	}
	y, _ := strconv.Atoi(year)
	switch {
	case len(year) == 2 && y < 70:
		y += 2000
	case len(year) == 2:
		y += 1900
	}
	at, err := time.Parse("2 Jan 2006 15:4:5", fmt.Sprintf("%s %s %04d %s", day, month, y, clock))
	return at, err == nil && y >= 1601
}
