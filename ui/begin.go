package ui

import tea "charm.land/bubbletea/v2"

// Begin reads the accounts and composes the first frame of a terminal of this
// size. The program may show it before the loop of Bubble Tea runs, whose own
// first frame waits for its clock. Without it the model begins in Init.
func (m *Model) Begin(width, height int) tea.View {
	for _, msg := range [...]tea.Msg{tea.WindowSizeMsg{Width: width, Height: height}, m.read()()} {
		_, cmd := m.Update(msg)
		m.begun = append(m.begun, cmd)
	}
	return m.View()
}

// Init implements tea.Model. The welcome is not begun here: it asks for what it
// says when it hears that there is no account.
func (m *Model) Init() tea.Cmd {
	cmds := append(m.begun, m.openVault(), m.list.Init(), m.account.Init(), m.watch())
	if len(m.begun) == 0 {
		cmds = append(cmds, m.read())
	}
	m.begun = nil
	if !m.ctx.Theme.Options().Fixed {
		cmds = append(cmds, tea.RequestBackgroundColor)
	}
	return tea.Batch(cmds...)
}
