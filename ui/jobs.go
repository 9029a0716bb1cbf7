package ui

import (
	"context"
	"errors"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/lifecycle"
	"tokenring/ui/screen"
)

// jobs holds the running flows that the screen started.
type jobs struct {
	running map[string]context.CancelFunc // by account id
	bulk    *bulk
	spin    int
}

// doneMsg reports the end of a flow.
type doneMsg struct {
	account string
	name    string
	what    string // "refresh"
	outcome outcome
	err     error
	many    bool
}

// outcome is the result of a successful flow.
type outcome struct {
	level screen.Level
	text  string
	copy  *screen.CopiedMsg // for the clipboard, which reports it
}

func newJobs() jobs { return jobs{running: map[string]context.CancelFunc{}} }

func (j *jobs) ticks() bool { return j.bulk != nil || len(j.running) > 0 }

// run starts a flow for an account, unless one is running.
func (j *jobs) run(c *screen.Context, s *session.Snapshot, what string, many bool, flow func(context.Context) (outcome, error)) tea.Cmd {
	account, name := s.Account.ID, s.Account.Name
	if j.running[account] != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(c.Life)
	j.running[account] = cancel
	return func() tea.Msg {
		defer cancel()
		end, err := flow(ctx)
		return doneMsg{account: account, name: name, what: what, outcome: end, err: err, many: many}
	}
}

// done handles the end of a flow, and reports it if the user does not see it.
func (m *Model) done(msg doneMsg) tea.Cmd {
	delete(m.jobs.running, msg.account)
	var next tea.Cmd
	var failure *session.Failure
	switch {
	case msg.many:
		next = m.bulkDone(msg)
	case msg.outcome.copy != nil && msg.err == nil:
		next = m.clip.copy(m.ctx, m.engine.Feed, *msg.outcome.copy)
	case errors.Is(msg.err, context.Canceled), !errors.As(msg.err, &failure), !m.watching(msg.account):
		next = msg.tell()
	}
	return tea.Batch(m.reading.read(), next)
}

// tell reports how the flow ended.
func (msg *doneMsg) tell() tea.Cmd {
	switch {
	case errors.Is(msg.err, context.Canceled):
		return screen.Notify(screen.Info, msg.what+" of "+msg.name+" was cancelled")
	case msg.err != nil:
		return screen.Notify(screen.Failure, fmt.Sprintf("%s of %s failed: %s", msg.what, msg.name, screen.ErrorText(msg.err)))
	}
	return screen.Notify(msg.outcome.level, msg.outcome.text)
}

// watching reports whether the account, which shows its own failures, is visible.
func (m *Model) watching(account string) bool {
	_, seen := m.seen()
	return seen && id(m.account.Account()) == account
}

// cancel stops the account's flow, else the action on many. It reports whether
// one was running.
func (j *jobs) cancel(account string) bool {
	if cancel := j.running[account]; cancel != nil {
		cancel()
		return true
	}
	b := j.bulk
	if b == nil || b.stopped {
		return false
	}
	b.stopped, b.total, b.waiting = true, b.total-len(b.waiting), nil
	j.cancelAll()
	return true
}

func (j *jobs) cancelAll() {
	for _, cancel := range j.running {
		cancel()
	}
}

func (m *Model) refresh(s *session.Snapshot, many bool) tea.Cmd {
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.jobs.run(m.ctx, s, "refresh", many, func(ctx context.Context) (outcome, error) {
		_, err := sessions.Refresh(ctx, rec, nil)
		return outcome{text: name + " is refreshed"}, err
	})
}

func (m *Model) check(s *session.Snapshot, many bool) tea.Cmd {
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.jobs.run(m.ctx, s, "check", many, func(ctx context.Context) (outcome, error) {
		_, alive, err := sessions.Check(ctx, rec)
		if err == nil && !alive {
			return outcome{level: screen.Warning, text: "the server does not accept the session of " + name + " any more"}, nil
		}
		return outcome{text: "the server accepts the session of " + name}, err
	})
}

func (m *Model) logout(s *session.Snapshot, many bool) tea.Cmd {
	now, zone := m.ctx.Now, m.ctx.Zone()
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.jobs.run(m.ctx, s, "logout", many, func(ctx context.Context) (outcome, error) {
		result, err := sessions.Logout(ctx, rec)
		return loggedOut(&result, name+": "+result.Text(now(), zone)), err
	})
}

// loggedOut returns the outcome of a logout: a failure if it failed, a warning if nothing
// proves it.
func loggedOut(result *lifecycle.LogoutResult, text string) outcome {
	level := screen.Warning
	switch result.Ending {
	case lifecycle.Revoked:
		level = screen.Info
	case lifecycle.LogoutFailed:
		level = screen.Failure
	}
	return outcome{level: level, text: text}
}
