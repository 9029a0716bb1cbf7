package field

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Set is the fields of a form, one of them in focus.
type Set struct {
	theme  *theme.Theme
	keys   *keymap.Map
	fields []*Field
	focus  *Field // nil while there is nothing to answer

	scroll widget.Scroll // as drawn last
	follow bool          // the field in focus is kept in sight
	top    int           // the row the fields begin in, as drawn last
	lines  []line
	column int // where the controls begin, as drawn last
	width  int // of the controls, as drawn last
}

// Effect is the effect of a message on a set.
type Effect struct {
	Used    bool   // the key meant something here
	Changed bool   // a value is another one now
	Left    *Field // the focus went from this field
	Submit  bool   // the person is done
	Open    *Field // a Pick wants its page
}

// NewSet makes an empty set.
func NewSet(th *theme.Theme, keys *keymap.Map) *Set {
	return &Set{theme: th, keys: keys, follow: true}
}

// Show replaces the fields. The focus stays on its field; where that is gone
// it goes to the next one that is still there.
func (s *Set) Show(fields []*Field) tea.Cmd {
	old, was := s.fields, s.focus
	s.fields = slices.DeleteFunc(slices.Clone(fields), func(f *Field) bool { return f == nil })
	if was != nil && slices.Contains(s.fields, was) {
		return nil
	}
	if was != nil {
		was.Control.Blur()
	}
	s.focus = nil
	after := slices.Index(old, was)
	for i := max(after, 0); i < len(old); i++ {
		if old[i].Control != nil && slices.Contains(s.fields, old[i]) {
			return s.to(old[i])
		}
	}
	if answers := s.answers(); len(answers) > 0 {
		if after > 0 {
			return s.to(answers[len(answers)-1])
		}
		return s.to(answers[0])
	}
	return nil
}

// Focused returns the focused field, or nil.
func (s *Set) Focused() *Field { return s.focus }

// Keys lists the keys of the focused control.
func (s *Set) Keys() []keymap.Hint {
	if s.focus == nil {
		return nil
	}
	switch c := s.focus.Control.(type) {
	case *Choice:
		return []keymap.Hint{{Action: keymap.FormRight}}
	case *Switch:
		return []keymap.Hint{{Action: keymap.FormToggle}}
	case *Pick:
		return []keymap.Hint{{Action: keymap.Accept}}
	case *Secret:
		var hints []keymap.Hint
		if c.Stored {
			hints = append(hints, keymap.Hint{Action: keymap.FormClear, Label: "keep or forget"})
		}
		if c.Places {
			hints = append(hints, keymap.Hint{Action: keymap.FormReference})
		}
		return hints
	}
	return nil
}

// Steps lists how to submit, which has a label, and how to go on from the field in focus.
func (s *Set) Steps(submit string) []keymap.Hint {
	if s.last() && !s.opens() {
		return []keymap.Hint{{Action: keymap.Accept, Label: submit}}
	}
	return []keymap.Hint{{Action: keymap.FormSubmit, Label: submit}, {Action: keymap.FormNext}}
}

// Focus moves the focus to the field with an id, if it is shown.
func (s *Set) Focus(id string) tea.Cmd {
	for _, f := range s.fields {
		if f.ID == id && f.Control != nil {
			return s.to(f)
		}
	}
	return nil
}

func (s *Set) to(f *Field) tea.Cmd {
	s.follow = true
	if f == s.focus {
		return nil
	}
	if s.focus != nil {
		s.focus.Control.Blur()
	}
	s.focus = f
	return f.Control.Focus()
}

// answers returns the fields that can have the focus.
func (s *Set) answers() []*Field {
	var out []*Field
	for _, f := range s.fields {
		if f.Control != nil {
			out = append(out, f)
		}
	}
	return out
}

// Update takes a key, a paste, a mouse message or whatever belongs to the
// control in focus.
func (s *Set) Update(msg tea.Msg) (Effect, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.MouseClickMsg:
		return s.click(msg)
	case tea.MouseWheelMsg:
		s.follow = false
		s.scroll.Offset += widget.WheelSteps(msg.Button)
		return Effect{Used: true}, nil
	}
	return s.pass(msg)
}

func (s *Set) pass(msg tea.Msg) (Effect, tea.Cmd) {
	if s.focus == nil {
		return Effect{}, nil
	}
	changed, cmd := s.focus.Control.Update(msg)
	if changed {
		s.follow = true
	}
	return Effect{Used: changed, Changed: changed}, cmd
}

func (s *Set) key(msg tea.KeyPressMsg) (Effect, tea.Cmd) {
	action := s.keys.Match(msg, keymap.Form)
	if action == keymap.FormSubmit {
		return Effect{Used: true, Submit: true}, nil
	}
	if s.focus == nil {
		if s.keys.Match(msg, keymap.Dialog) == keymap.Accept {
			return Effect{Used: true, Submit: true}, nil
		}
		return Effect{}, nil
	}
	if s.keys.Match(msg, keymap.Dialog) == keymap.Accept {
		return s.accept()
	}
	typing := s.focus.Control.Typing()
	switch {
	case action == keymap.FormNext:
		return s.move(1, true)
	case action == keymap.FormPrev:
		return s.move(-1, true)
	case action != "" && (!typing || action == keymap.FormClear || action == keymap.FormReference):
		if used, changed := s.focus.Control.Do(action); used {
			s.follow = true
			return Effect{Used: true, Changed: changed}, nil
		}
	}
	if !typing || msg.Text == "" && msg.Mod == 0 {
		if effect, cmd := s.walk(s.keys.Match(msg, keymap.List), typing); effect.Used {
			return effect, cmd
		}
	}
	return s.pass(msg)
}

// accept handles enter: it opens a field that can be opened, and submits on the last one.
func (s *Set) accept() (Effect, tea.Cmd) {
	if s.opens() {
		return Effect{Used: true, Open: s.focus}, nil
	}
	if s.last() {
		return Effect{Used: true, Submit: true}, nil
	}
	return s.move(1, false)
}

// opens reports whether the field in focus is chosen on a page of its own.
func (s *Set) opens() bool {
	_, ok := s.focus.Control.(*Pick)
	return ok
}

// last reports whether the last field has the focus.
func (s *Set) last() bool {
	answers := s.answers()
	return len(answers) > 0 && answers[len(answers)-1] == s.focus
}

func (s *Set) walk(a keymap.Action, typing bool) (Effect, tea.Cmd) {
	switch a {
	case keymap.Up:
		return s.move(-1, false)
	case keymap.Down:
		return s.move(1, false)
	case keymap.PageUp:
		return s.move(-s.scroll.Page(), false)
	case keymap.PageDown:
		return s.move(s.scroll.Page(), false)
	}
	switch {
	case typing:
		return Effect{}, nil
	case a == keymap.Top:
		return s.move(-len(s.fields), false)
	case a == keymap.Bottom:
		return s.move(len(s.fields), false)
	}
	return Effect{}, nil
}

// Move moves the focus n answers on, around the ends.
func (s *Set) Move(n int) tea.Cmd {
	_, cmd := s.move(n, true)
	return cmd
}

// move moves the focus n answers on; around the ends if wrap is set.
func (s *Set) move(n int, wrap bool) (Effect, tea.Cmd) {
	answers := s.answers()
	at := slices.Index(answers, s.focus)
	to := at + n
	if wrap {
		to = (to + len(answers)) % len(answers)
	}
	to = max(0, min(to, len(answers)-1))
	left := s.focus
	cmd := s.to(answers[to])
	if left == s.focus {
		left = nil
	}
	return Effect{Used: true, Left: left}, cmd
}

func (s *Set) click(msg tea.MouseClickMsg) (Effect, tea.Cmd) {
	i := s.scroll.Offset + msg.Y - s.top
	if msg.Button != tea.MouseLeft || msg.Y < s.top || i >= len(s.lines) || s.lines[i].field.Control == nil {
		return Effect{}, nil
	}
	f, left := s.lines[i].field, s.focus
	cmd := s.to(f)
	effect := Effect{Used: true}
	if left != f {
		effect.Left = left
	}
	if msg.X < s.column || !s.lines[i].control {
		return effect, cmd
	}
	switch c := f.Control.(type) {
	case *Choice:
		effect.Changed = c.click(msg.X-s.column, s.width)
	case *Switch:
		_, effect.Changed = c.Do(keymap.FormToggle)
	case *Pick:
		effect.Open = f
	}
	return effect, cmd
}
