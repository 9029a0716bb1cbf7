package session_test

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"tokenring/session"
	"tokenring/session/emulator/emulatortest"
)

// A person agrees to each part of a connection, so no text of one hides another.
func TestAConnectionIsShownWhole(t *testing.T) {
	t.Parallel()
	root, other := emulatortest.NewAuthority(t, "root"), emulatortest.NewAuthority(t, "other\x1b[2J"+strings.Repeat("x", 100))
	me := root.Issue("me", nil, nil)
	fingerprint := func(ders ...[]byte) string {
		all := sha256.New()
		for _, der := range ders {
			all.Write(der)
		}
		return fmt.Sprintf("(sha256 %x)", all.Sum(nil)[:8])
	}
	long := "/" + strings.Repeat("long/", 100)
	for _, tt := range []struct {
		is   session.Connection
		want []string
	}{
		{session.Connection{}, []string{"none"}},
		{session.Connection{Proxy: session.ProxyDirect}, []string{"no proxy"}},
		{session.Connection{ClientCertificate: "~/me.pem", Authority: long, Proxy: "http://proxy:3128", Resolve: []string{"a:443:10.0.0.5", "b:443:10.0.0.6"}},
			[]string{"client certificate ~/me.pem, authority /long/", ", proxy http://proxy:3128, ", "resolve a:443:10.0.0.5, resolve b:443:10.0.0.6"}},
		{session.Connection{ClientCertificate: me.KeyPEM() + me.PEM(), Authority: root.PEM, Proxy: "http://proxy:3128"},
			[]string{"client certificate CN=me " + fingerprint(me.Certificate.Raw), "authority CN=root " + fingerprint(root.Certificate.Raw), "proxy http://proxy:3128"}},
		{session.Connection{Authority: strings.ReplaceAll(root.PEM, "\n", " ")}, []string{"CN=root " + fingerprint(root.Certificate.Raw)}},
		{session.Connection{Authority: strings.Repeat(root.PEM, 3) + other.PEM, Proxy: "http://proxy:3128"}, []string{"CN=root and CN=root and CN=root and 1 more " +
			fingerprint(root.Certificate.Raw, root.Certificate.Raw, root.Certificate.Raw, other.Certificate.Raw), "proxy http://proxy:3128"}},
		{session.Connection{Authority: strings.Repeat(other.PEM, 3), Proxy: "http://proxy:3128"}, []string{"(sha256 ", "proxy http://proxy:3128"}},
		{session.Connection{ClientCertificate: me.KeyPEM()}, []string{"client certificate PEM text without a certificate"}},
	} {
		shown := tt.is.String()
		for _, part := range tt.want {
			if !strings.Contains(shown, part) {
				t.Errorf("%q is not in %s", part, shown)
			}
		}
		if strings.Contains(shown, "-----") || strings.ContainsAny(shown, "\x1b\n") {
			t.Errorf("shown is %q", shown)
		}
	}
}

// A connection shows no password, also where an address that cannot be used has one.
func TestAConnectionShowsNoPasswordOfAProxy(t *testing.T) {
	t.Parallel()
	for proxy, want := range map[string]string{
		"http://u:passw0rd@proxy:80": "proxy http://u@proxy:80", "u:passw0rd@proxy": "proxy http://u@proxy", "socks5h://u@proxy:9": "proxy socks5h://u@proxy:9",
		"http://u:pa/ssw0rd@proxy:80": "", "http:////u:passw0rd@proxy:1080": "", "foo://u:passw0rd@proxy": "", "http://u:passw0rd%@proxy": "",
		"http://u:passw0rd": "", "http://u:passw0rd@": "", "http://u:passw0rd@proxy:x": "", "http://u:passw0rd@a b": "",
	} {
		if want == "" {
			want = "proxy with an invalid address"
		}
		if shown := (session.Connection{Proxy: proxy}).String(); shown != want {
			t.Errorf("%s: %q, want %q", proxy, shown, want)
		}
	}
}

// Each entry of a list or of fields is shown, however long the others are.
func TestEveryEntryOfAChangeIsShown(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 500)
	is := &session.Account{Origins: session.Origins{{Origin: long, For: session.ForTokens}, {Origin: "http://thief.example", For: session.ForBoth}}, References: map[string]string{"a": long, "password": "cmd:evil"}}
	err := &session.ChangedError{Account: "me", Changes: is.ChangesSince(&session.Account{})}
	for _, want := range []string{"http://thief.example", "password: cmd:evil"} {
		if text := err.Error(); !strings.Contains(text, want) || strings.Contains(text, long) {
			t.Errorf("%q is not in %s", want, text)
		}
	}
}
