package login

import (
	"cmp"
	"context"
	"maps"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

// run is one login in progress. The flow runs in a goroutine and sends events;
// commands wait for them, so that nothing blocks the screen. It is the flow's
// Prompter.
type run struct {
	ctx    context.Context
	events chan event
	done   chan result // holds one, so that a run ends when nothing waits for it
}

// event is a step, a notice or a question.
type event struct {
	step     *session.Step
	notice   *session.Notice
	question *question

	withdrawn *question // is not to be answered any more
}

// question blocks the flow until reply has a value.
type question struct {
	session.Question
	reply chan secret.String // holds one
}

// result is the outcome of a run.
type result struct {
	snap  session.Snapshot
	err   error
	kept  error // the login succeeded, but its input could not be stored
	panic any   // a bug: raised again where the program can still restore the terminal
}

// order says what a run does.
type order struct {
	account string
	scope   string // asked for besides
	secrets map[string]secret.String
	plain   map[string]string // values that are not secret; stored before the login
	store   bool              // store the secrets too, once they are accepted
}

func newRun(ctx context.Context) *run {
	return &run{ctx: ctx, events: make(chan event), done: make(chan result, 1)}
}

func (r *run) login(m Engine, o order) {
	var end result
	defer func() {
		end.panic = recover()
		r.done <- end
	}()
	if len(o.plain) > 0 {
		if end.err = remember(r.ctx, m, o.account, func(d *draft.Form) { maps.Copy(d.Values, o.plain) }); end.err != nil {
			return
		}
	}
	var rec *session.Record
	if rec, end.err = m.Accounts.Record(r.ctx, o.account); end.err != nil {
		return
	}
	rec, end.err = m.Sessions.Login(r.ctx, rec, lifecycle.LoginOptions{
		Secrets: o.secrets, Scope: o.scope, Prompter: r,
		Progress: func(s session.Step) { _ = r.say(r.ctx, event{step: &s}) },
	})
	if end.err == nil {
		end.snap = m.Accounts.Snapshot(rec)
	}
	if end.err == nil && o.store && len(o.secrets) > 0 {
		end.kept = remember(context.WithoutCancel(r.ctx), m, o.account, func(d *draft.Form) { maps.Copy(d.NewSecrets, o.secrets) })
	}
}

// remember stores the user's input with the account.
func remember(ctx context.Context, m Engine, account string, change func(*draft.Form)) error {
	rec, err := m.Accounts.Record(ctx, account)
	if err != nil {
		return err
	}
	d := draft.FormOf(&rec.Account)
	change(d)
	_, err = m.Drafts.Save(ctx, d)
	return err
}

func (r *run) say(ctx context.Context, e event) error {
	select {
	case r.events <- e:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-r.ctx.Done():
		return r.ctx.Err()
	}
}

// Ask implements session.Prompter.
func (r *run) Ask(ctx context.Context, q session.Question) (secret.String, error) {
	pending := &question{Question: q, reply: make(chan secret.String, 1)}
	if err := r.say(ctx, event{question: pending}); err != nil {
		return secret.String{}, err
	}
	select {
	case value := <-pending.reply:
		return value, nil
	case <-ctx.Done():
		return secret.String{}, cmp.Or(r.say(r.ctx, event{withdrawn: pending}), ctx.Err())
	}
}

// Show implements session.Prompter.
func (r *run) Show(ctx context.Context, n session.Notice) error {
	return r.say(ctx, event{notice: &n})
}
