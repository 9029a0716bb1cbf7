// Package field asks questions: a list of labelled controls of which one has
// the focus, with notes between them, errors under them, and help for the one
// that has the focus. It knows nothing of accounts.
//
// A set is steady: it may be given another list of fields at any time, and
// those that stay keep what was typed, the focus, and their place.
package field

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
)

// Field is one line of a form. A field without a control is a note: its text
// is wrapped and cannot have the focus.
type Field struct {
	ID      string
	Label   string
	Help    string // one or two sentences, shown while it has the focus
	Error   string // what is wrong with it; "" when nothing is
	Text    string // of a note
	Heading bool   // a note that begins a part of the form
	Warn    bool   // a note that must be seen
	Control Control
}

// Note returns a field of text alone.
func Note(id, text string) *Field { return &Field{ID: id, Text: text} }

// Heading returns a note that begins a part of the form.
func Heading(id, text string) *Field { return &Field{ID: id, Text: text, Heading: true} }

// Control is how a field is answered.
type Control interface {
	// View draws the control in lines of w cells at most: one, unless it is a
	// longer text.
	View(w int, focused bool) string
	// Do performs an action of the form's keys. used reports whether the control has a
	// use for it, changed whether the value is another one now.
	Do(a keymap.Action) (used, changed bool)
	// Update takes what is no action: characters, pastes, messages.
	Update(msg tea.Msg) (changed bool, cmd tea.Cmd)
	// Typing reports whether keys are text here.
	Typing() bool
	Focus() tea.Cmd
	Blur()
	// Cursor returns where the next character goes, relative to the control.
	Cursor() *tea.Cursor
}

// Valued is a control whose value may be read: any but a Secret.
type Valued interface {
	Value() string
}

// still is the part of a control that takes no text.
type still struct{}

func (still) Update(tea.Msg) (bool, tea.Cmd) { return false, nil }
func (still) Typing() bool                   { return false }
func (still) Focus() tea.Cmd                 { return nil }
func (still) Blur()                          {}
func (still) Cursor() *tea.Cursor            { return nil }
