package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/lifecycle"
	"tokenring/session/prose"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// atOnce is the number of accounts that are refreshed in parallel.
const atOnce = 4

// jobs holds the running flows that the screen started.
type jobs struct {
	running map[string]context.CancelFunc // by account id
	bulk    *bulk
	spin    int
}

// bulk is a refresh of many accounts.
type bulk struct {
	begin   func(id string) tea.Cmd // nil if the account is gone or busy
	waiting []string                // ids
	total   int
	done    int
	failed  []string // names
	started time.Time
	stopped bool
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

// view shows the progress of a refresh of many.
func (j *jobs) view(c *screen.Context) string {
	b := j.bulk
	if b == nil {
		return ""
	}
	th := c.Theme
	return th.Accent.Render(theme.Spinner(j.spin)) + th.Text.Render(fmt.Sprintf(" refreshing, %d of %d", b.done, b.total)) +
		th.Muted.Render(theme.SignDot+widget.Left(c.Now().Sub(b.started))+theme.SignDot) +
		th.Key.Render(c.Keys.Key(keymap.Back)) + th.Muted.Render(" cancels")
}

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
		next = m.jobs.bulkDone(msg)
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

// cancel stops the account's flow, else the refresh of many. It reports whether
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
		_, err := sessions.Refresh(ctx, &rec, nil)
		return outcome{text: name + " is refreshed"}, err
	})
}

func (m *Model) check(s *session.Snapshot) tea.Cmd {
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.jobs.run(m.ctx, s, "check", false, func(ctx context.Context) (outcome, error) {
		_, alive, err := sessions.Check(ctx, &rec)
		if err == nil && !alive {
			return outcome{level: screen.Warning, text: "the server does not accept the session of " + name + " any more"}, nil
		}
		return outcome{text: "the server accepts the session of " + name}, err
	})
}

func (m *Model) logout(s *session.Snapshot) tea.Cmd {
	now, zone := m.ctx.Now, m.ctx.Zone()
	sessions, rec, name := m.engine.Sessions, s.Record, s.Account.Name
	return m.jobs.run(m.ctx, s, "logout", false, func(ctx context.Context) (outcome, error) {
		result, err := sessions.Logout(ctx, &rec)
		end := outcome{text: name + ": " + result.Text(now(), zone)}
		switch result.Ending {
		case lifecycle.Revoked:
		case lifecycle.LogoutFailed:
			end.level = screen.Failure
		default:
			end.level = screen.Warning
		}
		return end, err
	})
}

// refreshMany refreshes the marked accounts, or else all shown, a few at a
// time.
func (m *Model) refreshMany() tea.Cmd {
	ids := m.list.Marked()
	if len(ids) == 0 {
		ids = m.list.Shown()
	}
	ids = slices.DeleteFunc(ids, func(id string) bool {
		return screen.Disabled(screen.Hints(m.ctx, m.list.Account(id)), keymap.Refresh) != ""
	})
	switch {
	case m.jobs.bulk != nil:
		return screen.Refuse(m.ctx.Keys.Sentence("a refresh of many is running", keymap.Back, "cancels it"))
	case len(ids) == 0:
		return screen.Refuse("none of these accounts can be refreshed now")
	}
	b := &bulk{waiting: ids, total: len(ids), started: m.ctx.Now(), begin: func(id string) tea.Cmd {
		if s := m.list.Account(id); s != nil {
			return m.refresh(s, true)
		}
		return nil
	}}
	m.jobs.bulk = b
	cmds := make([]tea.Cmd, 0, atOnce)
	for range atOnce {
		cmds = append(cmds, b.next())
	}
	return tea.Batch(cmds...)
}

// next starts the next of many. One that cannot start counts as done.
func (b *bulk) next() tea.Cmd {
	for len(b.waiting) > 0 {
		id := b.waiting[0]
		b.waiting = b.waiting[1:]
		if cmd := b.begin(id); cmd != nil {
			return cmd
		}
		b.done++
	}
	return nil
}

func (j *jobs) bulkDone(msg doneMsg) tea.Cmd {
	b := j.bulk
	if b == nil {
		return nil
	}
	b.done++
	if msg.err != nil {
		b.failed = append(b.failed, msg.name)
	}
	next := b.next()
	if b.done < b.total {
		return next
	}
	j.bulk = nil
	return tea.Batch(next, b.report())
}

// report summarizes a refresh of many.
func (b *bulk) report() tea.Cmd {
	good := b.total - len(b.failed)
	if len(b.failed) == 0 {
		return screen.Notify(screen.Info, prose.Count(good, "account")+" refreshed")
	}
	names := b.failed
	more := ""
	if len(names) > 5 {
		names, more = names[:5], fmt.Sprintf(" and %d more", len(b.failed)-5)
	}
	what := "failed"
	if b.stopped {
		what = "were cancelled or failed"
	}
	return screen.Notify(screen.Failure, fmt.Sprintf("%d refreshed; %s: %s%s", good, what, strings.Join(names, ", "), more))
}
