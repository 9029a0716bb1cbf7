package ui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/prose"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/login"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// atOnce is the number of accounts that are acted on in parallel.
const atOnce = 4

// bulk is an action on many accounts.
type bulk struct {
	doing   string                                       // "refreshing"
	did     string                                       // "refreshed"
	start   func(s *session.Snapshot, many bool) tea.Cmd // nil if it is busy
	waiting []string                                     // ids
	total   int
	done    int
	failed  []string // "admin@edge: why"
	started time.Time
	stopped bool
}

// view shows the progress of an action on many.
func (j *jobs) view(c *screen.Context) string {
	b := j.bulk
	if b == nil {
		return ""
	}
	th := c.Theme
	return th.Accent.Render(theme.Spinner(j.spin)) + th.Text.Render(fmt.Sprintf(" %s, %d of %d", b.doing, b.done, b.total)) +
		th.Muted.Render(theme.SignDot+widget.Left(c.Now().Sub(b.started))+theme.SignDot) +
		th.Key.Render(c.Keys.Key(keymap.Back)) + th.Muted.Render(" cancels")
}

// onMarked does an action on the marked accounts, and reports whether it is one on
// accounts.
func (m *Model) onMarked(a keymap.Action, marked []session.Snapshot) (tea.Cmd, bool) {
	switch a {
	case keymap.Copy, keymap.CopyMenu, keymap.Test, keymap.Edit, keymap.Reveal:
		b, _ := m.ctx.Keys.Binding(a)
		return screen.Refuse(m.ctx.Keys.Sentence(fmt.Sprintf("%s takes one account, and %d are marked", b.Help, len(marked)), keymap.Back, "removes the marks")), true
	}
	if m.needsKey(a) {
		return m.askKey(func() tea.Cmd { return m.perform(a, "") }), true
	}
	switch a {
	case keymap.Refresh, keymap.RefreshMany:
		return m.each("refreshing", "refreshed", keymap.Refresh, m.refresh, marked), true
	case keymap.Check:
		return m.each("checking", "accepted by their servers", a, m.check, marked), true
	case keymap.Login:
		m.logins = m.list.Marked()
		return m.nextLogin(nil), true
	case keymap.Logout:
		return screen.Ask(logoutQuestion(marked, func() tea.Cmd {
			return m.each("logging out", "logged out", a, m.logout, marked)
		})), true
	case keymap.Delete:
		return screen.Ask(m.deleteQuestion(marked)), true
	}
	return nil, false
}

// refreshAll refreshes all accounts that the filter shows.
func (m *Model) refreshAll() tea.Cmd {
	return m.each("refreshing", "refreshed", keymap.Refresh, m.refresh, m.snapshots(m.list.Shown()))
}

// marked returns the marked accounts in the order of the list.
func (m *Model) marked() []session.Snapshot { return m.snapshots(m.list.Marked()) }

func (m *Model) snapshots(ids []string) []session.Snapshot {
	var all []session.Snapshot
	for _, id := range ids {
		if s := m.list.Account(id); s != nil {
			all = append(all, *s)
		}
	}
	return all
}

// each acts on accounts, a few at a time. One for which the action is disabled counts as
// failed.
func (m *Model) each(doing, did string, a keymap.Action, start func(*session.Snapshot, bool) tea.Cmd, accounts []session.Snapshot) tea.Cmd {
	if m.jobs.bulk != nil {
		return screen.Refuse(m.ctx.Keys.Sentence("an action on many accounts is running", keymap.Back, "cancels it"))
	}
	b := &bulk{doing: doing, did: did, start: start, total: len(accounts), started: m.ctx.Now()}
	for i := range accounts {
		s := &accounts[i]
		if why := screen.Disabled(screen.Hints(m.ctx, s), a); why != "" {
			b.end(m.ctx.Line(s.Account.Name), why)
		} else {
			b.waiting = append(b.waiting, s.Account.ID)
		}
	}
	m.jobs.bulk = b
	var cmds []tea.Cmd
	for range atOnce {
		cmds = append(cmds, m.nextOfMany())
	}
	return tea.Batch(append(cmds, m.endMany())...)
}

// end counts an account; why is "" if the action was done.
func (b *bulk) end(name, why string) {
	b.done++
	if why != "" {
		b.failed = append(b.failed, name+": "+why)
	}
}

// nextOfMany starts the next of many. One that cannot start counts as failed.
func (m *Model) nextOfMany() tea.Cmd {
	b := m.jobs.bulk
	for len(b.waiting) > 0 {
		s := m.list.Account(b.waiting[0])
		b.waiting = b.waiting[1:]
		if s == nil {
			b.end("an account", "it was deleted")
		} else if cmd := b.start(s, true); cmd != nil {
			return cmd
		} else {
			b.end(m.ctx.Line(s.Account.Name), "another operation is running")
		}
	}
	return nil
}

// bulkDone counts the end of one of many, and goes on.
func (m *Model) bulkDone(end *ended) tea.Cmd {
	if m.jobs.bulk == nil {
		return nil
	}
	why := ""
	switch {
	case end.err != nil:
		why = screen.ErrorText(end.err)
	case end.outcome.level != screen.Info:
		why = end.outcome.text
	}
	m.jobs.bulk.end(m.ctx.Line(end.name), why)
	return tea.Batch(m.nextOfMany(), m.endMany())
}

// endMany reports both sides of an action on many once all of them ended.
func (m *Model) endMany() tea.Cmd {
	b := m.jobs.bulk
	if b.done < b.total {
		return nil
	}
	m.jobs.bulk = nil
	good := b.total - len(b.failed)
	text := prose.Count(good, "account") + " " + b.did
	if len(b.failed) > 0 {
		text = fmt.Sprintf("%d %s, %d not", good, b.did, len(b.failed))
	}
	if good > 0 && b.did == deleted {
		text = m.ctx.Keys.Sentence(text, keymap.Undo, "restores one after the other")
	}
	if len(b.failed) == 0 {
		return screen.Notify(screen.Info, text)
	}
	msg := screen.NotedMsg{Level: screen.Warning, Text: text, Details: strings.Join(b.failed, "\n")}
	return func() tea.Msg { return msg }
}

// nextLogin opens the login of the next marked account, unless the person gave up the
// one that was closed.
func (m *Model) nextLogin(closed screen.Overlay) tea.Cmd {
	l, isLogin := closed.(*login.Overlay)
	switch {
	case closed != nil && !isLogin:
		return nil
	case isLogin && !l.Finished():
		m.logins = nil
		return nil
	}
	for len(m.logins) > 0 {
		s := m.list.Account(m.logins[0])
		m.logins = m.logins[1:]
		if s != nil && screen.Disabled(screen.Hints(m.ctx, s), keymap.Login) == "" {
			return m.stack.open(login.New(m.ctx, m.engine.login, s))
		}
	}
	return nil
}

// named names up to five accounts.
func named(accounts []session.Snapshot) string {
	var names []string
	for i := range accounts {
		names = append(names, accounts[i].Account.Name)
	}
	return prose.Some(names, 5)
}

// subject returns the name of an account, or the number of several.
func subject(accounts []session.Snapshot) string {
	if len(accounts) == 1 {
		return accounts[0].Account.Name
	}
	return prose.Count(len(accounts), "account")
}

func logoutQuestion(accounts []session.Snapshot, do func() tea.Cmd) screen.Question {
	text := "This ends the session on the server and deletes the local tokens, even if the server refuses."
	if !slices.ContainsFunc(accounts, func(s session.Snapshot) bool { return s.CanLogout }) {
		text = "This backend has no logout. The local tokens are deleted, but stay valid until they expire."
	}
	if len(accounts) > 1 {
		text = named(accounts) + ". " + text
	}
	return screen.Question{Title: "Log out " + subject(accounts) + "?", Text: text, Yes: "log out", Danger: true, Do: do}
}
