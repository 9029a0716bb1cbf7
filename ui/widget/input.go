package widget

import (
	"strings"
	"unicode/utf8"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/theme"
)

// Input is a line of text being typed, with the terminal's own cursor.
type Input struct {
	theme    *theme.Theme
	model    textinput.Model
	selected bool // the whole text: typing replaces it

	steps   func(tea.KeyPressMsg) int // how much older a line a key recalls
	history *History                  // of what was typed here, or nil
	changed func()                    // called when typing has changed the text, or nil
}

// NewInput makes an input in the theme's look. It shows the hint while it is
// empty.
func NewInput(th *theme.Theme, prompt, hint string) *Input {
	m := textinput.New()
	m.Prompt, m.Placeholder = prompt, hint
	m.SetVirtualCursor(false)
	return &Input{theme: th, model: m}
}

// dress takes the styles from the theme, which changes when the terminal reports its
// background.
func (i *Input) dress() {
	th := i.theme
	text := th.Text.Lipgloss()
	if i.selected {
		text = th.Selection.Lipgloss()
	}
	look := textinput.StyleState{
		Prompt: th.Accent.Lipgloss(), Text: text, Placeholder: th.Muted.Lipgloss(), Suggestion: th.Muted.Lipgloss(),
	}
	i.model.SetStyles(textinput.Styles{
		Focused: look, Blurred: look,
		Cursor: textinput.CursorStyle{Color: th.Color("accent"), Shape: tea.CursorBar, Blink: true},
	})
}

// Secret hides what is typed, or shows it again.
func (i *Input) Secret(hide bool) *Input {
	i.model.EchoMode = textinput.EchoNormal
	if hide {
		i.model.EchoMode = textinput.EchoPassword
	}
	return i
}

// Remember keeps what was typed whenever typing ends. A key for which steps returns
// other than 0 recalls a line that is so much older.
func (i *Input) Remember(steps func(tea.KeyPressMsg) int, h *History) *Input {
	i.steps, i.history = steps, h
	return i
}

// OnChange sets a function to call whenever typing has changed the text.
func (i *Input) OnChange(changed func()) *Input {
	i.changed = changed
	return i
}

// Focus begins typing; Blur ends it.
func (i *Input) Focus() tea.Cmd { return i.model.Focus() }

// Renew begins typing with the whole text selected: what is typed replaces it, and
// a key that moves or deletes edits it.
func (i *Input) Renew() tea.Cmd {
	i.selected = i.Value() != ""
	return i.Focus()
}

// Blur ends typing.
func (i *Input) Blur() {
	if i.history != nil && i.Focused() {
		i.history.Add(i.Value())
	}
	i.selected = false
	i.model.Blur()
}

// End ends typing and removes the text; the history keeps it.
func (i *Input) End() {
	i.Blur()
	i.Set("")
}

// Focused reports whether keys are taken as text.
func (i *Input) Focused() bool { return i.model.Focused() }

// Value returns the text.
func (i *Input) Value() string { return i.model.Value() }

// Set replaces the text and puts the cursor behind it.
func (i *Input) Set(s string) {
	i.model.SetValue(s)
	i.model.CursorEnd()
}

// Clear removes the text, and reports whether there was one.
func (i *Input) Clear() bool {
	had := i.Value() != ""
	i.Set("")
	return had
}

// Update takes keys and pastes.
func (i *Input) Update(msg tea.Msg) tea.Cmd {
	before := i.Value()
	cmd := i.take(msg)
	if i.changed != nil && i.Value() != before {
		i.changed()
	}
	return cmd
}

func (i *Input) take(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		i.replace(msg.Text != "")
		if i.recall(msg) {
			return nil
		}
	case tea.PasteMsg:
		i.replace(true)
	}
	var cmd tea.Cmd
	i.model, cmd = i.model.Update(msg)
	return cmd
}

// recall takes the keys of the history, and reports whether a key was one of them.
func (i *Input) recall(msg tea.KeyPressMsg) bool {
	if i.history == nil {
		return false
	}
	n := i.steps(msg)
	if n != 0 {
		i.history.Recall(i, n)
	}
	return n != 0
}

// replace ends the selection, and removes the selected text if other text follows.
func (i *Input) replace(text bool) {
	if i.selected && text {
		i.model.Reset()
	}
	i.selected = false
}

// View draws the line in w cells.
func (i *Input) View(w int) string {
	i.dress()
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
		if r < utf8.RuneSelf {
			return r // also of the terminal's own sequences
		}
		return secret.StandIn(r)
	}, drawn)
}
