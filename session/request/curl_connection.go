package request

import (
	"path/filepath"
	"strings"

	"tokenring/session"
	webaddress "tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/place"
	"tokenring/session/transport"
)

// Shell variables for values that a copied command line does not hold: secrets, and the
// files for a certificate, a key or an authority that only the ring has.
const (
	certVariable          = "TOKENRING_CLIENT_CERT"
	keyVariable           = "TOKENRING_CLIENT_KEY"
	passphraseVariable    = "TOKENRING_KEY_PASSPHRASE"
	authorityVariable     = "TOKENRING_CACERT"
	proxyPasswordVariable = "TOKENRING_PROXY_PASSWORD"
)

// connection adds the options for the account's connection.
func (c *curl) connection(to *transport.Connection) {
	cert, key := to.ClientCertificate, to.KeyFile
	if cert == "" { // the key's file holds both
		cert, key = key, ""
	}
	if cert != "" || !to.Key.IsZero() {
		c.file("--cert", cert, certVariable)
		if ext := strings.ToLower(filepath.Ext(cert)); ext == ".p12" || ext == ".pfx" {
			c.add(literal("--cert-type"), literal("P12"))
		}
	}
	if to.ClientCertificate != "" && !to.Key.IsZero() {
		c.file("--key", key, keyVariable)
	}
	if !to.Passphrase.IsZero() {
		c.add(literal("--pass"), text{{variable: passphraseVariable}})
	}
	if to.Authority != "" {
		c.file("--cacert", to.Authority, authorityVariable)
	}
	c.proxy(to)
	for _, entry := range to.Resolve {
		c.add(literal("--resolve"), literal(entry))
	}
}

// file adds an option with a file, or with the variable for a file that the user must write.
func (c *curl) file(option, path, variable string) {
	if path == "" || certificate.Inline(path) {
		c.add(literal(option), text{{variable: variable}})
		return
	}
	expanded, _ := place.ExpandHome(path) // unchanged without a home folder
	c.add(literal(option), literal(expanded))
}

func (c *curl) proxy(to *transport.Connection) {
	switch to.Proxy {
	case "":
		return
	case session.ProxyDirect:
		c.add(literal("--noproxy"), literal("*"))
		return
	}
	shown, user := to.Proxy, ""
	if proxy, err := webaddress.ParseProxy(to.Proxy); err == nil {
		user = proxy.User.Username()
		proxy.User = nil
		if proxy.Scheme == "socks5" { // curl would resolve host names itself
			proxy.Scheme = "socks5h"
		}
		shown = proxy.String()
	}
	c.add(literal("--proxy"), literal(shown))
	if user != "" && !to.ProxyPassword.IsZero() {
		c.add(literal("--proxy-user"), append(literal(user+":"), word{variable: proxyPasswordVariable}))
	} else if user != "" {
		c.add(literal("--proxy-user"), literal(user+":"))
	}
}
