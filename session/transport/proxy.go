package transport

import (
	"errors"
	"iter"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/secret"
)

// Route is how a call reaches its server.
type Route struct {
	Proxy  *url.URL // nil: directly. Its user and password are for the proxy alone
	Source string   // what names the proxy, also where Exempt sets it aside: "HTTPS_PROXY"; "" where nothing does
	Exempt string   // why that proxy does not count: an entry of NO_PROXY, or ExemptLoopback; "" where it does
}

// ExemptLoopback exempts what is on this machine.
const ExemptLoopback = "loopback"

// Via returns the proxy as it may be shown, "http://proxy.corp:3128", or "".
func (r Route) Via() string {
	if r.Proxy == nil {
		return ""
	}
	return r.Proxy.Scheme + "://" + r.Proxy.Host
}

// EnvironmentRoute returns the route that the environment chooses for u:
// HTTPS_PROXY or HTTP_PROXY by its scheme, else ALL_PROXY, unless NO_PROXY
// exempts it; each in capitals or not. Nothing on this machine is asked through
// a proxy. The error, an *Error, names a variable that cannot be used, and never
// its value.
func EnvironmentRoute(getenv func(string) string, u *url.URL) (Route, error) {
	name, value := proxyVariable(getenv, u.Scheme)
	if name == "" {
		return Route{}, nil
	}
	if isHere(u) {
		return Route{Source: name, Exempt: ExemptLoopback}, nil
	}
	if entry := exemption(getenv, u); entry != "" {
		return Route{Source: name, Exempt: entry}, nil
	}
	proxy, err := address.ParseProxy(value)
	if name == "HTTP_PROXY" && getenv("REQUEST_METHOD") != "" {
		err = errors.New("in a CGI program (REQUEST_METHOD is set) whoever sends the request could have set it")
	}
	if err != nil {
		return Route{}, &Error{
			Kind: KindProxy, Host: OriginOf(u).Host(), Text: name + " cannot be used: " + err.Error(),
			Hint: "correct or unset " + name + ", or name the host in NO_PROXY; nothing was sent",
		}
	}
	return Route{Proxy: proxy, Source: name}, nil
}

// proxyVariable returns the variable that names the proxy for a scheme, and its
// value.
func proxyVariable(getenv func(string) string, scheme string) (name, value string) {
	names := []string{strings.ToUpper(scheme) + "_PROXY", scheme + "_proxy", "ALL_PROXY", "all_proxy"}
	// Of a CGI program, HTTP_PROXY is the header "Proxy" of the request it serves.
	// Windows does not tell the two spellings apart.
	if scheme == "http" && getenv("REQUEST_METHOD") != "" && runtime.GOOS != "windows" {
		names[0], names[1] = names[1], names[0]
	}
	for _, name := range names {
		if value := getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

// exemptions returns the entries of NO_PROXY. They are separated by commas or blanks, as
// curl reads them.
func exemptions(getenv func(string) string) iter.Seq[string] {
	list := getenv("NO_PROXY")
	if list == "" {
		list = getenv("no_proxy")
	}
	return strings.FieldsFuncSeq(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}

// VoidExemptions returns the entries of NO_PROXY that exempt no host, such as a whole
// address.
func VoidExemptions(getenv func(string) string) (void []string) {
	for entry := range exemptions(getenv) {
		_, err := netip.ParsePrefix(entry)
		if strings.Contains(entry, "/") && err != nil || entry != "*" && strings.Contains(strings.TrimPrefix(entry, "*."), "*") {
			void = append(void, entry)
		}
	}
	return void
}

// exemption returns the entry of NO_PROXY that exempts u, or "".
func exemption(getenv func(string) string, u *url.URL) string {
	for entry := range exemptions(getenv) {
		c := httpproxy.Config{HTTPProxy: "http://proxy", HTTPSProxy: "http://proxy", NoProxy: entry}
		if proxy, err := c.ProxyFunc()(u); proxy == nil && err == nil {
			return entry
		}
	}
	return ""
}

// sourceAccount is the Source of a route that the account sets itself.
const sourceAccount = "the account"

// place says where the proxy is written, check where to look for its fault, and around
// how to do without it.
func (r Route) place() string {
	if r.Source == sourceAccount {
		return "the proxy of the account"
	}
	return r.Source
}

// logIn says how to log in at the proxy. The password of an account's is a secret of its own.
func (r Route) logIn() string {
	if r.Source == sourceAccount {
		return "edit the account: write its proxy as USER@HOST:PORT, and enter the password of the proxy"
	}
	return "put user and password into " + r.place() + ": http://USER:PASSWORD@HOST:PORT"
}

func (r Route) check() string { return "check " + r.place() + ", " + r.around() }

func (r Route) around() string {
	if r.Source == sourceAccount {
		return "or set the proxy of the account to " + session.ProxyDirect + " if the host is reached without a proxy"
	}
	return "or name the host in NO_PROXY if it is reached without a proxy"
}

// isSOCKS reports whether the proxy carries bytes of any kind.
func (r Route) isSOCKS() bool { return r.Proxy != nil && strings.HasPrefix(r.Proxy.Scheme, "socks") }

// InClear reports whether calls to u by a connection send plain HTTP over a network. A
// proxy or an address of the connection may lead a call for this machine away from it.
func InClear(c session.Connection, u *url.URL) bool {
	var p prepared
	if err := p.takeWay(&Connection{Connection: c}); err != nil {
		return u.Scheme == "http" && !isHere(u) // and nothing is sent
	}
	route, _ := p.route(func(string) string { return "" }, u) // the environment leads nothing away from this machine
	return p.inClear(route, u)
}

func (p *prepared) inClear(route Route, u *url.URL) bool {
	return u.Scheme == "http" && !(isHere(u) && p.staysHere(route, u))
}

// exposes reports whether a call to u needs the account to allow plain HTTP, which it
// does not.
func (x *exchange) exposes(route Route, u *url.URL) bool {
	return !x.r.AllowHTTP && x.way.inClear(route, u)
}

// plainLeaves refuses a call for this machine that its route leads to another.
func (x *exchange) plainLeaves() *Error {
	host := secret.CleanLine(OriginOf(x.url).Host())
	by, hint := "an address in resolve", "take it out of resolve"
	if x.route.Proxy != nil {
		by, hint = "the proxy "+secret.CleanLine(x.route.Proxy.Host), "set the proxy of the account to "+session.ProxyDirect
	}
	return &Error{Kind: KindPlainHTTP, Host: host,
		Text: "plain HTTP to " + host + " was refused: " + by + " leads it off this machine, where anyone on the way could read it",
		Hint: hint + ", write https:// in the address, or allow plain HTTP for this account"}
}

// staysHere reports whether what a route dials for u is this machine, by the addresses
// of the connection where it sets some.
func (p *prepared) staysHere(route Route, u *url.URL) bool {
	if route.Proxy != nil {
		u = route.Proxy
	}
	addresses := p.addressesOf(withPort(u))
	if addresses == nil {
		return isHere(u)
	}
	return !slices.ContainsFunc(addresses, func(a string) bool {
		ip, err := netip.ParseAddr(a)
		return err != nil || !ip.Unmap().IsLoopback()
	})
}

// proxyOf returns the proxy that the exchange of a request chose.
func proxyOf(r *http.Request) (*url.URL, error) {
	if w := watchOf(r.Context()); w != nil {
		return w.route.Proxy, nil
	}
	return nil, nil
}
