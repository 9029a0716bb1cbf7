package emulatortest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// Authority issues certificates for servers and clients.
type Authority struct {
	Certificate *x509.Certificate
	PEM         string
	key         crypto.Signer
	t           testing.TB
}

// NewAuthority makes an authority.
func NewAuthority(t testing.TB, name string) *Authority {
	t.Helper()
	key := newKey(t)
	now := time.Now()
	cert := issue(t, &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, key, key)
	return &Authority{Certificate: cert, PEM: CertificatePEM(cert), key: key, t: t}
}

// Issued is a certificate with its key.
type Issued struct {
	Certificate *x509.Certificate
	Key         crypto.Signer
}

// Issue issues a certificate for the public key of key, or a new one; change may change
// what it says.
func (a *Authority) Issue(name string, key crypto.Signer, change func(*x509.Certificate)) *Issued {
	a.t.Helper()
	if key == nil {
		key = newKey(a.t)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		DNSNames: []string{"localhost", "api.office.test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if change != nil {
		change(template)
	}
	return &Issued{Certificate: issue(a.t, template, a.Certificate, key, a.key), Key: key}
}

// PEM returns the certificate.
func (i *Issued) PEM() string { return CertificatePEM(i.Certificate) }

// KeyPEM returns the key, PKCS#8.
func (i *Issued) KeyPEM() string {
	der, err := x509.MarshalPKCS8PrivateKey(i.Key)
	if err != nil {
		panic(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// CertificatePEM returns a certificate as PEM.
func CertificatePEM(cert *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw}))
}

// Serve starts a TLS server whose certificate is the authority's. config may change
// what it asks of clients; client certificates are to be of the authority too.
func (a *Authority) Serve(h http.Handler, config func(*tls.Config)) *httptest.Server {
	a.t.Helper()
	s := httptest.NewUnstartedServer(h)
	s.TLS = a.Config()
	if config != nil {
		config(s.TLS)
	}
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = true
	s.StartTLS()
	a.t.Cleanup(s.Close)
	return s
}

// Config returns the configuration of a server.
func (a *Authority) Config() *tls.Config {
	own := a.Issue("server", nil, nil)
	pool := x509.NewCertPool()
	pool.AddCert(a.Certificate)
	return &tls.Config{
		Certificates: []tls.Certificate{{Certificate: [][]byte{own.Certificate.Raw}, PrivateKey: own.Key}}, ClientCAs: pool,
	}
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err)
	}
	return n
}

func issue(t testing.TB, template, parent *x509.Certificate, key, by crypto.Signer) *x509.Certificate {
	t.Helper()
	if parent == nil {
		parent = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), by)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
