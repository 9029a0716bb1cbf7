package fire

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/request"
	"tokenring/ui/screen"
)

// Side is one of two runs that are seen beside each other.
type Side struct {
	Account *session.Snapshot
	Nobody  bool         // no token goes along
	Run     *request.Run // nil: it is still to be fired
	Agreed  session.FireOptions
}

// Name says as whom the run was sent.
func (s *Side) Name(c *screen.Context) string {
	if s.Nobody {
		return "nobody"
	}
	return c.Line(s.Account.Account.Name)
}

// Send fires a request as the side says.
func (s *Side) Send(ctx context.Context, m *session.Manager, spec *request.Spec) (*request.Run, error) {
	if s.Nobody {
		return m.FireAsNobody(ctx, s.Account.Account.ID, spec, s.Agreed)
	}
	return m.Fire(ctx, s.Account.Account.ID, spec, s.Agreed)
}

// Pair is what a comparison opens with: a request and two sides of it.
type Pair struct {
	Spec        *request.Spec // must not change any more
	Left, Right Side
}

// Again asks as whom a request is sent once more, asks what that account's
// guard wants to have asked, and shows the run beside the one there is.
func (r *Root) Again(c *screen.Context, own *session.Snapshot, run *request.Run) tea.Cmd {
	spec := &run.Spec
	return screen.Open(r.Whom(c, own, func(other Side) tea.Cmd {
		return r.Guard(c, &other.Account.Account, spec, func(agreed session.FireOptions) tea.Cmd {
			other.Agreed = agreed
			return screen.Open(r.Compare(c, r, Pair{Spec: spec, Left: Side{Account: own, Run: run}, Right: other}))
		})
	}))
}
