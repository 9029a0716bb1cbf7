package transport

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Origin is a scheme, host and port in the form "https://api.example.com:443"
// (RFC 6454). Two URLs share credentials only when their origins are equal.
type Origin string

// OriginOf returns the origin of u: lower-case, the default port written out,
// an IP address in its canonical form.
func OriginOf(u *url.URL) Origin {
	scheme, host, port := strings.ToLower(u.Scheme), lowerASCII(u.Hostname()), u.Port()
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.String()
	}
	if port == "" {
		port = defaultPort(scheme)
	}
	return Origin(scheme + "://" + net.JoinHostPort(host, port))
}

// ParseOrigin reads an origin, or takes that of a whole http or https URL.
func ParseOrigin(s string) (Origin, error) {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return "", fmt.Errorf("not an address; write it like https://api.example.com")
	}
	if scheme := strings.ToLower(u.Scheme); scheme != "http" && scheme != "https" {
		return "", fmt.Errorf("an address begins with https:// or http://")
	}
	return OriginOf(u), nil
}

// Host returns host[:port], without the port that the scheme implies.
func (o Origin) Host() string {
	u, err := url.Parse(string(o))
	if err != nil {
		return string(o)
	}
	if u.Port() == defaultPort(u.Scheme) {
		return strings.TrimSuffix(u.Host, ":"+u.Port())
	}
	return u.Host
}

// Loopback reports whether o is on this machine: localhost, a name below it (RFC 6761,
// section 6.3), or a loopback address. Plain HTTP is good enough there.
func Loopback(o Origin) bool {
	u, err := url.Parse(string(o))
	if err != nil {
		return false
	}
	if isLocalhost(u.Hostname()) {
		return true
	}
	addr, err := netip.ParseAddr(u.Hostname())
	return err == nil && addr.Unmap().IsLoopback()
}

func isLocalhost(host string) bool {
	host = strings.TrimSuffix(lowerASCII(host), ".")
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

func defaultPort(scheme string) string {
	switch scheme {
	case "https":
		return "443"
	case "http":
		return "80"
	}
	return ""
}

// lowerASCII leaves other letters alone: folding them could make two hosts
// equal that a resolver tells apart.
func lowerASCII(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, s)
}
