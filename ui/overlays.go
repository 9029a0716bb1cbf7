package ui

import (
	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
)

// Overlays make the screens that the root opens and does not know. A nil one
// is told to be missing when it is asked for.
type Overlays struct {
	Login    func(*screen.Context, *session.Snapshot) screen.Overlay // asks what is missing, runs the login, closes itself
	Add      func(*screen.Context) screen.Overlay
	Edit     func(*screen.Context, *session.Snapshot) screen.Overlay
	CopyMenu func(*screen.Context, *session.Snapshot) screen.Overlay
	Confirm  func(*screen.Context, screen.Question) screen.Overlay
	Vault    func(*screen.Context, session.VaultStatus) screen.Overlay // the first choice, or unlocking
	Decode   func(*screen.Context) screen.Overlay
	// Palette and Help get everything that can be done now, disabled with the
	// reason where it cannot.
	Palette func(*screen.Context, []keymap.Hint, []session.Snapshot) screen.Overlay
	Help    func(*screen.Context, []keymap.Hint) screen.Overlay
	// Matrix gets the account under the cursor, or nil, and those marked.
	Matrix func(c *screen.Context, current *session.Snapshot, marked []session.Snapshot) screen.Overlay

	Requests func(*screen.Context) screen.Pane   // the Requests tab
	Welcome  func(*screen.Context) screen.Screen // while there is no account
}

func (o *Overlays) requests(c *screen.Context) screen.Pane {
	if o.Requests == nil {
		return noPane{}
	}
	return o.Requests(c)
}

// noPane fills the Requests tab of a program made without one.
type noPane struct{}

func (noPane) Init() tea.Cmd                        { return nil }
func (noPane) Update(tea.Msg) tea.Cmd               { return nil }
func (noPane) View(int, int) string                 { return "" }
func (noPane) Cursor() *tea.Cursor                  { return nil }
func (noPane) Keys() []keymap.Hint                  { return nil }
func (noPane) Scopes() []keymap.Scope               { return nil }
func (noPane) SetAccount(*session.Snapshot) tea.Cmd { return nil }
