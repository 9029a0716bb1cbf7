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

type listedMsg struct {
	accounts []session.Snapshot
	err      error
}

type vaultMsg struct {
	status session.VaultStatus
	first  unlocking
	over   <-chan vaultMsg // brings the end of a slow attempt; nil: none
	then   func() tea.Cmd  // what waited for the key; nil: nothing
}

// unlocking is how far the first attempt to unlock is, which needs no passphrase.
type unlocking int

const (
	unlockRuns unlocking = iota
	unlockSlow           // it waits for a person, who answers the prompt of a keyring
	unlockOver
)

// slowKeyring is how long a keyring may take before the screen says that it waits.
const slowKeyring = time.Second

type watchedMsg struct{}

// reading reads what the screen shows from the engine. It reads the accounts once
// at a time, so that many changes in a row neither pile up nor delay each other.
type reading struct {
	ctx         *screen.Context
	engine      *parts
	accounts    *overview.Following
	changes     <-chan struct{}
	busy, again bool
	early       []tea.Msg // about accounts that this reading may find
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
	cmds := []tea.Cmd{next}
	if msg.err != nil {
		cmds = append(cmds, screen.NotifyError(msg.err))
	} else {
		cmds = append(cmds, m.broadcast(screen.ListedMsg{Accounts: msg.accounts}), m.follow(), warn(m.ctx, m.list.NewlyExpiring()))
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
func (r *reading) askVault(then func() tea.Cmd) tea.Cmd {
	life, e := r.ctx.Life, r.engine
	return func() tea.Msg { return vaultMsg{status: e.Vault.Status(life), then: then} }
}

// openVault unlocks the vault from the keyring or the environment, if it can. It waits as
// long as a person needs to answer the prompt of the keyring, and reports that it does.
func (r *reading) openVault() tea.Cmd {
	life, e := r.ctx.Life, r.engine
	return func() tea.Msg {
		over := make(chan vaultMsg, 1)
		go func() { over <- vaultMsg{status: session.OpenVault(life, e.Vault, 0), first: unlockOver} }()
		select {
		case msg := <-over:
			return msg
		case <-time.After(slowKeyring):
			return vaultMsg{status: e.Vault.Status(life), first: unlockSlow, over: over}
		}
	}
}

// vaulted shows the state of the vault. No dialog opens by itself: the person may be typing.
func (m *Model) vaulted(msg vaultMsg) tea.Cmd {
	first := msg.first > m.unlocking
	m.unlocking = max(m.unlocking, msg.first)
	locked, was := msg.status.State == session.VaultLocked, m.vault.State
	if msg.status == m.vault && !first || m.unlocking == unlockRuns && locked {
		return nil
	}
	m.vault = msg.status
	if msg.over != nil {
		return func() tea.Msg { return <-msg.over }
	}
	notice := screen.NotedMsg{Level: screen.Advice, Text: m.ctx.Keys.Sentence("the vault is locked: no token can be used", keymap.Vault, "unlocks it")}
	var cmd tea.Cmd
	switch {
	case locked && m.unlocking == unlockOver && (first || was != session.VaultLocked):
		cmd = m.notices.add(m.ctx, notice)
	case !locked:
		m.notices.withdraw(notice)
	}
	if was == msg.status.State {
		return cmd
	}
	// Also at the start: the accounts may be read before the vault is open.
	return tea.Batch(cmd, m.reading.read(), m.account.Reread(), m.broadcast(screen.ChangedMsg{}))
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
