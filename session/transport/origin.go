package transport

import (
	"net"
	"net/url"
	"strings"

	"tokenring/session/address"
)

// Origin is a scheme, host and port in the form "https://api.example.com:443"
// (RFC 6454). Two URLs share credentials only when their origins are equal.
type Origin string

// OriginOf returns the origin of u: lower-case, the default port written out, an
// international name in ASCII, an IP address in its canonical form.
func OriginOf(u *url.URL) Origin {
	scheme, host, port := strings.ToLower(u.Scheme), hostOf(u), u.Port()
	if plain, ok := address.Port(port); ok {
		port = plain
	}
	if port == "" {
		port = address.DefaultPort(scheme)
	}
	return Origin(scheme + "://" + net.JoinHostPort(host, port))
}

// hostOf returns the host of u in the form in which hosts are compared.
func hostOf(u *url.URL) string {
	if host, err := address.Host(u.Hostname()); err == nil {
		return host
	}
	return u.Hostname()
}

// ParseOrigin reads an origin, or takes that of a whole http or https URL.
func ParseOrigin(s string) (Origin, error) {
	u, err := address.Parse(s)
	if err != nil {
		return "", err
	}
	return OriginOf(u), nil
}

// Covers reports whether o is another origin, or a pattern such as https://*.example.com:443
// of hosts below a domain that the other is one of.
func (o Origin) Covers(other Origin) bool {
	domain, pattern := strings.CutPrefix(string(o), "https://*.")
	return o == other || pattern && strings.HasPrefix(string(other), "https://") && strings.HasSuffix(string(other), "."+domain)
}

// Host returns the host for a person to read; see address.ShowOrigin.
func (o Origin) Host() string {
	return address.ShowOrigin(string(o))
}

// Loopback reports whether o is on this machine: localhost, a name below it (RFC 6761,
// section 6.3), or a loopback address. Plain HTTP is good enough there.
func Loopback(o Origin) bool {
	u, err := url.Parse(string(o))
	return err == nil && isHere(u)
}

// isHere is Loopback for a URL.
func isHere(u *url.URL) bool { return address.IsLoopback(hostOf(u)) }
