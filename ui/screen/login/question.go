package login

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget/field"
)

// asked shows a question of the flow. It is the last that the run says until it is
// answered, so that nothing is awaited meanwhile, unless it may be withdrawn.
func (o *Overlay) asked(q *question) tea.Cmd {
	o.question, o.page = q, pageQuestion
	f := &field.Field{ID: "answer", Label: label(q.Label, q.Name), Help: secret.CleanLine(q.Help)}
	switch f.Control = field.NewText(o.ctx.Theme, ""); {
	case q.Confirm: // as a switch with room for the whole question
		f.Control, f.Label = field.NewSwitch(o.ctx.Theme, f.Label, false), "Agree"
	case q.Secret:
		f.Control = o.secret()
	}
	shown := tea.Batch(o.set.Show([]*field.Field{f}), o.set.Focus(f.ID))
	if q.Race {
		return tea.Batch(shown, o.wait(nil))
	}
	return shown
}

// withdrawn takes a question back that is not to be answered any more.
func (o *Overlay) withdrawn(q *question) tea.Cmd {
	if o.question == q {
		o.question, o.page = nil, pageRunning
	}
	return o.wait(nil)
}

// reply answers the question.
func (o *Overlay) reply() tea.Cmd {
	f := o.set.Focused()
	var value secret.String
	switch c := f.Control.(type) {
	case *field.Secret:
		value = c.Value()
	case *field.Text:
		value = secret.New(c.Value())
	case *field.Switch:
		value = secret.New("no")
		if c.On {
			value = secret.New(session.Yes)
		}
	}
	if value.IsZero() {
		f.Error = "needed; " + o.ctx.Keys.Key(keymap.Close) + " gives up"
		return nil
	}
	q := o.question
	o.question, o.page = nil, pageRunning
	answer := func() { q.reply <- value }
	if !q.Race {
		return o.wait(answer)
	}
	return o.opens.Run(o.Life, func() func() tea.Cmd {
		answer()
		return nil
	})
}

// browse opens the address of a notice in a browser, where there is one, and says so.
func (o *Overlay) browse(n *session.Notice) tea.Cmd {
	open := o.ctx.Browse
	if open == nil {
		return nil
	}
	return o.opens.Run(o.Life, func() func() tea.Cmd {
		opened, hint := open(n.URL, n.Browser)
		return func() tea.Cmd {
			switch {
			case o.notice != n:
			case opened:
				n.Text += "; it opens at this address:"
			case hint != "":
				n.Text += " at this address. If it is on another machine than this one, run there: " + hint
			}
			return nil
		}
	})
}

// copy copies the address or code of a notice.
func (o *Overlay) copy(a keymap.Action) tea.Cmd {
	switch {
	case o.notice == nil:
	case a == keymap.CopyURL && o.notice.URL != "":
		return screen.Copy(o.account.ID, "address", secret.New(o.notice.URL), false)
	case a == keymap.CopyCode && o.notice.Code != "":
		return screen.Copy(o.account.ID, "code", secret.New(o.notice.Code), true)
	}
	return nil
}

// copyShown is copy on a page with a question, whose answer is often found at
// the address above it.
func (o *Overlay) copyShown() tea.Cmd {
	if o.notice != nil && o.notice.URL == "" {
		return o.copy(keymap.CopyCode)
	}
	return o.copy(keymap.CopyURL)
}
