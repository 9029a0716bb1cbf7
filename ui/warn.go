package ui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"tokenring/session"
	"tokenring/session/secret"
)

// warn rings when a session is about to be lost and nothing will renew it by
// itself.
func (m *Model) warn() tea.Cmd {
	var lost []*session.Snapshot
	for _, s := range m.list.Fell() {
		if _, renewed := s.NextRefresh(); !renewed {
			lost = append(lost, s)
		}
	}
	if len(lost) == 0 || !m.ctx.Settings.Warn {
		return nil
	}
	text := fmt.Sprintf("tokenring: %d sessions are about to expire", len(lost))
	if len(lost) == 1 {
		text = "tokenring: the session of " + m.ctx.Line(secret.CleanLine(lost[0].Account.Name)) + " is about to expire"
	}
	return tea.Raw("\a" + ansi.Notify(text))
}
