package definition

import (
	"path/filepath"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/yaml"
)

// connection reads the connection to the servers. Files are checked when an account is saved.
func (d *decoder) connection(n *yaml.Node) {
	if n == nil {
		return
	}
	f, c := d.Mapping(n), &d.def.Connection
	d.def.ClientCertificate = f.Word("client_certificate", "required") != ""
	authority, proxy := f.Get("authority"), f.Get("proxy")
	if text, ok := d.Scalar(authority); ok {
		c.Authority = d.authority(authority, text)
	}
	if text, ok := d.Scalar(proxy); ok && d.isProxy(proxy, text) {
		c.Proxy = text
	}
	for _, at := range f.List("resolve") {
		text, ok := d.Scalar(at)
		if _, err := session.ParseOverride(text); ok && err != nil {
			d.Problem(at, "write HOST:PORT:ADDRESS, such as api.example.com:443:10.0.0.5", "%v", err)
		}
		c.Resolve = append(c.Resolve, text)
	}
	f.Done()
}

// authority returns the certificates, or the path of their file. A relative path is below the
// folder of the definition.
func (d *decoder) authority(at *yaml.Node, text string) string {
	if !certificate.Inline(text) {
		if strings.HasPrefix(text, "/") || strings.HasPrefix(text, "~/") || isDrive(text) {
			return text
		}
		path, err := filepath.Abs(filepath.Join(filepath.Dir(d.def.Source), text))
		if err != nil {
			d.Problem(at, "write its whole path", "%v", err)
		}
		return path
	}
	if strings.Contains(text, "PRIVATE KEY") {
		d.Problem(at, "take it out: a definition holds no secrets", "the authority contains a private key")
	} else if _, err := certificate.Authorities([]byte(text)); err != nil {
		d.Problem(at, "copy the certificate again, from -----BEGIN to -----END", "%v", err)
	}
	return text
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
