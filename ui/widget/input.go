package widget

import (
	"strings"
	"unicode"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/theme"
)

// Input is a line of text being typed, with the terminal's own cursor.
type Input struct {
	model textinput.Model
}

// NewInput makes an input in the theme's look. It shows the hint while it is
// empty.
func NewInput(th *theme.Theme, prompt, hint string) *Input {
	m := textinput.New()
	m.Prompt, m.Placeholder = prompt, hint
	m.SetVirtualCursor(false)
	s := textinput.DefaultStyles(th.Dark())
	for _, part := range []*textinput.StyleState{&s.Focused, &s.Blurred} {
		part.Prompt, part.Text = th.Accent.Lipgloss(), th.Text.Lipgloss()
		part.Placeholder, part.Suggestion = th.Faint.Lipgloss(), th.Faint.Lipgloss()
	}
	s.Cursor.Color, s.Cursor.Shape = th.Color("accent"), tea.CursorBar
	m.SetStyles(s)
	return &Input{model: m}
}

// Secret hides what is typed, or shows it again.
func (i *Input) Secret(hide bool) *Input {
	i.model.EchoMode = textinput.EchoNormal
	if hide {
		i.model.EchoMode = textinput.EchoPassword
	}
	return i
}

// Focus begins typing; Blur ends it.
func (i *Input) Focus() tea.Cmd { return i.model.Focus() }

// Blur ends typing.
func (i *Input) Blur() { i.model.Blur() }

// Focused reports whether keys are taken as text.
func (i *Input) Focused() bool { return i.model.Focused() }

// Value returns the text.
func (i *Input) Value() string { return i.model.Value() }

// Set replaces the text and puts the cursor behind it.
func (i *Input) Set(s string) {
	i.model.SetValue(s)
	i.model.CursorEnd()
}

// Update takes keys and pastes.
func (i *Input) Update(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	i.model, cmd = i.model.Update(msg)
	return cmd
}

// View draws the line in w cells.
func (i *Input) View(w int) string {
	if room := max(1, w-Width(i.model.Prompt)-1); room != i.model.Width() {
		i.model.SetWidth(room)
		i.model.SetCursor(i.model.Position()) // else what a narrower line left out stays out
	}
	return Fit(Disarm(i.model.View()), w)
}

// Cursor returns where the next character goes, moved by x and y; nil while the
// input has no focus.
func (i *Input) Cursor(x, y int) *tea.Cursor {
	if !i.model.Focused() {
		return nil
	}
	c := i.model.Cursor()
	if c != nil {
		c.X += x
		c.Y += y
	}
	return c
}

// Disarm shows a stand-in for each rune that would hide or reorder what is
// around it, in text that is being edited and so cannot be changed itself. The
// control characters went when the text was set.
func Disarm(drawn string) string {
	return strings.Map(func(r rune) rune {
		if r >= 0x80 && unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point) {
			return unicode.ReplacementChar
		}
		return r
	}, drawn)
}
