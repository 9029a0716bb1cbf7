// Package certificate reads client certificates, private keys, and authorities, in the
// forms in which tools write them: PEM (RFC 7468), DER and PKCS#12 (RFC 7292).
package certificate

import (
	"bytes"
	"cmp"
	"crypto"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"tokenring/session/place"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// maxFile bounds a file with certificates, in bytes. A bundle of all public
// authorities has about 250 KB.
const maxFile = 1 << 20

// Part names the part of a connection at fault.
type Part string

// The parts.
const (
	Certificate Part = "client certificate"
	Key         Part = "key"
	Passphrase  Part = "passphrase"
	Authority   Part = "authority"
)

// Error says why a part cannot be used. It quotes nothing of a key.
type Error struct {
	Part Part
	Text string
	Hint string // what to do next
}

func (e *Error) Error() string { return e.Text }

func fault(part Part, hint, format string, args ...any) *Error {
	return &Error{Part: part, Text: fmt.Sprintf(format, args...), Hint: hint}
}

// Inline reports whether a text holds certificates or keys itself and does not name
// a file.
func Inline(text string) bool { return strings.Contains(text, "-----BEGIN ") }

// Describe describes the contents of a text, or of the file that it names: the first
// subjects, and the beginning of the SHA-256 of all certificates. That of a single one
// is its usual fingerprint. It shows nothing of a key.
func Describe(text string) string {
	if !Inline(text) {
		return secret.CleanLine(text)
	}
	var subjects []string
	all, more := sha256.New(), 0
	for block := range token.PEM([]byte(text)) {
		if !strings.HasSuffix(block.Type, "CERTIFICATE") {
			continue
		}
		subject, der := "a damaged certificate", block.Bytes
		if cert, err := parse(der); err == nil {
			subject, der = cmp.Or(secret.CleanLine(cert.Subject.String()), "a certificate without a subject"), cert.Raw
		}
		all.Write(der)
		if len(subjects) == maxSubjects {
			more++
			continue
		}
		subjects = append(subjects, prose.Clip(subject, maxSubject))
	}
	if subjects == nil {
		return "PEM text without a certificate"
	}
	if more > 0 {
		subjects = append(subjects, fmt.Sprintf("%d more", more))
	}
	return fmt.Sprintf("%s (sha256 %x)", strings.Join(subjects, " and "), all.Sum(nil)[:8])
}

// The limits of subjects in Describe.
const (
	maxSubjects = 3
	maxSubject  = 70 // characters
)

// Read returns the contents of a text, or of the file that it names, an absolute path or one
// that begins with ~/. The error is an *Error.
func Read(part Part, text string) ([]byte, error) {
	if Inline(text) {
		return []byte(text), nil
	}
	shown := secret.CleanLine(text)
	path, _ := place.ExpandHome(text) // without a home folder it is not absolute
	if !filepath.IsAbs(path) {
		return nil, fault(part, "write the whole path, or one that begins with ~/", "the file of the %s, %s, depends on the working folder", part, shown)
	}
	data, err := place.Read(path, maxFile)
	switch {
	case errors.Is(err, place.ErrKind):
		return nil, fault(part, "name a file", "the %s, %s, is not a file", part, shown)
	case errors.Is(err, place.ErrSize):
		return nil, fault(part, "name another file", "the file of the %s, %s, is larger than %d MiB", part, shown, maxFile>>20)
	case err != nil:
		return nil, fault(part, "check its path and its permissions", "the file of the %s, %s, cannot be read: %v", part, shown, err)
	case len(bytes.TrimSpace(data)) == 0:
		return nil, fault(part, "write it again", "the file of the %s, %s, is empty", part, shown)
	}
	return data, nil
}

// Parse returns the client certificate of what Read returned for it and its key. Each
// may be empty where the other holds both. The leaf is the certificate that belongs to
// the key; the others follow in their order. The error is an *Error.
func Parse(cert, key []byte, passphrase string) (*tls.Certificate, error) {
	var all contents
	if err := all.add(Certificate, cert, passphrase); err != nil {
		return nil, err
	}
	certs := len(all.certs)
	if err := all.add(Key, key, passphrase); err != nil {
		return nil, err
	}
	switch {
	case len(cert) > 0 && certs == 0 && len(all.certs) == 0:
		return nil, fault(Certificate, "name the file that the authority issued", "the client certificate holds no certificate%s", all.instead())
	case len(all.certs) == 0:
		return nil, fault(Certificate, "name the certificate's file", "the key has no client certificate")
	case all.key == nil && len(key) > 0:
		return nil, fault(Key, "use the private key that the certificate was requested with", "the key holds no private key%s", all.instead())
	case all.key == nil:
		return nil, fault(Key, "name the key's file, or enter the key", "the client certificate has no key")
	}
	return all.pair()
}

// contents holds the certificates and the key of some files.
type contents struct {
	certs []*x509.Certificate
	key   crypto.Signer
	other string // type of a PEM block that is neither
}

// instead describes what was found in place of the missing part.
func (c *contents) instead() string {
	switch {
	case strings.HasSuffix(c.other, "CERTIFICATE REQUEST"):
		return ", only a request for one"
	case strings.HasSuffix(c.other, "PUBLIC KEY"):
		return ", only a public key"
	case c.key != nil:
		return ", only a key"
	case len(c.certs) > 0:
		return ", only a certificate"
	}
	return ""
}

// add adds the contents of a file.
func (c *contents) add(part Part, data []byte, passphrase string) error {
	if len(data) == 0 {
		return nil
	}
	if Inline(string(data)) {
		return c.addPEM(part, data, passphrase)
	}
	text := strings.Join(strings.Fields(string(data)), "")
	if decoded, err := base64.StdEncoding.DecodeString(text); err == nil && text != "" {
		data = decoded
	}
	if certs, err := x509.ParseCertificates(data); err == nil && len(certs) > 0 {
		c.certs = append(c.certs, certs...)
		return nil
	}
	if part == Authority { // which has no key
		return nil
	}
	return c.addKey(part, data, passphrase)
}

func (c *contents) addPEM(part Part, data []byte, passphrase string) error {
	found := false
	for block := range token.PEM(data) {
		found = true
		switch {
		case strings.HasSuffix(block.Type, "CERTIFICATE"):
			cert, err := parse(block.Bytes)
			if err != nil {
				return fault(part, "export it again", "a certificate of the %s is damaged", part)
			}
			c.certs = append(c.certs, cert)
		case strings.HasSuffix(block.Type, "PRIVATE KEY") && part != Authority:
			if c.key != nil {
				continue // the certificate's file has it too
			}
			key, err := parseKey(block, passphrase)
			if err != nil {
				return err
			}
			c.key = key
		default:
			c.other = block.Type
		}
	}
	if !found {
		return fault(part, "copy it again, from -----BEGIN to -----END", "the %s is damaged: a PEM block has no end", part)
	}
	return nil
}

// parse reads a certificate, and leaves out what OpenSSL writes behind a "trusted" one.
func parse(der []byte) (*x509.Certificate, error) {
	var first asn1.RawValue
	if _, err := asn1.Unmarshal(der, &first); err != nil {
		return nil, err
	}
	return x509.ParseCertificate(first.FullBytes)
}

// addKey adds a key in DER or PKCS#12.
func (c *contents) addKey(part Part, data []byte, passphrase string) error {
	for _, kind := range []string{"PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"} {
		if key, err := decodeKey(kind, data); err == nil {
			c.key, err = signer(key)
			return err
		}
	}
	unsupported := fault(part, "convert it: openssl pkcs12 -in FILE | openssl pkcs12 -export -out NEW.p12", "the PKCS#12 file has unsupported encryption")
	if overworks(data, maxDepth) {
		return unsupported
	}
	key, cert, chain, err := pkcs12.DecodeChain(data, passphrase)
	var unknown pkcs12.NotImplementedError
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword), errors.Is(err, pkcs12.ErrDecryption):
		return wrongPassphrase("the PKCS#12 file", passphrase)
	case errors.As(err, &unknown):
		return unsupported
	case err != nil && strings.Contains(err.Error(), "private key missing"):
		return fault(Key, "export it once more, with its private key", "the PKCS#12 file holds no private key")
	case err != nil:
		return fault(part, "name a PEM or PKCS#12 file", "the %s is neither PEM nor PKCS#12", part)
	}
	if c.key, err = signer(key); err != nil {
		return err
	}
	c.certs = append(append(c.certs, cert), chain...)
	return nil
}

// Split takes the private keys out of PEM text: what is left may lie in clear.
func Split(text string) (public, keys string) {
	for block := range token.PEM([]byte(text)) {
		if one := string(pem.EncodeToMemory(block)); strings.HasSuffix(block.Type, "PRIVATE KEY") {
			keys += one
		} else {
			public += one
		}
	}
	return public, keys
}

// pair returns the certificate that belongs to the key, with its chain.
func (c *contents) pair() (*tls.Certificate, error) {
	out := &tls.Certificate{PrivateKey: c.key}
	for i, cert := range c.certs {
		if public, ok := cert.PublicKey.(interface{ Equal(crypto.PublicKey) bool }); ok && public.Equal(c.key.Public()) {
			out.Leaf, out.Certificate = cert, [][]byte{cert.Raw}
			for j, other := range c.certs {
				if j != i {
					out.Certificate = append(out.Certificate, other.Raw)
				}
			}
			return out, nil
		}
	}
	is, needs := token.KindOf(c.key.Public()), token.KindOf(c.certs[0].PublicKey)
	hint := "use the private key that this certificate was requested with"
	if is != needs {
		return nil, fault(Key, hint, "the client certificate needs %s, and the key is %s", needs, is)
	}
	return nil, fault(Key, hint, "the key does not belong to the client certificate")
}

// InForce returns an *Error unless a client certificate is valid at now.
func InForce(cert *x509.Certificate, now time.Time) error {
	switch {
	case now.After(cert.NotAfter):
		return fault(Certificate, "get a new certificate, or check this machine's clock", "the client certificate expired on %s", prose.UTC(cert.NotAfter))
	case now.Before(cert.NotBefore):
		return fault(Certificate, "wait until then, or check this machine's clock", "the client certificate is not valid before %s", prose.UTC(cert.NotBefore))
	}
	return nil
}

// Authorities returns the certificates of an authority that Read returned: PEM or DER.
// The error is an *Error.
func Authorities(data []byte) ([]*x509.Certificate, error) {
	var all contents
	if err := all.add(Authority, data, ""); err != nil {
		return nil, err
	}
	if len(all.certs) == 0 {
		return nil, fault(Authority, "name a file that holds -----BEGIN CERTIFICATE-----", "the authority holds no certificate%s", all.instead())
	}
	return all.certs, nil
}
