package ui

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/session/suite"
	"tokenring/ui/screen/matrix"
)

// offers lists what the matrix can send: the suites of the folder's project, and
// the safe requests of the account under the cursor, as the marked accounts or those of
// the same backend and address, and anonymously.
func (f Folder) offers(current *session.Snapshot, marked, all []session.Snapshot) matrix.Offers {
	return func(ctx context.Context) ([]matrix.Offer, error) {
		here, err := f.project()
		if err != nil || current == nil {
			return offersOf(here), err
		}
		offers := offersOf(here)
		own, err := f.ownRequests(ctx, current)
		if err != nil {
			return offers, err
		}
		return append(offers, matrix.Offer{Suite: own, As: identities(current, marked, all), From: "its requests that only read", Unmarked: len(marked) == 0}), nil
	}
}

// offersOf returns the suites of a project, as their own accounts or all of the
// project's.
func offersOf(p *project.Project) []matrix.Offer {
	if p == nil {
		return nil
	}
	var offers []matrix.Offer
	for _, s := range p.Suites {
		as := s.As
		if len(as) == 0 {
			as = p.Accounts
		}
		offers = append(offers, matrix.Offer{Suite: s, As: as, From: project.Label(p.File)})
	}
	return offers
}

func (f Folder) ownRequests(ctx context.Context, s *session.Snapshot) (*suite.Suite, error) {
	specs, err := f.Requests.Specs(ctx, s.Record)
	specs = slices.DeleteFunc(specs, func(spec request.Spec) bool { return !spec.Safe() })
	return suite.FromSpecs(s.Account.Name, "the requests of "+s.Account.Name, specs), err
}

// identities returns the names to compare: the marked accounts, else those of the
// same backend and address whose guard asks nothing before a safe request.
func identities(current *session.Snapshot, marked, all []session.Snapshot) []string {
	var as []string
	for i := range marked {
		as = append(as, marked[i].Account.Name)
	}
	if len(as) == 0 {
		as = append(as, current.Account.Name)
		for i := range all {
			a := &all[i].Account
			free := a.Guard == session.GuardNone || a.Guard == session.GuardReadOnly
			if a.ID != current.Account.ID && a.Definition == current.Account.Definition && a.BaseURL == current.Account.BaseURL && free {
				as = append(as, a.Name)
			}
		}
	}
	return append(as, suite.Anonymous)
}
