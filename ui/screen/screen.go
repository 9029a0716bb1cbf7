// Package screen holds what all screens share: their interfaces, their context,
// and the messages between them and the root model. Screens never import each
// other; they ask the root, with Do or Open.
//
// # How a screen is written
//
// A screen is a pointer struct. Update does no I/O: what takes time is a
// command of a Desk, which copies its inputs and never touches the screen. What it
// returns goes on in the screen, unless a later command of the Desk has begun or the
// screen has closed. Messages that are neither input nor for the root go to every
// screen. View is composed for exactly w by h cells or less; the root cuts what is
// larger.
//
// # Who receives a key
//
// The topmost overlay receives every key but ctrl+c and those that work
// everywhere: help, screen-share mode, redraw and suspend, unless the overlay
// offers the key itself or it is a letter of a text being typed. Without an
// overlay, a pane that shows a cursor is taking text and receives the same;
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
	"tokenring/ui/widget"
)

// Screen draws itself and handles messages.
type Screen interface {
	// Init starts the screen's commands; called once, before it is shown.
	Init() tea.Cmd
	// Update handles a message. Mouse messages come with X and Y relative to the
	// screen's own upper left cell.
	Update(msg tea.Msg) tea.Cmd
	// View draws within w by h cells.
	View(w, h int) string
	// Cursor returns the place of the text cursor in the screen, or nil.
	Cursor() *tea.Cursor
	// Keys lists the actions that are possible now, most useful first, for footer,
	// help and palette. A hint with a reason in Disabled is shown as disabled.
	Keys() []keymap.Hint
}

// Overlay is a screen above the others. The root draws its frame and title.
type Overlay interface {
	Screen
	Title() string
	// Size returns the size that the content needs, at most maxW by maxH.
	Size(maxW, maxH int) (w, h int)
	// Close cancels everything the overlay started. Called once, by the root.
	Close()
}

// Draft is an overlay in which a longer text is typed.
type Draft interface {
	// Unsaved reports whether closing the overlay would lose what was typed.
	Unsaved() bool
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

// Pane is a screen next to others that shares the keys with the root.
type Pane interface {
	Screen
	// Scopes returns the scopes of the pane's keys, innermost first.
	Scopes() []keymap.Scope
	// Act performs one of the actions that Keys lists. Others do nothing.
	Act(a keymap.Action) tea.Cmd
	// Focus tells that the pane has gained or lost the focus, or its tab.
	Focus(on bool) tea.Cmd
	// SetAccount sets the account to show, or nil; called again with a newer
	// snapshot whenever the account has changed.
	SetAccount(s *session.Snapshot) tea.Cmd
	// Back ends a filter or whatever else is open in the pane, and reports whether there
	// was one.
	Back() bool
}

// Ticking is a screen that may change each second.
type Ticking interface {
	// Ticks reports whether the last frame changes with the next second.
	Ticks() bool
}

// Context is shared by all screens. The root owns it and changes it only between
// messages; screens keep the pointer.
type Context struct {
	Life     context.Context // ends with the program; overlays derive theirs from it
	Theme    *theme.Theme
	Keys     *keymap.Map
	Now      func() time.Time // our wall clock
	After    After
	Settings Settings
	Environ  []string // of programs that are run
	Share    bool     // others are watching: hide identities

	// Browse opens a web address with a command, or in the person's browser if that is "", or
	// says with hint how to reach this machine from another; nil: there is no browser.
	Browse func(address, command string) (opened bool, hint string)

	Project *project.Project // of the working folder, or nil

	Searches, Queries widget.History // the texts that were searched for, and the jq
}

// Recalls returns how much older a line a key recalls, for widget.Input.Remember.
func (c *Context) Recalls(msg tea.KeyPressMsg) int {
	switch c.Keys.Match(msg, keymap.Filter) {
	case keymap.FilterOlder:
		return 1
	case keymap.FilterNewer:
		return -1
	}
	return 0
}

// Zone returns the time zone of the screen.
func (c *Context) Zone() *time.Location {
	if c.Settings.UTC {
		return time.UTC
	}
	return time.Local
}

// After is tea.Tick or its stand-in in tests: a command that answers once d
// has passed.
type After func(d time.Duration, msg func(time.Time) tea.Msg) tea.Cmd

// Settings are the user's preferences.
type Settings struct {
	Mouse      bool
	Warn       bool          // bell and notification before a session is lost
	ClearAfter time.Duration // of the clipboard; 0: never
	RevealFor  time.Duration
	NoticeFor  time.Duration // how long good news is shown
	UTC        bool          // times in UTC instead of the local zone
	WatchEvery time.Duration // interval of looking for other processes' changes
}

// DefaultSettings returns the default settings.
func DefaultSettings() Settings {
	return Settings{
		Mouse: true, Warn: true, ClearAfter: 45 * time.Second, RevealFor: 30 * time.Second,
		NoticeFor: 4 * time.Second, WatchEvery: time.Second,
	}
}
