package certificate

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func data(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestKeysAsOpenSSLWritesThem: the files of testdata hold one key, and one certificate
// for it, and their passphrase is "tokenring".
func TestKeysAsOpenSSLWritesThem(t *testing.T) {
	t.Parallel()
	cert := data(t, "client.pem")
	for _, tt := range []struct {
		key       string
		encrypted bool
		holdsBoth bool
	}{
		{"plain.key", false, false},
		{"sec1.key", false, false},
		{"pbes2-aes256.key", true, false},
		{"pbes2-aes128-sha512.key", true, false},
		{"pbes2-des3-sha1.key", true, false},
		{"scrypt-aes256.key", true, false},
		{"legacy-aes256.key", true, false},
		{"modern.p12", true, true},
		{"legacy.p12", true, true},
		{"open.p12", false, true},
	} {
		key, passphrase := data(t, tt.key), ""
		if tt.encrypted {
			passphrase = "tokenring"
		}
		certs := [][]byte{cert}
		if tt.holdsBoth {
			certs = append(certs, nil)
		}
		for _, c := range certs {
			if pair, err := Parse(c, key, passphrase); err != nil || pair.Leaf.Subject.CommonName != "testdata" {
				t.Errorf("%s: %v", tt.key, err)
			}
		}
		if tt.holdsBoth {
			if _, err := Parse(key, nil, passphrase); err != nil {
				t.Errorf("%s as the certificate: %v", tt.key, err)
			}
			text := base64.StdEncoding.EncodeToString(key)
			if _, err := Parse(nil, []byte(text[:70]+"\n"+text[70:]), passphrase); err != nil {
				t.Errorf("%s in base64: %v", tt.key, err)
			}
		} else {
			if _, err := Parse([]byte(string(key)+string(cert)), nil, passphrase); err != nil {
				t.Errorf("%s and the certificate in one file: %v", tt.key, err)
			}
			for _, gap := range []string{" ", "", `\n`} {
				if _, err := Parse(cert, []byte(strings.ReplaceAll(string(key), "\n", gap)), passphrase); err != nil && (gap == `\n` || tt.key != "legacy-aes256.key") { // whose header has lines
					t.Errorf("%s in one line with %q: %v", tt.key, gap, err)
				}
			}
		}
		if !tt.encrypted {
			continue
		}
		for wrong, want := range map[string]string{"": "there is no passphrase", "hunter2": "does not open"} {
			var e *Error
			if _, err := Parse(cert, key, wrong); !errors.As(err, &e) || e.Part != Passphrase || !strings.Contains(e.Text, want) || strings.Contains(e.Text, "hunter2") {
				t.Errorf("%s with passphrase %q: %v", tt.key, wrong, err)
			}
		}
	}
}

func TestKeysThatCannotBeRead(t *testing.T) {
	t.Parallel()
	cert := data(t, "client.pem")
	cut := data(t, "plain.key")
	damaged := strings.Replace(string(cut), "M", "N", 1)
	for _, tt := range []struct {
		name, key string
		part      Part
		text      string
	}{
		{"another cipher", string(data(t, "camellia.key")), Key, "not supported"},
		{"half a file", string(cut[:len(cut)/2]), Key, "has no end"},
		{"damaged", damaged, Key, "damaged"},
		{"public", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", Key, "only a public key"},
		{"of OpenSSH", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", Key, "OpenSSH"},
		{"without a key", string(data(t, "nokey.p12")), Key, "no private key"},
	} {
		var e *Error
		if _, err := Parse(cert, []byte(tt.key), "tokenring"); !errors.As(err, &e) || e.Part != tt.part || !strings.Contains(e.Text, tt.text) || e.Hint == "" {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// FuzzParse: files come from anywhere, and none may end the program.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"pbes2-aes256.key", "scrypt-aes256.key", "legacy-aes256.key", "modern.p12", "client.pem"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		_, _ = Parse(b, nil, "tokenring")
		_, _ = Authorities(b)
	})
}
