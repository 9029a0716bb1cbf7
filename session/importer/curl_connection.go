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

// connect reads the way to the server that the command names. It leaves the request out if it
// is in a variable without a value. The address of a proxy may hold the user and password, up
// to its last @ and escaped like an address; these come before those of an option.
func (r *curlReader) connect() {
	way := &draft.Form{NewSecrets: map[string]secret.String{}}
	proxy, user, direct := "", "", false
	for _, o := range r.options {
		at, value := r.at(o.Offset), o.Value
		switch o.Name {
		case "cert":
			file, passphrase := splitCert(value)
			way.Connection.ClientCertificate = file
			setSecret(way, session.ConnectionPassphrase, passphrase)
		case "key":
			way.References = map[string]string{session.ConnectionKey: reference.File(value)}
		case "pass":
			setSecret(way, session.ConnectionPassphrase, value)
		case "cacert":
			way.Connection.Authority = value
		case "proxy", "socks5", "socks5-hostname":
			proxy = proxyOf(o.Name, value)
		case "proxy-user":
			user = value
		case "noproxy":
			if direct = value == "*"; !direct {
				r.tellUntold(at, o.Name)
				continue
			}
		case "resolve":
			if strings.HasPrefix(value, "-") { // removes one of curl's own
				r.tellUntold(at, o.Name)
				continue
			}
			way.Connection.Resolve = append(way.Connection.Resolve, strings.TrimPrefix(value, "+"))
		default:
			continue
		}
		r.skipOpen(at, value, "VALUE", "the way to its server")
	}
	scheme, address, found := strings.Cut(proxy, "://")
	switch {
	case direct, proxy == session.ProxyDirect:
		way.Connection.Proxy = session.ProxyDirect
	case found:
		name, password, _ := strings.Cut(user, ":")
		if at := strings.LastIndex(address, "@"); at >= 0 {
			name, password, _ = strings.Cut(address[:at], ":")
			name, password = unescapePath(name), unescapePath(password)
			address = address[at+1:]
		}
		if name != "" {
			address = url.User(name).String() + "@" + address
		}
		way.Connection.Proxy = scheme + "://" + address
		setSecret(way, session.ConnectionProxyPassword, password)
	}
	if !way.Connection.IsZero() || len(way.References)+len(way.NewSecrets) > 0 {
		r.c.way = way
	}
}

func setSecret(way *draft.Form, name, value string) {
	if value != "" {
		way.NewSecrets[name] = secret.New(value)
	}
}

// unescapePath undoes the escapes of an address outside its query, where + is itself.
func unescapePath(s string) string {
	if plain, err := url.PathUnescape(s); err == nil {
		return plain
	}
	return s
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

// proxyOf writes the scheme and port out that curl adds to the address of a proxy. An empty one
// means none, whatever the environment says.
func proxyOf(option, value string) string {
	if value == "" {
		return session.ProxyDirect
	}
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
