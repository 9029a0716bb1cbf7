package ui

import (
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/overview"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// unlocking is how far the first attempt to unlock is, which needs no passphrase.
type unlocking int

const (
	unlockRuns unlocking = iota
	unlockSlow           // it waits for a person, who answers the prompt of a keyring
	unlockOver
)

// slowKeyring is how long a keyring may take before the screen says that it waits.
const slowKeyring = time.Second

// reading reads what the screen shows from the engine. It reads the accounts once
// at a time, so that many changes in a row neither pile up nor delay each other.
type reading struct {
	accounts    *overview.Following
	changes     <-chan struct{}
	busy, again bool
	early       []tea.Msg // about accounts that this reading may find
	first       sync.Once
	done        chan struct{} // closed after the first reading
}

// read reads every account. It needs no key.
func (m *Model) read() tea.Cmd {
	r, life := &m.reading, m.ctx.Life
	if r.busy {
		r.again = true
		return nil
	}
	r.busy = true
	return screen.Run(life, func() func() tea.Cmd {
		all, err := r.accounts.List(life)
		return func() tea.Cmd { return m.listed(all, err) }
	})
}

func (m *Model) listed(all []session.Snapshot, err error) tea.Cmd {
	again := m.reading.again
	m.reading.busy, m.reading.again = false, false
	m.reading.first.Do(func() { close(m.reading.done) })
	var cmds []tea.Cmd
	if again {
		cmds = append(cmds, m.read())
	}
	if err != nil {
		cmds = append(cmds, screen.NotifyError(err))
	} else {
		cmds = append(cmds, m.broadcast(screen.ListedMsg{Accounts: all}), m.follow(), warn(m.ctx, m.list.NewlyExpiring()))
	}
	early := m.reading.early
	m.reading.early = nil
	for _, msg := range early {
		cmds = append(cmds, m.fact(msg))
	}
	return tea.Batch(cmds...)
}

// early keeps a message about an account that is not in the list until the reading under way
// has ended: the account may have been added just now.
func (m *Model) early(account string, msg tea.Msg) bool {
	if !m.reading.busy || account == "" || m.list.Account(account) != nil {
		return false
	}
	m.reading.early = append(m.reading.early, msg)
	return true
}

// askVault reads the state of the vault. If it is open, then runs unless it is nil.
func (m *Model) askVault(then func() tea.Cmd) tea.Cmd {
	life, vault := m.ctx.Life, m.engine.Vault
	return screen.Run(life, func() func() tea.Cmd {
		status := vault.Status(life)
		return func() tea.Cmd {
			cmd := m.vaulted(status, false)
			if then != nil && status.State == session.VaultOpen {
				cmd = tea.Batch(cmd, then())
			}
			return cmd
		}
	})
}

// openVault unlocks the vault from the keyring or the environment, if it can. It waits as
// long as a person needs to answer the prompt of the keyring, and reports that it does.
func (m *Model) openVault() tea.Cmd {
	life, vault := m.ctx.Life, m.engine.Vault
	over := make(chan session.VaultStatus, 1)
	ended := func(status session.VaultStatus) func() tea.Cmd {
		return func() tea.Cmd { return m.vaulted(status, true) }
	}
	return screen.Run(life, func() func() tea.Cmd {
		go func() { over <- session.OpenVault(life, vault, 0) }()
		select {
		case status := <-over:
			return ended(status)
		case <-time.After(slowKeyring):
			status := vault.Status(life)
			return func() tea.Cmd {
				m.vault, m.unlocking = status, unlockSlow
				return screen.Run(life, func() func() tea.Cmd { return ended(<-over) })
			}
		}
	})
}

// vaulted shows the state of the vault; first says that the first attempt to unlock it is
// over. No dialog opens by itself: the person may be typing.
func (m *Model) vaulted(status session.VaultStatus, first bool) tea.Cmd {
	if first {
		m.unlocking = unlockOver
	}
	locked, was := status.State == session.VaultLocked, m.vault.State
	if status == m.vault && !first || m.unlocking == unlockRuns && locked {
		return nil
	}
	m.vault = status
	notice := screen.NotedMsg{Level: screen.Advice, Text: m.ctx.Keys.Sentence("the vault is locked: no token can be used", keymap.Vault, "unlocks it")}
	var cmd tea.Cmd
	switch {
	case locked && m.unlocking == unlockOver && (first || was != session.VaultLocked):
		cmd = m.notices.add(m.ctx, notice)
	case !locked:
		m.notices.withdraw(notice)
	}
	if was == status.State {
		return cmd
	}
	// Also at the start: the accounts may be read before the vault is open.
	return tea.Batch(cmd, m.read(), m.account.Reread(), m.broadcast(screen.ChangedMsg{}))
}

// watch waits for the next change, by any process.
func (m *Model) watch() tea.Cmd {
	life, every := m.ctx.Life, m.ctx.Settings.WatchEvery
	if every <= 0 {
		return nil
	}
	if m.reading.changes == nil {
		m.reading.changes = m.engine.Feed.Watch(life, every)
	}
	changes := m.reading.changes
	return screen.Run(life, func() func() tea.Cmd {
		select {
		case <-changes:
		case <-life.Done():
		}
		return func() tea.Cmd { return tea.Batch(m.fact(screen.ChangedMsg{}), m.watch()) }
	})
}
