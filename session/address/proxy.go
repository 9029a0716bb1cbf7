package address

import (
	"errors"
	"net/url"
	"strings"
)

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
