package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"tokenring/session"
	"tokenring/session/suite"
)

// Actors finds who a suite is fired as. suite.Nobody asks the address of the
// first account beside it, or else of the account called at. ErrNotFound.
func (m *Manager) Actors(ctx context.Context, names []string, at string) ([]suite.Actor, error) {
	for _, name := range append(slices.Clone(names), at) {
		if name != suite.Nobody && name != "" {
			at = name
			break
		}
	}
	var actors []suite.Actor
	for _, name := range names {
		found := name
		if name == suite.Nobody {
			if found = at; at == "" {
				return nil, errors.New("nobody has no address of its own; name an account beside it")
			}
		}
		snap, err := m.Find(ctx, found)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(actors, func(a suite.Actor) bool { return a.Name == name }) {
			continue
		}
		actors = append(actors, suite.Actor{
			Name: name, ID: snap.Account.ID, Environment: snap.Account.Environment, Host: snap.Host,
		})
	}
	return actors, nil
}

// SuiteGuards lists the accounts whose guard has to be answered before the plan
// is run, each once. The error is a *GuardError where a guard lets no answer
// pass: a read-only account, and a request that changes something.
func (m *Manager) SuiteGuards(ctx context.Context, p *suite.Plan) ([]*GuardError, error) {
	accounts, err := m.accountsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	return guardsOf(p, accounts)
}

func guardsOf(p *suite.Plan, accounts []session.Account) ([]*GuardError, error) {
	var asks []*GuardError
	for i := range accounts {
		for _, c := range p.Cases {
			var guard *GuardError
			err := allows(&accounts[i], c.Spec(accounts[i].Name), FireOptions{})
			if !errors.As(err, &guard) {
				continue
			}
			if guard.Guard == session.GuardReadOnly {
				return nil, fmt.Errorf("%s: %w", c.Name, guard)
			}
			asks = append(asks, guard)
			break
		}
	}
	return asks, nil
}

// accountsOf reads the accounts that a plan concerns, nobody's included, as
// they stand now: they may have been edited since the plan was made.
func (m *Manager) accountsOf(ctx context.Context, p *suite.Plan) ([]session.Account, error) {
	var accounts []session.Account
	for _, actor := range p.Actors {
		if slices.ContainsFunc(accounts, func(a session.Account) bool { return a.ID == actor.ID }) {
			continue
		}
		rec, err := m.store.Account(ctx, actor.ID)
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, rec.Account)
	}
	return accounts, nil
}

// mayRun is nil when nothing stands between a plan and the network.
func (m *Manager) mayRun(ctx context.Context, p *suite.Plan, agreed map[string]FireOptions) error {
	if err := m.Trusted(ctx, p.Suite.Source); err != nil {
		return err
	}
	accounts, err := m.accountsOf(ctx, p)
	if err != nil {
		return err
	}
	for i := range accounts {
		if a := &accounts[i]; p.Suite.Environment != "" && a.Environment != p.Suite.Environment {
			return &EnvironmentError{Suite: p.Suite.Name, Environment: p.Suite.Environment, Account: a.Name, Other: a.Environment}
		}
	}
	asks, err := guardsOf(p, accounts)
	if err != nil {
		return err
	}
	for _, ask := range asks {
		o := agreed[ask.Account]
		if ask.Guard == session.GuardConfirm && !o.Confirmed || ask.Guard == session.GuardTypedConfirm && o.Typed != ask.Account {
			return ask
		}
	}
	return nil
}

// EnvironmentError is an account of another environment than a suite is for.
type EnvironmentError struct {
	Suite, Environment string
	Account, Other     string // "": it belongs to none
}

// Error says which and what it belongs to.
func (e *EnvironmentError) Error() string {
	return fmt.Sprintf("%s is for the environment %s, and %s belongs to %s", e.Suite, e.Environment, e.Account, cmp.Or(e.Other, "none"))
}
