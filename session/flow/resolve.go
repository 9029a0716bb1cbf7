package flow

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/oauth"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// destinations lists where the calls of a run may go.
type destinations struct {
	base     *url.URL           // the base of paths, without a trailing slash
	api      transport.Origin   // of base, if a login brought it: tokens go there, and nothing else that is secret
	further  session.Origins    // beside base, with what each is for, agreed to or not
	allowed  []transport.Origin // base, and further ones that were agreed to
	attachTo []transport.Origin
	named    []transport.Origin // of allowed, those that a server named
}

// namedBy returns the account's own origins if a server named an origin.
func (d *destinations) namedBy(origin transport.Origin) []transport.Origin {
	if !slices.Contains(d.named, origin) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.allowed), func(o transport.Origin) bool { return slices.Contains(d.named, o) })
}

// Resolve returns the base address of an account and every further origin of its definition,
// agreed to or not. It needs no secrets. The error is for the user who fills in the form.
func (r *Runner) Resolve(sub *Subject) (*url.URL, session.Origins, error) {
	d, err := newFacts(sub, session.FlowLogin).destinations(context.Background())
	if err != nil {
		return nil, nil, err
	}
	return d.base, d.further, nil
}

// destinations evaluates where calls may go.
func (f *facts) destinations(ctx context.Context) (destinations, error) {
	var d destinations
	scope := f.scope(ctx)
	text, ok, err := f.def.BaseURL.Text(ctx, scope)
	if err != nil || !ok {
		return d, errors.New("the address is missing: a value of the account that makes it is empty")
	}
	if d.base, err = parseAddress(text); err != nil {
		return d, err
	}
	trimBase(d.base)
	home := transport.OriginOf(d.base)
	d.allowed, d.attachTo = []transport.Origin{home}, []transport.Origin{home}
	for i := range f.def.Origins {
		o := &f.def.Origins[i]
		text, ok, err := o.URL.Text(ctx, scope)
		switch {
		case err != nil:
			return d, errors.New("a further address is missing: a value of the account that makes it is empty")
		case !ok: // an address that may be left empty was
			continue
		}
		origin, err := transport.ParseOrigin(text)
		if err != nil {
			return d, err
		}
		d.list(f.sub, origin, o.Attach)
	}
	patterns, err := f.patterns()
	if err != nil {
		return d, err
	}
	for _, pattern := range patterns {
		d.further = d.further.With(session.FurtherOrigin{Origin: string(pattern), For: session.ForTokens})
	}
	for _, o := range f.sub.Origins { // learned at a login, and agreed to there
		learned := o.For & f.learns()
		if learned == 0 || slices.Contains(patterns, transport.Origin(o.Origin)) || d.further.Allow(o.Origin, learned) {
			continue
		}
		d.further = d.further.With(session.FurtherOrigin{Origin: o.Origin, For: learned})
		if origin := transport.Origin(o.Origin); learned&session.ForCredentials != 0 && !slices.Contains(d.allowed, origin) {
			d.allowed, d.named = append(d.allowed, origin), append(d.named, origin)
		}
	}
	if f.def.APIURL == nil || f.renews() { // a renewal sends secrets for the server of the login
		return d, nil
	}
	return d, f.toAPI(ctx, &d)
}

// list adds an origin that the definition lists.
func (d *destinations) list(sub *Subject, origin transport.Origin, attach bool) {
	o := session.FurtherOrigin{Origin: string(origin), For: session.ForCredentials}
	if attach {
		o.For = session.ForBoth
	}
	d.further = d.further.With(o)
	if !sub.Origins.Allow(o.Origin, session.ForCredentials) {
		return
	}
	d.allowed = append(d.allowed, origin)
	if attach && sub.Origins.Allow(o.Origin, session.ForTokens) {
		d.attachTo = append(d.attachTo, origin)
	}
}

// learns returns what the origins are for that a login of the definition learns: those of an
// issuer, and that of the API.
func (f *facts) learns() (p session.Purpose) {
	if f.def.Discovers() {
		p |= session.ForCredentials
	}
	if f.def.APIURL != nil {
		p |= session.ForTokens
	}
	return p
}

// renews reports whether the flow gets new tokens: a login or refresh.
func (f *facts) renews() bool { return f.flow == session.FlowLogin || f.flow == session.FlowRefresh }

// toAPI directs calls to the address of the API from a login, if the user agreed to it.
func (f *facts) toAPI(ctx context.Context, d *destinations) error {
	api, origin, err := f.api(ctx, d.allowed[0])
	if api == nil || err != nil {
		return err
	}
	d.base = api
	if origin == d.allowed[0] {
		return nil
	}
	d.api, d.further = origin, d.further.With(session.FurtherOrigin{Origin: string(origin), For: session.ForTokens})
	if f.agreed(origin, session.ForTokens) {
		d.allowed, d.attachTo, d.named = append(d.allowed, origin), append(d.attachTo, origin), append(d.named, origin)
	}
	return nil
}

// api returns the address of the API from a login at an origin, or nil. The rules are those for
// addresses from an issuer; only this machine may be without TLS.
func (f *facts) api(ctx context.Context, login transport.Origin) (*url.URL, transport.Origin, error) {
	text, ok, err := f.def.APIURL.Text(ctx, f.scope(ctx))
	if err != nil || !ok || text == "" {
		return nil, "", err
	}
	origin, err := oauth.Endpoint(login, "address of the API", text)
	switch {
	case err != nil:
	case f.holdsToken(text):
		err = errors.New("its address of the API holds a token, and addresses are shown and stored in clear")
	case strings.HasPrefix(string(origin), "http:") && !transport.Loopback(origin):
		err = errors.New("its address of the API, at " + origin.Host() + ", does not use TLS")
	default:
		u, err := parseAddress(text)
		if err == nil {
			trimBase(u)
		}
		return u, origin, err
	}
	return nil, "", errors.New("the login at " + login.Host() + " cannot be used: " + err.Error())
}

// holdsToken reports whether an address contains a token of the session.
func (f *facts) holdsToken(address string) bool {
	var tokens []secret.String
	for _, name := range f.def.SessionTokens() {
		tokens = append(tokens, f.captures[name])
	}
	return secret.NewRedactor(tokens...).Text(address) != address
}

// agreed reports whether the user agreed to send all of p to an origin that a server named, or
// tokens to a matching pattern of the definition.
func (f *facts) agreed(origin transport.Origin, p session.Purpose) bool {
	patterns, _ := f.patterns() // destinations returned the error
	return f.sub.Origins.Allow(string(origin), p) || p == session.ForTokens && slices.ContainsFunc(patterns, func(pattern transport.Origin) bool {
		return pattern.Covers(origin) && f.sub.Origins.Allow(string(pattern), p)
	})
}

// patterns returns the patterns of the definition for the address of the API, which are for
// tokens alone: an earlier version agreed to them for both.
func (f *facts) patterns() (all []transport.Origin, err error) {
	for _, text := range f.def.Within {
		pattern, err := transport.ParseOrigin(text)
		if err != nil {
			return nil, err
		}
		all = append(all, pattern)
	}
	return all, nil
}

// trimBase reduces an address to a base for paths.
func trimBase(u *url.URL) {
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), strings.TrimRight(u.RawPath, "/")
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
}

// parseAddress parses an absolute http or https URL without credentials.
func parseAddress(text string) (*url.URL, error) {
	u, err := address.Parse(text)
	if err == nil && u.User != nil {
		return nil, errors.New("the address holds a user name or password; credentials belong in fields")
	}
	return u, err
}
