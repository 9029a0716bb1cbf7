// Package compare is the overlay that shows two runs of a request side by side,
// and where their answers differ.
package compare

import (
	"bytes"
	"context"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/session/secret"
	"tokenring/ui/keymap"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// part is a part of two answers that can be compared.
type part int

const (
	partBody part = iota
	partHeaders
	parts
)

// Overlay compares the two sides of a pair. A side without a run is sent
// first.
type Overlay struct {
	screen.Base
	ctx    *screen.Context
	engine requestui.Requests
	pair   requestui.Pair
	desk   screen.Desk

	since time.Time // a side is on its way; zero: none is
	err   string    // why a side could not be sent
	part  part
	fold  bool
	pages [parts]*page // nil: not compared yet
	width int          // as drawn last
}

// New makes the overlay for a pair; the root opens it with screen.Open. Guards
// that ask must have been answered, as requestui.Again sees to.
func New(c *screen.Context, engine requestui.Requests, pair requestui.Pair) *Overlay {
	return &Overlay{ctx: c, engine: engine, pair: pair, Base: screen.NewBase(c), fold: true}
}

// Title implements screen.Overlay.
func (o *Overlay) Title() string {
	return o.pair.Left.Call(o.ctx, o.pair.Spec) + " as " + o.pair.Left.Name(o.ctx) + " and as " + o.pair.Right.Name(o.ctx)
}

// Ticks implements screen.Ticking.
func (o *Overlay) Ticks() bool { return !o.since.IsZero() }

// Init sends the sides that have no run, and compares them.
func (o *Overlay) Init() tea.Cmd {
	o.since = o.ctx.Now()
	life, m, pair := o.Life, o.engine, o.pair
	fired := pair.Left.Run == nil || pair.Right.Run == nil
	work := o.desk.Run(o.Life, func() func() tea.Cmd {
		var err error
		var pages [parts]*page
		left, right := pair.Left.Run, pair.Right.Run
		if left == nil {
			left, err = pair.Left.Send(life, m, pair.Spec, nil)
		}
		if right == nil && left != nil {
			right, err = pair.Right.Send(life, m, pair.Spec, nil)
		}
		if left != nil && right != nil {
			pages = compare(life, left, right)
		}
		return func() tea.Cmd { return o.arrived(left, right, pages, err) }
	})
	if fired {
		return tea.Sequence(work, screen.Changed()) // the history has one more
	}
	return work
}

// compare lines up two runs, outside of Update.
func compare(ctx context.Context, left, right *request.Run) [parts]*page {
	body := newPage(ctx, request.FromRun(left), request.FromRun(right))
	body.unseen = left.Media == answer.MediaBinary && right.Media == answer.MediaBinary && !bytes.Equal(left.Body, right.Body)
	return [parts]*page{partBody: body, partHeaders: newPage(ctx, headers(left), headers(right))}
}

// headers returns the header fields of a run as text.
func headers(r *request.Run) *request.Document {
	var b strings.Builder
	for _, l := range r.Headers {
		b.WriteString(l.Name + ": " + l.Value + "\n")
	}
	return request.NewDocument([]byte(b.String()), answer.MediaText)
}

// Update implements screen.Screen.
func (o *Overlay) Update(msg tea.Msg) tea.Cmd {
	switch msg := msg.(type) {
	case tea.KeyPressMsg:
		return o.key(msg)
	case tea.MouseWheelMsg:
		if p := o.shown(); p != nil {
			p.scroll.Slide(widget.WheelSteps(msg.Button))
		}
	}
	return nil
}

// arrived shows the runs. An error in addition to both means that one of them
// could not be kept.
func (o *Overlay) arrived(left, right *request.Run, pages [parts]*page, err error) tea.Cmd {
	o.since = time.Time{}
	o.pair.Left.Run, o.pair.Right.Run, o.pages = left, right, pages
	if left == nil || right == nil {
		o.err = secret.CleanLine(err.Error())
		return nil
	}
	o.refold()
	return screen.NotifyError(err)
}

// shown returns the page on the screen, or nil before the first.
func (o *Overlay) shown() *page {
	if o.ctx.Share && o.part == partBody {
		return nil
	}
	return o.pages[o.part]
}

func (o *Overlay) key(msg tea.KeyPressMsg) tea.Cmd {
	a := o.ctx.Keys.Match(msg, keymap.Compare, keymap.Dialog, keymap.List)
	switch a {
	case keymap.Close:
		return screen.Close(o)
	case keymap.ComparePart:
		o.part = (o.part + 1) % parts
	case keymap.CompareFold:
		o.fold = !o.fold
		o.refold()
	case keymap.CompareLeft:
		o.aside(-sideStep)
	case keymap.CompareRight:
		o.aside(sideStep)
	case keymap.CompareNext, keymap.ComparePrev:
		if p := o.shown(); p != nil {
			p.seek(a == keymap.ComparePrev)
		}
	default:
		if p := o.shown(); p != nil {
			p.scroll.Slide(screen.Steps(a, &p.scroll))
		}
	}
	return nil
}

// sideStep is how many cells a key scrolls to the side.
const sideStep = 8

func (o *Overlay) aside(n int) {
	if p := o.shown(); p != nil {
		p.aside(n)
	}
}

// refold lays the pages out again.
func (o *Overlay) refold() {
	for _, p := range o.pages {
		if p != nil {
			p.arrange(o.fold, o.beside())
		}
	}
}

// besideFrom is the width from which two columns have room.
const besideFrom = 80

func (o *Overlay) beside() bool { return o.width >= besideFrom }

// Keys implements screen.Screen.
func (o *Overlay) Keys() []keymap.Hint {
	if !o.since.IsZero() {
		return []keymap.Hint{{Action: keymap.Close, Label: "cancel"}}
	}
	none := ""
	switch p := o.shown(); {
	case p == nil:
		none = "nothing to compare"
	case p.differences() == 0:
		none = "no differences"
	}
	fold := "differences only"
	if o.fold {
		fold = "all lines"
	}
	other := "headers"
	if o.part == partHeaders {
		other = "bodies"
	}
	return []keymap.Hint{
		{Action: keymap.CompareNext, Disabled: none}, {Action: keymap.ComparePrev, Disabled: none},
		{Action: keymap.CompareFold, Label: fold, Disabled: none}, {Action: keymap.ComparePart, Label: other},
		{Action: keymap.CompareLeft}, {Action: keymap.CompareRight}, {Action: keymap.Close},
	}
}
