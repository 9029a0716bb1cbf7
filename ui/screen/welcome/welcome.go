// Package welcome is the screen of an empty ring: what tokenring is, and how to
// begin.
package welcome

import (
	"cmp"
	"context"
	"slices"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/ui/keymap"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Facts reads what only the engine knows: the state of the vault, the titles of
// the backends, and how many definition files cannot be used.
type Facts func(context.Context) (vault session.VaultStatus, titles []string, bad int)

// Screen replaces the panes while there is no account.
type Screen struct {
	ctx   *screen.Context
	read  Facts
	store string // the folder of the store
	desk  screen.Desk

	vault  session.VaultStatus
	titles []string // of the backends; nil until they were read
	bad    int      // definition files that cannot be used

	box    widget.Box            // as drawn last
	places map[int]keymap.Action // what a click on a row does, by row within the screen
}

// New makes the screen. The root shows it in place of the panes as long as
// the store holds no account; store is the folder things will be kept in.
func New(ctx *screen.Context, read Facts, store string) *Screen {
	return &Screen{ctx: ctx, read: read, store: store}
}

// Init asks the engine for the facts.
func (s *Screen) Init() tea.Cmd { return s.ask() }

func (s *Screen) ask() tea.Cmd {
	life, read := s.ctx.Life, s.read
	return s.desk.Run(life, func() func() tea.Cmd {
		vault, titles, bad := read(life)
		// Short ones first: where there is little room, more of them are seen.
		slices.SortStableFunc(titles, func(a, b string) int { return cmp.Compare(len(a), len(b)) })
		return func() tea.Cmd {
			s.vault, s.titles, s.bad = vault, titles, bad
			return nil
		}
	})
}

// Update takes the facts, again whenever something changed.
func (s *Screen) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case screen.ListedMsg:
		if len(msg.Accounts) == 0 {
			return s.ask()
		}
	case tea.MouseClickMsg:
		if action, ok := s.places[msg.Y]; ok && msg.Button == tea.MouseLeft && s.box.Contains(msg.X, msg.Y) {
			return screen.Do(action, "")
		}
	}
	return nil
}

// Cursor is nowhere.
func (s *Screen) Cursor() *tea.Cursor { return nil }

// Keys lists how to begin.
func (s *Screen) Keys() []keymap.Hint {
	return []keymap.Hint{{Action: keymap.Add, Label: "add an account"}, {Action: keymap.Decode, Label: "read a token"}, {Action: keymap.Quit}}
}
