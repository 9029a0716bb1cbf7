package field

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Text is a line of text. What is pasted loses the blanks around it, and
// whatever would make it look like something else.
type Text struct {
	typed
	Hint    string // shown while it is empty
	Default string // the value of the empty line; shown instead of the hint

	theme *theme.Theme
}

// NewText makes a line of text with a value to begin with.
func NewText(th *theme.Theme, value string) *Text {
	t := &Text{typed: typed{widget.NewInput(th, "", "")}, theme: th}
	t.input.Set(value)
	return t
}

// Value returns the text without blanks around it.
func (t *Text) Value() string { return strings.TrimSpace(t.input.Value()) }

// Set replaces the text.
func (t *Text) Set(s string) { t.input.Set(s) }

// View draws the text, or what the empty line means.
func (t *Text) View(w int, _ bool) string {
	const means = "  if left empty"
	switch {
	case t.input.Value() != "":
	case t.Default != "":
		value := widget.Cut(t.Default, w)
		return t.theme.Text.Render(value) + t.theme.Faint.Render(widget.Cut(means, w-widget.Width(value)))
	default:
		return t.theme.Faint.Render(widget.Cut(t.Hint, w))
	}
	return t.input.View(w)
}

// Do clears the text.
func (t *Text) Do(a keymap.Action) (used, changed bool) {
	if a != keymap.FormClear {
		return false, false
	}
	return true, t.input.Clear()
}

// Update takes keys and pastes.
func (t *Text) Update(msg tea.Msg) (bool, tea.Cmd) {
	if p, ok := msg.(tea.PasteMsg); ok {
		msg = tea.PasteMsg{Content: Visible(p.Content)}
	}
	return t.typed.Update(msg)
}

// Visible drops the runes that are not visible.
func Visible(s string) string {
	if secret.CleanLine(s) == s {
		return s
	}
	return strings.Map(func(r rune) rune {
		if one := string(r); secret.CleanLine(one) != one {
			return -1
		}
		return r
	}, s)
}

// typed is the part of a control that takes text.
type typed struct{ input *widget.Input }

// Update takes keys and pastes, which lose the blanks around them.
func (t typed) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	if p, ok := msg.(tea.PasteMsg); ok {
		msg = tea.PasteMsg{Content: strings.TrimSpace(p.Content)}
	}
	before := t.input.Value()
	cmd = t.input.Update(msg)
	return t.input.Value() != before, cmd
}

// Typing implements Control.
func (typed) Typing() bool { return true }

// Focus begins typing.
func (t typed) Focus() tea.Cmd { return t.input.Focus() }

// Blur ends typing.
func (t typed) Blur() { t.input.Blur() }

// Cursor returns where the next character goes.
func (t typed) Cursor() *tea.Cursor {
	c := t.input.Cursor(0, 0)
	if c != nil && t.input.Value() == "" {
		c.X = 0
	}
	return c
}
