package requestui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/attempt"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/suite"
	"tokenring/ui/screen"
)

// Requests are the calls that these screens share.
type Requests interface {
	Fire(ctx context.Context, as suite.Identity, spec *request.Spec, o attempt.Options) (*request.Run, error)
	Curl(ctx context.Context, as suite.Identity, spec *request.Spec, clear bool) (line secret.String, first string, err error)
	Runs(ctx context.Context, q session.RunQuery) ([]session.RunRecord, error)
	Run(ctx context.Context, id string) (*request.Run, error)
}

// Side is one of two runs that are compared.
type Side struct {
	Account   *session.Snapshot
	Anonymous bool         // no token goes along
	Run       *request.Run // nil: it is still to be sent
	Agreed    session.Consent
}

// Name returns the name of the account that sent the run.
func (s *Side) Name(c *screen.Context) string {
	if s.Anonymous {
		return request.Anonymous
	}
	return c.Line(s.Account.Account.Name)
}

// Send sends a request as the account of the side. arrived may be nil: see
// attempt.Options.
func (s *Side) Send(ctx context.Context, m Requests, spec *request.Spec, arrived func(now func() *request.Run, whole bool)) (*request.Run, error) {
	return m.Fire(ctx, s.identity(), spec, attempt.Options{Consent: s.Agreed, OnAnswer: arrived})
}

// Curl writes the request as a command line. Without a token there is nothing
// in it to be left out.
func (s *Side) Curl(ctx context.Context, m Requests, spec *request.Spec, clear bool) (line secret.String, first string, err error) {
	return m.Curl(ctx, s.identity(), spec, clear)
}

func (s *Side) identity() suite.Identity {
	as := suite.IdentityOf(&s.Account.Account)
	if s.Anonymous {
		return as.AsAnonymous()
	}
	return as
}

// Pair asks for the comparison of two sides of a request.
type Pair struct {
	Spec        *request.Spec // must not change any more
	Left, Right Side
}

// Call writes the request of a side: as it was sent, or as it will be.
func (s *Side) Call(c *screen.Context, spec *request.Spec) string {
	if s.Run != nil {
		return c.Line(s.Run.CallText())
	}
	return c.Line(s.Account.CallText(spec.Method, spec.Path()))
}

// SideOf is the side of a run that is kept with an account.
func SideOf(account *session.Snapshot, run *request.Run) Side {
	return Side{Account: account, Anonymous: run.IsAnonymous(), Run: run}
}

// OpenLogin asks for a login of an account, with a scope besides that it asks for; "": none.
type OpenLogin struct {
	Account *session.Snapshot
	Scope   string
}

// Again asks which account sends a request once more, then what its guard asks, and
// compares the two runs.
func Again(c *screen.Context, was Side) tea.Cmd {
	spec := &was.Run.Spec
	return Send(PickAccount{Was: was, Chosen: func(other Side) tea.Cmd {
		return Guard(c, other, spec, func(agreed session.Consent) tea.Cmd {
			other.Agreed = agreed
			return Send(Pair{Spec: spec, Left: was, Right: other})
		})
	}})
}
