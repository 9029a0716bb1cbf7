package uitest

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Stage is a model that shows one screen and records its messages to the root.
type Stage struct {
	Screen screen.Screen
	Asked  []tea.Msg // OpenedMsg, ClosedMsg, NotedMsg, AskedMsg, ChoseMsg, CopiedMsg, ChangedMsg, Question, Choice
	w, h   int
}

// Init implements tea.Model.
func (s *Stage) Init() tea.Cmd { return s.Screen.Init() }

// Update implements tea.Model.
func (s *Stage) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		s.w, s.h = msg.Width, msg.Height
		return s, nil
	case tea.Cmd: // an answer to what was asked
		return s, msg
	case screen.Result:
		cmd, _ := msg.Continue()
		return s, cmd
	case screen.OpenedMsg, screen.ClosedMsg, screen.NotedMsg, screen.AskedMsg, screen.ChoseMsg, screen.CopiedMsg,
		screen.ChangedMsg, screen.Question, screen.Choice:
		s.Asked = append(s.Asked, msg)
		return s, nil
	}
	return s, s.Screen.Update(msg)
}

// View implements tea.Model.
func (s *Stage) View() tea.View {
	v := tea.NewView(strings.Join(widget.Lines(s.Screen.View(s.w, s.h), s.w, s.h), "\n"))
	v.Cursor = s.Screen.Cursor()
	return v
}
