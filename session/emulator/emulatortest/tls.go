package emulatortest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"time"

	"tokenring/session/emulator"
)

// TLSTrouble selects a fault of a certificate.
type TLSTrouble int

// The certificates of StartTLS. No client trusts them.
const (
	TLSSelfSigned TLSTrouble = iota // valid once it is trusted
	TLSExpired                      // since 2001
	TLSWrongHost                    // made for elsewhere.example
)

// StartTLS serves h over TLS on a free port of 127.0.0.1 with a certificate of
// its own.
func StartTLS(h http.Handler, trouble TLSTrouble) (*emulator.Listener, error) {
	cert, err := selfSigned(trouble)
	if err != nil {
		return nil, fmt.Errorf("emulator: making a certificate: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("emulator: %w", err)
	}
	l := emulator.Serve(tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}}), h)
	l.URL = "https://" + ln.Addr().String()
	l.Certificate = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]})
	return l, nil
}

func selfSigned(trouble TLSTrouble) (tls.Certificate, error) {
	year := func(y int) time.Time { return time.Date(y, 1, 1, 0, 0, 0, 0, time.UTC) }
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "emulator"},
		NotBefore:             year(2000),
		NotAfter:              year(2100),
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:              []string{"localhost"},
	}
	switch trouble {
	case TLSExpired:
		template.NotAfter = year(2001)
	case TLSWrongHost:
		template.IPAddresses, template.DNSNames = nil, []string{"elsewhere.example"}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
