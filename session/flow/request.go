package flow

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"tokenring/session"
	"tokenring/session/body"
	"tokenring/session/definition"
	"tokenring/session/jq"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// builder makes the requests of a flow.
type builder struct{ *facts }

func (f *facts) builder() builder { return builder{f} }

// accountMode returns the attach mode. It returns a Failure if the definition has modes but none
// fits the account, whose requests would be anonymous.
func (f *facts) accountMode(ctx context.Context) (*definition.Attach, error) {
	m := f.mode(ctx)
	if m == nil && len(f.def.Attach) > 0 {
		return nil, failure(session.BadConfig, "the definition has no way to attach the token that fits this account")
	}
	return m, nil
}

// Primary returns the name of the primary token: the first that the attach mode adds to requests,
// or the definition's first, or "".
func (s *Subject) Primary() string {
	if m := newFacts(s, session.FlowRequest).mode(context.Background()); m != nil && m.Primary != "" {
		return m.Primary
	}
	if len(s.Definition.Tokens) > 0 {
		return s.Definition.Tokens[0].Name
	}
	return ""
}

// Carries reports whether a request of the subject may carry a value: by its attach mode, or
// because its templates read it.
func (s *Subject) Carries(req *definition.Request, name string) bool {
	f := newFacts(s, session.FlowRequest)
	names, m := f.builder().reads(req), f.mode(context.Background())
	if req.Attach != definition.AttachDefault {
		m = s.Definition.AttachMode(req.Attach)
	}
	if m != nil {
		names = append(names, m.Reads()...)
	}
	return slices.Contains(names, name) || slices.Contains(names, jq.All)
}

func (b builder) attached(ctx context.Context, m *definition.Attach) (a Attached, err error) {
	if err := b.resolve(ctx, m.Reads); err != nil {
		return a, err
	}
	if m.Primary != "" && b.captures[m.Primary].IsZero() {
		return a, failure(session.NeedsPerson, "the account holds no "+session.TokenName(m.Primary))
	}
	if a.Headers, err = b.pairs(ctx, m.Headers); err != nil {
		return a, err
	}
	if a.Query, err = b.pairs(ctx, m.Query); err != nil {
		return a, err
	}
	if a.Cookies, err = b.pairs(ctx, m.Cookies); err != nil {
		return a, err
	}
	for _, p := range slices.Concat(a.Headers, a.Query, a.Cookies) {
		if fault := token.LineFault(p.Value.Reveal()); fault != "" {
			return a, unsendable(p.Name, fault)
		}
	}
	return a, nil
}

// unsendable returns the Failure of a header, parameter or cookie whose value
// cannot be sent.
func unsendable(name, fault string) error {
	return explained(session.BadConfig, name+": "+fault, "a value of the request cannot be sent", "look for what makes it, and correct that")
}

// pairs evaluates pairs and omits those whose value is null.
func (b builder) pairs(ctx context.Context, pairs []definition.Pair) ([]NameValue, error) {
	if len(pairs) == 0 {
		return nil, nil
	}
	return b.pairsIn(ctx, pairs, b.scope(ctx))
}

func (b builder) pairsIn(ctx context.Context, pairs []definition.Pair, scope jq.Scope) ([]NameValue, error) {
	var out []NameValue
	for _, p := range pairs {
		name, _, err := p.Name.Text(ctx, scope)
		if err != nil {
			return nil, broken(err)
		}
		value, ok, err := p.Value.Text(ctx, scope)
		if err != nil {
			return nil, broken(err)
		}
		if ok && name+p.Raw != "" {
			out = append(out, NameValue{name, secret.New(value), p.Raw})
		}
	}
	return out, nil
}

// timeout returns the timeout of the request, the account or the definition, or 0.
func (b builder) timeout(req *definition.Request) time.Duration {
	own, _ := session.ParseTimeout(b.sub.Connection.Timeout) // checked when the account was saved
	return cmp.Or(req.Timeout, own, b.def.Timeout)
}

// named returns the context in which a person's request is evaluated: a name that is neither of
// the account nor given with the request would vanish from it without a word.
func (b builder) named(ctx context.Context) context.Context {
	if b.flow != session.FlowRequest {
		return ctx
	}
	return jq.WithNames(ctx, func(name string) error {
		_, known := b.scope(ctx)[name]
		if known || name != "vars" && slices.Contains(b.def.Names(), name) {
			return nil
		}
		next := "give it with --var " + name + "=VALUE, or write it into the request"
		switch {
		case name == "vars":
			next = "write the value into the request: only those of a suite have variables"
		case b.vars != nil:
			next = "declare it under variables of the file and write ${.vars." + name + "}"
		}
		return explained(session.BadConfig, "", "."+name+" has no value", next)
	})
}

// build evaluates a request.
func (b builder) build(ctx context.Context, req *definition.Request) (*transport.Request, error) {
	if err := b.resolve(ctx, func() []string { return b.reads(req) }); err != nil {
		return nil, err
	}
	named := b.named(ctx)
	u, origin, err := b.address(named, req)
	if err == nil {
		err = b.confine(ctx, req, origin)
	}
	if err != nil {
		return nil, err
	}
	b.called = u
	out := &transport.Request{
		Method: req.Method, URL: u, Header: http.Header{}, Timeout: b.timeout(req),
		AllowHTTP: b.sub.AllowHTTP, AttachTo: b.to.attachTo, NamedBy: b.to.namedBy(origin),
		Follow: !b.renews(), Stay: b.readsCredential(req),
	}
	if req.Follow != nil {
		out.Follow = *req.Follow
	}
	query, err := b.merged(ctx, b.def.Query, req.Query, func(s string) string { return s })
	if err != nil {
		return nil, err
	}
	u.RawQuery = joinQuery(u.RawQuery, encodePairs(query))
	headers, err := b.merged(ctx, b.def.Headers, req.Headers, http.CanonicalHeaderKey)
	if err != nil {
		return nil, err
	}
	for _, h := range headers {
		if fault := token.LineFault(h.Value.Reveal()); fault != "" {
			return nil, unsendable(h.Name, fault)
		}
		out.Header.Add(h.Name, h.Value.Reveal())
	}
	if err := b.addBody(named, req, out); err != nil {
		return nil, err
	}
	if out.Header.Get("Accept") == "" {
		out.Header.Set("Accept", "application/json, */*;q=0.5")
	}
	if out.Connection, err = b.connection(ctx); err != nil {
		return nil, err
	}
	err = b.attach(ctx, req, origin, out)
	out.Redact = b.credentials() // after everything was read
	return out, err
}

// merged returns the definition's pairs, overridden by the request's own.
func (b builder) merged(ctx context.Context, general, own []definition.Pair, key func(string) string) ([]NameValue, error) {
	base, err := b.pairs(ctx, general)
	if err != nil {
		return nil, err
	}
	over, err := b.pairs(b.named(ctx), own)
	if err != nil {
		return nil, err
	}
	base = slices.DeleteFunc(base, func(p NameValue) bool {
		return slices.ContainsFunc(over, func(o NameValue) bool { return key(o.Name) == key(p.Name) })
	})
	return append(base, over...), nil
}

func encodePairs(pairs []NameValue) string {
	var parts []string
	for _, p := range pairs {
		parts = append(parts, cmp.Or(p.raw, url.QueryEscape(p.Name)+"="+url.QueryEscape(p.Value.Reveal())))
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
func (b builder) addBody(ctx context.Context, req *definition.Request, out *transport.Request) (err error) {
	if req.Body == nil {
		return nil
	}
	out.Body, err = req.Body.Encode(ctx, b.scope(ctx))
	var missing *body.FileError
	switch {
	case errors.As(err, &missing):
		return &session.Failure{
			Kind: session.BadConfig, Meaning: missing.Error(), Next: "correct its path, from the working folder or whole", Err: missing,
		}
	case err != nil:
		return broken(err)
	}
	out.Body.Declare(out.Header)
	return nil
}

// attach adds the session to the request, unless the flow is a login or refresh without an
// explicit mode, or tokens may not go to the origin.
func (b builder) attach(ctx context.Context, req *definition.Request, origin transport.Origin, out *transport.Request) error {
	var m *definition.Attach
	var err error
	switch req.Attach {
	case definition.AttachNone:
	case definition.AttachDefault:
		if !b.renews() && slices.Contains(out.AttachTo, origin) {
			m, err = b.accountMode(ctx)
		}
	default:
		if m = b.def.AttachMode(req.Attach); m == nil {
			err = failure(session.BadDefinition, "no attach mode is named "+req.Attach)
		}
	}
	if m == nil {
		return err
	}
	a, err := b.attached(ctx, m)
	if err != nil {
		return err
	}
	if err := b.rewrite(ctx, m, req, out); err != nil {
		return err
	}
	a.Cookies = slices.DeleteFunc(a.Cookies, func(c NameValue) bool {
		fits, scope := b.sends(&c, out.URL)
		if !fits {
			out.Unsent = append(out.Unsent, "cookie "+c.Name+", which is for "+scope)
		}
		return !fits
	})
	out.AttachHeader, out.AttachQuery = http.Header{}, url.Values{}
	for _, of := range []struct {
		place string
		pairs []NameValue
	}{{definition.PlaceHeaders, a.Headers}, {definition.PlaceQuery, a.Query}, {definition.PlaceCookies, a.Cookies}} {
		for _, p := range of.pairs {
			attachAt(out, of.place, p)
		}
	}
	return b.signRequest(ctx, m, out)
}

// confine rejects a request to the address of the API from a login if it reads a secret for the
// server of the login: a field, or a value that only a refresh sends.
func (b builder) confine(ctx context.Context, req *definition.Request, origin transport.Origin) error {
	if b.to.api == "" || origin != b.to.api {
		return nil
	}
	names, m := b.reads(req), b.def.AttachMode(req.Attach)
	if req.Attach == definition.AttachDefault {
		m = b.mode(ctx)
	}
	if m != nil {
		names = append(names, m.Reads()...)
	}
	for _, name := range names {
		if name != jq.All && !b.def.Stays(name) {
			continue
		}
		what := "." + name + " does"
		if name == jq.All {
			what = "all values together do"
		}
		return explained(session.BadConfig, "", what+" not go to "+b.to.api.Host()+": only tokens go to the address that a login brought",
			"leave it out of the request, or name an address at the server of the login")
	}
	return nil
}

// attachAt attaches one value to a request.
func attachAt(out *transport.Request, place string, p NameValue) {
	switch value := p.Value.Reveal(); place {
	case definition.PlaceHeaders:
		out.AttachHeader.Add(p.Name, value)
	case definition.PlaceQuery:
		out.AttachQuery.Add(p.Name, value)
	default:
		out.AttachCookie = append(out.AttachCookie, &http.Cookie{Name: p.Name, Value: value})
	}
}

// sends reports whether a cookie is sent to u (RFC 6265, section 5.4), and describes the scope
// that the server set. A cookie that the definition makes has no scope.
func (b builder) sends(c *NameValue, u *url.URL) (fits bool, scope string) {
	secure := u.Scheme == "https" || transport.Loopback(transport.OriginOf(u))
	for name, value := range b.captures {
		s := b.sub.Lives[name].Cookie
		if _, isNew := b.sources[name]; isNew {
			s = b.cookies[name].CookieScope
		}
		if s.Name != c.Name || !value.Equal(c.Value) || s.Matches(u, secure) {
			continue
		}
		if scope = cmp.Or(s.Host, s.Domain) + s.Path; s.Secure {
			scope += " over https"
		}
		return false, scope
	}
	return true, ""
}

// address evaluates the address of a request and rejects one that the definition does not list
// or the user did not agree to.
func (b builder) address(ctx context.Context, req *definition.Request) (*url.URL, transport.Origin, error) {
	u, err := b.target(ctx, req)
	if err != nil {
		return nil, "", err
	}
	origin := transport.OriginOf(u)
	if slices.Contains(b.to.allowed, origin) {
		return u, origin, nil
	}
	host := secret.CleanLine(origin.Host())
	e := &transport.Error{Kind: transport.KindOrigin, Host: host}
	if b.to.further.For(string(origin)) != 0 {
		e.Text, e.Hint = "it is not agreed yet that this account calls "+host, "edit the account and agree to it"
	} else {
		e.Text, e.Hint = host+" is not an origin of this definition", "list it under origins, or use a path of the account's own address"
	}
	return nil, "", unanswered(e)
}

func (b builder) target(ctx context.Context, req *definition.Request) (*url.URL, error) {
	scope := b.scope(ctx)
	if req.URL != nil {
		text, _, err := req.URL.Text(ctx, scope)
		if err != nil {
			return nil, broken(err)
		}
		u, err := parseAddress(text)
		if err != nil {
			return nil, failure(session.BadConfig, "the url of the request: "+err.Error())
		}
		return u, nil
	}
	path, err := pathOf(ctx, req.Path, scope)
	if err != nil {
		return nil, broken(err)
	}
	u, err := url.Parse(b.to.base.String() + path)
	if err != nil {
		return nil, failure(session.BadConfig, "the path of the request cannot be part of an address")
	}
	return u, nil
}

// pathOf evaluates a path below a base address. It must begin with a slash, because text in it
// could become part of the host.
func pathOf(ctx context.Context, t *jq.Template, scope jq.Scope) (string, error) {
	path, err := t.Path(ctx, scope)
	if err != nil {
		return "", err
	}
	if path != "" && path[0] != '/' && path[0] != '?' && path[0] != '#' {
		path = "/" + path
	}
	return path, nil
}
