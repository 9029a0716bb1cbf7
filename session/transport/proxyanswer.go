package transport

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"tokenring/session/prose"
	"tokenring/session/secret"
)

// forwarded reports whether the proxy reads the request and writes the answer, as it
// does with plain HTTP. Else it carries bytes once it has connected.
func (x *exchange) forwarded() bool {
	return x.route.Proxy != nil && !x.route.isSOCKS() && x.url.Scheme == "http"
}

// atProxy reports whether the other side is the proxy and not the server.
func (x *exchange) atProxy() bool {
	return x.route.Proxy != nil && (x.forwarded() || x.watch.reached() < phaseTunnel)
}

// proxyAnswer is an answer that a proxy wrote itself.
type proxyAnswer struct {
	status  int
	reason  string   // its words in the status line, not cleaned
	schemes []string // of Proxy-Authenticate, not cleaned
}

func (a *proxyAnswer) Error() string { return fmt.Sprintf("the proxy answered %d", a.status) }

func newProxyAnswer(res *http.Response) *proxyAnswer {
	a := &proxyAnswer{status: res.StatusCode}
	_, a.reason, _ = strings.Cut(res.Status, " ")
	for _, line := range res.Header.Values("Proxy-Authenticate") {
		scheme, _, _ := strings.Cut(strings.TrimSpace(line), " ")
		a.schemes = append(a.schemes, strings.TrimSuffix(scheme, ","))
	}
	return a
}

// tunnelled ends an attempt where the proxy does not connect to the server.
func tunnelled(ctx context.Context, _ *url.URL, _ *http.Request, res *http.Response) error {
	if res.StatusCode != http.StatusOK { // all that net/http takes
		return newProxyAnswer(res)
	}
	if w := watchOf(ctx); w != nil {
		w.tunnel()
	}
	return nil
}

// isOfProxy reports whether an answer of plain HTTP says that the proxy wrote it:
// by its status (RFC 9110, section 15.5.8), by fields that only a proxy that answers
// itself sends (RFC 9110, section 11.7.1; RFC 9209, section 2.1.1), or by Squid's own.
func isOfProxy(res *http.Response) bool {
	return res.StatusCode == http.StatusProxyAuthRequired || res.Header.Get("Proxy-Authenticate") != "" ||
		strings.Contains(strings.Join(res.Header.Values("Proxy-Status"), ","), "error=") || res.Header.Get("X-Squid-Error") != ""
}

// ThroughProxy says of an answer that a proxy handed it on, or wrote it.
func ThroughProxy(host string) string {
	return "through the proxy " + secret.CleanLine(host) + ", which may have answered itself"
}

// explainProxy explains errors that only a proxy causes. Everything else that goes wrong
// on the way to the proxy is explained as for a server.
func (x *exchange) explainProxy(e *Error, err error) bool {
	if !x.atProxy() {
		return false
	}
	var answer *proxyAnswer
	var op *net.OpError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &answer):
		return x.explainProxyAnswer(e, answer)
	case errors.As(err, &op) && strings.HasPrefix(op.Op, "socks"):
		return x.explainSOCKS(e, op.Err)
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return e.set(KindProxy, e.peer+" does not speak TLS on this port", "write http:// in "+x.route.place())
	case strings.Contains(err.Error(), `\x15\x03`):
		return e.set(KindProxy, e.peer+" expects TLS, not plain HTTP", "write https:// in "+x.route.place())
	}
	return false
}

func (x *exchange) explainProxyAnswer(e *Error, a *proxyAnswer) bool {
	status := strings.TrimSpace(strconv.Itoa(a.status) + " " + x.proxyWords(a.reason, http.StatusText(a.status)))
	kind := KindProxy
	switch a.status {
	case http.StatusProxyAuthRequired:
		return x.explainProxyLogin(e, a)
	case http.StatusBadRequest, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return e.set(kind, fmt.Sprintf("%s does not connect to %s (%s)", e.peer, e.Host, status),
			"check "+x.route.place()+": a web server, or a proxy that wants https://, may listen there")
	case http.StatusInternalServerError, http.StatusBadGateway, http.StatusGatewayTimeout:
		if x.forwarded() {
			kind = KindBroken // the server may have seen the request
		}
		fallthrough
	case http.StatusServiceUnavailable:
		return e.set(kind, fmt.Sprintf("%s got no answer from %s (%s)", e.peer, e.Host, status),
			"check the address, "+x.route.around())
	}
	return e.set(kind, fmt.Sprintf("%s refuses to connect to %s (%s)", e.peer, e.Host, status),
		"allow the host in the proxy, "+x.route.around())
}

func (x *exchange) explainProxyLogin(e *Error, a *proxyAnswer) bool {
	if len(a.schemes) > 0 && !slices.ContainsFunc(a.schemes, func(s string) bool { return strings.EqualFold(s, "Basic") }) {
		return e.set(KindProxy, fmt.Sprintf("%s asks for a login by %s, which is not supported (407)",
			e.peer, x.proxyWords(strings.Join(slices.Compact(a.schemes), ", "), "another scheme")), "run a proxy on this machine that logs in there, and name it in "+x.route.place())
	}
	return x.explainLogin(e, " (407)")
}

func (x *exchange) explainLogin(e *Error, status string) bool {
	if x.route.Proxy.User == nil {
		return e.set(KindProxy, e.peer+" asks for a login"+status, x.route.logIn())
	}
	return e.set(KindProxy, e.peer+" does not accept the user and password in "+x.route.place()+status, "correct them there")
}

// explainSOCKS explains an error of net/http's SOCKS client (RFC 1928, section 6),
// which has no types.
func (x *exchange) explainSOCKS(e *Error, err error) bool {
	text := err.Error()
	switch {
	case strings.Contains(text, "no acceptable authentication"), strings.Contains(text, "authentication failed"):
		return x.explainLogin(e, "")
	case strings.Contains(text, "invalid username/password"):
		return e.set(KindProxy, "the user or password in "+x.route.place()+" is empty or longer than 255 bytes", "correct them there")
	case strings.Contains(text, "unexpected protocol version"), strings.Contains(text, "reserved field"):
		return e.set(KindProxy, e.peer+" does not speak SOCKS 5 on this port", "check the scheme and the port in "+x.route.place())
	}
	if reason, found := strings.CutPrefix(text, "unknown error "); found { // its word before the reason of a reply
		if strings.Contains(reason, "not allowed") {
			return e.set(KindProxy, fmt.Sprintf("%s refuses to connect to %s (%s)", e.peer, e.Host, reason),
				"allow the host in the proxy, "+x.route.around())
		}
		return e.set(KindProxy, fmt.Sprintf("%s could not connect to %s (%s)", e.peer, e.Host, reason),
			"check the address, "+x.route.around())
	}
	return false
}

// blameProxy completes an error that was explained as one of a server's: the next step
// is at the proxy, and it has a kind of its own where nothing reached the server.
func (x *exchange) blameProxy(e *Error) {
	if e.Kind == KindCanceled || e.Kind == KindInvalid {
		return
	}
	if e.Kind != KindTLS { // that of a certificate is better
		e.Hint = x.route.check()
	}
	if !x.forwarded() || x.watch.reached() < phaseReady {
		e.Kind = KindProxy
	}
}

// proxyWords returns words of the proxy as they may be shown, or other words where they
// may hold credentials that it was sent.
func (x *exchange) proxyWords(words, other string) string {
	known := x.attached()
	if user := x.route.Proxy.User; user != nil {
		password, _ := user.Password()
		basic := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		known = append(known, secret.New(password), secret.New(basic))
		if password != "" && strings.Contains(words, password) { // however short
			return other
		}
	}
	if secret.NewRedactor(known...).Text(words) != words || x.r.Redact.Text(words) != words {
		return other
	}
	return prose.Clip(secret.CleanLine(words), maxProxyWords)
}

const maxProxyWords = 100 // runes
