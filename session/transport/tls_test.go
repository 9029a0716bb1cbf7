package transport

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"tokenring/session/body"
)

// authority signs certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// issue returns a certificate that a signs; without a it signs itself.
func (a *authority) issue(t *testing.T, edit func(*x509.Certificate)) (tls.Certificate, *authority) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		BasicConstraintsValid: true,
	}
	edit(c)
	parent, signer := c, key
	if a != nil {
		parent, signer = a.cert, a.key
	}
	der, err := x509.CreateCertificate(rand.Reader, c, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, &authority{made, key}
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	var none *authority
	_, a := none.issue(t, func(c *x509.Certificate) {
		c.IsCA, c.KeyUsage, c.Subject.CommonName = true, x509.KeyUsageCertSign, "office root"
	})
	return a
}

// serveTLS returns the address of a server with a TLS configuration.
func serveTLS(t *testing.T, h2 bool, config *tls.Config) string {
	t.Helper()
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.EnableHTTP2, s.TLS, s.Config.ErrorLog = h2, config, log.New(io.Discard, "", 0)
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.URL
}

// ask sends a request as the program does, but trusts these authorities alone.
func ask(t *testing.T, address string, content []byte, trusted ...*authority) *Error {
	t.Helper()
	rt := newTransport()
	rt.TLSClientConfig.RootCAs = x509.NewCertPool()
	for _, a := range trusted {
		rt.TLSClientConfig.RootCAs.AddCert(a.cert)
	}
	t.Cleanup(rt.CloseIdleConnections)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	req := &Request{Method: http.MethodPost, URL: u}
	if content != nil {
		req.Body = body.Raw(content, "")
	}
	res, err := New(Options{Now: time.Now, Transport: rt}).Do(context.Background(), req)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("no *Error but %v, %+v", err, res)
	}
	return e
}

func TestAServerThatWantsAClientCertificate(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	cert, _ := a.issue(t, func(*x509.Certificate) {})
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, h2 := range []bool{false, true} {
			for _, size := range []int{0, 8 << 20} { // of the longer one a part cannot be written
				address := serveTLS(t, h2, &tls.Config{
					Certificates: []tls.Certificate{cert}, ClientAuth: tls.RequireAnyClientCert, MinVersion: version, MaxVersion: version,
				})
				e := ask(t, address, bytes.Repeat([]byte("x"), size), a)
				if e.Kind != KindTLS || !strings.Contains(e.Text, "client certificate") || e.Hint != "add a certificate and its key to the account" {
					t.Errorf("%s, HTTP/2 %v, %d bytes: %s: %q (%q)", tls.VersionName(version), h2, size, e.Kind, e.Text, e.Hint)
				}
			}
		}
	}
}

func TestEveryAlertIsNamed(t *testing.T) {
	t.Parallel()
	for number := range 256 {
		if number == 0 || number == 90 { // ends of a connection, no failures
			continue
		}
		err := error(&net.OpError{Op: "remote error", Err: alertError(t, byte(number))})
		x := &exchange{c: New(Options{Now: time.Now}), url: &url.URL{Scheme: "https", Host: "h.test"}, way: &way{prepared: &prepared{}}, watch: newStopwatch(time.Now, Route{})}
		x.parent, x.ctx = context.Background(), context.Background()
		e := x.fail(&net.OpError{Op: "proxyconnect", Err: err}) // wrapped, as net/http does
		name := strings.TrimPrefix(tls.AlertError(number).Error(), "tls: ")
		if e.Kind != KindTLS || !strings.Contains(e.Text, `"`+name+`"`) || e.Hint == "" {
			t.Errorf("%d: %s: %q (%q)", number, e.Kind, e.Text, e.Hint)
		}
		about := strings.Contains(e.Hint, "certificate and its key to the account")
		if want := number >= 41 && number <= 51 && number != 47 && number != 50 || number == 116; about != want {
			t.Errorf("%d %s: a hint about a client certificate %v, want %v", number, name, about, want)
		}
	}
}

// alertError returns the error that crypto/tls makes of an alert, in its own type.
func alertError(t *testing.T, number byte) error {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		_, _ = theirs.Read(make([]byte, 4096))
		_, _ = theirs.Write([]byte{0x15, 3, 3, 0, 2, 2, number})
	}()
	err := tls.Client(ours, &tls.Config{ServerName: "h.test"}).HandshakeContext(t.Context())
	var op *net.OpError
	if !errors.As(err, &op) {
		t.Fatalf("alert %d is %v", number, err)
	}
	return op.Err
}

func TestCertificatesThatAreRefused(t *testing.T) {
	t.Parallel()
	a, other := newAuthority(t), newAuthority(t)
	var none *authority
	tests := []struct {
		name       string
		signer     *authority
		edit       func(*x509.Certificate)
		text, hint string
	}{
		{"expired", a, func(c *x509.Certificate) { c.NotAfter = time.Now().Add(-time.Minute) }, " expired on 20", "this machine's clock says 20"},
		{"not valid yet", a, func(c *x509.Certificate) { c.NotBefore = time.Now().Add(time.Minute) }, "is not valid before 20", "this machine's clock says 20"},
		{"another host", a, func(c *x509.Certificate) { c.IPAddresses, c.DNSNames = nil, []string{"a.test", "b\x1b[2J.test"} }, "it is for a.test", "use a name"},
		{"no host", a, func(c *x509.Certificate) { c.IPAddresses = nil }, "names no host", "use a name"},
		{"an unknown authority", other, func(*x509.Certificate) {}, `an authority this machine does not know ("office root")`, "the file of the authority in the account"},
		{"its own authority", none, func(*x509.Certificate) {}, "is self-signed", "the file of this certificate in the account"},
		{"not for servers", a, func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, "is not a server certificate", "replaced"},
	}
	for _, tt := range tests {
		cert, _ := tt.signer.issue(t, tt.edit)
		e := ask(t, serveTLS(t, false, &tls.Config{Certificates: []tls.Certificate{cert}}), nil, a)
		if e.Kind != KindTLS || !strings.Contains(e.Text, tt.text) || !strings.Contains(e.Hint, tt.hint) || strings.ContainsRune(e.Text, '\x1b') {
			t.Errorf("%s: %s: %q (%q)", tt.name, e.Kind, e.Text, e.Hint)
		}
	}
	t.Run("an old version", func(t *testing.T) {
		t.Parallel()
		cert, _ := a.issue(t, func(*x509.Certificate) {})
		e := ask(t, serveTLS(t, false, &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}), nil, a)
		if !strings.Contains(e.Text, "does not speak TLS 1.2 or newer") {
			t.Errorf("%q (%q)", e.Text, e.Hint)
		}
	})
}

func TestHowAnAuthorityBecomesKnown(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name string, text []byte, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := write("root.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: newAuthority(t).cert.Raw}), 0o600)
	empty := t.TempDir()
	tests := []struct{ goos, name, value, want string }{
		{"linux", "", "", "add it to the system's certificates, or name a file"},
		{"freebsd", "", "", "add it to the system's certificates, or name a file"},
		{"darwin", "", "", "add it to the keychain"},
		{"windows", "", "", "add it to the trusted root certificates"},
		{"linux", certFile, good, "add it to what SSL_CERT_FILE names: " + good},
		{"linux", certFile, filepath.Join(dir, "none.pem"), "SSL_CERT_FILE names " + dir + "/none.pem, which does not exist"},
		{"linux", certFile, write("text.pem", []byte("hello"), 0o600), "which holds no certificate"},
		{"linux", certFile, dir, "which is not a file"},
		{"linux", certDir, dir, "add it to what SSL_CERT_DIR names"},
		{"linux", certDir, empty + ":" + dir, "add it to what SSL_CERT_DIR names"},
		{"linux", certDir, empty, "SSL_CERT_DIR names " + empty + ", where no file holds a certificate"},
		{"linux", certDir, filepath.Join(dir, "none"), "where no file holds a certificate"},
		{"darwin", certFile, good, "SSL_CERT_FILE is ignored on this system: add authorities to the keychain"},
		{"windows", certDir, dir, "SSL_CERT_DIR is ignored on this system: add authorities to the trusted root"},
	}
	if runtime.GOOS != "windows" && os.Geteuid() != 0 {
		tests = append(tests, struct{ goos, name, value, want string }{"linux", certFile, write("closed.pem", nil, 0), "which you may not read"})
	}
	for _, tt := range tests {
		getenv := func(name string) string {
			if name == tt.name {
				return tt.value
			}
			return ""
		}
		if got := cmp.Or(AuthorityProblem(tt.goos, getenv), authorityHint(tt.goos, getenv, "it")); !strings.Contains(got, tt.want) {
			t.Errorf("%s, %s=%s: %q", tt.goos, tt.name, tt.value, got)
		}
	}
}
