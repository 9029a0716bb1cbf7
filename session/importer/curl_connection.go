package importer

import (
	"maps"
	"net/url"
	"strings"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/reference"
	"tokenring/session/secret"
)

// way returns the way to the server, which the command names.
func (r *curlReader) way() *draft.Form {
	if r.c.way == nil {
		r.c.way = &draft.Form{NewSecrets: map[string]secret.String{}}
	}
	return r.c.way
}

// connect applies an option of the connection, and reports whether it is one. It leaves the
// request out if the way to its server is in a variable without a value.
func (r *curlReader) connect(option, value string) bool {
	switch option {
	case "cert":
		file, passphrase := splitCert(value)
		r.way().Connection.ClientCertificate = file
		r.connectionSecret(session.ConnectionPassphrase, passphrase)
	case "key":
		r.way().References = map[string]string{session.ConnectionKey: reference.File(value)}
	case "pass":
		r.connectionSecret(session.ConnectionPassphrase, value)
	case "cacert":
		r.way().Connection.Authority = value
	case "proxy", "socks5", "socks5-hostname":
		r.proxy = proxyOf(option, value)
	case "proxy-user":
		r.proxyUser = value
	case "noproxy":
		if value != "*" {
			return false
		}
		r.noProxy = true
	case "resolve":
		if strings.HasPrefix(value, "-") { // removes one of curl's own
			return false
		}
		c := &r.way().Connection
		c.Resolve = append(c.Resolve, strings.TrimPrefix(value, "+"))
	case "cert-type", "key-type": // the file says it itself
	default:
		return false
	}
	if isOpen(value) {
		name := nameOf(anyMark().FindString(value))
		r.skip("give it with "+varFlag(name, "VALUE"), "the way to its server is in the variable %s, which has no value", name)
	}
	return true
}

// connected completes the connection when all options of a command are known. The
// address of a proxy may hold the user and password, up to its last @ and escaped like
// an address; these come before those of an option.
func (r *curlReader) connected() {
	scheme, address, ok := strings.Cut(r.proxy, "://")
	if r.noProxy || !ok {
		if r.noProxy {
			r.way().Connection.Proxy = session.ProxyDirect
		}
		return
	}
	user, password, _ := strings.Cut(r.proxyUser, ":")
	if at := strings.LastIndex(address, "@"); at >= 0 {
		user, password, _ = strings.Cut(address[:at], ":")
		user, password = unescapePath(user), unescapePath(password)
		address = address[at+1:]
	}
	if user != "" {
		address = url.User(user).String() + "@" + address
	}
	r.way().Connection.Proxy = scheme + "://" + address
	r.connectionSecret(session.ConnectionProxyPassword, password)
}

// unescapePath undoes the escapes of an address outside its query, where + is itself.
func unescapePath(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
}

func (r *curlReader) connectionSecret(name, value string) {
	if value != "" {
		r.way().NewSecrets[name] = secret.New(value)
	}
}

// splitCert splits CERTIFICATE[:PASSPHRASE]. A backslash keeps a colon in the path,
// and one letter before it is a drive.
func splitCert(value string) (file, passphrase string) {
	for i := len(value) - 1; i > 1; i-- {
		if value[i] == ':' && value[i-1] != '\\' {
			file, passphrase = value[:i], value[i+1:]
			return strings.ReplaceAll(file, `\:`, ":"), passphrase
		}
	}
	return strings.ReplaceAll(value, `\:`, ":"), ""
}

// proxyOf writes the scheme and port out that curl adds to the address of a proxy.
func proxyOf(option, value string) string {
	scheme, address, ok := strings.Cut(value, "://")
	if !ok {
		scheme, address = map[string]string{"proxy": "http", "socks5": "socks5", "socks5-hostname": "socks5h"}[option], value
	}
	address = strings.Trim(address, "/")
	host := address[strings.LastIndex(address, "@")+1:]
	if !strings.Contains(host[strings.LastIndex(host, "]")+1:], ":") && scheme != "https" {
		address += ":1080"
	}
	return scheme + "://" + address
}

// takeConnection sets the connection of a new account to the first that its calls name.
func (p *parser) takeConnection(g *group) {
	switch a, c := &g.account, g.way; {
	case c == nil:
	case a.Exists:
		p.once(c.at, "edit the account to change that", "%s reaches its server in its own way: certificate, proxy and resolve of the command were left out", a.Name)
	default:
		a.Connection, a.References = c.way.Connection, c.way.References
		maps.Copy(a.NewSecrets, c.way.NewSecrets)
	}
}
