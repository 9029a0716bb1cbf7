// Package copymenu is the overlay that copies what an account has in the form
// it is needed in: its token, header lines, a curl command, its claims.
package copymenu

import (
	"context"
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/flow"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// Engine is the part of the engine that the menu calls.
type Engine struct {
	Accounts interface {
		Get(ctx context.Context, id string) (session.Snapshot, error)
		Record(ctx context.Context, id string) (*session.Record, error)
		Snapshot(rec *session.Record) session.Snapshot
	}
	Credentials interface {
		Token(ctx context.Context, rec *session.Record, name string) (secret.String, error)
	}
	Sessions interface {
		Ensure(ctx context.Context, rec *session.Record, minTTL time.Duration) (*session.Record, error)
	}
	Requests interface {
		requestui.Requests
		Attached(ctx context.Context, rec *session.Record) (flow.Attached, error)
		Specs(ctx context.Context, rec *session.Record) ([]request.Spec, error)
	}
}

// Overlay is the copy menu of one account. It holds masks alone: a secret is
// opened when it was chosen, and goes straight to the clipboard.
type Overlay struct {
	screen.Base
	ctx      *screen.Context
	engine   Engine
	id, name string
	base     string // URL
	desk     screen.Desk

	started time.Time // of what runs; zero: nothing does
	seen    *seen     // nil until it was read
	err     error     // why something chosen was not copied
	entries []entry
	cursor  int
	request int  // of seen.requests, for curl
	asking  bool // whether the one under the cursor is to be copied at all
	top     int  // the row of the first entry, as drawn last
}

// New makes the copy menu of an account. The root opens it on keymap.CopyMenu.
func New(ctx *screen.Context, engine Engine, s *session.Snapshot) *Overlay {
	o := &Overlay{ctx: ctx, engine: engine, id: s.Account.ID, name: s.Account.Name, base: s.Account.BaseURL}
	o.Base = screen.NewBase(ctx)
	o.arrange()
	return o
}

// Init sees to it that the session lives, and reads what there is to copy.
func (o *Overlay) Init() tea.Cmd {
	o.started, o.err = o.ctx.Now(), nil
	return o.look()
}

// Title names the account.
func (o *Overlay) Title() string { return "Copy from " + o.ctx.Line(o.name) }

// Ticks reports whether seconds are shown.
func (o *Overlay) Ticks() bool {
	if !o.started.IsZero() {
		return true
	}
	if o.seen == nil {
		return false
	}
	left, known := o.seen.snap.Left(o.ctx.Now())
	return known && widget.Seconds(left)
}

// Keys lists what can be copied, or the answers to the question.
func (o *Overlay) Keys() []keymap.Hint {
	if o.asking {
		return []keymap.Hint{{Action: keymap.Confirm, Label: "copy it"}, {Action: keymap.Decline}}
	}
	hints := []keymap.Hint{{Action: keymap.Accept, Label: "copy"}}
	if o.failed() != nil {
		hints = append(hints, keymap.Hint{Action: keymap.Again})
	}
	if o.seen != nil && len(o.seen.requests) > 1 {
		hints = append(hints, keymap.Hint{Action: keymap.CurlNext})
	}
	hints = append(hints, keymap.Hint{Action: keymap.Close})
	for _, e := range o.entries {
		if e.key != "" && e.key != keymap.Login {
			hints = append(hints, keymap.Hint{Action: e.key, Disabled: e.off})
		}
	}
	return hints
}

// failed is what went wrong, last things first.
func (o *Overlay) failed() error {
	if o.err != nil {
		return o.err
	}
	if o.seen != nil {
		return o.seen.dead
	}
	return nil
}

// Update takes keys and what the engine answered.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.asking {
			return o.answer(msg)
		}
		return o.key(msg)
	case tea.MouseWheelMsg:
		switch msg.Button {
		case tea.MouseWheelUp:
			o.move(-1)
		case tea.MouseWheelDown:
			o.move(1)
		}
	case tea.MouseClickMsg:
		return o.click(msg)
	case seenMsg:
		return o.take(msg)
	case openedMsg:
		return o.opened(msg)
	}
	return nil
}

func (o *Overlay) take(msg seenMsg) tea.Cmd {
	if !o.desk.Fresh(msg.ticket) {
		return nil
	}
	o.started = time.Time{}
	o.seen = msg.seen
	o.request = min(o.request, max(0, len(o.seen.requests)-1))
	o.arrange()
	if o.seen.refreshed {
		return screen.Changed()
	}
	return nil
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	a := o.ctx.Keys.Match(msg, keymap.CopyAs, keymap.List, keymap.Dialog)
	switch a {
	case "":
		return nil
	case keymap.Up:
		o.move(-1)
	case keymap.Down:
		o.move(1)
	case keymap.Top, keymap.PageUp:
		o.move(-len(o.entries))
	case keymap.Bottom, keymap.PageDown:
		o.move(len(o.entries))
	case keymap.CurlNext:
		o.turn(1)
	case keymap.CurlPrev:
		o.turn(-1)
	case keymap.Accept:
		return o.choose()
	case keymap.Again:
		if o.failed() != nil {
			return o.Init()
		}
	case keymap.Close:
		return screen.Close(o)
	}
	for i := range o.entries {
		if o.entries[i].key == a {
			o.cursor = i
			return o.choose()
		}
	}
	return nil
}

func (o *Overlay) move(n int) { o.cursor = max(0, min(o.cursor+n, len(o.entries)-1)) }

// turn chooses the request that curl is written for, and goes to it.
func (o *Overlay) turn(n int) {
	if o.seen == nil || len(o.seen.requests) == 0 {
		return
	}
	all := len(o.seen.requests)
	o.request = (o.request + n + all) % all
	o.arrange()
	if !o.entries[o.cursor].request {
		o.cursor = slices.IndexFunc(o.entries, func(e entry) bool { return e.request })
	}
}

// choose copies what is under the cursor, or asks first.
func (o *Overlay) choose() tea.Cmd {
	e := &o.entries[o.cursor]
	switch {
	case e.off != "" || o.opening():
		return nil
	case e.key == keymap.Login:
		return tea.Sequence(screen.Close(o), screen.Do(keymap.Login, o.id))
	case e.ask != "":
		o.asking = true
		return nil
	}
	return o.copy()
}

// opening reports whether something runs.
func (o *Overlay) opening() bool { return !o.started.IsZero() }

func (o *Overlay) answer(msg tea.KeyPressMsg) tea.Cmd {
	switch o.ctx.Keys.Match(msg, keymap.Dialog) {
	case keymap.Confirm:
		o.asking = false
		return o.copy()
	case keymap.Decline, keymap.Close:
		o.asking = false
	}
	return nil
}

func (o *Overlay) copy() tea.Cmd {
	o.started, o.err = o.ctx.Now(), nil
	return o.open(&o.entries[o.cursor])
}

func (o *Overlay) opened(msg openedMsg) tea.Cmd {
	if !o.desk.Fresh(msg.ticket) {
		return nil
	}
	o.started = time.Time{}
	if msg.err != nil {
		if !errors.Is(msg.err, context.Canceled) {
			o.err = msg.err
		}
		return nil
	}
	what := msg.what
	if msg.refreshed {
		what += " (the session was refreshed first)"
	}
	return tea.Sequence(screen.Close(o), screen.Changed(), screen.Copy(o.id, what, msg.value, msg.secret))
}

// click puts the cursor on an entry, and on the one that has it copies it.
func (o *Overlay) click(msg tea.MouseClickMsg) tea.Cmd {
	at := msg.Y - o.top
	if o.asking || msg.Button != tea.MouseLeft || at < 0 || at >= len(o.entries) {
		return nil
	}
	if at == o.cursor {
		return o.choose()
	}
	o.cursor = at
	return nil
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return secret.CleanLine(err.Error())
}
