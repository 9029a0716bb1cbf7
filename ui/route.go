package ui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/screen/dialog"
)

// focused returns the screen that receives keys and pastes.
func (m *Model) focused() screen.Screen {
	switch {
	case m.stack.top() != nil:
		return m.stack.top().overlay
	case m.empty():
		return m.welcome
	case m.inAccount:
		return m.account
	}
	return m.list
}

// editing reports whether a pane edits text, so that keys are letters.
func (m *Model) editing() bool { return m.stack.top() == nil && m.focused().Cursor() != nil }

// scopes returns the scopes in which a key is looked up, innermost first.
func (m *Model) scopes() []keymap.Scope {
	var own []keymap.Scope
	if p, ok := m.focused().(screen.Pane); ok {
		own = p.Scopes()
	}
	if _, account := m.seen(); account && !m.inAccount {
		own = append(own, keymap.Claims) // its tokens are visible next to the list
	}
	return append(own, keymap.Tabs, keymap.Account, keymap.Global)
}

// everywhere returns the action of a key that works above overlays and texts,
// unless the key is a letter of the text or has another meaning there.
func everywhere(keys *keymap.Map, on screen.Screen, msg tea.KeyPressMsg) keymap.Action {
	a := keys.Match(msg, keymap.Global)
	works := slices.ContainsFunc(always, func(h keymap.Hint) bool { return h.Action == a })
	if !works || msg.Text != "" && on.Cursor() != nil || offered(keys, on, msg) != "" {
		return ""
	}
	return a
}

// offered returns the action that a screen offers with a key, or "".
func offered(keys *keymap.Map, on screen.Screen, msg tea.KeyPressMsg) keymap.Action {
	for _, h := range on.Keys() {
		if b, _ := keys.Binding(h.Action); slices.Contains(b.Keys, msg.String()) {
			return h.Action
		}
	}
	return ""
}

// always lists the actions that work whatever is open.
var always = []keymap.Hint{
	{Action: keymap.Help}, {Action: keymap.Share}, {Action: keymap.Redraw}, {Action: keymap.Suspend},
}

// key routes a key to the topmost overlay, to a pane that edits text, to the pane
// in whose scope it is, or to the root.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	if m.ctx.Keys.Match(msg, keymap.Global) == keymap.Interrupt && offered(m.ctx.Keys, m.focused(), msg) == "" {
		return m.interrupt()
	}
	if m.small() {
		if m.ctx.Keys.Match(msg, keymap.Global) == keymap.Quit {
			return m.interrupt()
		}
		m.dirty = false
		return nil
	}
	m.notices.read = m.focused().Cursor() == nil // who types looks elsewhere
	if why := m.ctx.Keys.Refusal(m.meaning(msg)); why != "" {
		return screen.Refuse(why)
	}
	if on, top := m.focused(), m.stack.top(); top != nil || m.editing() {
		if a := everywhere(m.ctx.Keys, on, msg); a != "" {
			return m.perform(a, "")
		}
		if m.needsKey(m.meaning(msg)) {
			return m.askKey(func() tea.Cmd { return m.key(msg) })
		}
		return tea.Batch(on.Update(msg), m.follow())
	}
	if note := m.notices.details(); note != nil && m.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Accept {
		m.notices.dismiss()
		return m.stack.open(dialog.NewQuestion(m.ctx, screen.Question{Title: note.Text, Text: note.Details}))
	}
	a, scope := m.ctx.Keys.MatchIn(msg, m.scopes()...)
	switch {
	case a == "" && m.inAccount && m.ctx.Keys.Match(msg, keymap.Accounts) == keymap.FilterList:
		return tea.Batch(m.focus(false), m.list.Act(keymap.FilterList)) // nothing to search here; the letters that follow are no commands
	case a == "":
		return m.focused().Update(msg)
	case scope == keymap.Global || scope == keymap.Account || scope == keymap.Tabs && !m.inAccount:
		return m.perform(a, "")
	case scope == keymap.Claims && !m.inAccount:
		return m.account.Update(msg)
	case m.needsKey(a):
		return m.askKey(func() tea.Cmd { return m.key(msg) })
	}
	cmd := m.focused().Update(msg)
	return tea.Batch(cmd, m.follow())
}

// meaning returns the action of a key where it is pressed; "" for a letter of a text.
func (m *Model) meaning(msg tea.KeyPressMsg) keymap.Action {
	on := m.focused()
	if m.stack.top() == nil && !m.editing() {
		return m.ctx.Keys.Bound(msg, m.scopes()...)
	}
	if on.Cursor() != nil && msg.Text != "" {
		return ""
	}
	return offered(m.ctx.Keys, on, msg)
}

// follow shows the account under the list's cursor, and remembers the previous one.
func (m *Model) follow() tea.Cmd {
	now, was := m.list.Current(), m.account.Account()
	if id(now) != id(was) && was != nil {
		m.last = id(was)
	}
	if now == was {
		return nil
	}
	return m.account.SetAccount(now)
}

func id(s *session.Snapshot) string {
	if s == nil {
		return ""
	}
	return s.Account.ID
}

// mouse routes a click or a turn of the wheel to the screen under it.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	if m.small() {
		return nil
	}
	at := msg.Mouse()
	if top := m.stack.top(); top != nil {
		if !top.box.Contains(at.X, at.Y) {
			return nil
		}
		return top.overlay.Update(moved(msg, top.box.X+2, top.box.Y+1))
	}
	if at.Y < bodyTop {
		return nil
	}
	if m.empty() {
		return m.welcome.Update(moved(msg, 0, bodyTop))
	}
	lw := m.listWidth()
	inAccount := at.X >= lw
	var cmds []tea.Cmd
	if _, click := msg.(tea.MouseClickMsg); click && inAccount != m.inAccount {
		cmds = append(cmds, m.focus(inAccount))
	}
	if inAccount {
		cmds = append(cmds, m.account.Update(moved(msg, lw, bodyTop)))
	} else {
		cmds = append(cmds, m.list.Update(moved(msg, 0, bodyTop)))
	}
	return tea.Batch(append(cmds, m.follow())...)
}

// moved returns a mouse message relative to the cell at x, y.
func moved(msg tea.MouseMsg, x, y int) tea.Msg {
	switch e := msg.(type) {
	case tea.MouseClickMsg:
		e.X, e.Y = e.X-x, e.Y-y
		return e
	case tea.MouseReleaseMsg:
		e.X, e.Y = e.X-x, e.Y-y
		return e
	case tea.MouseWheelMsg:
		e.X, e.Y = e.X-x, e.Y-y
		return e
	case tea.MouseMotionMsg:
		e.X, e.Y = e.X-x, e.Y-y
		return e
	}
	return msg
}
