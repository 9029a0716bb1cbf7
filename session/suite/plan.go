package suite

import (
	"fmt"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// Identity is who requests are sent as: an account, or anonymous at the address of
// one.
type Identity struct {
	Name        string // of the account, or Anonymous
	ID          string // of the account; of Anonymous, that of the account whose address is asked
	Environment string
	Host        string // where its requests go
	anonymous   bool
}

// IdentityOf returns the identity of an account.
func IdentityOf(a *session.Account) Identity {
	return Identity{Name: a.Name, ID: a.ID, Environment: a.Environment, Host: a.Host()}
}

// AsAnonymous returns the identity that sends no token to the same address.
func (i Identity) AsAnonymous() Identity {
	i.Name, i.anonymous = Anonymous, true
	return i
}

// IsAnonymous reports whether no token is sent. An account may be called
// Anonymous, from a time when another word stood for that.
func (i Identity) IsAnonymous() bool { return i.anonymous }

// Plan is the matrix: each of the cases as each of the identities.
type Plan struct {
	Suite      *Suite
	Cases      []*Case
	Identities []Identity
}

// NewPlan makes the plan of a suite. With tags it has the requests that carry
// one of them, and those whose captures they need.
func NewPlan(s *Suite, identities []Identity, tags []string) (*Plan, error) {
	p := &Plan{Suite: s, Identities: identities, Cases: s.Cases}
	if len(tags) > 0 {
		p.Cases = s.tagged(tags)
	}
	switch {
	case len(p.Cases) == 0 && len(s.Tags()) > 0:
		return nil, fmt.Errorf("no request of %s has the tag %s; there are: %s",
			s.Name, secret.CleanLine(strings.Join(tags, ", ")), strings.Join(s.Tags(), ", "))
	case len(p.Cases) == 0:
		return nil, fmt.Errorf("no request of %s has a tag", s.Name)
	case len(identities) == 0:
		return nil, fmt.Errorf("there is no account to fire %s as; name some: --as a,b,%s", s.Name, Anonymous)
	}
	return p, nil
}

// tagged picks from the last request to the first, as captures come before
// what needs them.
func (s *Suite) tagged(tags []string) []*Case {
	var picked []*Case
	var needs []string
	for _, c := range slices.Backward(s.Cases) {
		wanted := slices.ContainsFunc(c.Tags, func(t string) bool { return slices.Contains(tags, t) })
		gives := slices.ContainsFunc(c.Capture, func(k definition.Capture) bool { return slices.Contains(needs, k.Name) })
		if wanted || gives {
			picked, needs = append(picked, c), append(needs, c.Needs...)
		}
	}
	slices.Reverse(picked)
	return picked
}
