package ui

import (
	"cmp"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/draft"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/screen/compare"
	"tokenring/ui/screen/copymenu"
	"tokenring/ui/screen/decode"
	"tokenring/ui/screen/dialog"
	"tokenring/ui/screen/editor"
	"tokenring/ui/screen/form"
	"tokenring/ui/screen/help"
	"tokenring/ui/screen/login"
	"tokenring/ui/screen/matrix"
	"tokenring/ui/screen/palette"
	"tokenring/ui/screen/response"
	"tokenring/ui/screen/vault"
)

// hints lists everything that can be done now, for help and palette.
func (m *Model) hints() []keymap.Hint {
	hints := m.focusedHints()
	if m.stack.top() != nil {
		return m.refused(append(append(hints, keymap.Hint{Action: keymap.Back}), always...))
	}
	if m.empty() {
		hints = append(hints, screen.Hints(m.ctx, nil)...)
	}
	return m.shadow(m.refused(append(hints, m.ownHints()...)))
}

// refused marks the hints of actions that are off.
func (m *Model) refused(hints []keymap.Hint) []keymap.Hint {
	for i := range hints {
		hints[i].Disabled = cmp.Or(m.ctx.Keys.Refusal(hints[i].Action), hints[i].Disabled)
	}
	return hints
}

// focusedHints lists the actions of the focused screen. Without a folder none adds to
// a suite.
func (m *Model) focusedHints() []keymap.Hint {
	hints := m.focused().Keys()
	for i := range hints {
		if m.folder.Project == nil && hints[i].Action == keymap.RequestAddToSuite {
			hints[i].Disabled = cmp.Or(hints[i].Disabled, errNoFolder.Error())
		}
	}
	return hints
}

// shadow marks the hints whose keys do something else in an inner scope.
func (m *Model) shadow(hints []keymap.Hint) []keymap.Hint {
	if m.editing() {
		return hints
	}
	scopes := m.scopes()
	for i := range hints {
		hints[i].Shadowed = m.ctx.Keys.Shadowed(hints[i].Action, scopes...)
	}
	return hints
}

// ownHints lists the root's own actions.
func (m *Model) ownHints() []keymap.Hint {
	noAccount := ""
	if m.list.Len() == 0 {
		noAccount = m.ctx.NoAccount()
	}
	noLast := noAccount
	if noLast == "" && m.list.Account(m.last) == nil {
		noLast = "no other account was open yet"
	}
	narrow := noAccount
	if narrow == "" && m.width < wideFrom {
		narrow = "only one pane fits; it has the whole screen"
	}
	locked := ""
	if m.vault.State != session.VaultOpen {
		locked = "the vault is not open"
	} else if m.vault.Way == session.WayMemory {
		locked = "the key is in memory only; locking would lose it"
	}
	return []keymap.Hint{
		{Action: keymap.Import}, {Action: keymap.Undo}, {Action: keymap.RefreshMany, Disabled: noAccount}, {Action: keymap.Matrix, Disabled: noAccount},
		{Action: keymap.Decode},
		{Action: keymap.LastAccount, Disabled: noLast},
		{Action: keymap.TabSession, Disabled: noAccount}, {Action: keymap.TabClaims, Disabled: noAccount},
		{Action: keymap.TabRequests, Disabled: noAccount}, {Action: keymap.TabActivity, Disabled: noAccount},
		{Action: keymap.OtherPane, Disabled: noAccount}, {Action: keymap.Zoom, Disabled: narrow}, {Action: keymap.Share},
		{Action: keymap.Lock, Disabled: locked}, {Action: keymap.Vault}, {Action: keymap.Mouse},
		{Action: keymap.Palette}, {Action: keymap.Help}, {Action: keymap.Back}, {Action: keymap.Redraw},
		{Action: keymap.Suspend}, {Action: keymap.Quit},
	}
}

// perform moves the cursor to an account, unless id is empty, and runs an action
// for it, or reports why it cannot. Without an id, and unless an account is open, the
// action is on the marked accounts if there are any.
func (m *Model) perform(a keymap.Action, id string) tea.Cmd {
	if why := m.ctx.Keys.Refusal(a); why != "" {
		return screen.Refuse(why)
	}
	if marked := m.marked(); id == "" && !m.inAccount && len(marked) > 0 {
		if len(marked) > 1 || a == keymap.RefreshMany {
			if cmd, ok := m.onMarked(a, marked); ok {
				return cmd
			}
		} else if b, _ := m.ctx.Keys.Binding(a); b.Scope == keymap.Account {
			id = marked[0].Account.ID
		}
	}
	var moved tea.Cmd
	if id != "" {
		if !m.list.Select(id) {
			return screen.Refuse("the account is not in the list")
		}
		moved = m.follow()
	}
	return tea.Batch(moved, m.act(a, m.list.Current()))
}

func (m *Model) act(a keymap.Action, s *session.Snapshot) tea.Cmd {
	own := append(screen.Hints(m.ctx, s), m.ownHints()...)
	if why := screen.Disabled(own, a); why != "" {
		return screen.Refuse(why)
	}
	if m.needsKey(a) {
		return m.askKey(func() tea.Cmd { return m.act(a, m.list.Current()) })
	}
	if cmd, ok := m.onAccount(a, s); ok {
		return cmd
	}
	if cmd, ok := m.onScreen(a); ok {
		return cmd
	}
	if cmd, ok := m.account.Show(a); ok {
		return tea.Batch(cmd, m.reach())
	}
	if p, ok := m.focused().(screen.Pane); ok {
		return tea.Batch(p.Act(a), m.follow())
	}
	return nil
}

// sealed lists the actions that begin with the key of the vault.
var sealed = []keymap.Action{
	keymap.Login, keymap.Refresh, keymap.RefreshMany, keymap.Check, keymap.Copy, keymap.CopyMenu, keymap.Reveal, keymap.Logout, keymap.Matrix,
	keymap.RequestFire, keymap.ResponseAgain, keymap.ResponseAs, keymap.ResponseLogin, keymap.MatrixRun, keymap.MatrixChoose, keymap.EditorFire,
}

// needsKey reports whether an action has to wait until the vault is unlocked.
func (m *Model) needsKey(a keymap.Action) bool {
	return m.vault.State == session.VaultLocked && slices.Contains(sealed, a)
}

// reach shows the account where only one pane fits.
func (m *Model) reach() tea.Cmd {
	if m.wide() || m.inAccount {
		return nil
	}
	return m.focus(true)
}

func (m *Model) onAccount(a keymap.Action, s *session.Snapshot) (tea.Cmd, bool) {
	c := m.ctx
	switch a {
	case keymap.Login:
		return m.stack.open(login.New(c, m.engine.login, s)), true
	case keymap.Edit:
		return m.stack.open(form.Edit(c, m.engine.form, s)), true
	case keymap.CopyMenu:
		return m.stack.open(copymenu.New(c, m.engine.copymenu, s)), true
	case keymap.Refresh:
		return m.refresh(s, false), true
	case keymap.Check:
		return m.check(s, false), true
	case keymap.Copy:
		if s.StateAt(c.Now()) == session.StateNeedsLogin { // of a session that is over nothing is kept
			return screen.Ask(m.staleQuestion(s)), true
		}
		return m.copyToken(s, true), true
	case keymap.Reveal:
		return tea.Batch(m.account.Reveal(), m.reach()), true
	case keymap.Test:
		cmd, _ := m.account.Show(keymap.TabRequests)
		return tea.Batch(cmd, m.focus(true)), true
	case keymap.Logout:
		return screen.Ask(logoutQuestion([]session.Snapshot{*s}, func() tea.Cmd { return m.logout(s, false) })), true
	case keymap.Delete:
		return screen.Ask(m.deleteQuestion([]session.Snapshot{*s})), true
	}
	return nil, false
}

func (m *Model) onScreen(a keymap.Action) (tea.Cmd, bool) {
	c := m.ctx
	switch a {
	case keymap.Add:
		return m.addWith(form.New(c, m.engine.form)), true
	case keymap.Decode:
		return m.readTokens(secret.String{}), true
	case keymap.Help:
		return m.help(), true
	case keymap.Palette:
		return screen.AskFor(palette.New(c, m.hints(), m.list.All)), true
	case keymap.Vault:
		if m.vault.State == "" {
			return screen.Refuse("the vault is being opened"), true
		}
		if m.ctx.Keys.IsViewOnly() && m.vault.State != session.VaultLocked {
			return screen.Refuse("view only: how the key is kept cannot be changed"), true
		}
		return m.askKey(nil), true
	case keymap.Lock:
		m.engine.Vault.Lock()
		return m.askVault(nil), true
	case keymap.RefreshMany:
		return m.refreshAll(), true
	case keymap.Undo:
		return m.undo(), true
	case keymap.Import:
		return screen.Notify(screen.Advice, screen.ImportHint), true
	case keymap.Matrix:
		return m.stack.open(matrix.New(c, m.engine.matrix, m.folder.offers(m.list.Current(), m.marked(), m.list.All()))), true
	case keymap.OtherPane:
		return m.focus(!m.inAccount), true
	case keymap.Zoom:
		m.zoomed = !m.zoomed
		return nil, true
	case keymap.Open:
		return m.focus(true), true
	case keymap.LastAccount:
		return m.choose(screen.ChoseMsg{Account: m.last}), true
	case keymap.Share:
		c.Share = !c.Share
		return m.broadcast(screen.SharedMsg{}), true
	case keymap.Mouse:
		c.Settings.Mouse = !c.Settings.Mouse
		return nil, true
	case keymap.Back:
		return m.back(), true
	case keymap.Redraw:
		return tea.ClearScreen, true
	case keymap.Suspend:
		return tea.Suspend, true
	case keymap.Quit, keymap.Interrupt:
		return m.quit(), true
	}
	return nil, false
}

// addWith opens the form of a new account; for the first one also the setup of the
// vault.
func (m *Model) addWith(f *form.Overlay) tea.Cmd {
	cmd := m.stack.open(f)
	if m.vault.State != session.VaultUnset {
		return cmd
	}
	return tea.Batch(cmd, m.askKey(nil))
}

// readTokens opens the overlay that reads the tokens of a text; "" asks for the text.
func (m *Model) readTokens(text secret.String) tea.Cmd {
	c, e, accounts := m.ctx, m.engine, m.list.All()
	return m.stack.open(decode.New(c, decode.Engine{
		Renewable: func(t secret.String, at string) (all []session.Snapshot, same int) {
			return draft.Renewable(t, at, accounts, func(rec *session.Record) bool { return len(e.login.Credentials.Pasted(rec)) > 0 })
		},
		Renew:  func(s *session.Snapshot, t secret.String) screen.Overlay { return login.Renew(c, e.login, s, t) },
		Keep:   func(t, text secret.String) screen.Overlay { return form.FromToken(c, e.form, t, text) },
		Verify: e.account.Keys.Issuer,
	}, text))
}

// askKey opens the vault's overlay. When that has opened the vault, then runs, unless it
// is nil or would be about something else than now.
func (m *Model) askKey(then func() tea.Cmd) tea.Cmd {
	on, current, marked := m.focused(), id(m.list.Current()), m.list.Marked()
	return m.stack.open(vault.New(m.ctx, m.engine.Vault, m.vault, func() tea.Cmd {
		if then == nil || m.focused() != on || id(m.list.Current()) != current || !slices.Equal(m.list.Marked(), marked) {
			return nil
		}
		return then()
	}))
}

// help opens the help for what is on the screen, or closes it.
func (m *Model) help() tea.Cmd {
	if top := m.stack.top(); top != nil && top.overlay == m.helping {
		return screen.Close(top.overlay)
	}
	m.helping = help.New(m.ctx, m.engine.help, m.hints(), m.places)
	return m.stack.open(m.helping)
}

// overlayFor returns the overlay that a message requests, or nil.
func (m *Model) overlayFor(msg tea.Msg) screen.Overlay {
	c := m.ctx
	switch msg := msg.(type) {
	case screen.Question:
		return dialog.NewQuestion(c, msg)
	case screen.Choice:
		return dialog.NewChoice(c, msg)
	case requestui.OpenRequest:
		return response.New(c, m.engine.requests, msg)
	case requestui.RequestForm:
		return editor.New(c, m.engine.editor, msg)
	case requestui.OpenLogin:
		return login.New(c, m.engine.login, msg.Account).Widened(msg.Scope)
	case requestui.PickAccount:
		return dialog.NewChoice(c, m.choiceOfAccounts(msg))
	case requestui.Pair:
		return compare.New(c, m.engine.requests, msg)
	}
	return nil
}

// choose moves the cursor to an account.
func (m *Model) choose(msg screen.ChoseMsg) tea.Cmd {
	if !m.list.Select(msg.Account) {
		return nil
	}
	cmds := []tea.Cmd{m.follow()}
	if cmd, ok := m.account.Show(msg.Tab); ok {
		cmds = append(cmds, cmd, m.focus(true))
	}
	return tea.Batch(cmds...)
}

// back closes or cancels one thing at a time: a notice, a revealed value, a
// running flow, the account, the filter. It never quits.
func (m *Model) back() tea.Cmd {
	switch {
	case m.notices.dismiss(), m.account.Back(), m.jobs.cancel(id(m.list.Current())):
		return nil
	case m.inAccount:
		return m.focus(false)
	case m.list.Back():
		return m.follow()
	}
	return nil
}

// interrupt quits, after a question where typed text would be lost. The second time it
// does not wait for the answer.
func (m *Model) interrupt() tea.Cmd {
	top := m.stack.top()
	if !m.stack.unsaved() || top.overlay == m.leaving {
		return m.quit()
	}
	m.leaving = dialog.NewQuestion(m.ctx, screen.Question{
		Title: "Quit without saving?", Text: "What you typed is lost.", Yes: "quit", Danger: true, Do: m.quit,
	})
	return m.stack.open(m.leaving)
}

// quit ends the program; see [Model.End].
func (m *Model) quit() tea.Cmd {
	m.stack.closeAll()
	m.jobs.cancelAll()
	return tea.Quit
}
