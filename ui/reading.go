package ui

import (
	"sync"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/screen"
	"tokenring/ui/screen/vault"
)

type listedMsg struct {
	accounts []session.Snapshot
	err      error
}

type vaultMsg struct {
	status session.VaultStatus
	opened bool // the first: the key was asked for where that needs nobody
}

type watchedMsg struct{}

// reading keeps one reading of the accounts under way at a time, so that many
// changes in a row neither pile up nor hold each other's answers back.
type reading struct {
	busy, again bool
	first       sync.Once
	done        chan struct{} // closed after the first reading
}

// read gets every account as it stands. It needs no key.
func (m *Model) read() tea.Cmd {
	if m.reading.busy {
		m.reading.again = true
		return nil
	}
	m.reading.busy = true
	life, e := m.ctx.Life, m.engine
	return func() tea.Msg {
		all, err := e.Accounts.List(life)
		return listedMsg{accounts: all, err: err}
	}
}

func (m *Model) listed(msg listedMsg) tea.Cmd {
	again := m.reading.again
	m.reading.busy, m.reading.again = false, false
	m.reading.first.Do(func() { close(m.reading.done) })
	var next tea.Cmd
	if again {
		next = m.read()
	}
	if msg.err != nil {
		return tea.Batch(next, screen.NotifyError(msg.err))
	}
	cmd := m.broadcast(screen.ListedMsg{Accounts: msg.accounts})
	return tea.Batch(cmd, m.follow(), warn(m.ctx, m.list.Fell()), next)
}

func (m *Model) askVault() tea.Cmd {
	life, e := m.ctx.Life, m.engine
	return func() tea.Msg { return vaultMsg{status: e.Vault.Status(life)} }
}

// openVault asks the keyring, or takes the key from the environment, before
// the person is asked for anything.
func (m *Model) openVault() tea.Cmd {
	life, e := m.ctx.Life, m.engine
	return func() tea.Msg { return vaultMsg{status: session.OpenVault(life, e.Vault), opened: true} }
}

// vaulted asks for the key when secrets cannot be reached, once for each time
// that comes about. A new ring is asked nothing before its first account.
func (m *Model) vaulted(msg vaultMsg) tea.Cmd {
	m.vaultAsked = m.vaultAsked || msg.opened
	if msg.status == m.vault || !m.vaultAsked && msg.status.State == session.VaultLocked {
		return nil
	}
	was := m.vault.State
	m.vault = msg.status
	if msg.status.State != session.VaultLocked || msg.status.State == was {
		return nil
	}
	return m.stack.openUnasked(m.ctx, vault.New(m.ctx, m.engine.Vault, msg.status))
}

// watch waits for the next change by anybody.
func (m *Model) watch() tea.Cmd {
	if m.ctx.Settings.WatchEvery <= 0 {
		return nil
	}
	if m.changes == nil {
		m.changes = m.engine.Feed.Watch(m.ctx.Life, m.ctx.Settings.WatchEvery)
	}
	life, changes := m.ctx.Life, m.changes
	return func() tea.Msg {
		select {
		case <-changes:
			return watchedMsg{}
		case <-life.Done():
			return nil
		}
	}
}
