package login

import (
	"errors"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/definition"
	"tokenring/ui/keymap"
	"tokenring/ui/widget"
)

// askAgain asks for what a refused token was made of.
func (o *Overlay) askAgain(f *session.Failure) tea.Cmd {
	o.missing, o.page = o.pasted, pageMissing
	for i := range o.missing {
		delete(o.fields, o.missing[i].Name)
	}
	cmd := o.ask()
	first := o.fields[o.missing[0].Name]
	first.Error = f.Meaning
	if f.Detail != "" {
		first.Error += "; " + f.Detail
	}
	return cmd
}

// replaces reports whether a value asked for is stored already.
func (o *Overlay) replaces() bool {
	return slices.ContainsFunc(o.missing, func(f definition.Field) bool { return o.account.HasSecret(f.Name) })
}

// forgetRefused empties the secrets that a server did not accept: hidden text
// cannot be corrected, so they are typed again.
func (o *Overlay) forgetRefused(err error) {
	var f *session.Failure
	if !errors.As(err, &f) || f.Kind != session.BadCredentials {
		return
	}
	for i := range o.missing {
		if o.missing[i].Secret {
			delete(o.fields, o.missing[i].Name)
		}
	}
}

// outcome says what a login brought.
func (o *Overlay) outcome(s *session.Snapshot) string {
	name := o.ctx.Line(s.Account.Name)
	if s.Unproven() {
		text := name + " is " + session.StoredUnproven
		if s.CanCheck {
			return o.ctx.Keys.Sentence(text, keymap.Check, "asks the server")
		}
		return text
	}
	text := name + " is logged in"
	if end, ok := s.End(s.Session.Primary(), o.ctx.Now()); ok {
		text += " for " + widget.Until(end, o.ctx.Now())
	}
	return strings.Join(append([]string{text}, s.Notes...), "; ")
}
