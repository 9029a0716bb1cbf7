package flow

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/address"
	"tokenring/session/transport"
)

// destinations are where the calls of a run may go.
type destinations struct {
	base     *url.URL           // without a slash at its end
	further  []transport.Origin // beside base, agreed to or not
	allowed  []transport.Origin // base, and further ones that were agreed to
	attachTo []transport.Origin
	named    []transport.Origin // of allowed, those that metadata named
}

// namedBy returns the account's own origins if an address is at one that metadata named.
func (d *destinations) namedBy(u *url.URL) []transport.Origin {
	if !slices.Contains(d.named, transport.OriginOf(u)) {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(d.allowed), func(o transport.Origin) bool { return slices.Contains(d.named, o) })
}

// Resolve returns the base address of an account and every further origin its
// definition lists, agreed to or not. It needs no secrets. The error is for the
// person who fills in the account.
func (r *Runner) Resolve(sub *Subject) (*url.URL, []transport.Origin, error) {
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
	d.base.Path, d.base.RawPath = strings.TrimRight(d.base.Path, "/"), strings.TrimRight(d.base.RawPath, "/")
	d.base.RawQuery, d.base.ForceQuery, d.base.Fragment, d.base.RawFragment = "", false, "", ""
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
		d.further = append(d.further, origin)
		if !slices.Contains(f.sub.Origins, origin) {
			continue
		}
		d.allowed = append(d.allowed, origin)
		if o.Attach {
			d.attachTo = append(d.attachTo, origin)
		}
	}
	if f.def.Discovers() {
		for _, o := range f.sub.Origins { // learned at a login, and agreed to there
			if !slices.Contains(d.further, o) {
				d.further, d.allowed, d.named = append(d.further, o), append(d.allowed, o), append(d.named, o)
			}
		}
	}
	return d, nil
}

// parseAddress reads an absolute http or https URL without credentials.
func parseAddress(text string) (*url.URL, error) {
	u, err := address.Parse(text)
	if err == nil && u.User != nil {
		return nil, errors.New("the address holds a user name or password; credentials belong in fields")
	}
	return u, err
}
