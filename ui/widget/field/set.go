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

// Heard is the effect of a message on a set.
type Heard struct {
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

// Focus goes to the field of an id, when it is there.
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
func (s *Set) Update(msg tea.Msg) (Heard, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return s.key(msg)
	case tea.MouseClickMsg:
		return s.click(msg)
	case tea.MouseWheelMsg:
		s.follow = false
		s.scroll.Offset += widget.WheelSteps(msg.Button)
		return Heard{Used: true}, nil
	}
	return s.pass(msg)
}

func (s *Set) pass(msg tea.Msg) (Heard, tea.Cmd) {
	if s.focus == nil {
		return Heard{}, nil
	}
	changed, cmd := s.focus.Control.Update(msg)
	if changed {
		s.follow = true
	}
	return Heard{Used: changed, Changed: changed}, cmd
}

func (s *Set) key(msg tea.KeyPressMsg) (Heard, tea.Cmd) {
	action := s.keys.Match(msg, keymap.Form)
	if action == keymap.FormSubmit {
		return Heard{Used: true, Submit: true}, nil
	}
	if s.focus == nil {
		if s.keys.Match(msg, keymap.Dialog) == keymap.Accept {
			return Heard{Used: true, Submit: true}, nil
		}
		return Heard{}, nil
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
			return Heard{Used: true, Changed: changed}, nil
		}
	}
	if !typing || msg.Text == "" && msg.Mod == 0 {
		if heard, cmd := s.walk(s.keys.Match(msg, keymap.List), typing); heard.Used {
			return heard, cmd
		}
	}
	return s.pass(msg)
}

// accept is enter: it opens what can be opened, and is done on the last field.
func (s *Set) accept() (Heard, tea.Cmd) {
	if _, ok := s.focus.Control.(*Pick); ok {
		return Heard{Used: true, Open: s.focus}, nil
	}
	if answers := s.answers(); answers[len(answers)-1] == s.focus {
		return Heard{Used: true, Submit: true}, nil
	}
	return s.move(1, false)
}

func (s *Set) walk(a keymap.Action, typing bool) (Heard, tea.Cmd) {
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
		return Heard{}, nil
	case a == keymap.Top:
		return s.move(-len(s.fields), false)
	case a == keymap.Bottom:
		return s.move(len(s.fields), false)
	}
	return Heard{}, nil
}

// Move takes the focus n answers on, around the ends.
func (s *Set) Move(n int) tea.Cmd {
	_, cmd := s.move(n, true)
	return cmd
}

// move takes the focus n answers on; around the ends when wrap says so.
func (s *Set) move(n int, wrap bool) (Heard, tea.Cmd) {
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
	return Heard{Used: true, Left: left}, cmd
}

func (s *Set) click(msg tea.MouseClickMsg) (Heard, tea.Cmd) {
	i := s.scroll.Offset + msg.Y - s.top
	if msg.Button != tea.MouseLeft || msg.Y < s.top || i >= len(s.lines) || s.lines[i].field.Control == nil {
		return Heard{}, nil
	}
	f, left := s.lines[i].field, s.focus
	cmd := s.to(f)
	heard := Heard{Used: true}
	if left != f {
		heard.Left = left
	}
	if msg.X < s.column || !s.lines[i].control {
		return heard, cmd
	}
	switch c := f.Control.(type) {
	case *Choice:
		heard.Changed = c.click(msg.X-s.column, s.width)
	case *Switch:
		_, heard.Changed = c.Do(keymap.FormToggle)
	case *Pick:
		heard.Open = f
	}
	return heard, cmd
}
