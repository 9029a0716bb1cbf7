package certificate

import (
	"crypto/x509/pkix"
	"encoding/asn1"
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
			if _, err := Parse(append([]byte("\ufeff"), cert...), append([]byte("\ufeff"), key...), passphrase); err != nil {
				t.Errorf("%s after a byte order mark: %v", tt.key, err)
			}
			for _, gap := range []string{" ", "", `\n`, "\n  "} {
				if _, err := Parse(cert, []byte(strings.ReplaceAll(string(key), "\n", gap)), passphrase); err != nil && (gap == `\n` || tt.key != "legacy-aes256.key") { // whose header has lines
					t.Errorf("%s with %q for a line break: %v", tt.key, gap, err)
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

// TestKeysThatAskForTooMuchWork: a file comes from anywhere, and its rounds and memory
// with it.
func TestKeysThatAskForTooMuchWork(t *testing.T) {
	t.Parallel()
	marshal := func(v any) []byte {
		b, err := asn1.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	algorithm := func(id asn1.ObjectIdentifier, parameters any) pkix.AlgorithmIdentifier {
		return pkix.AlgorithmIdentifier{Algorithm: id, Parameters: asn1.RawValue{FullBytes: marshal(parameters)}}
	}
	pbkdf2, scrypt := asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 12}, asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 11591, 4, 11}
	type rounds struct {
		Salt   []byte
		Rounds int
	}
	salt := []byte("salt")
	for name, kdf := range map[string]pkix.AlgorithmIdentifier{
		"rounds":         algorithm(pbkdf2, rounds{salt, maxRounds + 1}),
		"no rounds":      algorithm(pbkdf2, rounds{salt, 0}),
		"memory by N":    algorithm(scrypt, scryptKDF{Salt: salt, N: 1 << 18, R: 8, P: 1}),
		"memory by R":    algorithm(scrypt, scryptKDF{Salt: salt, N: 1 << 15, R: 64, P: 1}),
		"memory by both": algorithm(scrypt, scryptKDF{Salt: salt, N: 1 << 62, R: 1 << 30, P: 1}),
		"no memory":      algorithm(scrypt, scryptKDF{Salt: salt, N: 2, R: 0, P: 1}),
		"lanes":          algorithm(scrypt, scryptKDF{Salt: salt, N: 2, R: 1, P: maxLanes + 1}),
		"no lanes":       algorithm(scrypt, scryptKDF{Salt: salt, N: 2, R: 1, P: 0}),
	} {
		if _, err := derive(kdf, "tokenring", 32); !errors.Is(err, errUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}

	type content struct {
		ID   asn1.ObjectIdentifier
		Data asn1.RawValue `asn1:"tag:0,explicit"`
	}
	type digest struct {
		Algorithm pkix.AlgorithmIdentifier
		Digest    []byte
	}
	type mac struct {
		Digest digest
		Salt   []byte
		Rounds int
	}
	type pfx struct {
		Version int
		Safe    content
		MAC     mac
	}
	of := func(macRounds int, inside []byte) []byte {
		return marshal(pfx{3, content{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}, asn1.RawValue{FullBytes: marshal(inside)}},
			mac{digest{algorithm(asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}, salt), salt}, salt, macRounds}})
	}
	encrypted := marshal([]any{algorithm(asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, []any{algorithm(pbkdf2, rounds{salt, maxRounds + 1})}), salt})
	deep := encrypted
	for range 10 * maxDepth {
		deep = marshal(asn1.RawValue{Tag: asn1.TagSequence, IsCompound: true, Bytes: deep})
	}
	for name, tt := range map[string]struct {
		der  []byte
		over bool
	}{
		"few":                        {of(maxRounds, nil), false},
		"of the MAC":                 {of(maxRounds+1, nil), true},
		"of the MAC, 2^40":           {of(1<<40, nil), true},
		"of what is encrypted":       {of(1, encrypted), true},
		"of a bag in the contents":   {of(1, marshal(encrypted)), true},
		"of nothing known, too deep": {of(1, deep), false},
	} {
		if got := overworks(tt.der, maxDepth); got != tt.over {
			t.Errorf("rounds %s: %t", name, got)
		}
		var e *Error
		if _, err := Parse(nil, tt.der, "tokenring"); tt.over && (!errors.As(err, &e) || !strings.Contains(e.Text, "has unsupported encryption")) {
			t.Errorf("rounds %s: %v", name, err)
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
