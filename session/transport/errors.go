package transport

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"syscall"
	"time"

	"tokenring/session/secret"
)

// Kind says what kept an exchange from giving an answer.
type Kind string

// The kinds of failed exchanges.
const (
	KindDNS         Kind = "address not found"
	KindRefused     Kind = "connection refused"
	KindUnreachable Kind = "unreachable"
	KindProxy       Kind = "proxy refused" // nothing reached the server
	KindTLS         Kind = "TLS trouble"
	KindTimeout     Kind = "timeout"
	KindCanceled    Kind = "cancelled"
	KindNotHTTP     Kind = "not HTTP"
	KindBroken      Kind = "connection broken"
	KindPlainHTTP   Kind = "plain HTTP refused"
	KindOrigin      Kind = "foreign origin"
	KindTooLarge    Kind = "header too large"
	KindInvalid     Kind = "invalid request"           // nothing was sent
	KindConnection  Kind = "connection cannot be used" // nothing was sent; see ConnectionError
)

// Error is a failed exchange. Its text names host and reason and holds no
// credential and no part of a URL beyond the host; Hint says what to do next.
type Error struct {
	Kind Kind
	Host string // host[:port]
	Text string
	Hint string
	Err  error // the cause, for errors.Is; its text is not shown
}

// Error returns the text without the hint.
func (e *Error) Error() string { return e.Text }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// noAnswer is a status that begins no answer: 101, or one that HTTP does not know.
type noAnswer int

func (status noAnswer) Error() string { return fmt.Sprintf("status %03d", int(status)) }

// fail turns what net/http says into a kind, a sentence and a hint.
func (x *exchange) fail(err error) *Error {
	e := &Error{Host: secret.CleanLine(OriginOf(x.url).Host()), Err: err}
	for _, explain := range []func(*Error, error) bool{
		x.explainContext, explainProxy, explainDNS, x.explainTLS, explainHTTP, explainSocket,
	} {
		if explain(e, err) {
			x.explainCertificate(e)
			return e
		}
	}
	e.set(KindBroken, e.Host+" broke off the exchange before it answered",
		"try again; if it stays, look into the server's log")
	x.explainCertificate(e)
	return e
}

// explainCertificate speaks of the client certificate where the server asked for one,
// which it does after it has proven its own, and then gave no answer.
func (x *exchange) explainCertificate(e *Error) {
	if e.Kind != KindTLS && e.Kind != KindBroken {
		return
	}
	asked, shown := x.watch.certificateAsked()
	switch {
	case !asked:
	case shown:
		e.set(KindTLS, e.Host+" did not accept the client certificate of this account",
			"check that it was issued for this server, by an authority that the server trusts")
	case x.way.certificate != nil:
		e.set(KindTLS, e.Host+" asks for a client certificate, and that of this account is for its own address only",
			"make an account for that address")
	default:
		e.set(KindTLS, e.Host+" asks for a client certificate, and this account has none", "add a certificate and its key to the account")
	}
}

func (e *Error) set(kind Kind, text, hint string) bool {
	e.Kind, e.Text, e.Hint = kind, text, hint
	return true
}

func (x *exchange) explainContext(e *Error, err error) bool {
	if errors.Is(x.parent.Err(), context.Canceled) {
		e.Err = x.parent.Err()
		return e.set(KindCanceled, "the call to "+e.Host+" was cancelled", "start it again when you want it")
	}
	var timed net.Error
	if !errors.Is(err, context.DeadlineExceeded) && (!errors.As(err, &timed) || !timed.Timeout()) {
		return false
	}
	phase := x.watch.reached()
	var dns *net.DNSError
	if errors.As(err, &dns) && phase == phaseStart {
		return e.set(KindTimeout, fmt.Sprintf("looking up the address of %s took more than %s", e.Host, seconds(x.waited())),
			"check that this machine is online and its name server answers")
	}
	switch phase {
	case phaseStart:
		return e.set(KindTimeout, fmt.Sprintf("no connection to %s within %s", e.Host, seconds(x.waited())),
			"check the address, and whether a VPN or firewall is in the way")
	case phaseConnected:
		return e.set(KindTimeout, fmt.Sprintf("%s did not finish the TLS handshake within %s", e.Host, seconds(x.waited())),
			"check that this port speaks TLS")
	}
	return e.set(KindTimeout, fmt.Sprintf("%s did not answer within %s", e.Host, seconds(x.waited())),
		"it took the call and stayed silent: try again, or raise the timeout of its definition")
}

func explainProxy(e *Error, err error) bool {
	var op *net.OpError
	if !errors.As(err, &op) || op.Op != "proxyconnect" {
		return false
	}
	return e.set(KindUnreachable, "the proxy on the way to "+e.Host+" cannot be reached",
		"check HTTPS_PROXY and HTTP_PROXY, or name the host in NO_PROXY")
}

func explainDNS(e *Error, err error) bool {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return false
	}
	if dns.IsNotFound {
		return e.set(KindDNS, "there is no host named "+e.Host,
			"check the spelling of the address, and whether it needs a VPN")
	}
	return e.set(KindDNS, "the address of "+e.Host+" could not be looked up",
		"check that this machine is online and its name server answers")
}

func (x *exchange) explainTLS(e *Error, err error) bool {
	var (
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		alert     tls.AlertError
		verify    *tls.CertificateVerificationError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &record):
		return e.set(KindTLS, e.Host+" does not speak TLS on this port",
			"write http:// in the address if the server is local, or use its HTTPS port")
	case errors.As(err, &authority):
		return e.set(KindTLS, "the certificate of "+e.Host+" is signed by an authority this machine does not know",
			"add the authority to the system's certificates, or name its file in SSL_CERT_FILE")
	case errors.As(err, &name):
		return e.set(KindTLS, "the certificate of "+e.Host+" is made out to another name",
			"use the name the certificate carries, or have the server's certificate replaced")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return e.set(KindTLS, "the certificate of "+e.Host+" has expired or is not valid yet",
			"have the server's certificate renewed, and check this machine's clock")
	case errors.As(err, &invalid), errors.As(err, &verify):
		return e.set(KindTLS, "the certificate of "+e.Host+" is not valid",
			"have the server's certificate replaced")
	case errors.As(err, &alert):
		return e.set(KindTLS, e.Host+" refused the TLS handshake",
			"it may want another TLS version or a client certificate")
	case x.watch.reached() == phaseConnected && x.url.Scheme == "https":
		return e.set(KindTLS, e.Host+" broke off the TLS handshake", "check that this port speaks TLS")
	}
	return false
}

func explainHTTP(e *Error, err error) bool {
	var protocol textproto.ProtocolError
	said := err.Error()
	var status noAnswer
	switch {
	case errors.As(err, &status):
		return e.set(KindNotHTTP, fmt.Sprintf("%s answered with %s, which is no answer to a request", e.Host, said),
			"check the address and the port: another service may listen there")
	case strings.Contains(said, "response headers exceeded"), strings.Contains(said, "header list"):
		return e.set(KindTooLarge, fmt.Sprintf("the header of the answer of %s is larger than %d KiB", e.Host, MaxHeader>>10),
			"look at what the server puts into its headers and cookies")
	case strings.Contains(said, "invalid header field"), strings.Contains(said, "invalid method"),
		strings.Contains(said, "invalid trailer"):
		return e.set(KindInvalid, "the request to "+e.Host+" holds a header or method that cannot be sent",
			"look for line breaks and control characters in its values")
	case strings.Contains(said, `\x15\x03`):
		return e.speaksTLS()
	case strings.Contains(said, "malformed"), errors.As(err, &protocol):
		return e.set(KindNotHTTP, e.Host+" answered with something that is not HTTP",
			"check the port: another service may listen there")
	}
	return false
}

func (e *Error) speaksTLS() bool {
	return e.set(KindNotHTTP, e.Host+" wants HTTPS on this port and was asked in plain HTTP",
		"write https:// in the address")
}

func explainSocket(e *Error, err error) bool {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return e.set(KindRefused, e.Host+" refused the connection",
			"check that the server runs and the port in the address is right")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return e.set(KindUnreachable, e.Host+" cannot be reached from here",
			"check that this machine is online, and whether the address needs a VPN")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return e.set(KindBroken, e.Host+" closed the connection before it answered",
			"try again; if it stays, look into the server's log")
	case errors.As(err, &op) && op.Op == "dial":
		return e.set(KindUnreachable, "no connection to "+e.Host, "check the address and this machine's network")
	}
	return false
}

// seconds writes d as a person says it: "15 s", "0.2 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}
