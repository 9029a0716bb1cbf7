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

// Secret is a line nobody can read while it is typed. Where a value is stored
// already, leaving the line empty keeps it, and clearing the empty line asks
// for it to be forgotten.
type Secret struct {
	Stored bool   // a value is stored
	Forget bool   // it is to be forgotten
	Empty  string // what an empty line means when nothing is stored

	theme *theme.Theme
	keys  *keymap.Map
	input *widget.Input
}

// NewSecret makes an empty line for a secret.
func NewSecret(th *theme.Theme, keys *keymap.Map) *Secret {
	return &Secret{theme: th, keys: keys, input: widget.NewInput(th, "", "").Secret()}
}

// Value is what was typed; zero when nothing was.
func (s *Secret) Value() secret.String { return secret.New(s.input.Value()) }

// Set types a value in place of what was typed.
func (s *Secret) Set(v secret.String) {
	s.input.Set(v.Reveal())
	s.Forget = false
}

// View draws a mask of what was typed, or says what an empty line means.
func (s *Secret) View(w int, _ bool) string {
	if s.input.Value() != "" {
		return s.input.View(w)
	}
	switch {
	case s.Forget:
		return s.theme.Warn.Render(widget.Cut("forgotten when saved; "+s.Empty, w))
	case s.Stored:
		return s.theme.Muted.Render(secret.Hidden) +
			s.theme.Faint.Render(widget.Cut(" stored; type a new one, or "+s.keys.Key(keymap.FormClear)+" to forget it",
				w-widget.Width(secret.Hidden)))
	}
	return s.theme.Faint.Render(widget.Cut(s.Empty, w))
}

// Do clears what was typed, or switches between keeping and forgetting what is
// stored.
func (s *Secret) Do(a keymap.Action) (used, changed bool) {
	switch {
	case a != keymap.FormClear:
		return false, false
	case s.input.Value() != "":
		s.input.Set("")
		return true, true
	case s.Stored:
		s.Forget = !s.Forget
		return true, true
	}
	return true, false
}

// Update takes keys and pastes. Typing a new value is no forgetting.
func (s *Secret) Update(msg tea.Msg) (bool, tea.Cmd) {
	if p, ok := msg.(tea.PasteMsg); ok {
		p.Content = strings.TrimSpace(p.Content)
		msg = p
	}
	before := s.input.Value()
	cmd := s.input.Update(msg)
	changed := s.input.Value() != before
	if changed {
		s.Forget = false
	}
	return changed, cmd
}

// Typing is true.
func (s *Secret) Typing() bool { return true }

// Focus begins typing.
func (s *Secret) Focus() tea.Cmd { return s.input.Focus() }

// Blur ends typing.
func (s *Secret) Blur() { s.input.Blur() }

// Cursor is where the next character goes.
func (s *Secret) Cursor() *tea.Cursor { return cursorOf(s.input) }
