package transport

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/secret"
)

// Connection is an account's own way to its servers, with its secrets. The zero value
// is the way that the machine and its environment say.
type Connection struct {
	session.Connection
	Key           secret.String // private key of the client certificate, PEM or PKCS#12
	KeyFile       string        // where Key was read, if from a file: for command lines
	Passphrase    secret.String // of the key
	ProxyPassword secret.String
}

// ConnectionError says why a part of a connection cannot be used. Its text holds
// nothing secret.
type ConnectionError struct {
	Part string // one of session.ConnectionCertificate and its like
	Text string
	Hint string // what to do next
}

func (e *ConnectionError) Error() string { return e.Text }

// prepared is a connection that was read and parsed.
type prepared struct {
	certificate *tls.Certificate // nil: none
	roots       *x509.CertPool   // nil: the system's
	proxy       *url.URL         // nil: what the environment says, or none
	direct      bool
	resolve     []session.Override
}

// material is a connection with what its files hold.
type material struct {
	c               *Connection
	cert, authority []byte
}

// read reads the files of a connection. The error is a *ConnectionError.
func (c *Connection) read() (material, error) {
	m := material{c: c}
	for _, f := range []struct {
		part certificate.Part
		name string
		into *[]byte
	}{
		{certificate.Certificate, c.ClientCertificate, &m.cert},
		{certificate.Authority, c.Authority, &m.authority},
	} {
		if f.name == "" {
			continue
		}
		data, err := certificate.Read(f.part, f.name)
		if err != nil {
			return m, explainCertificate(err)
		}
		*f.into = data
	}
	return m, nil
}

// id returns the same bytes for connections that are the same.
func (m *material) id() [sha256.Size]byte {
	h := sha256.New()
	parts := append([]string{
		string(m.cert), string(m.authority), m.c.Proxy, m.c.Key.Reveal(), m.c.Passphrase.Reveal(), m.c.ProxyPassword.Reveal(),
	}, m.c.Resolve...)
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// prepare parses what was read. The error is a *ConnectionError.
func (m *material) prepare() (*prepared, error) {
	p := &prepared{}
	var err error
	if len(m.cert) > 0 || !m.c.Key.IsZero() {
		if p.certificate, err = certificate.Parse(m.cert, []byte(m.c.Key.Reveal()), m.c.Passphrase.Reveal()); err != nil {
			return nil, explainCertificate(err)
		}
	}
	if len(m.authority) > 0 {
		certs, err := certificate.Authorities(m.authority)
		if err != nil {
			return nil, explainCertificate(err)
		}
		if p.roots, err = x509.SystemCertPool(); err != nil {
			p.roots = x509.NewCertPool()
		}
		for _, cert := range certs {
			p.roots.AddCert(cert)
		}
	}
	if err := p.takeWay(m.c); err != nil {
		return nil, err
	}
	return p, nil
}

// takeWay takes the proxy and the addresses of a connection.
func (p *prepared) takeWay(c *Connection) error {
	if err := p.takeProxy(c); err != nil {
		return err
	}
	for _, text := range c.Resolve {
		o, err := session.ParseOverride(text)
		if err != nil {
			return &ConnectionError{Part: session.ConnectionResolve, Text: err.Error(),
				Hint: "write HOST:PORT:ADDRESS, such as api.example.com:443:10.0.0.5"}
		}
		if p.proxy != nil && !o.Matches(withPort(p.proxy)) {
			return &ConnectionError{Part: session.ConnectionResolve, Text: "resolve has no effect behind a proxy, which looks hosts up itself",
				Hint: "leave one of the two out"}
		}
		p.resolve = append(p.resolve, o)
	}
	return nil
}

func (p *prepared) takeProxy(c *Connection) error {
	part := func(text, hint string) error {
		return &ConnectionError{Part: session.ConnectionProxy, Text: text, Hint: hint}
	}
	switch {
	case c.Proxy == "":
		return nil
	case c.Proxy == session.ProxyDirect:
		p.direct = true
		return nil
	}
	proxy, err := address.ParseProxy(c.Proxy)
	if err != nil {
		return part("the proxy cannot be used: "+err.Error(), "write it like http://proxy.example.com:3128, or "+session.ProxyDirect+" for none")
	}
	name := ""
	if proxy.User != nil {
		if _, has := proxy.User.Password(); has {
			return part("the address of the proxy holds a password", "take it out and enter it as the proxy's password")
		}
		name = proxy.User.Username()
	}
	if password := c.ProxyPassword.Reveal(); password != "" {
		if name == "" {
			return &ConnectionError{Part: session.ConnectionProxyPassword, Text: "there is a password for the proxy but no user",
				Hint: "name the user in its address: http://USER@proxy.example.com:3128"}
		}
		proxy.User = url.UserPassword(name, password)
	}
	p.proxy = proxy
	return nil
}

// Check reads the connection as a call does, and returns a *ConnectionError if it
// cannot be used at now.
func (c *Connection) Check(now time.Time) error {
	m, err := c.read()
	if err != nil {
		return err
	}
	p, err := m.prepare()
	if err != nil {
		return err
	}
	return p.inForce(now)
}

// Leaf returns the client certificate; nil: there is none. The error is a
// *ConnectionError.
func (c *Connection) Leaf() (*x509.Certificate, error) {
	m, err := c.read()
	if err != nil {
		return nil, err
	}
	p, err := m.prepare()
	if err != nil || p.certificate == nil {
		return nil, err
	}
	return p.certificate.Leaf, nil
}

// inForce returns an error if the client certificate is not valid at now: a server
// would only say that it refuses it.
func (p *prepared) inForce(now time.Time) error {
	if p.certificate == nil {
		return nil
	}
	return explainCertificate(certificate.InForce(p.certificate.Leaf, now))
}

// explainCertificate names the part of the connection that an error is about.
func explainCertificate(err error) error {
	var e *certificate.Error
	if !errors.As(err, &e) {
		return err
	}
	parts := map[certificate.Part]string{
		certificate.Certificate: session.ConnectionCertificate, certificate.Key: session.ConnectionKey,
		certificate.Passphrase: session.ConnectionPassphrase, certificate.Authority: session.ConnectionAuthority,
	}
	return &ConnectionError{Part: parts[e.Part], Text: e.Text, Hint: e.Hint}
}

// addressesOf returns the addresses to dial in the place of those of "host:port"; nil:
// its own. As in curl, a later entry counts more, and "*" for what no other names.
func (p *prepared) addressesOf(hostPort string) []string {
	for _, wild := range []bool{false, true} {
		for _, o := range slices.Backward(p.resolve) {
			if o.Wild() == wild && o.Matches(hostPort) {
				return o.Addresses
			}
		}
	}
	return nil
}
