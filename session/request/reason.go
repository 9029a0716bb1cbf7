package request

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/prose"
	"tokenring/session/secret"
	"tokenring/session/token"
)

// Evidence is what explains a refusal besides the answer: claims of the token, the clocks and
// earlier runs. Its fields are the stored form.
type Evidence struct {
	Expires, NotBefore time.Time // of the token, on the server's clock
	Kind               string    // such as "an ID token", which no API accepts; or ""
	Binding            string    // what a request needs besides the token, such as "a DPoP proof"
	Audience           []string
	Scope              string
	Offset             time.Duration // the server's clock minus ours
	Accepted           time.Time     // when the server last accepted the same request; zero: unknown
}

// NewEvidence returns the evidence in the claims of a token.
func NewEvidence(t *token.Token, offset time.Duration) *Evidence {
	e := &Evidence{Kind: t.WrongUse(), Binding: t.Binding(), Audience: t.Texts("aud"), Offset: offset}
	e.Expires, _ = t.Expiry()
	e.NotBefore, _ = t.Time("nbf")
	for _, name := range []string{"scope", "scp"} {
		e.Scope = strings.Join(append(t.Texts(name), strings.Fields(e.Scope)...), " ")
	}
	return e
}

// Reason explains a refusal.
type Reason struct {
	Text string       // one clause, safe for a terminal
	Flow session.Flow // the flow that may help, or ""
}

// unexplained describes a refusal without reasons.
const unexplained = "neither the token, the answer nor the history explains why"

// maxReasons bounds the reasons of a refusal.
const maxReasons = 3

// RefusesToken reports whether a status refuses the token or its permissions (RFC 9110,
// sections 15.5.2 and 15.5.4).
func RefusesToken(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

// IsRefused reports whether the server refused the token or its permissions.
func (r *Run) IsRefused() bool {
	return RefusesToken(r.Status) || r.Refusal != nil ||
		r.Kind == session.TokenRejected || r.Kind == session.Forbidden
}

// Reasons explains a refusal with up to three reasons, the likeliest first. Times are in
// zone.
func (r *Run) Reasons(zone *time.Location) []Reason {
	if !r.IsRefused() {
		return nil
	}
	var all []Reason
	add := func(flow session.Flow, text string) {
		if text != "" && len(all) < maxReasons {
			all = append(all, Reason{secret.CleanLine(text), flow})
		}
	}
	asked := r.Asks
	if asked != "" {
		asked += ", according to its header WWW-Authenticate"
	}
	if r.carriedNothing() {
		add("", "it was sent without a token")
		add("", asked)
		return all
	}
	add("", r.Detour())
	for _, unsent := range r.Unsent {
		add("", "it was sent without a credential that does not belong to its address: "+unsent)
	}
	if r.Refusal != nil && r.Refusal.Explains() {
		add("", r.Refusal.Text(r.At, zone))
	}
	e := r.Evidence
	if e == nil {
		e = &Evidence{}
	}
	server := r.At.Add(e.Offset)
	if !e.Expires.IsZero() && !e.Expires.After(server) {
		add(session.FlowRefresh, "the token expired at "+prose.Moment(e.Expires, server, zone)+`, by its claim "exp"`)
	}
	if e.NotBefore.After(server) {
		add("", "the token is not valid before "+prose.Moment(e.NotBefore, server, zone)+`, by its claim "nbf"`)
	}
	if e.Kind != "" {
		add("", "by its type or claims, the token is "+e.Kind+", which an API must refuse")
	}
	if e.Binding != "" && !slices.ContainsFunc(r.RequestHeaders, func(l Line) bool { return strings.EqualFold(l.Name, "DPoP") }) {
		add("", `the token is bound by its claim "cnf": each request needs `+e.Binding)
	}
	if r.Scope != "" {
		add(session.FlowLogin, asked)
	} else {
		add("", asked)
	}
	add("", e.otherAudience(r.URL))
	if r.Status == http.StatusForbidden && e.Scope != "" {
		add("", "the token may lack a permission: its scope is "+prose.Clip(e.Scope, 80))
	}
	if far := e.Offset.Abs(); far >= time.Minute {
		add("", fmt.Sprintf("the server's clock is %s %s this machine's, by its Date header", far.Round(time.Second), map[bool]string{true: "ahead of", false: "behind"}[e.Offset > 0]))
	}
	if !e.Accepted.IsZero() {
		add("", "the server accepted the same request at "+prose.Moment(e.Accepted, r.At, zone)+", according to the history")
	}
	if r.Proxy != "" {
		add("", "the proxy "+r.Proxy+", not the server, may have refused it")
	}
	if r.Refusal != nil && !r.Refusal.Explains() {
		add("", r.Refusal.Text(r.At, zone))
	}
	return all
}

// carriedNothing reports whether the request had neither the account's credentials nor others.
func (r *Run) carriedNothing() bool {
	return r.IsAnonymous() || r.Spec.Attach == definition.AttachNone && !slices.ContainsFunc(r.RequestHeaders, func(l Line) bool {
		return strings.EqualFold(l.Name, "Authorization") || strings.EqualFold(l.Name, "Cookie")
	})
}

// Explain returns the reasons of a refusal, or a sentence that nothing explains it. It
// returns nil unless the request was refused.
func (r *Run) Explain(zone *time.Location) (texts []string) {
	for _, reason := range r.Reasons(zone) {
		texts = append(texts, reason.Text)
	}
	onlyUnrenewed := len(texts) == 1 && r.Refusal != nil && !r.Refusal.Explains()
	if (len(texts) == 0 || onlyUnrenewed) && r.Message == "" && r.IsRefused() {
		texts = slices.Insert(texts, 0, unexplained)
	}
	return texts
}

// otherAudience returns a reason if the token is for other servers than that of address, or
// "". An audience that is not an address could be any server.
func (e *Evidence) otherAudience(address string) string {
	to, err := url.Parse(address)
	if err != nil || len(e.Audience) == 0 {
		return ""
	}
	for _, audience := range e.Audience {
		if u, err := url.Parse(audience); err != nil || u.Host == "" || strings.EqualFold(u.Hostname(), to.Hostname()) {
			return ""
		}
	}
	return "the token is for " + prose.Clip(strings.Join(e.Audience, ", "), 80) + `, by its claim "aud", but the request went to ` + to.Host
}
