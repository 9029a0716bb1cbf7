package importer

import (
	"testing"

	"tokenring/session"
)

func TestCurlNamesTheWayToTheServer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want session.Connection
		key  string // its reference
		pass string
		pw   string // of the proxy
	}{
		{"--cert me.pem --key /c/me.key --cacert /c/ca.pem", session.Connection{ClientCertificate: "me.pem", Authority: "/c/ca.pem"}, "file:/c/me.key", "", ""},
		{"-E /c/me.pem:hunter22", session.Connection{ClientCertificate: "/c/me.pem"}, "", "hunter22", ""},
		{`-E 'C:\me.pem'`, session.Connection{ClientCertificate: `C:\me.pem`}, "", "", ""},
		{`--cert-type P12 --cert '/c/a\:b.p12' --pass hunter22`, session.Connection{ClientCertificate: "/c/a:b.p12"}, "", "hunter22", ""},
		{"-x proxy", session.Connection{Proxy: "http://proxy:1080"}, "", "", ""},
		{"-x https://proxy", session.Connection{Proxy: "https://proxy"}, "", "", ""},
		{"-x http://proxy:3128 -U me:hunter22", session.Connection{Proxy: "http://me@proxy:3128"}, "", "", "hunter22"},
		{"-x 'http://me:hunter22@proxy:80'", session.Connection{Proxy: "http://me@proxy:80"}, "", "", "hunter22"},
		{"-x 'http://me:hun/t?r@2#2@proxy:80/'", session.Connection{Proxy: "http://me@proxy:80"}, "", "", "hun/t?r@2#2"},
		{"-x 'me:hun%2Ft+r%3A@proxy'", session.Connection{Proxy: "http://me@proxy:1080"}, "", "", "hun/t+r:"},
		{"-x //me:hunter22@proxy", session.Connection{Proxy: "http://me@proxy:1080"}, "", "", "hunter22"},
		{"-x http:/me:hunter22@proxy", session.Connection{Proxy: "http://http@proxy:1080"}, "", "", "/me:hunter22"},
		{"-x 'a/b:100%@proxy'", session.Connection{Proxy: "http://a%2Fb@proxy:1080"}, "", "", "100%"},
		{"-U you:other -x me:hunter22@proxy", session.Connection{Proxy: "http://me@proxy:1080"}, "", "", "hunter22"},
		{"--socks5 me:hunter22@proxy --noproxy '*'", session.Connection{Proxy: session.ProxyDirect}, "", "", ""},
		{"--socks5-hostname proxy:9", session.Connection{Proxy: "socks5h://proxy:9"}, "", "", ""},
		{"-x proxy -x ''", session.Connection{Proxy: session.ProxyDirect}, "", "", ""},
		{"--noproxy '*'", session.Connection{Proxy: session.ProxyDirect}, "", "", ""},
		{"--resolve +h:443:10.0.0.5 --resolve h:80:10.0.0.5", session.Connection{Resolve: []string{"h:443:10.0.0.5", "h:80:10.0.0.5"}}, "", "", ""},
	} {
		out, err := Parse([]File{{Name: "x.sh", Data: []byte("curl " + tt.line + " -H 'Authorization: Bearer abcdefghijk0123456' https://api.office.test/")}}, Known{}, Options{})
		if err != nil || len(out.Accounts) != 1 {
			t.Errorf("%s: %v, %+v", tt.line, err, out)
			continue
		}
		a := out.Accounts[0]
		if !a.Connection.Equal(tt.want) || a.References[session.ConnectionKey] != tt.key ||
			a.NewSecrets[session.ConnectionPassphrase].Reveal() != tt.pass || a.NewSecrets[session.ConnectionProxyPassword].Reveal() != tt.pw {
			t.Errorf("%s: %+v, %v", tt.line, a.Connection, a.References)
		}
		for _, n := range out.Notes {
			t.Errorf("%s: %s", tt.line, n.Text)
		}
	}
}

func TestOptionsThatNameNoWayToTheServer(t *testing.T) {
	t.Parallel()
	const first, second = "curl https://api.office.test/a -H 'Authorization: Bearer abcdefghijk0123456'\n", "curl -U me:hunter22 --noproxy $HOSTS https://api.office.test/b"
	p := read(t, "", first+second, known(t), Options{Variables: map[string]string{}})
	if len(p.Accounts) != 1 || len(p.Accounts[0].Requests) != 2 || !p.Accounts[0].Connection.IsZero() || len(p.Notes) != 1 {
		t.Error(told(p))
	}
}

func TestALoginNamesTheWayToTheServer(t *testing.T) {
	t.Parallel()
	p := read(t, "", `curl --cacert /c/ca.pem https://api.acme.example/v2/login --json '{"username":"ada","password":"canary-pass"}'`+
		"\ncurl https://api.acme.example/v2/things", known(t), Options{})
	if len(p.Accounts) != 1 || p.Accounts[0].Connection.Authority != "/c/ca.pem" {
		t.Error(told(p))
	}
}
