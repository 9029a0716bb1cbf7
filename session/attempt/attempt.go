package attempt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/session/transport"
)

// attempt sends one request as one account. It renews the session if necessary, sends and
// judges, and if the token is rejected, renews once and sends again.
type attempt struct {
	*account
	spec *request.Spec
	call *definition.Request

	onAnswer func(now func() *request.Run, whole bool) // see Options
	vars     map[string]any                            // the value of .vars; nil: none
	capture  []definition.Capture
	captured map[string]any // from the last answer
}

// run makes the attempt. An error with a run means that the answer could not be stored, or that
// ctx ended before it arrived.
func (a *attempt) run(ctx context.Context) (*request.Run, error) {
	if a.call.Attach != definition.AttachNone {
		if err := a.ensure(ctx); err != nil {
			return nil, err
		}
	}
	run, rejected, err := a.send(ctx)
	if err != nil || rejected == nil {
		return run, err
	}
	if run.Refusal = a.recover(ctx, *rejected, false); run.Refusal != nil {
		return run, nil
	}
	again, rejected, err := a.send(ctx)
	if again != nil {
		again.Replayed = true
	}
	if rejected != nil {
		again.Refusal = a.recover(ctx, *rejected, true)
	}
	return again, err
}

// send sends once. rejected is the call if the server rejected the token, or nil.
func (a *attempt) send(ctx context.Context) (run *request.Run, rejected *session.RejectedCall, err error) {
	release, err := a.acquire(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer release()
	run, answer, err := a.ask(ctx)
	if answer == nil {
		err = a.withoutSession(err)
		lost := a.call.Attach != definition.AttachNone && a.Sessions.LostAnswer(context.WithoutCancel(ctx), a.rec, a.caller.Subject, err)
		switch err = unanswered(run, err); {
		case err != nil && ctx.Err() != nil && run.URL != "": // it was sent
			run.Interrupt()
			return run, nil, err
		case err != nil:
			return nil, nil, err
		}
		if lost {
			run.Err += "; the server may have replaced the token"
		}
		return run, nil, nil
	}
	if a.Sessions.Rejected(answer) {
		rejected = &session.RejectedCall{Text: run.CallText(), Check: answer.Checked}
	}
	if err = a.keep(context.WithoutCancel(ctx), answer); err != nil {
		err = fmt.Errorf("the answer arrived, but its changes to the session could not be stored: %w", err)
	}
	return run, rejected, err
}

// withoutSession returns why an expression failed: it reads a token, and there is no session.
// It returns any other error as it is.
func (a *attempt) withoutSession(err error) error {
	var failed *session.Failure
	if a.rec.Session != nil || !errors.As(err, &failed) {
		return err
	}
	reads := jq.Lazy(failed.Expr).Refs()
	if !slices.ContainsFunc(a.caller.Definition.TokenNames(), func(name string) bool { return slices.Contains(reads, name) }) {
		return err
	}
	if a.as.IsAnonymous() {
		return fmt.Errorf("%s has no token, and the request reads one", a.as.Name)
	}
	return a.rec.NeedsLogin()
}

// ask sends the request and makes its run. Without an answer, answer is nil and err says why.
func (a *attempt) ask(ctx context.Context) (run *request.Run, answer *flow.Answer, err error) {
	run = request.NewRun(a.spec, a.Now())
	run.ID, run.Account = uuid.NewString(), a.as.Name
	answer, err = a.caller.Send(ctx, a.call, flow.SendOptions{Vars: a.vars, Hide: a.hide, Arrived: a.arrived(run)})
	if err != nil {
		if answer != nil {
			run.Sent(answer.Call, answer.Sent, answer.Redact)
		}
		return run, nil, err
	}
	a.fill(run, answer, a.captureFrom(ctx, answer)...)
	a.challenge(ctx, answer, run)
	run.Judge(context.WithoutCancel(ctx), a.call.Expect, answer.Scope)
	if run.IsRefused() && a.call.Attach != definition.AttachNone {
		if primary := a.caller.Tokens[a.caller.Primary()]; !primary.IsZero() {
			run.Evidence = request.NewEvidence(token.Parse(primary.Reveal()), answer.Response.Offset)
		}
	}
	return run, answer, nil
}

// arrived tells onAnswer of the answer of a run that was started; nil if there is none.
func (a *attempt) arrived(started *request.Run) flow.Arrived {
	if a.onAnswer == nil {
		return nil
	}
	begun := *started
	return func(now func() *flow.Answer, whole bool) {
		if !whole || len(now().Response.Body) >= largeAnswer {
			a.onAnswer(func() *request.Run {
				run := begun
				a.fill(&run, now())
				return &run
			}, whole)
		}
	}
}

// fill records an answer in its run and masks the known secrets and those found in it.
func (a *attempt) fill(run *request.Run, answer *flow.Answer, found ...secret.String) {
	run.Kind, run.Message, run.Retry = answer.Kind, answer.Message, answer.Retry
	run.Sent(answer.Call, answer.Sent, answer.Redact)
	hide := []*secret.Redactor{answer.Redact}
	if len(found) > 0 {
		hide = append(hide, secret.NewRedactor(found...))
	}
	run.Answered(answer.Response, answer.Account, a.vars, hide...)
}

// unanswered records in a run why it got no answer. It returns our own errors, such as a
// foreign origin.
func unanswered(run *request.Run, err error) error {
	var failed *transport.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Kind {
	case transport.KindCanceled, transport.KindOrigin, transport.KindPlainHTTP, transport.KindConnection:
		return err
	}
	run.Unanswered(failed.Error(), failed.Hint)
	return nil
}

// captureFrom stores the captures of the unmasked answer and returns the secrets among them.
func (a *attempt) captureFrom(ctx context.Context, answer *flow.Answer) (found []secret.String) {
	a.captured = nil
	if len(a.capture) == 0 {
		return nil
	}
	a.captured = map[string]any{}
	scope := request.Scope(answer.Account, a.vars, answer.Scope)
	for _, c := range a.capture {
		v, err := c.Query.Value(ctx, scope)
		if err != nil || v == nil || v == "" {
			continue
		}
		a.captured[c.Name] = v
		found = append(found, secretsIn(c.Name, v)...)
	}
	for _, one := range found {
		if !slices.ContainsFunc(a.hide, one.Equal) {
			a.hide = append(a.hide, one)
		}
	}
	return found
}

// secretsIn returns the texts in a value, at any depth, that are secrets by name or look.
func secretsIn(name string, v any) (found []secret.String) {
	switch v := v.(type) {
	case string:
		if v != "" && (secret.SecretName(name) || secret.LooksSecret(v)) {
			found = append(found, secret.New(v))
		}
	case []any:
		for _, item := range v {
			found = append(found, secretsIn(name, item)...)
		}
	case map[string]any:
		for key, item := range v {
			if secret.SecretName(name) {
				key = name
			}
			found = append(found, secretsIn(key, item)...)
		}
	}
	return found
}
