package transport

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"reflect"
	"runtime"
	"slices"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

func (x *exchange) explainTLS(e *Error, err error) bool {
	var record tls.RecordHeaderError
	alert, alerted := alertOf(err)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return x.explainNoTLS(e, " does not speak TLS on this port", "write http:// in the address if the server is local, or use its HTTPS port")
	case x.explainServerCertificate(e, err):
		return true
	case alerted:
		return x.explainAlert(e, err, alert)
	case strings.Contains(err.Error(), "tls: server selected unsupported protocol version"):
		return e.explainVersion("")
	case x.watch.inHandshake() && !x.certificateRequested():
		return x.explainNoTLS(e, " broke off the TLS handshake", "check that this port speaks TLS")
	}
	return false
}

// explainNoTLS explains that the other side does not speak TLS. A proxy may have said that it
// connected, and sent a page of its own.
func (x *exchange) explainNoTLS(e *Error, text, hint string) bool {
	if x.route.Proxy != nil {
		hint += "; it was reached " + ThroughProxy(x.route.Proxy.Host) + ": " + x.route.check()
	}
	return e.set(KindTLS, e.peer+text, hint)
}

// explainRequested explains a connection that broke after the server asked for a client
// certificate. With TLS 1.3 a server refuses a client after the handshake, while the
// request is being written, and net/http may report the broken write in place of the
// alert.
func (x *exchange) explainRequested(e *Error, err error) bool {
	if !x.certificateRequested() || strings.Contains(err.Error(), "stream error") { // of HTTP/2, whose connection goes on
		return false
	}
	if alert, ok := x.watch.lastWord(); ok {
		return x.explainAlert(e, err, alert)
	}
	return x.explainWanted(e, x.kindTLS(err), "")
}

// certificateRequested reports whether the other side asked for a client certificate, which a server
// does after it has proven its own.
func (x *exchange) certificateRequested() bool {
	requested, _ := x.watch.certificateRequested()
	return requested
}

// explainWanted explains that the other side wants a client certificate, or another one.
func (x *exchange) explainWanted(e *Error, kind Kind, alert string) bool {
	_, shown := x.watch.certificateRequested()
	switch {
	case x.atProxy():
		return e.set(kind, e.peer+" asks for a client certificate"+alert, "use a proxy that asks for none: certificates are sent only to servers")
	case shown:
		return e.set(kind, e.peer+" did not accept the client certificate of this account"+alert,
			"check that it was issued for this server, by an authority that the server trusts")
	case x.way.certificate != nil:
		return e.set(kind, e.peer+" asks for a client certificate, and that of this account is for its own address only"+alert,
			"make an account for that address")
	}
	return e.set(kind, e.peer+" asks for a client certificate, and this account has none"+alert, "add a certificate and its key to the account")
}

// kindTLS returns KindTLS if the request cannot have been sent, else KindBroken.
func (x *exchange) kindTLS(err error) Kind {
	if x.watch.reached() < phaseReady || strings.Contains(err.Error(), "http2: client conn could not be established") {
		return KindTLS
	}
	return KindBroken
}

// explainServerCertificate explains why the certificate of the other side is refused.
func (x *exchange) explainServerCertificate(e *Error, err error) bool {
	var (
		verify    *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		system    x509.SystemRootsError
		leaf      *x509.Certificate
	)
	if errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0 {
		leaf = verify.UnverifiedCertificates[0]
	}
	switch {
	case errors.As(err, &authority) && leaf != nil && isSelfSigned(leaf):
		return e.set(KindTLS, "the certificate of "+e.peer+" is self-signed, and this machine does not trust it", x.authorityHint("this certificate"))
	case errors.As(err, &authority):
		return e.set(KindTLS, "the certificate of "+e.peer+" is signed by an authority this machine does not know"+issuer(leaf), x.authorityHint("the authority"))
	case errors.As(err, &system):
		return e.set(KindTLS, "the authorities of this machine, needed to verify "+e.peer+", cannot be read", x.authorityHint("the authority"))
	case errors.As(err, &name):
		return e.set(KindTLS, "the certificate of "+e.peer+" is for another name"+hostsOf(name.Certificate),
			"use a name the certificate carries, or have the server's certificate replaced")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return x.explainExpired(e, invalid, leaf)
	case errors.As(err, &invalid) && invalid.Reason == x509.IncompatibleUsage:
		return e.set(KindTLS, "the certificate of "+e.peer+" is not a server certificate", "have the server's certificate replaced")
	case errors.As(err, &invalid), verify != nil, strings.Contains(err.Error(), "failed to parse certificate"):
		return e.set(KindTLS, "the certificate of "+e.peer+" is not valid", "have the server's certificate replaced")
	}
	return false
}

// explainExpired tells a certificate that has expired from one that is not valid
// yet, and the server's from that of an authority above it.
func (x *exchange) explainExpired(e *Error, invalid x509.CertificateInvalidError, leaf *x509.Certificate) bool {
	what := "the certificate of " + e.peer
	if invalid.Cert == nil {
		return e.set(KindTLS, what+" has expired or is not valid yet", "check this machine's clock")
	}
	if leaf != nil && !invalid.Cert.Equal(leaf) {
		what = "the certificate of an authority above " + e.peer
	}
	now := x.c.now()
	clock := "this machine's clock says " + prose.UTC(now)
	if strings.Contains(invalid.Detail, "is before") || now.Before(invalid.Cert.NotBefore) {
		return e.set(KindTLS, what+" is not valid before "+prose.UTC(invalid.Cert.NotBefore), clock+": set it if it is wrong, or wait")
	}
	return e.set(KindTLS, what+" expired on "+prose.UTC(invalid.Cert.NotAfter), "have it renewed; "+clock+": set it if it is wrong")
}

func isSelfSigned(c *x509.Certificate) bool {
	return slices.Equal(c.RawIssuer, c.RawSubject) && c.CheckSignature(c.SignatureAlgorithm, c.RawTBSCertificate, c.Signature) == nil
}

// issuer names the authority that a certificate says it is signed by.
func issuer(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	name := cmp.Or(c.Issuer.CommonName, c.Issuer.String())
	return fmt.Sprintf(" (%q)", prose.Clip(secret.CleanLine(name), maxNames))
}

// hostsOf lists the hosts that a certificate is for.
func hostsOf(c *x509.Certificate) string {
	if c == nil {
		return ""
	}
	names := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	if len(names) == 0 {
		return ", it names no host"
	}
	return ", it is for " + prose.Clip(secret.CleanLine(strings.Join(names, ", ")), maxNames)
}

const maxNames = 120 // runes

// authorityHint returns how to trust an authority here. A variable applies to
// every account, so a fault there comes first.
func (x *exchange) authorityHint(what string) string {
	if problem := AuthorityProblem(runtime.GOOS, x.c.getenv); problem != "" {
		return problem
	}
	return "name the file of " + what + " in the account (--cacert), or " + authorityHint(runtime.GOOS, x.c.getenv, what)
}

// alertOf returns the TLS alert in err that the other side sent. crypto/tls hands out
// its own type of alert, which has the numbers of tls.AlertError, within a *net.OpError;
// tls.AlertError itself comes with QUIC alone.
func alertOf(err error) (tls.AlertError, bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		op, ok := err.(*net.OpError) //nolint:errorlint // several may be nested, and their Op decides
		if !ok || op.Op != "remote error" {
			continue
		}
		if number := reflect.ValueOf(op.Err); number.Kind() == reflect.Uint8 {
			return tls.AlertError(number.Uint()), true
		}
	}
	return 0, false
}

// explainAlert explains an alert by its number (RFC 8446, section 6.2), and names it
// as the standard does.
func (x *exchange) explainAlert(e *Error, err error, alert tls.AlertError) bool {
	name := fmt.Sprintf(" (TLS alert %q)", strings.TrimPrefix(alert.Error(), "tls: "))
	switch alert {
	case 41, 42, 43, 44, 45, 46, 48, 49, 51, 116: // of the certificate that was shown, or of its absence
		return x.explainWanted(e, KindTLS, name)
	case 40:
		if x.certificateRequested() {
			return x.explainWanted(e, KindTLS, name)
		}
		return e.set(KindTLS, e.peer+" supports no TLS version or cipher of this program"+name,
			"check the server's TLS settings: versions, ciphers, kinds of certificate")
	case 70, 71:
		return e.explainVersion(name)
	case 112:
		return e.set(KindTLS, e.peer+" has no certificate for this name"+name, "check the host in the address")
	case 120:
		return e.set(KindTLS, e.peer+" speaks neither HTTP/1.1 nor HTTP/2 on this port"+name,
			"check the port: another service may listen there")
	case 80:
		return e.set(x.kindTLS(err), e.peer+" failed in the TLS handshake"+name, "check the host in the address, and look into the server's log")
	}
	return e.set(x.kindTLS(err), e.peer+" broke off TLS"+name, "look into the server's log")
}

func (e *Error) explainVersion(alert string) bool {
	return e.set(KindTLS, e.peer+" does not speak TLS 1.2 or newer"+alert, "have the server's TLS updated")
}
