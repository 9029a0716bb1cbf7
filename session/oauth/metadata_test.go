package oauth

import (
	"strings"
	"testing"
)

// TestWhereKeysMayBe: the metadata of a public issuer names no plain http, and no address inside.
func TestWhereKeysMayBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://keys.example/set": "", "": "names no jwks_uri", "http://keys.example/set": "without TLS", "file:///etc/passwd": "is not a web address",
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
