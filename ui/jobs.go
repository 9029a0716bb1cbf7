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

// ended is the end of a flow.
type ended struct {
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
func (m *Model) run(s *session.Snapshot, what string, many bool, flow func(context.Context) (outcome, error)) tea.Cmd {
	end := ended{account: s.Account.ID, name: s.Account.Name, what: what, many: many}
	if m.jobs.running[end.account] != nil {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx.Life)
	m.jobs.running[end.account] = cancel
	return screen.Run(m.ctx.Life, func() func() tea.Cmd {
		defer cancel()
		end.outcome, end.err = flow(ctx)
		return func() tea.Cmd { return m.done(&end) }
	})
}

// done handles the end of a flow, and reports it if the user does not see it.
func (m *Model) done(end *ended) tea.Cmd {
	delete(m.jobs.running, end.account)
	var next tea.Cmd
	var failure *session.Failure
	switch {
	case end.many:
		next = m.bulkDone(end)
	case end.outcome.copy != nil && end.err == nil:
		next = m.clip.copy(m.ctx, m.engine.Feed, *end.outcome.copy)
	case errors.Is(end.err, context.Canceled), !errors.As(end.err, &failure), !m.watching(end.account):
		next = end.tell()
	}
	return tea.Batch(m.read(), next)
}

// tell reports how the flow ended.
func (e *ended) tell() tea.Cmd {
	switch {
	case errors.Is(e.err, context.Canceled):
		return screen.Notify(screen.Info, e.what+" of "+e.name+" was cancelled")
	case e.err != nil:
		return screen.Notify(screen.Failure, fmt.Sprintf("%s of %s failed: %s", e.what, e.name, screen.ErrorText(e.err)))
	}
	return screen.Notify(e.outcome.level, e.outcome.text)
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
	return m.run(s, "refresh", many, func(ctx context.Context) (outcome, error) {
		_, err := sessions.Refresh(ctx, rec, nil)
		return outcome{text: name + " is refreshed"}, err
	})
}

func (m *Model) check(s *session.Snapshot, many bool) tea.Cmd {
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.run(s, "check", many, func(ctx context.Context) (outcome, error) {
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
	return m.run(s, "logout", many, func(ctx context.Context) (outcome, error) {
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
