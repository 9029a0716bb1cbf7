package draft

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"tokenring/session"
	"tokenring/session/credential"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/lifecycle"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// DefinitionCheck runs everything that a definition says against a live server, as the
// account of a form, and keeps nothing. It is for definition authors.
type DefinitionCheck struct {
	Client     *transport.Client
	Now        func() time.Time
	Definition *definition.Definition
	Form       *Form
	Prompter   session.Prompter
	Observer   flow.Observer
	Changes    bool // sample requests that may change something are sent too

	runner    *flow.Runner
	sub       *flow.Subject
	loggedOut bool
}

// CheckPart is one flow or sample request of a check that has ended.
type CheckPart struct {
	Flow    session.Flow
	Name    string // of a request
	Skipped string // why it did not run; "" when it did
	Result  *flow.Result
	Run     *request.Run // of a request
	Err     error

	Outlived bool // of a check after the logout: the session lives on
}

// ErrUnmet says that an answer was not what a sample request expects of it.
var ErrUnmet = errors.New("the answer is not as expected")

// Missing lists the fields that the check needs and its form does not hold.
func (c *DefinitionCheck) Missing() []definition.Field {
	a := c.Form.account()
	for name := range c.Form.NewSecrets {
		a.Secrets = append(a.Secrets, name)
	}
	rec := &session.Record{Account: a}
	return credential.Missing(rec, c.Definition, c.Definition.Conditions(rec))
}

// Destination is where the check sends credentials. The error is for the
// person: a value is missing or no URL.
func (c *DefinitionCheck) Destination() (credential.Destination, error) {
	return credential.DestinationOf(c.Form.subject(c.Definition))
}

// Run logs in, checks, refreshes, sends the sample requests and logs out, and
// tells of each. It goes on after a failure, except of the login. The error
// joins all that failed.
func (c *DefinitionCheck) Run(ctx context.Context, tell func(*CheckPart)) error {
	c.runner = flow.New(c.Client, c.Now).Observed(c.Observer)
	a := c.Form.account()
	c.sub = credential.PlainSubject(&a, c.Definition)
	for name, value := range c.Form.NewSecrets {
		c.sub.Enter(name, value)
	}
	c.sub.Tokens, c.sub.Lives = map[string]secret.String{}, map[string]flow.Life{}
	var errs []error
	for _, part := range c.parts() {
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

func (c *DefinitionCheck) parts() []func(context.Context) *CheckPart {
	parts := []func(context.Context) *CheckPart{c.login, c.check(true), c.refresh}
	for i := range c.Definition.Requests {
		parts = append(parts, c.request(&c.Definition.Requests[i]))
	}
	return append(parts, c.logout, c.check(false))
}

// done returns the part of a flow that ended, and applies its result as the store would.
func (c *DefinitionCheck) done(f session.Flow, res *flow.Result, err error) *CheckPart {
	if failure, ok := errors.AsType[*session.Failure](err); ok && failure.Kind == session.Unsupported {
		return &CheckPart{Flow: f, Skipped: "the definition has none for this account"}
	}
	if err == nil && (f == session.FlowLogin || f == session.FlowRefresh) {
		err = lifecycle.RefuseExpired(f, &session.Session{}, c.sub, res)
	}
	if res != nil {
		maps.Copy(c.sub.Tokens, res.Values)
		maps.Copy(c.sub.Lives, res.Lives)
		c.sub.Offset = res.Offset
	}
	return &CheckPart{Flow: f, Result: res, Err: err}
}

func (c *DefinitionCheck) login(ctx context.Context) *CheckPart {
	res, err := c.runner.Login(ctx, c.sub, c.Prompter, nil)
	if err == nil {
		c.sub.Tokens = map[string]secret.String{}
	}
	p := c.done(session.FlowLogin, res, err)
	p.Skipped, p.Err = "", cmp.Or(p.Err, err)
	return p
}

func (c *DefinitionCheck) refresh(ctx context.Context) *CheckPart {
	if r := c.Definition.Refresh; r != nil && r.Needs != "" && c.sub.Tokens[r.Needs].IsZero() {
		return &CheckPart{Flow: session.FlowRefresh, Skipped: "this session holds no " + session.TokenName(r.Needs)}
	}
	res, err := c.runner.Refresh(ctx, c.sub, nil)
	return c.done(session.FlowRefresh, res, err)
}

func (c *DefinitionCheck) logout(ctx context.Context) *CheckPart {
	res, err := c.runner.Logout(ctx, c.sub, nil)
	c.loggedOut = err == nil
	return c.done(session.FlowLogout, res, err)
}

// check asks whether the session lives. After the logout it should not, unless
// the server cannot revoke the token.
func (c *DefinitionCheck) check(wanted bool) func(context.Context) *CheckPart {
	return func(ctx context.Context) *CheckPart {
		if !wanted && !c.loggedOut {
			return &CheckPart{Flow: session.FlowCheck, Skipped: "there was no logout to prove"}
		}
		res, err := c.runner.Check(ctx, c.sub)
		p := c.done(session.FlowCheck, res, err)
		if wanted && p.Err == nil && p.Skipped == "" && !res.Alive {
			p.Err = errors.New("the check reports the new session as dead" + c.attachHint())
		}
		p.Outlived = !wanted && p.Err == nil && p.Skipped == "" && res.Alive
		return p
	}
}

// attachHint names the attach mode that a check used, the first place to look at when
// the server does not know the session.
func (c *DefinitionCheck) attachHint() string {
	mode := c.Definition.AttachMode(cmp.Or(c.Definition.Check.Request.Attach, c.Form.Attach))
	if mode == nil {
		return ""
	}
	return "; check whether attach mode " + mode.Name + " sends the token as the server expects it"
}

func (c *DefinitionCheck) request(r *definition.Request) func(context.Context) *CheckPart {
	return func(ctx context.Context) *CheckPart {
		p := &CheckPart{Flow: session.FlowRequest, Name: r.Name}
		spec := request.FromDefinition(r)
		a := c.Form.account()
		switch {
		case !c.Definition.Conditions(&session.Record{Account: a})(r.When):
			p.Skipped = "its condition does not hold"
			return p
		case !spec.Safe() && !c.Changes:
			p.Skipped = "it may change something"
			return p
		}
		at := c.Now()
		answer, err := c.runner.Caller(c.sub).Send(ctx, r, flow.SendOptions{})
		if err != nil {
			p.Err = err
			return p
		}
		maps.Copy(c.sub.Tokens, answer.Values)
		maps.Copy(c.sub.Lives, answer.Lives)
		p.Run = request.NewRun(&spec, at)
		p.Run.Kind, p.Run.Message = answer.Kind, answer.Message
		p.Run.Sent(answer.Call, answer.Sent, answer.Redact)
		p.Run.Answered(answer.Response, answer.Account, nil, answer.Redact)
		p.Run.Judge(ctx, r.Expect, answer.Scope)
		if why := p.Run.Unmet(); why != "" {
			p.Err = fmt.Errorf("%w: %s", ErrUnmet, why)
		}
		return p
	}
}
