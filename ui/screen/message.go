package screen

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
)

// Ticket marks an answer with who asked and which of the askings it belongs
// to. Put it into every result of a command.
type Ticket struct {
	from *Desk
	seq  uint64
}

// Desk hands out a screen's tickets. Its zero value is ready; it must not be
// copied.
type Desk struct{ seq uint64 }

// Take gives a ticket and makes every earlier one stale.
func (d *Desk) Take() Ticket {
	d.seq++
	return Ticket{from: d, seq: d.seq}
}

// Drop makes every ticket stale.
func (d *Desk) Drop() { d.seq++ }

// Fresh reports whether t is the last ticket this desk gave.
func (d *Desk) Fresh(t Ticket) bool { return t.from == d && t.seq == d.seq }

// OpenedMsg asks the root to show an overlay above everything.
type OpenedMsg struct {
	Overlay Overlay
	// Unasked: it opens by itself and not for a key just pressed, so it hears
	// no key for a moment.
	Unasked bool
}

// Open shows an overlay.
func Open(o Overlay) tea.Cmd { return send(OpenedMsg{Overlay: o}) }

// ClosedMsg asks the root to take an overlay away, wherever it lies.
type ClosedMsg struct{ Overlay Overlay }

// Close takes an overlay away. The root calls its Close.
func Close(o Overlay) tea.Cmd { return send(ClosedMsg{Overlay: o}) }

// Level is how much a notice matters.
type Level int

// The levels. Info goes by itself; the others stay until they are closed.
const (
	Info   Level = iota
	Advice       // good to know; the keys below stay in sight
	Warning
	Failure
)

// NotedMsg asks the root to tell the person something.
type NotedMsg struct {
	Level   Level
	Text    string // sanitised; may be several sentences
	Passing bool   // goes by itself, whatever its level
}

// Notify tells the person something. Text from elsewhere must be sanitised.
func Notify(l Level, text string) tea.Cmd { return send(NotedMsg{Level: l, Text: text}) }

// Refuse says why a key cannot do what it stands for. Nothing happened, so it
// goes by itself.
func Refuse(why string) tea.Cmd { return send(NotedMsg{Level: Warning, Text: why, Passing: true}) }

// NotifyError tells that something failed; nothing when err is nil.
func NotifyError(err error) tea.Cmd {
	if err == nil {
		return nil
	}
	return Notify(Failure, secret.CleanLine(err.Error()))
}

// AskedMsg asks the root to do an action as if its key had been pressed.
type AskedMsg struct {
	Action  keymap.Action
	Account string // id; "" is the account under the cursor
}

// Do asks for an action, for the account with the id or, with "", for the one
// under the cursor.
func Do(a keymap.Action, account string) tea.Cmd { return send(AskedMsg{Action: a, Account: account}) }

// ChoseMsg asks the root to bring the cursor to an account.
type ChoseMsg struct {
	Account string // id
	Tab     keymap.Action
}

// Choose goes to an account, and to one of its tabs when tab is not "".
func Choose(account string, tab keymap.Action) tea.Cmd {
	return send(ChoseMsg{Account: account, Tab: tab})
}

// CopiedMsg asks the root to put something on the clipboard.
type CopiedMsg struct {
	Account string // id, for its activity; "" for none
	What    string // "token", "curl command": for the notice
	Value   secret.String
	Secret  bool // clear it again after a while
}

// Copy puts a value on the clipboard. A secret one is cleared again.
func Copy(account, what string, value secret.String, isSecret bool) tea.Cmd {
	return send(CopiedMsg{Account: account, What: what, Value: value, Secret: isSecret})
}

// ChangedMsg says that accounts or sessions may have changed: the root reads
// them again and sends ListedMsg.
type ChangedMsg struct{}

// Changed asks for the accounts to be read again.
func Changed() tea.Cmd { return send(ChangedMsg{}) }

// ListedMsg brings every account as it stands. Its receivers share the slice
// and must not change it.
type ListedMsg struct{ Accounts []session.Snapshot }

// TickedMsg says that a second, or a minute, has passed.
type TickedMsg struct{ Now time.Time }

// SharedMsg says that screen-share mode was switched; Context.Share has it.
type SharedMsg struct{}

// ResizedMsg says how large the screen is now.
type ResizedMsg struct{ Width, Height int }

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
