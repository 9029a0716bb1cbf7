package flow

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/token"
)

// lives gives the life of every value. One that did not change keeps what was
// known of it.
func (x *run) lives(ctx context.Context) map[string]Life {
	tokens := x.def.CredentialNames()
	out := make(map[string]Life, len(x.values))
	for name := range x.values {
		life := x.sub.Lives[name]
		if from, isNew := x.brought[name]; isNew {
			life = x.life(ctx, name, from)
		}
		life.Token = slices.Contains(tokens, name)
		out[name] = life
	}
	return out
}

func (x *run) life(ctx context.Context, name string, from *stepAnswer) Life {
	var life Life
	scope := x.scopeOf(ctx, name, from)
	received := x.receipt(from)
	if spec := x.def.TokenSpec(name); spec != nil {
		life.ExpiresAt, life.Source = stated(ctx, spec, scope, received)
		life.Idle = idle(ctx, spec, scope)
	}
	if life.ExpiresAt.IsZero() {
		life.ExpiresAt, life.Source = x.assumed(name, from)
	}
	return life
}

// scopeOf is the scope of the answer that brought a token, with its claims.
func (x *run) scopeOf(ctx context.Context, name string, from *stepAnswer) jq.Scope {
	scope := x.scope(ctx)
	if from != nil {
		maps.Copy(scope, from.scope)
	}
	scope["claims"] = nil
	if claims := jq.Claims(token.Parse(x.values[name].Reveal())); claims != nil {
		scope["claims"] = claims
	}
	return scope
}

// receipt is when an answer came, or now, on the server's clock.
func (x *run) receipt(from *stepAnswer) time.Time {
	if from != nil {
		return from.ServerTime()
	}
	return x.r.now().Add(x.offset).Round(0)
}

// stated is the first of the definition's expressions that gives a time.
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

// assumed is what holds where the definition says nothing: the exp of a JWT
// (RFC 7519, section 4.1.4), and for a token that is put on requests the
// expires_in beside it (RFC 6749, section 5.1).
func (x *run) assumed(name string, from *stepAnswer) (time.Time, string) {
	if at, ok := token.Parse(x.values[name].Reveal()).Time("exp"); ok && !at.Before(earliest) {
		return at, "exp"
	}
	if from == nil || !slices.Contains(x.def.AttachedNames(), name) {
		return time.Time{}, ""
	}
	body, _ := from.scope["body"].(map[string]any)
	if d, ok := span(body["expires_in"], time.Second); ok {
		return from.ServerTime().Add(d), "expires_in"
	}
	return time.Time{}, ""
}

// idle is the sliding lifetime a definition states, in seconds.
func idle(ctx context.Context, spec *definition.TokenSpec, scope jq.Scope) time.Duration {
	if spec.Idle == nil {
		return 0
	}
	v, err := spec.Idle.Value(ctx, scope)
	if err != nil {
		return 0
	}
	d, _ := duration(v)
	return d
}

// earliest is the first date that is taken for a time. What lies before is a
// zero that means "never", or a lifetime in the wrong place.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// moment reads a time: epoch seconds as NumericDate does, RFC 3339, an HTTP
// date, or a lifetime from receipt.
func moment(v any, received time.Time) (time.Time, bool) {
	switch v := v.(type) {
	case nil, bool, []any:
		return time.Time{}, false
	case map[string]any:
		d, ok := duration(v)
		return received.Add(d), ok
	case string:
		text := strings.TrimSpace(v)
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return at.UTC(), !at.Before(earliest)
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

// duration reads a lifetime: seconds, or what the functions seconds and ms
// give. It is positive, or there is none.
func duration(v any) (time.Duration, bool) {
	if after, ok := v.(map[string]any); ok {
		return span(after[jq.AfterKey], time.Millisecond)
	}
	return span(v, time.Second)
}

// maxSpan is longer than any token lives and short enough to add to a date.
const maxSpan = 100 * 365 * 24 * time.Hour

func span(v any, unit time.Duration) (time.Duration, bool) {
	var n float64
	switch v := v.(type) {
	case int:
		n = float64(v)
	case float64:
		n = v
	case string:
		parsed, err := strconv.ParseFloat(strings.TrimSpace(v), 64)
		if err != nil {
			return 0, false
		}
		n = parsed
	}
	n *= float64(unit)
	if !(n > 0 && n <= float64(maxSpan)) {
		return 0, false
	}
	return time.Duration(n), true
}
