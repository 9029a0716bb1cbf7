package ui

import (
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// stack is the overlays, the topmost last.
type stack struct{ all []*opened }

type opened struct {
	overlay         screen.Overlay
	ignoreKeysUntil time.Time
	box             widget.Box // where it was drawn last, frame included
}

func (s *stack) top() *opened {
	if len(s.all) == 0 {
		return nil
	}
	return s.all[len(s.all)-1]
}

// remove closes an overlay and everything that was opened above it.
func (s *stack) remove(o screen.Overlay) {
	at := slices.IndexFunc(s.all, func(x *opened) bool { return x.overlay == o })
	if at < 0 {
		return
	}
	for i := len(s.all) - 1; i >= at; i-- {
		s.all[i].overlay.Close()
	}
	s.all = s.all[:at]
}

// open lays an overlay above everything.
func (m *Model) open(o screen.Overlay) tea.Cmd {
	m.stack.all = append(m.stack.all, &opened{overlay: o})
	return o.Init()
}

// openUnasked lays an overlay above everything that nobody pressed a key for.
// It ignores keys for a moment: they were meant for what lies under it.
func (m *Model) openUnasked(o screen.Overlay) tea.Cmd {
	cmd := m.open(o)
	m.stack.top().ignoreKeysUntil = m.ctx.Now().Add(m.ctx.Settings.GraceFor)
	return cmd
}

// closeAll closes every overlay, for the program's end.
func (m *Model) closeAll() {
	if len(m.stack.all) > 0 {
		m.stack.remove(m.stack.all[0].overlay)
	}
}
