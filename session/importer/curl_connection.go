package importer

import (
	"maps"
	"net/url"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/draft"
	"tokenring/session/lazy"
	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/session/shell"
)

// connect reads an option that names the way to the server, and reports whether it does. It
// leaves the request out if the way is in a variable without a value.
func (r *curlReader) connect(at place, o shell.Option) bool {
	way, value := &r.way, o.Value
	switch o.Name {
	case "cert":
		if m := withPassphrase().FindStringSubmatch(value); m != nil {
			value = m[1]
			setSecret(way, session.ConnectionPassphrase, m[2])
		}
		way.Connection.ClientCertificate = strings.ReplaceAll(value, `\:`, ":")
	case "key":
		way.References = map[string]string{session.ConnectionKey: reference.File(value)}
	case "pass":
		setSecret(way, session.ConnectionPassphrase, value)
	case "cacert":
		way.Connection.Authority = value
	case "proxy", "socks5", "socks5-hostname":
		r.proxy = o
	case "proxy-user":
		r.proxyUser = value
	case "noproxy":
		if r.direct = value == "*"; !r.direct {
			return false
		}
	case "resolve":
		if strings.HasPrefix(value, "-") { // removes one of curl's own
			return false
		}
		way.Connection.Resolve = append(way.Connection.Resolve, strings.TrimPrefix(value, "+"))
	default:
		return false
	}
	r.skipOpen(at, o.Value, "VALUE", "the way to its server")
	return true
}

// setProxy writes the scheme and port out that curl adds to the address of a proxy. It may hold
// the user and password, up to its last @ and escaped like an address; these come before those
// of an option. An empty one means none, whatever the environment says.
func (r *curlReader) setProxy() {
	if r.direct || r.proxy.Name != "" && r.proxy.Value == "" {
		r.way.Connection.Proxy = session.ProxyDirect
	}
	if r.direct || r.proxy.Value == "" {
		return
	}
	scheme, host, ok := strings.Cut(r.proxy.Value, "://")
	if !ok {
		scheme, host = map[string]string{"proxy": "http", "socks5": "socks5", "socks5-hostname": "socks5h"}[r.proxy.Name], r.proxy.Value
	}
	user, password, _ := strings.Cut(r.proxyUser, ":")
	host = strings.Trim(host, "/")
	if at := strings.LastIndex(host, "@"); at >= 0 {
		user, password, _ = strings.Cut(host[:at], ":")
		user, password, host = address.Unescape(user), address.Unescape(password), host[at+1:]
	}
	if !strings.Contains(host[strings.LastIndex(host, "]")+1:], ":") && scheme != "https" {
		host += ":1080"
	}
	if user != "" {
		host = url.User(user).String() + "@" + host
	}
	r.way.Connection.Proxy = scheme + "://" + host
	setSecret(&r.way, session.ConnectionProxyPassword, password)
}

func setSecret(way *draft.Form, name, value string) {
	if value != "" {
		way.NewSecrets[name] = secret.New(value)
	}
}

// withPassphrase matches CERTIFICATE:PASSPHRASE. A backslash keeps a colon in the path, and one
// letter before it is a drive.
var withPassphrase = lazy.Regexp(`(?s)^(.+[^\\]):(.*)$`)

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
