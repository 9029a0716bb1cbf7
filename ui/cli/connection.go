package cli

import (
	"path/filepath"
	"strings"

	"github.com/spf13/pflag"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/certificate"
	"tokenring/session/definition"
	"tokenring/session/draft"
	"tokenring/session/reference"
	"tokenring/ui/cli/app"
)

// connectionFlags set an account's own way to its servers. They are named as those of
// curl.
type connectionFlags struct {
	cert, key, cacert, proxy, timeout, browser string
	resolve                                    []string
}

func (c *connectionFlags) flags(f *pflag.FlagSet) {
	f.StringVar(&c.cert, "cert", "", "show servers this client certificate: a PEM or PKCS#12 `FILE`, read at each use")
	f.StringVar(&c.key, "key", "", "the private key of --cert: a `FILE`, or env:NAME or cmd:program…, read at each use; --secret "+session.ConnectionKey+"=SOURCE stores it")
	f.StringVar(&c.cacert, "cacert", "", "trust the authorities in this `FILE` too")
	f.StringVar(&c.proxy, "proxy", "", "the proxy, `[scheme://][user@]host:port`, or direct for none; --secret "+session.ConnectionProxyPassword+"=SOURCE sets its password")
	f.StringArrayVar(&c.resolve, "resolve", nil, "connect to an address instead of a host's own: `HOST:PORT:ADDRESS`")
	f.StringVar(&c.timeout, "timeout", "", "how long one call of the account may take, such as `90s`")
	f.StringVar(&c.browser, "browser", "", "open login pages with this `COMMAND`, such as 'firefox -P work', instead of the usual browser")
}

// fill sets the connection of a form. It reads no file.
func (c *connectionFlags) fill(form *draft.Form) error {
	var err error
	to := &form.Connection
	if to.ClientCertificate, err = wholePath(c.cert); err != nil {
		return err
	}
	if to.Authority, err = wholePath(c.cacert); err != nil {
		return err
	}
	if proxy, err := address.ParseProxy(c.proxy); c.proxy != "" && err == nil && proxy.User != nil {
		if _, has := proxy.User.Password(); has {
			return app.Advise(errInArgument, "write --proxy %s://%s@%s and --secret %s=SOURCE, %s",
				proxy.Scheme, proxy.User.Username(), proxy.Host, session.ConnectionProxyPassword, secretSources)
		}
	}
	to.Proxy, to.Resolve, to.Timeout, to.Browser = c.proxy, c.resolve, c.timeout, c.browser
	switch {
	case c.key == "":
	case reference.Is(c.key):
		form.References[session.ConnectionKey] = c.key
	case certificate.Inline(c.key):
		return app.Advise(errInArgument, "name the key's file")
	default:
		path, err := wholePath(c.key)
		if err != nil {
			return err
		}
		form.References[session.ConnectionKey] = reference.File(path)
	}
	return nil
}

// wholePaths makes the paths of a form whole that a command of this folder names.
func wholePaths(form *draft.Form) (err error) {
	c := &form.Connection
	if !certificate.Inline(c.ClientCertificate) {
		c.ClientCertificate, err = wholePath(c.ClientCertificate)
	}
	if !certificate.Inline(c.Authority) && err == nil {
		c.Authority, err = wholePath(c.Authority)
	}
	path, ok := strings.CutPrefix(form.References[session.ConnectionKey], reference.File(""))
	if ok && err == nil {
		path, err = wholePath(path)
		form.References[session.ConnectionKey] = reference.File(path)
	}
	return err
}

// wholePath returns a path that does not depend on the working folder; "" stays "".
func wholePath(path string) (string, error) {
	if path == "" || strings.HasPrefix(path, "~/") {
		return path, nil
	}
	return filepath.Abs(path)
}

// connectionField returns the secret of a connection as a field; nil: it has no such
// secret.
func connectionField(name string) *definition.Field {
	label := map[string]string{
		session.ConnectionKey:           "Key of the client certificate",
		session.ConnectionPassphrase:    "Passphrase of the key",
		session.ConnectionProxyPassword: "Password for the proxy",
	}[name]
	if label == "" {
		return nil
	}
	return &definition.Field{Name: name, Label: label, Secret: true, Optional: true}
}

// connectionFlag names the flag that sets a part of a connection; "": it is not one.
func connectionFlag(part string) string {
	return map[string]string{
		session.ConnectionCertificate: "--cert", session.ConnectionAuthority: "--cacert", session.ConnectionProxy: "--proxy",
		session.ConnectionResolve: "--resolve", session.ConnectionKey: "--key", session.ConnectionTimeout: "--timeout",
		session.ConnectionBrowser: "--browser",
	}[part]
}
