package screen

import (
	"context"
	"errors"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/secret"
	"tokenring/session/token"
	"tokenring/ui/keymap"
)

// Desk runs the commands of a screen, of which the last counts. Its zero value is ready;
// it must not be copied.
type Desk struct{ last uint64 }

// Drop makes every command stale.
func (d *Desk) Drop() { d.last++ }

// take makes every earlier command stale, and returns the result of the next one.
func (d *Desk) take(life context.Context) Result {
	d.last++
	return Result{desk: d, number: d.last, life: life}
}

// Run returns a command that does work outside of Update. The root then continues the
// screen with the function that work returned, unless the command is stale or life has
// ended by then.
func (d *Desk) Run(life context.Context, work func() func() tea.Cmd) tea.Cmd {
	r := d.take(life)
	return func() tea.Msg { return r.then(work()) }
}

// Run is Run of a Desk for a command that no other makes stale.
func Run(life context.Context, work func() func() tea.Cmd) tea.Cmd { return new(Desk).Run(life, work) }

// After is Run for work that only waits.
func (d *Desk) After(life context.Context, after After, wait time.Duration, next func() tea.Cmd) tea.Cmd {
	r := d.take(life)
	return after(wait, func(time.Time) tea.Msg { return r.then(next) })
}

// Stream is Run for work that reports on its way: the screen continues with each function
// that is reported, and then with the one that work returned. report never waits for the
// screen.
func (d *Desk) Stream(life context.Context, work func(report func(next func() tea.Cmd)) func() tea.Cmd) tea.Cmd {
	r := d.take(life)
	var mu sync.Mutex
	var steps []func() tea.Cmd
	more := make(chan struct{}, 1)
	report := func(next func() tea.Cmd) {
		mu.Lock()
		defer mu.Unlock()
		steps = append(steps, next)
		select {
		case more <- struct{}{}:
		default: // the screen has not taken the one before
		}
	}
	var listen tea.Cmd
	listen = func() tea.Msg {
		_, open := <-more
		mu.Lock()
		defer mu.Unlock()
		all := steps
		steps = nil
		return r.then(func() tea.Cmd {
			var cmds []tea.Cmd
			for _, step := range all {
				cmds = append(cmds, step())
			}
			if open {
				cmds = append(cmds, listen)
			}
			return tea.Batch(cmds...)
		})
	}
	return tea.Batch(func() tea.Msg {
		defer close(more)
		report(work(report))
		return nil
	}, listen)
}

// Exec is Run for a program that gets the terminal; err says why it failed.
func (d *Desk) Exec(life context.Context, program tea.ExecCommand, next func(err error) tea.Cmd) tea.Cmd {
	r := d.take(life)
	return tea.Exec(program, func(err error) tea.Msg { return r.then(func() tea.Cmd { return next(err) }) })
}

// Result carries the end of a command, and the function with which its screen
// continues.
type Result struct {
	desk   *Desk
	number uint64
	life   context.Context
	next   func() tea.Cmd
}

func (r Result) then(next func() tea.Cmd) Result {
	r.next = next
	return r
}

// Continue continues the screen, and reports false if nothing waits for the result any
// more.
func (r Result) Continue() (tea.Cmd, bool) {
	switch {
	case r.number != r.desk.last || r.life.Err() != nil:
		return nil, false
	case r.next == nil:
		return nil, true
	}
	return r.next(), true
}

// OpenedMsg asks the root to show an overlay above everything.
type OpenedMsg struct{ Overlay Overlay }

// Open shows an overlay.
func Open(o Overlay) tea.Cmd { return send(OpenedMsg{Overlay: o}) }

// ClosedMsg asks the root to remove an overlay.
type ClosedMsg struct{ Overlay Overlay }

// Close removes an overlay. The root calls its Close.
func Close(o Overlay) tea.Cmd { return send(ClosedMsg{Overlay: o}) }

// Level is the importance of a notice.
type Level int

// The levels. Info expires; the others stay until they are closed.
const (
	Info   Level = iota
	Advice       // good to know; the keys below stay in sight
	Warning
	Failure
)

// NotedMsg asks the root to show a notice.
type NotedMsg struct {
	Level   Level
	Text    string // sanitised; may be several sentences
	Passing bool   // expires, whatever its level
	Details string // lines that a key shows; "" for none
}

// Notify shows a notice. Text from elsewhere must be sanitised.
func Notify(l Level, text string) tea.Cmd { return send(NotedMsg{Level: l, Text: text}) }

// Refuse shows for a while why a key did nothing.
func Refuse(why string) tea.Cmd { return send(NotedMsg{Level: Warning, Text: why, Passing: true}) }

// NotifyError shows an error; nil shows nothing.
func NotifyError(err error) tea.Cmd {
	if err == nil {
		return nil
	}
	return Notify(Failure, ErrorText(err))
}

// ErrorText returns an error for a notice, with the next step where the error itself
// names none. The changes of a changed account are left to its form: they would not
// leave room for that.
func ErrorText(err error) string {
	if changed := (*session.ChangedError)(nil); errors.As(err, &changed) {
		return changed.Summary() + "; edit the account to review that"
	}
	return secret.CleanLine(err.Error())
}

// AskedMsg asks the root to do an action as if its key had been pressed.
type AskedMsg struct {
	Action  keymap.Action
	Account string // id; "" is the account under the cursor
	At      string // the field or part of the connection at which an edit begins, or AtAddress
}

// AtAddress is the field that holds the address, whatever its name.
const AtAddress = "connection.address"

// Do asks for an action on an account by id; "" is the one under the cursor.
func Do(a keymap.Action, account string) tea.Cmd { return send(AskedMsg{Action: a, Account: account}) }

// ChoseMsg asks the root to move the cursor to an account.
type ChoseMsg struct {
	Account string // id
	Tab     keymap.Action
}

// Choose goes to an account, and to one of its tabs when tab is not "".
func Choose(account string, tab keymap.Action) tea.Cmd {
	return send(ChoseMsg{Account: account, Tab: tab})
}

// CompareClaimsMsg asks the root to compare the claims of a token.
type CompareClaimsMsg struct {
	Title   string // what calls the token
	Token   *token.Token
	Account string // id of the account that it is of; "" for none
	Name    string // in the session of that account; "" is the primary
}

// CompareClaims asks for a comparison of the claims of a token.
func CompareClaims(m CompareClaimsMsg) tea.Cmd { return send(m) }

// CopiedMsg asks the root to copy a value to the clipboard.
type CopiedMsg struct {
	Account string // id, for its activity; "" for none
	What    string // "token", "curl command": for the notice
	Value   secret.String
	Secret  bool // clear it again after a while
}

// Copy copies a value to the clipboard. A secret one is cleared later.
func Copy(account, what string, value secret.String, isSecret bool) tea.Cmd {
	return send(CopiedMsg{Account: account, What: what, Value: value, Secret: isSecret})
}

// ChangedMsg reports that accounts or sessions may have changed: the root reads
// them again and sends ListedMsg.
type ChangedMsg struct{}

// Changed asks the root to read the accounts again.
func Changed() tea.Cmd { return send(ChangedMsg{}) }

// ListedMsg carries every account. Its receivers share the slice and must not
// change it.
type ListedMsg struct{ Accounts []session.Snapshot }

// TickedMsg reports that a second, or a minute, has passed.
type TickedMsg struct{ Now time.Time }

// SharedMsg reports that Context.Share has changed.
type SharedMsg struct{}

func send(m tea.Msg) tea.Cmd { return func() tea.Msg { return m } }
