package transport

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
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
	KindProxy       Kind = "proxy trouble" // nothing reached the server
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

	peer string // the other side in a sentence: Host, or the proxy
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
	e.peer = e.Host
	if x.atProxy() {
		e.peer = "the proxy " + x.route.Proxy.Host
	}
	if x.explainProxy(e, err) {
		return e
	}
	for _, explain := range []func(*Error, error) bool{
		explainInside, x.explainContext, x.explainDNS, x.explainTLS, explainHTTP, x.explainRequested, explainSocket, explainOther,
	} {
		if explain(e, err) {
			break
		}
	}
	if x.atProxy() {
		x.blameProxy(e)
	}
	return e
}

func explainOther(e *Error, _ error) bool {
	return e.set(KindBroken, e.peer+" broke off the exchange before it answered",
		"try again; if it happens again, look into the server's log")
}

func (e *Error) set(kind Kind, text, hint string) bool {
	e.Kind, e.Text, e.Hint = kind, text, hint
	return true
}

func (x *exchange) explainContext(e *Error, err error) bool {
	if errors.Is(x.parent.Err(), context.Canceled) {
		e.Err = x.parent.Err()
		return e.set(KindCanceled, "the call to "+e.Host+" was cancelled", "start it again")
	}
	var timed net.Error
	if !errors.Is(err, context.DeadlineExceeded) && (!errors.As(err, &timed) || !timed.Timeout()) {
		return false
	}
	phase := x.watch.reached()
	var dns *net.DNSError
	if errors.As(err, &dns) && phase == phaseStart {
		return e.set(KindTimeout, fmt.Sprintf("looking up the address of %s took more than %s", e.peer, seconds(x.waited())),
			"check that this machine is online and its name server answers")
	}
	switch {
	case phase == phaseStart:
		return e.set(KindTimeout, fmt.Sprintf("no connection to %s within %s", e.peer, seconds(x.waited())),
			"check the address, and whether a VPN or firewall is in the way")
	case x.watch.inHandshake():
		return e.set(KindTimeout, fmt.Sprintf("%s did not finish the TLS handshake within %s", e.peer, seconds(x.waited())),
			"check that this port speaks TLS")
	case phase < phaseTunnel && x.atProxy():
		return e.set(KindTimeout, fmt.Sprintf("%s made no connection to %s within %s", e.peer, e.Host, seconds(x.waited())), "")
	}
	if n := x.watch.refusals(); n > 1 {
		return e.set(KindTimeout, fmt.Sprintf("%s did not accept the request: %d tries got no answer within %s", e.peer, n+1, seconds(x.waited())),
			"wait a moment and try again: the server refuses calls now, as HTTP/2 does with REFUSED_STREAM")
	}
	return e.set(KindTimeout, fmt.Sprintf("%s did not answer within %s", e.peer, seconds(x.waited())),
		"it took the request but sent nothing: try again, or set a longer timeout for the request or the account")
}

func (x *exchange) explainDNS(e *Error, err error) bool {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return false
	}
	switch {
	case dns.IsNotFound && x.atProxy():
		return e.set(KindDNS, "there is no host with the name of "+e.peer, "")
	case dns.IsNotFound:
		return e.set(KindDNS, "there is no host named "+e.Host,
			"check the spelling of the address, and whether it needs a VPN")
	}
	return e.set(KindDNS, "the address of "+e.peer+" could not be looked up",
		"check that this machine is online and its name server answers")
}

func explainHTTP(e *Error, err error) bool {
	var protocol textproto.ProtocolError
	text := err.Error()
	var status noAnswer
	if explainProtocol(e, err) {
		return true
	}
	switch {
	case errors.As(err, &status):
		return e.noStatus(status.Error())
	case strings.Contains(text, "response headers exceeded"), strings.Contains(text, "header list"):
		return e.set(KindTooLarge, fmt.Sprintf("%s sent a header larger than %d KiB", e.peer, MaxHeader>>10),
			"check what the server puts into its headers and cookies")
	case strings.Contains(text, "invalid header field"), strings.Contains(text, "invalid method"),
		strings.Contains(text, "invalid trailer"):
		return e.set(KindInvalid, "the request to "+e.peer+" holds a header or method that cannot be sent",
			"look for line breaks and control characters in its values")
	case strings.Contains(text, `\x15\x03`):
		return e.speaksTLS()
	case strings.Contains(text, "malformed"), errors.As(err, &protocol):
		return e.set(KindNotHTTP, e.peer+" answered with something that is not HTTP",
			"check the port: another service may listen there")
	}
	return false
}

func (e *Error) speaksTLS() bool {
	return e.set(KindNotHTTP, e.peer+" expects HTTPS on this port, not plain HTTP",
		"write https:// in the address")
}

func explainSocket(e *Error, err error) bool {
	var op *net.OpError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return e.set(KindRefused, e.peer+" refused the connection",
			"check that the server runs and the port in the address is right")
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return e.set(KindUnreachable, e.peer+" cannot be reached from here",
			"check that this machine is online, and whether the address needs a VPN")
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return e.set(KindBroken, e.peer+" closed the connection before it answered",
			"try again; if it happens again, look into the server's log")
	case errors.As(err, &op) && op.Op == "dial":
		return e.set(KindUnreachable, "no connection to "+e.peer, "check the address and this machine's network")
	}
	return false
}

// seconds writes d as a person says it: "15 s", "0.2 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Round(100*time.Millisecond).Seconds(), 'f', -1, 64) + " s"
}
