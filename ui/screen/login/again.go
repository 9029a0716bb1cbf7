package login

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// refused lists the fields that a failure is about, if they can be entered again: those asked
// for, and stored secrets.
func (o *Overlay) refused(f *session.Failure) []definition.Field {
	switch {
	case f.AsksForToken():
		return o.pasted
	case f.Kind != session.BadCredentials:
		return nil
	}
	stored := slices.DeleteFunc(slices.Clone(o.secrets), func(s definition.Field) bool {
		return !o.account.HasSecret(s.Name) || slices.ContainsFunc(o.missing, func(m definition.Field) bool { return m.Name == s.Name })
	})
	return append(slices.Clone(o.missing), stored...)
}

// stays reports whether a value that is left empty is the stored one: others are entered.
func (o *Overlay) stays(name string) bool {
	return o.account.HasSecret(name) && slices.ContainsFunc(o.missing, func(m definition.Field) bool {
		return !empty(o.fields[m.Name].Control)
	})
}

// askAgain asks for what was refused, and says why at the first secret. Hidden text cannot
// be corrected: it is typed again.
func (o *Overlay) askAgain(f *session.Failure, refused []definition.Field) tea.Cmd {
	o.missing, o.page, o.err = refused, pageMissing, f
	first := refused[0].Name
	for i := len(refused) - 1; i >= 0; i-- {
		if refused[i].Secret {
			first = refused[i].Name
			delete(o.fields, first)
		}
	}
	shown := o.ask()
	for i := range refused {
		if m := &refused[i]; len(refused) > 1 && o.account.HasSecret(m.Name) {
			o.fields[m.Name].Help = strings.TrimSpace(secret.CleanLine(m.Help) + " Left empty, the stored one is sent again.")
		}
	}
	text := f.Meaning
	if f.Detail != "" {
		text += "; " + f.Detail
	}
	if f.Message != "" {
		text += ": “" + f.Message + "”"
	}
	o.fields[first].Error = o.ctx.Line(text)
	return tea.Batch(shown, o.set.Focus(first))
}

// notThere lists the failures for which the address may be wrong.
var notThere = []session.OutcomeKind{session.NoAnswer, session.NotJSON, session.Unexpected, session.BadConfig}

// edit opens the form of the account at what is at fault.
func (o *Overlay) edit() tea.Cmd {
	var f *session.Failure
	msg := screen.AskedMsg{Action: keymap.Edit, Account: o.account.ID}
	if errors.As(o.err, &f) {
		if msg.At = f.Field; msg.At == "" && slices.Contains(notThere, f.Kind) {
			msg.At = screen.AtAddress
		}
	}
	return func() tea.Msg { return msg }
}

// replaces reports whether a value asked for is stored already.
func (o *Overlay) replaces() bool {
	return slices.ContainsFunc(o.missing, func(f definition.Field) bool { return o.account.HasSecret(f.Name) })
}

// outcome describes the session after a login.
func (o *Overlay) outcome(s *session.Snapshot) string {
	text := o.ctx.Line(s.Account.Name)
	if s.Unproven() {
		text += " is " + session.StoredUnproven
	} else {
		text += " is logged in"
		if end, ok := s.End(s.Session.Primary(), o.ctx.Now()); ok {
			text += " for " + widget.Until(end, o.ctx.Now())
		}
	}
	text = strings.Join(append([]string{text}, s.Notes...), "; ")
	if s.Unproven() && s.CanCheck {
		return o.ctx.Keys.Sentence(text, keymap.Check, "asks the server")
	}
	return text
}
