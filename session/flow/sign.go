package flow

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// rewrite adds an attach mode's prefix to the path of a request and rebuilds its body. A request
// with an absolute address keeps its path.
func (b builder) rewrite(ctx context.Context, m *definition.Attach, req *definition.Request, out *transport.Request) error {
	if m.Path != nil && req.URL == nil {
		prefix, err := pathOf(ctx, m.Path, b.scope(ctx))
		if err != nil {
			return broken(err)
		}
		base := b.to.base.String()
		if out.URL, err = url.Parse(base + prefix + strings.TrimPrefix(out.URL.String(), base)); err != nil {
			return failure(session.BadConfig, "the path of attach mode "+m.Name+" cannot be part of an address")
		}
		out.AttachInside, out.Stay = true, true
	}
	if m.Body == nil || len(out.Body.Bytes()) == 0 {
		return nil
	}
	text, ok, err := m.Body.Text(ctx, b.scopeWith(ctx, jq.Scope{"request": describeRequest(out, digestOf(out))}))
	if err != nil {
		return broken(err)
	}
	if out.Body = out.Body.With([]byte(text)); !ok || out.Body == nil {
		return failure(session.BadConfig, "attach mode "+m.Name+" cannot put the token into this kind of body")
	}
	out.AttachInside, out.Stay = true, true
	return nil
}

// signRequest adds the values that an attach mode computes from the final request. Later values
// see earlier ones.
func (b builder) signRequest(ctx context.Context, m *definition.Attach, out *transport.Request) error {
	if len(m.Sign) == 0 {
		return nil
	}
	b.runner.client.Complete(out)
	digest := digestOf(out) // of the body, which nothing changes any more
	now := float64(b.runner.now().Add(b.offset).UnixMilli()) / 1000
	for _, s := range m.Sign {
		scope := b.scopeWith(ctx, jq.Scope{"request": describeRequest(out, digest), "now": now})
		pairs, err := b.pairsIn(ctx, []definition.Pair{s.Pair}, scope)
		if err != nil {
			return err
		}
		for _, p := range pairs {
			if fault := token.LineFault(p.Value.Reveal()); fault != "" {
				return unsendable(p.Name, fault)
			}
			attachAt(out, s.Place, p)
		}
	}
	out.Follow = false
	return nil
}

func digestOf(r *transport.Request) string {
	sum := sha256.Sum256(r.Body.Bytes())
	return hex.EncodeToString(sum[:])
}

// describeRequest returns .request for templates: the call as it would be sent now, with the
// digest of its body. Header names are in lower case.
func describeRequest(r *transport.Request, digest string) jq.Scope {
	headers := map[string]any{}
	for name, values := range r.Headers() {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	u := r.Address()
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	out := jq.Scope{
		"method": r.Method, "host": u.Host, "path": path, "query": u.RawQuery, "headers": headers,
		"body": nil, "body_sha256": digest,
	}
	if data := r.Body.Bytes(); len(data) > 0 {
		out["body"] = string(data)
	}
	return out
}
