package cli

import (
	"context"
	"slices"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/session/suite"
	"tokenring/ui/screen/matrix"
)

// offers finds what the matrix can fire: the requests of the account under the
// cursor that only read, as the marked accounts or those of the same server,
// and as nobody.
func (r *ring) offers(current *session.Snapshot, marked []session.Snapshot) matrix.Offers {
	return func(ctx context.Context) ([]matrix.Offer, error) {
		var offers []matrix.Offer
		if current == nil {
			return offers, nil
		}
		own, err := r.ownRequests(ctx, current)
		if err != nil {
			return offers, err
		}
		as, err := r.beside(ctx, current, marked)
		if err != nil {
			return offers, err
		}
		return append(offers, matrix.Offer{Suite: own, As: as, From: "its requests that only read"}), nil
	}
}

func (r *ring) ownRequests(ctx context.Context, s *session.Snapshot) (*suite.Suite, error) {
	specs, err := r.manager.Requests(ctx, s.Account.ID)
	specs = slices.DeleteFunc(specs, func(spec request.Spec) bool { return !spec.Safe() })
	return suite.FromSpecs(s.Account.Name, "the requests of "+s.Account.Name, specs), err
}

// beside names the accounts that are seen beside each other: the marked ones,
// else those of the same server that ask nothing before a request.
func (r *ring) beside(ctx context.Context, current *session.Snapshot, marked []session.Snapshot) ([]string, error) {
	var as []string
	for i := range marked {
		as = append(as, marked[i].Account.Name)
	}
	if len(as) == 0 {
		all, err := r.manager.Accounts(ctx)
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
	return append(as, suite.Nobody), nil
}
