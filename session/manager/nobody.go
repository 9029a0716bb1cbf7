package manager

import (
	"context"
	"maps"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/request"
	"tokenring/session/secret"
)

// FireAsNobody sends a request to the account's server without its tokens, and
// keeps the run with the account. Its guard holds as in Fire.
func (m *Manager) FireAsNobody(ctx context.Context, id string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	return m.fireAs(ctx, id, request.Nobody, spec, o)
}

// CurlAsNobody is Curl for a request that goes without the account's tokens.
func (m *Manager) CurlAsNobody(ctx context.Context, id string, spec *request.Spec) (secret.String, error) {
	return m.curlAs(ctx, id, request.Nobody, spec, false)
}

// compileAs compiles a request as it is fired as an account, or as nobody.
func (m *Manager) compileAs(a *session.Account, as string, spec *request.Spec) (*definition.Request, error) {
	call, err := m.compile(a, spec)
	if err == nil && as == request.Nobody {
		call.Attach = definition.AttachNone
	}
	return call, err
}

// subjectAs is subject, or what is left of it for nobody: the account without
// its session. What a login captured beside tokens, such as the id of the
// person, stays: nobody may ask for it too.
func (m *Manager) subjectAs(ctx context.Context, as string, rec *session.Record) (*flow.Subject, error) {
	if as != request.Nobody {
		return m.subject(ctx, rec, nil)
	}
	sub, err := m.ready(ctx, rec, nil)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(sub.Tokens, func(name string, _ secret.String) bool {
		life, known := sub.Lives[name]
		return !known || life.Token
	})
	rec.Session, sub.Lives = nil, nil
	return sub, nil
}
