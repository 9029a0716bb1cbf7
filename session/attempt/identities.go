package attempt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tokenring/session"
	"tokenring/session/suite"
)

// Identities finds the named accounts. suite.Anonymous uses the address of the first other
// account, or of the account named at. ErrNotFound.
func (c *Client) Identities(ctx context.Context, names []string, at string) ([]suite.Identity, error) {
	for _, name := range append(slices.Clone(names), at) {
		if name != suite.Anonymous && name != "" {
			at = name
			break
		}
	}
	var all []suite.Identity
	for _, name := range names {
		found := name
		if name == suite.Anonymous {
			if found = at; at == "" {
				return nil, fmt.Errorf("%s has no address of its own; name an account too", suite.Anonymous)
			}
		}
		rec, err := c.Store.Named(ctx, found)
		if err != nil {
			return nil, fmt.Errorf("account %q: %w", found, err)
		}
		as := suite.IdentityOf(&rec.Account)
		if name == suite.Anonymous {
			as = as.AsAnonymous()
		}
		if !slices.ContainsFunc(all, func(i suite.Identity) bool { return i.Name == as.Name }) {
			all = append(all, as)
		}
	}
	return all, nil
}

// GuardsFor lists the guards that need consent before the plan runs, one per account. The
// error is a *session.GuardError if no consent helps because a request changes something
// and the account is read-only.
func (c *Client) GuardsFor(ctx context.Context, p *suite.Plan) ([]*session.GuardError, error) {
	records, err := c.recordsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return guardsOf(p, records, nil)
}

// guardsOf lists the guards whose consent is missing.
func guardsOf(p *suite.Plan, records []*session.Record, agreed map[string]session.Consent) ([]*session.GuardError, error) {
	var asks []*session.GuardError
	for i := range records {
		a := &records[i].Account
		if a.Guard == session.GuardNone || slices.ContainsFunc(asks, func(g *session.GuardError) bool { return g.Account == a.Name }) {
			continue
		}
		for _, one := range p.Cases {
			spec := one.Spec(a.Name)
			var guard *session.GuardError
			err := a.Authorize(spec.Method, spec.Safe(), agreed[a.Name])
			if !errors.As(err, &guard) {
				continue
			}
			if guard.Guard == session.GuardReadOnly {
				return nil, fmt.Errorf("%s: %w", one.Name, guard)
			}
			asks = append(asks, guard)
			break
		}
	}
	return asks, nil
}

// recordsOf reads the account of each identity of a plan again, since it may have changed, and
// compares it with its seal: the guard of a changed account cannot be trusted. The error may be
// a *session.ChangedError.
func (c *Client) recordsOf(ctx context.Context, p *suite.Plan) ([]*session.Record, error) {
	records := make([]*session.Record, len(p.Identities))
	for i, as := range p.Identities {
		rec, err := c.Opener.Compared(ctx, as.ID)
		if err != nil {
			return nil, err
		}
		records[i] = rec
	}
	return records, nil
}

// authorize returns the account of each identity, or an error unless the plan may be sent; see
// RunSuite.
func (c *Client) authorize(ctx context.Context, p *suite.Plan, agreed map[string]session.Consent) ([]*session.Record, error) {
	if err := c.Trusted(ctx, p.Suite.Source); err != nil {
		return nil, err
	}
	records, err := c.recordsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	for i := range records {
		if a := &records[i].Account; p.Suite.Environment != "" && a.Environment != p.Suite.Environment {
			return nil, &EnvironmentError{Suite: p.Suite.Name, Environment: p.Suite.Environment, Account: a.Name, Other: a.Environment}
		}
	}
	asks, err := guardsOf(p, records, agreed)
	if err == nil && len(asks) > 0 {
		err = asks[0]
	}
	return records, err
}

// EnvironmentError reports an account outside the environment of a suite.
type EnvironmentError struct {
	Suite, Environment string
	Account, Other     string // "": none
}

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("%s is for the environment %s, but %s belongs to %s", e.Suite, e.Environment, e.Account, cmp.Or(e.Other, "none"))
}
