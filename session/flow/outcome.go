package flow

import (
	"cmp"
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// outcome returns the first outcome that matches the answer, or nil.
func (f *facts) outcome(ctx context.Context) *definition.Outcome {
	if f.made.judged {
		return f.made.outcome
	}
	o := f.findOutcome(ctx)
	if ctx.Err() == nil { // otherwise conditions may have failed because of ctx
		f.made.judged, f.made.outcome = true, o
	}
	return o
}

func (f *facts) findOutcome(ctx context.Context) *definition.Outcome {
	scope := f.scope(ctx)
	for i := range f.def.Outcomes {
		o := &f.def.Outcomes[i]
		if (len(o.On) == 0 || slices.Contains(o.On, f.flow)) && o.When.Match(ctx, scope) {
			return o
		}
	}
	return nil
}

// judge returns a Failure if the answer is a refusal or unexplained. gone is the condition of a
// logout for a dead session.
func (f *facts) judge(ctx context.Context, gone *jq.Query) (dead bool, err error) {
	if gone != nil && gone.Match(ctx, f.scope(ctx)) {
		return true, nil
	}
	o := f.outcome(ctx)
	switch {
	case o == nil && isSuccess(f.answer.Status), o != nil && o.Is == session.Challenge:
		return false, nil
	case o == nil:
		return false, f.throughProxy(f.unexplained(ctx))
	case f.endsLogout(o.Is):
		return true, nil
	}
	return false, f.throughProxy(f.refused(ctx, o))
}

// throughProxy names the proxy that may have written the answer.
func (f *facts) throughProxy(e *session.Failure) error {
	if proxy := f.answer.Proxy; proxy != "" {
		e.Detail = strings.TrimPrefix(e.Detail+"; "+transport.ThroughProxy(proxy), "; ")
	}
	return e
}

// fail ends the flow by a fail step of its definition.
func (f *facts) fail(ctx context.Context, s *definition.Fail) (dead bool, err error) {
	if f.endsLogout(s.Is) {
		return true, nil
	}
	e := f.refusal(s.Is)
	if e.Meaning, _, err = s.Message.Text(ctx, f.scope(ctx)); err != nil {
		return false, broken(err)
	}
	return false, e
}

// endsLogout reports whether a refusal means that a logout has nothing to end.
func (f *facts) endsLogout(kind session.OutcomeKind) bool {
	return kind == session.TokenRejected && f.flow == session.FlowLogout
}

// refused returns the Failure of an outcome.
func (f *facts) refused(ctx context.Context, o *definition.Outcome) *session.Failure {
	e := f.refusal(o.Is)
	e.Message, e.Retry = f.message(ctx), f.retryAt(ctx, o)
	return e
}

// refusal returns the Failure of a kind.
func (f *facts) refusal(kind session.OutcomeKind) *session.Failure {
	if kind == session.TokenRejected && f.flow == session.FlowLogin { // which has no token yet
		kind = session.BadCredentials
	}
	return failure(kind, "")
}

// unexplained returns the Failure of an answer that no outcome matches. It derives what the
// status alone implies from RFC 6585 and RFC 9110.
func (f *facts) unexplained(ctx context.Context) *session.Failure {
	kind, detail, next := session.Unexpected, "", ""
	switch status := f.answer.Status; status {
	case http.StatusTooManyRequests:
		kind = session.RateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		kind = session.Unavailable
	default:
		if status >= 300 && status < 400 {
			detail, next = f.answer.redirected()
		}
	}
	e := failure(kind, detail)
	e.Message, e.Retry, e.Next = f.message(ctx), f.retryAt(ctx, nil), next
	if detail == "" && e.Message == "" {
		e.Detail = f.answer.Describe(nil)
	}
	return e
}

// redirected describes a redirect that was not followed, and what to do next. It shows the path
// within the origin, or only another origin, because the rest may contain secrets.
func (a *stepAnswer) redirected() (where, next string) {
	const trust = "put the address it points to into the account, if you trust it"
	for _, hop := range slices.Backward(a.Hops) {
		if hop.Refused != "" {
			return "its redirect was not followed: " + hop.Refused, trust
		}
	}
	to, err := a.URL.Parse(a.Header.Get("Location"))
	switch {
	case a.Header.Get("Location") == "" || err != nil || to.Host == "":
		return "it sends a redirect", "look at what the server wants here"
	case transport.OriginOf(to) != transport.OriginOf(a.URL):
		return "it sends a redirect to " + to.Scheme + "://" + to.Host, trust
	}
	return "it sends a redirect to " + secret.MaskPath(cmp.Or(to.EscapedPath(), "/")),
		"write this path into the definition; if it means success, accept it with an outcome"
}

// message returns the server's words, redacted and clipped: the message of the definition, or a
// short plain text, or "".
func (f *facts) message(ctx context.Context) string {
	if f.def.Message != nil {
		v, err := f.def.Message.Value(ctx, f.scope(ctx))
		if words, ok := v.(string); ok && err == nil && strings.TrimSpace(words) != "" {
			return f.clean(strings.TrimSpace(words))
		}
	}
	kind, _, _ := mime.ParseMediaType(f.answer.Header.Get("Content-Type"))
	text := strings.TrimSpace(f.answer.scope["text"].(string))
	if kind == "text/plain" && !f.answer.isJSON && !isSuccess(f.answer.Status) && len(text) <= session.MaxMessage {
		return f.clean(text)
	}
	return ""
}

// smallestEpoch separates lifetimes from dates: as a lifetime it is over thirty years, as a date
// in 2001.
const smallestEpoch = 1_000_000_000

// retryAt returns when to try again, on our clock, or zero if the server does not say or the
// time has passed.
func (f *facts) retryAt(ctx context.Context, o *definition.Outcome) time.Time {
	if o != nil && o.RetryAfter != nil {
		v, err := o.RetryAfter.Value(ctx, f.scope(ctx))
		if err == nil {
			if at, ok := f.comeBack(v); ok {
				return at
			}
		}
	}
	at, _ := f.comeBack(f.answer.Header.Get("Retry-After"))
	return at
}

// comeBack parses seconds from receipt, epoch seconds, or a date (RFC 9110, section 10.2.3).
func (f *facts) comeBack(v any) (time.Time, bool) {
	received := f.answer.Received
	if d, ok := duration(v); ok && d < smallestEpoch*time.Second {
		return received.Add(d), true
	}
	at, ok := moment(v, f.answer.ServerTime())
	at = at.Add(-f.offset)
	if !ok || !at.After(received) {
		return time.Time{}, false
	}
	return at, true
}
