package cli

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/session/request"
	"tokenring/session/suite"
	"tokenring/ui/cli/app"
	"tokenring/ui/screen/matrix"
)

// offers finds what the matrix can fire: the suites of the folder's project,
// and the requests of the account under the cursor that only read, as the
// marked accounts or those of the same server, and as nobody.
func offers(r *app.Ring, current *session.Snapshot, marked []session.Snapshot) matrix.Offers {
	return func(ctx context.Context) ([]matrix.Offer, error) {
		here, err := currentProject(r)
		if err != nil || current == nil {
			return offersOf(here), err
		}
		all := offersOf(here)
		own, err := ownRequests(ctx, r, current)
		if err != nil {
			return all, err
		}
		as, err := beside(ctx, r, current, marked)
		if err != nil {
			return all, err
		}
		return append(all, matrix.Offer{Suite: own, As: as, From: "its requests that only read"}), nil
	}
}

// currentProject is the project of the folder, read anew, or nil.
func currentProject(r *app.Ring) (*project.Project, error) {
	if r.Project == nil {
		return nil, nil
	}
	return r.Project()
}

// offersOf are the suites of a project, as they say themselves or as all of its
// accounts.
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
		offers = append(offers, matrix.Offer{Suite: s, As: as, From: p.Name() + "/" + project.FileName})
	}
	return offers
}

func ownRequests(ctx context.Context, r *app.Ring, s *session.Snapshot) (*suite.Suite, error) {
	specs, err := r.Manager.Requests(ctx, s.Account.ID)
	specs = slices.DeleteFunc(specs, func(spec request.Spec) bool { return !spec.Safe() })
	return suite.FromSpecs(s.Account.Name, "the requests of "+s.Account.Name, specs), err
}

// beside names the accounts that are seen beside each other: the marked ones,
// else those of the same server that ask nothing before a request.
func beside(ctx context.Context, r *app.Ring, current *session.Snapshot, marked []session.Snapshot) ([]string, error) {
	var as []string
	for i := range marked {
		as = append(as, marked[i].Account.Name)
	}
	if len(as) == 0 {
		all, err := r.Manager.Accounts(ctx)
		if err != nil {
			return nil, err
		}
		as = append(as, current.Account.Name)
		for i := range all {
			a := &all[i].Account
			free := a.Guard == session.GuardNone || a.Guard == session.GuardReadOnly
			if a.ID != current.Account.ID && a.Origin == current.Account.Origin && free {
				as = append(as, a.Name)
			}
		}
	}
	return append(as, suite.Anonymous), nil
}
