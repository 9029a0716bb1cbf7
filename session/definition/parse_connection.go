package definition

import (
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/yaml"
)

// connection reads the way to the servers. What depends on files is checked when an
// account is saved.
func (d *decoder) connection(n *yaml.Node) {
	if n == nil {
		return
	}
	f, c := d.Mapping(n), &d.def.Connection
	d.def.ClientCertificate = f.Word("client_certificate", "required") != ""
	if at := f.Get("authority"); at != nil {
		if text, ok := d.Scalar(at); ok && d.isAuthority(at, text) {
			c.Authority = text
		}
	}
	if at := f.Get("proxy"); at != nil {
		if text, ok := d.Scalar(at); ok && d.isProxy(at, text) {
			c.Proxy = text
		}
	}
	for _, at := range f.List("resolve") {
		text, ok := d.Scalar(at)
		if !ok {
			continue
		}
		if _, err := session.ParseOverride(text); err != nil {
			d.Problem(at, "write HOST:PORT:ADDRESS, such as api.example.com:443:10.0.0.5", "%v", err)
			continue
		}
		c.Resolve = append(c.Resolve, text)
	}
	f.Done()
}

func (d *decoder) isAuthority(at *yaml.Node, text string) bool {
	if certificate.Inline(text) {
		if strings.Contains(text, "PRIVATE KEY") {
			d.Problem(at, "take it out: a definition holds no secrets", "there is a private key in the authority")
			return false
		}
		if _, err := certificate.Authorities([]byte(text)); err != nil {
			d.Problem(at, "copy the certificate again, from -----BEGIN to -----END", "%v", err)
			return false
		}
		return true
	}
	if !strings.HasPrefix(text, "/") && !strings.HasPrefix(text, "~/") && !isDrive(text) {
		d.Problem(at, "write its whole path, one that begins with ~/, or the certificate itself", "the file of the authority depends on the working folder")
		return false
	}
	return true
}

// isDrive reports whether a path begins with a drive of Windows or names a share.
func isDrive(path string) bool {
	return len(path) > 2 && path[1] == ':' && strings.ContainsAny(path[2:3], `\/`) || strings.HasPrefix(path, `\\`)
}

func (d *decoder) isProxy(at *yaml.Node, text string) bool {
	if text == session.ProxyDirect {
		return true
	}
	u, err := address.ParseProxy(text)
	switch {
	case err != nil:
		d.Problem(at, "write it like http://proxy.example.com:3128, or "+session.ProxyDirect, "the proxy cannot be used: %v", err)
		return false
	case u.User != nil:
		d.Problem(at, "give each account its own user and password for the proxy", "a definition holds no credentials")
		return false
	}
	return true
}
