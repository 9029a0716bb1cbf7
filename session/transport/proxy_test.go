package transport_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tokenring/session/transport"
)

func environment(pairs ...string) func(string) string {
	return func(name string) string {
		for _, pair := range pairs {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value
			}
		}
		return ""
	}
}

func TestTheRouteOfTheEnvironment(t *testing.T) {
	t.Parallel()
	const secure, plain = "https://api.office.test/v1", "http://api.office.test:8080/v1"
	tests := []struct {
		name, url           string
		env                 []string
		via, source, exempt string
	}{
		{"nothing is set", secure, nil, "", "", ""},
		{"by scheme", secure, []string{"HTTPS_PROXY=http://s:1", "HTTP_PROXY=http://p:1"}, "http://s:1", "HTTPS_PROXY", ""},
		{"by the other scheme", plain, []string{"HTTPS_PROXY=http://s:1", "HTTP_PROXY=http://p:1"}, "http://p:1", "HTTP_PROXY", ""},
		{"small letters", secure, []string{"https_proxy=http://s:1"}, "http://s:1", "https_proxy", ""},
		{"no scheme", secure, []string{"HTTPS_PROXY=s:3128"}, "http://s:3128", "HTTPS_PROXY", ""},
		{"no port", secure, []string{"HTTPS_PROXY=s"}, "http://s", "HTTPS_PROXY", ""},
		{"IPv6", secure, []string{"HTTPS_PROXY=http://[::1]:3128/"}, "http://[::1]:3128", "HTTPS_PROXY", ""},
		{"blanks around it", secure, []string{"HTTPS_PROXY= HTTP://s:1/ \n"}, "http://s:1", "HTTPS_PROXY", ""},
		{"over TLS", secure, []string{"HTTPS_PROXY=https://s:1"}, "https://s:1", "HTTPS_PROXY", ""},
		{"ALL_PROXY", secure, []string{"ALL_PROXY=socks5h://s:1"}, "socks5h://s:1", "ALL_PROXY", ""},
		{"all_proxy for http", plain, []string{"all_proxy=socks5://s"}, "socks5://s", "all_proxy", ""},
		{"the scheme's own before it", plain, []string{"ALL_PROXY=socks5h://s:1", "http_proxy=p"}, "http://p", "http_proxy", ""},
		{"empty is not set", secure, []string{"HTTPS_PROXY=", "ALL_PROXY=s"}, "http://s", "ALL_PROXY", ""},
		{"the password stays inside", secure, []string{"HTTPS_PROXY=http://me:p%40s%25@s:1"}, "http://s:1", "HTTPS_PROXY", ""},
		{"an @ in the password", secure, []string{"HTTPS_PROXY=me:p@s@s:1"}, "http://s:1", "HTTPS_PROXY", ""},
		{"loopback", "https://127.0.0.1:8443", []string{"HTTPS_PROXY=http://s:1"}, "", "HTTPS_PROXY", "loopback"},
		{"loopback past an unusable one", "http://localhost", []string{"HTTP_PROXY=%"}, "", "HTTP_PROXY", "loopback"},
		{"NO_PROXY", secure, []string{"HTTPS_PROXY=s", "NO_PROXY=a.test, office.test"}, "", "HTTPS_PROXY", "office.test"},
		{"no_proxy, blanks", secure, []string{"HTTPS_PROXY=%", "no_proxy=a.test .office.test"}, "", "HTTPS_PROXY", ".office.test"},
		{"NO_PROXY, all", secure, []string{"ALL_PROXY=s", "NO_PROXY=*"}, "", "ALL_PROXY", "*"},
		{"NO_PROXY, a port", plain, []string{"ALL_PROXY=s", "NO_PROXY=api.office.test:80"}, "http://s", "ALL_PROXY", ""},
		{"NO_PROXY, a network", "https://10.1.2.3", []string{"ALL_PROXY=s", "NO_PROXY=10.0.0.0/8"}, "", "ALL_PROXY", "10.0.0.0/8"},
		{"NO_PROXY names another", secure, []string{"ALL_PROXY=s", "NO_PROXY=fice.test"}, "http://s", "ALL_PROXY", ""},
		{"CGI, https", secure, []string{"REQUEST_METHOD=GET", "HTTPS_PROXY=s"}, "http://s", "HTTPS_PROXY", ""},
		{"CGI, http_proxy", plain, []string{"REQUEST_METHOD=GET", "HTTP_PROXY=evil", "http_proxy=p"}, "http://p", "http_proxy", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := transport.EnvironmentRoute(environment(tt.env...), parse(t, tt.url))
			if err != nil || got.Via() != tt.via || got.Source != tt.source || got.Exempt != tt.exempt {
				t.Errorf("got %q from %q, exempt %q, %v", got.Via(), got.Source, got.Exempt, err)
			}
		})
	}
}

func TestAProxyVariableThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, value, text string }{
		{"a raw percent sign", "http://me:50%x" + canary + "@127.0.0.1:1", "write % as %25"},
		{"a raw percent sign without a scheme", "me:50%x" + canary + "@127.0.0.1:1", "write % as %25"},
		{"a quote", "http://me:" + canary + "\"@127.0.0.1:1", "must be escaped"},
		{"a blank", "http://me:a " + canary + "@127.0.0.1:1", "must be escaped"},
		{"a number sign", "http://me:1#" + canary + "@127.0.0.1:1", "%23"},
		{"a slash", "http://me:1/" + canary + "@127.0.0.1:1", "%2F"},
		{"a question mark", "http://me:1?" + canary + "@127.0.0.1:1", "%3F"},
		{"SOCKS 4", "socks4://" + canary + "@127.0.0.1:1", "socks5h"},
		{"another scheme", "ftp://" + canary + "@127.0.0.1:1", "socks5h"},
		{"no host", "http://", "not an address"},
		{"only a port", ":3128", "not an address"},
		{"only blanks", "  ", "not an address"},
		{"a port beyond", "http://127.0.0.1:99999", "1 to 65535"},
		{"port zero", "http://127.0.0.1:0", "1 to 65535"},
		{"no port after the colon", "http://127.0.0.1:", "1 to 65535"},
		{"a port that is a word", "http://127.0.0.1:" + canary, "not an address"},
		{"an open bracket", "http://[::1", "not an address"},
		{"a line break", "http://127.0.0.1\n.test", "not an address"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for _, name := range []string{"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
				c := transport.New(transport.Options{Now: time.Now, Getenv: environment(name + "=" + tt.value)})
				_, err := c.Do(t.Context(), &transport.Request{URL: parse(t, "https://api.office.test")})
				var e *transport.Error
				if !errors.As(err, &e) || e.Kind != transport.KindProxy {
					t.Fatalf("%s: %v", name, err)
				}
				if !strings.HasPrefix(e.Text, name+" cannot be used: ") || !strings.Contains(e.Text, tt.text) || !strings.Contains(e.Hint, name) {
					t.Errorf("%q (%q)", e.Text, e.Hint)
				}
				if strings.Contains(e.Text+e.Hint, canary) {
					t.Errorf("the value is quoted: %q", e.Text)
				}
			}
		})
	}
}

func TestAProxyThatAWebServerHandsOnIsRefused(t *testing.T) {
	t.Parallel()
	getenv := environment("REQUEST_METHOD=GET", "HTTP_PROXY=http://evil.test")
	_, err := transport.EnvironmentRoute(getenv, parse(t, "http://api.office.test"))
	if err == nil || !strings.Contains(err.Error(), "REQUEST_METHOD") {
		t.Errorf("err = %v", err)
	}
}
