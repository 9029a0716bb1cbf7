package field

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/reference"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
	"tokenring/ui/widget"
)

// Secret is a line that is hidden while it is typed. Where a value is stored
// already, leaving the line empty keeps it, and clearing the empty line asks
// for it to be forgotten. Where secrets may lie elsewhere, a key makes it a
// line for the place, which everybody may read: what is typed is never taken
// for the one when it is the other.
type Secret struct {
	typed
	Stored bool   // a value is stored, or From is
	From   string // the place the value is read from; "" when it is stored itself
	Forget bool   // it is to be forgotten
	Empty  string // what an empty line means when nothing is stored
	Places bool   // the value may be read from a place

	Unwrap func(pasted string) string // makes one line of several; nil: blanks replace their ends

	theme *theme.Theme
	keys  *keymap.Map
	place bool // the line is for a place
}

// NewSecret makes an empty line for a secret.
func NewSecret(th *theme.Theme, keys *keymap.Map) *Secret {
	return &Secret{typed: typed{widget.NewInput(th, "", "").Secret(true)}, theme: th, keys: keys}
}

// Value returns the secret that was typed; zero when none was.
func (s *Secret) Value() secret.String {
	if s.place {
		return secret.String{}
	}
	return secret.New(s.input.Value())
}

// Place returns where the value is to be read from, as it was typed; "" when
// nothing was.
func (s *Secret) Place() string {
	if !s.place {
		return ""
	}
	return strings.TrimSpace(s.input.Value())
}

// Set replaces the typed value.
func (s *Secret) Set(v secret.String) {
	s.turn(false)
	s.input.Set(v.Reveal())
	s.Forget = false
}

// turn switches between a secret and a place. It removes what was typed, since a secret
// must not become readable.
func (s *Secret) turn(place bool) {
	if s.place == place {
		return
	}
	s.input.Set("")
	s.input.Secret(!place)
	s.place = place
}

// View draws a mask of what was typed, or says what an empty line means.
func (s *Secret) View(w int, _ bool) string {
	if s.input.Value() != "" {
		return s.input.View(w)
	}
	faint := func(text string, room int) string { return s.theme.Faint.Render(widget.Cut(text, room)) }
	clear := s.keys.Key(keymap.FormClear)
	switch {
	case s.place:
		return faint(reference.Forms+"; "+s.keys.Key(keymap.FormReference)+" for the secret itself", w)
	case s.Forget:
		return s.theme.Warn.Render(widget.Cut("forgotten when saved; "+s.Empty, w))
	case s.Stored && s.From != "":
		from := widget.Cut("read from "+s.From, w)
		return s.theme.Text.Render(from) + faint("; type the secret, or "+clear+" to forget the place", w-widget.Width(from))
	case s.Stored:
		return s.theme.Muted.Render(secret.Hidden) +
			faint(" stored; type a new one, or "+clear+" to forget it", w-widget.Width(secret.Hidden))
	}
	return faint(s.Empty, w)
}

// Do clears what was typed, switches between keeping and forgetting what is
// stored, or between the secret and its place.
func (s *Secret) Do(a keymap.Action) (used, changed bool) {
	switch {
	case a == keymap.FormReference && s.Places:
		s.turn(!s.place)
		s.Forget = false
		return true, true
	case a != keymap.FormClear:
		return false, false
	case s.input.Value() != "":
		s.input.Set("")
		return true, true
	case s.Stored && !s.place:
		s.Forget = !s.Forget
		return true, true
	}
	return true, false
}

// Update takes keys and pastes. A value typed again is not to be forgotten.
func (s *Secret) Update(msg tea.Msg) (changed bool, cmd tea.Cmd) {
	p, pasted := msg.(tea.PasteMsg)
	if pasted && s.Unwrap != nil && strings.ContainsAny(strings.TrimSpace(p.Content), "\r\n") {
		msg = tea.PasteMsg{Content: s.Unwrap(p.Content)}
	}
	changed, cmd = s.typed.Update(msg)
	s.Forget = s.Forget && !changed
	return changed, cmd
}
