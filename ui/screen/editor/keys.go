package editor

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/ui/keymap"
)

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Editor) {
	case keymap.EditorSave:
		return o.save()
	case keymap.EditorFire:
		return o.fire()
	case keymap.EditorExternal:
		return o.external()
	case keymap.EditorNext:
		return o.move(1)
	case keymap.EditorPrev:
		return o.move(-1)
	case keymap.EditorToggle:
		o.toggle()
		return nil
	}
	if o.ctx.Keys.Match(msg, keymap.Dialog) == keymap.Close {
		return o.leave()
	}
	switch s := o.slot(); {
	case s.area != nil:
		return o.typed(msg)
	case s.pick != nil:
		return o.pickKey(msg, s)
	default:
		return o.textKey(msg, s)
	}
}

// textKey takes a key on a line of text.
func (o *Overlay) textKey(msg tea.KeyPressMsg, s *slot) tea.Cmd {
	step := 1
	if s.field == fieldQuery || s.field == fieldHeaders {
		step = 2 // name and value stand on one line
	}
	if msg.Text != "" {
		return o.typed(msg) // j and k are letters here
	}
	turns := s.field == fieldMethod
	switch o.ctx.Keys.Match(msg, keymap.Dialog, keymap.List) {
	case keymap.Accept:
		return o.move(1)
	case keymap.Up:
		if turns {
			o.turnMethod(-1)
			return nil
		}
		return o.move(-step)
	case keymap.Down:
		if turns {
			o.turnMethod(1)
			return nil
		}
		return o.move(step)
	}
	return o.typed(msg)
}

// pickKey takes a key on a choice.
func (o *Overlay) pickKey(msg tea.KeyPressMsg, s *slot) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Form, keymap.List) {
	case keymap.FormToggle, keymap.FormMore:
		s.pick.turn(1)
		o.recheck()
	case keymap.FormLess:
		s.pick.turn(-1)
		o.recheck()
	case keymap.FormNext, keymap.Down:
		return o.move(1)
	case keymap.Up:
		return o.move(-1)
	}
	return nil
}

// typed gives text to the field in focus.
func (o *Overlay) typed(msg tea.Msg) tea.Cmd {
	s := o.slot()
	cmd := s.update(msg)
	o.form.query.grow()
	o.form.headers.grow()
	o.recheck()
	return cmd
}

// toggle switches the row in focus on or off.
func (o *Overlay) toggle() {
	s := o.slot()
	var rows []*pair
	switch s.field {
	case fieldQuery:
		rows = o.form.query.rows
	case fieldHeaders:
		rows = o.form.headers.rows
	default:
		return
	}
	rows[s.row].off = !rows[s.row].off
	o.recheck()
}
