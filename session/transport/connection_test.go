package transport_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// shown answers with the name in the client certificate, and the kind of connection.
func shown(w http.ResponseWriter, r *http.Request) {
	name := "none"
	if certs := r.TLS.PeerCertificates; len(certs) > 0 {
		name = certs[0].Subject.CommonName
	}
	_, _ = io.WriteString(w, name)
}

// asksFor makes a server ask for a client certificate.
func asksFor(auth tls.ClientAuthType, version uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.ClientAuth, c.MinVersion, c.MaxVersion = auth, version, version }
}

// connection returns one with an issued client certificate; nil: none.
func connection(a *emulatortest.Authority, with *emulatortest.Issued) transport.Connection {
	c := transport.Connection{Connection: session.Connection{Authority: a.PEM}}
	if with != nil {
		c.ClientCertificate, c.Key = with.PEM(), secret.New(with.KeyPEM())
	}
	return c
}

func get(t *testing.T, c *transport.Client, address string, via transport.Connection) (string, error) {
	t.Helper()
	res, err := c.Do(t.Context(), &transport.Request{URL: parse(t, address), Connection: via, Follow: true})
	if err != nil {
		return "", err
	}
	return string(res.Body), nil
}

func TestAClientCertificate(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "Office root")
	foreign := emulatortest.NewAuthority(t, "Other root")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s := a.Serve(http.HandlerFunc(shown), asksFor(tls.RequireAndVerifyClientCert, version))
		c := client(t)
		if got, err := get(t, c, s.URL, connection(a, a.Issue("me", nil, nil))); got != "me" {
			t.Errorf("%s: %q, %v", tls.VersionName(version), got, err)
		}
		// Another account on the same client, at the same time.
		if got, err := get(t, c, s.URL, connection(a, a.Issue("other", nil, nil))); got != "other" {
			t.Errorf("%s: a connection was shared: %q, %v", tls.VersionName(version), got, err)
		}
		for want, via := range map[string]transport.Connection{
			"asks for a client certificate, and this account has none": connection(a, nil),
			"did not accept the client certificate":                    connection(a, foreign.Issue("me", nil, nil)),
		} {
			for range 3 { // TLS 1.3 reports it in more than one way
				var e *transport.Error
				if _, err := get(t, c, s.URL, via); !errors.As(err, &e) || e.Kind != transport.KindTLS && e.Kind != transport.KindBroken || !strings.Contains(e.Text, want) || e.Hint == "" {
					t.Errorf("%s: %v, want %q", tls.VersionName(version), err, want)
				}
			}
		}
	}
}

func TestAnAuthorityIsAddedAndNoneIsReplaced(t *testing.T) {
	t.Parallel()
	a, b := emulatortest.NewAuthority(t, "a"), emulatortest.NewAuthority(t, "b")
	server := a.Serve(http.HandlerFunc(shown), nil)
	c := client(t)
	if _, err := get(t, c, server.URL, transport.Connection{}); err == nil {
		t.Error("an unknown authority was trusted")
	}
	if _, err := get(t, c, server.URL, connection(b, nil)); err == nil {
		t.Error("another authority was enough")
	}
	if got, err := get(t, c, server.URL, connection(a, nil)); got != "none" {
		t.Errorf("%q, %v", got, err)
	}
	both := connection(a, nil)
	both.Authority = b.PEM + a.PEM
	if got, err := get(t, c, server.URL, both); got != "none" {
		t.Errorf("the second of two: %q, %v", got, err)
	}
}

func TestRedirectsToAnotherOriginSeeNoCertificate(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	other := a.Serve(http.HandlerFunc(shown), asksFor(tls.RequestClientCert, tls.VersionTLS13))
	home := a.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/out":
			http.Redirect(w, r, other.URL+"/", http.StatusFound)
		case "/in":
			http.Redirect(w, r, "/", http.StatusFound)
		default:
			shown(w, r)
		}
	}), asksFor(tls.RequireAndVerifyClientCert, tls.VersionTLS13))
	c, via := client(t), connection(a, a.Issue("me", nil, nil))
	if got, err := get(t, c, other.URL, via); got != "me" {
		t.Errorf("at home: %q, %v", got, err)
	}
	for path, want := range map[string]string{"/out": "none", "/in": "me"} {
		if got, err := get(t, c, home.URL+path, via); got != want {
			t.Errorf("%s: %q, %v", path, got, err)
		}
	}
}

func TestProxiesOfAnAccount(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	secured := a.Serve(http.HandlerFunc(shown), asksFor(tls.RequestClientCert, tls.VersionTLS13))
	plain := server(t, ok)
	for name, proxy := range map[string]*emulatortest.ForwardProxy{"http": emulatortest.NewForwardProxy(t), "socks5": emulatortest.NewSOCKS(t)} {
		via := connection(a, a.Issue("me", nil, nil))
		via.Proxy = proxy.URL
		c := client(t)
		for address, want := range map[string]string{secured.URL: "me", plain.URL: "fine"} {
			if got, err := get(t, c, address, via); got != want {
				t.Errorf("%s, %s: %q, %v", name, address, got, err)
			}
			if asked := proxy.Asked(); len(asked) == 0 || asked[len(asked)-1] != parse(t, address).Host {
				t.Errorf("%s was asked for %q", name, asked)
			}
		}
		proxy.User, proxy.Password = "me", canary
		if _, err := get(t, client(t), secured.URL, via); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("%s without the password: %v", name, err)
		}
		via.Proxy, via.ProxyPassword = strings.Replace(proxy.URL, "://", "://me@", 1), secret.New(canary)
		if got, err := get(t, client(t), secured.URL, via); got != "me" {
			t.Errorf("%s with a password: %q, %v", name, got, err)
		}
	}
}

// TestAProxyBehindTLSSeesNoCertificate: net/http would show it the certificate that is
// meant for the server.
func TestAProxyBehindTLSSeesNoCertificate(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	target := a.Serve(http.HandlerFunc(shown), asksFor(tls.RequireAndVerifyClientCert, tls.VersionTLS13))
	forward := &emulatortest.ForwardProxy{}
	leaked := false
	front := a.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		leaked = leaked || len(r.TLS.PeerCertificates) > 0
		forward.ServeHTTP(w, r)
	}), asksFor(tls.RequestClientCert, tls.VersionTLS13))
	via := connection(a, a.Issue("me", nil, nil))
	via.Proxy = front.URL
	if got, err := get(t, client(t), target.URL, via); got != "me" || leaked {
		t.Errorf("%q, %v; the proxy saw the certificate: %v", got, err, leaked)
	}
	if len(forward.Asked()) != 1 {
		t.Error("the proxy was not asked")
	}
}

func TestTheAccountComesBeforeTheEnvironment(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	s := a.Serve(http.HandlerFunc(shown), nil)
	port := parse(t, s.URL).Port()
	environment, own := emulatortest.NewForwardProxy(t), emulatortest.NewForwardProxy(t)
	lead := func(string) (net.Conn, error) { return net.Dial("tcp", "127.0.0.1:"+port) }
	environment.Dial, own.Dial = lead, lead
	address := "https://api.office.test:" + port
	with := func(noProxy string) *transport.Client {
		return transport.New(transport.Options{Now: time.Now, Getenv: func(name string) string {
			return map[string]string{"HTTPS_PROXY": environment.URL, "NO_PROXY": noProxy}[name]
		}})
	}
	via := connection(a, nil)
	if got, err := get(t, with(""), address, via); got != "none" || len(environment.Asked()) != 1 {
		t.Errorf("the environment: %q, %v", got, err)
	}
	via.Proxy = own.URL
	if got, err := get(t, with("*"), address, via); got != "none" || len(environment.Asked()) != 1 || len(own.Asked()) != 1 {
		t.Errorf("the account's, which NO_PROXY does not exempt: %q, %v", got, err)
	}
	via.Proxy, via.Resolve = "", []string{"api.office.test:" + port + ":127.0.0.1"}
	var e *transport.Error
	if _, err := get(t, with(""), address, via); !errors.As(err, &e) || !strings.Contains(e.Text, "HTTPS_PROXY") || !strings.Contains(e.Hint, "direct") {
		t.Errorf("resolve behind a proxy: %v", err)
	}
	via.Proxy = session.ProxyDirect
	if got, err := get(t, with(""), address, via); got != "none" || len(environment.Asked()) != 1 {
		t.Errorf("direct: %q, %v", got, err)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	s := a.Serve(http.HandlerFunc(shown), nil)
	port, dead := parse(t, s.URL).Port(), closedPort
	_, closed, _ := strings.Cut(dead, ":")
	for entry, reached := range map[string]bool{
		"api.office.test:" + port + ":127.0.0.1":       true,
		"API.office.test.:" + port + ":127.0.0.1":      true,
		"*:" + port + ":127.0.0.1":                     true,
		"api.office.test:" + port + ":[::1],127.0.0.1": true,
		"api.office.test:" + closed + ":127.0.0.1":     false,
		"other.office.test:" + port + ":127.0.0.1":     false,
	} {
		via := connection(a, nil)
		via.Resolve = []string{entry}
		got, err := get(t, client(t), "https://api.office.test:"+port, via)
		if (got == "none") != reached {
			t.Errorf("%s: %q, %v", entry, got, err)
		}
	}
}

// TestPlainHTTPStaysOnThisMachine: a proxy or an address of the connection may lead a
// call for this machine away from it, where a network would read it.
func TestPlainHTTPStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	here := server(t, ok)
	port := parse(t, here.URL).Port()
	local := emulatortest.NewForwardProxy(t)
	localSOCKS := emulatortest.NewSOCKS(t)
	for _, tt := range []struct {
		name, proxy string
		resolve     []string
		by          string // what leads away; "": nothing
	}{
		{name: "its own way"},
		{name: "a proxy here", proxy: local.URL},
		{name: "a SOCKS proxy here", proxy: localSOCKS.URL},
		{name: "an address here", resolve: []string{"localhost:" + port + ":127.0.0.1"}},
		{name: "no proxy", proxy: session.ProxyDirect},
		{name: "another host's address", resolve: []string{"api.office.test:" + port + ":192.0.2.1"}},
		{name: "a proxy", proxy: "http://192.0.2.1:3128", by: "the proxy 192.0.2.1:3128"},
		{name: "a proxy by name", proxy: "http://proxy.office.test:3128", by: "the proxy proxy.office.test:3128"},
		{name: "a proxy behind TLS", proxy: "https://192.0.2.1", by: "the proxy 192.0.2.1"},
		{name: "SOCKS", proxy: "socks5://192.0.2.1", by: "the proxy 192.0.2.1"},
		{name: "SOCKS that looks up", proxy: "socks5h://192.0.2.1:1080", by: "the proxy 192.0.2.1:1080"},
		{name: "a proxy here by its name", proxy: "http://localhost:3128", resolve: []string{"localhost:3128:192.0.2.1"}, by: "the proxy localhost:3128"},
		{name: "an address", resolve: []string{"localhost:" + port + ":192.0.2.1"}, by: "an address in resolve"},
		{name: "one of two addresses", resolve: []string{"localhost:" + port + ":127.0.0.1,[2001:db8::1]"}, by: "an address in resolve"},
		{name: "an address of all", resolve: []string{"*:" + port + ":192.0.2.1"}, by: "an address in resolve"},
	} {
		via := transport.Connection{Connection: session.Connection{Proxy: tt.proxy, Resolve: tt.resolve}}
		if got := transport.InClear(via.Connection, parse(t, "http://localhost:"+port)); got != (tt.by != "") {
			t.Errorf("%s: in clear: %t", tt.name, got)
		}
		if transport.InClear(via.Connection, parse(t, "https://localhost:"+port)) || !transport.InClear(via.Connection, parse(t, "http://api.office.test")) {
			t.Errorf("%s: not TLS or another machine", tt.name)
		}
		got, err := get(t, client(t), "http://localhost:"+port, via)
		if tt.by == "" {
			if got != "fine" {
				t.Errorf("%s: %q, %v", tt.name, got, err)
			}
			continue
		}
		var e *transport.Error
		if !errors.As(err, &e) || e.Kind != transport.KindPlainHTTP || !strings.Contains(e.Text, tt.by+" leads it off this machine") || e.Hint == "" {
			t.Errorf("%s: %q, %v", tt.name, got, err)
		}
	}

	leads := server(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://localhost:1/", http.StatusFound)
	})
	via := transport.Connection{Connection: session.Connection{Resolve: []string{"localhost:1:192.0.2.1"}}}
	res, err := client(t).Do(t.Context(), &transport.Request{URL: parse(t, leads.URL), Connection: via, Follow: true})
	if err != nil || len(res.Hops) != 1 || res.Hops[0].Refused != "it leads to plain HTTP" {
		t.Errorf("a redirect: %+v, %v", res, err)
	}
	named := "proxy.office.test:" + parse(t, local.URL).Port()
	via = transport.Connection{Connection: session.Connection{Proxy: "http://" + named, Resolve: []string{named + ":127.0.0.1"}}}
	if got, err := get(t, client(t), here.URL, via); got != "fine" {
		t.Errorf("a proxy that is resolved to this machine: %q, %v", got, err)
	}
}

// TestBadConnections: each is refused before anything is sent, with a next step.
func TestBadConnections(t *testing.T) {
	t.Parallel()
	a := emulatortest.NewAuthority(t, "root")
	good := a.Issue("me", nil, nil)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	wrongKind := a.Issue("ed", edKey, nil)
	asked := 0
	s := server(t, func(http.ResponseWriter, *http.Request) { asked++ })
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	request := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE REQUEST", Bytes: []byte("x")}))
	dated := func(from, to time.Duration) string {
		one := a.Issue("me", good.Key, func(c *x509.Certificate) { c.NotBefore, c.NotAfter = time.Now().Add(from), time.Now().Add(to) })
		return one.PEM()
	}
	type bad struct{ cert, key, authority, proxy, resolve, part, text string }
	for _, b := range []bad{
		{cert: good.PEM(), part: session.ConnectionKey, text: "has no key"},
		{key: good.KeyPEM(), part: session.ConnectionCertificate, text: "the key has no client certificate"},
		{cert: good.PEM(), key: wrongKind.KeyPEM(), part: session.ConnectionKey, text: "and the key is an Ed25519 key"},
		{cert: good.PEM(), key: a.Issue("me", nil, nil).KeyPEM(), part: session.ConnectionKey, text: "does not belong"},
		{cert: dated(-2*time.Hour, -time.Hour), key: good.KeyPEM(), part: session.ConnectionCertificate, text: "expired on"},
		{cert: dated(time.Hour, 2*time.Hour), key: good.KeyPEM(), part: session.ConnectionCertificate, text: "not valid before"},
		{cert: request, key: good.KeyPEM(), part: session.ConnectionCertificate, text: "only a request for one"},
		{cert: good.KeyPEM(), key: good.KeyPEM(), part: session.ConnectionCertificate, text: "only a key"},
		{cert: good.PEM(), key: "hunter2", part: session.ConnectionKey, text: "neither PEM nor PKCS#12"},
		{cert: good.PEM(), key: good.PEM(), part: session.ConnectionKey, text: "the key holds no private key, only a certificate"},
		{cert: "client.pem", part: session.ConnectionCertificate, text: "working folder"},
		{cert: filepath.Join(dir, "nothing.pem"), part: session.ConnectionCertificate, text: "no such file"},
		{cert: dir, part: session.ConnectionCertificate, text: "is not a file"},
		{authority: file("empty.pem", " \n"), part: session.ConnectionAuthority, text: "is empty"},
		{authority: file("words.pem", "not a certificate"), part: session.ConnectionAuthority, text: "holds no certificate"},
		{authority: file("key.pem", good.KeyPEM()), part: session.ConnectionAuthority, text: "holds no certificate"},
		{authority: file("cut.pem", a.PEM[:len(a.PEM)/2]), part: session.ConnectionAuthority, text: "is damaged"},
		{proxy: "ftp://proxy", part: session.ConnectionProxy, text: "scheme"},
		{proxy: "http://me:" + canary + "@proxy:1", part: session.ConnectionProxy, text: "holds a password"},
		{resolve: "api.office.test", part: session.ConnectionResolve, text: "not HOST:PORT:ADDRESS"},
		{resolve: "api.office.test:https:127.0.0.1", part: session.ConnectionResolve, text: "the port"},
		{resolve: "api.office.test:443:elsewhere", part: session.ConnectionResolve, text: "not an IP address"},
		{resolve: "api.office.test:443:", part: session.ConnectionResolve, text: "not an IP address"},
		{proxy: "http://127.0.0.1:1", resolve: "api.office.test:443:127.0.0.1", part: session.ConnectionResolve, text: "behind a proxy"},
	} {
		via := transport.Connection{Connection: session.Connection{ClientCertificate: b.cert, Authority: b.authority, Proxy: b.proxy}, Key: secret.New(b.key)}
		if b.resolve != "" {
			via.Resolve = []string{b.resolve}
		}
		var e *transport.Error
		_, err := get(t, client(t), s.URL, via)
		if !errors.As(err, &e) || e.Kind != transport.KindConnection || !strings.Contains(e.Text, b.text) || e.Hint == "" ||
			strings.Contains(fmt.Sprint(e.Text, e.Hint), canary) {
			t.Errorf("%+v: %v", b, err)
		}
		var part *transport.ConnectionError
		if err := via.Check(time.Now()); !errors.As(err, &part) || part.Part != b.part {
			t.Errorf("%+v: %v", b, err)
		}
	}
	if asked > 0 {
		t.Errorf("%d requests were sent", asked)
	}
}
