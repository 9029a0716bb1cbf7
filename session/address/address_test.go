package address

import "testing"

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"https://api.example.com/v1?x=1", "https://api.example.com/v1?x=1"},
		{" \t https://api.example.com \n", "https://api.example.com"},
		{"\ufeff\u00a0https://api.example.com\u200b", "https://api.example.com"},
		{"HTTPS://API.Example.com:443/", "https://api.example.com:443/"},
		{"https://api.example.com:0443", "https://api.example.com:443"},
		{"https://api.example.com:", "https://api.example.com"},
		{"https://zoë.office.test", "https://xn--zo-ija.office.test"},
		{"https://zo%C3%AB.office.test", "https://xn--zo-ija.office.test"},
		{"https://ZOË.office.test:8443", "https://xn--zo-ija.office.test:8443"},
		{"https://bücher。example", "https://xn--bcher-kva.example"},
		{"http://[0:0:0:0:0:0:0:1]:8080", "http://[::1]:8080"},
		{"https://a_b.test", "https://a_b.test"},
	} {
		if u, err := Parse(tt.in); err != nil || u.String() != tt.want {
			t.Errorf("%q is %v, %v; want %s", tt.in, u, err, tt.want)
		}
	}
	for _, in := range []string{
		"", "api.example.com", "ftp://x", "https://", "https://:443", "http://[::1", "https://a b.test",
		"https://a.test:0", "https://a.test:99999", "https://a.test:65536", "https://a.test:-1", "https://a.test:x", "https://a.test:+1",
		"https://a.test:99999999999999999999", "https://a\u2060b\u0300.\u0300test", "https://ß\u200d.x\u0338\u0338/",
	} {
		if u, err := Parse(in); err == nil {
			t.Errorf("%q is %s", in, u)
		}
	}
}

func TestShow(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, want string }{
		{"https://api.example.com/v1", "https://api.example.com/v1"},
		{"https://xn--zo-ija.office.test:8443/a", "https://zoë.office.test:8443/a"},
		{"https://zo%C3%AB.office.test", "https://zoë.office.test"},
		{"https://аpi.example.com/v1", "https://аpi.example.com/v1 (xn--pi-6kc.example.com)"},
		{"https://xn--pi-6kc.example.com:8443", "https://аpi.example.com:8443 (xn--pi-6kc.example.com)"},
		{"https://сосо.example", "https://сосо.example (xn--n1aahb.example)"},
		{"https://ɑpi.example.com", "https://ɑpi.example.com (xn--pi-4eb.example.com)"},
		{"https://apı.example.com", "https://apı.example.com (xn--ap-ipa.example.com)"},
		{"https://例え.jp", "https://例え.jp (xn--r8jz45g.jp)"},
		{"https://xn--a.example", "https://xn--a.example"},
		{"http://[::1]:80/", "http://[::1]/"},
		{"https://api.example.com:443", "https://api.example.com"},
		{"https://me@api.example.com:443/v1?at=:443", "https://me@api.example.com/v1?at=:443"},
		{"http://api.example.com:443", "http://api.example.com:443"},
		{"socks5://127.0.0.1:80", "socks5://127.0.0.1:80"},
		{"nothing", "nothing"},
	} {
		if got := Show(tt.in); got != tt.want {
			t.Errorf("%s is shown as %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestUnescape(t *testing.T) {
	t.Parallel()
	for in, want := range map[string][2]string{
		"a%20b+c": {"a b+c", "a b c"}, "100%": {"100%", "100%"}, "%ff": {"%ff", "%ff"}, "%C3%A9": {"é", "é"}, "": {"", ""},
	} {
		if got := [2]string{Unescape(in), UnescapeQuery(in)}; got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}
