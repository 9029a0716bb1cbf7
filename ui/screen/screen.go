// Package screen is what all screens share: the interfaces the root model
// composes them by, the context they work in, and the messages between them
// and the root. Screens never import each other; whatever one needs of
// another it asks the root for, with Do or Open.
//
// # How a screen is written
//
// A screen is a pointer struct. Update does no I/O: what takes time is a
// command, which copies its inputs, never touches the screen, and answers
// with a message that carries a Ticket; an answer whose ticket is no longer
// fresh is dropped. Every message but keys, paste and mouse goes to every
// screen. View is composed for exactly w by h cells or less; the root cuts
// what is larger.
//
// # Who hears a key
//
// The topmost overlay hears every key but ctrl+c and those that work
// everywhere: help, screen-share mode, redraw and suspend, unless the overlay
// offers the key itself or it is a letter of a text being typed. Without an
// overlay, a pane that shows a cursor is taking text and hears the same;
// otherwise the key is looked up in the pane's Scopes, innermost first, and
// then in keymap.Global. What a pane's own scope knows goes to the pane's
// Update, the rest is done by the root.
package screen

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/project"
	"tokenring/ui/keymap"
	"tokenring/ui/theme"
)

// Screen is anything that is drawn and hears messages.
type Screen interface {
	// Init starts what the screen needs; called once, when it is shown first.
	Init() tea.Cmd
	// Update takes a message. Mouse messages come with X and Y relative to the
	// screen's own upper left cell.
	Update(msg tea.Msg) tea.Cmd
	// View draws within w by h cells.
	View(w, h int) string
	// Cursor is where text is being typed, relative to the screen, or nil.
	Cursor() *tea.Cursor
	// Keys lists what can be done now, most useful first, for footer, help and
	// palette. A hint with a reason in Disabled is shown and does not work.
	Keys() []keymap.Hint
}

// Overlay is a screen above the others. The root frames it with its title.
type Overlay interface {
	Screen
	Title() string
	// Size says how many cells the content wants; the root grants no more than
	// maxW by maxH.
	Size(maxW, maxH int) (w, h int)
	// Close cancels everything the overlay started. Called once, by the root.
	Close()
}

// Base is embedded in overlays: the context of what an overlay starts, and
// methods for an overlay that starts nothing, fills the screen and takes no text.
type Base struct {
	Life   context.Context // ends when the overlay closes
	cancel context.CancelFunc
}

// NewBase returns a base whose context ends with the program at the latest.
// An overlay that starts nothing needs none: the zero Base suffices.
func NewBase(c *Context) Base {
	life, cancel := context.WithCancel(c.Life)
	return Base{Life: life, cancel: cancel}
}

// Close implements Overlay.
func (b *Base) Close() {
	if b.cancel != nil {
		b.cancel()
	}
}

// Init implements Screen.
func (*Base) Init() tea.Cmd { return nil }

// Cursor implements Screen.
func (*Base) Cursor() *tea.Cursor { return nil }

// Size implements Overlay.
func (*Base) Size(maxW, maxH int) (w, h int) { return maxW, maxH }

// Pane is a screen that stands beside others and shares the keys with the
// root.
type Pane interface {
	Screen
	// Scopes are where the pane's keys are looked up, innermost first.
	Scopes() []keymap.Scope
	// Act performs one of the actions that Keys lists. Others do nothing.
	Act(a keymap.Action) tea.Cmd
	// SetAccount gives the account to show, nil for none. It is called again
	// with a newer snapshot of the same account whenever something changed.
	SetAccount(s *session.Snapshot) tea.Cmd
}

// Ticking is a screen that may show something that changes each second.
type Ticking interface {
	// Ticks reports whether what was drawn last changes with the next second.
	Ticks() bool
}

// Focusable is a pane that wants to know when the focus or the tab came to it
// or left it.
type Focusable interface {
	Focus(on bool) tea.Cmd
}

// Context is what every screen works with. The root owns it and changes it
// only between messages; screens keep the pointer.
type Context struct {
	Life     context.Context // ends with the program; overlays derive theirs from it
	Theme    *theme.Theme
	Keys     *keymap.Map
	Now      func() time.Time // our wall clock
	After    After
	Settings Settings
	Getenv   func(string) string
	Share    bool // others are watching: hide who somebody is

	Project *project.Project // that of the folder the screen was opened in; nil: there is none
}

// Zone is where times are shown in.
func (c *Context) Zone() *time.Location {
	if c.Settings.UTC {
		return time.UTC
	}
	return time.Local
}

// After is tea.Tick or its stand-in in tests: a command that answers once d
// has passed.
type After func(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd

// Settings are the person's wishes.
type Settings struct {
	Mouse      bool
	Warn       bool          // bell and notification before a session is lost
	ClearAfter time.Duration // of the clipboard; 0: never
	RevealFor  time.Duration
	NoticeFor  time.Duration // how long good news stands
	GraceFor   time.Duration // an overlay that opens by itself hears no key for so long
	UTC        bool          // times in UTC instead of the local zone
	WatchEvery time.Duration // how often other processes' changes are looked for
}

// DefaultSettings are the settings of a person who changed nothing.
func DefaultSettings() Settings {
	return Settings{
		Mouse: true, Warn: true, ClearAfter: 45 * time.Second, RevealFor: 30 * time.Second,
		NoticeFor: 4 * time.Second, GraceFor: 600 * time.Millisecond, WatchEvery: time.Second,
	}
}
