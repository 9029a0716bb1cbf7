package oauth

import (
	"net/url"
	"strings"
	"testing"
)

// TestWhereKeysMayBe: the metadata of a public issuer names no plain http, and no address inside.
func TestWhereKeysMayBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://keys.example/set": "", "": "has no jwks_uri", "http://keys.example/set": "does not use TLS", "file:///etc/passwd": "is not a web address",
		"https://127.0.0.1/set": "on this machine", "https://10.1.2.3/set": "in a private network", "https://169.254.169.254/latest": "in a private network",
	} {
		_, err := Endpoint("https://issuer.example", "jwks_uri", text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := Endpoint("http://127.0.0.1:8080", "jwks_uri", "http://127.0.0.1:9090/set"); err != nil {
		t.Errorf("an issuer on this machine: %v", err)
	}
}

// TestALocationSaysItsIssuer: each address that an issuer may publish at leads back to it, and no other address does.
func TestALocationSaysItsIssuer(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{"https://id.example", "https://id.example:8443/realms/a%20b", "http://127.0.0.1:8080/x/y"} {
		locations, err := Locations(issuer)
		if err != nil || len(locations) < 2 {
			t.Fatal(issuer, locations, err)
		}
		for _, at := range locations {
			if got := IssuerAt(at); got != issuer {
				t.Errorf("%s is the metadata of %q, want %q", at, got, issuer)
			}
		}
	}
	for _, text := range []string{
		"https://id.example", "https://id.example/.well-known/openid-configurations", "https://id.example/.well-known/jwks.json",
		"https://me:secret@id.example/.well-known/openid-configuration", "https://id.example/.well-known/openid-configuration?p=1",
		"https://id.example/.well-known/openid-configuration#x",
	} {
		u, err := url.Parse(text)
		if got := IssuerAt(u); err != nil || got != "" {
			t.Errorf("%s is the metadata of %q: %v", text, got, err)
		}
	}
}
