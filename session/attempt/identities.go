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
	accounts, err := c.accountsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return guardsOf(p, accounts, nil)
}

// guardsOf lists the guards whose consent is missing.
func guardsOf(p *suite.Plan, accounts []session.Account, agreed map[string]session.Consent) ([]*session.GuardError, error) {
	var asks []*session.GuardError
	for i := range accounts {
		a := &accounts[i]
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

// accountsOf reads the accounts of a plan again, since they may have changed, and compares
// them with their seals: the guard of a changed account cannot be trusted. The error may be
// a *session.ChangedError.
func (c *Client) accountsOf(ctx context.Context, p *suite.Plan) ([]session.Account, error) {
	var accounts []session.Account
	for _, as := range p.Identities {
		if slices.ContainsFunc(accounts, func(a session.Account) bool { return a.ID == as.ID }) {
			continue
		}
		rec, err := c.Store.Account(ctx, as.ID)
		if err == nil {
			err = c.Opener.Authentic(&rec.Account)
		}
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, rec.Account)
	}
	return accounts, nil
}

// authorize returns an error unless the plan may be sent; see RunSuite.
func (c *Client) authorize(ctx context.Context, p *suite.Plan, agreed map[string]session.Consent) error {
	if err := c.Trusted(ctx, p.Suite.Source); err != nil {
		return err
	}
	accounts, err := c.accountsOf(ctx, p)
	if err != nil {
		return err
	}
	for i := range accounts {
		if a := &accounts[i]; p.Suite.Environment != "" && a.Environment != p.Suite.Environment {
			return &EnvironmentError{Suite: p.Suite.Name, Environment: p.Suite.Environment, Account: a.Name, Other: a.Environment}
		}
	}
	asks, err := guardsOf(p, accounts, agreed)
	if err == nil && len(asks) > 0 {
		return asks[0]
	}
	return err
}

// EnvironmentError reports an account outside the environment of a suite.
type EnvironmentError struct {
	Suite, Environment string
	Account, Other     string // "": none
}

func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("%s is for the environment %s, but %s belongs to %s", e.Suite, e.Environment, e.Account, cmp.Or(e.Other, "none"))
}
