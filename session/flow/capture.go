package flow

import (
	"context"
	"errors"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// capture keeps what a step names. from is its answer, nil for a step without
// one.
func (x *run) capture(ctx context.Context, captures []definition.Capture, from *stepAnswer) error {
	scope := x.scope(ctx)
	for _, c := range captures {
		v, err := c.Query.Value(ctx, scope)
		switch {
		case ctx.Err() != nil:
			return x.cancelled(ctx.Err())
		case err != nil && !c.Optional:
			x.look(&c, false, err)
			return x.uncaptured(&c, from, err)
		}
		met := err == nil && x.keep(c.Name, v, from)
		x.look(&c, met, err)
		n := need{c.Name, c.Query, met, x.step, x.said, from}
		x.sought[c.Name] = n
		if !c.Optional {
			x.needs = append(x.needs, n)
		}
	}
	return nil
}

// captureEach keeps what the definition takes from every answer. What an
// answer does not hold stays as it was, so nothing here can fail. Where a
// redirect led to somebody else, theirs is no token of this account.
func (x *run) captureEach(ctx context.Context) {
	if x.last.CrossOrigin {
		return
	}
	scope := x.scope(ctx)
	for _, c := range x.def.EachAnswer {
		v, err := c.Query.Value(ctx, scope)
		x.look(&c, err == nil && x.keep(c.Name, v, x.last), err)
	}
}

// keep stores a captured value and reports whether there was one: it is none
// when it is null or blank, or an object where a token should be.
func (x *run) keep(name string, v any, from *stepAnswer) bool {
	text, ok := captured(v)
	if !ok || isCompound(v) && slices.Contains(x.def.TokenNames(), name) {
		return false
	}
	x.values[name] = secret.New(text)
	x.brought[name] = from
	return true
}

// captured gives a value as it is stored: strings without blanks around them,
// which no header could carry; all else as JSON.
func captured(v any) (string, bool) {
	switch v := v.(type) {
	case nil:
		return "", false
	case string:
		text := strings.TrimSpace(v)
		return text, text != ""
	}
	text, err := jq.Marshal(v)
	return string(text), err == nil
}

func isCompound(v any) bool {
	switch v.(type) {
	case []any, map[string]any:
		return true
	}
	return false
}

func (x *run) uncaptured(c *definition.Capture, from *stepAnswer, err error) error {
	kind, detail := session.BadDefinition, "capture of "+c.Name+": "+reason(err)
	if from != nil {
		kind = session.Incomplete
		if !from.isJSON && reads(c.Query, "body") {
			kind = session.NotJSON
		}
		detail += "; " + from.Describe(c.Query)
	}
	f := x.failure(kind, detail)
	f.Expr, f.Err = c.Query.Source(), err
	return f
}

// reason is the part of an expression's error that says what went wrong.
func reason(err error) string {
	var eval *jq.EvalError
	if errors.As(err, &eval) {
		return eval.Kind
	}
	return "it failed"
}

// checkNeeds fails the flow when a required capture has no value, or a login
// ends without the token that the account's requests carry.
func (x *run) checkNeeds(ctx context.Context) error {
	missing := x.missing()
	if n, lacks := x.tokenless(ctx); lacks {
		missing = append(missing, n)
	}
	if len(missing) == 0 {
		return nil
	}
	var names []string
	for _, n := range missing {
		if !slices.Contains(names, n.name) {
			names = append(names, n.name)
		}
	}
	first := missing[0]
	x.step, x.said, x.here = first.step, first.said, first.from
	detail, kind := "there is no "+strings.Join(names, " and no "), session.Incomplete
	if first.from != nil {
		detail += " in the answer: " + first.from.Describe(first.query)
		if !first.from.isJSON && reads(first.query, "body") && len(first.from.Body) > 0 {
			kind = session.NotJSON
		}
	}
	f := x.failure(kind, detail)
	if first.query != nil {
		f.Expr = first.query.Source()
	}
	return f
}

// missing lists the needs without a value. In a refresh an old value stands
// for what an answer leaves out; but a step that brought nothing of what it is
// there for did not renew anything.
func (x *run) missing() []need {
	brings := map[int]bool{}
	for _, n := range x.needs {
		brings[n.step] = brings[n.step] || n.met
	}
	var out []need
	for _, n := range x.needs {
		if x.values[n.name].IsZero() || x.flow == session.FlowRefresh && !brings[n.step] {
			out = append(out, n)
		}
	}
	return out
}

// tokenless reports a login that brought no primary token: where captures are
// optional and steps are skipped, no single need says so.
func (x *run) tokenless(ctx context.Context) (need, bool) {
	m := x.mode(ctx)
	if x.flow != session.FlowLogin || m == nil || m.Primary == "" || !x.values[m.Primary].IsZero() {
		return need{}, false
	}
	n, tried := x.sought[m.Primary]
	if !tried {
		n = need{name: m.Primary}
	}
	return n, true
}

// checkExpected holds every new token against what the definition expects of
// it.
func (x *run) checkExpected(ctx context.Context) error {
	for i := range x.def.Tokens {
		spec := &x.def.Tokens[i]
		from, isNew := x.brought[spec.Name]
		if spec.Expect == nil || !isNew {
			continue
		}
		ok, err := spec.Expect.Test(ctx, x.scopeOf(ctx, spec.Name, from))
		if !ok {
			x.here = from
			f := x.failure(session.WrongToken, "what came as "+spec.Name+" is none")
			f.Expr, f.Err = spec.Expect.Source(), err
			return f
		}
	}
	return nil
}
