package editor

import (
	"strings"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"tokenring/session/secret"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// A body larger than this is edited in the person's own editor only.
const (
	areaBytes = 256 << 10
	areaLines = 4000
)

// area is a text of several lines.
type area struct {
	model textarea.Model
	given string // what was set, as it was
	shown string // what the area made of it: it knows no tabs
	large bool   // too large for the area
}

func newArea(th *theme.Theme, text string) *area {
	m := textarea.New()
	m.Prompt, m.ShowLineNumbers, m.EndOfBufferCharacter = "", false, ' '
	m.CharLimit, m.MaxHeight = areaBytes, 0
	m.Placeholder = "no body"
	m.SetVirtualCursor(false)
	s := textarea.DefaultStyles(th.Dark())
	for _, part := range []*textarea.StyleState{&s.Focused, &s.Blurred} {
		part.Base, part.CursorLine = lipgloss.NewStyle(), th.Text.Lipgloss()
		part.Text, part.Placeholder, part.EndOfBuffer = th.Text.Lipgloss(), th.Faint.Lipgloss(), lipgloss.NewStyle()
	}
	s.Cursor.Color, s.Cursor.Shape = th.Color("accent"), tea.CursorBar
	m.SetStyles(s)
	a := &area{model: m}
	a.set(text)
	return a
}

// set replaces the text.
func (a *area) set(text string) {
	a.given, a.shown = text, ""
	if a.large = len(text) > areaBytes || strings.Count(text, "\n") > areaLines; !a.large {
		a.shown = text
	}
	a.model.SetValue(a.shown)
	a.model.MoveToBegin()
	a.shown = a.model.Value()
}

// value is the text; one that was not touched is as it was given.
func (a *area) value() string {
	if v := a.model.Value(); v != a.shown {
		return v
	}
	return a.given
}

func (a *area) focus() tea.Cmd { return a.model.Focus() }

func (a *area) blur() { a.model.Blur() }

func (a *area) update(msg tea.Msg) tea.Cmd {
	if a.large {
		return nil
	}
	if paste, ok := msg.(tea.PasteMsg); ok {
		paste.Content = secret.CleanText(paste.Content)
		msg = paste
	}
	var cmd tea.Cmd
	a.model, cmd = a.model.Update(msg)
	return cmd
}

// view draws h lines of w cells.
func (a *area) view(w, h int) []string {
	if a.large {
		return []string{requestui.Size(int64(len(a.given))) + " of text, too much to edit here"}
	}
	a.model.SetWidth(max(1, w))
	a.model.SetHeight(max(1, h))
	lines := strings.Split(a.model.View(), "\n")
	for i, line := range lines {
		if armed := widget.Disarm(line); armed != line {
			lines[i] = widget.Fit(armed, w)
		}
	}
	return lines
}

// rows is how many lines the text wants.
func (a *area) rows() int {
	if a.large {
		return 1
	}
	return a.model.LineCount()
}

func (a *area) cursor() *tea.Cursor {
	if a.large || !a.model.Focused() {
		return nil
	}
	return a.model.Cursor()
}
