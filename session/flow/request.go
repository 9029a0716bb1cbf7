package flow

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// NameValue is one header, query parameter or cookie that carries the session.
type NameValue struct {
	Name  string
	Value secret.String
}

// AttachedParts evaluates the subject's attach mode: what it puts on a
// request. The error is a *Failure, of kind NeedsPerson without a token.
func (s *Subject) AttachedParts(ctx context.Context) (headers, query, cookies []NameValue, err error) {
	x := newRun(nil, s, session.FlowRequest)
	x.keepTokens()
	m, err := x.accountMode(ctx)
	if m == nil {
		return nil, nil, nil, err
	}
	return x.attached(ctx, m)
}

// accountMode is mode, and a Failure when the definition has modes of which
// none is the account's: its requests would go out as nobody's.
func (x *run) accountMode(ctx context.Context) (*definition.Attach, error) {
	m := x.mode(ctx)
	if m == nil && len(x.def.Attach) > 0 {
		return nil, x.failure(session.BadConfig, "the definition has no way to attach the token that fits this account")
	}
	return m, nil
}

// Primary names the value that the subject's session stands for: the first
// token its attach mode puts on requests, or else the definition's first; ""
// when the definition describes none.
func (s *Subject) Primary() string {
	if m := newRun(nil, s, session.FlowRequest).mode(context.Background()); m != nil && m.Primary != "" {
		return m.Primary
	}
	if len(s.Definition.Tokens) > 0 {
		return s.Definition.Tokens[0].Name
	}
	return ""
}

func (x *run) attached(ctx context.Context, m *definition.Attach) (headers, query, cookies []NameValue, err error) {
	if err := x.fetch(ctx, m.Reads()); err != nil {
		return nil, nil, nil, err
	}
	if m.Primary != "" && x.values[m.Primary].IsZero() {
		return nil, nil, nil, x.failure(session.NeedsPerson, "the account holds no "+m.Primary)
	}
	if headers, err = x.pairs(ctx, m.Headers); err != nil {
		return nil, nil, nil, err
	}
	if query, err = x.pairs(ctx, m.Query); err != nil {
		return nil, nil, nil, err
	}
	cookies, err = x.pairs(ctx, m.Cookies)
	return headers, query, cookies, err
}

// pairs evaluates pairs and drops those whose value is null.
func (x *run) pairs(ctx context.Context, pairs []definition.Pair) ([]NameValue, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	var out []NameValue
	scope := x.scope(ctx)
	for _, p := range pairs {
		name, _, err := p.Name.Text(ctx, scope)
		if err != nil {
			return nil, x.broken(err)
		}
		value, ok, err := p.Value.Text(ctx, scope)
		if err != nil {
			return nil, x.broken(err)
		}
		if ok && name != "" {
			out = append(out, NameValue{name, secret.New(value)})
		}
	}
	return out, nil
}

// build evaluates a request into what goes on the wire.
func (x *run) build(ctx context.Context, req *definition.Request) (*transport.Request, error) {
	if err := x.fetchFor(ctx, req); err != nil {
		return nil, err
	}
	u, err := x.address(ctx, req)
	if err != nil {
		return nil, err
	}
	out := &transport.Request{
		Method: req.Method, URL: u, Header: http.Header{}, Timeout: x.def.Timeout,
		AllowHTTP: x.sub.AllowHTTP, AttachTo: x.where.attachTo,
		Follow: x.flow != session.FlowLogin && x.flow != session.FlowRefresh,
	}
	if req.Follow != nil {
		out.Follow = *req.Follow
	}
	query, err := x.merged(ctx, x.def.Query, req.Query, func(s string) string { return s })
	if err != nil {
		return nil, err
	}
	u.RawQuery = joinQuery(u.RawQuery, encodePairs(query))
	headers, err := x.merged(ctx, x.def.Headers, req.Headers, http.CanonicalHeaderKey)
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		out.Header.Add(h.Name, h.Value.Reveal())
	}
	if err := x.addBody(ctx, req, out); err != nil {
		return nil, err
	}
	setDefault(out.Header, "Accept", "application/json, */*;q=0.5")
	err = x.attach(ctx, req, out)
	out.Redact = x.credentials() // knows what was read for it
	return out, err
}

// merged gives the definition's pairs and the request's, whose own replace
// those of the same name.
func (x *run) merged(ctx context.Context, general, own []definition.Pair, key func(string) string) ([]NameValue, error) {
	base, err := x.pairs(ctx, general)
	if err != nil {
		return nil, err
	}
	over, err := x.pairs(ctx, own)
	if err != nil {
		return nil, err
	}
	base = slices.DeleteFunc(base, func(b NameValue) bool {
		return slices.ContainsFunc(over, func(o NameValue) bool { return key(o.Name) == key(b.Name) })
	})
	return append(base, over...), nil
}

func setDefault(h http.Header, name, value string) {
	if h.Get(name) == "" {
		h.Set(name, value)
	}
}

func encodePairs(pairs []NameValue) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value.Reveal()))
	}
	return strings.Join(parts, "&")
}

func joinQuery(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "&" + b
}

// addBody fills in the body and declares its type.
func (x *run) addBody(ctx context.Context, req *definition.Request, out *transport.Request) (err error) {
	if req.Body == nil {
		return nil
	}
	out.Body, err = req.Body.Encode(ctx, x.scope(ctx))
	var missing *body.FileError
	switch {
	case errors.As(err, &missing):
		f := x.failure(session.BadConfig, "")
		f.Meaning, f.Next, f.Err = missing.Error(), "correct its path, from the working folder or whole", missing
		return f
	case err != nil:
		return x.broken(err)
	}
	out.Body.Declare(out.Header)
	return nil
}

// attach puts the session on the request. By itself a login or refresh gets
// nothing, and neither does an origin where tokens may not go.
func (x *run) attach(ctx context.Context, req *definition.Request, out *transport.Request) error {
	var m *definition.Attach
	var err error
	switch req.Attach {
	case definition.AttachNone:
	case definition.AttachDefault:
		if x.flow != session.FlowLogin && x.flow != session.FlowRefresh &&
			slices.Contains(out.AttachTo, transport.OriginOf(out.URL)) {
			m, err = x.accountMode(ctx)
		}
	default:
		if m = x.def.AttachMode(req.Attach); m == nil {
			err = x.failure(session.BadDefinition, "no attach mode is named "+req.Attach)
		}
	}
	if m == nil {
		return err
	}
	headers, query, cookies, err := x.attached(ctx, m)
	if err != nil {
		return err
	}
	out.AttachHeader, out.AttachQuery = http.Header{}, url.Values{}
	for _, h := range headers {
		out.AttachHeader.Add(h.Name, h.Value.Reveal())
	}
	for _, q := range query {
		out.AttachQuery.Add(q.Name, q.Value.Reveal())
	}
	for _, c := range cookies {
		out.AttachCookie = append(out.AttachCookie, &http.Cookie{Name: c.Name, Value: c.Value.Reveal()})
	}
	return nil
}

// callText is a call as a person knows it, only the account's plain values
// filled in.
func (x *run) callText(ctx context.Context, req *definition.Request) string {
	target := "/"
	switch {
	case req.URL != nil:
		target = req.URL.Sketch(ctx, x.fields(x.login(ctx)))
	case !req.Path.IsZero():
		target = req.Path.Sketch(ctx, x.fields(x.login(ctx)))
	}
	return req.Method + " " + target
}

// callAt is callText with the base address.
func (x *run) callAt(ctx context.Context, req *definition.Request) string {
	if req.URL != nil {
		return x.callText(ctx, req)
	}
	return req.Method + " " + x.where.base.String() + req.Path.Sketch(ctx, x.fields(x.login(ctx)))
}

// address evaluates where a request goes and refuses every place that the
// definition does not list and the person did not agree to.
func (x *run) address(ctx context.Context, req *definition.Request) (*url.URL, error) {
	u, err := x.target(ctx, req)
	if err != nil {
		return nil, err
	}
	origin := transport.OriginOf(u)
	if slices.Contains(x.where.allowed, origin) {
		return u, nil
	}
	host := secret.CleanLine(origin.Host())
	e := &transport.Error{Kind: transport.KindOrigin, Host: host}
	if x.where.isListed(origin) {
		e.Text, e.Hint = "nobody has agreed yet that this account calls "+host, "edit the account and agree to it"
	} else {
		e.Text, e.Hint = host+" is no origin of this definition", "list it under origins, or use a path of the account's own address"
	}
	return nil, x.unanswered(e)
}

func (x *run) target(ctx context.Context, req *definition.Request) (*url.URL, error) {
	scope := x.scope(ctx)
	if req.URL != nil {
		text, _, err := req.URL.Text(ctx, scope)
		if err != nil {
			return nil, x.broken(err)
		}
		u, err := parseAddress(text)
		if err != nil {
			return nil, x.failure(session.BadConfig, "the url of the request: "+err.Error())
		}
		return u, nil
	}
	path, err := pathOf(ctx, req.Path, scope)
	if err != nil {
		return nil, x.broken(err)
	}
	u, err := url.Parse(x.where.base.String() + path)
	if err != nil {
		return nil, x.failure(session.BadConfig, "the path of the request cannot be part of an address")
	}
	return u, nil
}

// pathOf evaluates a path that is to follow a base address: it begins with a
// slash, or text in it could become part of the host.
func pathOf(ctx context.Context, t *jq.Template, scope jq.Scope) (string, error) {
	if t.IsZero() {
		return "", nil
	}
	path, err := t.Path(ctx, scope)
	if err != nil {
		return "", err
	}
	if path != "" && path[0] != '/' && path[0] != '?' && path[0] != '#' {
		path = "/" + path
	}
	return path, nil
}
