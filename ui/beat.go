package ui

import (
	"fmt"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/screen"
)

// beat schedules redraws: each second while something visible changes by the
// second, else at the next minute or when the next token expires.
type beat struct {
	desk     screen.Desk
	due      time.Time // when the pending tick comes; zero: none
	spinDesk screen.Desk
	spinning bool
}

const spinEvery = 120 * time.Millisecond

// schedule requests the next tick for when it is needed.
func (m *Model) schedule() tea.Cmd {
	if m.width == 0 {
		return nil
	}
	if m.dirty { // the frame decides, and may be out of date
		m.compose()
		m.dirty = false
	}
	var cmds []tea.Cmd
	if due := m.nextTick(); m.beat.due.IsZero() || due.Before(m.beat.due) {
		m.beat.due = due
		cmds = append(cmds, m.beat.desk.After(m.ctx.Life, m.ctx.After, due.Sub(m.ctx.Now()), m.tick))
	}
	if !m.beat.spinning && m.working() {
		m.beat.spinning = true
		cmds = append(cmds, m.nextSpin())
	}
	return tea.Batch(cmds...)
}

func (m *Model) nextTick() time.Time {
	now := m.ctx.Now()
	if m.ticks() {
		return now.Truncate(time.Second).Add(time.Second)
	}
	next := now.Truncate(time.Minute).Add(time.Minute)
	if expiry := m.list.NextExpiry(); expiry.After(now) && expiry.Before(next) {
		return expiry.Add(time.Millisecond)
	}
	return next
}

// ticks reports whether anything visible changes each second.
func (m *Model) ticks() bool {
	if m.clip.ticks() || m.jobs.ticks() {
		return true
	}
	for _, o := range m.stack.all {
		if t, ok := o.overlay.(screen.Ticking); ok && t.Ticks() {
			return true
		}
	}
	listSeen, accountSeen := m.seen()
	return listSeen && m.list.Ticks() || accountSeen && m.account.Ticks()
}

func (m *Model) tick() tea.Cmd {
	m.beat.due = time.Time{}
	var again tea.Cmd
	if expiry := m.list.NextExpiry(); !expiry.IsZero() && !expiry.After(m.ctx.Now()) {
		again = m.read() // fewer actions may be possible for its account
	}
	return tea.Batch(m.broadcast(screen.TickedMsg{Now: m.ctx.Now()}), again, warn(m.ctx, m.list.NewlyExpiring()))
}

func (m *Model) working() bool { return m.list.Working() || m.jobs.ticks() }

func (m *Model) nextSpin() tea.Cmd {
	return m.beat.spinDesk.After(m.ctx.Life, m.ctx.After, spinEvery, m.spin)
}

// spin animates the signs of work while there is work.
func (m *Model) spin() tea.Cmd {
	if !m.working() {
		m.beat.spinning = false
		return nil
	}
	m.list.Spin()
	m.account.Spin()
	m.jobs.spin++
	return m.nextSpin()
}

// warn rings the bell when sessions are about to expire that nothing renews
// automatically.
func warn(c *screen.Context, expiring []*session.Snapshot) tea.Cmd {
	var lost []*session.Snapshot
	for _, s := range expiring {
		if _, renewed := s.NextRefresh(c.Now()); !renewed {
			lost = append(lost, s)
		}
	}
	if len(lost) == 0 || !c.Settings.Warn {
		return nil
	}
	text := fmt.Sprintf("tokenring: %d sessions are about to expire", len(lost))
	if len(lost) == 1 {
		text = "tokenring: the session of " + c.Line(secret.CleanLine(lost[0].Account.Name)) + " is about to expire"
	}
	return tea.Raw("\a" + ansi.Notify(text))
}
