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
	Hint string // stands in it while it is empty

	theme *theme.Theme
	input *widget.Input
}

// NewText makes a line of text with a value to begin with.
func NewText(th *theme.Theme, value string) *Text {
	t := &Text{theme: th, input: widget.NewInput(th, "", "")}
	t.input.Set(value)
	return t
}

// Value is the text without blanks around it.
func (t *Text) Value() string { return strings.TrimSpace(t.input.Value()) }

// Set replaces the text.
func (t *Text) Set(s string) { t.input.Set(s) }

// View draws the text, or the hint while there is none.
func (t *Text) View(w int, _ bool) string {
	if t.input.Value() == "" {
		return t.theme.Faint.Render(widget.Cut(t.Hint, w))
	}
	return t.input.View(w)
}

// Do knows no action but clearing.
func (t *Text) Do(a keymap.Action) (used, changed bool) {
	if a != keymap.FormClear {
		return false, false
	}
	had := t.input.Value() != ""
	t.input.Set("")
	return true, had
}

// Update takes keys and pastes.
func (t *Text) Update(msg tea.Msg) (bool, tea.Cmd) {
	if p, ok := msg.(tea.PasteMsg); ok {
		p.Content = visible(strings.TrimSpace(p.Content))
		msg = p
	}
	before := t.input.Value()
	cmd := t.input.Update(msg)
	return t.input.Value() != before, cmd
}

// visible drops the runes nobody would see.
func visible(s string) string {
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

// Typing is true.
func (t *Text) Typing() bool { return true }

// Focus begins typing.
func (t *Text) Focus() tea.Cmd { return t.input.Focus() }

// Blur ends typing.
func (t *Text) Blur() { t.input.Blur() }

// Cursor is where the next character goes.
func (t *Text) Cursor() *tea.Cursor { return cursorOf(t.input) }

func cursorOf(in *widget.Input) *tea.Cursor {
	c := in.Cursor(0, 0)
	if c != nil && in.Value() == "" {
		c.X = 0
	}
	return c
}
