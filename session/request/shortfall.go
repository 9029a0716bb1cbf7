package request

import (
	"net/http"
	"net/url"
	"strings"

	"tokenring/session/answer"
	"tokenring/session/transport"
)

// Fault says why the body is not the one that the server meant to send, or "".
// See [answer.Answer.Fault].
func (r *Run) Fault() string {
	return (&answer.Answer{Cut: r.Cut, CutReason: r.CutReason, Media: r.Media, Note: r.Note}).Fault()
}

// Detour says why a redirect led to another answer than the one that was asked for,
// or "": it was not followed, or a refusal or a page came from another origin, where
// the credentials did not go.
func (r *Run) Detour() string {
	for i := range r.Hops {
		h := &r.Hops[i]
		switch {
		case h.Refused != "":
			return "its redirect was not followed: " + h.Refused
		case len(h.Stripped) > 0 && (r.Status >= 300 || r.Media == answer.MediaHTML):
			return "a redirect led to " + hostOf(h) + ", where these did not go: " + strings.Join(h.Stripped, ", ")
		}
	}
	return ""
}

// Shortfall says why the answer is not the one that was asked for, or "". An
// expectation that holds asked for the answer of a detour.
func (r *Run) Shortfall() string {
	if fault := r.Fault(); fault != "" {
		return "its body did not come whole: " + fault
	}
	if r.Verdict == Passed {
		return ""
	}
	return r.Detour()
}

// detours lists, for a summary, the credentials that do not belong to the address,
// and the redirects that were not followed, or that led to another origin.
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

// hostOf returns the host that a redirect leads to.
func hostOf(h *transport.Hop) string {
	u, err := url.Parse(h.To)
	if err != nil {
		return "another address"
	}
	return transport.OriginOf(u).Host()
}
