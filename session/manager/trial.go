package manager

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// Trial runs everything that a definition says against a live server, as the
// account of a draft, and keeps nothing. It is for who writes a definition.
type Trial struct {
	Client     *transport.Client
	Now        func() time.Time
	Definition *definition.Definition
	Draft      *Draft
	Prompter   session.Prompter
	Observer   flow.Observer
	Changes    bool // sample requests that may change something are sent too

	runner    *flow.Runner
	sub       *flow.Subject
	loggedOut bool
}

// TrialPart is one flow or sample request of a trial, when it is over.
type TrialPart struct {
	Flow    session.Flow
	Name    string // of a request
	Skipped string // why it did not run; "" when it did
	Result  *flow.Result
	Run     *request.Run // of a request
	Err     error
}

// ErrUnmet says that an answer was not what a sample request expects of it.
var ErrUnmet = errors.New("the answer is not what is expected")

// Missing lists the fields that the trial needs and its draft does not hold.
func (t *Trial) Missing() []definition.Field {
	a := t.Draft.account()
	for name := range t.Draft.Secrets {
		a.Secrets = append(a.Secrets, name)
	}
	scope := plainScope(&a, nil, t.Definition)
	return slices.DeleteFunc(t.Definition.FieldsFor(t.Draft.Login), func(f definition.Field) bool {
		return f.Optional || f.Default != nil || a.Values[f.Name] != "" || a.HasSecret(f.Name) || !holds(f.When, scope)
	})
}

// Destination is where the trial sends credentials. The error is for the
// person: a value is missing or no URL.
func (t *Trial) Destination() (Destination, error) {
	return destination(flow.New(t.Client, t.Now), t.Draft.subject(t.Definition))
}

// Run logs in, checks, refreshes, sends the sample requests and logs out, and
// tells of each. It goes on after a failure, except of the login. The error
// joins all that failed.
func (t *Trial) Run(ctx context.Context, tell func(*TrialPart)) error {
	t.runner = flow.New(t.Client, t.Now).Observed(t.Observer)
	a := t.Draft.account()
	t.sub = newSubject(&a, t.Definition)
	for name, value := range t.Draft.Secrets {
		t.sub.Fields[name] = value
	}
	t.sub.Tokens, t.sub.Lives = map[string]secret.String{}, map[string]flow.Life{}
	var errs []error
	for _, part := range t.parts() {
		p := part(ctx)
		tell(p)
		if p.Err == nil {
			continue
		}
		err := p.Err
		if p.Name != "" {
			err = fmt.Errorf("%s: %w", p.Name, err)
		}
		errs = append(errs, err)
		if p.Flow == session.FlowLogin || ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func (t *Trial) parts() []func(context.Context) *TrialPart {
	parts := []func(context.Context) *TrialPart{t.login, t.check(true), t.refresh}
	for i := range t.Definition.Requests {
		parts = append(parts, t.request(&t.Definition.Requests[i]))
	}
	return append(parts, t.logout, t.check(false))
}

// keep takes over what a flow brought, as the store would.
func (t *Trial) keep(res *flow.Result) {
	if res == nil {
		return
	}
	maps.Copy(t.sub.Tokens, res.Values)
	maps.Copy(t.sub.Lives, res.Lives)
	t.sub.Offset = res.Offset
}

// done makes a part of what a flow gave.
func (t *Trial) done(f session.Flow, res *flow.Result, err error) *TrialPart {
	var failure *session.Failure
	if errors.As(err, &failure) && failure.Kind == session.Unsupported {
		return &TrialPart{Flow: f, Skipped: "the definition has none for this account"}
	}
	t.keep(res)
	return &TrialPart{Flow: f, Result: res, Err: err}
}

func (t *Trial) login(ctx context.Context) *TrialPart {
	res, err := t.runner.Login(ctx, t.sub, t.Prompter, nil)
	if err == nil {
		t.sub.Tokens = map[string]secret.String{}
	}
	p := t.done(session.FlowLogin, res, err)
	if p.Skipped != "" {
		p.Skipped, p.Err = "", err
	}
	return p
}

func (t *Trial) refresh(ctx context.Context) *TrialPart {
	res, err := t.runner.Refresh(ctx, t.sub, nil)
	return t.done(session.FlowRefresh, res, err)
}

func (t *Trial) logout(ctx context.Context) *TrialPart {
	res, err := t.runner.Logout(ctx, t.sub, nil)
	t.loggedOut = err == nil
	return t.done(session.FlowLogout, res, err)
}

// check asks whether the session lives. After the logout it should not, though
// a token that nobody can revoke does.
func (t *Trial) check(wanted bool) func(context.Context) *TrialPart {
	return func(ctx context.Context) *TrialPart {
		if !wanted && !t.loggedOut {
			return &TrialPart{Flow: session.FlowCheck, Skipped: "there was no logout to prove"}
		}
		res, err := t.runner.Check(ctx, t.sub)
		p := t.done(session.FlowCheck, res, err)
		if wanted && p.Err == nil && p.Skipped == "" && !res.Alive {
			p.Err = errors.New("the session was made just now, and the check says that it is dead")
		}
		return p
	}
}

func (t *Trial) request(r *definition.Request) func(context.Context) *TrialPart {
	return func(ctx context.Context) *TrialPart {
		p := &TrialPart{Flow: session.FlowRequest, Name: r.Name}
		spec := request.FromDefinition(r)
		a := t.Draft.account()
		switch {
		case !holds(r.When, plainScope(&a, nil, t.Definition)):
			p.Skipped = "its condition does not hold"
			return p
		case !spec.Safe() && !t.Changes:
			p.Skipped = "it may change something"
			return p
		}
		at := t.Now()
		answer, err := t.runner.Send(ctx, t.sub, r, session.FlowRequest, nil)
		if err != nil {
			p.Err = err
			return p
		}
		if answer.Values != nil {
			maps.Copy(t.sub.Tokens, answer.Values)
			maps.Copy(t.sub.Lives, answer.Lives)
		}
		p.Run = request.NewRun(&spec, answer.Response.Redacted(answer.Redact), request.RunInfo{
			At: at, Kind: answer.Kind, Message: answer.Message, Sent: answer.Sent, Redact: answer.Redact, Values: readable(t.sub),
		})
		if p.Run.Judge(ctx, r.Expect); p.Run.Verdict == request.Failed {
			p.Err = fmt.Errorf("%w: %s", ErrUnmet, p.Run.Why)
		}
		return p
	}
}
