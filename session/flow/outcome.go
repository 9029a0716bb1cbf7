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
)

// outcome returns the first outcome that explains the last answer, or nil.
func (x *run) outcome(ctx context.Context) *definition.Outcome {
	scope := x.scope(ctx)
	for i := range x.def.Outcomes {
		o := &x.def.Outcomes[i]
		if (len(o.On) == 0 || slices.Contains(o.On, x.flow)) && holds(ctx, o.When, scope) {
			return o
		}
	}
	return nil
}

// refused makes a Failure of an outcome.
func (x *run) refused(ctx context.Context, o *definition.Outcome) error {
	f := x.failure(o.Is, "")
	f.Message = x.message(ctx)
	f.Retry = x.retryAt(ctx, o)
	return f
}

// unexplained makes a Failure of an answer that no outcome explains. What the
// status alone says for sure is taken from RFC 6585 and RFC 9110.
func (x *run) unexplained(ctx context.Context) error {
	kind, detail := session.Unexpected, ""
	switch status := x.last.Status; status {
	case http.StatusTooManyRequests:
		kind = session.RateLimited
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		kind = session.Unavailable
	default:
		if status >= 300 && status < 400 {
			detail = x.redirected()
		}
	}
	f := x.failure(kind, detail)
	f.Message = x.message(ctx)
	f.Retry = x.retryAt(ctx, nil)
	if detail == "" && f.Message == "" {
		f.Detail = x.clean(x.last.Describe(nil))
	}
	if detail != "" {
		f.Next = "put the address it points to into the account, if you trust it"
	}
	return f
}

// redirected says where an answer pointed that was not followed: the origin
// alone, for the rest may hold anything.
func (x *run) redirected() string {
	for _, hop := range slices.Backward(x.last.Hops) {
		if hop.Refused != "" {
			return "its redirect was not followed: " + hop.Refused
		}
	}
	to, err := x.last.URL.Parse(x.last.Header.Get("Location"))
	if err != nil || to.Host == "" {
		return "it sends a redirect"
	}
	return "it sends a redirect to " + to.Scheme + "://" + to.Host
}

// message is what the server said in its own words, redacted and bounded; ""
// when the definition finds none and the answer is not a short plain text.
func (x *run) message(ctx context.Context) string {
	if x.def.Message != nil {
		v, err := x.def.Message.Value(ctx, x.scope(ctx))
		if words, ok := v.(string); ok && err == nil && strings.TrimSpace(words) != "" {
			return x.clean(strings.TrimSpace(words))
		}
	}
	kind, _, _ := mime.ParseMediaType(x.last.Header.Get("Content-Type"))
	text := strings.TrimSpace(x.last.scope["text"].(string))
	if kind == "text/plain" && !x.last.isJSON && !isSuccess(x.last.Status) && len(text) <= session.MaxMessage {
		return x.clean(text)
	}
	return ""
}

// smallestEpoch divides lifetimes from dates: a number of seconds below it is
// over thirty years long, or a day of 2001.
const smallestEpoch = 1_000_000_000

// retryAt is when the server lets us come back, on our clock; zero when it
// does not say, or names a moment that has passed.
func (x *run) retryAt(ctx context.Context, o *definition.Outcome) time.Time {
	if o != nil && o.RetryAfter != nil {
		v, err := o.RetryAfter.Value(ctx, x.scope(ctx))
		if err == nil {
			if at, ok := x.comeBack(v); ok {
				return at
			}
		}
	}
	at, _ := x.comeBack(x.last.Header.Get("Retry-After"))
	return at
}

// comeBack reads a number of seconds from receipt, epoch seconds, or a date
// (RFC 9110, section 10.2.3).
func (x *run) comeBack(v any) (time.Time, bool) {
	received := x.last.Received
	if d, ok := duration(v); ok && d < smallestEpoch*time.Second {
		return received.Add(d), true
	}
	at, ok := moment(v, x.last.ServerTime())
	at = at.Add(-x.offset)
	if !ok || !at.After(received) {
		return time.Time{}, false
	}
	return at, true
}
