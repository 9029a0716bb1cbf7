package flow

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
)

// Source reads a secret from where it is kept. Its error is for the person: it
// says what was asked and holds nothing of the secret.
type Source func(ctx context.Context) (secret.String, error)

// fetch reads those of the named fields that lie elsewhere, each once a run.
func (x *run) fetch(ctx context.Context, names []string) error {
	for _, name := range names {
		source := x.sub.Sources[name]
		if _, done := x.fetched[name]; done || source == nil {
			continue
		}
		x.progress("reading " + name + " from where it is kept")
		value, err := source(ctx)
		if ctx.Err() != nil {
			return x.cancelled(ctx.Err())
		}
		if err != nil {
			f := x.failure(session.Unreadable, name+": "+err.Error())
			f.Err = err
			return f
		}
		x.fetched[name] = value
	}
	return nil
}

// sourced puts what was read into scope, and a stand-in for what was not:
// conditions may ask whether there is any.
func (x *run) sourced(scope jq.Scope) {
	for name := range x.sub.Sources {
		scope[name] = secret.New(secret.Hidden)
	}
	for name, v := range x.fetched {
		scope[name] = v
	}
}

// holds is for a condition of the definition: it may ask whether there is a
// secret, which is not read for that.
func (x *run) holds(ctx context.Context, when *jq.Query) bool {
	if when == nil {
		return true
	}
	scope := x.scope(ctx)
	x.sourced(scope)
	return when.Match(ctx, scope)
}

// unsourced takes the stand-ins away: nothing of them may leave.
func (x *run) unsourced(scope jq.Scope) {
	for name := range x.sub.Sources {
		if _, done := x.fetched[name]; !done {
			scope[name] = nil
		}
	}
}

// fetchFor is fetch for what a request reads, with what goes on every request.
func (x *run) fetchFor(ctx context.Context, req *definition.Request) error {
	if len(x.sub.Sources) == 0 {
		return nil
	}
	names := definition.ReadBy(slices.Concat(x.def.Headers, x.def.Query, req.Headers, req.Query))
	for _, t := range []*jq.Template{req.Path, req.URL} {
		if t != nil {
			names = append(names, t.Refs()...)
		}
	}
	if req.Body != nil {
		names = append(names, req.Body.Refs()...)
	}
	return x.fetch(ctx, names)
}

// fetchForStep is fetch for what a step reads beside its request.
func (x *run) fetchForStep(ctx context.Context, st *definition.Step) error {
	if len(x.sub.Sources) == 0 {
		return nil
	}
	var names []string
	for _, c := range st.Capture {
		names = append(names, c.Query.Refs()...)
	}
	if s := st.Show; s != nil {
		for _, t := range []*jq.Template{s.Text, s.URL, s.Code} {
			if t != nil {
				names = append(names, t.Refs()...)
			}
		}
	}
	return x.fetch(ctx, names)
}
