package flow

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/token"
)

// lives returns the life of every capture. An unchanged capture keeps its life.
func (x *run) lives(ctx context.Context) map[string]Life {
	tokens := x.def.CredentialNames()
	out := make(map[string]Life, len(x.captures))
	for name := range x.captures {
		life := x.sub.Lives[name]
		if from, isNew := x.sources[name]; isNew {
			life = x.lifeOf(ctx, name, from)
		} else if at, source := x.learned(ctx, name); source != "" {
			life.ExpiresAt, life.Source = at, source
		}
		life.Token = slices.Contains(tokens, name)
		out[name] = life
	}
	return out
}

// lifeOf returns the life of a token captured from an answer, which may be nil.
func (x *run) lifeOf(ctx context.Context, name string, from *stepAnswer) Life {
	var life Life
	scope := x.tokenScope(ctx, name, from)
	received := x.runner.now().Add(x.offset).Round(0)
	if from != nil {
		received = from.ServerTime()
	}
	if spec := x.def.TokenSpec(name); spec != nil {
		life.ExpiresAt, life.Source = stated(ctx, spec, scope, received)
		life.Idle = seconds(ctx, spec.Idle, scope)
	}
	if life.ExpiresAt.IsZero() {
		life.ExpiresAt, life.Source = x.assumed(name, from)
	}
	life.Cookie = x.cookies[name].CookieScope
	return life
}

// learned returns the end of a token that the definition reads from a capture, if the capture
// is newer than the token.
func (x *run) learned(ctx context.Context, name string) (time.Time, string) {
	spec := x.def.TokenSpec(name)
	if spec == nil {
		return time.Time{}, ""
	}
	newer := definition.TokenSpec{ExpiresAt: slices.Clone(spec.ExpiresAt)}
	newer.ExpiresAt = slices.DeleteFunc(newer.ExpiresAt, func(q *jq.Query) bool {
		return !slices.ContainsFunc(q.Refs(), func(ref string) bool { _, isNew := x.sources[ref]; return isNew })
	})
	if len(newer.ExpiresAt) == 0 {
		return time.Time{}, ""
	}
	return stated(ctx, &newer, x.tokenScope(ctx, name, nil), x.runner.now().Add(x.offset).Round(0))
}

// changed lists the captures that differ from the subject's tokens: a new value, or the same
// value with another end.
func (x *run) changed(lives map[string]Life) []string {
	var names []string
	for name := range lives {
		old, had := x.sub.Tokens[name]
		was, is := x.sub.Lives[name], lives[name]
		if !had || !old.Equal(x.captures[name]) || !is.ExpiresAt.Equal(was.ExpiresAt) || is.Cookie != was.Cookie {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// tokenScope returns the scope of the answer from which a token was captured, with the claims of
// the token.
func (f *facts) tokenScope(ctx context.Context, name string, from *stepAnswer) jq.Scope {
	further := jq.Scope{}
	if from != nil {
		maps.Copy(further, from.scope)
	}
	further["claims"] = nil
	if claims := jq.Claims(token.Parse(f.captures[name].Reveal())); claims != nil {
		further["claims"] = claims
	}
	return f.scopeWith(ctx, further)
}

// checkExpected checks every new token against the definition's expect. After an error it
// returns the answer from which the token was captured.
func (f *facts) checkExpected(ctx context.Context) (*stepAnswer, error) {
	for i := range f.def.Tokens {
		spec := &f.def.Tokens[i]
		from, isNew := f.sources[spec.Name]
		if spec.Expect == nil || !isNew {
			continue
		}
		if ok, err := spec.Expect.Test(ctx, f.tokenScope(ctx, spec.Name, from)); !ok {
			return from, &session.Failure{
				Kind: session.WrongToken, Detail: "the value captured as " + spec.Name + " is not one", Expr: spec.Expect.Source(), Err: err,
			}
		}
	}
	return nil, nil
}

// stated returns the time of the first of the definition's expressions that yields one.
func stated(ctx context.Context, spec *definition.TokenSpec, scope jq.Scope, received time.Time) (time.Time, string) {
	for _, q := range spec.ExpiresAt {
		v, err := q.Value(ctx, scope)
		if err != nil {
			continue
		}
		if at, ok := moment(v, received); ok {
			return at, q.Source()
		}
	}
	return time.Time{}, ""
}

// assumed returns the end of a token if the definition does not state it: the exp of a JWT (RFC
// 7519, section 4.1.4) or the end of its cookie (RFC 6265, section 5.3), whichever is earlier,
// or, for a token that requests carry, the expires_in of the same answer (RFC 6749, section
// 5.1).
func (f *facts) assumed(name string, from *stepAnswer) (time.Time, string) {
	if cookie, ok := f.cookies[name]; ok && from != nil {
		if end, source := cookie.End(from.ServerTime()); source != "" {
			if exp, ok := f.exp(name); ok && exp.Before(end) {
				return exp, "exp"
			}
			return end, source
		}
	}
	if at, ok := f.exp(name); ok {
		return at, "exp"
	}
	if from == nil || !slices.Contains(f.def.AttachedNames(), name) {
		return time.Time{}, ""
	}
	body, _ := from.scope["body"].(map[string]any)
	if _, isMap := body["expires_in"].(map[string]any); isMap {
		return time.Time{}, ""
	}
	if at, ok := after(from.ServerTime(), body["expires_in"]); ok {
		return at, "expires_in"
	}
	return time.Time{}, ""
}

// exp returns the end that a JWT states.
func (f *facts) exp(name string) (time.Time, bool) {
	return token.Parse(f.captures[name].Reveal()).Expiry()
}

// seconds evaluates the seconds that a definition states, or returns 0; q may be nil.
func seconds(ctx context.Context, q *jq.Query, scope jq.Scope) time.Duration {
	if q == nil {
		return 0
	}
	v, err := q.Value(ctx, scope)
	if d, ok := duration(v); ok && err == nil {
		return d
	}
	return 0
}

// earliest is the first date that counts as a time. An earlier one is a zero that means "never",
// or a lifetime in the wrong place.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// moment parses a time: a NumericDate, RFC 3339, an HTTP date, or a lifetime from receipt.
func moment(v any, received time.Time) (time.Time, bool) {
	switch v := v.(type) {
	case nil, bool, []any:
		return time.Time{}, false
	case map[string]any:
		return after(received, v)
	case string:
		text := strings.TrimSpace(v)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.UTC(), !at.Before(earliest)
		}
		if at, err := time.Parse(time.DateOnly, text); err == nil {
			return at, !at.Before(earliest)
		}
		if at, err := http.ParseTime(text); err == nil {
			return at.UTC(), !at.Before(earliest)
		}
	}
	raw, err := json.Marshal(v)
	if err != nil {
		return time.Time{}, false
	}
	at, ok := token.NumericDate(raw)
	return at, ok && !at.Before(earliest)
}

// duration parses a positive lifetime of at most 292 years: seconds, or a result of the
// functions seconds and ms.
func duration(v any) (time.Duration, bool) {
	seconds, ok := lifetime(v)
	if seconds > math.MaxInt64/float64(time.Second) {
		return math.MaxInt64, ok
	}
	return time.Duration(seconds * float64(time.Second)), ok
}

// after parses a lifetime and adds it to a time, up to the year 9999.
func after(from time.Time, v any) (time.Time, bool) {
	seconds, ok := lifetime(v)
	if left := latest.Unix() - from.Unix(); !ok || seconds > float64(left) {
		return time.Time{}, false
	}
	whole, part := math.Modf(seconds)
	return time.Unix(from.Unix()+int64(whole), int64(from.Nanosecond())).Add(time.Duration(part * float64(time.Second))).UTC(), true
}

// latest is the last date that RFC 3339, the stored form, can express.
var latest = time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)

// lifetime is duration in seconds.
func lifetime(v any) (seconds float64, ok bool) {
	unit := 1.0
	if after, ok := v.(map[string]any); ok {
		v, unit = after[jq.AfterKey], 0.001
	}
	switch v := v.(type) {
	case int:
		seconds = float64(v)
	case float64:
		seconds = v
	case string:
		parsed, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return 0, false
		}
		seconds = parsed
	}
	seconds *= unit
	return seconds, seconds > 0 && !math.IsInf(seconds, 1)
}
