package session

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/prose"
	"tokenring/session/secret"
)

// Connection configures how to reach the servers of an account. An empty field leaves the
// defaults of the machine and its environment. Its secrets, such as a private key, are
// sealed values or references of the account; see the names below.
type Connection struct {
	ClientCertificate string   `yaml:"client_certificate,omitempty" json:"client_certificate,omitempty"` // PEM text, or the path of a PEM, DER or PKCS#12 file
	Authority         string   `yaml:"authority,omitempty" json:"authority,omitempty"`                   // certificates trusted in addition to the system's: PEM text, or the path of a file
	Proxy             string   `yaml:"proxy,omitempty" json:"proxy,omitempty"`                           // address without a password; ProxyDirect: no proxy
	Resolve           []string `yaml:"resolve,omitempty" json:"resolve,omitempty"`                       // HOST:PORT:ADDRESS[,ADDRESS]…, like curl's --resolve
	Timeout           string   `yaml:"timeout,omitempty" json:"timeout,omitempty"`                       // of one call, such as 90s; see ParseTimeout
	Browser           string   `yaml:"browser,omitempty" json:"browser,omitempty"`                       // the command that opens login pages, with the address for %s or at its end; never from a definition
}

// ProxyDirect as a proxy means none, even if the environment sets one.
const ProxyDirect = "direct"

// The names of a connection's parts among the fields of an account. No field of a
// definition can have such a name.
const (
	ConnectionCertificate = "connection.client_certificate"
	ConnectionAuthority   = "connection.authority"
	ConnectionProxy       = "connection.proxy"
	ConnectionResolve     = "connection.resolve"
	ConnectionTimeout     = "connection.timeout"
	ConnectionBrowser     = "connection.browser"

	// Its secrets, which are stored or referenced like the secret fields of an account.

	ConnectionKey           = "connection.key"            // private key of the client certificate: PEM, or PKCS#12 that may hold the certificate too
	ConnectionPassphrase    = "connection.passphrase"     // of an encrypted key or PKCS#12 file
	ConnectionProxyPassword = "connection.proxy_password" // of the user in the proxy's address
)

// Bounds of the timeout of one call.
const (
	MinTimeout = 100 * time.Millisecond
	MaxTimeout = time.Hour
)

// ParseTimeout parses a timeout such as 90s. It returns 0 for "", which sets none.
func ParseTimeout(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	t, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return 0, errors.New("a timeout is a number with a unit, such as 500ms, 90s or 5m")
	case t < MinTimeout || t > MaxTimeout:
		return 0, errors.New("a timeout must be from 100ms to 1h")
	}
	return t, nil
}

// ConnectionSecrets lists the names of the secrets of connections.
func ConnectionSecrets() []string {
	return []string{ConnectionKey, ConnectionPassphrase, ConnectionProxyPassword}
}

// String formats c in one line, for a person who may have to agree to it. It clips each
// part, so that none hides another.
func (c Connection) String() string {
	var parts []string
	add := func(text string) { parts = append(parts, prose.Clip(secret.CleanLine(text), maxPart)) }
	if c.ClientCertificate != "" {
		add("client certificate " + certificate.Describe(c.ClientCertificate))
	}
	if c.Authority != "" {
		add("authority " + certificate.Describe(c.Authority))
	}
	switch c.Proxy {
	case "":
	case ProxyDirect:
		add("no proxy")
	default:
		add("proxy " + shownProxy(c.Proxy))
	}
	for _, one := range c.Resolve {
		add("resolve " + one)
	}
	if c.Timeout != "" {
		add("timeout " + c.Timeout)
	}
	if c.Browser != "" {
		add("browser " + c.Browser)
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// shownProxy returns the address of a proxy without its password, which may be anywhere in
// an invalid address.
func shownProxy(text string) string {
	proxy, err := address.ParseProxy(text)
	if err != nil {
		return "with an invalid address"
	}
	if proxy.User != nil {
		proxy.User = url.User(proxy.User.Username())
	}
	return proxy.String()
}

const maxPart = 300 // runes of one part of a connection or a list; a host name has up to 253

// IsZero reports whether c sets nothing.
func (c Connection) IsZero() bool { return c.Equal(Connection{}) }

// Equal reports whether two connections are equal.
func (c Connection) Equal(d Connection) bool {
	return c.ClientCertificate == d.ClientCertificate && c.Authority == d.Authority && c.Proxy == d.Proxy && slices.Equal(c.Resolve, d.Resolve) && c.Timeout == d.Timeout && c.Browser == d.Browser
}

// Or returns c with its empty fields taken from d, but for Browser: a definition, whose connection
// d is, names no program.
func (c Connection) Or(d Connection) Connection {
	c.ClientCertificate, c.Authority = cmp.Or(c.ClientCertificate, d.ClientCertificate), cmp.Or(c.Authority, d.Authority)
	c.Proxy, c.Timeout = cmp.Or(c.Proxy, d.Proxy), cmp.Or(c.Timeout, d.Timeout)
	if len(c.Resolve) == 0 {
		c.Resolve = d.Resolve
	}
	return c
}
