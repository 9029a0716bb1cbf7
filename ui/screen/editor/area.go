package editor

import (
	"strings"

	"charm.land/bubbles/v2/textarea"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// A body larger than this is edited in the person's own editor only.
const (
	areaBytes = 256 << 10
	areaLines = 4000
)

// leastArea is how many lines of the text are seen where there is little room.
const leastArea = 4

// area is a text of several lines. It implements field.Control.
type area struct {
	model textarea.Model
	room  int    // how many lines may be seen
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

// Focus implements field.Control.
func (a *area) Focus() tea.Cmd { return a.model.Focus() }

// Blur implements field.Control.
func (a *area) Blur() { a.model.Blur() }

// Typing implements field.Control.
func (a *area) Typing() bool { return true }

// Do clears the text.
func (a *area) Do(action keymap.Action) (used, changed bool) {
	if action != keymap.FormClear {
		return false, false
	}
	changed = a.value() != ""
	a.set("")
	return true, changed
}

// Update implements field.Control.
func (a *area) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	if a.large {
		return false, nil
	}
	before := a.model.Value()
	a.model, cmd = a.model.Update(msg)
	return a.model.Value() != before, cmd
}

// View implements field.Control.
func (a *area) View(w int, _ bool) string {
	return strings.Join(a.view(w, max(leastArea, min(a.model.LineCount()+1, a.room))), "\n")
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

// Cursor implements field.Control.
func (a *area) Cursor() *tea.Cursor {
	if a.large || !a.model.Focused() {
		return nil
	}
	return a.model.Cursor()
}
