package suite

import (
	"fmt"
	"slices"
	"strings"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
)

// Identity is an account to send requests as, or anonymous at the address of an account.
type Identity struct {
	Name        string // of the account, or Anonymous
	ID          string // of the account; for Anonymous, of the account whose address it uses
	Environment string
	Host        string // of its requests
	base        string // base address of paths
	anonymous   bool
}

// IdentityOf returns the identity of an account.
func IdentityOf(a *session.Account) Identity {
	return Identity{Name: a.Name, ID: a.ID, Environment: a.Environment, Host: a.Host(), base: a.BaseURL}
}

// AsAnonymous returns an identity that sends no token to the same address.
func (i Identity) AsAnonymous() Identity {
	i.Name, i.anonymous = Anonymous, true
	return i
}

// IsAnonymous reports whether the identity sends no token. The name does not tell: an old
// account may be named Anonymous.
func (i Identity) IsAnonymous() bool { return i.anonymous }

// Sender returns Anonymous, or "" for an account.
func (i Identity) Sender() string {
	if i.anonymous {
		return Anonymous
	}
	return ""
}

// Plan is the matrix of cases and identities.
type Plan struct {
	Suite      *Suite
	Cases      []*Case
	Identities []Identity
}

// NewPlan plans a suite. Tags select the requests that have one of them and the requests
// whose captures those need.
func NewPlan(s *Suite, identities []Identity, tags []string) (*Plan, error) {
	p := &Plan{Suite: s, Identities: identities, Cases: s.Cases}
	if len(tags) > 0 {
		p.Cases = s.tagged(tags)
	}
	switch {
	case len(p.Cases) == 0 && len(s.Tags()) > 0:
		return nil, fmt.Errorf("no request of %s has the tag %s; choose from: %s",
			s.Name, secret.CleanLine(strings.Join(tags, ", ")), strings.Join(s.Tags(), ", "))
	case len(p.Cases) == 0:
		return nil, fmt.Errorf("no request of %s has tags", s.Name)
	case len(identities) == 0:
		return nil, fmt.Errorf("no account to send %s as; choose accounts: --as a,b,%s", s.Name, Anonymous)
	}
	return p, p.missing()
}

// tagged selects the requests for tags, from the last to the first, since captures precede
// the requests that need them.
func (s *Suite) tagged(tags []string) []*Case {
	var selected []*Case
	var needs []string
	for _, c := range slices.Backward(s.Cases) {
		wanted := slices.ContainsFunc(c.Tags, func(t string) bool { return slices.Contains(tags, t) })
		provides := slices.ContainsFunc(c.Capture, func(k definition.Capture) bool { return slices.Contains(needs, k.Name) })
		if wanted || provides {
			selected, needs = append(selected, c), append(needs, c.Needs...)
		}
	}
	slices.Reverse(selected)
	return selected
}
