package response

import (
	"context"
	"fmt"
	"math"
	"time"

	tea "charm.land/bubbletea/v2"

	"tokenring/session"
	"tokenring/session/answer"
	"tokenring/session/request"
	"tokenring/ui/requestui"
	"tokenring/ui/screen"
	"tokenring/ui/widget"
)

// firstLines is how many lines of a body are indexed before it is shown.
const firstLines = 256

// arrival is a run and the document of its body.
type arrival struct {
	run *request.Run
	doc *request.Document
	old bool   // it comes from the history
	at  string // its place among the runs of the same request
}

// newArrival makes the document of a run, outside of Update.
func newArrival(run *request.Run) arrival {
	if run == nil {
		return arrival{}
	}
	doc := request.FromRun(run)
	doc.Index(firstLines)
	return arrival{run: run, doc: doc}
}

// begin starts waiting for something, and ends the wait before.
func (o *Overlay) begin(opening bool) context.Context {
	o.halt()
	ctx, stop := context.WithCancel(o.Life)
	o.work.stop, o.work.since, o.work.opening = stop, o.ctx.Now(), opening
	return ctx
}

// halt ends the wait and reports whether there was one.
func (o *Overlay) halt() bool {
	if o.work.stop == nil {
		return false
	}
	o.work.stop()
	o.work.desk.Drop()
	o.work.looking.Drop()
	o.work.stop, o.work.since, o.work.judging, o.work.growing, o.work.ending = nil, time.Time{}, false, false, false
	return true
}

// fire sends the request; the guard was answered.
func (o *Overlay) fire(agreed session.Consent) tea.Cmd {
	ctx := o.begin(false)
	m, side, spec := o.engine, o.side(), o.spec
	side.Agreed = agreed
	return o.work.desk.Stream(o.Life, func(report func(func() tea.Cmd)) func() tea.Cmd {
		run, err := side.Send(ctx, m, spec, func(now func() *request.Run, whole bool) {
			report(func() tea.Cmd {
				if whole {
					return o.early(now)
				}
				return o.look(now)
			})
		})
		a := newArrival(run)
		return func() tea.Cmd { return o.arrived(a, err) }
	})
}

// early shows a large answer that is still judged and kept.
func (o *Overlay) early(now func() *request.Run) tea.Cmd {
	return o.work.looking.Run(o.Life, func() func() tea.Cmd {
		a := newArrival(now())
		return func() tea.Cmd {
			o.work.judging = true
			return o.show(a)
		}
	})
}

// lookEvery is the interval at which an arriving answer is drawn.
const lookEvery = 250 * time.Millisecond

// look shows what has arrived of an answer after a while, and looks again.
func (o *Overlay) look(now func() *request.Run) tea.Cmd {
	desk := &o.work.looking
	return desk.After(o.Life, o.ctx.After, lookEvery, func() tea.Cmd {
		return desk.Run(o.Life, func() func() tea.Cmd {
			a := arrival{run: now()}
			a.doc = request.FromRun(a.run)
			a.doc.Index(math.MaxInt32)
			return func() tea.Cmd { return tea.Batch(o.grow(a), o.look(now)) }
		})
	})
}

// grow shows more of an answer that arrives.
func (o *Overlay) grow(a arrival) tea.Cmd {
	switch {
	case len(a.run.Body) == 0:
		return nil
	case o.work.growing:
		return o.show(a)
	}
	o.work.growing = true
	cmd := o.take(a)
	o.body.tail = true
	return cmd
}

// show shows a run: more of the one that is shown, or another one.
func (o *Overlay) show(a arrival) tea.Cmd {
	if o.work.growing && a.run.ID == o.run.ID {
		return o.replace(a)
	}
	return o.take(a)
}

// replace shows more of the answer that is shown, at the place where the person reads it.
func (o *Overlay) replace(a arrival) tea.Cmd {
	o.run, o.body.whole = a.run, a.doc
	if o.body.made != "" {
		return nil
	}
	doc, at := a.doc, o.body.viewer
	if o.body.raw {
		doc = request.NewDocument(a.run.Body, answer.MediaText)
		doc.Index(a.doc.Lines())
	}
	cmd := o.turnTo(doc)
	at.doc = doc
	o.body.viewer = at
	return cmd
}

// again sends the same request once more, after the guard's question.
func (o *Overlay) again() tea.Cmd {
	if o.spec == nil || o.work.waits() {
		return nil
	}
	return requestui.Guard(o.ctx, o.side(), o.spec, o.fire)
}

// open shows a run of the history, or the one that many runs of the same
// request before it (or after it, when negative).
func (o *Overlay) open(id string, older int) tea.Cmd {
	ctx := o.begin(true)
	m, account := o.engine, o.account.Account.ID
	return o.work.desk.Run(o.Life, func() func() tea.Cmd {
		id, at, err := findNeighbour(ctx, m, account, id, older)
		var run *request.Run
		if err == nil && id != "" {
			run, err = m.Run(ctx, id)
		}
		a := newArrival(run)
		a.old, a.at = true, at
		return func() tea.Cmd {
			if err == nil && id == "" {
				o.halt()
				return screen.Notify(screen.Info, at)
			}
			return o.arrived(a, err)
		}
	})
}

// given shows a run that is at hand.
func (o *Overlay) given(run *request.Run) tea.Cmd {
	o.begin(true)
	return o.work.desk.Run(o.Life, func() func() tea.Cmd {
		a := newArrival(run)
		a.old = true
		return func() tea.Cmd { return o.arrived(a, nil) }
	})
}

// historyDepth bounds how many runs are looked through for others of the same
// request.
const historyDepth = 1000

// findNeighbour finds the run that many runs of the same request before (or after)
// another, and its position among them. If there is none, to is "" and at says so.
func findNeighbour(ctx context.Context, m requestui.Requests, account, id string, older int) (to, at string, err error) {
	all, err := m.Runs(ctx, session.RunQuery{AccountID: account, Limit: historyDepth})
	if err != nil {
		return "", "", err
	}
	here := -1
	var same []string
	for i := range all {
		if all[i].ID == id {
			here = i
		}
	}
	if here < 0 {
		return id, "", nil // too old to be listed
	}
	is := 0
	for i := range all {
		if r, was := &all[i], &all[here]; r.As == was.As && r.Name == was.Name && r.Method == was.Method && r.Path == was.Path {
			if i == here {
				is = len(same)
			}
			same = append(same, all[i].ID)
		}
	}
	switch want := is + older; {
	case want < 0:
		return "", "this is the newest run of this request", nil
	case want >= len(same):
		return "", "this is the oldest run of this request that was kept", nil
	default:
		return same[want], fmt.Sprintf("run %d of %d", len(same)-want, len(same)), nil
	}
}

// arrived shows a run that was judged, unless a person reads it already.
func (o *Overlay) arrived(a arrival, err error) tea.Cmd {
	judged := o.work.judging && a.run != nil && a.run.ID == o.run.ID
	var shown tea.Cmd
	switch {
	case judged:
		o.run = a.run
	case a.run != nil:
		shown = o.show(a)
	case o.run == nil:
		o.failed, err = err, nil
	}
	o.halt()
	if a.run != nil && !a.old {
		shown = tea.Batch(shown, screen.Changed()) // the history has one more
	}
	return tea.Batch(screen.NotifyError(err), shown)
}

// take shows another run than before. Where the request was sent again, the filter stays.
func (o *Overlay) take(a arrival) tea.Cmd {
	o.run, o.spec, o.old, o.at, o.failed = a.run, &a.run.Spec, a.old, a.at, nil
	o.scroll = [parts]widget.Scroll{}
	o.body.whole, o.body.raw, o.body.made = a.doc, false, ""
	o.outlet.end()
	o.outlet.path = ""
	if o.prompt.reset(a.old); o.prompt.jq.Value() == "" {
		return o.turnTo(a.doc)
	}
	return tea.Batch(o.turnTo(a.doc), o.filter())
}

// cancelled is the message after a person ends a wait.
func (o *Overlay) cancelled() tea.Cmd {
	text := "cancelled; nothing was kept"
	if o.spec != nil && !o.spec.Safe() && !o.work.opening {
		text = "cancelled; the server may still have received the request"
	}
	return screen.Notify(screen.Warning, text)
}
