package ui

import (
	"sync"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/overview"
	"tokenring/ui/screen"
	"tokenring/ui/screen/vault"
)

type listedMsg struct {
	accounts []session.Snapshot
	err      error
}

type vaultMsg struct {
	status session.VaultStatus
	opened bool // the first, after an attempt to unlock without the user
}

type watchedMsg struct{}

// reading reads what the screen shows from the engine. It reads the accounts once
// at a time, so that many changes in a row neither pile up nor delay each other.
type reading struct {
	ctx         *screen.Context
	engine      *parts
	accounts    *overview.Following
	changes     <-chan struct{}
	busy, again bool
	first       sync.Once
	done        chan struct{} // closed after the first reading
}

// read reads every account. It needs no key.
func (r *reading) read() tea.Cmd {
	if r.busy {
		r.again = true
		return nil
	}
	r.busy = true
	life := r.ctx.Life
	return func() tea.Msg {
		all, err := r.accounts.List(life)
		return listedMsg{accounts: all, err: err}
	}
}

func (m *Model) listed(msg listedMsg) tea.Cmd {
	again := m.reading.again
	m.reading.busy, m.reading.again = false, false
	m.reading.first.Do(func() { close(m.reading.done) })
	var next tea.Cmd
	if again {
		next = m.reading.read()
	}
	if msg.err != nil {
		return tea.Batch(next, screen.NotifyError(msg.err))
	}
	cmd := m.broadcast(screen.ListedMsg{Accounts: msg.accounts})
	return tea.Batch(cmd, m.follow(), warn(m.ctx, m.list.NewlyExpiring()), next)
}

func (r *reading) askVault() tea.Cmd {
	life, e := r.ctx.Life, r.engine
	return func() tea.Msg { return vaultMsg{status: e.Vault.Status(life)} }
}

// openVault unlocks the vault from the keyring or the environment, if it can.
func (r *reading) openVault() tea.Cmd {
	life, e := r.ctx.Life, r.engine
	return func() tea.Msg { return vaultMsg{status: session.OpenVault(life, e.Vault), opened: true} }
}

// vaulted asks for the key each time the vault becomes locked. A new ring asks
// nothing before its first account.
func (m *Model) vaulted(msg vaultMsg) tea.Cmd {
	m.vaultAsked = m.vaultAsked || msg.opened
	if msg.status == m.vault || !m.vaultAsked && msg.status.State == session.VaultLocked {
		return nil
	}
	was := m.vault.State
	m.vault = msg.status
	if msg.status.State != session.VaultLocked || was == session.VaultLocked || was == session.VaultUnset {
		return nil // one that is being created ends open
	}
	return m.stack.openUnasked(m.ctx, vault.New(m.ctx, m.engine.Vault, msg.status))
}

// watch waits for the next change, by any process.
func (r *reading) watch() tea.Cmd {
	if r.ctx.Settings.WatchEvery <= 0 {
		return nil
	}
	if r.changes == nil {
		r.changes = r.engine.Feed.Watch(r.ctx.Life, r.ctx.Settings.WatchEvery)
	}
	life, changes := r.ctx.Life, r.changes
	return func() tea.Msg {
		select {
		case <-changes:
			return watchedMsg{}
		case <-life.Done():
			return nil
		}
	}
}
