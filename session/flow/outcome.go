package flow

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
)

// judge says what the last answer means.
type judge struct {
	facts *facts
	flow  session.Flow
}

// outcome returns the first outcome that explains the answer, or nil.
func (j judge) outcome(ctx context.Context) *definition.Outcome {
	scope := j.facts.scope(ctx)
	for i := range j.facts.def.Outcomes {
		o := &j.facts.def.Outcomes[i]
		if (len(o.On) == 0 || slices.Contains(o.On, j.flow)) && holds(ctx, o.When, scope) {
			return o
		}
	}
	return nil
}

// step ends the flow when the answer is a refusal, or one that nothing explains.
// gone, of a logout, tells that the session was dead.
func (j judge) step(ctx context.Context, gone *jq.Query) (dead bool, err error) {
	if gone != nil && gone.Match(ctx, j.facts.scope(ctx)) {
		return true, nil
	}
	o := j.outcome(ctx)
	switch {
	case o == nil && isSuccess(j.facts.answer.Status), o != nil && o.Is == session.Challenge:
		return false, nil
	case o == nil:
		return false, j.unexplained(ctx)
	case o.Is == session.TokenRejected && j.flow == session.FlowLogout:
		return true, nil
	}
	return false, j.refused(ctx, o)
}

// refused returns the Failure of an outcome.
func (j judge) refused(ctx context.Context, o *definition.Outcome) error {
	f := failure(o.Is, "")
	f.Message = j.message(ctx)
	f.Retry = j.retryAt(ctx, o)
	return f
}

// unexplained returns the Failure of an answer that no outcome explains. What the
// status alone says for sure is taken from RFC 6585 and RFC 9110.
func (j judge) unexplained(ctx context.Context) error {
	kind, detail := session.Unexpected, ""
	switch status := j.facts.answer.Status; status {
	case http.StatusTooManyRequests:
		kind = session.RateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		kind = session.Unavailable
	default:
		if status >= 300 && status < 400 {
			detail = j.facts.answer.redirected()
		}
	}
	f := failure(kind, detail)
	f.Message = j.message(ctx)
	f.Retry = j.retryAt(ctx, nil)
	if detail == "" && f.Message == "" {
		f.Detail = j.facts.answer.Describe(nil)
	}
	if detail != "" {
		f.Next = "put the address it points to into the account, if you trust it"
	}
	return f
}

// redirected says where a redirect pointed that was not followed: the origin
// alone, for the rest may hold anything.
func (a *stepAnswer) redirected() string {
	for _, hop := range slices.Backward(a.Hops) {
		if hop.Refused != "" {
			return "its redirect was not followed: " + hop.Refused
		}
	}
	to, err := a.URL.Parse(a.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return "it sends a redirect"
	}
	return "it sends a redirect to " + to.Scheme + "://" + to.Host
}

// message returns the server's own words, redacted and bounded; "" when the
// definition finds none and the answer is not a short plain text.
func (j judge) message(ctx context.Context) string {
	if j.facts.def.Message != nil {
		v, err := j.facts.def.Message.Value(ctx, j.facts.scope(ctx))
		if words, ok := v.(string); ok && err == nil && strings.TrimSpace(words) != "" {
			return j.facts.clean(strings.TrimSpace(words))
		}
	}
	kind, _, _ := mime.ParseMediaType(j.facts.answer.Header.Get("Content-Type"))
	text := strings.TrimSpace(j.facts.answer.scope["text"].(string))
	if kind == "text/plain" && !j.facts.answer.isJSON && !isSuccess(j.facts.answer.Status) && len(text) <= session.MaxMessage {
		return j.facts.clean(text)
	}
	return ""
}

// smallestEpoch divides lifetimes from dates: a number of seconds below it is
// over thirty years long, or a day of 2001.
const smallestEpoch = 1_000_000_000

// retryAt returns when the server lets us come back, on our clock; zero when it
// does not say, or names a moment that has passed.
func (j judge) retryAt(ctx context.Context, o *definition.Outcome) time.Time {
	if o != nil && o.RetryAfter != nil {
		v, err := o.RetryAfter.Value(ctx, j.facts.scope(ctx))
		if err == nil {
			if at, ok := j.comeBack(v); ok {
				return at
			}
		}
	}
	at, _ := j.comeBack(j.facts.answer.Header.Get("Retry-After"))
	return at
}

// comeBack reads a number of seconds from receipt, epoch seconds, or a date
// (RFC 9110, section 10.2.3).
func (j judge) comeBack(v any) (time.Time, bool) {
	received := j.facts.answer.Received
	if d, ok := duration(v); ok && d < smallestEpoch*time.Second {
		return received.Add(d), true
	}
	at, ok := moment(v, j.facts.answer.ServerTime())
	at = at.Add(-j.facts.offset)
	if !ok || !at.After(received) {
		return time.Time{}, false
	}
	return at, true
}
