package requestui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/manager"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/screen"
)

// Side is one of two runs that are seen beside each other.
type Side struct {
	Account   *session.Snapshot
	Anonymous bool         // no token goes along
	Run       *request.Run // nil: it is still to be fired
	Agreed    manager.FireOptions
}

// Name says as whom the run was sent.
func (s *Side) Name(c *screen.Context) string {
	if s.Anonymous {
		return request.Anonymous
	}
	return c.Line(s.Account.Account.Name)
}

// Send fires a request as the side says.
func (s *Side) Send(ctx context.Context, m *manager.Manager, spec *request.Spec) (*request.Run, error) {
	if s.Anonymous {
		return m.FireAsNobody(ctx, s.Account.Account.ID, spec, s.Agreed)
	}
	return m.Fire(ctx, s.Account.Account.ID, spec, s.Agreed)
}

// Curl writes the request as a command line. Without a token there is nothing
// in it to be left out.
func (s *Side) Curl(ctx context.Context, m *manager.Manager, spec *request.Spec, clear bool) (secret.String, error) {
	if s.Anonymous {
		return m.CurlAsNobody(ctx, s.Account.Account.ID, spec)
	}
	return m.Curl(ctx, s.Account.Account.ID, spec, clear)
}

// Pair asks for the comparison of two sides of a request.
type Pair struct {
	Spec        *request.Spec // must not change any more
	Left, Right Side
}

// SideOf is the side of a run that is kept with an account.
func SideOf(account *session.Snapshot, run *request.Run) Side {
	return Side{Account: account, Anonymous: run.IsAnonymous(), Run: run}
}

// Again asks as whom a request is sent once more, asks what that account's
// guard wants to have asked, and shows the run beside the one there is.
func Again(c *screen.Context, was Side) tea.Cmd {
	spec := &was.Run.Spec
	return Send(PickAccount{Was: was, Chosen: func(other Side) tea.Cmd {
		return Guard(c, other, spec, func(agreed manager.FireOptions) tea.Cmd {
			other.Agreed = agreed
			return Send(Pair{Spec: spec, Left: was, Right: other})
		})
	}})
}
