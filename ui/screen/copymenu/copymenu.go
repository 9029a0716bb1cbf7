// Package copymenu is the overlay that copies an account's token, header lines,
// a curl command, or claims.
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

// Overlay is the copy menu of one account. It holds masks only: it reads a secret
// when it is chosen, and sends it straight to the clipboard.
type Overlay struct {
	screen.Base
	ctx      *screen.Context
	engine   Engine
	id, name string
	base     string // URL
	desk     screen.Desk

	started  time.Time     // of the running work; zero if idle
	contents *contents     // nil until read
	early    keymap.Action // of a key before that, which waits for it
	err      error         // why the chosen entry was not copied
	entries  []entry
	scroll   widget.Scroll
	request  int  // index into contents.curls
	asking   bool // asks whether to copy the current entry
	top      int  // the row of the first entry in the last frame
}

// New returns the copy menu of an account.
func New(ctx *screen.Context, engine Engine, s *session.Snapshot) *Overlay {
	o := &Overlay{ctx: ctx, engine: engine, id: s.Account.ID, name: s.Account.Name, base: s.Account.BaseURL}
	o.Base = screen.NewBase(ctx)
	o.arrange()
	return o
}

// Init refreshes the session if necessary, and reads what can be copied.
func (o *Overlay) Init() tea.Cmd {
	o.started, o.err = o.ctx.Now(), nil
	return o.read()
}

// Title names the account.
func (o *Overlay) Title() string { return "Copy from " + o.ctx.Line(o.name) }

// Ticks reports whether seconds are shown.
func (o *Overlay) Ticks() bool {
	if !o.started.IsZero() {
		return true
	}
	if o.contents == nil {
		return false
	}
	left, known := o.contents.snap.Left(o.ctx.Now())
	return known && widget.Seconds(left)
}

// Keys lists the entries, or the answers to the question.
func (o *Overlay) Keys() []keymap.Hint {
	if o.asking {
		return []keymap.Hint{{Action: keymap.Confirm, Label: "copy it"}, {Action: keymap.Decline}}
	}
	hints := []keymap.Hint{{Action: keymap.Accept, Label: "copy"}}
	if o.failed() != nil {
		hints = append(hints, keymap.Hint{Action: keymap.Again})
	}
	if o.contents != nil && len(o.contents.curls) > 1 {
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

// failed returns the latest error.
func (o *Overlay) failed() error {
	if o.err != nil {
		return o.err
	}
	if o.contents != nil {
		return o.contents.dead
	}
	return nil
}

// Update handles keys, the mouse and the engine's results.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		if o.asking {
			return o.answer(msg)
		}
		return o.key(msg)
	case tea.MouseWheelMsg:
		o.scroll.Move(widget.WheelSteps(msg.Button))
	case tea.MouseClickMsg:
		return o.click(msg)
	}
	return nil
}

func (o *Overlay) take(v *contents) tea.Cmd {
	o.started, o.contents = time.Time{}, v
	o.selectRequest(0)
	copied := o.pick(o.early)
	o.early = ""
	if o.contents.refreshed {
		return tea.Batch(screen.Changed(), copied)
	}
	return copied
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	a := o.ctx.Keys.Match(msg, keymap.CopyAs, keymap.List, keymap.Dialog)
	switch a {
	case "":
		return nil
	case keymap.CurlNext:
		o.selectRequest(1)
	case keymap.CurlPrev:
		o.selectRequest(-1)
	case keymap.Accept:
		if o.contents == nil {
			o.early = o.current().key
		}
		return o.choose()
	case keymap.Again:
		if o.failed() != nil {
			return o.Init()
		}
	case keymap.Close:
		return screen.Close(o)
	}
	if o.contents == nil {
		o.early = a
	}
	if cmd := o.pick(a); cmd != nil {
		return cmd
	}
	o.scroll.Move(screen.Steps(a, &o.scroll))
	return nil
}

// pick chooses the entry of a key.
func (o *Overlay) pick(a keymap.Action) tea.Cmd {
	at := slices.IndexFunc(o.entries, func(e entry) bool { return a != "" && e.key == a })
	if at < 0 {
		return nil
	}
	o.scroll.To(at)
	return o.choose()
}

func (o *Overlay) current() *entry { return &o.entries[o.scroll.Cursor] }

// selectRequest moves n requests on for curl, also before they are read, and moves the cursor
// to curl.
func (o *Overlay) selectRequest(n int) {
	o.request += n
	if o.contents != nil {
		all := len(o.contents.curls)
		o.request = (o.request%all + all) % all
	}
	o.arrange()
	if n != 0 && !o.current().request {
		o.scroll.To(slices.IndexFunc(o.entries, func(e entry) bool { return e.request }))
	}
}

// choose copies the current entry, or asks first.
func (o *Overlay) choose() tea.Cmd {
	e := o.current()
	switch {
	case e.off != "" || o.busy():
		return nil
	case e.key == keymap.Login:
		return tea.Sequence(screen.Close(o), screen.Do(keymap.Login, o.id))
	case o.asks(e) != "":
		o.asking = true
		return nil
	}
	return o.copy()
}

// busy reports whether work is running.
func (o *Overlay) busy() bool { return !o.started.IsZero() }

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
	return o.open(*o.current())
}

// opened copies the value of an entry, and closes.
func (o *Overlay) opened(e *entry, v value, refreshed bool, err error) tea.Cmd {
	o.started = time.Time{}
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			o.err = err
		}
		return nil
	}
	what := o.whatOf(e)
	if refreshed {
		what += " (the session was refreshed first)"
	}
	if v.first != "" {
		what += " (before it runs, " + v.first + ")"
	}
	return tea.Sequence(screen.Close(o), screen.Changed(), screen.Copy(o.id, what, v.text, e.secret))
}

// click selects an entry, or chooses the selected one.
func (o *Overlay) click(msg tea.MouseClickMsg) tea.Cmd {
	at := msg.Y - o.top
	if o.asking || msg.Button != tea.MouseLeft || at < 0 || at >= len(o.entries) {
		return nil
	}
	if at == o.scroll.Cursor {
		return o.choose()
	}
	o.scroll.To(at)
	return nil
}
