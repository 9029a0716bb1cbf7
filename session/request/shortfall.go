package request

import (
	"net/http"
	"net/url"
	"strings"

	"tokenring/session/answer"
	"tokenring/session/transport"
)

// Fault returns why the body cannot be used, or "". See [answer.Answer.Fault].
func (r *Run) Fault() string {
	return (&answer.Answer{Cut: r.Cut, CutReason: r.CutReason, Media: r.Media, Note: r.Note}).Fault()
}

// Detour returns why redirects led to another answer than the requested one, or "": one was
// not followed, or a refusal or a web page came from another origin, which did not receive the
// credentials.
func (r *Run) Detour() string {
	for i := range r.Hops {
		h := &r.Hops[i]
		switch {
		case h.Refused != "":
			return "its redirect was not followed: " + h.Refused
		case len(h.Stripped) > 0 && (r.Status >= 300 || r.Media == answer.MediaHTML):
			return "a redirect led to " + hostOf(h) + ", which did not receive: " + strings.Join(h.Stripped, ", ")
		}
	}
	return ""
}

// Shortfall returns why the answer is not the requested one, or "". If the expectation holds,
// the answer of a detour was the requested one.
func (r *Run) Shortfall() string {
	if fault := r.Fault(); fault != "" {
		return "its body cannot be read in full: " + fault
	}
	if r.Verdict == Passed {
		return ""
	}
	return r.Detour()
}

// detours lists, for a summary, the credentials that were not sent and the redirects that were
// not followed or led to another origin.
func (r *Run) detours() (text string) {
	for _, unsent := range r.Unsent {
		text += " · without " + unsent
	}
	for i := range r.Hops {
		switch h := &r.Hops[i]; {
		case h.Refused != "":
			text += " · redirect not followed: " + h.Refused
		case len(h.Stripped) > 0:
			text += " · redirected to " + hostOf(h) + " without " + strings.Join(h.Stripped, ", ")
		}
	}
	if r.Proxy != "" && r.Status >= http.StatusBadRequest {
		text += " · " + transport.ThroughProxy(r.Proxy)
	}
	return text
}

// hostOf returns the host of a redirect's target.
func hostOf(h *transport.Hop) string {
	u, err := url.Parse(h.To)
	if err != nil {
		return "another address"
	}
	return transport.OriginOf(u).Host()
}
