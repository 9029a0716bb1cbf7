// Package address reads the addresses that people, definitions and files name, and
// writes hosts for a person to read.
package address

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Trim takes off what a copied address has around it: blanks, and characters without
// a width.
func Trim(text string) string {
	return strings.TrimFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || r == '\u200b' || r == '\u2060' || r == '\ufeff'
	})
}

// Parse reads an absolute http or https URL. Its host is as it is looked up, in ASCII
// and lower case, and its port without leading zeros. The error quotes nothing.
func Parse(text string) (*url.URL, error) {
	u, err := url.Parse(Trim(text))
	switch {
	case err != nil && strings.Contains(err.Error(), "invalid port"):
		return nil, errPort
	case err != nil || u.Host == "" || u.Hostname() == "":
		return nil, errors.New("not an address; write it like https://api.example.com")
	}
	if u.Scheme = strings.ToLower(u.Scheme); u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("an address begins with https:// or http://")
	}
	host, err := Host(u.Hostname())
	if err != nil {
		return nil, err
	}
	port, ok := Port(u.Port())
	if !ok {
		return nil, errPort
	}
	u.Host = join(host, port)
	return u, nil
}

// ErrPart is in the chain of the errors about a part of what is an address.
var ErrPart = errors.New("a part of the address")

var (
	errPort = partError("the port of the address is not a number from 1 to 65535")
	errHost = partError("the host of the address is not an international name that can be looked up")
)

type partError string

func (e partError) Error() string { return string(e) }
func (e partError) Unwrap() error { return ErrPart }

// Port returns a port without leading zeros, "" for none. It is a number from 1 to 65535.
func Port(text string) (string, bool) {
	if text == "" {
		return "", true
	}
	n, err := strconv.ParseUint(text, 10, 16)
	return strconv.FormatUint(n, 10), err == nil && n > 0 && text[0] != '+'
}

// join writes a host and a port, which may be "".
func join(host, port string) string {
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		return host
	}
	return host + ":" + port
}

// Host returns a host in the form in which hosts are compared and looked up: in lower
// case, an international name in ASCII (RFC 5891), an IP address in its canonical form.
func Host(host string) (string, error) {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String(), nil
	}
	if isASCII(host) {
		return strings.ToLower(host), nil
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil || ascii == "" {
		return "", errHost
	}
	return ascii, nil
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}

// IsLocal reports whether a name is this machine whatever a name server says: localhost
// or a name below it (RFC 6761, section 6.3).
func IsLocal(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// IsLoopback reports whether a host is this machine: a name of it, or a loopback address.
func IsLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return IsLocal(host) || err == nil && addr.Unmap().IsLoopback()
}

// Show writes a URL or origin for a person to read: without the port that its scheme
// implies, an international host in its own letters, and in ASCII beside it where it may
// look like another one.
func Show(text string) string {
	start := strings.Index(text, "://")
	if start < 0 {
		return text
	}
	port := ":" + DefaultPort(text[:start])
	start += len("://")
	end := len(text)
	if i := strings.IndexAny(text[start:], "/?#"); i >= 0 {
		end = start + i
	}
	if at := strings.LastIndexByte(text[start:end], '@'); at >= 0 {
		start += at + 1
	}
	host := text[start:end]
	if port != ":" {
		host = strings.TrimSuffix(host, port)
	}
	readable, ascii := readable(host)
	text = text[:start] + readable + text[end:]
	if ascii != "" {
		text += " (" + ascii + ")"
	}
	return text
}

// ShowOrigin writes the host[:port] of an origin like Show.
func ShowOrigin(origin string) string {
	shown := Show(origin)
	if _, host, ok := strings.Cut(shown, "://"); ok {
		return host
	}
	return shown
}

// DefaultPort returns the port that a scheme implies, or "".
func DefaultPort(scheme string) string {
	switch scheme {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return ""
}

// readable returns a host[:port] in its own letters, and its ASCII form where a person
// may take it for another host.
func readable(host string) (text, ascii string) {
	if isASCII(host) && !strings.Contains(host, "%") && !strings.Contains(strings.ToLower(host), "xn--") {
		return host, ""
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = host, ""
	}
	plain, err := Host(Unescape(name)) // as url.URL writes letters beyond ASCII
	if err != nil || !strings.Contains(plain, "xn--") {
		return host, ""
	}
	name, err = idna.Lookup.ToUnicode(plain)
	if err != nil {
		return join(plain, port), ""
	}
	if strings.ContainsFunc(name, isDeceptive) {
		ascii = plain
	}
	return join(name, port), ascii
}

// Unescape undoes the percent-encoding of a part of an address outside its query, where + is
// itself. What cannot be undone stays, as do bytes that are no text.
func Unescape(part string) string { return unescapeWith(url.PathUnescape, part) }

// UnescapeQuery is Unescape for a name or a value of a query or a form.
func UnescapeQuery(part string) string { return unescapeWith(url.QueryUnescape, part) }

func unescapeWith(unescape func(string) (string, error), part string) string {
	if plain, err := unescape(part); err == nil && utf8.ValidString(plain) {
		return plain
	}
	return part
}

// isDeceptive reports whether a letter may be taken for one of ASCII: it is of another
// script than Latin, or of the Latin letters beyond those of European languages.
func isDeceptive(r rune) bool {
	switch {
	case r <= unicode.MaxASCII:
		return false
	case r == 'ı', r == 'ĸ', r == 'ŀ', r == 'ŉ', r == 'ſ':
		return true
	}
	return r < 'ß' || r > 'ž'
}

// ParseProxy reads the address of a proxy, "[scheme://][user:password@]host[:port]".
// The scheme is http (also where none is written), https, socks5 or socks5h; with
// both kinds of socks5 the proxy looks up the name of the server. The error says what
// is wrong and quotes nothing, because the text may hold a password.
func ParseProxy(s string) (*url.URL, error) {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "://") {
		s = "http://" + s
	}
	scheme, rest, _ := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	switch scheme {
	case "http", "https", "socks5", "socks5h":
	default:
		return nil, errors.New("its scheme is not http, https, socks5 or socks5h")
	}
	at := strings.LastIndex(rest, "@")
	if end := strings.IndexAny(rest, "/?#"); end >= 0 && end < at {
		return nil, errors.New("its user name or password holds a /, ? or #; write them %2F, %3F and %23")
	}
	user, host := "", rest
	if at >= 0 {
		user, host = rest[:at+1], rest[at+1:]
	}
	if _, err := url.Parse("http://" + user + "proxy"); err != nil {
		return nil, errors.New("its user name or password holds a character that must be escaped; write % as %25, and others like it")
	}
	u, err := url.Parse(scheme + "://" + user + host)
	if err != nil || u.Hostname() == "" || strings.ContainsAny(u.Hostname(), " %") {
		return nil, errors.New("it is not an address like http://proxy.example.com:3128")
	}
	if _, ok := Port(u.Port()); !ok || strings.HasSuffix(u.Host, ":") {
		return nil, errors.New("its port is not a number from 1 to 65535")
	}
	return &url.URL{Scheme: scheme, User: u.User, Host: u.Host}, nil
}
