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
	Above  func(screen.Question) screen.Overlay // shows its questions; nil: they are only recorded
	Asked  []tea.Msg                            // OpenedMsg, ClosedMsg, NotedMsg, AskedMsg, ChoseMsg, CopiedMsg, ChangedMsg, Question, Choice
	above  screen.Overlay                       // the question that is shown, or nil
	w, h   int
}

// shown returns what has the keyboard.
func (s *Stage) shown() screen.Screen {
	if s.above != nil {
		return s.above
	}
	return s.Screen
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
		if q, ok := msg.(screen.Question); ok && s.Above != nil {
			s.above = s.Above(q)
			return s, s.above.Init()
		}
		if closed, ok := msg.(screen.ClosedMsg); ok && closed.Overlay == s.above {
			s.above = nil
			return s, nil
		}
		s.Asked = append(s.Asked, msg)
		return s, nil
	}
	return s, s.shown().Update(msg)
}

// View implements tea.Model.
func (s *Stage) View() tea.View {
	v := tea.NewView(strings.Join(widget.Lines(s.shown().View(s.w, s.h), s.w, s.h), "\n"))
	v.Cursor = s.shown().Cursor()
	return v
}
