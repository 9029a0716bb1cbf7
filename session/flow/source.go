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

// resolve reads those of the named fields that lie elsewhere, each once a flow.
func (b builder) resolve(ctx context.Context, names []string) error {
	for _, name := range names {
		source := b.sub.Sources[name]
		if _, done := b.resolved[name]; done || source == nil {
			continue
		}
		if b.tell != nil {
			b.tell("reading " + name + " from where it is kept")
		}
		value, err := source(ctx)
		if ctx.Err() != nil {
			return cancelled(ctx.Err())
		}
		if err != nil {
			return &session.Failure{Kind: session.Unreadable, Detail: name + ": " + err.Error(), Err: err}
		}
		b.resolved[name] = value
	}
	return nil
}

// reads lists what a request reads, with what goes on every request.
func (b builder) reads(req *definition.Request) []string {
	def := b.def
	names := append(definition.ReadBy(slices.Concat(def.Headers, def.Query, req.Headers, req.Query)), readBy(req.Path, req.URL)...)
	if req.Body != nil {
		names = append(names, req.Body.Refs()...)
	}
	return names
}

// readBeside lists what a step reads beside its request.
func readBeside(st *definition.Step) []string {
	var names []string
	for _, c := range st.Capture {
		names = append(names, c.Query.Refs()...)
	}
	if s := st.Show; s != nil {
		names = append(names, readBy(s.Text, s.URL, s.Code)...)
	}
	return names
}

func readBy(templates ...*jq.Template) []string {
	var names []string
	for _, t := range templates {
		if t != nil {
			names = append(names, t.Refs()...)
		}
	}
	return names
}
