package login

import (
	"cmp"
	"context"
	"maps"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/lifecycle"
	"tokenring/session/secret"
)

// run is one login in progress. The flow runs in a goroutine and hands over what the
// screen does next; commands wait for that, so that nothing blocks the screen. It is the
// flow's Prompter.
type run struct {
	ctx     context.Context
	overlay *Overlay
	next    chan func() tea.Cmd
	end     chan func() tea.Cmd // holds one, so that a run ends when nothing waits for it
}

// question blocks the flow until reply has a value.
type question struct {
	session.Question
	reply chan secret.String // holds one
}

// order says what a run does.
type order struct {
	account string
	scope   string // asked for besides
	secrets map[string]secret.String
	plain   map[string]string // values that are not secret; stored before the login
	store   bool              // store the secrets too, once they are accepted
}

func (r *run) login(m Engine, o order) {
	var snap session.Snapshot
	var err, unstored error
	defer func() {
		bug := recover()
		r.end <- func() tea.Cmd {
			if bug != nil {
				panic(bug) // raised again where the program can still restore the terminal
			}
			return r.overlay.ended(&snap, err, unstored)
		}
	}()
	if len(o.plain) > 0 {
		if err = remember(r.ctx, m, o.account, func(d *draft.Form) { maps.Copy(d.Values, o.plain) }); err != nil {
			return
		}
	}
	var rec *session.Record
	if rec, err = m.Accounts.Record(r.ctx, o.account); err != nil {
		return
	}
	rec, err = m.Sessions.Login(r.ctx, rec, lifecycle.LoginOptions{
		Secrets: o.secrets, Scope: o.scope, Prompter: r,
		Progress: func(s session.Step) { _ = r.say(r.ctx, func() tea.Cmd { return r.overlay.stepped(s) }) },
	})
	if err != nil {
		return
	}
	snap = m.Accounts.Snapshot(rec)
	if o.store && len(o.secrets) > 0 {
		unstored = remember(context.WithoutCancel(r.ctx), m, o.account, func(d *draft.Form) { maps.Copy(d.NewSecrets, o.secrets) })
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

// say hands over what the screen does next.
func (r *run) say(ctx context.Context, next func() tea.Cmd) error {
	select {
	case r.next <- next:
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
	if err := r.say(ctx, func() tea.Cmd { return r.overlay.asked(pending) }); err != nil {
		return secret.String{}, err
	}
	select {
	case value := <-pending.reply:
		return value, nil
	case <-ctx.Done():
		return secret.String{}, cmp.Or(r.say(r.ctx, func() tea.Cmd { return r.overlay.withdrawn(pending) }), ctx.Err())
	}
}

// Show implements session.Prompter.
func (r *run) Show(ctx context.Context, n session.Notice) error {
	return r.say(ctx, func() tea.Cmd { return r.overlay.noticed(&n) })
}
