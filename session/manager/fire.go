package manager

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/flow"
	"tokenring/session/jq"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/session/transport"
)

// trustAfter is how long after a token's issue, or after an answer that
// accepted it, a rejection is no reason to refresh: a role may simply be
// refused.
const trustAfter = 30 * time.Second

// FireOptions is what the person agreed to for one request, and who is shown
// its answer.
type FireOptions struct {
	Confirmed bool   // answered the question of a confirm guard
	Typed     string // what was typed for a typed-confirm guard: the account's name

	// Arrived, which may be nil, is given the run of a large answer as soon as
	// it is here. To judge and to keep it takes a while; the run that Fire
	// returns has the same ID, or another when the request was sent again.
	Arrived func(*request.Run)
}

// largeAnswer is from how many bytes an answer is shown before it is judged.
const largeAnswer = 1 << 20

// GuardError says that the account's guard stands between the person and a
// request.
type GuardError struct {
	Account string
	Guard   session.Guard
	Method  string
}

func (e *GuardError) Error() string {
	if e.Guard == session.GuardReadOnly {
		return fmt.Sprintf("%s is read-only: only GET, HEAD and OPTIONS leave, no %s; change its guard first", e.Account, e.Method)
	}
	return fmt.Sprintf("%s asks before every request", e.Account)
}

// allows is nil when the account's guard lets the request go.
func allows(a *session.Account, r *request.Spec, o FireOptions) error {
	refused := &GuardError{Account: a.Name, Guard: a.Guard, Method: r.Method}
	switch a.Guard {
	case session.GuardReadOnly:
		if !r.Safe() {
			return refused
		}
	case session.GuardConfirm:
		if !o.Confirmed {
			return refused
		}
	case session.GuardTypedConfirm:
		if o.Typed != a.Name {
			return refused
		}
	}
	return nil
}

// Fire sends a request as the account and keeps the run. The session is
// renewed first when it must be, and once more, with the request sent again,
// when the server rejects a token that had time to go stale. A *GuardError
// says that the guard wants an answer first. An error that comes with a run
// says that the request was answered and something of it could not be kept.
func (m *Manager) Fire(ctx context.Context, id string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	return m.fireAs(ctx, id, "", spec, o)
}

// fireAs is Fire; as is "" or request.Nobody.
func (m *Manager) fireAs(ctx context.Context, id, as string, spec *request.Spec, o FireOptions) (*request.Run, error) {
	rec, err := m.store.Account(ctx, id)
	if err != nil {
		return nil, err
	}
	if err := allows(&rec.Account, spec, o); err != nil {
		return nil, err
	}
	call, err := m.compileAs(&rec.Account, as, spec)
	if err != nil {
		return nil, err
	}
	defer m.begin()()
	shot := &shot{m: m, id: id, as: cmp.Or(as, rec.Account.Name), spec: spec, call: call, arrived: o.Arrived}
	run, err := shot.fire(ctx)
	if run == nil {
		return nil, err
	}
	if keepErr := m.keepRun(context.WithoutCancel(ctx), &rec.Account, run); err == nil && keepErr != nil {
		err = fmt.Errorf("the answer is here, but the history could not keep it: %w", keepErr)
	}
	return run, err
}

// shot is one firing of a request, and its replay.
type shot struct {
	m    *Manager
	id   string
	as   string // the account's name, or request.Nobody
	spec *request.Spec
	call *definition.Request

	arrived  func(*request.Run) // see FireOptions
	vars     map[string]any     // what .vars gives; nil: there is none
	capture  []definition.Capture
	captured map[string]any  // by the last answer
	hide     []secret.String // what was captured and is a secret
}

func (s *shot) fire(ctx context.Context) (*request.Run, error) {
	if s.call.Attach != definition.AttachNone {
		if _, err := s.m.Ensure(ctx, s.id, 0); err != nil {
			return nil, err
		}
	}
	run, stale, err := s.send(ctx)
	if err != nil || !stale {
		return run, err
	}
	if _, err := s.m.Refresh(ctx, s.id, nil); err != nil {
		return run, nil // the rejection is the answer; the activity has the rest
	}
	again, _, err := s.send(ctx)
	if again != nil {
		again.Replayed = true
	}
	return again, err
}

// send fires once. stale: the token was rejected and a refresh may help.
func (s *shot) send(ctx context.Context) (run *request.Run, stale bool, err error) {
	rec, release, err := s.m.turn(ctx, s.id)
	if err != nil {
		return nil, false, err
	}
	defer release()
	sub, err := s.m.subjectAs(ctx, s.as, &rec)
	if err != nil {
		return nil, false, err
	}
	run, answer, err := s.ask(ctx, sub)
	if answer == nil {
		return run, false, err
	}
	carried := carriedToken(answer)
	if rec.Session != nil && (carried || len(answer.Changed) > 0) {
		if err = s.m.afterAnswer(context.WithoutCancel(ctx), &rec, sub, answer, carried); err != nil {
			err = fmt.Errorf("the answer is here, but what it says of the session could not be kept: %w", err)
		}
	}
	return run, carried && s.m.maybeStale(&rec, answer), err
}

// ask sends the request as sub is and makes the run of it. answer is nil where
// there was none.
func (s *shot) ask(ctx context.Context, sub *flow.Subject) (run *request.Run, answer *flow.Answer, err error) {
	sub.Vars, sub.Hide = s.vars, s.hide
	info := request.RunInfo{ID: uuid.NewString(), Account: s.as, At: s.m.now()}
	answer, err = s.m.runner.Send(ctx, sub, s.call, session.FlowRequest, func(a *flow.Answer) {
		if s.arrived != nil && len(a.Response.Body) >= largeAnswer {
			s.arrived(s.run(a, info))
		}
	})
	if err != nil {
		run, err := s.unanswered(info.At, err)
		return run, nil, err
	}
	info.Values = readable(sub)
	run = s.run(answer, info, s.take(ctx, sub, answer)...)
	run.Judge(context.WithoutCancel(ctx), s.call.Expect)
	return run, answer, nil
}

// run makes the run of an answer, with its secrets masked, and what was found
// in it besides.
func (s *shot) run(a *flow.Answer, info request.RunInfo, found ...secret.String) *request.Run {
	info.Kind, info.Message, info.Sent, info.Redact = a.Kind, a.Message, a.Sent, a.Redact
	shown := a.Response.Redacted(a.Redact)
	if len(found) > 0 {
		shown = shown.Redacted(secret.NewRedactor(found...))
	}
	return request.NewRun(s.spec, shown, info)
}

// carriedToken reports whether the answer is one to the attached token: it went
// out, and no redirect left it behind.
func carriedToken(answer *flow.Answer) bool {
	sent := answer.Sent
	return len(sent.AttachHeader)+len(sent.AttachQuery)+len(sent.AttachCookie) > 0 && !answer.Response.CrossOrigin
}

// readable is what an expectation may know of the account: its plain values,
// and captured ones that are no tokens.
func readable(sub *flow.Subject) jq.Scope {
	scope := jq.Scope{}
	for name, value := range sub.Fields {
		if _, isSecret := value.(secret.String); !isSecret {
			scope[name] = value
		}
	}
	for name, value := range sub.Tokens {
		if !sub.Lives[name].Token {
			scope[name] = value
		}
	}
	if sub.Vars != nil {
		scope["vars"] = sub.Vars
	}
	return scope
}

// unanswered makes a run of a request that got no answer. Errors of ours, such
// as a foreign origin, stay errors.
func (s *shot) unanswered(at time.Time, err error) (*request.Run, error) {
	var broken *transport.Error
	if !errors.As(err, &broken) {
		return nil, err
	}
	switch broken.Kind {
	case transport.KindCanceled, transport.KindOrigin, transport.KindPlainHTTP:
		return nil, err
	}
	return request.FailedRun(s.spec, request.RunInfo{
		ID: uuid.NewString(), Account: s.as, At: at, Message: broken.Error(), Next: broken.Hint,
	}), nil
}

// maybeStale reports whether a rejection may come from a token that went
// stale, and something can renew it.
func (m *Manager) maybeStale(rec *session.Record, answer *flow.Answer) bool {
	primary := rec.Session.Primary()
	if answer.Kind != session.TokenRejected || primary == nil {
		return false
	}
	now := m.now().Add(rec.Session.Offset)
	if now.Sub(primary.Accepted) < trustAfter { // a token counts as accepted when it comes
		return false
	}
	s := m.snapshot(rec)
	return s.CanRefresh || s.CanRelogin
}

// afterAnswer keeps what an answer says of the session: that it was accepted
// (where it was carried), the server's clock, and tokens that come with every
// answer.
func (m *Manager) afterAnswer(ctx context.Context, rec *session.Record, sub *flow.Subject, answer *flow.Answer, carried bool) error {
	r := answer.Response
	s := *rec.Session
	if r.HasOffset {
		s.Offset, s.HasOffset = r.Offset, true
	}
	res := &flow.Result{
		Values: answer.Values, Lives: answer.Lives, Changed: answer.Changed,
		Received: r.Received, Offset: s.Offset, HasOffset: s.HasOffset,
	}
	at := time.Time{}
	if carried && answer.Kind == "" && r.Status < 400 {
		at = r.Received.Add(s.Offset)
	}
	return m.accepted(ctx, rec, &s, sub, res, at)
}
